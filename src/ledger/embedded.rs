//! Records embedded in rows.

use std::fmt;

use crate::decision::admit::{Ask, Asks, GatedSource, admit_by, decide_by};
use crate::decision::answer::Decision;
use crate::decision::consented::Decided;
use crate::decision::question::{Question, Subject};
use crate::decision::source::{Answer, ConsentSource};
use crate::gate::Gate;
use crate::ledger::Ledger;
use crate::record::ConsentRecord;
use crate::record::view::Said;
use crate::row::{CarriesConsents, UserRecord};
use crate::rules::readability::Readability;
use crate::snapshot::Contents;
use crate::snapshot::Snapshot;

/// The records embedded in a row, alone or added to those of a ledger: a source that
/// [`Gate::with`] takes.
///
/// Records of both are assessed together: a withdrawal in either ends a grant in the other, and two
/// that share an id and differ are a conflict.
///
/// ```
/// use consent_gate::{CarriesConsents, ConsentRecord, EmbeddedRecords, Gate, Purposes, UserRecord};
/// use time::macros::utc_datetime;
///
/// struct Post {
///     author: String,
///     consents: Vec<ConsentRecord>,
/// }
///
/// impl UserRecord for Post {
///     fn subjects(&self) -> impl Iterator<Item = &str> {
///         [self.author.as_str()].into_iter()
///     }
/// }
///
/// impl CarriesConsents for Post {
///     fn consents(&self) -> &[ConsentRecord] {
///         &self.consents
///     }
/// }
///
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let post = Post { author: "alice".to_owned(), consents: Vec::new() };
/// let decision = gate.with(EmbeddedRecords::only()).decide(&post);
/// assert_eq!(decision.to_string(), "denied: no consent by this person is on file (R1)");
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedRecords<'g>(Option<&'g Ledger>);

impl<'g> EmbeddedRecords<'g> {
    /// The records embedded in the row are all that is on file.
    #[must_use]
    pub const fn only() -> Self {
        Self(None)
    }

    /// The records embedded in the row are added to those of a ledger.
    #[must_use]
    pub const fn added_to(ledger: &'g Ledger) -> Self {
        Self(Some(ledger))
    }
}

impl<'g, R: CarriesConsents + ?Sized> ConsentSource<'g, R> for EmbeddedRecords<'g> {}

impl<'g, R: CarriesConsents + ?Sized> Answer<'g, R> for EmbeddedRecords<'g> {
    #[inline]
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g> {
        match (question.row.consents(), self.0) {
            (embedded, None) => question
                .on_records_of(subject.id, embedded, Readability::AllRead)
                .into_owned(),
            ([], Some(ledger)) => ledger.answer(question, subject),
            (embedded, Some(ledger)) => added(question, embedded, ledger, subject.id),
        }
    }
}

#[cold]
fn added<'g, R: UserRecord + ?Sized>(
    question: Question<'g, '_, R>,
    embedded: &[ConsentRecord],
    ledger: &Ledger,
    subject: &str,
) -> Decision<'g> {
    let (records, readability) = ledger.views_of(subject);
    let contested = Readability::unless(ledger.is_contested_by(embedded, subject));
    let readability = readability
        .and(Readability::among(embedded, subject))
        .and(contested);
    let records = records.chain(Said::those_of(subject, embedded));
    question.on_records(records, readability).into_owned()
}

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
        match (row.consents(), self.ledger) {
            ([], _) => self.snapshot.answer_for(row, subject),
            (embedded, Some(ledger)) => added(
                Question::of(self.snapshot.asker().terms(), row),
                embedded,
                ledger,
                subject.id,
            ),
            (_, None) => Question::of(self.snapshot.asker().terms(), row).on_unreadable(),
        }
    }

    #[inline]
    fn contents(&self) -> Option<&'g Contents> {
        Some(self.snapshot.contents())
    }
}
