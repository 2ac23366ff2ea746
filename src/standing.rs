//! What a person's records are worth to a gate: the rules, as far as they do not depend on the row.
//!
//! A grant is looked at once: each rule is *met*, *unproven* or *contradicted*, and the two sets of
//! those that are not met are all that is left of it. There is no early return and no order of
//! checks: the grant carries when both sets are empty.

use std::cmp::Reverse;
use std::collections::HashMap;

use time::UtcDateTime;

use crate::gate::{Tense, Terms};
use crate::id::Kept;
use crate::names::RecordIdRef;
use crate::record::DataPeriod;
use crate::row::{EVERY_CATEGORY, Facts, or_every};
use crate::said::{Said, Told};
use crate::source::{IntoOnFile, OnFile};
use crate::term::{Actor, Capacity, ConsentType, DenialStatus, Granularity, Method};
use crate::{
    ConsentRecord, DataCategories, Gate, PartyId, Purposes, Reasons, RecordId, Requirements,
};

/// Whether every record about a person could be read and stands uncontested by another of its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Readability {
    #[default]
    AllRead,
    Unreadable,
}

/// What one grant of one person is worth to one gate, or what it is worth that there is none:
/// everything that does not depend on the row. Small, and compared with a row in a few integer
/// operations. It names nobody and no record, so that many people share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GrantAssessment {
    /// Of R1 to R14, those that failed, and R17 where it is unproven whatever the row; waived
    /// silence is left out.
    ///
    /// INVARIANT (no grant, no permit): without a grant R1 is among them, and nothing waives it.
    pub(crate) person: Reasons,
    /// The grant covers rows of these categories; every one where R17 is unproven already.
    pub(crate) covers: DataCategories,
    /// A denial says no to rows that reach into these categories.
    pub(crate) denied: DataCategories,
    /// The grant covers rows collected at this instant or later.
    ///
    /// INVARIANT (fail closed): while the instant is kept elsewhere it is the end of time here, so
    /// that taking this for it could only ever deny.
    pub(crate) collected_from: UtcDateTime,
    /// The place of the grant among those of the person, the latest first, then the smallest id;
    /// two that share instant and id share the place.
    pub(crate) rank: u32,
}

/// The assessment of one person for one gate: what all their grants amount to, evaluated once and
/// asked about many rows. It borrows nothing, so it can be the cache entry of a database source.
///
/// It holds a clone of its gate and the ids of the grants. For another gate it says nothing: then
/// nothing is on file (R1).
///
/// ```
/// use std::collections::HashMap;
///
/// use consent_gate::{Assessment, Gate, OnFile, Purposes, UserRecord};
/// use time::macros::utc_datetime;
///
/// struct Post;
/// impl UserRecord for Post {
///     fn subjects(&self) -> impl Iterator<Item = &str> {
///         ["alice"].into_iter()
///     }
/// }
///
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let mut cache = HashMap::new();
/// let on_file = OnFile::complete(Vec::new()); // from a database
/// cache.insert("alice".to_owned(), Assessment::new(&gate, "alice", on_file));
///
/// let missing = Assessment::unreadable(&gate);
/// let cached = |_: &Post, id: &str| cache.get(id).unwrap_or(&missing);
/// assert!(!gate.with(cached).decide(&Post).is_permit());
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    gate: Gate,
    assessed: Assessed<RecordId>,
}

