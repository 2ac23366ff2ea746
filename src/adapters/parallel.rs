//! The gate on parallel iterators: the adapters of [`GatedIterator`](crate::GatedIterator) for
//! rayon. They decide as those do, row by row, on the threads that rayon runs them on.

use std::borrow::BorrowMut;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use rayon::iter::plumbing::{Consumer, ProducerCallback, UnindexedConsumer};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};

use crate::adapters::door::Door;
use crate::decision::admit::{DecidedBy, GatedSource};
use crate::decision::consented::{Consented, Decided};
use crate::decision::report::Report;
use crate::gate::Gate;
use crate::row::UserRecord;

/// Puts a [`Gate`] behind any parallel iterator of rows. The adapters are lazy and collect nothing.
///
/// A parallel iterator is gone once it has run, so its [`Report`] is not read from it: it is
/// returned with the result (`counted`), or is counted into one that the caller lends
/// (`counting_into`). An adapter that is run without either decides all the same, and its counts
/// are lost.
///
/// Each row that was decided on is counted once, even if the iterator stops early or a thread
/// panics. Each piece of work counts for itself and is added up when it ends. The source is
/// asked on many threads at once.
///
/// ```
/// # use consent_gate::{Gate, Ledger, ParallelGatedIterator, Purposes, UserRecord};
/// # use rayon::iter::{IntoParallelIterator, ParallelIterator};
/// # use time::macros::utc_datetime;
/// # struct Post;
/// # impl UserRecord for Post {}
/// # let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// # let ledger = Ledger::new();
/// let rows = vec![Post, Post].into_par_iter().consented(gate.with(&ledger));
/// let (passed, report) = rows.counted(|rows| rows.count());
/// assert_eq!((passed, report.withheld()), (0, 2));
/// # Ok::<(), consent_gate::GateError>(())
/// ```
pub trait ParallelGatedIterator: ParallelIterator {
    /// Yields the rows that may be used, and drops everything else.
    fn consented<'g, S>(self, source: S) -> ConsentedRows<'g, Self, S>
    where
        Self::Item: UserRecord,
        S: GatedSource<'g, Self::Item, Asker = Gate> + Send + Sync,
    {
        ConsentedRows::new::<Self::Item>(self, source)
    }

    /// Yields every row, as one that may be used or as one that is withheld, with its reasons. The result has the
    /// index of its row, where the rows have indices.
    fn decided<'g, S>(self, source: S) -> DecidedRows<'g, Self, S>
    where
        Self::Item: UserRecord,
        S: GatedSource<'g, Self::Item> + Send + Sync,
    {
        DecidedRows::new::<Self::Item>(self, source)
    }

    /// [`consented`](Self::consented) on results: errors pass through untouched, each counted as
    /// an unreadable row.
    fn consented_ok<'g, S, R, E>(self, source: S) -> ConsentedOk<'g, Self, S>
    where
        Self: ParallelIterator<Item = Result<R, E>>,
        R: UserRecord + Send,
        E: Send,
        S: GatedSource<'g, R, Asker = Gate> + Send + Sync,
    {
        ConsentedOk::new::<R>(self, source)
    }

    /// [`decided`](Self::decided) on results: errors pass through untouched, each counted as an
    /// unreadable row.
    fn decided_ok<'g, S, R, E>(self, source: S) -> DecidedOk<'g, Self, S>
    where
        Self: ParallelIterator<Item = Result<R, E>>,
        R: UserRecord + Send,
        E: Send,
        S: GatedSource<'g, R> + Send + Sync,
    {
        DecidedOk::new::<R>(self, source)
    }
}

impl<I: ParallelIterator> ParallelGatedIterator for I {}

/// The door that all pieces of work share, and the report that their counts are added to.
struct Tally<'t, 'g, S> {
    door: &'t Door<'g, S>,
    report: Mutex<&'t mut Report>,
}

impl<'t, 'g, S> Tally<'t, 'g, S> {
    fn new(door: &'t Door<'g, S>, report: &'t mut Report) -> Self {
        Self {
            door,
            report: Mutex::new(report),
        }
    }

