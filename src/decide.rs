//! The decision. What a person's records are worth to a gate, what a row adds to that, and the one
//! place where a row becomes [`Consented`].
//!
//! A grant is looked at once: each rule is *met*, *unproven* or *contradicted*, and the two sets of
//! those that are not met are all that is left of it. There is no early return and no order of
//! checks: the grant carries when both sets are empty.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt;

use time::UtcDateTime;

use crate::gate::{Tense, Terms};
use crate::record::{DataPeriod, Notice, Statement};
use crate::term::{Actor, Capacity, ConsentType, DenialStatus, Granularity, Method};
use crate::{
    ConsentRecord, ConsentSource, Consented, DataCategories, Decided, Details, Gate, PartyId,
    Purposes, RecordId, Replay, Requirements, UserRecord, Withheld,
};

/// The answer about a row. There is no third one.
///
/// A denial is not an error, and its `Display` says in words why it was denied:
///
/// ```
/// use consent_gate::{Decision, Gate, Ledger, Purposes, UserRecord};
/// use time::macros::utc_datetime;
///
/// struct Row;
/// impl UserRecord for Row {
///     fn subjects(&self) -> impl Iterator<Item = &str> {
///         ["alice"].into_iter()
///     }
/// }
///
/// let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// let decision = gate.decide(&Row, &&Ledger::new());
/// assert_eq!(decision.to_string(), "denied: no consent by this person is on file (R1)");
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision<'g> {
    /// Every rule is met, or waived and silent, for one grant of each subject.
    Permit(Grants<'g>),
    /// Everything else.
    Deny(Reasons),
}

/// The grants that a permit rests on: one for each subject of the row, in the order in which the
/// row names them.
#[derive(Clone)]
pub struct Grants<'g>(Names<'g>);

/// Two words, so that a decision travels in registers: most rows rest on one grant in a ledger.
#[derive(Clone)]
enum Names<'g> {
    One(&'g RecordId),
    #[expect(clippy::box_collection, reason = "one word and not three")]
    Others(Box<Vec<Cow<'g, RecordId>>>),
}

impl<'g> Grants<'g> {
    /// The ids of the grants.
    pub fn iter(&self) -> impl Iterator<Item = &RecordId> + Clone {
        let (one, others) = match &self.0 {
            Names::One(name) => (Some(*name), &[][..]),
            Names::Others(names) => (None, names.as_slice()),
        };
        one.into_iter().chain(others.iter().map(AsRef::as_ref))
    }

    /// The same, on its own.
    #[must_use]
    pub fn into_owned(self) -> Grants<'static> {
        let names = self.into_names().map(|name| Cow::Owned(name.into_owned()));
        Grants(Names::Others(Box::new(names.collect())))
    }

    fn and(self, other: Self) -> Self {
        Self(Names::Others(Box::new(
            self.into_names().chain(other.into_names()).collect(),
        )))
    }

    fn into_names(self) -> impl Iterator<Item = Cow<'g, RecordId>> {
        let (one, others) = match self.0 {
            Names::One(name) => (Some(Cow::Borrowed(name)), Vec::new()),
            Names::Others(names) => (None, *names),
        };
        one.into_iter().chain(others)
    }
}

impl PartialEq for Grants<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Grants<'_> {}

impl fmt::Debug for Grants<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Why a row was denied: the rules that failed, by how they failed. Rules whose silence the gate
/// forgives do not stand in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reasons {
    contradicted: Requirements,
    unproven: Requirements,
}

impl Reasons {
    fn unproven_only(unproven: Requirements) -> Self {
        Self {
            unproven,
            contradicted: Requirements::empty(),
        }
    }

    /// The rules for which the fact is missing.
    #[must_use]
    pub fn unproven(self) -> Requirements {
        self.unproven
    }

    /// The rules for which there is proof of the opposite.
    #[must_use]
    pub fn contradicted(self) -> Requirements {
        self.contradicted
    }

    /// The rules that failed in either way.
    #[must_use]
    pub fn failed(self) -> Requirements {
        self.unproven.union(self.contradicted)
    }

