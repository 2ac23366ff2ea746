//! A gate and the source that it asks, as one value; and the one place where a row becomes
//! [`Consented`].

use std::fmt;

use crate::decision::answer::Decision;
use crate::decision::consented::{Consented, Decided, Replayed, Withheld, WouldPass};
use crate::decision::question::{Located, Subject, decide};
use crate::gate::{Gate, Replay};
use crate::row::UserRecord;
use crate::rules::Terms;
use crate::snapshot::Contents;

/// Proves that a [`Consented`] was made here: nothing outside this module can make one of these.
#[derive(Clone, Copy, Debug)]
pub struct Proof(());

/// The two kinds of question: a [`Gate`] lets rows pass, a [`Replay`] says which would have passed.
/// No other type can be one.
pub trait Asks: AsksTerms + Clone + fmt::Debug + PartialEq + 'static {
    /// A row that was decided on: [`Decided`] for a gate, [`Replayed`] for a replay.
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

impl Asks for Gate {
    type Decided<'g, T> = Decided<'g, T>;

    #[inline]
    fn settle<'g, T>(&'g self, row: T, decision: Decision<'g>, proof: Proof) -> Decided<'g, T> {
        match decision {
            Decision::Permit(grants) => {
                Decided::Consented(Consented::new(row, self, grants, proof))
            }
            Decision::Deny(reasons) => Decided::Withheld(Withheld::new(row, reasons)),
        }
    }
}

impl Asks for Replay {
    type Decided<'g, T> = Replayed<'g, T>;

    fn settle<'g, T>(&'g self, row: T, decision: Decision<'g>, _: Proof) -> Replayed<'g, T> {
        match decision {
            Decision::Permit(grants) => Replayed::WouldPass(WouldPass::new(row, grants)),
            Decision::Deny(reasons) => Replayed::Withheld(Withheld::new(row, reasons)),
        }
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

    /// The contents of the snapshot that is asked, in which many people are looked up faster in
    /// batches than one at a time.
    #[inline]
    fn contents(&self) -> Option<&'g Contents> {
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
    decide(row, located, |subject| source.answer(row, subject))
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
