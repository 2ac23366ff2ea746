//! Everything that is on file for one person.

use std::borrow::Cow;
use std::fmt;

use time::UtcDateTime;

use crate::decision::answer::Decision;
use crate::decision::assessment::Assessment;
use crate::decision::by_subject::BySubject;
use crate::decision::question::Question;
use crate::gate::Gate;
use crate::record::ConsentRecord;
use crate::record::view::Names;
use crate::row::UserRecord;
use crate::rules::readability::Readability;
use crate::vocabulary::id::SubjectId;

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
    Records(Records<'g>),
    Assessed(&'g Assessment),
}

#[derive(Clone)]
struct Records<'g> {
    all: Cow<'g, [ConsentRecord]>,
    readability: Readability,
    complete_through: Option<UtcDateTime>,
    other_names: Vec<SubjectId>,
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
        Self::of_records(records.into(), Readability::AllRead)
    }

    /// A record of the person could not be read. It may be a denial, so R2 fails.
    #[must_use]
    pub fn unreadable() -> Self {
        Self::of_records(Cow::Borrowed(&[]), Readability::Unreadable)
    }

    pub(crate) fn of_records(records: Cow<'g, [ConsentRecord]>, readability: Readability) -> Self {
        Self(Kind::Records(Records {
            all: records,
            readability,
            complete_through: None,
            other_names: Vec::new(),
        }))
    }

    /// States that every statement made up to this instant is on file, which a gate with a
    /// [maximum lag](crate::GateBuilder::max_lag) asks for (R19). An [`Assessment`] keeps what was
    /// stated when it was made.
    ///
    /// ```
    /// use consent_gate::{OnFile, parse_instant};
    ///
    /// let on_file = OnFile::complete(Vec::new())
    ///     .complete_through(parse_instant("2024-11-01T00:00:00Z")?);
    /// # Ok::<(), consent_gate::InvalidInstant>(())
    /// ```
    #[must_use]
    pub fn complete_through(self, at: UtcDateTime) -> Self {
        self.with_records(|on_file| on_file.complete_through = Some(at))
    }

    /// Says that the person has this other name as well: denials among the records by that name
    /// count, and grants by it do not.
    ///
    /// ```
    /// use consent_gate::{ConsentRecord, DenialStatus, OnFile};
    ///
    /// let no = ConsentRecord::denial("w1", "old-name", DenialStatus::Withdrawn).build()?;
    /// let on_file = OnFile::complete(vec![no]).other_name("old-name".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn other_name(self, name: SubjectId) -> Self {
        self.with_records(|on_file| {
            on_file.other_names.push(name);
        })
    }

    fn with_records(mut self, change: impl FnOnce(&mut Records<'g>)) -> Self {
        if let Kind::Records(records) = &mut self.0 {
            change(records);
        }
        self
    }

    #[inline]
    fn answered<R: UserRecord + ?Sized>(
        self,
        question: Question<'g, '_, R>,
        subject: &str,
    ) -> Decision<'g> {
        match self.0 {
            Kind::Assessed(assessment) => question.on_assessment(subject, assessment),
            Kind::Records(Records {
                all,
                readability,
                complete_through,
                other_names,
            }) => {
                let others = other_names.as_slice();
                let person = Names {
                    id: subject,
                    others,
                };
                let question = question.complete_through(complete_through);
                match all {
                    Cow::Borrowed(all) => {
                        question.on_records_of(person, &BySubject::of(all), readability)
                    }
                    Cow::Owned(all) => question
                        .on_records_of(person, &BySubject::of(&all), readability)
                        .into_owned(),
                }
            }
        }
    }

    /// The assessment of a person for whom this is on file.
    pub(crate) fn assessed(&self, gate: &Gate, subject: &str) -> Assessment {
        match &self.0 {
            Kind::Assessed(assessment) => (*assessment).clone(),
            Kind::Records(on_file) => Assessment::of_records(
                gate,
                Names {
                    id: subject,
                    others: &on_file.other_names,
                },
                &on_file.all,
                on_file.readability,
                on_file.complete_through,
            ),
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