    /// The rule that the denial is counted under: the lowest-numbered one that failed.
    #[must_use]
    pub fn primary(self) -> Requirements {
        let failed = self.failed().bits();
        Requirements::from_bits_retain(failed & failed.wrapping_neg())
    }

    fn and(self, other: Self) -> Self {
        Self {
            unproven: self.unproven.union(other.unproven),
            contradicted: self.contradicted.union(other.contradicted),
        }
    }
}

/// What failed, in words, each with the ids of its rule, in the order of the rules.
impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for rule in self.failed().each() {
            let unproven = self.unproven.intersection(rule).unproven_in_words();
            let contradicted = self.contradicted.intersection(rule).contradicted_in_words();
            for words in contradicted.chain(unproven) {
                write!(f, "{separator}{words}")?;
                separator = "; ";
                rule.ids().try_for_each(|id| write!(f, " ({id})"))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permit(grants) => {
                let names: Vec<&str> = grants.iter().map(RecordId::as_str).collect();
                write!(f, "permitted by {}", names.join(" and "))
            }
            Self::Deny(reasons) => write!(f, "denied: {reasons}"),
        }
    }
}

impl Decision<'_> {
    pub(crate) fn nothing_on_file() -> Self {
        Self::Deny(Reasons::unproven_only(Requirements::ON_RECORD))
    }

    /// Whether the row may pass.
    #[must_use]
    pub fn is_permit(&self) -> bool {
        matches!(self, Self::Permit(_))
    }

    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Decision<'static> {
        match self {
            Self::Permit(grants) => Decision::Permit(grants.into_owned()),
            Self::Deny(reasons) => Decision::Deny(reasons),
        }
    }

    /// Both people must permit, and a denial tells the reasons of both.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Permit(one), Self::Permit(other)) => Self::Permit(one.and(other)),
            (Self::Deny(one), Self::Deny(other)) => Self::Deny(one.and(other)),
            (Self::Deny(reasons), Self::Permit(_)) | (Self::Permit(_), Self::Deny(reasons)) => {
                Self::Deny(reasons)
            }
        }
    }
}

/// Whether every record about a person could be read and stands uncontested by another of its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Readability {
    #[default]
    AllRead,
    Unreadable,
}

/// What one grant of one person is worth to one gate, or what it is worth that there is none:
/// everything that does not depend on the row. Small, and compared with a row in a few integer
/// operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing<'a> {
    /// Of R1 to R14, those that failed, and R17 where it is unproven whatever the row; waived
    /// silence is left out.
    person: Reasons,
    /// The grant covers rows of these categories; every one where R17 is unproven already.
    covers: DataCategories,
    /// A denial says no to rows that reach into these categories.
    denied: DataCategories,
    /// The grant covers rows collected at this instant or later.
    collected_from: UtcDateTime,
    at: UtcDateTime,
    grant: Option<&'a RecordId>,
}

/// What all of a person's grants are worth to one gate, worked out once and asked for many rows.
///
/// ```
/// # use consent_gate::{Gate, Purposes, Standings};
/// # use time::macros::utc_datetime;
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let standings = Standings::new(&gate, "alice", &[]);
/// # let _ = standings;
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standings<'a> {
    gate: &'a Gate,
    first: Standing<'a>,
    /// Those of the other grants. Most people have one, so that one word is enough.
    #[expect(clippy::box_collection, reason = "one word and not three")]
    rest: Option<Box<Vec<Standing<'a>>>>,
}

impl<'a> Standings<'a> {
    /// Works out what `records` are worth to `gate` as statements about `subject`. Records of
    /// other people among them grant nothing; two that share an id and differ are a conflict for
    /// the subjects of both.
    #[must_use]
    pub fn new(gate: &'a Gate, subject: &str, records: &'a [ConsentRecord]) -> Self {
        Self::judge(
            gate,
            subject,
            records.iter(),
            conflicts_among(records, subject),
        )
    }

