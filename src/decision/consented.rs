//! The rows that leave the gate: the witness of a consent, or a row with the reasons against it.

use std::fmt;
use std::ops::Deref;

use crate::decision::admit::{Asks, Proof};
use crate::decision::answer::{Decision, Grants};
use crate::gate::{Gate, Replay};
use crate::rules::Reasons;

/// A row that may be used: for each person it is about, a grant on file meets every rule of the
/// gate.
///
/// Only [`Snapshot::admit`](crate::Snapshot::admit), [`GateWith::admit`](crate::GateWith::admit) and
/// the adapters of [`GatedIterator`](crate::GatedIterator) and its twins for parallel iterators and
/// streams make one. It proves that the records given to the gate said yes. It does not prove that
/// they are true, that the row is about the people it names, or that training is lawful.
///
/// The row is read through `Deref`. There is no `DerefMut`, no `Default`, no `From` and no
/// `Deserialize`, so the row cannot be replaced; a type that can change behind a shared reference,
/// such as a `Mutex` or a `Cell` inside the row, still can. `Debug` shows the grants and nothing of
/// the row.
///
/// It borrows the gate and the ids of the grants. [`into_owned`](Self::into_owned) makes a witness
/// that can leave the pipeline: through a channel, into a task, into a struct.
///
/// [`map_unchecked`](Self::map_unchecked) and [`try_map_unchecked`](Self::try_map_unchecked) rest on
/// a promise of the caller; an auditor finds every use by the word `unchecked`. Without a promise
/// there are [`as_ref`](Self::as_ref), [`transpose`](Self::transpose) and [`ConsentedBatch`].
/// There is no projection to a part of the row: a function from `&Row` to `&Part` may return a
/// reference to a constant, so no type can keep it from returning what was never in the row.
#[derive(Clone)]
#[must_use]
pub struct Consented<'g, T> {
    row: T,
    permit: Permit<'g>,
}

/// The gate and the grants of a witness. A borrowed permit is as large as a reference to the gate plus the
/// grants.
#[derive(Clone)]
enum Permit<'g> {
    Borrowed {
        gate: &'g Gate,
        grants: Grants<'g>,
        _proof: Proof,
    },
    Owned(Box<OwnedPermit>),
}

/// Made of a borrowed permit only, which took a proof.
#[derive(Clone)]
struct OwnedPermit {
    gate: Gate,
    grants: Grants<'static>,
}

const _: () = assert!(size_of::<Permit<'_>>() <= size_of::<(&Gate, Grants<'_>)>());

impl<'g> Permit<'g> {
    fn grants(&self) -> &Grants<'g> {
        match self {
            Self::Borrowed { grants, .. } => grants,
            Self::Owned(owned) => &owned.grants,
        }
    }

    fn gate(&self) -> &Gate {
        match self {
            Self::Borrowed { gate, .. } => gate,
            Self::Owned(owned) => &owned.gate,
        }
    }

    fn into_owned(self) -> Permit<'static> {
        let owned = match self {
            Self::Borrowed { gate, grants, .. } => Box::new(OwnedPermit {
                gate: gate.clone(),
                grants: grants.into_owned(),
            }),
            Self::Owned(owned) => owned,
        };
        Permit::Owned(owned)
    }
}

impl<'g, T> Consented<'g, T> {
    #[inline]
    pub(crate) fn new(row: T, gate: &'g Gate, grants: Grants<'g>, proof: Proof) -> Self {
        let permit = Permit::Borrowed {
            gate,
            grants,
            _proof: proof,
        };
        Self { row, permit }
    }

