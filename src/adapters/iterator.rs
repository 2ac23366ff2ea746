//! The gate between a reader and a dataset: adapters on any iterator of rows.

use std::borrow::BorrowMut;
use std::fmt;
use std::iter::FusedIterator;

use crate::adapters::door::Door;
use crate::adapters::read_ahead::Ahead;
use crate::decision::admit::{DecidedBy, GatedSource};
use crate::decision::consented::{Consented, Decided};
use crate::decision::report::Report;
use crate::gate::Gate;
use crate::row::UserRecord;

/// Puts a [`Gate`] behind any iterator of rows. The adapters are lazy and collect nothing.
///
/// They take one row at a time, except where they ask a [`Snapshot`](crate::Snapshot) of 262,144
/// people or more, who are looked up faster in batches than one by one. There rows are read ahead of
/// their turn: none before the ninth, then no more at a time than were read before, and at most a block of 256.
/// Nothing is decided on or counted before its turn, and rows that were read
/// ahead are dropped with the adapter. Where a row has to come out as soon as it comes in,
/// [`GateWith::admit`](crate::GateWith::admit) takes one alone.
///
/// Each counts the outcomes of the rows; the [`Report`] is read from the adapter, while it runs and
/// afterwards, or counted into one that the caller lends.
///
/// ```
/// # use consent_gate::{Gate, GatedIterator, Ledger, Purposes, UserRecord};
/// # use time::macros::utc_datetime;
/// # struct Post;
/// # impl UserRecord for Post {}
/// # let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// # let ledger = Ledger::new();
/// let mut rows = [Post, Post].into_iter().consented(gate.with(&ledger));
/// assert_eq!(rows.by_ref().count(), 0);
/// assert_eq!(rows.report().withheld(), 2);
/// # Ok::<(), consent_gate::GateError>(())
/// ```
pub trait GatedIterator: Iterator + Sized {
    /// Yields the rows that may be used, and drops everything else.
    fn consented<'g, S>(self, source: S) -> ConsentedRows<'g, Self, S>
    where
        Self::Item: UserRecord,
        S: GatedSource<'g, Self::Item, Asker = Gate>,
    {
        ConsentedRows::new::<Self::Item>(self, source)
    }

    /// Yields every row, as one that may be used or as one that is withheld, with its reasons.
    fn decided<'g, S>(self, source: S) -> DecidedRows<'g, Self, S>
    where
        Self::Item: UserRecord,
        S: GatedSource<'g, Self::Item>,
    {
        DecidedRows::new::<Self::Item>(self, source)
    }

    /// [`consented`](Self::consented) on results: errors pass through untouched, each counted as
    /// an unreadable row.
    fn consented_ok<'g, S, R, E>(self, source: S) -> ConsentedOk<'g, Self, S>
    where
        Self: Iterator<Item = Result<R, E>>,
        R: UserRecord,
        S: GatedSource<'g, R, Asker = Gate>,
    {
        ConsentedOk::new::<R>(self, source)
    }

    /// [`decided`](Self::decided) on results: errors pass through untouched, each counted as an
    /// unreadable row.
    fn decided_ok<'g, S, R, E>(self, source: S) -> DecidedOk<'g, Self, S>
    where
        Self: Iterator<Item = Result<R, E>>,
        R: UserRecord,
        S: GatedSource<'g, R>,
    {
        DecidedOk::new::<R>(self, source)
    }
}

impl<I: Iterator> GatedIterator for I {}