    /// Works out what `records` are worth to `gate`, when it is known how readable they are.
    pub(crate) fn judge(
        gate: &'a Gate,
        subject: &str,
        records: impl Iterator<Item = &'a ConsentRecord> + Clone,
        readability: Readability,
    ) -> Self {
        let terms = gate.terms();
        let counted = records
            .filter(|record| record.subject().as_str() == subject)
            .filter(|record| terms.counts(record));
        let grants = counted
            .clone()
            .filter(|record| matches!(record.statement(), Statement::Grant { .. }));
        let mut standings =
            grants.map(|grant| Standing::of(grant, counted.clone(), terms, readability));
        let first = standings.next();
        let rest: Vec<_> = standings.collect();
        let rest = (!rest.is_empty()).then(|| Box::new(rest));
        let first = first.unwrap_or_else(|| Standing::absent(counted, terms, readability));
        Self { gate, first, rest }
    }

    #[inline]
    pub(crate) fn parts(&self) -> (&Standing<'a>, &[Standing<'a>]) {
        (
            &self.first,
            self.rest.as_ref().map_or(&[], |rest| rest.as_slice()),
        )
    }
}

/// Whether a record of `subject` shares its id with one of `records` that differs from it.
pub(crate) fn conflicts_among(records: &[ConsentRecord], subject: &str) -> Readability {
    if records.len() < 2 {
        return Readability::AllRead;
    }
    let own = records
        .iter()
        .filter(|record| record.subject().as_str() == subject);
    let own: HashMap<&RecordId, &ConsentRecord> = own.map(|record| (record.id(), record)).collect();
    let differs = |record: &ConsentRecord| own.get(record.id()).is_some_and(|own| *own != record);
    Readability::unless(records.iter().any(differs))
}

impl Readability {
    pub(crate) fn unless(is_unreadable: bool) -> Self {
        if is_unreadable {
            Self::Unreadable
        } else {
            Self::AllRead
        }
    }
}

impl Terms {
    /// Whether a record counts at all: in a replay, what was stated after the as-of instant does
    /// not, unless it voids the past too.
    fn counts(&self, record: &ConsentRecord) -> bool {
        let voids_the_past = matches!(
            record.statement(),
            Statement::Denial {
                status: DenialStatus::Invalidated,
                ..
            }
        );
        match self.tense {
            Tense::Present => true,
            Tense::Replay => {
                voids_the_past || record.statement().at().is_none_or(|at| at <= self.as_of)
            }
        }
    }
}

/// How a rule ends.
#[derive(Clone, Copy)]
enum Outcome {
    Met,
    Unproven,
    Contradicted,
}

impl Outcome {
    /// An absent fact is never a proof, neither of the rule nor of its opposite.
    fn of(fact: Option<bool>) -> Self {
        match fact {
            Some(true) => Self::Met,
            Some(false) => Self::Contradicted,
            None => Self::Unproven,
        }
    }
}

impl Reasons {
    fn of(outcomes: impl IntoIterator<Item = (Requirements, Outcome)>) -> Self {
        let mut reasons = Self::default();
        for (rule, outcome) in outcomes {
            match outcome {
                Outcome::Met => {}
                Outcome::Unproven => reasons.unproven |= rule,
                Outcome::Contradicted => reasons.contradicted |= rule,
            }
        }
        reasons
    }

    /// INVARIANT (a waiver forgives silence, never a no): what is contradicted stays.
    fn forgiving(self, terms: &Terms) -> Self {
        Self {
            unproven: self.unproven.difference(terms.waivers.rules()),
            ..self
        }
    }
}

/// The category set of a denial that names none: it meets every row, whatever its categories.
const EVERY_CATEGORY: DataCategories = DataCategories::from_bits_retain(u32::MAX);

fn or_every(categories: DataCategories) -> DataCategories {
    if categories.is_empty() {
        EVERY_CATEGORY
    } else {
        categories
    }
}

