//! The assessment of a person's records for a gate: the rules, as far as they do not depend on the
//! row.
//!
//! A grant is looked at once: each rule is *met*, *unproven* or *contradicted*, and the two sets of
//! those that are not met are all that is left of it. There is no early return and no order of
//! checks: the grant carries when both sets are empty.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use time::UtcDateTime;

use crate::decision::by_subject::BySubject;
use crate::gate::Gate;
use crate::record::view::{Names, RecordView};
use crate::record::{ConsentRecord, DataPeriod};
use crate::rules::facts::{EVERY_CATEGORY, Facts, or_every};
use crate::rules::grant::{self as rules, granted_at};
use crate::rules::readability::{Readability, readable};
use crate::rules::standing::{Denials, standing};
use crate::rules::{Reasons, Rules, Terms, outcomes};
use crate::storage::record_ids::RecordIdRef;
use crate::vocabulary::id::{Kept, RecordId, SubjectId};
use crate::vocabulary::purpose::DataCategories;

/// The assessment of one grant of one person for one gate, or of having no grant: everything that
/// does not depend on the row. Small, and compared with a row in a few integer operations. It contains
/// no id, so that many people share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GrantAssessment {
    /// Of R1 to R14 and R20, those that failed, and R17 where it is unproven whatever the row;
    /// waived silence is left out.
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
    /// The position of the grant among those of the person, the latest first, then the smallest id;
    /// two that share instant and id share it.
    pub(crate) rank: u32,
}

/// The assessment of one person for one gate: what all their grants amount to, evaluated once and
/// asked about many rows. It borrows nothing, so it can be the cache entry of a database source.
///
/// It holds a clone of its gate, the id of the person and the ids of the grants. For another gate or
/// another person it says nothing: then nothing is on file (R1).
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
    /// `None`: it contains no record, and denies everyone.
    subject: Option<SubjectId>,
    assessed: Assessed<RecordId>,
    /// The instant up to which every statement is on file, where the source states it.
    complete_through: Option<UtcDateTime>,
}

impl Assessment {
    pub(crate) fn of_records(
        gate: &Gate,
        person: Names<'_>,
        records: &[ConsentRecord],
        readability: Readability,
        complete_through: Option<UtcDateTime>,
    ) -> Self {
        let records = BySubject::of(records);
        let readability = readability.and(records.readability(person));
        let assessed = Assessed::of(gate.terms(), records.of_person(person), readability);
        Self {
            gate: gate.clone(),
            subject: Some(SubjectId::kept(person.id)),
            assessed: assessed.map_names(|name| RecordId::kept(name.as_str())),
            complete_through,
        }
    }

    /// The assessment of a person whose records could not be read: R2 fails. It holds for anyone.
    #[must_use]
    pub fn unreadable(gate: &Gate) -> Self {
        Self {
            subject: None,
            ..Self::of_records(gate, Names::only(""), &[], Readability::Unreadable, None)
        }
    }

    /// Returns true if it answers for the person of this id.
    ///
    /// INVARIANT (a grant counts for exactly its subject): an assessment that a closure returns for
    /// another person than the one it was made for grants nothing.
    #[inline]
    pub(crate) fn is_of(&self, id: &str) -> bool {
        let subject = self.subject.as_ref();
        subject.is_none_or(|subject| subject.as_str() == id)
    }

    /// The rules that the latest grant leaves unproven, whatever the row; R1 where
    /// there is no grant. What the gate waives is left out.
    #[must_use]
    pub fn unproven(&self) -> Rules {
        self.assessed.first.person.unproven()
    }

    /// The gate that the person was assessed for.
    #[must_use]
    #[inline]
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The instant up to which every statement is on file, where the source stated it.
    #[must_use]
    #[inline]
    pub const fn complete_through(&self) -> Option<UtcDateTime> {
        self.complete_through
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
    /// Those of several grants. Most people have one, so that one word is enough.
    several: Option<Box<Several<N>>>,
}

/// Several grants, in runs of those that are alike but for their instant.
///
/// The runs are in the order of their first grants, and a run in the order of its grants, the latest
/// first. In a run each grant covers rows from an earlier instant on than the one before it: one that
/// does not is left out, because the one before it comes as close for every row. So the grant of
/// a run that decides is found by a binary search.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Several<N> {
    assessments: Vec<GrantAssessment>,
    /// The ids of all but the first.
    others: Vec<N>,
}

impl<'a> Assessed<RecordIdRef<'a>> {
    /// Assesses one person's `records`, when it is known whether all of them could be read.
    pub(crate) fn of(
        terms: &Terms,
        records: impl Iterator<Item = RecordView<'a>>,
        readability: Readability,
    ) -> Self {
        Self::beside(None, terms, records, readability)
    }