    fn share(&self) -> Share<'_, 't, 'g, S> {
        Share {
            tally: self,
            report: Box::default(),
        }
    }
}

/// One piece of work with its own counts. They are in a box, since rayon may move them with every
/// row.
struct Share<'w, 't, 'g, S> {
    tally: &'w Tally<'t, 'g, S>,
    report: Box<Report>,
}

impl<'g, S> Share<'_, '_, 'g, S> {
    fn admit<R>(&mut self, row: R) -> DecidedBy<'g, S, R>
    where
        R: UserRecord,
        S: GatedSource<'g, R>,
    {
        self.tally.door.admit(row, None, &mut self.report)
    }

    fn admit_ok<R, E>(&mut self, row: Result<R, E>) -> Result<DecidedBy<'g, S, R>, E>
    where
        R: UserRecord,
        S: GatedSource<'g, R>,
    {
        self.tally.door.admit_ok(row, None, &mut self.report)
    }
}

/// The counts of a piece of work are added once, whether it ends normally, early or in a panic.
impl<S> Drop for Share<'_, '_, '_, S> {
    fn drop(&mut self) {
        let report = self.tally.report.lock();
        let mut report = report.unwrap_or_else(PoisonError::into_inner);
        report.merge(&self.report);
    }
}

macro_rules! adapters {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone)]
        #[must_use = "iterator adaptors are lazy and do nothing unless consumed"]
        pub struct $name<'g, I, S, C = Report> {
            rows: I,
            door: Door<'g, S>,
            report: C,
        }

        impl<'g, I, S> $name<'g, I, S> {
            fn new<R>(rows: I, source: S) -> Self
            where
                R: UserRecord,
                S: GatedSource<'g, R>,
            {
                Self { rows, door: Door::new(source), report: Report::new() }
            }

            /// Counts into a report that the caller lends, on top of what is in it. It has the
            /// counts as soon as the iterator has run, and cannot be read before.
            pub fn counting_into(self, report: &mut Report) -> $name<'g, I, S, &mut Report> {
                $name { rows: self.rows, door: self.door, report }
            }

            /// Lets the caller run the iterator, and returns the counts with the result.
            pub fn counted<T>(
                self,
                run: impl FnOnce($name<'g, I, S, &mut Report>) -> T,
            ) -> (T, Report) {
                let mut report = Report::new();
                let result = run(self.counting_into(&mut report));
                (result, report)
            }
        }

        impl<I, S, C> fmt::Debug for $name<'_, I, S, C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("gate", self.door.asker())
                    .finish_non_exhaustive()
            }
        }
    )*};
}

adapters! {
    /// The rows that may be used. Made by [`ParallelGatedIterator::consented`].
    ConsentedRows;
    /// Every row, decided on. Made by [`ParallelGatedIterator::decided`].
    ///
    /// Indexed where the rows are: it collects in their order, and can be zipped.
    DecidedRows;
    /// The rows that may be used, and errors. Made by [`ParallelGatedIterator::consented_ok`].
    ConsentedOk;
    /// Every row, decided on, and errors. Made by [`ParallelGatedIterator::decided_ok`].
    ///
    /// Indexed where the rows are: it collects in their order, and can be zipped.
    DecidedOk;
}

impl<'g, I, S, C> ParallelIterator for ConsentedRows<'g, I, S, C>
where
    I: ParallelIterator,
    I::Item: UserRecord,
    S: GatedSource<'g, I::Item, Asker = Gate> + Send + Sync,
    C: BorrowMut<Report> + Send,
{
    type Item = Consented<'g, I::Item>;

    fn drive_unindexed<T: UnindexedConsumer<Self::Item>>(mut self, consumer: T) -> T::Result {
        let tally = Tally::new(&self.door, self.report.borrow_mut());
        self.rows
            .map_init(|| tally.share(), Share::admit)
            .filter_map(Decided::consented)
            .drive_unindexed(consumer)
    }
}

