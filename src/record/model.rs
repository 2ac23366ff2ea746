//! The consent record: one statement, by someone, at one instant.

use time::UtcDateTime;

use super::error::RecordError;
use crate::vocabulary::condition::Condition;
use crate::vocabulary::id::{Evidence, NoticeId, NoticeVersion, PartyId, RecordId, SubjectId};
use crate::vocabulary::instant::is_writable;
use crate::vocabulary::purpose::{Channels, DataCategories, Purposes};
use crate::vocabulary::term::{
    Actor, Capacity, Channel, ConsentType, DenialStatus, GrantStatus, Granularity, Method,
    NonDecisionStatus,
};

/// One statement, by someone, at one instant, about some purposes toward some party (ISO/IEC TS
/// 27560: event; DPV: consent record).
///
/// Records are only ever added; what is in force is derived from all of them. A record is always
/// complete: neither [`new`](Self::new) nor reading ever makes a part of one.
///
/// Serialized it is an object of tokens and texts, with absent fields left out and times in UTC.
/// Reading is strict: a repeated key, an unknown field, an unknown token, a time without a zone and
/// a blank text each give an error that names the field. It is read from
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

/// The statement of a record: yes, no, or neither, with its party and its time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Statement {
    /// A yes.
    Grant {
        /// The status: given or renewed.
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
    pub(super) fn status(&self) -> &'static str {
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

/// The scope of a consent and its proof. The default covers nothing and proves nothing.
///
/// Times are instants in UTC. Repeated recipients and conditions count once.
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
    /// Parties that the data may go to besides the controller. Empty: no one else.
    pub recipients: Vec<PartyId>,
    /// The purposes. Empty: none of them in a grant, all of them in a denial.
    pub purposes: Purposes,
    /// The categories of data. Empty: none of them in a grant, all of them in a denial.
    pub data: DataCategories,
    /// Which data, by the time it was collected.
    pub data_period: DataPeriod,
    /// The consent type: explicit or less.
    pub consent_type: Option<ConsentType>,
    /// The act by which it was indicated.
    pub method: Option<Method>,
    /// The party that acted.
    pub actor: Option<Actor>,
    /// The capacity of the person at the time of the act.
    pub capacity: Option<Capacity>,
    /// The granularity: a switch of its own for the purpose, or one for several.
    pub granular: Option<Granularity>,
    /// The notice that the person was shown. A notice without any part counts as `None`.
    pub notice: Option<Notice>,
    /// The location of the proof.
    pub evidence: Option<Evidence>,
    /// The channel that the consent was given in. `None`: not known.
    pub given_via: Option<Channel>,
    /// The channels that it can be withdrawn in. Empty: not known.
    pub withdraw_via: Channels,
    /// The conditions that the grant holds under: it counts only where all of them are assured. Empty:
    /// none. Ignored on a denial.
    pub conditions: Vec<Condition>,
    /// The instant from which the grant is no longer in force (exclusive end). Ignored on a denial: a no
    /// does not expire.
    pub valid_until: Option<UtcDateTime>,
}

/// The notice that a person was shown before they acted. It counts as complete when all five parts are
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
        details.conditions.sort_unstable();
        details.conditions.dedup();
        details.conditions.shrink_to_fit();
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

    /// The statement: yes, no or neither, its party and its time.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The scope and the proof. Recipients and conditions are sorted, each once.
    #[must_use]
    pub fn details(&self) -> &Details {
        &self.details
    }

    /// Builds a record from parts that came from a record.
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

/// The instants of the record, as mutable references; `None` where one is absent.
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