    /// Assesses the grants among one person's `records` beside these denials, or beside those among
    /// the records.
    pub(crate) fn beside(
        denials: Option<&Denials>,
        terms: &Terms,
        records: impl Iterator<Item = RecordView<'a>>,
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
        let own;
        let denials = if let Some(denials) = denials {
            denials
        } else {
            own = Denials::of(records.iter(), terms);
            &own
        };
        let mut grants = records.iter().filter(|record| record.is_grant());
        let (grant, another) = (grants.next(), grants.next());
        if let (Some(grant), None) = (grant, another) {
            return Self {
                first: GrantAssessment::of(grant, denials, terms, readability),
                grant: Some(grant.id()),
                several: None,
            };
        }
        Self::in_runs(by_rank(records, denials, terms, readability)).unwrap_or_else(|| Self {
            first: GrantAssessment::absent(denials, terms, readability),
            grant: None,
            several: None,
        })
    }

    /// Arranges grants, which come in the order of their ranks. Returns `None` if there are none.
    fn in_runs(mut grants: Vec<(GrantAssessment, RecordIdRef<'a>)>) -> Option<Self> {
        let mut runs = HashMap::<_, (usize, UtcDateTime)>::new();
        let mut run_of = Vec::with_capacity(grants.len());
        grants.retain(|(grant, _)| {
            let next = runs.len();
            let run = runs.entry(grant.kind());
            let (run, earliest) = run.or_insert((next, UtcDateTime::MAX));
            let is_first = *run == next;
            let is_kept = is_first || grant.collected_from < *earliest;
            if is_kept {
                *earliest = grant.collected_from;
                run_of.push(*run);
            }
            is_kept
        });
        let mut in_order: Vec<_> = run_of.into_iter().zip(grants).collect();
        in_order.sort_by_key(|(run, _)| *run);
        let grants = in_order.into_iter().map(|(_, grant)| grant);
        let (assessments, mut others): (Vec<_>, Vec<_>) = grants.unzip();
        let first = *assessments.first()?;
        let grant = others.remove(0);
        let several = (assessments.len() > 1).then(|| {
            Box::new(Several {
                assessments,
                others,
            })
        });
        Some(Self {
            first,
            grant: Some(grant),
            several,
        })
    }
}

impl<N> Assessed<N> {
    #[inline]
    pub(crate) fn first(&self) -> &GrantAssessment {
        &self.first
    }

    /// The assessments of several grants, the first included, in [runs](Several); none if there is one
    /// grant or no grant.
    #[inline]
    pub(crate) fn several(&self) -> &[GrantAssessment] {
        let several = self.several.as_ref();
        several.map_or(&[], |several| &several.assessments)
    }

    /// The ids of the grants, in the order of their assessments.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &N> {
        self.grant
            .iter()
            .chain(self.several.iter().flat_map(|several| &several.others))
    }

    /// The id of the grant at an index: that of the first, or of one of the rest.
    #[inline]
    pub(crate) fn grant(&self, index: usize) -> Option<&N> {
        match index.checked_sub(1) {
            None => self.grant.as_ref(),
            Some(index) => self.several.as_ref()?.others.get(index),
        }
    }

    fn map_names<M>(self, mut name: impl FnMut(N) -> M) -> Assessed<M> {
        Assessed {
            first: self.first,
            grant: self.grant.map(&mut name),
            several: self.several.map(|several| {
                Box::new(Several {
                    assessments: several.assessments,
                    others: several.others.into_iter().map(name).collect(),
                })
            }),
        }
    }
}

/// The grants among the records, the latest first, then the smallest id.
fn by_rank<'a>(
    records: &[RecordView<'a>],
    denials: &Denials,
    terms: &Terms,
    readability: Readability,
) -> Vec<(GrantAssessment, RecordIdRef<'a>)> {
    let grants = records.iter().filter(|record| record.is_grant());
    let mut grants: Vec<_> = grants
        .map(|grant| {
            let at = Reverse(granted_at(grant));
            let standing = GrantAssessment::of(grant, denials, terms, readability);
            ((at, grant.id()), standing)
        })
        .collect();
    grants.sort_by_key(|(position, _)| *position);
    let mut rank: u32 = 0;
    let mut before = None;
    for (position, standing) in &mut grants {
        if before
            .replace(*position)
            .is_some_and(|before| before != *position)
        {
            rank = rank.saturating_add(1);
        }
        standing.rank = rank;
    }
    let grants = grants.into_iter();
    grants
        .map(|((_, grant), standing)| (standing, grant))
        .collect()
}

