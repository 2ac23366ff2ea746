//! The consent record: one statement, by someone, at one instant.

mod builder;
pub(crate) mod view;

use std::borrow::Cow;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use thiserror::Error;
use time::UtcDateTime;

use crate::vocabulary::flags;
use crate::vocabulary::id::{Evidence, NoticeId, NoticeVersion, PartyId, RecordId, SubjectId};
use crate::vocabulary::instant::{is_writable, parse_instant, text as instant_text};
use crate::vocabulary::purpose::{Channels, DataCategories, Purposes};
use crate::vocabulary::term::{
    Actor, Capacity, Channel, ConsentType, DenialStatus, GrantStatus, Granularity, Method,
    NonDecisionStatus, Term, is_same_but_for_spelling, nearest,
};
use crate::vocabulary::wire::{self, Expected, Wire, refuse_lists, refuse_null, refuse_scalars};

pub use builder::{NoticeBuilder, RecordBuilder};

/// One statement, by someone, at one instant, about some purposes toward some party (ISO/IEC TS
/// 27560: event; DPV: consent record).
///
/// Records are only ever added; what stands is derived from all of them. A record is whole or it
/// is not there: neither [`new`](Self::new) nor reading ever makes half of one.
///
/// Serialized it is an object of tokens and texts, with absent fields left out and times in UTC.
/// Deserialized it is read strictly: a repeated key, an unknown field, an unknown token, a time
/// without a zone or a blank text is refused with an error that names the field. It is read from
/// self-describing formats, such as JSON.
///
/// ```
/// use consent_gate::{ConsentRecord, Purposes, parse_instant};
///
/// let at = parse_instant("2024-09-10T09:00:00Z")?;
/// let record = ConsentRecord::grant("r1", "alice", "acme", at)
///     .purposes(Purposes::TRAIN_GENERATIVE)
///     .build()?;
/// let json = serde_json::to_string(&record)?;
/// assert_eq!(serde_json::from_str::<ConsentRecord>(&json)?, record);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsentRecord {
    id: RecordId,
    subject: SubjectId,
    statement: Statement,
    details: Details,
}

/// What a record says: yes, no, or neither; to whom, and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Statement {
    /// A yes.
    Grant {
        /// Whether it was given or renewed.
        status: GrantStatus,
        /// The party that the statement was made to.
        controller: PartyId,
        /// When the person acted.
        at: UtcDateTime,
    },
    /// A no.
    Denial {
        /// In what way.
        status: DenialStatus,
        /// The party that the statement was made to; `None` is every party.
        controller: Option<PartyId>,
        /// When the person acted; `None` is the end of time, so that it outlasts every grant.
        at: Option<UtcDateTime>,
    },
    /// Neither.
    NonDecision {
        /// In what way.
        status: NonDecisionStatus,
        /// The party that the statement was made to.
        controller: PartyId,
        /// When it was recorded.
        at: UtcDateTime,
    },
}

impl Statement {
    fn status(&self) -> &'static str {
        match self {
            Self::Grant { status, .. } => status.as_str(),
            Self::Denial { status, .. } => status.as_str(),
            Self::NonDecision { status, .. } => status.as_str(),
        }
    }

    /// The party that the statement was made to, where it names one.
    #[must_use]
    pub fn controller(&self) -> Option<&PartyId> {
        match self {
            Self::Grant { controller, .. } | Self::NonDecision { controller, .. } => {
                Some(controller)
            }
            Self::Denial { controller, .. } => controller.as_ref(),
        }
    }

    /// When the person acted, where the statement says it.
    #[must_use]
    pub fn at(&self) -> Option<UtcDateTime> {
        match self {
            Self::Grant { at, .. } | Self::NonDecision { at, .. } => Some(*at),
            Self::Denial { at, .. } => *at,
        }
    }
}

