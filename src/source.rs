//! Where the consent of a subject comes from.

use crate::decide::{Question, Subject};
use crate::said::Said;
use crate::standing::{Readability, conflicts_among};
use crate::{CarriesConsents, ConsentRecord, Decision, Ledger, Snapshot, Standings, UserRecord};

/// Where the consent of a row's subject comes from: a [`&Ledger`](Ledger), a
/// [`&Snapshot`](Snapshot), the row itself ([`OwnRecords`]), or a closure.
///
/// A source knows what is on file and does not decide. No other type can be one, since whoever
/// answers for a subject could let anything through.
///
/// A closure takes the row and the subject's id and returns [`OnFile`] or what becomes one: a list
/// of records, a [`Result`] of one (an `Err` is unreadable, and denies), or [`Standings`] that were
/// worked out before.
///
/// ```
/// # use consent_gate::{ConsentRecord, Gate, Purposes, Restrictions, UserRecord};
/// # use time::macros::utc_datetime;
/// # struct Row;
/// # impl UserRecord for Row {
/// #     fn subjects(&self) -> impl Iterator<Item = &str> { ["alice"].into_iter() }
/// # }
/// # let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// let database = |_: &Row, subject: &str| -> Result<Vec<ConsentRecord>, std::fmt::Error> {
///     if subject == "alice" { Err(std::fmt::Error) } else { Ok(Vec::new()) }
/// };
/// let decision = gate.decide(&Row, &database);
/// assert!(decision.to_string().contains("cannot be read"));
/// # Ok::<(), consent_gate::GateError>(())
/// ```
pub trait ConsentSource<'g, R: UserRecord + ?Sized>: Answer<'g, R> {}

impl<'g, R: UserRecord + ?Sized, S: Answer<'g, R>> ConsentSource<'g, R> for S {}

/// INVARIANT (the witness cannot be forged): not nameable outside the crate, so that only the
/// sources below answer.
pub trait Answer<'g, R: UserRecord + ?Sized> {
    /// Answers for one of the row's subjects.
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g>;

    /// The snapshot that it asks, in which many people are sought sooner together than one by one.
    #[inline]
    fn snapshot(&self) -> Option<&'g Snapshot<'g>> {
        None
    }
}

impl<'g, R: UserRecord + ?Sized> Answer<'g, R> for &'g Ledger {
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g> {
        let (records, readability) = self.on_file(subject.id);
        question.on_file(records, readability)
    }
}

impl<'g, R: UserRecord + ?Sized> Answer<'g, R> for &'g Snapshot<'_> {
    #[inline]
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g> {
        self.answer_for(question, subject)
    }

    #[inline]
    fn snapshot(&self) -> Option<&'g Snapshot<'g>> {
        Some(self)
    }
}

/// What a closure found on file about one subject.
#[derive(Clone, Debug)]
pub enum OnFile<'g> {
    /// These records, and no others.
    Records(Vec<ConsentRecord>),
    /// These records, and no others.
    Borrowed(&'g [ConsentRecord]),
    /// What they are worth was worked out before.
    Standings(&'g Standings<'g>),
    /// What is on file could not be read. It may be a no.
    Unreadable,
}

impl From<Vec<ConsentRecord>> for OnFile<'_> {
    fn from(records: Vec<ConsentRecord>) -> Self {
        Self::Records(records)
    }
}

impl<'g> From<&'g [ConsentRecord]> for OnFile<'g> {
    fn from(records: &'g [ConsentRecord]) -> Self {
        Self::Borrowed(records)
    }
}

impl<'g> From<&'g Standings<'g>> for OnFile<'g> {
    fn from(standings: &'g Standings<'g>) -> Self {
        Self::Standings(standings)
    }
}

impl<'g, T: Into<OnFile<'g>>, E> From<Result<T, E>> for OnFile<'g> {
    fn from(found: Result<T, E>) -> Self {
        found.map_or(Self::Unreadable, Into::into)
    }
}

impl<'g, R, F, T> Answer<'g, R> for F
where
    R: UserRecord + ?Sized,
    F: Fn(&R, &str) -> T,
    T: Into<OnFile<'g>>,
{
    #[inline]
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g> {
        match self(question.row, subject.id).into() {
            OnFile::Standings(standings) => question.on_standings(standings),
            OnFile::Borrowed(records) => question.on_records(subject.id, records),
            OnFile::Records(records) => question.on_records(subject.id, &records).into_owned(),
            OnFile::Unreadable => question.on_unreadable(),
        }
    }
}

/// The records that a row brings itself, alone or added to those that others hold of its people.
///
/// Records of both are weighed together: a withdrawal in either ends a grant in the other, and two
/// that share an id and differ are a conflict.
#[derive(Clone, Copy, Debug)]
pub struct OwnRecords<'g>(Others<'g>);

/// What is on file beside the row's own records.
#[derive(Clone, Copy, Debug)]
enum Others<'g> {
    None,
    Known(&'g Snapshot<'g>, &'g Ledger),
    /// The records that the snapshot was made of are not at hand.
    Weighed(&'g Snapshot<'g>),
}

impl<'g> OwnRecords<'g> {
    /// The row's own records are all there is.
    #[must_use]
    pub const fn only() -> Self {
        Self(Others::None)
    }

    /// The row's own records are added to those of a ledger. A row that brings none is answered
    /// for by the snapshot, which has to be one of that ledger.
    #[must_use]
    pub const fn added_to(snapshot: &'g Snapshot<'g>, ledger: &'g Ledger) -> Self {
        Self(Others::Known(snapshot, ledger))
    }

    /// A row that brings no records is answered for by the snapshot. What another row's records
    /// are worth beside those that the snapshot was made of is not known without these, and they
    /// may hold a no: R2 fails for it.
    #[must_use]
    pub const fn beside(snapshot: &'g Snapshot<'g>) -> Self {
        Self(Others::Weighed(snapshot))
    }
}

impl<'g, R: CarriesConsents + ?Sized> Answer<'g, R> for OwnRecords<'g> {
    #[inline]
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g> {
        match (question.row.consents(), self.0) {
            (own, Others::None) => question.on_records(subject.id, own).into_owned(),
            ([], Others::Known(snapshot, _) | Others::Weighed(snapshot)) => {
                snapshot.answer_for(question, subject)
            }
            (own, Others::Known(_, ledger)) => added(question, own, ledger, subject.id),
            (_, Others::Weighed(_)) => question.on_unreadable(),
        }
    }

    #[inline]
    fn snapshot(&self) -> Option<&'g Snapshot<'g>> {
        match self.0 {
            Others::None => None,
            Others::Known(snapshot, _) | Others::Weighed(snapshot) => Some(snapshot),
        }
    }
}

#[cold]
fn added<'g, R: UserRecord + ?Sized>(
    question: Question<'g, '_, R>,
    own: &[ConsentRecord],
    ledger: &Ledger,
    subject: &str,
) -> Decision<'g> {
    let (records, readability) = ledger.on_file(subject);
    let unreadable = [readability, conflicts_among(own, subject)]
        .contains(&Readability::Unreadable)
        || ledger.is_contested_by(own, subject);
    let own = own
        .iter()
        .filter(|record| record.subject().as_str() == subject);
    let records = records.chain(own.map(Said::of));
    question
        .on_file(records, Readability::unless(unreadable))
        .into_owned()
}
