//! The sources of consents that a gate can ask.

use std::fmt;

use crate::decision::admit::{Ask, Asks, GatedSource, admit_by, decide_by};
use crate::decision::answer::Decision;
use crate::decision::by_subject::BySubject;
use crate::decision::consented::Decided;
use crate::decision::on_file::IntoOnFile;
use crate::decision::question::{Question, Subject};
use crate::gate::{Gate, Replay};
use crate::row::UserRecord;

/// A source of consents that a gate is paired with by [`Gate::with`]: a [`&Ledger`](crate::Ledger), the
/// records embedded in a row ([`EmbeddedRecords`](crate::EmbeddedRecords)), or a closure. A
/// [`Snapshot`](crate::Snapshot) knows its gate and is asked alone.
///
/// A source says what is on file and does not decide. No other type can be one, since a source that
/// decided could let any row pass.
///
/// # Closures
///
/// A closure takes the row and the id of one of its subjects and returns
/// [`OnFile`](crate::OnFile) or what converts
/// into it ([`IntoOnFile`]): an [`&Assessment`](crate::Assessment), or a [`Result`], whose `Err` means that
/// the records could not be read, which denies (R2). **A closure vouches that what it returns is everything on file for
/// this person**: a record that it leaves out may be a withdrawal. From a ledger it returns
/// [`Ledger::on_file`](crate::Ledger::on_file).
///
/// The gate calls the closure while it decides, once for each subject of a row. A closure that
/// blocks, as one that asks a database does, blocks its caller: in asynchronous code look the records
/// up first and admit the row then, as `GatedStream` shows.
///
/// ```
/// # use consent_gate::{ConsentRecord, Gate, OnFile, Purposes, Restrictions, UserRecord};
/// # use time::macros::utc_datetime;
/// # struct Row;
/// # impl UserRecord for Row {
/// #     fn subjects(&self) -> impl Iterator<Item = &str> { ["alice"].into_iter() }
/// # }
/// # let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// let database = |_: &Row, subject: &str| -> Result<OnFile<'static>, std::fmt::Error> {
///     if subject == "alice" { Err(std::fmt::Error) } else { Ok(OnFile::complete(Vec::new())) }
/// };
/// let decision = gate.with(database).decide(&Row);
/// assert!(decision.to_string().contains("cannot be read"));
/// # Ok::<(), consent_gate::GateError>(())
/// ```
pub trait ConsentSource<'g, R: UserRecord + ?Sized>: Answer<'g, R> {}

/// INVARIANT (the witness cannot be forged): not nameable outside the crate, so that only the
/// sources above answer.
pub trait Answer<'g, R: UserRecord + ?Sized> {
    /// The answer about one of the row's subjects.
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g>;

    /// The records embedded in the row, arranged for a row of several subjects.
    #[inline]
    fn arrange<'q>(&self, _: &'q R) -> Option<BySubject<'q>> {
        None
    }
}

/// A gate, or a replay, paired with the source of consents that it asks. Made by [`Gate::with`] and
/// [`Replay::with`].
///
/// It decides on one row at a time, and the adapters on iterators, parallel iterators and streams
/// take it.
///
/// ```
/// use consent_gate::{Gate, GatedIterator, Ledger, Purposes, UserRecord};
/// use time::macros::utc_datetime;
///
/// struct Post;
/// impl UserRecord for Post {}
///
/// let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// let ledger = Ledger::new();
/// assert!(!gate.with(&ledger).decide(&Post).is_permit());
/// assert_eq!([Post, Post].into_iter().consented(gate.with(&ledger)).count(), 0);
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[must_use = "a gate with its source decides nothing until it is asked"]
pub struct GateWith<'g, S, Q = Gate> {
    asker: &'g Q,
    source: S,
}

impl<S: Clone, Q> Clone for GateWith<'_, S, Q> {
    fn clone(&self) -> Self {
        Self {
            asker: self.asker,
            source: self.source.clone(),
        }
    }
}

impl<S: Copy, Q> Copy for GateWith<'_, S, Q> {}