/// What a consent covers and how it is proven. The default covers nothing and proves nothing.
///
/// Times are instants in UTC. Repeated recipients count once.
///
/// Later versions may add fields: start with the default and assign what is known, or let
/// [`ConsentRecord::grant`] build the whole record.
///
/// ```
/// use consent_gate::{Details, Method, Purposes};
///
/// let mut details = Details::default();
/// details.purposes = Purposes::TRAIN_GENERATIVE;
/// details.method = Some(Method::OptInControl);
/// assert_eq!(details.notice, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Details {
    /// Parties the data may go to beside the controller. Empty: nobody else.
    pub recipients: Vec<PartyId>,
    /// The purposes. Empty: none of them in a grant, all of them in a denial.
    pub purposes: Purposes,
    /// The categories of data. Empty: none of them in a grant, all of them in a denial.
    pub data: DataCategories,
    /// Which data, by the time it was collected.
    pub data_period: DataPeriod,
    /// How explicit the consent was.
    pub consent_type: Option<ConsentType>,
    /// How it was indicated.
    pub method: Option<Method>,
    /// Who acted.
    pub actor: Option<Actor>,
    /// The capacity of the person at the time of the act.
    pub capacity: Option<Capacity>,
    /// Whether the purpose had a switch of its own.
    pub granular: Option<Granularity>,
    /// What the person was shown. A notice without any part counts as `None`.
    pub notice: Option<Notice>,
    /// Where the proof is kept.
    pub evidence: Option<Evidence>,
    /// The channel that the consent was given in. `None`: not known.
    pub given_via: Option<Channel>,
    /// The channels that it can be withdrawn in. Empty: not known.
    pub withdraw_via: Channels,
    /// The instant from which the grant no longer stands (exclusive). Ignored on a denial: a no
    /// does not lapse.
    pub valid_until: Option<UtcDateTime>,
}

/// What the person was shown before they acted. It counts as complete when all five parts are
/// there.
///
/// Later versions may add fields: [`Notice::builder`] makes one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Notice {
    /// The id of the notice.
    pub id: Option<NoticeId>,
    /// Its version.
    pub version: Option<NoticeVersion>,
    /// When it was shown.
    pub shown_at: Option<UtcDateTime>,
    /// The purposes that it named.
    pub purposes: Purposes,
    /// The controller that it named.
    pub controller: Option<PartyId>,
}

/// Which data a grant covers, by the time it was collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DataPeriod {
    /// `from-grant`: collected at the instant of the grant or later. It is what absence means.
    #[default]
    FromGrant,
    /// `all-existing`: whenever it was collected.
    AllExisting,
    /// An instant: collected then (inclusive) or later.
    From(UtcDateTime),
}

impl DataPeriod {
    pub(crate) const FROM_GRANT: &'static str = "from-grant";
    pub(crate) const ALL_EXISTING: &'static str = "all-existing";
}

/// Why a consent record could not be read or made. It names the field and never repeats what
/// stood there.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// What should be a record is something else.
    #[error("expected a consent record, which is an object")]
    NotAnObject,
    /// A field that must be there is not.
    #[error("field `{field}`: missing")]
    Missing {
        /// The name of the field.
        field: &'static str,
    },
    /// A field stands twice.
    #[error("field `{field}`: repeated")]
    Repeated {
        /// The name of the field.
        field: &'static str,
    },
    /// A field that records do not have.
    #[error("field {field}: not a field of a consent record")]
    UnknownField {
        /// The name in words: the key itself only when it is a known name in another spelling.
        field: String,
    },
    /// A field has a value that it cannot have.
    #[error("field `{field}`: expected {expected}")]
    Unexpected {
        /// The name of the field.
        field: &'static str,
        /// What should stand there.
        expected: String,
    },
}

