//! The gate between a reader and a dataset: adapters on any iterator of rows.

use std::borrow::BorrowMut;
use std::fmt;
use std::iter::FusedIterator;

use crate::door::Door;
use crate::{ConsentSource, Consented, Decided, Gate, Report, UserRecord};

/// Puts a [`Gate`] behind any iterator of rows. The adapters are lazy, take one row at a time and
/// collect nothing.
///
/// Each counts what became of the rows; the [`Report`] is read from the adapter, while it runs and
/// afterwards, or counted into one that the caller lends.
///
/// ```
/// # use consent_gate::{Gate, GatedIterator, Ledger, Purposes, UserRecord};
/// # use time::macros::utc_datetime;
/// # struct Post;
/// # impl UserRecord for Post {}
/// # let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// # let ledger = Ledger::new();
/// let mut rows = [Post, Post].into_iter().consented(&gate, &ledger);
/// assert_eq!(rows.by_ref().count(), 0);
/// assert_eq!(rows.report().withheld(), 2);
/// # Ok::<(), consent_gate::GateError>(())
/// ```
pub trait GatedIterator: Iterator + Sized {
    /// Yields the rows that may be used, and drops everything else.
    fn consented<'g, S>(self, gate: &'g Gate, source: S) -> ConsentedRows<'g, Self, S>
    where
        Self::Item: UserRecord,
        S: ConsentSource<'g, Self::Item>,
    {
        ConsentedRows::new(self, gate, source)
    }

    /// Yields every row, as one that may be used or as one that is withheld, with its reasons.
    fn decided<'g, S>(self, gate: &'g Gate, source: S) -> DecidedRows<'g, Self, S>
    where
        Self::Item: UserRecord,
        S: ConsentSource<'g, Self::Item>,
    {
        DecidedRows::new(self, gate, source)
    }

    /// [`consented`](Self::consented) on results: errors pass through untouched, each counted as
    /// an unreadable row.
    fn consented_ok<'g, S, R, E>(self, gate: &'g Gate, source: S) -> ConsentedOk<'g, Self, S>
    where
        Self: Iterator<Item = Result<R, E>>,
        R: UserRecord,
        S: ConsentSource<'g, R>,
    {
        ConsentedOk::new(self, gate, source)
    }

    /// [`decided`](Self::decided) on results: errors pass through untouched, each counted as an
    /// unreadable row.
    fn decided_ok<'g, S, R, E>(self, gate: &'g Gate, source: S) -> DecidedOk<'g, Self, S>
    where
        Self: Iterator<Item = Result<R, E>>,
        R: UserRecord,
        S: ConsentSource<'g, R>,
    {
        DecidedOk::new(self, gate, source)
    }
}

impl<I: Iterator> GatedIterator for I {}

macro_rules! adapters {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        ///
        /// Clones where its parts do; a clone goes on counting from the counts of the original.
        #[derive(Clone)]
        #[must_use = "iterator adaptors are lazy and do nothing unless consumed"]
        pub struct $name<'g, I, S, C = Report> {
            rows: I,
            door: Door<'g, S>,
            report: C,
        }

        impl<'g, I, S> $name<'g, I, S> {
            fn new(rows: I, gate: &'g Gate, source: S) -> Self {
                Self { rows, door: Door::new(gate, source), report: Report::new() }
            }

            /// Counts into a report that the caller lends, on top of what is in it.
            pub fn counting_into(self, report: &mut Report) -> $name<'g, I, S, &mut Report> {
                report.merge(&self.report);
                $name { rows: self.rows, door: self.door, report }
            }
        }

        impl<I, S, C: BorrowMut<Report>> $name<'_, I, S, C> {
            /// What was counted so far.
            pub fn report(&self) -> &Report {
                self.report.borrow()
            }
        }

        impl<I: fmt::Debug, S, C: BorrowMut<Report>> fmt::Debug for $name<'_, I, S, C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("gate", self.door.gate())
                    .field("report", self.report())
                    .finish_non_exhaustive()
            }
        }
    )*};
}

adapters! {
    /// The rows that may be used. Made by [`GatedIterator::consented`].
    ConsentedRows;
    /// Every row, decided on. Made by [`GatedIterator::decided`].
    DecidedRows;
    /// The rows that may be used, and errors. Made by [`GatedIterator::consented_ok`].
    ConsentedOk;
    /// Every row, decided on, and errors. Made by [`GatedIterator::decided_ok`].
    DecidedOk;
}

impl<'g, I, S, C> Iterator for ConsentedRows<'g, I, S, C>
where
    I: Iterator,
    I::Item: UserRecord,
    S: ConsentSource<'g, I::Item>,
    C: BorrowMut<Report>,
{
    type Item = Consented<'g, I::Item>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Self { rows, door, report } = self;
        rows.find_map(|row| door.admit(row, report.borrow_mut()).consented())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rows.size_hint().1)
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut each: F) -> B {
        let Self {
            rows,
            door,
            mut report,
        } = self;
        let report = report.borrow_mut();
        rows.fold(init, |folded, row| {
            match door.admit(row, report).consented() {
                Some(row) => each(folded, row),
                None => folded,
            }
        })
    }
}

impl<'g, I, S, C> Iterator for DecidedRows<'g, I, S, C>
where
    I: Iterator,
    I::Item: UserRecord,
    S: ConsentSource<'g, I::Item>,
    C: BorrowMut<Report>,
{
    type Item = Decided<'g, I::Item>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Self { rows, door, report } = self;
        rows.next().map(|row| door.admit(row, report.borrow_mut()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<'g, I, S, C, R, E> Iterator for ConsentedOk<'g, I, S, C>
where
    I: Iterator<Item = Result<R, E>>,
    R: UserRecord,
    S: ConsentSource<'g, R>,
    C: BorrowMut<Report>,
{
    type Item = Result<Consented<'g, R>, E>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Self { rows, door, report } = self;
        rows.find_map(|row| {
            door.admit_ok(row, report.borrow_mut())
                .map(Decided::consented)
                .transpose()
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rows.size_hint().1)
    }
}

impl<'g, I, S, C, R, E> Iterator for DecidedOk<'g, I, S, C>
where
    I: Iterator<Item = Result<R, E>>,
    R: UserRecord,
    S: ConsentSource<'g, R>,
    C: BorrowMut<Report>,
{
    type Item = Result<Decided<'g, R>, E>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Self { rows, door, report } = self;
        rows.next()
            .map(|row| door.admit_ok(row, report.borrow_mut()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

macro_rules! fused {
    ($($name:ident),*) => {$(
        impl<'g, I: FusedIterator, S, C> FusedIterator for $name<'g, I, S, C> where Self: Iterator {}
    )*};
}

fused!(ConsentedRows, DecidedRows, ConsentedOk, DecidedOk);
