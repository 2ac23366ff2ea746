//! Consent records in CSV, one a row.

#[cfg(feature = "arrow")]
mod batches;
mod cells;
mod columns;
mod error;
mod quotation;

use std::io::{self, Read};

use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;
use time::UtcOffset;

#[cfg(feature = "arrow")]
pub(crate) use self::batches::BatchColumns;
use self::cells::null_marker;
use self::columns::{Meaning, Named, columns};
pub use self::error::TableError;
use self::quotation::{Misplaced, Quotation};
use crate::json::{OnUnreadable, Problem, ReadError, TimeForm, quarantine};
use crate::ledger::Ledger;
use crate::record::ConsentRecord;
use crate::vocabulary::id::SubjectId;

/// The character between the columns of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delimiter {
    /// A comma.
    #[default]
    Comma,
    /// A semicolon. Lists are then written in braces, brackets or quotation marks.
    Semicolon,
    /// A tab.
    Tab,
}

impl Delimiter {
    const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// The error for a field that consent records do not have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{field}` is not a field of a consent record")]
pub struct NotAField {
    /// The name, as it was given.
    field: String,
}

/// Reads consent records from a table in CSV, one a row, in UTF-8.
///
/// The first row names the columns: the fields of a [record](ConsentRecord), in any order, with
/// `notice.id`, `notice.version`, `notice.shown_at`, `notice.purposes` and `notice.controller` for
/// the parts of the notice. A column may be missing. A column with another name is refused, unless it
/// is [said](Self::column) which field it is, or that it is [passed over](Self::pass_over).
///
/// An empty cell is an absent value. Values are read as strictly as in JSON, in the forms in which
/// databases write them:
///
/// | values | forms |
/// |---|---|
/// | times | RFC 3339, or `2024-09-10 09:00:00+00` (also `+0000`, ` UTC`); without a zone only [when one is given](Self::zone) |
/// | lists | `posts;media`, `{posts,media}` or `["posts","media"]` |
/// | `granular` | `true`, `t`, `1`; `false`, `f`, `0` |
///
/// A cell, or an item of a list, that is the NULL marker of another system makes its record
/// unreadable: `\N`, `NULL`, `None`, `nan`, `NaT`, `<NA>`, `N/A`, `#N/A`, in any letter case and with
/// blanks around it. It is neither a text nor an absent value.
///
/// ```
/// use consent_gate::interchange::TableReader;
/// use consent_gate::json::OnUnreadable;
/// use time::UtcOffset;
///
/// let table = "consent_id,user_id,status,purposes,changed_at,changed_by
/// w1,7,withdrawn,{train-generative},2024-10-15 09:00:00,support
/// ";
/// let reader = TableReader::new()
///     .column("consent_id", "id")?
///     .column("user_id", "subject")?
///     .column("changed_at", "at")?
///     .pass_over("changed_by")
///     .zone(UtcOffset::UTC);
/// let ledger = reader.read(table.as_bytes(), OnUnreadable::Stop)?;
/// assert_eq!(ledger.records_of("7").count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableReader {
    delimiter: Delimiter,
    times: TimeForm,
    named: Named,
}

impl Default for TableReader {
    fn default() -> Self {
        Self::new()
    }
}

impl TableReader {
    /// Makes a reader of tables with commas between the columns, in which each time has a zone.
    #[must_use]
    pub fn new() -> Self {
        Self {
            delimiter: Delimiter::Comma,
            times: TimeForm::sql(),
            named: Named::new(),
        }
    }

    /// Sets the character between the columns.
    #[must_use]
    pub fn delimiter(mut self, delimiter: Delimiter) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Sets the zone of times that state none. Times that state one keep it.
    #[must_use]
    pub fn zone(mut self, zone: UtcOffset) -> Self {
        self.times = self.times.in_zone(zone);
        self
    }

    /// Says which field of a record a column is.
    ///
    /// # Errors
    ///
    /// [`NotAField`] when records have no field of that name.
    pub fn column(mut self, name: impl Into<String>, field: &str) -> Result<Self, NotAField> {
        let found = columns::field(field).ok_or_else(|| NotAField {
            field: field.to_owned(),
        })?;
        self.named.insert(name.into(), Meaning::Field(found));
        Ok(self)
    }

    /// Says that a column is not read. It must not say anything that limits a consent.
    #[must_use]
    pub fn pass_over(mut self, name: impl Into<String>) -> Self {
        self.named.insert(name.into(), Meaning::PassedOver);
        self
    }

