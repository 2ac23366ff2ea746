//! Makes a record from texts and terms, which are checked once.

use std::fmt;
use std::sync::Arc;

use time::UtcDateTime;

use super::error::RecordError;
use super::model::{ConsentRecord, DataPeriod, Details, Notice, Statement};
use crate::vocabulary::condition::{self, InvalidCondition};
use crate::vocabulary::id::BlankText;
use crate::vocabulary::purpose::{Channels, DataCategories, Purposes};
use crate::vocabulary::term::{
    Actor, Capacity, Channel, ConsentType, DenialStatus, GrantStatus, Granularity, Method,
    NonDecisionStatus,
};

const A_TEXT: &str = "a text that is not blank";

/// Makes the identifier in this field of a text.
fn checked<T>(
    field: &'static str,
    text: Arc<str>,
    make: impl Fn(Arc<str>) -> Result<T, BlankText>,
) -> Result<T, RecordError> {
    make(text).map_err(|BlankText| RecordError::Unexpected {
        field,
        expected: A_TEXT.to_owned(),
    })
}

/// The kind of statement that a record makes.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Grant(GrantStatus),
    Denial(DenialStatus),
    NonDecision(NonDecisionStatus),
}

/// Builds a [`ConsentRecord`] of texts and terms. [`build`](Self::build) checks them all.
///
/// Each method sets one field. A field that is not set keeps its default, which proves nothing:
///
/// - the status of a grant is `given`;
/// - a denial names no controller, so it counts toward every party, and no time, so it outlasts
///   every grant;
/// - there are no recipients and no conditions;
/// - the purposes and the categories of data are empty, which is none of them in a grant and all of
///   them in a denial;
/// - the data is that which was collected at the instant of the grant or later;
/// - the type of consent, the method, the actor, the capacity, the granularity, the notice, the
///   evidence and the channels are not known;
/// - the record has no end.
///
/// ```
/// use consent_gate::{Channel, Channels, ConsentRecord, DenialStatus, Method, Purposes};
/// use time::macros::utc_datetime;
///
/// let consent = ConsentRecord::grant("r1", "alice", "acme", utc_datetime!(2024-09-10 9:00))
///     .purposes(Purposes::TRAIN_GENERATIVE)
///     .method(Method::Confirmation)
///     .given_via(Channel::Web)
///     .withdraw_via(Channels::WEB | Channels::APP)
///     .build()?;
/// assert_eq!(consent.details().given_via, Some(Channel::Web));
///
/// // The error names the field that is blank.
/// let error = ConsentRecord::denial("r2", " ", DenialStatus::Refused).build().unwrap_err();
/// assert_eq!(error.to_string(), "field `subject`: expected a text that is not blank");
/// # Ok::<(), consent_gate::RecordError>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder makes a record only when it is built"]
pub struct RecordBuilder {
    id: Arc<str>,
    subject: Arc<str>,
    kind: Kind,
    controller: Option<Arc<str>>,
    at: Option<UtcDateTime>,
    is_renewed: bool,
    recipients: Vec<Arc<str>>,
    conditions: Vec<Arc<str>>,
    notice: NoticeBuilder,
    evidence: Option<Arc<str>>,
    /// All but the recipients, the conditions, the notice and the evidence.
    details: Details,
}