    /// The grants that it rests on, one for each subject.
    pub fn grants(&self) -> &Grants<'g> {
        self.permit.grants()
    }

    /// The gate that it passed.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        self.permit.gate()
    }

    /// The row, without its witness.
    pub fn into_inner(self) -> T {
        self.row
    }

    /// The same witness with a clone of the gate and the ids of the grants, borrowing nothing: it
    /// can be sent to a channel, a task or a struct. It allocates.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::thread;
    ///
    /// use consent_gate::{Consented, GatedIterator, Gate, Ledger, Purposes, Snapshot, UserRecord};
    /// use time::macros::utc_datetime;
    ///
    /// struct Post;
    /// impl UserRecord for Post {}
    ///
    /// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// let snapshot = Snapshot::new(&gate, &Ledger::new());
    /// let (sender, receiver) = mpsc::channel::<Consented<'static, Post>>();
    /// let writer = thread::spawn(move || receiver.into_iter().count());
    /// for row in [Post].into_iter().consented(&snapshot) {
    ///     sender.send(row.into_owned())?;
    /// }
    /// drop(sender);
    /// assert_eq!(writer.join().ok(), Some(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_owned(self) -> Consented<'static, T> {
        Consented {
            row: self.row,
            permit: self.permit.into_owned(),
        }
    }

    /// The same witness on a reference to the row.
    pub fn as_ref(&self) -> Consented<'g, &T> {
        Consented {
            row: &self.row,
            permit: self.permit.clone(),
        }
    }

    /// Transforms the row, and keeps the witness. **Nothing checks the result: the caller promises
    /// that it holds nothing but what was in this row**, a part of it or another form of it. A
    /// result that holds anything else, of another person or of no one, is used for training as if
    /// it were consented to.
    pub fn map_unchecked<U>(self, transform: impl FnOnce(T) -> U) -> Consented<'g, U> {
        let Self { row, permit } = self;
        Consented {
            row: transform(row),
            permit,
        }
    }

    /// [`map_unchecked`](Self::map_unchecked) for a transformation that can fail, with the same
    /// promise by the caller.
    ///
    /// # Errors
    ///
    /// That of the transformation. The row is gone then, and the witness with it.
    pub fn try_map_unchecked<U, E>(
        self,
        transform: impl FnOnce(T) -> Result<U, E>,
    ) -> Result<Consented<'g, U>, E> {
        self.map_unchecked(transform).transpose()
    }
}

impl<'g, T, E> Consented<'g, Result<T, E>> {
    /// The witness of what is inside, or the error.
    ///
    /// # Errors
    ///
    /// The error that was inside.
    pub fn transpose(self) -> Result<Consented<'g, T>, E> {
        let Self { row, permit } = self;
        row.map(|row| Consented { row, permit })
    }
}

impl<T> Deref for Consented<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.row
    }
}

impl<T> fmt::Debug for Consented<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consented")
            .field("grants", self.grants())
            .finish_non_exhaustive()
    }
}

/// Many rows that may be used, as one witness: a batch to write, to send or to train on. Collected
/// from [`Consented`] rows, read as a slice of rows, and taken apart into [`Consented`] rows again,
/// each with the gate and the grants that it came with.
///
/// ```
/// use consent_gate::{ConsentedBatch, Gate, GatedIterator, Ledger, Purposes, Snapshot, UserRecord};
/// use time::macros::utc_datetime;
///
/// struct Post;
/// impl UserRecord for Post {}
///
/// fn train(batch: ConsentedBatch<'_, Post>) -> usize {
///     batch.len()
/// }
///
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let snapshot = Snapshot::new(&gate, &Ledger::new());
/// let batch = [Post, Post].into_iter().consented(&snapshot).collect();
/// assert_eq!(train(batch), 0);
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct ConsentedBatch<'g, T> {
    /// INVARIANT (a permit for each row): as many as there are permits.
    rows: Vec<T>,
    permits: Vec<Permit<'g>>,
}

impl<'g, T> ConsentedBatch<'g, T> {
    /// The rows, without their witness.
    #[must_use]
    pub fn into_inner(self) -> Vec<T> {
        self.rows
    }

    /// The same batch, borrowing nothing.
    pub fn into_owned(self) -> ConsentedBatch<'static, T> {
        ConsentedBatch {
            rows: self.rows,
            permits: self.permits.into_iter().map(Permit::into_owned).collect(),
        }
    }

    /// The grants that the rows rest on, in the order of the rows.
    pub fn grants(&self) -> impl ExactSizeIterator<Item = &Grants<'g>> {
        self.permits.iter().map(Permit::grants)
    }
}

impl<T> Deref for ConsentedBatch<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<'g, T> FromIterator<Consented<'g, T>> for ConsentedBatch<'g, T> {
    fn from_iter<I: IntoIterator<Item = Consented<'g, T>>>(rows: I) -> Self {
        let (rows, permits) = rows
            .into_iter()
            .map(|Consented { row, permit }| (row, permit))
            .unzip();
        Self { rows, permits }
    }
}