macro_rules! adapters {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        ///
        /// Clones where its parts do; a clone continues from the counts of the original.
        #[derive(Clone)]
        #[must_use = "iterator adaptors are lazy and do nothing unless consumed"]
        pub struct $name<'g, I: Iterator, S, C = Report> {
            rows: I,
            ahead: Ahead<I::Item>,
            door: Door<'g, S>,
            report: C,
        }

        impl<'g, I: Iterator, S> $name<'g, I, S> {
            fn new<R>(rows: I, source: S) -> Self
            where
                R: UserRecord,
                S: GatedSource<'g, R>,
            {
                Self {
                    rows,
                    ahead: Ahead::new(),
                    door: Door::new(source),
                    report: Report::new(),
                }
            }

            /// Counts into a report that the caller lends, on top of what is in it.
            pub fn counting_into(self, report: &mut Report) -> $name<'g, I, S, &mut Report> {
                report.merge(&self.report);
                $name { rows: self.rows, ahead: self.ahead, door: self.door, report }
            }
        }

        impl<I: Iterator, S, C: BorrowMut<Report>> $name<'_, I, S, C> {
            /// The counts so far.
            pub fn report(&self) -> &Report {
                self.report.borrow()
            }
        }

        impl<I, S, C> fmt::Debug for $name<'_, I, S, C>
        where
            I: Iterator + fmt::Debug,
            C: BorrowMut<Report>,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("gate", self.door.asker())
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
    S: GatedSource<'g, I::Item, Asker = Gate>,
    C: BorrowMut<Report>,
{
    type Item = Consented<'g, I::Item>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Self {
            rows,
            ahead,
            door,
            report,
        } = self;
        ahead.find_map(rows, door.batch_lookup(), first_of, |row, located| {
            door.admit(row, located, report.borrow_mut()).consented()
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.ahead.size_hint(&self.rows).1)
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut each: F) -> B {
        let Self {
            rows,
            ahead,
            door,
            mut report,
        } = self;
        let report = report.borrow_mut();
        ahead.fold(
            rows,
            door.batch_lookup(),
            first_of,
            init,
            |folded, row, located| match door.admit(row, located, report).consented() {
                Some(row) => each(folded, row),
                None => folded,
            },
        )
    }
}

impl<'g, I, S, C> Iterator for DecidedRows<'g, I, S, C>
where
    I: Iterator,
    I::Item: UserRecord,
    S: GatedSource<'g, I::Item>,
    C: BorrowMut<Report>,
{
    type Item = DecidedBy<'g, S, I::Item>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Self {
            rows,
            ahead,
            door,
            report,
        } = self;
        ahead.find_map(rows, door.batch_lookup(), first_of, |row, located| {
            Some(door.admit(row, located, report.borrow_mut()))
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ahead.size_hint(&self.rows)
    }
}

impl<'g, I, S, C, R, E> Iterator for ConsentedOk<'g, I, S, C>
where
    I: Iterator<Item = Result<R, E>>,
    R: UserRecord,
    S: GatedSource<'g, R, Asker = Gate>,
    C: BorrowMut<Report>,
{
    type Item = Result<Consented<'g, R>, E>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Self {
            rows,
            ahead,
            door,
            report,
        } = self;
        ahead.find_map(rows, door.batch_lookup(), first_of_ok, |row, located| {
            door.admit_ok(row, located, report.borrow_mut())
                .map(Decided::consented)
                .transpose()
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.ahead.size_hint(&self.rows).1)
    }
}

impl<'g, I, S, C, R, E> Iterator for DecidedOk<'g, I, S, C>
where
    I: Iterator<Item = Result<R, E>>,
    R: UserRecord,
    S: GatedSource<'g, R>,
    C: BorrowMut<Report>,
{
    type Item = Result<DecidedBy<'g, S, R>, E>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Self {
            rows,
            ahead,
            door,
            report,
        } = self;
        ahead.find_map(rows, door.batch_lookup(), first_of_ok, |row, located| {
            Some(door.admit_ok(row, located, report.borrow_mut()))
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ahead.size_hint(&self.rows)
    }
}

/// The person of a row who is looked up ahead.
fn first_of(row: &impl UserRecord) -> Option<&str> {
    row.subjects().next()
}

fn first_of_ok<E>(row: &Result<impl UserRecord, E>) -> Option<&str> {
    row.as_ref().ok().and_then(first_of)
}

macro_rules! fused {
    ($($name:ident),*) => {$(
        impl<I: FusedIterator, S, C> FusedIterator for $name<'_, I, S, C> where Self: Iterator {}
    )*};
}

fused!(ConsentedRows, DecidedRows, ConsentedOk, DecidedOk);
