//! The question that a source of consents answers, and the answer about a whole row.

use std::collections::HashSet;

use time::UtcDateTime;

use crate::decision::answer::{Decision, Grants};
use crate::decision::assessment::{Assessed, Assessment, GrantAssessment};
use crate::decision::by_subject::BySubject;
use crate::record::view::{Names, RecordView};
use crate::row::UserRecord;
use crate::rules::facts::Facts;
use crate::rules::readability::Readability;
use crate::rules::{Reasons, Terms};
use crate::storage::record_ids::RecordIdRef;

/// The question that a source answers: may this row pass, as far as one of its subjects is
/// concerned? Only a gate asks it.
#[derive(Debug)]
pub struct Question<'g, 'q, R: ?Sized> {
    terms: &'g Terms,
    pub(crate) row: &'q R,
    /// The instant up to which every statement is on file, where the source states it.
    complete_through: Option<UtcDateTime>,
}

impl<R: ?Sized> Clone for Question<'_, '_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: ?Sized> Copy for Question<'_, '_, R> {}

impl<'g, 'q, R: UserRecord + ?Sized> Question<'g, 'q, R> {
    #[inline]
    pub(crate) fn of(terms: &'g Terms, row: &'q R) -> Self {
        Self {
            terms,
            row,
            complete_through: None,
        }
    }

    /// The question to a source that states the instant up to which every statement is on file.
    #[inline]
    pub(crate) fn complete_through(self, complete_through: Option<UtcDateTime>) -> Self {
        Self {
            complete_through,
            ..self
        }
    }

    /// The answer when these records of one person are all that is on file.
    pub(crate) fn on_records<'r>(
        self,
        records: impl Iterator<Item = RecordView<'r>>,
        readability: Readability,
    ) -> Decision<'r> {
        let assessed = Assessed::of(self.terms, records, readability);
        self.on_grants(
            assessed.first(),
            assessed.several(),
            |_| UtcDateTime::MAX,
            |index| assessed.grant(index).copied(),
        )
    }

    /// The answer when nothing is on file for the person but their own among these records.
    pub(crate) fn on_records_of<'r>(
        self,
        person: Names<'_>,
        records: &BySubject<'r>,
        readability: Readability,
    ) -> Decision<'r> {
        let readability = readability.and(records.readability(person));
        self.on_records(records.of_person(person), readability)
    }

    /// The answer for an assessed person. An assessment for another gate or another person says
    /// nothing about this question: then nothing is on file.
    #[inline]
    pub(crate) fn on_assessment<'r>(
        self,
        subject: &str,
        assessment: &'r Assessment,
    ) -> Decision<'r> {
        if !assessment.gate().terms().is_same(self.terms) || !assessment.is_of(subject) {
            return Decision::nothing_on_file();
        }
        let assessed = assessment.assessed();
        let question = self.complete_through(assessment.complete_through());
        question.on_grants(
            assessed.first(),
            assessed.several(),
            |_| UtcDateTime::MAX,
            |index| assessed.grant(index).map(RecordIdRef::Owned),
        )
    }

    /// The answer for a person whose first or only grant has this assessment; `several` has those of
    /// all grants, in runs, where there are several. The grant at an index has the id that `grant`
    /// returns, where it is known. `start` returns the instants that were taken out of several
    /// assessments, in their order.
    #[inline]
    pub(crate) fn on_grants<'r>(
        self,
        first: &GrantAssessment,
        several: &[GrantAssessment],
        start: impl Fn(usize) -> UtcDateTime,
        grant: impl FnOnce(usize) -> Option<RecordIdRef<'r>>,
    ) -> Decision<'r> {
        let (index, reasons) = if several.is_empty() {
            (0, first.reasons(&self.facts()))
        } else {
            self.on_several(several, start)
        };
        if reasons.is_empty() {
            Decision::Permit(Grants::at_most_one(grant(index)))
        } else {
            Decision::Deny(reasons)
        }
    }

    /// The index of the one of several grants that carries or comes closest to it, and the rules
    /// that fail for it. Only the references of the question are passed on, so that the facts of
    /// the row can stay in registers on the usual path.
    ///
    /// In a run the grants differ in R16 alone, and in which is the latest. So the closest one is the
    /// first that covers the row, or the first of all where none does.
    #[cold]
    #[inline(never)]
    fn on_several(
        self,
        several: &[GrantAssessment],
        start: impl Fn(usize) -> UtcDateTime,
    ) -> (usize, Reasons) {
        let facts = self.facts();
        let (mut rest, mut index, mut started) = (several, 0_usize, 0_usize);
        let closest_of_runs = std::iter::from_fn(|| {
            let kind = rest.first()?.kind();
            let (run, others) = rest.split_at(rest.partition_point(|grant| grant.kind() == kind));
            let grant_at = |position: usize| {
                let start = start(started.saturating_add(position));
                Some(run.get(position)?.starting_at(start))
            };
            let covering = partition_point(run.len(), |position| {
                grant_at(position).is_some_and(|grant| grant.is_later_than(&facts))
            });
            let position = if covering < run.len() { covering } else { 0 };
            let grant = grant_at(position)?;
            let reasons = grant.reasons(&facts);
            let closest = (
                grant.distance(reasons),
                index.saturating_add(position),
                reasons,
            );
            index = index.saturating_add(run.len());
            let elsewhere = run.partition_point(GrantAssessment::starts_elsewhere);
            started = started.saturating_add(elsewhere);
            rest = others;
            Some(closest)
        });
        closest_of_runs
            .min_by(|one, other| one.0.cmp(&other.0))
            .map_or((0, Reasons::nothing_on_file()), |(_, index, reasons)| {
                (index, reasons)
            })
    }

    #[inline]
    fn facts(self) -> Facts {
        Facts::of(self.row, self.terms, self.complete_through)
    }

    /// The answer when what is on file could not be read: it may be a denial.
    pub(crate) fn on_unreadable(self) -> Decision<'g> {
        self.on_records(std::iter::empty(), Readability::Unreadable)
    }
}