impl fmt::Debug for RecordBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The subject and the evidence may name the person.
        f.debug_struct("RecordBuilder")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("controller", &self.controller)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl ConsentRecord {
    /// Builds a grant: `subject` said yes to `controller` at the instant `at`. The [builder]
    /// lists the defaults.
    ///
    /// [builder]: RecordBuilder
    ///
    /// ```
    /// use consent_gate::{ConsentRecord, parse_instant};
    ///
    /// let at = parse_instant("2024-09-10T09:00:00Z")?;
    /// let record = ConsentRecord::grant("r1", "alice", "acme", at).build()?;
    /// assert_eq!(record.subject().as_str(), "alice");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn grant(
        id: impl Into<Arc<str>>,
        subject: impl Into<Arc<str>>,
        controller: impl Into<Arc<str>>,
        at: UtcDateTime,
    ) -> RecordBuilder {
        RecordBuilder::new(id, subject, Kind::Grant(GrantStatus::Given))
            .controller(controller)
            .at(at)
    }

    /// Builds a denial: `subject` said no. Without a [controller](RecordBuilder::controller) it
    /// counts toward every party. Without a [time](RecordBuilder::at) it outlasts every grant. The
    /// [builder](RecordBuilder) lists the defaults.
    ///
    /// ```
    /// use consent_gate::{ConsentRecord, DenialStatus};
    ///
    /// let record = ConsentRecord::denial("r2", "alice", DenialStatus::Withdrawn).build()?;
    /// assert_eq!(record.statement().controller(), None);
    /// # Ok::<(), consent_gate::RecordError>(())
    /// ```
    pub fn denial(
        id: impl Into<Arc<str>>,
        subject: impl Into<Arc<str>>,
        status: DenialStatus,
    ) -> RecordBuilder {
        RecordBuilder::new(id, subject, Kind::Denial(status))
    }

    /// Builds a statement that is neither a yes nor a no, recorded at the instant `at`. The
    /// [builder](RecordBuilder) lists the defaults.
    ///
    /// ```
    /// use consent_gate::{ConsentRecord, NonDecisionStatus, parse_instant};
    ///
    /// let at = parse_instant("2024-09-10T09:00:00Z")?;
    /// let asked = NonDecisionStatus::Requested;
    /// let record = ConsentRecord::non_decision("r3", "alice", "acme", asked, at).build()?;
    /// assert_eq!(record.statement().at(), Some(at));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn non_decision(
        id: impl Into<Arc<str>>,
        subject: impl Into<Arc<str>>,
        controller: impl Into<Arc<str>>,
        status: NonDecisionStatus,
        at: UtcDateTime,
    ) -> RecordBuilder {
        RecordBuilder::new(id, subject, Kind::NonDecision(status))
            .controller(controller)
            .at(at)
    }
}

impl RecordBuilder {
    fn new(id: impl Into<Arc<str>>, subject: impl Into<Arc<str>>, kind: Kind) -> Self {
        Self {
            id: id.into(),
            subject: subject.into(),
            kind,
            controller: None,
            at: None,
            is_renewed: false,
            recipients: Vec::new(),
            conditions: Vec::new(),
            notice: NoticeBuilder::default(),
            evidence: None,
            details: Details::default(),
        }
    }

    /// Makes the status of a grant `renewed` instead of `given`. Other statements cannot be renewed:
    /// [`build`](Self::build) then fails.
    pub fn renewed(mut self) -> Self {
        self.is_renewed = true;
        self
    }

    /// Sets the party that the statement is made to. A grant has one from the start.
    pub fn controller(mut self, controller: impl Into<Arc<str>>) -> Self {
        self.controller = Some(controller.into());
        self
    }

    /// Sets when the person acted. A grant has it from the start.
    pub fn at(mut self, at: UtcDateTime) -> Self {
        self.at = Some(at);
        self
    }

    /// Adds a party that the data may go to besides the controller.
    pub fn recipient(mut self, recipient: impl Into<Arc<str>>) -> Self {
        self.recipients.push(recipient.into());
        self
    }

    /// Adds parties that the data may go to besides the controller.
    pub fn recipients<T: Into<Arc<str>>>(
        mut self,
        recipients: impl IntoIterator<Item = T>,
    ) -> Self {
        self.recipients
            .extend(recipients.into_iter().map(Into::into));
        self
    }

    /// Sets all the purposes.
    pub fn purposes(mut self, purposes: Purposes) -> Self {
        self.details.purposes = purposes;
        self
    }

    /// Sets all the categories of data.
    pub fn data(mut self, data: DataCategories) -> Self {
        self.details.data = data;
        self
    }

    /// Sets which data is meant, by the time it was collected.
    pub fn data_period(mut self, period: DataPeriod) -> Self {
        self.details.data_period = period;
        self
    }

    /// Sets how explicit the consent was.
    pub fn consent_type(mut self, consent_type: ConsentType) -> Self {
        self.details.consent_type = Some(consent_type);
        self
    }

