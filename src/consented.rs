//! What leaves the gate: the witness of a consent, or a row with the reasons against it.

use std::fmt;
use std::ops::Deref;

use crate::decide::Proof;
use crate::{Gate, Grants, Reasons};

/// A row that may be used: for each person it is about, a grant on file meets every rule of the
/// gate.
///
/// Only [`Gate::admit`] makes one, and the adapters of [`GatedIterator`](crate::GatedIterator) and
/// of its twins for parallel iterators and streams, which do what it does. It proves that the
/// records given to the gate said yes. It does not prove that they are true, that the row says
/// truly whom it is about, or that training is lawful.
///
/// The row is read through `Deref` and cannot be changed in place; there is no `DerefMut`, no
/// `Default`, no `From`, no `Deserialize`. Its `Debug` shows the grants and nothing of the row.
#[derive(Clone)]
#[must_use]
pub struct Consented<'g, T> {
    row: T,
    gate: &'g Gate,
    grants: Grants<'g>,
    proof: Proof,
}

impl<'g, T> Consented<'g, T> {
    #[inline]
    pub(crate) fn new(row: T, gate: &'g Gate, grants: Grants<'g>, proof: Proof) -> Self {
        Self {
            row,
            gate,
            grants,
            proof,
        }
    }

    /// The grants it rests on, one for each subject.
    pub fn grants(&self) -> &Grants<'g> {
        &self.grants
    }

    /// The gate it passed.
    #[must_use]
    pub fn gate(&self) -> &'g Gate {
        self.gate
    }

    /// The row, without its witness.
    pub fn into_inner(self) -> T {
        self.row
    }

    /// Transforms the row. The caller promises that the result holds nothing but what was in this
    /// row: a part of it, or another form of it.
    pub fn map<U>(self, transform: impl FnOnce(T) -> U) -> Consented<'g, U> {
        let Self {
            row,
            gate,
            grants,
            proof,
        } = self;
        Consented {
            row: transform(row),
            gate,
            grants,
            proof,
        }
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
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

/// A row that may not be used, and why. Its `Debug` shows the reasons and nothing of the row.
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

    /// Why: never empty.
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

/// A row that was decided on.
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
}

impl<T> fmt::Debug for Decided<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consented(row) => row.fmt(f),
            Self::Withheld(row) => row.fmt(f),
        }
    }
}