impl<'g, T> IntoIterator for ConsentedBatch<'g, T> {
    type Item = Consented<'g, T>;
    type IntoIter = IntoRows<'g, T>;

    fn into_iter(self) -> IntoRows<'g, T> {
        IntoRows(self.rows.into_iter().zip(self.permits))
    }
}

impl<T> fmt::Debug for ConsentedBatch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentedBatch")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// The rows of a [`ConsentedBatch`], each with its witness.
pub struct IntoRows<'g, T>(std::iter::Zip<std::vec::IntoIter<T>, std::vec::IntoIter<Permit<'g>>>);

impl<'g, T> Iterator for IntoRows<'g, T> {
    type Item = Consented<'g, T>;

    fn next(&mut self) -> Option<Consented<'g, T>> {
        let (row, permit) = self.0.next()?;
        Some(Consented { row, permit })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> ExactSizeIterator for IntoRows<'_, T> {}

impl<T> fmt::Debug for IntoRows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoRows").finish_non_exhaustive()
    }
}

/// A row that may not be used, and why. It borrows nothing of the gate or the source. Its `Debug`
/// shows the reasons and nothing of the row.
#[derive(Clone)]
pub struct Withheld<T> {
    row: T,
    reasons: Reasons,
}

impl<T> Withheld<T> {
    #[inline]
    pub(crate) fn new(row: T, reasons: Reasons) -> Self {
        Self { row, reasons }
    }

    /// The reasons; never empty.
    #[must_use]
    pub fn reasons(&self) -> Reasons {
        self.reasons
    }

    /// The row, to say which one was withheld. It has no consent.
    pub fn row(&self) -> &T {
        &self.row
    }

    /// The row, given back. It has no consent.
    pub fn into_inner(self) -> T {
        self.row
    }
}

impl<T> fmt::Debug for Withheld<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Withheld")
            .field("reasons", &self.reasons)
            .finish_non_exhaustive()
    }
}

/// A row that a gate has decided on.
#[derive(Clone)]
#[must_use]
pub enum Decided<'g, T> {
    /// It may be used.
    Consented(Consented<'g, T>),
    /// It may not.
    Withheld(Withheld<T>),
}

impl<'g, T> Decided<'g, T> {
    /// The row, if it may be used.
    pub fn consented(self) -> Option<Consented<'g, T>> {
        match self {
            Self::Consented(row) => Some(row),
            Self::Withheld(_) => None,
        }
    }

    /// The same value, which borrows nothing.
    pub fn into_owned(self) -> Decided<'static, T> {
        match self {
            Self::Consented(row) => Decided::Consented(row.into_owned()),
            Self::Withheld(row) => Decided::Withheld(row),
        }
    }
}

impl<T> fmt::Debug for Decided<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consented(row) => row.fmt(f),
            Self::Withheld(row) => row.fmt(f),
        }
    }
}

/// A row that a [`Replay`](crate::Replay) has decided on. No row passes a replay.
#[derive(Clone)]
#[must_use]
pub enum Replayed<'g, T> {
    /// It would have passed at the as-of instant.
    WouldPass(WouldPass<'g, T>),
    /// It would have been withheld.
    Withheld(Withheld<T>),
}

impl<T> fmt::Debug for Replayed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WouldPass(row) => row.fmt(f),
            Self::Withheld(row) => row.fmt(f),
        }
    }
}

/// A row that would have passed at the as-of instant of a replay. It is not a witness: it may have been
/// withdrawn since. Its `Debug` shows the grants and nothing of the row.
#[derive(Clone)]
pub struct WouldPass<'g, T> {
    row: T,
    grants: Grants<'g>,
}

impl<'g, T> WouldPass<'g, T> {
    pub(crate) fn new(row: T, grants: Grants<'g>) -> Self {
        Self { row, grants }
    }

    /// The grants that it would have rested on, one for each subject.
    pub fn grants(&self) -> &Grants<'g> {
        &self.grants
    }

    /// The row, to say which one would have passed. It has no consent.
    pub fn row(&self) -> &T {
        &self.row
    }
}

impl<T> fmt::Debug for WouldPass<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WouldPass")
            .field("grants", &self.grants)
            .finish_non_exhaustive()
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