impl Assessment {
    /// Assesses what is on file for `subject`. Records of other people among it grant nothing; two
    /// that share an id and differ are a conflict for the subjects of both.
    ///
    /// What is on file may be an assessment already: it is cloned.
    #[must_use]
    pub fn new<'a>(gate: &Gate, subject: &str, on_file: impl IntoOnFile<'a>) -> Self {
        on_file.into_on_file().assessed(gate, subject)
    }

    /// The assessment of a person whose records could not be read: R2 fails.
    #[must_use]
    pub fn unreadable(gate: &Gate) -> Self {
        Self::new(gate, "", OnFile::unreadable())
    }

    pub(crate) fn of_records(
        gate: &Gate,
        subject: &str,
        records: &[ConsentRecord],
        readability: Readability,
    ) -> Self {
        let readability = readability.and(Readability::among(records, subject));
        let assessed = Assessed::of(gate.terms(), Said::those_of(subject, records), readability);
        Self {
            gate: gate.clone(),
            assessed: assessed.map_names(|name| RecordId::kept(name.as_str())),
        }
    }

    /// The rules that the latest grant leaves unproven, whatever the row; R1 where
    /// there is no grant. What the gate waives is left out.
    #[must_use]
    pub fn unproven(&self) -> Requirements {
        self.assessed.first.person.unproven()
    }

    /// The gate that the person was assessed for.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    #[inline]
    pub(crate) fn assessed(&self) -> &Assessed<RecordId> {
        &self.assessed
    }
}

/// The assessments of all of a person's grants, or that of having none, with the ids of the grants
/// as `N`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assessed<N> {
    first: GrantAssessment,
    grant: Option<N>,
    /// Those of the other grants. Most people have one, so that one word is enough.
    rest: Option<Box<Rest<N>>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rest<N> {
    assessments: Vec<GrantAssessment>,
    grants: Vec<N>,
}

impl<'a> Assessed<RecordIdRef<'a>> {
    /// Assesses one person's `records`, when it is known whether all of them could be read.
    pub(crate) fn of(
        terms: &Terms,
        records: impl Iterator<Item = Said<'a>>,
        readability: Readability,
    ) -> Self {
        let mut counted = records.filter(|record| terms.counts(record));
        let (one, another) = (counted.next(), counted.next());
        // Most people have one record, which needs no list.
        let several: Vec<_> = match another {
            None => Vec::new(),
            another => one.into_iter().chain(another).chain(counted).collect(),
        };
        let records = match several.as_slice() {
            [] => one.as_slice(),
            several => several,
        };
        let mut grants = records.iter().filter(|record| record.is_grant());
        let (grant, another) = (grants.next(), grants.next());
        let absent = || GrantAssessment::absent(records, terms, readability);
        if another.is_some() {
            return Self::ranked(by_rank(records, terms, readability), absent);
        }
        let grant = grant.map(|grant| {
            let assessment = GrantAssessment::of(grant, records, terms, readability);
            (assessment, grant.id())
        });
        Self::ranked(grant.into_iter(), absent)
    }

    fn ranked(
        mut grants: impl Iterator<Item = (GrantAssessment, RecordIdRef<'a>)>,
        absent: impl FnOnce() -> GrantAssessment,
    ) -> Self {
        let Some((first, grant)) = grants.next() else {
            return Self {
                first: absent(),
                grant: None,
                rest: None,
            };
        };
        let (assessments, grants): (Vec<_>, Vec<_>) = grants.unzip();
        let rest = (!grants.is_empty()).then(|| {
            Box::new(Rest {
                assessments,
                grants,
            })
        });
        Self {
            first,
            grant: Some(grant),
            rest,
        }
    }
}

impl<N> Assessed<N> {
    #[inline]
    pub(crate) fn first(&self) -> &GrantAssessment {
        &self.first
    }

    #[inline]
    pub(crate) fn rest(&self) -> &[GrantAssessment] {
        self.rest.as_ref().map_or(&[], |rest| &rest.assessments)
    }

    /// The ids of the grants, in the order of their assessments.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &N> {
        self.grant
            .iter()
            .chain(self.rest.iter().flat_map(|rest| &rest.grants))
    }

    /// The id of the grant at an index: that of the first, or of one of the rest.
    #[inline]
    pub(crate) fn grant(&self, index: usize) -> Option<&N> {
        match index.checked_sub(1) {
            None => self.grant.as_ref(),
            Some(index) => self.rest.as_ref()?.grants.get(index),
        }
    }

    fn map_names<M>(self, mut name: impl FnMut(N) -> M) -> Assessed<M> {
        Assessed {
            first: self.first,
            grant: self.grant.map(&mut name),
            rest: self.rest.map(|rest| {
                Box::new(Rest {
                    assessments: rest.assessments,
                    grants: rest.grants.into_iter().map(name).collect(),
                })
            }),
        }
    }
}