    /// Sets how the consent was indicated.
    pub fn method(mut self, method: Method) -> Self {
        self.details.method = Some(method);
        self
    }

    /// Sets who acted.
    pub fn actor(mut self, actor: Actor) -> Self {
        self.details.actor = Some(actor);
        self
    }

    /// Sets the capacity of the person at the time of the act.
    pub fn capacity(mut self, capacity: Capacity) -> Self {
        self.details.capacity = Some(capacity);
        self
    }

    /// Sets whether the purpose had a switch of its own.
    pub fn granular(mut self, granularity: Granularity) -> Self {
        self.details.granular = Some(granularity);
        self
    }

    /// Sets what the person was shown: a [`Notice`], or the builder of one, whose texts are then
    /// checked with those of the record.
    ///
    /// ```
    /// use consent_gate::{ConsentRecord, Notice, Purposes, parse_instant};
    ///
    /// let at = parse_instant("2024-09-10T09:00:00Z")?;
    /// let told = Notice::builder().id("ai").version("3").purposes(Purposes::TRAIN_GENERATIVE);
    /// let record = ConsentRecord::grant("r1", "alice", "acme", at).notice(told).build()?;
    /// let notice = record.details().notice.as_ref();
    /// assert!(notice.is_some_and(|notice| notice.shown_at.is_none()));
    ///
    /// let blank = Notice::builder().id("ai").version("");
    /// let error = ConsentRecord::grant("r1", "alice", "acme", at).notice(blank).build();
    /// let error = error.unwrap_err().to_string();
    /// assert_eq!(error, "field `notice.version`: expected a text that is not blank");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn notice(mut self, notice: impl Into<NoticeBuilder>) -> Self {
        self.notice = notice.into();
        self
    }

    /// Sets where the proof is kept.
    pub fn evidence(mut self, evidence: impl Into<Arc<str>>) -> Self {
        self.evidence = Some(evidence.into());
        self
    }

    /// Sets the channel that the consent was given in.
    pub fn given_via(mut self, channel: Channel) -> Self {
        self.details.given_via = Some(channel);
        self
    }

    /// Sets all the channels that the consent can be withdrawn in.
    pub fn withdraw_via(mut self, channels: impl Into<Channels>) -> Self {
        self.details.withdraw_via = channels.into();
        self
    }

    /// Adds a condition that a grant holds under. A denial ignores it.
    ///
    /// ```
    /// use consent_gate::{ConsentRecord, parse_instant};
    ///
    /// let at = parse_instant("2024-09-10T09:00:00Z")?;
    /// let record = ConsentRecord::grant("r1", "alice", "acme", at).condition("de-identified").build()?;
    /// assert_eq!(record.details().conditions[0].as_str(), "de-identified");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn condition(mut self, condition: impl Into<Arc<str>>) -> Self {
        self.conditions.push(condition.into());
        self
    }

    /// Sets the instant from which a grant is no longer in force (exclusive end). A denial ignores it.
    pub fn valid_until(mut self, until: UtcDateTime) -> Self {
        self.details.valid_until = Some(until);
        self
    }

    /// Makes the record.
    ///
    /// # Errors
    ///
    /// [`RecordError::Unexpected`], which names the field, for a blank text, for a condition that is
    /// no [`Condition`](crate::Condition), for a statement other
    /// than a grant that is [renewed](Self::renewed), and for what [`ConsentRecord::new`] refuses.
    pub fn build(self) -> Result<ConsentRecord, RecordError> {
        let id = checked("id", self.id, crate::vocabulary::id::RecordId::new)?;
        let subject = checked(
            "subject",
            self.subject,
            crate::vocabulary::id::SubjectId::new,
        )?;
        let party = |field| move |text| checked(field, text, crate::vocabulary::id::PartyId::new);
        let controller = self.controller.map(party("controller")).transpose()?;
        let mut details = self.details;
        details.recipients = self
            .recipients
            .into_iter()
            .map(party("recipients"))
            .collect::<Result<_, _>>()?;
        details.conditions = self
            .conditions
            .iter()
            .map(|token| token.parse())
            .collect::<Result<_, _>>()
            .map_err(|InvalidCondition| RecordError::Unexpected {
                field: "conditions",
                expected: condition::CONDITIONS.to_owned(),
            })?;
        details.notice = Some(self.notice.build()?);
        details.evidence = self
            .evidence
            .map(|text| checked("evidence", text, crate::vocabulary::id::Evidence::new))
            .transpose()?;
        let missing = |field| RecordError::Missing { field };
        let statement = match (self.kind, self.is_renewed) {
            (Kind::Grant(status), is_renewed) => Statement::Grant {
                status: if is_renewed {
                    GrantStatus::Renewed
                } else {
                    status
                },
                controller: controller.ok_or_else(|| missing("controller"))?,
                at: self.at.ok_or_else(|| missing("at"))?,
            },
            (Kind::Denial(status), false) => Statement::Denial {
                status,
                controller,
                at: self.at,
            },
            (Kind::NonDecision(status), false) => Statement::NonDecision {
                status,
                controller: controller.ok_or_else(|| missing("controller"))?,
                at: self.at.ok_or_else(|| missing("at"))?,
            },
            (Kind::Denial(_) | Kind::NonDecision(_), true) => {
                return Err(RecordError::Unexpected {
                    field: "status",
                    expected: "a grant, which alone can be renewed".to_owned(),
                });
            }
        };
        ConsentRecord::new(id, subject, statement, details)
    }
}

