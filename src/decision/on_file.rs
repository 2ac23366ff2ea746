//! Everything that is on file for one person.

use std::borrow::Cow;
use std::fmt;

use crate::decision::answer::Decision;
use crate::decision::assessment::Assessment;
use crate::decision::question::Question;
use crate::gate::Gate;
use crate::record::ConsentRecord;
use crate::row::UserRecord;
use crate::rules::readability::Readability;

/// Everything that is on file for one person, as a closure hands it to the gate.
///
/// [`Ledger::on_file`](crate::Ledger::on_file) makes one that knows which records could not be read. [`complete`] and
/// [`unreadable`] make one from records that are kept elsewhere.
///
/// [`complete`]: Self::complete
/// [`unreadable`]: Self::unreadable
#[derive(Clone)]
pub struct OnFile<'g>(Kind<'g>);

#[derive(Clone)]
enum Kind<'g> {
    Records(Cow<'g, [ConsentRecord]>, Readability),
    Assessed(&'g Assessment),
}

impl<'g> OnFile<'g> {
    /// These records, and no others, are on file for the person.
    ///
    /// **The caller vouches for three things**: that no record of this person is missing, that every
    /// one of them could be read, and that none shares its id with a different record of anyone,
    /// here or elsewhere. A [`Ledger`](crate::Ledger) knows all three, and [`Ledger::on_file`](crate::Ledger::on_file) passes them on; its
    /// bare records do not.
    ///
    /// Records of other people among them grant nothing.
    #[must_use]
    pub fn complete(records: impl Into<Cow<'g, [ConsentRecord]>>) -> Self {
        Self(Kind::Records(records.into(), Readability::AllRead))
    }

    /// A record of the person could not be read. It may be a denial, so R2 fails.
    #[must_use]
    pub const fn unreadable() -> Self {
        Self(Kind::Records(Cow::Borrowed(&[]), Readability::Unreadable))
    }

    pub(crate) fn of_records(records: Vec<ConsentRecord>, readability: Readability) -> Self {
        Self(Kind::Records(Cow::Owned(records), readability))
    }

    #[inline]
    fn answered<R: UserRecord + ?Sized>(
        self,
        question: Question<'g, '_, R>,
        subject: &str,
    ) -> Decision<'g> {
        match self.0 {
            Kind::Assessed(assessment) => question.on_assessment(subject, assessment),
            Kind::Records(Cow::Borrowed(records), readability) => {
                question.on_records_of(subject, records, readability)
            }
            Kind::Records(Cow::Owned(records), readability) => question
                .on_records_of(subject, &records, readability)
                .into_owned(),
        }
    }

    /// The assessment of a person for whom this is on file.
    pub(crate) fn assessed(&self, gate: &Gate, subject: &str) -> Assessment {
        match &self.0 {
            Kind::Assessed(assessment) => (*assessment).clone(),
            Kind::Records(records, readability) => {
                Assessment::of_records(gate, subject, records, *readability)
            }
        }
    }
}

/// Names no one.
impl fmt::Debug for OnFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnFile").finish_non_exhaustive()
    }
}

/// The return types of a closure: [`OnFile`], a reference to an [`Assessment`], or a [`Result`] of
/// either, whose `Err` is a record that could not be read.
///
/// A bare list of records is none of them: [`OnFile::complete`] says what the caller vouches for.
pub trait IntoOnFile<'g> {
    /// Everything that is on file for the person.
    fn into_on_file(self) -> OnFile<'g>;

    /// The answer about the person. An assessment gives it without becoming [`OnFile`] first.
    #[doc(hidden)]
    #[inline]
    fn answer<R: UserRecord + ?Sized>(
        self,
        question: Question<'g, '_, R>,
        subject: &str,
    ) -> Decision<'g>
    where
        Self: Sized,
    {
        self.into_on_file().answered(question, subject)
    }
}

impl<'g, 's: 'g> IntoOnFile<'g> for OnFile<'s> {
    #[inline]
    fn into_on_file(self) -> OnFile<'g> {
        self
    }
}

impl<'g, 's: 'g> IntoOnFile<'g> for &'s Assessment {
    #[inline]
    fn into_on_file(self) -> OnFile<'g> {
        OnFile(Kind::Assessed(self))
    }

    #[inline]
    fn answer<R: UserRecord + ?Sized>(
        self,
        question: Question<'g, '_, R>,
        subject: &str,
    ) -> Decision<'g> {
        question.on_assessment(subject, self)
    }
}

impl<'g, T: IntoOnFile<'g>, E> IntoOnFile<'g> for Result<T, E> {
    fn into_on_file(self) -> OnFile<'g> {
        self.map_or(OnFile::unreadable(), T::into_on_file)
    }
}

impl Assessment {
    /// Assesses what is on file for `subject`. Records of other people among it grant nothing; two
    /// that share an id and differ are a conflict for the subjects of both.
    ///
    /// An assessment is cloned as it is.
    #[must_use]
    pub fn new<'a>(gate: &Gate, subject: &str, on_file: impl IntoOnFile<'a>) -> Self {
        on_file.into_on_file().assessed(gate, subject)
    }
}
