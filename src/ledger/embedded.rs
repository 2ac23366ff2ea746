//! Records embedded in rows.

use crate::decision::answer::Decision;
use crate::decision::by_subject::BySubject;
use crate::decision::question::{Question, Subject};
use crate::decision::source::{Answer, ConsentSource};
use crate::ledger::Ledger;
use crate::record::view::Names;
use crate::row::CarriesConsents;
use crate::rules::readability::Readability;

/// The records embedded in a row, alone or added to those of a ledger: a source that
/// [`Gate::with`](crate::Gate::with) takes.
///
/// Records of both are assessed together: a withdrawal in either ends a grant in the other, and two
/// that share an id and differ are a conflict. The records embedded in a row count for that row alone:
/// the ledger does not change, so a withdrawal that has to count for other rows belongs in the ledger.
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

    /// The records embedded in the row are added to those of a ledger, for this row alone.
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
            ([], Some(ledger)) => ledger.answer(question, subject),
            (_, ledger) => added(question, ledger, subject),
        }
    }

    fn arrange<'q>(&self, row: &'q R) -> Option<BySubject<'q>> {
        Some(arranged(row, self.0))
    }
}

/// The records embedded in a row, by subject, with their conflicts with each other and with those of
/// a ledger.
pub(crate) fn arranged<'q>(
    row: &'q (impl CarriesConsents + ?Sized),
    ledger: Option<&Ledger>,
) -> BySubject<'q> {
    let arranged = BySubject::of(row.consents());
    match ledger {
        Some(ledger) => arranged.contested_by(|record| ledger.rival_of(record)),
        None => arranged,
    }
}

/// The answer on the records embedded in a row, added to those of a ledger.
#[cold]
pub(crate) fn added<'g, R: CarriesConsents + ?Sized>(
    question: Question<'g, '_, R>,
    ledger: Option<&Ledger>,
    subject: Subject<'_>,
) -> Decision<'g> {
    let own;
    let embedded = if let Some(embedded) = subject.embedded {
        embedded
    } else {
        own = arranged(question.row, ledger);
        &own
    };
    let Some(ledger) = ledger else {
        let person = Names::only(subject.id);
        let decision = question.on_records_of(person, embedded, Readability::AllRead);
        return decision.into_owned();
    };
    let others = ledger.other_names(subject.id);
    let person = Names {
        id: subject.id,
        others: &others,
    };
    let (records, readability) = ledger.views_of(subject.id);
    let readability = readability.and(embedded.readability(person));
    let records = records.chain(embedded.of_person(person));
    let question = question.complete_through(ledger.complete_through());
    question.on_records(records, readability).into_owned()
}
