//! The decision: what a row adds to the standing of its people, and the one place where a row
//! becomes [`Consented`].

use std::collections::HashSet;

use crate::names::RecordIdRef;
use crate::row::Facts;
use crate::said::Said;
use crate::source::ConsentSource;
use crate::standing::{Readability, Standing};
use crate::{
    ConsentRecord, Consented, Decided, Decision, Gate, Grants, Reasons, Replay, Standings,
    UserRecord, Withheld,
};

/// The question that a [`ConsentSource`] answers: may this row pass, as far as one of its subjects
/// is concerned? Only the gate asks it, and only through it is there an answer.
#[derive(Debug)]
pub struct Question<'g, 'q, R: ?Sized> {
    gate: &'g Gate,
    pub(crate) row: &'q R,
}

impl<R: ?Sized> Clone for Question<'_, '_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: ?Sized> Copy for Question<'_, '_, R> {}

impl<'g, 'q, R: UserRecord + ?Sized> Question<'g, 'q, R> {
    pub(crate) fn of(gate: &'g Gate, row: &'q R) -> Self {
        Self { gate, row }
    }

    /// The answer when these are all the records on file.
    pub fn on_records<'r>(self, subject: &str, records: &'r [ConsentRecord]) -> Decision<'r>
    where
        'g: 'r,
    {
        self.on_standings(&Standings::new(self.gate, subject, records))
    }

    /// The answer when these records of a person, readable or not, are all that is on file.
    pub(crate) fn on_file<'r>(
        self,
        records: impl Iterator<Item = Said<'r>>,
        readability: Readability,
    ) -> Decision<'r>
    where
        'g: 'r,
    {
        self.on_standings(&Standings::judge(self.gate, records, readability))
    }

    /// The answer when the records on file are worth this. Standings that were worked out for
    /// another gate are not about this question: then nothing is on file.
    #[inline]
    pub fn on_standings<'r>(self, standings: &Standings<'r>) -> Decision<'r> {
        let (first, rest) = (standings.first(), standings.rest());
        self.on_weighed(standings.gate(), first, rest, |place| {
            standings.grant(place)
        })
    }

    /// The answer when this is what a person's grants are worth to a gate. The grant at a place,
    /// counted from the first, has the id that `grant` gives, where it is known.
    #[inline]
    pub(crate) fn on_weighed<'r>(
        self,
        gate: &Gate,
        first: &Standing,
        rest: &[Standing],
        grant: impl FnOnce(usize) -> Option<RecordIdRef<'r>>,
    ) -> Decision<'r> {
        if !std::ptr::eq(gate, self.gate) && are_different(gate, self.gate) {
            return Decision::nothing_on_file();
        }
        let (place, reasons) = if rest.is_empty() {
            (0, first.reasons(&self.facts()))
        } else {
            self.on_several(first, rest)
        };
        if reasons.is_empty() {
            Decision::Permit(Grants::at_most_one(grant(place)))
        } else {
            Decision::Deny(reasons)
        }
    }

    /// The place of the one of several grants that carries or comes closest to it, and the rules
    /// that fail for it. Only the two references of the question are passed on, so that what the
    /// usual path works out about the row can stay in registers.
    #[cold]
    #[inline(never)]
    fn on_several(self, first: &Standing, rest: &[Standing]) -> (usize, Reasons) {
        let facts = self.facts();
        let all = std::iter::once(first).chain(rest).enumerate();
        let judged = all.map(|(place, standing)| {
            let reasons = standing.reasons(&facts);
            (standing.distance(reasons), place, reasons)
        });
        judged
            .min_by(|one, other| one.0.cmp(&other.0))
            .map_or((0, Reasons::nothing_on_file()), |(_, place, reasons)| {
                (place, reasons)
            })
    }

    #[inline]
    fn facts(self) -> Facts {
        Facts::of(self.row, self.gate.terms())
    }

    /// The answer when what is on file could not be read: it may be a no.
    pub fn on_unreadable(self) -> Decision<'g> {
        self.on_file(std::iter::empty(), Readability::Unreadable)
    }
}

