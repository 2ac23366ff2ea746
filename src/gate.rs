//! The gate: who asks, for what, as of when, and how strictly.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, Serializer};
use thiserror::Error;
use time::{Duration, UtcDateTime};

use crate::rules::parties::{PartyNames, folded};
use crate::rules::{NotWaivable, Rules, Tense, Terms, Waivers, duration_text};
use crate::storage::groups::Groups;
use crate::vocabulary::condition::Condition;
use crate::vocabulary::id::{BlankText, NoticeId, NoticeVersion, PartyId};
use crate::vocabulary::instant::{is_writable, text as instant_text};
use crate::vocabulary::purpose::Purposes;

/// One question: may this trainer use a row for these purposes, as of this instant?
///
/// A gate is built once, is cheap to clone and to share, and never looks at a clock. Its
/// `Display` states it in words, defaults included. Serialized it is its **canonical form**: an
/// object with its fields in one order, sets sorted, times in UTC. The form depends on everything
/// that can change a decision and on nothing else; gates are equal exactly when their forms are.
///
/// ```
/// use consent_gate::{Gate, Purposes};
/// use time::macros::utc_datetime;
///
/// let gate = Gate::builder("acme", Purposes::TRAIN_GENERATIVE, utc_datetime!(2024-11-01 0:00))
///     .build()?;
/// assert_eq!(
///     gate.to_string(),
///     "acme, for train-generative, as of 2024-11-01T00:00:00Z; any complete notice is \
///      accepted; a consent lasts as long as it says; nothing is waived",
/// );
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gate(Arc<Terms>);

/// Builds a [`Gate`]. A setting that is left out has its strictest value:
///
/// - any complete notice is accepted;
/// - a consent lasts as long as its record states, and one that states no end does not pass;
/// - nothing is waived;
/// - no condition is assured;
/// - a party has one name.
///
/// The age of the consents on file is not limited: a gate that knows how complete its source is sets
/// [`max_lag`](Self::max_lag).
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct GateBuilder {
    trainer: Arc<str>,
    purposes: Purposes,
    as_of: UtcDateTime,
    accepted_notices: BTreeSet<(NoticeId, NoticeVersion)>,
    maximum_age: Option<Duration>,
    waived: Rules,
    assured: BTreeSet<Condition>,
    max_lag: Option<Duration>,
    party_names: Groups<String>,
}