impl<'a> Standing<'a> {
    /// What `grant` is worth beside the other records of the same person.
    fn of(
        grant: &'a ConsentRecord,
        records: impl Iterator<Item = &'a ConsentRecord>,
        terms: &Terms,
        readability: Readability,
    ) -> Self {
        let details = grant.details();
        // INVARIANT (a grant is dated): only a denial may have no date, and this is none.
        let at = grant.statement().at().unwrap_or(UtcDateTime::MAX);
        let not_before_grant = |denied_at: Option<UtcDateTime>| denied_at.is_none_or(|no| no >= at);
        let person = Reasons::of([
            (Requirements::ON_RECORD, Outcome::Met),
            (Requirements::READABLE, readable(readability)),
            (
                Requirements::PARTY,
                Outcome::of(Some(is_party(grant, &terms.trainer))),
            ),
            (
                Requirements::PURPOSE,
                Outcome::of(lists_purposes(details.purposes, terms)),
            ),
            (Requirements::GRANULAR, Outcome::of(is_granular(details))),
            (
                Requirements::AFFIRMATIVE,
                Outcome::of(details.method.map(Method::is_affirmative)),
            ),
            (Requirements::EXPLICIT, Outcome::of(is_explicit(details))),
            (Requirements::PERSONAL, Outcome::of(is_personal(details))),
            (
                Requirements::INFORMED,
                Outcome::of(is_informed(grant, at, terms)),
            ),
            (
                Requirements::EVIDENCED,
                Outcome::of(details.evidence.as_ref().map(|_| true)),
            ),
            (
                Requirements::WITHDRAWABLE,
                Outcome::of(is_withdrawable(details)),
            ),
            (Requirements::CAPACITY, Outcome::of(has_capacity(details))),
            (Requirements::GIVEN, Outcome::of(Some(at <= terms.as_of))),
            (
                Requirements::CURRENT,
                Outcome::of(is_current(details, at, terms)),
            ),
            (Requirements::CATEGORY, names_categories(details)),
        ]);
        Self {
            person: person.forgiving(terms),
            covers: or_every(details.data),
            denied: denied_categories(records, terms, Some(grant), not_before_grant),
            collected_from: match details.data_period {
                DataPeriod::FromGrant => at,
                DataPeriod::AllExisting => UtcDateTime::MIN,
                DataPeriod::From(from) => from,
            },
            at,
            grant: Some(grant.id()),
        }
    }

    /// What it is worth that there is no grant among the records of a person: R1, R2 where it
    /// applies, and R15 where a denial that touches the request is on file.
    fn absent(
        records: impl Iterator<Item = &'a ConsentRecord>,
        terms: &Terms,
        readability: Readability,
    ) -> Self {
        let any_date = |_| true;
        Self {
            person: Reasons::of([
                (Requirements::ON_RECORD, Outcome::Unproven),
                (Requirements::READABLE, readable(readability)),
            ]),
            covers: EVERY_CATEGORY,
            denied: denied_categories(records, terms, None, any_date),
            collected_from: UtcDateTime::MIN,
            at: UtcDateTime::MIN,
            grant: None,
        }
    }

    /// The rules that fail for the grant and the row together. Without a grant the row is asked
    /// about nothing but R15.
    #[inline]
    fn reasons(&self, row: &Facts) -> Reasons {
        let denied = Requirements::STANDING.when(self.denied.intersects(row.reach));
        let of_person = Reasons {
            contradicted: self.person.contradicted | denied,
            ..self.person
        };
        if self.grant.is_none() {
            return of_person;
        }
        of_person.and(Reasons {
            unproven: row.unproven,
            contradicted: Requirements::PERIOD.when(row.collected_at < self.collected_from)
                | Requirements::CATEGORY.when(!self.covers.contains(row.data))
                | row.contradicted,
        })
    }

    /// What makes one grant closer to carrying than another, the closest first.
    fn distance(&self, reasons: Reasons) -> impl Ord + use<'a> {
        (
            reasons.contradicted.bits().count_ones(),
            reasons.unproven.bits().count_ones(),
            Reverse(self.at),
            self.grant,
            reasons,
        )
    }
}