/// The grants among the records, the latest first, then the smallest id.
fn by_rank<'a>(
    records: &[Said<'a>],
    terms: &Terms,
    readability: Readability,
) -> impl Iterator<Item = (GrantAssessment, RecordIdRef<'a>)> {
    let grants = records.iter().filter(|record| record.is_grant());
    let mut grants: Vec<_> = grants
        .map(|grant| {
            let at = Reverse(granted_at(grant));
            let standing = GrantAssessment::of(grant, records, terms, readability);
            ((at, grant.id()), standing)
        })
        .collect();
    grants.sort_by_key(|(place, _)| *place);
    let mut rank: u32 = 0;
    let mut before = None;
    for (place, standing) in &mut grants {
        if before
            .replace(*place)
            .is_some_and(|before| before != *place)
        {
            rank = rank.saturating_add(1);
        }
        standing.rank = rank;
    }
    grants
        .into_iter()
        .map(|((_, grant), standing)| (standing, grant))
}

impl Readability {
    /// Unreadable where a record of `subject` shares its id with one of `records` that differs from
    /// it.
    pub(crate) fn among(records: &[ConsentRecord], subject: &str) -> Self {
        if records.len() < 2 {
            return Self::AllRead;
        }
        let own = records
            .iter()
            .filter(|record| record.subject().as_str() == subject);
        let own: HashMap<&RecordId, &ConsentRecord> =
            own.map(|record| (record.id(), record)).collect();
        let differs =
            |record: &ConsentRecord| own.get(record.id()).is_some_and(|own| *own != record);
        Self::unless(records.iter().any(differs))
    }

    pub(crate) fn unless(is_unreadable: bool) -> Self {
        if is_unreadable {
            Self::Unreadable
        } else {
            Self::AllRead
        }
    }

    /// That of what is of both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::unless([self, other].contains(&Self::Unreadable))
    }
}