impl<S, Q: fmt::Debug> fmt::Debug for GateWith<'_, S, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateWith")
            .field("asker", self.asker)
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// Pairs the gate with the source of consents that it asks.
    #[inline]
    pub const fn with<S>(&self, source: S) -> GateWith<'_, S> {
        GateWith {
            asker: self,
            source,
        }
    }
}

impl Replay {
    /// Pairs the replay with the source of consents that it asks. It decides and lets no row pass.
    ///
    /// ```
    /// use consent_gate::{Gate, GatedIterator, Ledger, Purposes, Replayed, UserRecord};
    /// use time::macros::utc_datetime;
    ///
    /// struct Post;
    /// impl UserRecord for Post {}
    ///
    /// let as_of = utc_datetime!(2024-11-01 0:00);
    /// let replay = Gate::builder("acme", Purposes::AI_INPUT, as_of).build()?.replay();
    /// let ledger = Ledger::new();
    /// let mut rows = [Post].into_iter().decided(replay.with(&ledger));
    /// assert!(matches!(rows.next(), Some(Replayed::Withheld(_))));
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    pub const fn with<S>(&self, source: S) -> GateWith<'_, S, Self> {
        GateWith {
            asker: self,
            source,
        }
    }
}

impl<'g, S, Q: Asks> GateWith<'g, S, Q> {
    /// Decides on a row without taking it.
    #[inline]
    pub fn decide<R>(&self, row: &R) -> Decision<'g>
    where
        R: UserRecord + ?Sized,
        S: ConsentSource<'g, R>,
    {
        decide_by(self, row, None)
    }
}

impl<'g, S> GateWith<'g, S> {
    /// Decides on a row and takes it: a row that passes comes back as a
    /// [`Consented`](crate::Consented).
    ///
    /// ```
    /// use consent_gate::{Decided, Gate, Ledger, Purposes, UserRecord};
    /// use time::macros::utc_datetime;
    ///
    /// struct Post;
    /// impl UserRecord for Post {}
    ///
    /// let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
    /// let ledger = Ledger::new();
    /// match gate.with(&ledger).admit(Post) {
    ///     Decided::Consented(_) => unreachable!("a post that names no one has no one's consent"),
    ///     Decided::Withheld(row) => assert_eq!(row.reasons().primary().to_string(), "R1 ON_RECORD"),
    /// }
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    #[inline]
    pub fn admit<R>(&self, row: R) -> Decided<'g, R>
    where
        R: UserRecord,
        S: ConsentSource<'g, R>,
    {
        admit_by(self, row, None, |_| {})
    }
}

impl<'g, R, S, Q> GatedSource<'g, R> for GateWith<'g, S, Q>
where
    R: UserRecord + ?Sized,
    S: ConsentSource<'g, R>,
    Q: Asks,
{
    type Asker = Q;
}

impl<'g, R, S, Q> Ask<'g, R> for GateWith<'g, S, Q>
where
    R: UserRecord + ?Sized,
    S: ConsentSource<'g, R>,
    Q: Asks,
{
    type By = Q;

    #[inline]
    fn asker(&self) -> &'g Q {
        self.asker
    }

    #[inline]
    fn answer(&self, row: &R, subject: Subject<'_>) -> Decision<'g> {
        self.source
            .answer(Question::of(self.asker.terms(), row), subject)
    }

    #[inline]
    fn arrange<'q>(&self, row: &'q R) -> Option<BySubject<'q>> {
        self.source.arrange(row)
    }
}

impl<'g, R, F, T> ConsentSource<'g, R> for F
where
    R: UserRecord + ?Sized,
    F: Fn(&R, &str) -> T,
    T: IntoOnFile<'g>,
{
}

impl<'g, R, F, T> Answer<'g, R> for F
where
    R: UserRecord + ?Sized,
    F: Fn(&R, &str) -> T,
    T: IntoOnFile<'g>,
{
    #[inline]
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g> {
        self(question.row, subject.id).answer(question, subject.id)
    }
}
