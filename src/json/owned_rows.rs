//! Rows of any reader, as values that borrow nothing.

use std::fmt;
use std::io::{self, Read};

use thiserror::Error;
use time::UtcDateTime;

use super::lines::{Chunk, LineChunks, lines};
use super::rows::{Row, RowError, RowReader};
use crate::record::ConsentRecord;
use crate::row::{CarriesConsents, Restrictions, UserRecord};
use crate::vocabulary::purpose::DataCategories;

/// A row of JSON that borrows nothing: the line, its number, and the fields that the gate needs.
/// Made by [`rows`].
#[derive(Clone)]
pub struct OwnedRow {
    line: Box<[u8]>,
    number: u64,
    id: Option<Box<str>>,
    subjects: Vec<Box<str>>,
    collected_at: Option<UtcDateTime>,
    data: DataCategories,
    restrictions: Restrictions,
    consents: Vec<ConsentRecord>,
}

impl OwnedRow {
    fn of(row: Row<'_>, number: u64) -> Self {
        Self {
            line: row.line().into(),
            number,
            id: row.id().map(Into::into),
            subjects: row.subjects().map(Into::into).collect(),
            collected_at: row.collected_at(),
            data: row.data(),
            restrictions: row.restrictions(),
            consents: row.into_consents(),
        }
    }

    /// The line as it was read, byte for byte, with its line feed if it had one.
    #[must_use]
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// The number of the line, counted from 1.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The JSON text of the row's `id`, byte for byte.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

/// Shows the number of the line and none of the row's content.
impl fmt::Debug for OwnedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedRow")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl UserRecord for OwnedRow {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(AsRef::as_ref)
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        self.collected_at
    }

    fn data(&self) -> DataCategories {
        self.data
    }

    fn restrictions(&self) -> Restrictions {
        self.restrictions
    }
}

impl CarriesConsents for OwnedRow {
    fn consents(&self) -> &[ConsentRecord] {
        &self.consents
    }
}

/// The error for a line of [`rows`], or for the reader. It contains no content of a row.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RowsError {
    /// The line is unreadable. Reading continues with the next one.
    #[error("line {line}, {error}")]
    Row {
        /// The number of the line, counted from 1.
        line: u64,
        /// The problem, with its column.
        error: RowError,
    },
    /// The reader failed. Reading ends here.
    #[error("after line {line}: {error}")]
    Io {
        /// The number of lines before the failure.
        line: u64,
        /// The error of the reader.
        error: io::Error,
    },
}

/// Reads owned rows from JSON Lines: an iterator for [`GatedIterator`](crate::GatedIterator), for
/// threads and for tasks. An unreadable line is an error with its number, and the next line follows;
/// after an error of the reader there are no more rows.
///
/// A program that does not need owned rows reads faster with [`LineChunks`](super::LineChunks) and
/// [`RowReader::read`].
///
/// ```
/// use consent_gate::json::{RowReader, rows};
/// use consent_gate::{Gate, GatedIterator, Ledger, Purposes};
/// use time::macros::utc_datetime;
///
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let ledger = Ledger::new();
/// let file = &b"{\"subject\":\"alice\"}\nnot JSON\n"[..];
///
/// let reader = RowReader::new();
/// let mut decided = rows(file, &reader).decided_ok(gate.with(&ledger));
/// assert!(decided.next().is_some_and(|row| row.is_ok()));
/// let error = decided.next().and_then(Result::err).map(|error| error.to_string());
/// assert!(error.is_some_and(|error| error.starts_with("line 2, column 2:")));
/// assert_eq!((decided.report().withheld(), decided.report().unreadable()), (1, 1));
/// # Ok::<(), consent_gate::GateError>(())
/// ```
pub fn rows<R: Read>(reader: R, fields: &RowReader) -> Rows<'_, R> {
    Rows {
        chunks: LineChunks::new(reader),
        fields,
        text: Vec::new(),
        start: 0,
        line: 0,
        is_over: false,
    }
}

/// The iterator of [`rows`].
pub struct Rows<'f, R> {
    chunks: LineChunks<R>,
    fields: &'f RowReader,
    /// Whole lines, of which those before `start` were returned.
    text: Vec<u8>,
    start: usize,
    /// The number of lines that were returned.
    line: u64,
    is_over: bool,
}

impl<R: Read> Rows<'_, R> {
    /// Reads more lines, unless there are none left. A line that was too long is an error.
    fn fill(&mut self) -> Option<Result<(), RowsError>> {
        self.text.clear();
        self.start = 0;
        match self.chunks.next_chunk() {
            Ok(Some(Chunk::Lines(text))) => {
                self.text.extend_from_slice(text);
                Some(Ok(()))
            }
            Ok(Some(Chunk::TooLong)) => {
                self.line = self.line.saturating_add(1);
                let (line, error) = (self.line, RowError::too_long());
                Some(Err(RowsError::Row { line, error }))
            }
            Ok(None) => {
                self.is_over = true;
                None
            }
            Err(error) => {
                self.is_over = true;
                let line = self.line;
                Some(Err(RowsError::Io { line, error }))
            }
        }
    }
}

impl<R: Read> Iterator for Rows<'_, R> {
    type Item = Result<OwnedRow, RowsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        if self.start == self.text.len()
            && let Err(error) = self.fill()?
        {
            return Some(Err(error));
        }
        let unread = self.text.get(self.start..).unwrap_or_default();
        let line = lines(unread).next()?;
        self.start = self.start.saturating_add(line.len());
        self.line = self.line.saturating_add(1);
        let number = self.line;
        let row = self.fields.read(line);
        Some(
            row.map(|row| OwnedRow::of(row, number))
                .map_err(|error| RowsError::Row {
                    line: number,
                    error,
                }),
        )
    }
}

impl<R: Read> std::iter::FusedIterator for Rows<'_, R> {}

/// Shows none of the bytes that were read.
impl<R> fmt::Debug for Rows<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}