/// A grant that names no category leaves R17 unproven, whatever the row.
fn names_categories(details: &Details) -> Outcome {
    if details.data.is_empty() {
        Outcome::Unproven
    } else {
        Outcome::Met
    }
}

fn readable(readability: Readability) -> Outcome {
    match readability {
        Readability::AllRead => Outcome::Met,
        Readability::Unreadable => Outcome::Contradicted,
    }
}

fn is_party(record: &ConsentRecord, party: &PartyId) -> bool {
    record.parties().any(|each| each == party)
}

/// Whether a list of purposes contains every one asked for; nothing when there is no list.
fn lists_purposes(listed: Purposes, terms: &Terms) -> Option<bool> {
    (!listed.is_empty()).then(|| listed.contains(terms.purposes))
}

fn is_granular(details: &Details) -> Option<bool> {
    details
        .granular
        .map(|granular| granular == Granularity::Separate)
}

fn is_explicit(details: &Details) -> Option<bool> {
    details
        .consent_type
        .map(|each| each == ConsentType::ExplicitlyExpressed)
}

fn is_personal(details: &Details) -> Option<bool> {
    details
        .actor
        .map(|actor| matches!(actor, Actor::Subject | Actor::VerifiedGuardian))
}

fn is_withdrawable(details: &Details) -> Option<bool> {
    let are_known = !details.given_via.is_empty() && !details.withdraw_via.is_empty();
    are_known.then(|| details.withdraw_via.contains(details.given_via))
}

fn has_capacity(details: &Details) -> Option<bool> {
    match (details.actor, details.capacity) {
        (Some(Actor::VerifiedGuardian), _) | (_, Some(Capacity::OfAge)) => Some(true),
        (_, Some(Capacity::UnderAge)) => Some(false),
        (_, None) => None,
    }
}

/// Whether as-of is before every limit there is; nothing when there is none. A limit beyond the
/// end of time is never reached.
fn is_current(details: &Details, at: UtcDateTime, terms: &Terms) -> Option<bool> {
    let by_age = |age| at.checked_add(age).unwrap_or(UtcDateTime::MAX);
    let limits = [details.valid_until, terms.maximum_age.map(by_age)];
    limits
        .into_iter()
        .flatten()
        .map(|limit| terms.as_of < limit)
        .reduce(|one, other| one && other)
}

/// Whether the person was told, of every part that R9 asks about. One part that is wrong is
/// enough for a no, also where another part is missing.
fn is_informed(grant: &ConsentRecord, at: UtcDateTime, terms: &Terms) -> Option<bool> {
    let notice = grant.details().notice.as_ref()?;
    let parts = [
        notice.shown_at.map(|shown_at| shown_at <= at),
        notice
            .controller
            .as_ref()
            .map(|controller| is_party(grant, controller)),
        lists_purposes(notice.purposes, terms),
        is_accepted(notice, terms),
    ];
    if parts.contains(&Some(false)) {
        Some(false)
    } else {
        parts.iter().all(Option::is_some).then_some(true)
    }
}

/// Whether the notice is an accepted one. A part that is missing is no proof, but the part that is
/// there may rule out every accepted notice.
fn is_accepted(notice: &Notice, terms: &Terms) -> Option<bool> {
    let accepted = &terms.accepted_notices;
    let may_be_accepted = accepted.is_empty()
        || accepted.iter().any(|(id, version)| {
            notice.id.as_ref().is_none_or(|own| own == id)
                && notice.version.as_ref().is_none_or(|own| own == version)
        });
    let is_named = notice.id.is_some() && notice.version.is_some();
    if may_be_accepted {
        is_named.then_some(true)
    } else {
        Some(false)
    }
}

/// The categories of rows that are denied by those of `records` that touch the grant, or the
/// request where there is no grant, and whose date counts.
fn denied_categories<'a>(
    records: impl Iterator<Item = &'a ConsentRecord>,
    terms: &Terms,
    grant: Option<&ConsentRecord>,
    counts: impl Fn(Option<UtcDateTime>) -> bool,
) -> DataCategories {
    records
        .filter(|record| match record.statement() {
            Statement::Denial { at, .. } => counts(*at) && touches(record, terms, grant),
            Statement::Grant { .. } | Statement::NonDecision { .. } => false,
        })
        .map(|denial| or_every(denial.details().data))
        .fold(DataCategories::empty(), DataCategories::union)
}