/// One of the people whom a row is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'i> {
    pub(crate) id: &'i str,
    /// Where they were found in the snapshot that the source asks, if they were sought before.
    pub(crate) place: Option<usize>,
}

impl<'i> Subject<'i> {
    fn unsought(id: &'i str) -> Self {
        Self { id, place: None }
    }
}

/// Where somebody was found in a snapshot before the row that names them was decided on.
///
/// INVARIANT (nobody has another one's place): whoever is found holds for the very text that was
/// sought, told by where it stands in memory. A row that names somebody else by now, or that took
/// the text along when it moved, is looked up again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sought {
    address: usize,
    length: usize,
    place: usize,
}

impl Sought {
    #[inline]
    pub(crate) fn at(place: usize, id: &str) -> Self {
        Self {
            address: id.as_ptr().addr(),
            length: id.len(),
            place,
        }
    }

    #[inline]
    fn place_of(self, id: &str) -> Option<usize> {
        (self.address == id.as_ptr().addr() && self.length == id.len()).then_some(self.place)
    }
}

/// Two gates that are not the same one may ask the same.
#[cold]
#[inline(never)]
fn are_different(one: &Gate, other: &Gate) -> bool {
    one != other
}

/// The answer about a row: that of all its subjects together. The first of them may have been
/// sought before, in the snapshot that the source asks.
#[inline]
pub(crate) fn decide<'g, R, S>(
    gate: &'g Gate,
    row: &R,
    source: &S,
    sought: Option<Sought>,
) -> Decision<'g>
where
    R: UserRecord + ?Sized,
    S: ConsentSource<'g, R> + ?Sized,
{
    let question = Question::of(gate, row);
    let mut subjects = row.subjects();
    let Some(first) = subjects.next() else {
        return Decision::nothing_on_file();
    };
    let place = sought.and_then(|sought| sought.place_of(first));
    let decision = source.answer(question, Subject { id: first, place });
    match subjects.next() {
        None => decision,
        Some(second) => {
            let others = std::iter::once(second).chain(subjects);
            all_of(first, decision, others, move |subject| {
                source.answer(question, Subject::unsought(subject))
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
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a source is a reference, as in the adapters"
    )]
    pub fn decide<'g, R, S>(&'g self, row: &R, source: S) -> Decision<'g>
    where
        R: UserRecord + ?Sized,
        S: ConsentSource<'g, R>,
    {
        decide(self, row, &source, None)
    }

    /// Decides on a row and takes it: the one way to a [`Consented`].
    #[inline]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a source is a reference, as in the adapters"
    )]
    pub fn admit<'g, R, S>(&'g self, row: R, source: S) -> Decided<'g, R>
    where
        R: UserRecord,
        S: ConsentSource<'g, R>,
    {
        self.admit_by(row, &source, None)
    }

    /// [`admit`](Self::admit) for those who ask the same source again, and may have sought the
    /// first of the row's subjects before.
    #[inline]
    pub(crate) fn admit_by<'g, R, S>(
        &'g self,
        row: R,
        source: &S,
        sought: Option<Sought>,
    ) -> Decided<'g, R>
    where
        R: UserRecord,
        S: ConsentSource<'g, R>,
    {
        match decide(self, &row, source, sought) {
            Decision::Permit(grants) => {
                Decided::Consented(Consented::new(row, self, grants, Proof(())))
            }
            Decision::Deny(reasons) => Decided::Withheld(Withheld::new(row, reasons)),
        }
    }
}

impl Replay {
    /// Says what would have been decided on a row.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a source is a reference, as in the adapters"
    )]
    pub fn decide<'g, R, S>(&'g self, row: &R, source: S) -> Decision<'g>
    where
        R: UserRecord + ?Sized,
        S: ConsentSource<'g, R>,
    {
        decide(self.question(), row, &source, None)
    }
}