/// Why a gate could not be built.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GateError {
    /// Every set contains the empty one, so a gate that asks for nothing would let everything
    /// pass.
    #[error("purposes: expected at least one")]
    NoPurpose,
    /// A purpose without a name was asked for.
    #[error("purposes: expected only bits that have a name")]
    UnnamedPurpose,
    /// The trainer has no name.
    #[error("trainer: {0}")]
    Trainer(#[from] BlankText),
    /// A rule that cannot be waived was to be waived.
    #[error("waivers: {0}")]
    Waivers(#[from] NotWaivable),
    /// The maximum age is zero or negative.
    #[error("maximum age: expected more than zero")]
    MaximumAge,
    /// The maximum lag is negative.
    #[error("maximum lag: expected zero or more")]
    MaxLag,
    /// The as-of instant cannot be written.
    #[error("as-of: expected a year from 0 to 9999, in UTC")]
    AsOf,
}

impl Gate {
    /// Starts a gate for one trainer, the purposes asked for, and the instant that the question
    /// is asked for.
    pub fn builder(
        trainer: impl Into<Arc<str>>,
        purposes: Purposes,
        as_of: UtcDateTime,
    ) -> GateBuilder {
        GateBuilder {
            trainer: trainer.into(),
            purposes,
            as_of,
            accepted_notices: BTreeSet::new(),
            maximum_age: None,
            waived: Rules::empty(),
            assured: BTreeSet::new(),
            max_lag: None,
            party_names: Groups::default(),
        }
    }

    /// The party that will train.
    #[must_use]
    pub fn trainer(&self) -> &PartyId {
        &self.0.trainer
    }

    /// The purposes asked for; never empty.
    #[must_use]
    pub fn purposes(&self) -> Purposes {
        self.0.purposes
    }

    /// The instant that the question is asked for.
    #[must_use]
    pub fn as_of(&self) -> UtcDateTime {
        self.0.as_of
    }

    /// The notices that count as informing, by id and version, in order. Empty: any complete one.
    pub fn accepted_notices(&self) -> impl Iterator<Item = (&NoticeId, &NoticeVersion)> {
        self.0
            .accepted_notices
            .iter()
            .map(|(id, version)| (id, version))
    }

    /// The maximum age of a consent, counted from the act; `None`: as long as it says itself.
    #[must_use]
    pub fn maximum_age(&self) -> Option<Duration> {
        self.0.maximum_age
    }

    /// The rules whose silence is forgiven.
    #[must_use]
    pub fn waivers(&self) -> Waivers {
        self.0.waivers
    }

    /// The conditions that are assured, in order.
    pub fn assured(&self) -> impl Iterator<Item = &Condition> {
        self.0.assured.iter()
    }

    /// The greatest age of the consents on file at the as-of instant; `None`: any.
    #[must_use]
    pub fn max_lag(&self) -> Option<Duration> {
        self.0.max_lag
    }

    #[inline]
    pub(crate) fn terms(&self) -> &Terms {
        &self.0
    }

    /// The same question about the past. It answers what would have been decided at the as-of
    /// instant, and gives no rows.
    #[must_use]
    pub fn replay(&self) -> Replay {
        Replay(Self(Arc::new(Terms {
            tense: Tense::Replay,
            ..(*self.0).clone()
        })))
    }
}

/// A [`Gate`] asked about the past, for audits: what would have been decided at the as-of instant.
///
/// Records dated after that instant are left out, except those that are `invalidated`, which
/// voids the past too; a denial without a date stays in. A replay gives a
/// [`Decision`](crate::Decision) and never a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replay(Gate);

impl Replay {
    #[inline]
    pub(crate) fn question(&self) -> &Gate {
        &self.0
    }
}

impl GateBuilder {
    /// Accepts this version of this notice. Once one is listed, no other notice informs.
    pub fn accept_notice(mut self, id: NoticeId, version: NoticeVersion) -> Self {
        self.accepted_notices.insert((id, version));
        self
    }

    /// Lets no consent last longer than this, counted from the act. A consent that states no
    /// limit then has this one.
    pub fn maximum_age(mut self, age: Duration) -> Self {
        self.maximum_age = Some(age);
        self
    }

    /// Forgives silence about these rules, in addition to what was waived before.
    pub fn waive(mut self, rules: Rules) -> Self {
        self.waived |= rules;
        self
    }

    /// Assures a condition: a consent that holds under it counts. Without it, such a consent fails
    /// R20.
    ///
    /// ```
    /// use consent_gate::{Gate, Purposes};
    /// use time::macros::utc_datetime;
    ///
    /// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00))
    ///     .assure("de-identified".parse()?)
    ///     .build()?;
    /// let assured: Vec<_> = gate.assured().map(|condition| condition.as_str()).collect();
    /// assert_eq!(assured, ["de-identified"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn assure(mut self, condition: Condition) -> Self {
        self.assured.insert(condition);
        self
    }

    /// Sets how old the consents on file may be at the as-of instant (R19). The source then has to
    /// state the instant up to which it is complete, and rows that were collected after it are
    /// withheld.
    ///
    /// ```
    /// use consent_gate::time::Duration;
    /// use consent_gate::{Gate, Purposes};
    /// use time::macros::utc_datetime;
    ///
    /// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00))
    ///     .max_lag(Duration::hours(36))
    ///     .build()?;
    /// assert_eq!(gate.max_lag(), Some(Duration::hours(36)));
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    pub fn max_lag(mut self, lag: Duration) -> Self {
        self.max_lag = Some(lag);
        self
    }

    /// Says that a party has another name: an older one, or a spelling. A denial that names the
    /// party by either name names it by both. A grant counts only for the name that it was given to.
    ///
    /// ```
    /// use consent_gate::{Gate, Purposes};
    /// use time::macros::utc_datetime;
    ///
    /// let gate = Gate::builder("meta", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00))
    ///     .party_alias(&"facebook".parse()?, &"meta".parse()?)
    ///     .build()?;
    /// assert!(gate.to_string().ends_with("a denial to one of facebook, meta is a denial to each"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn party_alias(mut self, name: &PartyId, of: &PartyId) -> Self {
        let folded = |party: &PartyId| folded(party.as_str()).into_owned();
        self.party_names.join(&folded(name), &folded(of));
        self
    }

    /// Builds the gate.
    ///
    /// # Errors
    ///
    /// A [`GateError`] for no purpose or one without a name, a blank trainer, a rule that cannot
    /// be waived, a maximum age that is not positive, a negative maximum lag, or an as-of instant outside the years 0 to
    /// 9999.
    pub fn build(self) -> Result<Gate, GateError> {
        if self.purposes.is_empty() {
            return Err(GateError::NoPurpose);
        }
        if !Purposes::all().contains(self.purposes) {
            return Err(GateError::UnnamedPurpose);
        }
        if self.maximum_age.is_some_and(|age| !age.is_positive()) {
            return Err(GateError::MaximumAge);
        }
        if self.max_lag.is_some_and(Duration::is_negative) {
            return Err(GateError::MaxLag);
        }
        if !is_writable(self.as_of) {
            return Err(GateError::AsOf);
        }
        Ok(Gate(Arc::new(Terms {
            trainer: PartyId::new(self.trainer)?,
            purposes: self.purposes,
            as_of: self.as_of,
            accepted_notices: self.accepted_notices,
            maximum_age: self.maximum_age,
            waivers: Waivers::new(self.waived)?,
            assured: self.assured,
            max_lag: self.max_lag,
            parties: PartyNames::of(&self.party_names),
            tense: Tense::Present,
        })))
    }
}

