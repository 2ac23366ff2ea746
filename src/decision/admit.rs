//! A gate and the source that it asks, as one value; and the one place where a row becomes
//! [`Consented`].

use std::fmt;

use crate::decision::answer::Decision;
#[cfg(feature = "arrow")]
use crate::decision::answer::Grants;
use crate::decision::by_subject::BySubject;
#[cfg(feature = "arrow")]
use crate::decision::consented::Consented;
use crate::decision::question::{BatchLookup, Located, Subject, decide};
use crate::gate::{Gate, Replay};
use crate::row::UserRecord;
use crate::rules::Terms;

/// Proves that a [`Consented`] was made here: nothing outside this module can make one of these.
#[derive(Clone, Copy, Debug)]
pub struct Proof(());

/// The two kinds of question: a [`Gate`] lets rows pass, a [`Replay`] says which would have passed.
/// No other type can be one.
pub trait Asks: AsksTerms + Clone + fmt::Debug + PartialEq + Send + Sync + 'static {
    /// A row that was decided on: [`Decided`](crate::Decided) for a gate,
    /// [`Replayed`](crate::Replayed) for a replay.
    type Decided<'g, T>;

    #[doc(hidden)]
    fn settle<'g, T>(
        &'g self,
        row: T,
        decision: Decision<'g>,
        proof: Proof,
    ) -> Self::Decided<'g, T>;
}

/// INVARIANT (the witness cannot be forged): not nameable outside the crate, and what it returns is
/// no gate.
pub trait AsksTerms {
    /// The terms that the rules are evaluated for.
    fn terms(&self) -> &Terms;
}

impl AsksTerms for Gate {
    #[inline]
    fn terms(&self) -> &Terms {
        self.terms()
    }
}

impl AsksTerms for Replay {
    #[inline]
    fn terms(&self) -> &Terms {
        self.question().terms()
    }
}

/// A gate and the source of consents that it asks, as one value: everything that is needed to
/// decide on a row.
///
/// The implementors are:
///
/// - [`&Snapshot`](crate::Snapshot), which knows the gate it was made for;
/// - [`SnapshotWith`](crate::SnapshotWith), a snapshot for rows with embedded records;
/// - [`GateWith`](crate::GateWith), a gate or a replay paired with any other source by
///   [`Gate::with`] or [`Replay::with`].
///
/// No other type can be one.
pub trait GatedSource<'g, R: UserRecord + ?Sized>: Ask<'g, R, By = Self::Asker> {
    /// [`Gate`] where rows can pass, [`Replay`] where none can.
    type Asker: Asks;
}

/// A row that was decided on by the gate of a source.
pub(crate) type DecidedBy<'g, S, R> = <<S as GatedSource<'g, R>>::Asker as Asks>::Decided<'g, R>;

/// INVARIANT (the witness cannot be forged): not nameable outside the crate, so that only the
/// implementors above answer.
pub trait Ask<'g, R: UserRecord + ?Sized> {
    /// [`Gate`] or [`Replay`].
    type By: Asks;

    /// The gate or the replay that asks.
    fn asker(&self) -> &'g Self::By;

    /// The answer about one of the row's subjects.
    fn answer(&self, row: &R, subject: Subject<'_>) -> Decision<'g>;

    /// The records embedded in the row, arranged for a row of several subjects.
    #[inline]
    fn arrange<'q>(&self, _: &'q R) -> Option<BySubject<'q>> {
        None
    }

    /// The snapshot, where the source is one and nothing else: it can be asked about ids without their
    /// texts.
    #[cfg(feature = "arrow")]
    fn snapshot(&self) -> Option<&'g crate::snapshot::Snapshot<Self::By>> {
        None
    }

    /// The index in which many people are looked up faster in batches than one at a time, where
    /// the source has one and it is large enough to pay.
    #[inline]
    fn batch_lookup(&self) -> Option<&'g dyn BatchLookup> {
        None
    }
}

/// The decision on a row.
#[inline]
pub(crate) fn decide_by<'g, R, S>(source: &S, row: &R, located: Option<Located<'_>>) -> Decision<'g>
where
    R: UserRecord + ?Sized,
    S: GatedSource<'g, R> + ?Sized,
{
    let arrange = || source.arrange(row);
    decide(row, located, arrange, |subject| source.answer(row, subject))
}

/// The decision on a row, and the row with it: the one way to a [`Consented`]. `count` gets the
/// decision before the row moves.
#[inline]
pub(crate) fn admit_by<'g, R, S>(
    source: &S,
    row: R,
    located: Option<Located<'_>>,
    count: impl FnOnce(&Decision<'g>),
) -> DecidedBy<'g, S, R>
where
    R: UserRecord,
    S: GatedSource<'g, R> + ?Sized,
{
    let decision = decide_by(source, &row, located);
    count(&decision);
    source.asker().settle(row, decision, Proof(()))
}

/// The rows of a batch that were permitted, as one witness: `rows` holds these and no others, and
/// `grants` are those of each of them.
#[cfg(feature = "arrow")]
pub(crate) fn admit_rows<'g, T>(
    gate: &'g Gate,
    rows: T,
    grants: Vec<Grants<'g>>,
) -> Consented<'g, T> {
    Consented::new(rows, gate, Grants::of_rows(grants), Proof(()))
}