/// Whether a denial reaches the grant, or the request where there is no grant, as far as party and
/// purpose go: telling one link of the chain is enough (CJEU C-129/21 Proximus).
fn touches(denial: &ConsentRecord, terms: &Terms, grant: Option<&ConsentRecord>) -> bool {
    let is_concerned = |party: &PartyId| {
        *party == terms.trainer || grant.is_some_and(|grant| is_party(grant, party))
    };
    let purposes = denial.details().purposes;
    (denial.statement().controller().is_none() || denial.parties().any(is_concerned))
        && (purposes.is_empty() || purposes.intersects(terms.purposes))
}

/// What a row adds to the decision, worked out once a row.
#[derive(Clone, Copy, Debug)]
struct Facts {
    /// The end of time where it is not known: then R16 is unproven, and nothing contradicts it.
    collected_at: UtcDateTime,
    data: DataCategories,
    /// The categories that a denial may meet in the row: all of them when it names none.
    reach: DataCategories,
    /// Of R16 to R18, those that the row leaves unproven under every grant; waived silence is left
    /// out.
    unproven: Requirements,
    /// Of R16 to R18, those that the row contradicts under every grant.
    contradicted: Requirements,
}

impl Facts {
    #[inline]
    fn of(row: &(impl UserRecord + ?Sized), terms: &Terms) -> Self {
        let collected_at = row.collected_at();
        let data = row.data();
        let restrictions = row.restrictions();
        let is_restricted = restrictions.purposes().intersects(terms.purposes);
        let is_unread = !restrictions.is_readable() && !is_restricted;
        let unproven = Requirements::PERIOD.when(collected_at.is_none())
            | Requirements::CATEGORY.when(data.is_empty())
            | Requirements::UNRESTRICTED.when(is_unread);
        Self {
            collected_at: collected_at.unwrap_or(UtcDateTime::MAX),
            data,
            reach: or_every(data),
            unproven: unproven.difference(terms.waivers.rules()),
            contradicted: Requirements::UNRESTRICTED.when(is_restricted),
        }
    }
}

/// The question that a [`ConsentSource`] answers: may this row pass, as far as one of its subjects
/// is concerned? Only the gate asks it, and only through it is there an answer.
#[derive(Clone, Copy, Debug)]
pub struct Question<'g> {
    gate: &'g Gate,
    row: Facts,
}

impl<'g> Question<'g> {
    #[inline]
    fn about(row: &(impl UserRecord + ?Sized), gate: &'g Gate) -> Self {
        Self {
            gate,
            row: Facts::of(row, gate.terms()),
        }
    }

    /// The answer when these are all the records on file.
    pub fn on_records<'r>(&self, subject: &str, records: &'r [ConsentRecord]) -> Decision<'r>
    where
        'g: 'r,
    {
        self.on_standings(&Standings::new(self.gate, subject, records))
    }

    /// The answer when these records, readable or not, are all that is on file.
    pub(crate) fn on_file<'r>(
        &self,
        subject: &str,
        records: impl Iterator<Item = &'r ConsentRecord> + Clone,
        readability: Readability,
    ) -> Decision<'r>
    where
        'g: 'r,
    {
        self.on_standings(&Standings::judge(self.gate, subject, records, readability))
    }

    /// The answer when the records on file are worth this. Standings that were worked out for
    /// another gate are not about this question: then nothing is on file.
    #[inline]
    pub fn on_standings<'r>(&self, standings: &Standings<'r>) -> Decision<'r> {
        let (first, rest) = standings.parts();
        self.on_parts(standings.gate, first, rest)
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "measured: twice as fast as a call for each row"
    )]
    pub(crate) fn on_parts<'r>(
        &self,
        gate: &Gate,
        first: &Standing<'r>,
        rest: &[Standing<'r>],
    ) -> Decision<'r> {
        if !std::ptr::eq(gate, self.gate) && are_different(gate, self.gate) {
            return Decision::nothing_on_file();
        }
        let reasons = first.reasons(&self.row);
        let (standing, reasons) = if rest.is_empty() {
            (first, reasons)
        } else {
            closest(first, reasons, rest, self.row)
        };
        match standing.grant {
            Some(grant) if reasons.failed().is_empty() => {
                Decision::Permit(Grants(Names::One(grant)))
            }
            _ => Decision::Deny(reasons),
        }
    }

    /// The answer when what is on file could not be read: it may be a no.
    pub fn on_unreadable(&self) -> Decision<'g> {
        self.on_file("", std::iter::empty(), Readability::Unreadable)
    }
}