/// The canonical form.
impl Serialize for Gate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.terms().serialize(serializer)
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = self.terms();
        let as_of = instant_text(terms.as_of).map_err(|_| fmt::Error)?;
        write!(
            f,
            "{}, for {}, as of {as_of}; ",
            terms.trainer, terms.purposes
        )?;
        if terms.accepted_notices.is_empty() {
            f.write_str("any complete notice is accepted; ")?;
        } else {
            let names = terms.accepted_notices.iter();
            let names = names.map(|(id, version)| format!("{}@{}", id.as_str(), version.as_str()));
            write!(
                f,
                "accepted notices are {}; ",
                names.collect::<Vec<_>>().join(", ")
            )?;
        }
        match terms.maximum_age {
            None => f.write_str("a consent lasts as long as it says; ")?,
            Some(age) => write!(
                f,
                "a consent lasts as long as it says and at most {}; ",
                duration_text(age)
            )?,
        }
        match terms.waivers.rules() {
            rules if rules.is_empty() => f.write_str("nothing is waived")?,
            rules => write!(f, "silence is forgiven for {rules}")?,
        }
        if !terms.assured.is_empty() {
            let assured: Vec<_> = terms.assured.iter().map(Condition::as_str).collect();
            write!(f, "; these conditions are kept: {}", assured.join(", "))?;
        }
        if let Some(lag) = terms.max_lag {
            write!(
                f,
                "; the consents on file are at most {} old",
                duration_text(lag)
            )?;
        }
        for names in terms.parties.groups() {
            let names = names.join(", ");
            write!(f, "; a denial to one of {names} is a denial to each")?;
        }
        Ok(())
    }
}
