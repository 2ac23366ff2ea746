//! A snapshot for rows with embedded records.

use std::fmt;

use crate::decision::admit::{Ask, Asks, GatedSource, admit_by, decide_by};
use crate::decision::answer::Decision;
use crate::decision::by_subject::BySubject;
use crate::decision::consented::Decided;
use crate::decision::question::{BatchLookup, Question, Subject};
use crate::gate::Gate;
use crate::ledger::Ledger;
use crate::ledger::embedded::{added, arranged};
use crate::row::CarriesConsents;
use crate::snapshot::Snapshot;

/// A snapshot for rows that may have records embedded in them. Made by
/// [`Snapshot::with_embedded`] and [`Snapshot::refusing_embedded`].
#[must_use = "a snapshot decides nothing until it is asked"]
pub struct SnapshotWith<'g, Q = Gate> {
    snapshot: &'g Snapshot<Q>,
    ledger: Option<&'g Ledger>,
}

impl<Q> Clone for SnapshotWith<'_, Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for SnapshotWith<'_, Q> {}

/// Names no one.
impl<Q: Asks> fmt::Debug for SnapshotWith<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotWith")
            .field("snapshot", self.snapshot)
            .field("ledger", &self.ledger)
            .finish()
    }
}

impl<Q: Asks> Snapshot<Q> {
    /// Adds the records embedded in a row to those of the ledger that the snapshot was made of. A
    /// row without any is decided on by the snapshot alone.
    ///
    /// The ledger has to be the one that the snapshot was made of: what was added to it later counts
    /// only for rows that have records embedded in them.
    pub const fn with_embedded<'g>(&'g self, ledger: &'g Ledger) -> SnapshotWith<'g, Q> {
        SnapshotWith {
            snapshot: self,
            ledger: Some(ledger),
        }
    }

    /// Withholds every row that has records embedded in it (R2); other rows are decided on by the
    /// snapshot. Use it where the ledger is not at hand: what an embedded record amounts to next to
    /// those that the snapshot was made of is not known without them, and they may be denials.
    pub const fn refusing_embedded(&self) -> SnapshotWith<'_, Q> {
        SnapshotWith {
            snapshot: self,
            ledger: None,
        }
    }
}

impl<'g, Q: Asks> SnapshotWith<'g, Q> {
    /// Decides on a row without taking it.
    #[inline]
    pub fn decide<R: CarriesConsents + ?Sized>(&self, row: &R) -> Decision<'g> {
        decide_by(self, row, None)
    }
}

impl<'g> SnapshotWith<'g> {
    /// Decides on a row and takes it.
    #[inline]
    pub fn admit<R: CarriesConsents>(&self, row: R) -> Decided<'g, R> {
        admit_by(self, row, None, |_| {})
    }
}

impl<'g, R: CarriesConsents + ?Sized, Q: Asks> GatedSource<'g, R> for SnapshotWith<'g, Q> {
    type Asker = Q;
}

impl<'g, R: CarriesConsents + ?Sized, Q: Asks> Ask<'g, R> for SnapshotWith<'g, Q> {
    type By = Q;

    #[inline]
    fn asker(&self) -> &'g Q {
        self.snapshot.asker()
    }

    #[inline]
    fn answer(&self, row: &R, subject: Subject<'_>) -> Decision<'g> {
        let question = || Question::of(self.snapshot.asker().terms(), row);
        match (row.consents(), self.ledger) {
            ([], _) => self.snapshot.answer_for(row, subject),
            (_, Some(ledger)) => added(question(), Some(ledger), subject),
            (_, None) => question().on_unreadable(),
        }
    }

    fn arrange<'q>(&self, row: &'q R) -> Option<BySubject<'q>> {
        let ledger = self.ledger.filter(|_| !row.consents().is_empty());
        ledger.map(|ledger| arranged(row, Some(ledger)))
    }

    #[inline]
    fn batch_lookup(&self) -> Option<&'g dyn BatchLookup> {
        self.snapshot.batch_lookup()
    }
}