impl GrantAssessment {
    /// Assesses `grant` next to the denials of the same person.
    fn of(
        grant: &RecordView<'_>,
        denials: &Denials,
        terms: &Terms,
        readability: Readability,
    ) -> Self {
        let at = granted_at(grant);
        let person = outcomes([
            (Rules::ON_RECORD, rules::on_record(Some(grant))),
            (Rules::READABLE, readable(readability)),
            (Rules::PARTY, rules::party(grant, terms)),
            (Rules::PURPOSE, rules::purpose(grant, terms)),
            (Rules::GRANULAR, rules::granular(grant)),
            (Rules::AFFIRMATIVE, rules::affirmative(grant)),
            (Rules::EXPLICIT, rules::explicit(grant)),
            (Rules::PERSONAL, rules::personal(grant)),
            (Rules::INFORMED, rules::informed(grant, at, terms)),
            (Rules::EVIDENCED, rules::evidenced(grant)),
            (Rules::WITHDRAWABLE, rules::withdrawable(grant)),
            (Rules::CAPACITY, rules::capacity(grant)),
            (Rules::GIVEN, rules::given(at, terms)),
            (Rules::CURRENT, rules::current(grant, at, terms)),
            (Rules::CATEGORY, rules::names_categories(grant)),
            (Rules::CONDITIONS, rules::conditions(grant, terms)),
        ]);
        Self {
            person: person.forgiving(terms.waivers.for_actor(grant.actor())),
            covers: or_every(grant.data()),
            denied: denials.categories(Some(grant), terms),
            collected_from: match grant.data_period() {
                DataPeriod::FromGrant => at,
                DataPeriod::AllExisting => UtcDateTime::MIN,
                DataPeriod::From(from) => from,
            },
            rank: 0,
        }
    }

    /// Assesses a person who has no grant: R1, R2 where it applies, and R15 where a denial that
    /// touches the request is on file.
    fn absent(denials: &Denials, terms: &Terms, readability: Readability) -> Self {
        Self {
            person: outcomes([
                (Rules::ON_RECORD, rules::on_record(None)),
                (Rules::READABLE, readable(readability)),
            ]),
            covers: EVERY_CATEGORY,
            denied: denials.categories(None, terms),
            collected_from: UtcDateTime::MIN,
            rank: 0,
        }
    }

    /// The rules that fail for the grant and the row together. Without a grant the row is asked
    /// about nothing but R15.
    #[inline]
    pub(crate) fn reasons(&self, row: &Facts) -> Reasons {
        let of_person = self.person.and(standing(self.denied, row));
        if self.is_absent() {
            return of_person;
        }
        of_person
            .and(row.reasons)
            .and(row.period(self.collected_from))
            .and(row.category(self.covers))
    }

    /// What grants of one run have in common: everything but the instant and the rank.
    #[inline]
    pub(crate) fn kind(&self) -> impl Eq + Hash + use<> {
        (self.person, self.covers, self.denied)
    }

    /// Returns true if the grant covers only rows collected after the row was.
    #[inline]
    pub(crate) fn is_later_than(&self, row: &Facts) -> bool {
        !row.period(self.collected_from).is_empty()
    }

    /// Takes out the instant, unless the grant covers rows of all times.
    pub(crate) fn take_start(&mut self) -> Option<UtcDateTime> {
        let start = self.collected_from;
        (start != UtcDateTime::MIN).then(|| {
            self.collected_from = UtcDateTime::MAX;
            start
        })
    }

    /// Returns true if the instant was taken out.
    #[inline]
    pub(crate) fn starts_elsewhere(&self) -> bool {
        self.collected_from == UtcDateTime::MAX
    }

    /// The same with its instant, where it was taken out.
    #[inline]
    pub(crate) fn starting_at(self, start: UtcDateTime) -> Self {
        if self.starts_elsewhere() {
            let collected_from = start;
            Self {
                collected_from,
                ..self
            }
        } else {
            self
        }
    }

    /// Returns true if there is no grant.
    #[inline]
    pub(crate) fn is_absent(&self) -> bool {
        self.person.unproven().contains(Rules::ON_RECORD)
    }

    /// The order of grants by how close they come to carrying, the closest first.
    pub(crate) fn distance(&self, reasons: Reasons) -> impl Ord + use<> {
        (
            reasons.contradicted().bits().count_ones(),
            reasons.unproven().bits().count_ones(),
            self.rank,
            reasons,
        )
    }
}
