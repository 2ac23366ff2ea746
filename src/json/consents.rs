//! A ledger from JSON Lines.

use std::io::{self, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use thiserror::Error;

use super::lines::{Chunk, LineChunks, lines};
use super::{Problem, text_of};
use crate::wire::{self, Key, Wire, refuse_lists, refuse_null, refuse_scalars};
use crate::{ConsentRecord, Ledger, RecordError, SubjectId};

/// What to do with a consent record that cannot be read. It may be somebody's withdrawal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnreadable {
    /// Stop with an error.
    #[default]
    Stop,
    /// Keep the record's subject from passing (R2) where at least the subject can be read, and
    /// count the others.
    Quarantine {
        /// How many there may be of whom not even the subject can be read (inclusive). One more
        /// is an error.
        unnamed_at_most: u64,
    },
}

/// Why consent records could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The reader failed.
    #[error("after line {line}: {source}")]
    Io {
        /// The last line that was read.
        line: u64,
        /// What the reader said.
        source: io::Error,
    },
    /// A record could not be read.
    #[error("line {line}, column {column}: {problem}")]
    Record {
        /// The line, counted from 1.
        line: u64,
        /// The byte of the line where reading stopped, counted from 1.
        column: usize,
        /// What is wrong, with the name of the field.
        problem: String,
    },
    /// More records than may be could not be read, not even whom they are about.
    #[error(
        "line {line}, column {column}: {problem}; more than {unnamed_at_most} records do not even \
         say whom they are about"
    )]
    TooManyUnnamed {
        /// The line of the first one too many, counted from 1.
        line: u64,
        /// The byte of the line where reading stopped, counted from 1.
        column: usize,
        /// What is wrong there.
        problem: String,
        /// How many there may be.
        unnamed_at_most: u64,
    },
}

/// Reads a ledger from JSON Lines, one consent record a line.
///
/// A line that is broken before its end may name a subject all the same; that subject is then kept
/// from passing, and the line counts as one of whom not even the subject can be read.
///
/// # Errors
///
/// [`ReadError::Io`] when the reader fails; [`ReadError::Record`] for the first record that cannot
/// be read when told to stop there; [`ReadError::TooManyUnnamed`] when there are more than the
/// caller allows.
///
/// ```
/// use consent_gate::json::{OnUnreadable, read_consents};
///
/// let file = br#"{"id":"w1","subject":"alice","status":"withdrawn"}
/// {"id":"w2","subject":"bob","status":"Withdrawn"}
/// "#;
/// let error = read_consents(&file[..], OnUnreadable::Stop).unwrap_err();
/// assert!(error.to_string().starts_with("line 2, column 48: field `status`: expected one of: "));
///
/// let ledger = read_consents(&file[..], OnUnreadable::Quarantine { unnamed_at_most: 0 })?;
/// assert!(ledger.is_unreadable("bob"));
/// # Ok::<(), consent_gate::json::ReadError>(())
/// ```
pub fn read_consents(reader: impl Read, on_unreadable: OnUnreadable) -> Result<Ledger, ReadError> {
    let read =
        |line: &[u8], ledger: &mut Ledger| read_record(line).map(|record| ledger.insert(record));
    read_lines(reader, on_unreadable, read, Found::in_line)
}

/// Reads a ledger from lines, with what reads one, and what looks for the subjects of one that
/// could not be read.
pub(crate) fn read_lines(
    reader: impl Read,
    on_unreadable: OnUnreadable,
    read: impl Fn(&[u8], &mut Ledger) -> Result<(), Problem>,
    find: impl Fn(&[u8]) -> Found,
) -> Result<Ledger, ReadError> {
    let mut ledger = Ledger::new();
    let mut chunks = LineChunks::new(reader);
    let mut line: u64 = 0;
    while let Some(chunk) = chunks
        .next_chunk()
        .map_err(|source| ReadError::Io { line, source })?
    {
        match chunk {
            Chunk::Lines(text) => {
                for text in lines(text) {
                    line = line.saturating_add(1);
                    if let Err(problem) = read(text, &mut ledger) {
                        quarantine(&mut ledger, &find(text), line, problem, on_unreadable)?;
                    }
                }
            }
            Chunk::TooLong => {
                line = line.saturating_add(1);
                quarantine(
                    &mut ledger,
                    &Found::default(),
                    line,
                    Problem::too_long(),
                    on_unreadable,
                )?;
            }
        }
    }
    Ok(ledger)
}

fn read_record(line: &[u8]) -> Result<ConsentRecord, Problem> {
    let text = text_of(line)?;
    serde_json::from_str(text).map_err(|error| Problem::of(&error, text))
}

/// INVARIANT (never lose a denial): the record that could not be read stops everything, keeps its
/// subject from passing, or counts toward the limit.
pub(crate) fn quarantine(
    ledger: &mut Ledger,
    found: &Found,
    line: u64,
    problem: Problem,
    on_unreadable: OnUnreadable,
) -> Result<(), ReadError> {
    let Problem {
        column,
        words: problem,
    } = problem;
    let OnUnreadable::Quarantine { unnamed_at_most } = on_unreadable else {
        return Err(ReadError::Record {
            line,
            column,
            problem,
        });
    };
    for subject in &found.subjects {
        ledger.mark_unreadable(subject);
    }
    if !found.says_whom() {
        ledger.mark_unattributed();
        if ledger.unattributed() > unnamed_at_most {
            return Err(ReadError::TooManyUnnamed {
                line,
                column,
                problem,
                unnamed_at_most,
            });
        }
    }
    Ok(())
}

/// The subjects that a record names which cannot be read as a whole.
#[derive(Default)]
pub(crate) struct Found {
    subjects: Vec<SubjectId>,
    /// Something is there under `subject` that is no subject.
    is_doubtful: bool,
    /// The record is an object to its end.
    is_whole: bool,
}

impl Found {
    fn in_line(line: &[u8]) -> Self {
        let mut found = Self::default();
        let mut json = serde_json::Deserializer::from_slice(line);
        let read = FindSubjects(&mut found)
            .deserialize(&mut json)
            .and_then(|()| json.end());
        found.is_whole = read.is_ok();
        found
    }

    fn says_whom(&self) -> bool {
        self.is_whole && !self.is_doubtful && !self.subjects.is_empty()
    }
}

/// The subjects of a document of another format, or nothing where they are in doubt.
#[cfg(feature = "interchange")]
impl From<Option<Vec<SubjectId>>> for Found {
    fn from(subjects: Option<Vec<SubjectId>>) -> Self {
        Self {
            is_whole: subjects.is_some(),
            is_doubtful: false,
            subjects: subjects.unwrap_or_default(),
        }
    }
}

struct FindSubjects<'f>(&'f mut Found);

impl<'de> DeserializeSeed<'de> for FindSubjects<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FindSubjects<'_> {
    type Value = ();

    refuse_scalars!(RecordError::NotAnObject);
    refuse_lists!(RecordError::NotAnObject);
    refuse_null!(RecordError::NotAnObject);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            if key == "subject" {
                match wire::subject(map.next_value::<Wire<'_>>()?) {
                    Ok(Some(subject)) => self.0.subjects.push(subject),
                    Ok(None) | Err(_) => self.0.is_doubtful = true,
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