    /// Reads a ledger.
    ///
    /// A row that is not a record is handled as with [JSON Lines](crate::json::read_consents). Lines
    /// count from 1, and the row of names is line 1. The column of an error is always 1.
    ///
    /// # Errors
    ///
    /// [`TableError::Name`] for a column that is not a field or is repeated, [`TableError::Missing`] for
    /// a named column that the table does not have, [`TableError::Shape`] for a row that may contain
    /// others because of a missing quotation mark, [`TableError::Quotation`] for a quotation mark where
    /// none may stand, and the errors of [`json::read_consents`](crate::json::read_consents).
    pub fn read(
        &self,
        reader: impl Read,
        on_unreadable: OnUnreadable,
    ) -> Result<Ledger, TableError> {
        let delimiter = self.delimiter.byte();
        let mut table = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(Quotation::new(reader, delimiter));
        let mut row = ByteRecord::new();
        let mut ledger = Ledger::new();
        if !next(&mut table, &mut row, 0)? {
            return Ok(ledger);
        }
        let columns = columns(row.iter(), &self.named)?;
        let mut line = 1;
        while next(&mut table, &mut row, line)? {
            line = row.position().map_or(line, csv::Position::line);
            if row.len() != columns.len() || row.iter().any(has_line_break) {
                return Err(TableError::Shape { line });
            }
            match self.record(&columns, &row) {
                Ok(record) => ledger.insert(record),
                Err(words) => {
                    let found = subject(&columns, &row).map(|subject| vec![subject]);
                    let problem = Problem { column: 1, words };
                    quarantine(&mut ledger, &found.into(), line, problem, on_unreadable)?;
                }
            }
        }
        Ok(ledger)
    }

    /// The record of a row.
    fn record(&self, columns: &[Meaning], row: &ByteRecord) -> Result<ConsentRecord, String> {
        record_of(columns.iter().zip(row).map(|(column, cell)| {
            let Meaning::Field(column) = column else {
                return Ok(None);
            };
            let not_utf8 = |_| format!("field `{}`: expected UTF-8", column.name);
            let cell = std::str::from_utf8(cell).map_err(not_utf8)?;
            let value = cells::value(column, cell, &self.times)?;
            Ok(value.map(|value| (column.name, value)))
        }))
    }
}

/// The record of these fields, read as if it were JSON.
fn record_of(
    values: impl Iterator<Item = Result<Option<(&'static str, Value)>, String>>,
) -> Result<ConsentRecord, String> {
    let (mut fields, mut notice) = (Map::new(), Map::new());
    for value in values {
        let Some((name, value)) = value? else {
            continue;
        };
        match name.strip_prefix("notice.") {
            Some(part) => notice.insert(part.to_owned(), value),
            None => fields.insert(name.to_owned(), value),
        };
    }
    if !notice.is_empty() {
        fields.insert("notice".to_owned(), Value::Object(notice));
    }
    ConsentRecord::deserialize(Value::Object(fields)).map_err(|error| error.to_string())
}

/// Reads a ledger with a [`TableReader`] of which nothing is changed.
///
/// # Errors
///
/// Those of [`TableReader::read`].
///
/// ```
/// use consent_gate::interchange::read_table;
/// use consent_gate::json::OnUnreadable;
///
/// let table = "id,subject,status,purposes\nw1,alice,withdrawn,train-generative;search\n";
/// let ledger = read_table(table.as_bytes(), OnUnreadable::Stop)?;
/// assert_eq!(ledger.records_of("alice").count(), 1);
/// # Ok::<(), consent_gate::interchange::TableError>(())
/// ```
pub fn read_table(reader: impl Read, on_unreadable: OnUnreadable) -> Result<Ledger, TableError> {
    TableReader::new().read(reader, on_unreadable)
}

/// Reads the next row. Returns false at the end.
fn next<R: Read>(
    table: &mut csv::Reader<R>,
    row: &mut ByteRecord,
    line: u64,
) -> Result<bool, TableError> {
    table.read_byte_record(row).map_err(|error| {
        let source = match error.into_kind() {
            ErrorKind::Io(source) => source,
            _ => io::ErrorKind::InvalidData.into(),
        };
        let misplaced = source.get_ref().and_then(|inner| inner.downcast_ref());
        match misplaced {
            Some(&Misplaced { line, problem }) => TableError::Quotation { line, problem },
            None => ReadError::Io { line, source }.into(),
        }
    })
}

fn has_line_break(cell: &[u8]) -> bool {
    cell.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
}

fn subject(columns: &[Meaning], row: &ByteRecord) -> Option<SubjectId> {
    let cell = columns
        .iter()
        .zip(row)
        .find_map(|(column, cell)| match column {
            Meaning::Field(column) if column.name == "subject" => Some((column, cell)),
            _ => None,
        });
    let (column, cell) = cell?;
    let cell = std::str::from_utf8(cell).ok()?;
    let cell = null_marker(column, cell).is_none().then_some(cell)?;
    cell.parse().ok()
}