/// Builds a [`Notice`] of texts. Each part that is not set is not known.
///
/// ```
/// use consent_gate::{Notice, Purposes};
///
/// let notice = Notice::builder().id("ai").purposes(Purposes::TRAIN_GENERATIVE).build()?;
/// assert_eq!(notice.version, None);
/// # Ok::<(), consent_gate::RecordError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder makes a notice only when it is built or given to a record"]
pub struct NoticeBuilder {
    id: Option<Arc<str>>,
    version: Option<Arc<str>>,
    shown_at: Option<UtcDateTime>,
    purposes: Purposes,
    controller: Option<Arc<str>>,
}

impl Notice {
    /// Builds a notice of which nothing is known yet.
    pub fn builder() -> NoticeBuilder {
        NoticeBuilder::default()
    }
}

impl From<Notice> for NoticeBuilder {
    fn from(notice: Notice) -> Self {
        Self {
            id: notice.id.map(|id| id.as_str().into()),
            version: notice.version.map(|version| version.as_str().into()),
            shown_at: notice.shown_at,
            purposes: notice.purposes,
            controller: notice.controller.map(|party| party.as_str().into()),
        }
    }
}

impl NoticeBuilder {
    /// Sets the id of the notice.
    pub fn id(mut self, id: impl Into<Arc<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the version of the notice.
    pub fn version(mut self, version: impl Into<Arc<str>>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Sets when the notice was shown.
    pub fn shown_at(mut self, at: UtcDateTime) -> Self {
        self.shown_at = Some(at);
        self
    }

    /// Sets all the purposes that the notice named.
    pub fn purposes(mut self, purposes: Purposes) -> Self {
        self.purposes = purposes;
        self
    }

    /// Sets the controller that the notice named.
    pub fn controller(mut self, controller: impl Into<Arc<str>>) -> Self {
        self.controller = Some(controller.into());
        self
    }

    /// Makes the notice.
    ///
    /// # Errors
    ///
    /// [`RecordError::Unexpected`] for a blank text. It names the field as that of a record, such as
    /// `notice.id`.
    pub fn build(self) -> Result<Notice, RecordError> {
        Ok(Notice {
            id: self
                .id
                .map(|text| checked("notice.id", text, crate::vocabulary::id::NoticeId::new))
                .transpose()?,
            version: self
                .version
                .map(|text| {
                    checked(
                        "notice.version",
                        text,
                        crate::vocabulary::id::NoticeVersion::new,
                    )
                })
                .transpose()?,
            shown_at: self.shown_at,
            purposes: self.purposes,
            controller: self
                .controller
                .map(|text| {
                    checked(
                        "notice.controller",
                        text,
                        crate::vocabulary::id::PartyId::new,
                    )
                })
                .transpose()?,
        })
    }
}