/// Returns the number of positions, of so many, for which `is_before` is true. They are the first
/// ones.
fn partition_point(positions: usize, is_before: impl Fn(usize) -> bool) -> usize {
    let mut unknown = 0..positions;
    while !unknown.is_empty() {
        let middle = unknown.start.midpoint(unknown.end);
        if is_before(middle) {
            unknown.start = middle.saturating_add(1);
        } else {
            unknown.end = middle;
        }
    }
    unknown.start
}

/// One of the people whom a row is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'i> {
    pub(crate) id: &'i str,
    /// The index of the person in the snapshot that the source asks, if it was looked up before.
    pub(crate) index: Option<usize>,
    /// The records embedded in the row, if they were arranged before.
    pub(crate) embedded: Option<&'i BySubject<'i>>,
}

/// The number of subjects that are looked up at once.
pub(crate) const BLOCK: usize = 256;

/// A source in which subjects are looked up in batches, before the rows that name them are decided
/// on.
pub trait BatchLookup {
    /// Looks up ids, at most [`BLOCK`] of them, and writes the index of each to `indices`, which is
    /// as long.
    fn look_up(&self, ids: &[&str], indices: &mut [usize]);
}

impl dyn BatchLookup + '_ {
    /// Looks up the first subjects of rows, at most [`BLOCK`] of them, and passes on what was found
    /// for each, in the order of the rows. A row without a subject is looked up as the empty id,
    /// which no one has.
    #[inline]
    pub(crate) fn locate<'i>(
        &self,
        firsts: impl Iterator<Item = Option<&'i str>>,
        mut pass_on: impl FnMut(Located<'i>),
    ) {
        let (mut ids, mut indices) = ([""; BLOCK], [0; BLOCK]);
        let mut length: usize = 0;
        for (id, first) in ids.iter_mut().zip(firsts) {
            *id = first.unwrap_or_default();
            length = length.saturating_add(1);
        }
        let ids = ids.get(..length).unwrap_or_default();
        let indices = indices.get_mut(..length).unwrap_or_default();
        self.look_up(ids, indices);
        for (id, index) in ids.iter().zip(indices) {
            pass_on(Located { id, index: *index });
        }
    }
}

/// The result of looking up a subject before the row that names them is decided on.
///
/// INVARIANT (an index answers only for its own subject): it is used for a subject whose id equals
/// the text that was looked up, compared as text. A row that names another subject by now is looked
/// up again. Nothing else, such as an address or a length, stands for the id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located<'i> {
    pub(crate) id: &'i str,
    pub(crate) index: usize,
}

impl Located<'_> {
    #[inline]
    fn index_of(self, id: &str) -> Option<usize> {
        (self.id == id).then_some(self.index)
    }
}

/// The decision on a row: that on all its subjects. The first of them may have been looked up
/// before, in the snapshot that is asked. For several, the records embedded in the row are arranged
/// once.
#[inline]
pub(crate) fn decide<'g, 'q, R: UserRecord + ?Sized>(
    row: &'q R,
    located: Option<Located<'_>>,
    arrange: impl FnOnce() -> Option<BySubject<'q>>,
    answer: impl Fn(Subject<'_>) -> Decision<'g>,
) -> Decision<'g> {
    let mut subjects = row.subjects();
    let Some(id) = subjects.next() else {
        return Decision::nothing_on_file();
    };
    let index = located.and_then(|located| located.index_of(id));
    let decision = answer(Subject {
        id,
        index,
        embedded: None,
    });
    match subjects.next() {
        None => decision,
        Some(second) => {
            let others = std::iter::once(second).chain(subjects);
            let embedded = arrange();
            all_of(id, decision, others, |id| {
                answer(Subject {
                    id,
                    index: None,
                    embedded: embedded.as_ref(),
                })
            })
        }
    }
}

/// The decision on several subjects, each asked about once.
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