/// The words for an unknown field. The key itself is shown only when it is a known name spelt in
/// another way, such as `Status` or `valid-until`: any other key may be the id of a person. A known
/// name that it is near is suggested.
pub(crate) fn shown_key(prefix: &str, known: &[&'static str], key: &str) -> String {
    match nearest(known.iter().copied(), key) {
        Some(name) if is_same_but_for_spelling(name, key) => {
            format!("`{prefix}{key}` (did you mean `{prefix}{name}`?)")
        }
        Some(name) => {
            format!("`{prefix}…` (its name is not shown; did you mean `{prefix}{name}`?)")
        }
        None => format!("`{prefix}…` (its name is not shown)"),
    }
}

impl ConsentRecord {
    /// Makes a record of its parts. [`grant`](Self::grant), [`denial`](Self::denial) and
    /// [`non_decision`](Self::non_decision) make one of texts.
    ///
    /// A notice without any part is left out.
    ///
    /// # Errors
    ///
    /// [`RecordError::Unexpected`] for a time outside the years 0 to 9999, a set with bits that
    /// have no name.
    pub fn new(
        id: RecordId,
        subject: SubjectId,
        statement: Statement,
        mut details: Details,
    ) -> Result<Self, RecordError> {
        let notice = details.notice.as_ref();
        let times = TIMES.into_iter().zip(times(&statement, &details));
        let unwritable =
            |(_, time): &(_, Option<UtcDateTime>)| time.is_some_and(|at| !is_writable(at));
        if let Some((field, _)) = times.into_iter().find(unwritable) {
            let expected = "a year from 0 to 9999, in UTC".to_owned();
            return Err(RecordError::Unexpected { field, expected });
        }
        let named = [
            (
                "purposes",
                details.purposes.difference(Purposes::all()).is_empty(),
            ),
            (
                "data",
                details.data.difference(DataCategories::all()).is_empty(),
            ),
            (
                "withdraw_via",
                details.withdraw_via.difference(Channels::all()).is_empty(),
            ),
            (
                "notice.purposes",
                notice.is_none_or(|notice| notice.purposes.difference(Purposes::all()).is_empty()),
            ),
        ];
        if let Some((field, _)) = named.into_iter().find(|(_, all_named)| !all_named) {
            let expected = "only bits that have a name".to_owned();
            return Err(RecordError::Unexpected { field, expected });
        }
        details.notice = details.notice.filter(|notice| *notice != Notice::default());
        details.recipients.sort_unstable();
        details.recipients.dedup();
        details.recipients.shrink_to_fit();
        Ok(Self {
            id,
            subject,
            statement,
            details,
        })
    }

    /// The id of the record.
    #[must_use]
    pub fn id(&self) -> &RecordId {
        &self.id
    }

    /// The person that the statement is about.
    #[must_use]
    pub fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// What the record says, to whom and when.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// What it covers and how it is proven. Recipients are sorted, each once.
    #[must_use]
    pub fn details(&self) -> &Details {
        &self.details
    }

    /// The record of parts that a record was taken into.
    pub(crate) fn of_parts(
        id: RecordId,
        subject: SubjectId,
        statement: Statement,
        details: Details,
    ) -> Self {
        Self {
            id,
            subject,
            statement,
            details,
        }
    }

    pub(crate) fn into_parts(self) -> (RecordId, SubjectId, Statement, Details) {
        (self.id, self.subject, self.statement, self.details)
    }
}

/// The instants of a record: `at`, `valid_until`, when the notice was shown, and from when on data
/// is covered.
pub(crate) type Times = [Option<UtcDateTime>; 4];

/// The names of their fields.
const TIMES: [&str; 4] = ["at", "valid_until", "notice.shown_at", "data_period"];

pub(crate) fn times(statement: &Statement, details: &Details) -> Times {
    [
        statement.at(),
        details.valid_until,
        details.notice.as_ref().and_then(|notice| notice.shown_at),
        match details.data_period {
            DataPeriod::From(from) => Some(from),
            DataPeriod::FromGrant | DataPeriod::AllExisting => None,
        },
    ]
}

/// The places of the instants that there are.
pub(crate) fn times_mut<'a>(
    statement: &'a mut Statement,
    details: &'a mut Details,
) -> [Option<&'a mut UtcDateTime>; 4] {
    [
        match statement {
            Statement::Grant { at, .. } | Statement::NonDecision { at, .. } => Some(at),
            Statement::Denial { at, .. } => at.as_mut(),
        },
        details.valid_until.as_mut(),
        details
            .notice
            .as_mut()
            .and_then(|notice| notice.shown_at.as_mut()),
        match &mut details.data_period {
            DataPeriod::From(from) => Some(from),
            DataPeriod::FromGrant | DataPeriod::AllExisting => None,
        },
    ]
}

/// A status of any of the three kinds.
#[derive(Clone, Copy)]
enum Status {
    Grant(GrantStatus),
    Denial(DenialStatus),
    NonDecision(NonDecisionStatus),
}

