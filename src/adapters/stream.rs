//! The gate on asynchronous streams: the adapters of [`GatedIterator`](crate::GatedIterator) for
//! any executor.

use std::borrow::BorrowMut;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::stream::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::adapters::door::Door;
use crate::decision::admit::{DecidedBy, GatedSource};
use crate::decision::consented::{Consented, Decided};
use crate::decision::report::Report;
use crate::gate::Gate;
use crate::row::UserRecord;

/// Puts a [`Gate`] behind any stream of rows. The adapters are lazy, take one row at a time and
/// collect nothing.
///
/// Each counts a row when the row is decided on, and a result that is an error when it comes; what
/// is pending is not counted. The [`Report`] is read from the adapter, while it runs and
/// afterwards, or counted into one that the caller lends.
///
/// ```
/// use std::future::poll_fn;
/// use std::pin::pin;
///
/// use consent_gate::{Gate, GatedStream, Ledger, UserRecord};
/// use futures_core::Stream;
/// # use consent_gate::Purposes;
/// # use time::macros::utc_datetime;
///
/// async fn train(posts: impl Stream<Item: UserRecord>, gate: &Gate, ledger: &Ledger) -> u64 {
///     let mut rows = pin!(posts.consented(gate.with(ledger)));
///     while let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await {
///         println!("{} grants", row.grants().iter().count());
///     }
///     rows.report().withheld()
/// }
/// # struct Post;
/// # impl UserRecord for Post {}
/// # struct Posts(std::ops::Range<u32>);
/// # impl Stream for Posts {
/// #     type Item = Post;
/// #     fn poll_next(
/// #         mut self: std::pin::Pin<&mut Self>,
/// #         _: &mut std::task::Context<'_>,
/// #     ) -> std::task::Poll<Option<Post>> {
/// #         std::task::Poll::Ready(self.0.next().map(|_| Post))
/// #     }
/// # }
/// # let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// # let ledger = Ledger::new();
/// # let mut trained = pin!(train(Posts(0..2), &gate, &ledger));
/// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// # assert_eq!(trained.as_mut().poll(&mut context), std::task::Poll::Ready(2));
/// # Ok::<(), consent_gate::GateError>(())
/// ```
pub trait GatedStream: Stream + Sized {
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
        Self: Stream<Item = Result<R, E>>,
        R: UserRecord,
        S: GatedSource<'g, R, Asker = Gate>,
    {
        ConsentedOk::new::<R>(self, source)
    }

    /// [`decided`](Self::decided) on results: errors pass through untouched, each counted as an
    /// unreadable row.
    fn decided_ok<'g, S, R, E>(self, source: S) -> DecidedOk<'g, Self, S>
    where
        Self: Stream<Item = Result<R, E>>,
        R: UserRecord,
        S: GatedSource<'g, R>,
    {
        DecidedOk::new::<R>(self, source)
    }
}

impl<I: Stream> GatedStream for I {}

macro_rules! adapters {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        pin_project! {
            $(#[$meta])*
            ///
            /// Clones where its parts do; a clone continues from the counts of the original.
            #[derive(Clone)]
            #[must_use = "streams do nothing unless polled"]
            pub struct $name<'g, I, S, C = Report> {
                #[pin]
                rows: I,
                door: Door<'g, S>,
                report: C,
            }
        }

        impl<'g, I, S> $name<'g, I, S> {
            fn new<R>(rows: I, source: S) -> Self
            where
                R: UserRecord,
                S: GatedSource<'g, R>,
            {
                Self { rows, door: Door::new(source), report: Report::new() }
            }

            /// Counts into a report that the caller lends, on top of what is in it.
            pub fn counting_into(self, report: &mut Report) -> $name<'g, I, S, &mut Report> {
                report.merge(&self.report);
                $name { rows: self.rows, door: self.door, report }
            }
        }

        impl<I, S, C: BorrowMut<Report>> $name<'_, I, S, C> {
            /// The counts so far.
            pub fn report(&self) -> &Report {
                self.report.borrow()
            }
        }

        impl<I, S, C: BorrowMut<Report>> fmt::Debug for $name<'_, I, S, C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("gate", self.door.asker())
                    .field("report", self.report())
                    .finish_non_exhaustive()
            }
        }

        /// Fused where the stream of rows is.
        impl<I: FusedStream, S, C> FusedStream for $name<'_, I, S, C>
        where
            Self: Stream,
        {
            fn is_terminated(&self) -> bool {
                self.rows.is_terminated()
            }
        }
    )*};
}

adapters! {
    /// The rows that may be used. Made by [`GatedStream::consented`].
    ConsentedRows;
    /// Every row, decided on. Made by [`GatedStream::decided`].
    DecidedRows;
    /// The rows that may be used, and errors. Made by [`GatedStream::consented_ok`].
    ConsentedOk;
    /// Every row, decided on, and errors. Made by [`GatedStream::decided_ok`].
    DecidedOk;
}

impl<'g, I, S, C> Stream for ConsentedRows<'g, I, S, C>
where
    I: Stream,
    I::Item: UserRecord,
    S: GatedSource<'g, I::Item, Asker = Gate>,
    C: BorrowMut<Report>,
{
    type Item = Consented<'g, I::Item>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        while let Some(row) = ready!(this.rows.as_mut().poll_next(context)) {
            let decided = this.door.admit(row, None, this.report.borrow_mut());
            if let Some(row) = decided.consented() {
                return Poll::Ready(Some(row));
            }
        }
        Poll::Ready(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rows.size_hint().1)
    }
}

impl<'g, I, S, C> Stream for DecidedRows<'g, I, S, C>
where
    I: Stream,
    I::Item: UserRecord,
    S: GatedSource<'g, I::Item>,
    C: BorrowMut<Report>,
{
    type Item = DecidedBy<'g, S, I::Item>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let row = ready!(this.rows.poll_next(context));
        Poll::Ready(row.map(|row| this.door.admit(row, None, this.report.borrow_mut())))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<'g, I, S, C, R, E> Stream for ConsentedOk<'g, I, S, C>
where
    I: Stream<Item = Result<R, E>>,
    R: UserRecord,
    S: GatedSource<'g, R, Asker = Gate>,
    C: BorrowMut<Report>,
{
    type Item = Result<Consented<'g, R>, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        while let Some(row) = ready!(this.rows.as_mut().poll_next(context)) {
            let decided = this.door.admit_ok(row, None, this.report.borrow_mut());
            if let Some(row) = decided.map(Decided::consented).transpose() {
                return Poll::Ready(Some(row));
            }
        }
        Poll::Ready(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rows.size_hint().1)
    }
}

impl<'g, I, S, C, R, E> Stream for DecidedOk<'g, I, S, C>
where
    I: Stream<Item = Result<R, E>>,
    R: UserRecord,
    S: GatedSource<'g, R>,
    C: BorrowMut<Report>,
{
    type Item = Result<DecidedBy<'g, S, R>, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let row = ready!(this.rows.poll_next(context));
        Poll::Ready(row.map(|row| this.door.admit_ok(row, None, this.report.borrow_mut())))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}