impl<'g, I, S, C, R, E> ParallelIterator for ConsentedOk<'g, I, S, C>
where
    I: ParallelIterator<Item = Result<R, E>>,
    R: UserRecord + Send,
    E: Send,
    S: GatedSource<'g, R, Asker = Gate> + Send + Sync,
    C: BorrowMut<Report> + Send,
{
    type Item = Result<Consented<'g, R>, E>;

    fn drive_unindexed<T: UnindexedConsumer<Self::Item>>(mut self, consumer: T) -> T::Result {
        let tally = Tally::new(&self.door, self.report.borrow_mut());
        self.rows
            .map_init(|| tally.share(), Share::admit_ok)
            .filter_map(|row| row.map(Decided::consented).transpose())
            .drive_unindexed(consumer)
    }
}

impl<'g, I, S, C> ParallelIterator for DecidedRows<'g, I, S, C>
where
    I: ParallelIterator,
    I::Item: UserRecord,
    S: GatedSource<'g, I::Item> + Send + Sync,
    DecidedBy<'g, S, I::Item>: Send,
    C: BorrowMut<Report> + Send,
{
    type Item = DecidedBy<'g, S, I::Item>;

    fn drive_unindexed<T: UnindexedConsumer<Self::Item>>(mut self, consumer: T) -> T::Result {
        let tally = Tally::new(&self.door, self.report.borrow_mut());
        self.rows
            .map_init(|| tally.share(), Share::admit)
            .drive_unindexed(consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        self.rows.opt_len()
    }
}

impl<'g, I, S, C> IndexedParallelIterator for DecidedRows<'g, I, S, C>
where
    I: IndexedParallelIterator,
    I::Item: UserRecord,
    S: GatedSource<'g, I::Item> + Send + Sync,
    DecidedBy<'g, S, I::Item>: Send,
    C: BorrowMut<Report> + Send,
{
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn drive<T: Consumer<Self::Item>>(mut self, consumer: T) -> T::Result {
        let tally = Tally::new(&self.door, self.report.borrow_mut());
        self.rows
            .map_init(|| tally.share(), Share::admit)
            .drive(consumer)
    }

    fn with_producer<T: ProducerCallback<Self::Item>>(mut self, callback: T) -> T::Output {
        let tally = Tally::new(&self.door, self.report.borrow_mut());
        self.rows
            .map_init(|| tally.share(), Share::admit)
            .with_producer(callback)
    }
}

impl<'g, I, S, C, R, E> ParallelIterator for DecidedOk<'g, I, S, C>
where
    I: ParallelIterator<Item = Result<R, E>>,
    R: UserRecord + Send,
    E: Send,
    S: GatedSource<'g, R> + Send + Sync,
    DecidedBy<'g, S, R>: Send,
    C: BorrowMut<Report> + Send,
{
    type Item = Result<DecidedBy<'g, S, R>, E>;

    fn drive_unindexed<T: UnindexedConsumer<Self::Item>>(mut self, consumer: T) -> T::Result {
        let tally = Tally::new(&self.door, self.report.borrow_mut());
        self.rows
            .map_init(|| tally.share(), Share::admit_ok)
            .drive_unindexed(consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        self.rows.opt_len()
    }
}

impl<'g, I, S, C, R, E> IndexedParallelIterator for DecidedOk<'g, I, S, C>
where
    I: IndexedParallelIterator<Item = Result<R, E>>,
    R: UserRecord + Send,
    E: Send,
    S: GatedSource<'g, R> + Send + Sync,
    DecidedBy<'g, S, R>: Send,
    C: BorrowMut<Report> + Send,
{
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn drive<T: Consumer<Self::Item>>(mut self, consumer: T) -> T::Result {
        let tally = Tally::new(&self.door, self.report.borrow_mut());
        self.rows
            .map_init(|| tally.share(), Share::admit_ok)
            .drive(consumer)
    }

    fn with_producer<T: ProducerCallback<Self::Item>>(mut self, callback: T) -> T::Output {
        let tally = Tally::new(&self.door, self.report.borrow_mut());
        self.rows
            .map_init(|| tally.share(), Share::admit_ok)
            .with_producer(callback)
    }
}