impl Terms {
    /// Whether a record counts at all: in a replay, what was stated after the as-of instant does
    /// not, unless it voids the past too.
    fn counts(&self, record: &Said<'_>) -> bool {
        let voids_the_past = record.denial() == Some(DenialStatus::Invalidated);
        match self.tense {
            Tense::Present => true,
            Tense::Replay => voids_the_past || record.at().is_none_or(|at| at <= self.as_of),
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

fn reasons(outcomes: impl IntoIterator<Item = (Requirements, Outcome)>) -> Reasons {
    let mut unproven = Requirements::empty();
    let mut contradicted = Requirements::empty();
    for (rule, outcome) in outcomes {
        match outcome {
            Outcome::Met => {}
            Outcome::Unproven => unproven |= rule,
            Outcome::Contradicted => contradicted |= rule,
        }
    }
    Reasons::new(unproven, contradicted)
}

impl GrantAssessment {
    /// What `grant` is worth beside the other records of the same person.
    fn of(grant: &Said<'_>, records: &[Said<'_>], terms: &Terms, readability: Readability) -> Self {
        let at = granted_at(grant);
        let not_before_grant = |denied_at: Option<UtcDateTime>| denied_at.is_none_or(|no| no >= at);
        let person = reasons([
            (Requirements::ON_RECORD, Outcome::Met),
            (Requirements::READABLE, readable(readability)),
            (
                Requirements::PARTY,
                Outcome::of(Some(is_party(grant, &terms.trainer))),
            ),
            (
                Requirements::PURPOSE,
                Outcome::of(lists_purposes(grant.purposes(), terms)),
            ),
            (Requirements::GRANULAR, Outcome::of(is_granular(grant))),
            (
                Requirements::AFFIRMATIVE,
                Outcome::of(grant.method().map(Method::is_affirmative)),
            ),
            (Requirements::EXPLICIT, Outcome::of(is_explicit(grant))),
            (Requirements::PERSONAL, Outcome::of(is_personal(grant))),
            (
                Requirements::INFORMED,
                Outcome::of(is_informed(grant, at, terms)),
            ),
            (
                Requirements::EVIDENCED,
                Outcome::of(grant.is_evidenced().then_some(true)),
            ),
            (
                Requirements::WITHDRAWABLE,
                Outcome::of(is_withdrawable(grant)),
            ),
            (Requirements::CAPACITY, Outcome::of(has_capacity(grant))),
            (Requirements::GIVEN, Outcome::of(Some(at <= terms.as_of))),
            (
                Requirements::CURRENT,
                Outcome::of(is_current(grant, at, terms)),
            ),
            (Requirements::CATEGORY, names_categories(grant)),
        ]);
        Self {
            person: person.forgiving(terms.waivers),
            covers: or_every(grant.data()),
            denied: denied_categories(records, terms, Some(grant), not_before_grant),
            collected_from: match grant.data_period() {
                DataPeriod::FromGrant => at,
                DataPeriod::AllExisting => UtcDateTime::MIN,
                DataPeriod::From(from) => from,
            },
            rank: 0,
        }
    }

    /// What it is worth that there is no grant among the records of a person: R1, R2 where it
    /// applies, and R15 where a denial that touches the request is on file.
    fn absent(records: &[Said<'_>], terms: &Terms, readability: Readability) -> Self {
        let any_date = |_| true;
        Self {
            person: reasons([
                (Requirements::ON_RECORD, Outcome::Unproven),
                (Requirements::READABLE, readable(readability)),
            ]),
            covers: EVERY_CATEGORY,
            denied: denied_categories(records, terms, None, any_date),
            collected_from: UtcDateTime::MIN,
            rank: 0,
        }
    }

    /// The rules that fail for the grant and the row together. Without a grant the row is asked
    /// about nothing but R15.
    #[inline]
    pub(crate) fn reasons(&self, row: &Facts) -> Reasons {
        let denied = self.denied.intersects(row.reach);
        let of_person = self
            .person
            .and(Reasons::contradicted_when(Requirements::STANDING, denied));
        if self.is_absent() {
            return of_person;
        }
        let early = row.collected_at < self.collected_from;
        let beyond = !self.covers.contains(row.data);
        of_person
            .and(row.reasons)
            .and(Reasons::contradicted_when(Requirements::PERIOD, early))
            .and(Reasons::contradicted_when(Requirements::CATEGORY, beyond))
    }

    /// Takes out the instant, unless the grant covers rows of all times.
    pub(crate) fn take_start(&mut self) -> Option<UtcDateTime> {
        let start = self.collected_from;
        (start != UtcDateTime::MIN).then(|| {
            self.collected_from = UtcDateTime::MAX;
            start
        })
    }

    /// Whether the instant was taken out.
    #[inline]
    pub(crate) fn starts_elsewhere(&self) -> bool {
        self.collected_from == UtcDateTime::MAX
    }

    /// The same with another instant.
    #[inline]
    pub(crate) fn starting(self, collected_from: UtcDateTime) -> Self {
        Self {
            collected_from,
            ..self
        }
    }

    /// Whether there is no grant.
    #[inline]
    fn is_absent(&self) -> bool {
        self.person.unproven().contains(Requirements::ON_RECORD)
    }

    /// What makes one grant closer to carrying than another, the closest first.
    pub(crate) fn distance(&self, reasons: Reasons) -> impl Ord + use<> {
        (
            reasons.contradicted().bits().count_ones(),
            reasons.unproven().bits().count_ones(),
            self.rank,
            reasons,
        )
    }
}

/// INVARIANT (a grant is dated): only a denial may have no date, and this is none.
fn granted_at(grant: &Said<'_>) -> UtcDateTime {
    grant.at().unwrap_or(UtcDateTime::MAX)
}

/// A grant that names no category leaves R17 unproven, whatever the row.
fn names_categories(grant: &Said<'_>) -> Outcome {
    if grant.data().is_empty() {
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

fn is_party(record: &Said<'_>, party: &PartyId) -> bool {
    record.parties().any(|each| each == party)
}

/// Whether a list of purposes contains every one asked for; nothing when there is no list.
fn lists_purposes(listed: Purposes, terms: &Terms) -> Option<bool> {
    (!listed.is_empty()).then(|| listed.contains(terms.purposes))
}

fn is_granular(grant: &Said<'_>) -> Option<bool> {
    grant
        .granular()
        .map(|granular| granular == Granularity::Separate)
}

fn is_explicit(grant: &Said<'_>) -> Option<bool> {
    grant
        .consent_type()
        .map(|each| each == ConsentType::ExplicitlyExpressed)
}

fn is_personal(grant: &Said<'_>) -> Option<bool> {
    grant
        .actor()
        .map(|actor| matches!(actor, Actor::Subject | Actor::VerifiedGuardian))
}

fn is_withdrawable(grant: &Said<'_>) -> Option<bool> {
    let given_via = grant.given_via()?.into();
    let withdraw_via = Some(grant.withdraw_via()).filter(|channels| !channels.is_empty())?;
    Some(withdraw_via.contains(given_via))
}

fn has_capacity(grant: &Said<'_>) -> Option<bool> {
    match (grant.actor(), grant.capacity()) {
        (Some(Actor::VerifiedGuardian), _) | (_, Some(Capacity::OfAge)) => Some(true),
        (_, Some(Capacity::UnderAge)) => Some(false),
        (_, None) => None,
    }
}

/// Whether as-of is before every limit there is; nothing when there is none. A limit beyond the
/// end of time is never reached.
fn is_current(grant: &Said<'_>, at: UtcDateTime, terms: &Terms) -> Option<bool> {
    let is_young = |age| at.checked_add(age).is_none_or(|limit| terms.as_of < limit);
    let limits = [
        grant.valid_until().map(|limit| terms.as_of < limit),
        terms.maximum_age.map(is_young),
    ];
    limits
        .into_iter()
        .flatten()
        .reduce(|one, other| one && other)
}

/// Whether the person was told, of every part that R9 asks about. One part that is wrong is
/// enough for a no, also where another part is missing.
fn is_informed(grant: &Said<'_>, at: UtcDateTime, terms: &Terms) -> Option<bool> {
    let notice = grant.notice()?;
    let parts = [
        notice.shown_at.map(|shown_at| shown_at <= at),
        notice
            .controller
            .map(|controller| is_party(grant, controller)),
        lists_purposes(notice.purposes, terms),
        is_accepted(&notice, terms),
    ];
    if parts.contains(&Some(false)) {
        Some(false)
    } else {
        parts.iter().all(Option::is_some).then_some(true)
    }
}

/// Whether the notice is an accepted one. A part that is missing is no proof, but the part that is
/// there may rule out every accepted notice.
fn is_accepted(notice: &Told<'_>, terms: &Terms) -> Option<bool> {
    let accepted = &terms.accepted_notices;
    let may_be_accepted = accepted.is_empty()
        || accepted.iter().any(|(id, version)| {
            notice.id.is_none_or(|own| own == id) && notice.version.is_none_or(|own| own == version)
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
fn denied_categories(
    records: &[Said<'_>],
    terms: &Terms,
    grant: Option<&Said<'_>>,
    counts: impl Fn(Option<UtcDateTime>) -> bool,
) -> DataCategories {
    records
        .iter()
        .filter(|record| {
            record.denial().is_some() && counts(record.at()) && touches(record, terms, grant)
        })
        .map(|denial| or_every(denial.data()))
        .fold(DataCategories::empty(), DataCategories::union)
}

/// Whether a denial reaches the grant, or the request where there is no grant, as far as party and
/// purpose go: telling one link of the chain is enough (CJEU C-129/21 Proximus).
fn touches(denial: &Said<'_>, terms: &Terms, grant: Option<&Said<'_>>) -> bool {
    let is_concerned = |party: &PartyId| {
        *party == terms.trainer || grant.is_some_and(|grant| is_party(grant, party))
    };
    let purposes = denial.purposes();
    (denial.controller().is_none() || denial.parties().any(is_concerned))
        && (purposes.is_empty() || purposes.intersects(terms.purposes))
}