fn read_status(value: Wire<'_>) -> Result<Option<Status>, Cow<'static, str>> {
    let Wire::Text(token) = value else {
        return match value {
            Wire::Null => Ok(None),
            _ => Err(a_status()),
        };
    };
    let grant = GrantStatus::from_token(&token).map(Status::Grant);
    let denial = || DenialStatus::from_token(&token).map(Status::Denial);
    let neither = || NonDecisionStatus::from_token(&token).map(Status::NonDecision);
    grant
        .or_else(denial)
        .or_else(neither)
        .map(Some)
        .ok_or_else(a_status)
}

fn a_status() -> Cow<'static, str> {
    let tokens = [
        GrantStatus::tokens(),
        DenialStatus::tokens(),
        NonDecisionStatus::tokens(),
    ];
    format!("one of: {}", tokens.join(", ")).into()
}

fn read_data_period(value: Wire<'_>) -> Result<DataPeriod, Expected> {
    match value {
        Wire::Null => Some(DataPeriod::FromGrant),
        Wire::Text(text) if text == DataPeriod::FROM_GRANT => Some(DataPeriod::FromGrant),
        Wire::Text(text) if text == DataPeriod::ALL_EXISTING => Some(DataPeriod::AllExisting),
        Wire::Text(text) => parse_instant(&text).ok().map(DataPeriod::From),
        _ => None,
    }
    .ok_or("from-grant, all-existing, or an RFC 3339 time with a zone".into())
}

/// Reads the fields of an object, each at most once, in any order, and no others. Each field becomes
/// a variable, which is `None` when the field is absent.
macro_rules! read_fields {
    ($map:ident, $prefix:literal, { $($field:ident: $read:expr,)* }) => {
        $(let mut $field = None;)*
        while let Some(wire::Key(key)) = $map.next_key()? {
            match key.as_ref() {
                $(stringify!($field) => {
                    const NAME: &str = concat!($prefix, stringify!($field));
                    if $field.is_some() {
                        return Err(serde::de::Error::custom(RecordError::Repeated { field: NAME }));
                    }
                    let value = $map.next_value()?;
                    $field = Some(($read)(value).map_err(|expected| {
                        let expected = String::from(expected);
                        serde::de::Error::custom(RecordError::Unexpected { field: NAME, expected })
                    })?);
                })*
                unknown => {
                    const KNOWN: &[&str] = &[$(stringify!($field)),*];
                    let field = shown_key($prefix, KNOWN, unknown);
                    return Err(serde::de::Error::custom(RecordError::UnknownField { field }));
                }
            }
        }
    };
}

impl<'de> Deserialize<'de> for ConsentRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = ConsentRecord;

    refuse_scalars!(RecordError::NotAnObject);
    refuse_lists!(RecordError::NotAnObject);
    refuse_null!(RecordError::NotAnObject);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ConsentRecord, A::Error> {
        read_fields!(map, "", {
            id: wire::text,
            subject: wire::subject,
            controller: wire::text,
            recipients: wire::parties,
            status: read_status,
            purposes: flags::flags,
            data: flags::flags,
            data_period: read_data_period,
            consent_type: wire::term,
            method: wire::term,
            actor: wire::term,
            capacity: wire::term,
            granular: wire::granular,
            notice: |MaybeNotice(notice)| Ok::<_, Cow<'static, str>>(notice),
            evidence: wire::text,
            given_via: wire::channel,
            withdraw_via: flags::flags,
            at: wire::time,
            valid_until: wire::time,
        });
        let missing = |field| de::Error::custom(RecordError::Missing { field });
        let controller = controller.flatten();
        let at = at.flatten();
        let named_controller = controller.clone().ok_or_else(|| missing("controller"));
        let dated = at.ok_or_else(|| missing("at"));
        let statement = match status.flatten().ok_or_else(|| missing("status"))? {
            Status::Grant(status) => Statement::Grant {
                status,
                controller: named_controller?,
                at: dated?,
            },
            Status::Denial(status) => Statement::Denial {
                status,
                controller,
                at,
            },
            Status::NonDecision(status) => Statement::NonDecision {
                status,
                controller: named_controller?,
                at: dated?,
            },
        };
        let details = Details {
            recipients: recipients.unwrap_or_default(),
            purposes: purposes.unwrap_or_default(),
            data: data.unwrap_or_default(),
            data_period: data_period.unwrap_or_default(),
            consent_type: consent_type.flatten(),
            method: method.flatten(),
            actor: actor.flatten(),
            capacity: capacity.flatten(),
            granular: granular.flatten(),
            notice: notice.flatten(),
            evidence: evidence.flatten(),
            given_via: given_via.flatten(),
            withdraw_via: withdraw_via.unwrap_or_default(),
            valid_until: valid_until.flatten(),
        };
        let id = id.flatten().ok_or_else(|| missing("id"))?;
        let subject = subject.flatten().ok_or_else(|| missing("subject"))?;
        ConsentRecord::new(id, subject, statement, details).map_err(de::Error::custom)
    }
}