/// Two gates that are not the same one may ask the same.
#[cold]
#[inline(never)]
fn are_different(one: &Gate, other: &Gate) -> bool {
    one != other
}

/// Of several grants, the one that carries or comes closest to it.
#[inline(never)]
fn closest<'s, 'r>(
    first: &'s Standing<'r>,
    reasons: Reasons,
    rest: &'s [Standing<'r>],
    row: Facts,
) -> (&'s Standing<'r>, Reasons) {
    let all = rest
        .iter()
        .map(|standing| (standing, standing.reasons(&row)));
    all.fold((first, reasons), |closest, next| {
        let is_closer = next.0.distance(next.1) < closest.0.distance(closest.1);
        if is_closer { next } else { closest }
    })
}

/// The answer about a row: that of all its subjects together.
#[inline]
fn decide<'g, R, S>(gate: &'g Gate, row: &R, source: &S) -> Decision<'g>
where
    R: UserRecord + ?Sized,
    S: ConsentSource<'g, R> + ?Sized,
{
    let question = Question::about(row, gate);
    let mut subjects = row.subjects();
    let Some(first) = subjects.next() else {
        return Decision::nothing_on_file();
    };
    let decision = source.answer(&question, row, first);
    match subjects.next() {
        None => decision,
        Some(second) => {
            let others = std::iter::once(second).chain(subjects);
            all_of(first, decision, others, move |subject| {
                source.answer(&question, row, subject)
            })
        }
    }
}

/// The answer of several subjects together, each asked once.
#[cold]
#[inline(never)]
fn all_of<'g, 's>(
    first: &'s str,
    decision: Decision<'g>,
    others: impl Iterator<Item = &'s str>,
    answer: impl Fn(&str) -> Decision<'g>,
) -> Decision<'g> {
    let mut seen = HashSet::from([first]);
    others
        .filter(|subject| seen.insert(subject))
        .map(answer)
        .fold(decision, Decision::and)
}

/// Shows that a [`Consented`] was made here: nothing outside this module can make one of these.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof(());

impl Gate {
    /// Decides on a row without taking it.
    #[inline]
    pub fn decide<'g, R, S>(&'g self, row: &R, source: &S) -> Decision<'g>
    where
        R: UserRecord + ?Sized,
        S: ConsentSource<'g, R> + ?Sized,
    {
        decide(self, row, source)
    }

    /// Decides on a row and takes it: the one way to a [`Consented`].
    #[inline]
    pub fn admit<'g, R, S>(&'g self, row: R, source: &S) -> Decided<'g, R>
    where
        R: UserRecord,
        S: ConsentSource<'g, R> + ?Sized,
    {
        match decide(self, &row, source) {
            Decision::Permit(grants) => {
                Decided::Consented(Consented::new(row, self, grants, Proof(())))
            }
            Decision::Deny(reasons) => Decided::Withheld(Withheld::new(row, reasons)),
        }
    }
}

impl Replay {
    /// Says what would have been decided on a row.
    pub fn decide<'g, R, S>(&'g self, row: &R, source: &S) -> Decision<'g>
    where
        R: UserRecord + ?Sized,
        S: ConsentSource<'g, R> + ?Sized,
    {
        decide(self.question(), row, source)
    }
}
