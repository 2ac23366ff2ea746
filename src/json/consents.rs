//! A ledger from JSON Lines.

use std::io::{self, Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use thiserror::Error;

use super::lines::{Chunk, LineChunks, lines};
use super::problem::{Problem, text_of};
use super::unreadable::{lone_return, records_within};
use crate::ledger::Ledger;
use crate::record::{ConsentRecord, RecordError};
use crate::vocabulary::id::SubjectId;
use crate::vocabulary::wire::{self, Key, Wire, refuse_lists, refuse_null, refuse_scalars};

/// The handling of a consent record that cannot be read, which may be a withdrawal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnreadable {
    /// Stop with an error.
    #[default]
    Stop,
    /// Continue. If the subject of the record can be read, R2 fails for that subject. Otherwise the
    /// record is *unattributed*: it is counted, and keeps no one from passing.
    Quarantine {
        /// The limit for unattributed records (inclusive). One more is an error.
        unattributed_at_most: u64,
    },
}

/// The error of reading consent records.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The reader failed.
    #[error("after line {line}: {source}")]
    Io {
        /// The last line that was read, counted from 1; 0 when none was.
        line: u64,
        /// The error of the reader.
        source: io::Error,
    },
    /// A record could not be read.
    #[error("line {line}, column {column}: {problem}")]
    Record {
        /// The line, counted from 1.
        line: u64,
        /// The byte of the line at which reading stopped, counted from 1.
        column: usize,
        /// The problem, with the name of the field.
        problem: String,
    },
    /// More unattributed records than the limit: unreadable records that do not name a subject.
    #[error(
        "line {line}, column {column}: {problem}; more than {unattributed_at_most} unreadable records \
         do not name a subject (the limit of the quarantine)"
    )]
    TooManyUnattributed {
        /// The line of the first record over the limit, counted from 1.
        line: u64,
        /// The byte of the line at which reading stopped, counted from 1.
        column: usize,
        /// The problem of that record.
        problem: String,
        /// The limit (inclusive).
        unattributed_at_most: u64,
    },
}

/// Reads a ledger from JSON Lines, one consent record a line.
///
/// A line that is invalid JSON may still name a subject before the error. In quarantine R2 fails for
/// that subject, and the line also counts as unattributed.
///
/// A line ends with a line feed, or with a carriage return and a line feed. A line with a carriage
/// return elsewhere, or with something behind its record, is unreadable: in quarantine each record
/// that it may contain counts.
///
/// # Errors
///
/// [`ReadError::Io`] when the reader fails; [`ReadError::Record`] for the first unreadable record
/// with [`OnUnreadable::Stop`]; [`ReadError::TooManyUnattributed`] when there are more unattributed
/// records than the limit.
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
/// let ledger = read_consents(&file[..], OnUnreadable::Quarantine { unattributed_at_most: 0 })?;
/// assert!(ledger.is_unreadable("bob"));
/// # Ok::<(), consent_gate::json::ReadError>(())
/// ```
pub fn read_consents(reader: impl Read, on_unreadable: OnUnreadable) -> Result<Ledger, ReadError> {
    let read =
        |line: &[u8], ledger: &mut Ledger| read_record(line).map(|record| ledger.insert(record));
    read_lines(reader, on_unreadable, read, Found::in_line)
}

/// Reads a ledger from lines. `read` reads one line; `find` finds the subjects of an unreadable one.
pub(crate) fn read_lines(
    reader: impl Read,
    on_unreadable: OnUnreadable,
    read: impl Fn(&[u8], &mut Ledger) -> Result<(), Problem>,
    find: impl Fn(&[u8]) -> Found,
) -> Result<Ledger, ReadError> {
    let mut ledger = Ledger::new();
    let mut chunks = LineChunks::new(reader);
    let mut line: u64 = 0;
    // A blank line is not a record. It is an error unless it is the last one.
    let mut blank: Option<u64> = None;
    while let Some(chunk) = chunks
        .next_chunk()
        .map_err(|source| ReadError::Io { line, source })?
    {
        match chunk {
            Chunk::Lines(text) => {
                for text in lines(text) {
                    line = line.saturating_add(1);
                    refuse_blank(&mut ledger, blank.take(), on_unreadable)?;
                    if text == b"\n" || text == b"\r\n" {
                        blank = Some(line);
                        continue;
                    }
                    let whole = lone_return(text).map_or(Ok(()), Err);
                    let Err(problem) = whole.and_then(|()| read(text, &mut ledger)) else {
                        continue;
                    };
                    let mut all: Vec<Found> = records_within(text).into_iter().map(&find).collect();
                    if all.len() > 1 && all.iter().all(Found::is_attributed) {
                        // What divides the records is not known either.
                        all.push(Found::default());
                    }
                    for found in all {
                        quarantine(&mut ledger, &found, line, problem.clone(), on_unreadable)?;
                    }
                }
            }
            Chunk::TooLong => {
                line = line.saturating_add(1);
                refuse_blank(&mut ledger, blank.take(), on_unreadable)?;
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

/// Refuses a blank line that another line follows.
fn refuse_blank(
    ledger: &mut Ledger,
    line: Option<u64>,
    on_unreadable: OnUnreadable,
) -> Result<(), ReadError> {
    line.map_or(Ok(()), |line| {
        quarantine(
            ledger,
            &Found::default(),
            line,
            Problem::blank(),
            on_unreadable,
        )
    })
}

fn read_record(line: &[u8]) -> Result<ConsentRecord, Problem> {
    let text = text_of(line)?;
    serde_json::from_str(text).map_err(|error| Problem::of(&error, text))
}

/// INVARIANT (never lose a denial): an unreadable record stops the reading, keeps its subject from
/// passing, or counts toward the limit.
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
    let OnUnreadable::Quarantine {
        unattributed_at_most,
    } = on_unreadable
    else {
        return Err(ReadError::Record {
            line,
            column,
            problem,
        });
    };
    for subject in &found.subjects {
        ledger.mark_unreadable(subject);
    }
    if !found.is_attributed() {
        ledger.mark_unattributed();
        if ledger.unattributed() > unattributed_at_most {
            return Err(ReadError::TooManyUnattributed {
                line,
                column,
                problem,
                unattributed_at_most,
            });
        }
    }
    Ok(())
}

/// The subjects that an unreadable record names.
#[derive(Default)]
pub(crate) struct Found {
    subjects: Vec<SubjectId>,
    /// A value of `subject` is not a subject.
    is_doubtful: bool,
    /// The record is a whole JSON object.
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

    fn is_attributed(&self) -> bool {
        self.is_whole && !self.is_doubtful && !self.subjects.is_empty()
    }
}

/// The subjects of a document of another format, or `None` when they are in doubt.
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
