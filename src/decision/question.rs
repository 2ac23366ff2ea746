//! The question that a source of consents answers, and the answer about a whole row.

use std::collections::HashSet;

use crate::decision::answer::{Decision, Grants};
use crate::decision::assessment::{Assessed, Assessment, GrantAssessment};
use crate::record::ConsentRecord;
use crate::record::view::RecordView;
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
        Self { terms, row }
    }

    /// The answer when these records of one person are all that is on file.
    pub(crate) fn on_records<'r>(
        self,
        records: impl Iterator<Item = RecordView<'r>>,
        readability: Readability,
    ) -> Decision<'r> {
        let assessed = Assessed::of(self.terms, records, readability);
        self.on_grants(assessed.first(), assessed.rest(), |index| {
            assessed.grant(index).copied()
        })
    }

    /// The answer when, among these records, those of the subject are all that is on file.
    pub(crate) fn on_records_of<'r>(
        self,
        subject: &str,
        records: &'r [ConsentRecord],
        readability: Readability,
    ) -> Decision<'r> {
        let readability = readability.and(Readability::among(records, subject));
        self.on_records(RecordView::those_of(subject, records), readability)
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
        self.on_grants(assessed.first(), assessed.rest(), |index| {
            assessed.grant(index).map(RecordIdRef::Owned)
        })
    }

    /// The answer for a person whose grants have these assessments. The grant at an index, counted
    /// from the first, has the id that `grant` returns, where it is known.
    #[inline]
    pub(crate) fn on_grants<'r>(
        self,
        first: &GrantAssessment,
        rest: &[GrantAssessment],
        grant: impl FnOnce(usize) -> Option<RecordIdRef<'r>>,
    ) -> Decision<'r> {
        let (index, reasons) = if rest.is_empty() {
            (0, first.reasons(&self.facts()))
        } else {
            self.on_several(first, rest)
        };
        if reasons.is_empty() {
            Decision::Permit(Grants::at_most_one(grant(index)))
        } else {
            Decision::Deny(reasons)
        }
    }

    /// Of several grants, the index of the one that carries or comes closest, and the rules
    /// that fail for it. Only the two references of the question are passed on, so that the facts
    /// of the row can stay in registers on the usual path.
    #[cold]
    #[inline(never)]
    fn on_several(self, first: &GrantAssessment, rest: &[GrantAssessment]) -> (usize, Reasons) {
        let facts = self.facts();
        let all = std::iter::once(first).chain(rest).enumerate();
        let judged = all.map(|(index, grant)| {
            let reasons = grant.reasons(&facts);
            (grant.distance(reasons), index, reasons)
        });
        judged
            .min_by(|one, other| one.0.cmp(&other.0))
            .map_or((0, Reasons::nothing_on_file()), |(_, index, reasons)| {
                (index, reasons)
            })
    }

    #[inline]
    fn facts(self) -> Facts {
        Facts::of(self.row, self.terms)
    }

    /// The answer when what is on file could not be read: it may be a denial.
    pub(crate) fn on_unreadable(self) -> Decision<'g> {
        self.on_records(std::iter::empty(), Readability::Unreadable)
    }
}

/// One of the people whom a row is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'i> {
    pub(crate) id: &'i str,
    /// The index of the person in the snapshot that the source asks, if it was looked up before.
    pub(crate) index: Option<usize>,
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
/// before, in the snapshot that is asked.
#[inline]
pub(crate) fn decide<'g, R: UserRecord + ?Sized>(
    row: &R,
    located: Option<Located<'_>>,
    answer: impl Fn(Subject<'_>) -> Decision<'g>,
) -> Decision<'g> {
    let mut subjects = row.subjects();
    let Some(id) = subjects.next() else {
        return Decision::nothing_on_file();
    };
    let index = located.and_then(|located| located.index_of(id));
    let decision = answer(Subject { id, index });
    match subjects.next() {
        None => decision,
        Some(second) => {
            let others = std::iter::once(second).chain(subjects);
            all_of(id, decision, others, |id| {
                answer(Subject { id, index: None })
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
