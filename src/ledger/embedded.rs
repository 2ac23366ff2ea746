//! Records embedded in rows.

use crate::decision::answer::Decision;
use crate::decision::question::{Question, Subject};
use crate::decision::source::{Answer, ConsentSource};
use crate::ledger::Ledger;
use crate::record::ConsentRecord;
use crate::record::view::RecordView;
use crate::row::{CarriesConsents, UserRecord};
use crate::rules::readability::Readability;

/// The records embedded in a row, alone or added to those of a ledger: a source that
/// [`Gate::with`](crate::Gate::with) takes.
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

/// The answer on records embedded in a row, added to those of a ledger.
#[cold]
pub(crate) fn added<'g, R: UserRecord + ?Sized>(
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
    let records = records.chain(RecordView::those_of(subject, embedded));
    question.on_records(records, readability).into_owned()
}