/// A notice, or null.
struct MaybeNotice(Option<Notice>);

impl<'de> Deserialize<'de> for MaybeNotice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NoticeVisitor)
    }
}

struct NoticeVisitor;

impl NoticeVisitor {
    fn not_an_object() -> RecordError {
        RecordError::Unexpected {
            field: "notice",
            expected: "an object".to_owned(),
        }
    }
}

impl<'de> Visitor<'de> for NoticeVisitor {
    type Value = MaybeNotice;

    refuse_scalars!(NoticeVisitor::not_an_object());
    refuse_lists!(NoticeVisitor::not_an_object());

    fn visit_unit<E: de::Error>(self) -> Result<MaybeNotice, E> {
        Ok(MaybeNotice(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MaybeNotice, A::Error> {
        read_fields!(map, "notice.", {
            id: wire::text,
            version: wire::text,
            shown_at: wire::time,
            purposes: flags::flags,
            controller: wire::text,
        });
        Ok(MaybeNotice(Some(Notice {
            id: id.flatten(),
            version: version.flatten(),
            shown_at: shown_at.flatten(),
            purposes: purposes.unwrap_or_default(),
            controller: controller.flatten(),
        })))
    }
}

/// Writes the fields of an object that are there.
struct Fields<M>(M);

impl<M: SerializeMap> Fields<M> {
    fn put(&mut self, name: &'static str, value: Option<impl Serialize>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.0.serialize_entry(name, &value))
    }

    fn put_set<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        set: &T,
    ) -> Result<(), M::Error> {
        self.put(name, (*set != T::default()).then_some(set))
    }

    fn put_time(&mut self, name: &'static str, at: Option<UtcDateTime>) -> Result<(), M::Error> {
        let text = at.map(instant_text).transpose().map_err(M::Error::custom)?;
        self.put(name, text)
    }
}

impl Serialize for ConsentRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let details = &self.details;
        let mut fields = Fields(serializer.serialize_map(None)?);
        fields.put("id", Some(&self.id))?;
        fields.put("subject", Some(&self.subject))?;
        fields.put("controller", self.statement.controller())?;
        fields.put_set("recipients", &details.recipients)?;
        fields.put("status", Some(self.statement.status()))?;
        fields.put_set("purposes", &details.purposes)?;
        fields.put_set("data", &details.data)?;
        match details.data_period {
            DataPeriod::FromGrant => {}
            DataPeriod::AllExisting => fields.put("data_period", Some(DataPeriod::ALL_EXISTING))?,
            DataPeriod::From(from) => fields.put_time("data_period", Some(from))?,
        }
        fields.put("consent_type", details.consent_type)?;
        fields.put("method", details.method)?;
        fields.put("actor", details.actor)?;
        fields.put("capacity", details.capacity)?;
        fields.put(
            "granular",
            details.granular.map(|each| each == Granularity::Separate),
        )?;
        fields.put("notice", details.notice.as_ref())?;
        fields.put("evidence", details.evidence.as_ref())?;
        fields.put("given_via", details.given_via)?;
        fields.put_set("withdraw_via", &details.withdraw_via)?;
        fields.put_time("at", self.statement.at())?;
        fields.put_time("valid_until", details.valid_until)?;
        fields.0.end()
    }
}

impl Serialize for Notice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields(serializer.serialize_map(None)?);
        fields.put("id", self.id.as_ref())?;
        fields.put("version", self.version.as_ref())?;
        fields.put_time("shown_at", self.shown_at)?;
        fields.put_set("purposes", &self.purposes)?;
        fields.put("controller", self.controller.as_ref())?;
        fields.0.end()
    }
}
