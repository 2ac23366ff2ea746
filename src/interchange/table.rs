//! Consent records in CSV, one a row.

use std::collections::BTreeSet;
use std::io::{self, Read};

use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::quotation::{Misplaced, Quotation};
use crate::json::{OnUnreadable, Problem, ReadError, quarantine};
use crate::ledger::Ledger;
use crate::record::ConsentRecord;
use crate::vocabulary::id::SubjectId;
use crate::vocabulary::term::nearest;

/// The error for an unreadable table.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The name of a column is not that of a field of a record, or is that of an earlier column.
    #[error("column {column}: {problem}")]
    Name {
        /// The position of the column, counted from 1.
        column: usize,
        /// The problem in words, with a known name where one is near, and the list of all.
        problem: String,
    },
    /// A row has more or fewer cells than there are names, or a cell contains a line break. A
    /// missing quotation mark looks the same, and the rows after it would be lost, so this error
    /// stops the reading even in quarantine.
    #[error(
        "line {line}: expected a cell for each column, and none with a line break; check the \
         quotation marks of this row and of the rows before it"
    )]
    Shape {
        /// The line where the row begins, counted from 1.
        line: u64,
    },
    /// A quotation mark, or a carriage return, stands where RFC 4180 allows none. Cells and rows may
    /// begin and end elsewhere than they seem to, so this error stops the reading even in quarantine.
    #[error(
        "line {line}: {problem}; write a cell that contains a quotation mark in quotation marks, and \
         each mark in it twice (RFC 4180)"
    )]
    Quotation {
        /// The line where the row begins, counted from 1.
        line: u64,
        /// The problem in words.
        problem: &'static str,
    },
    /// The reader failed, or a row is not a consent record.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The fields of a record that are texts.
const TEXTS: [&str; 18] = [
    "id",
    "subject",
    "controller",
    "status",
    "data_period",
    "consent_type",
    "method",
    "actor",
    "capacity",
    "granular",
    "evidence",
    "given_via",
    "at",
    "valid_until",
    "notice.id",
    "notice.version",
    "notice.shown_at",
    "notice.controller",
];
/// The fields of a record that are lists.
const LISTS: [&str; 6] = [
    "recipients",
    "conditions",
    "purposes",
    "data",
    "withdraw_via",
    "notice.purposes",
];

/// Reads a ledger from a table in CSV, one consent record a row, in UTF-8.
///
/// The first row names the columns: the fields of a [record](ConsentRecord), in any order, with
/// `notice.id`, `notice.version`, `notice.shown_at`, `notice.purposes` and `notice.controller` for
/// the parts of the notice. A column may be missing. An empty cell is an absent value, a list is
/// written with `;` between its items, and `granular` is `true` or `false`. All values are read as
/// strictly as in JSON.
///
/// A cell, or an item of a list, that is the NULL marker of another system makes its record
/// unreadable: `\N`, `NULL`, `None`, `nan`, `NaT`, `<NA>`, `N/A`, `#N/A`, in any letter case and with
/// blanks around it. It is neither a text nor an absent value.
///
/// A row that is not a record is handled as with [JSON Lines](crate::json::read_consents). Lines count
/// from 1, and the row of names is line 1. The column of an error is always 1.
///
/// # Errors
///
/// [`TableError::Name`] for a column that is not a field or is repeated, [`TableError::Shape`] for a
/// row that may contain others because of a missing quotation mark, [`TableError::Quotation`] for a
/// quotation mark where none may stand, and the errors of
/// [`json::read_consents`](crate::json::read_consents).
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
    let mut table = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(Quotation::new(reader));
    let mut row = ByteRecord::new();
    let mut ledger = Ledger::new();
    if !next(&mut table, &mut row, 0)? {
        return Ok(ledger);
    }
    let columns = columns(&row)?;
    let mut line = 1;
    while next(&mut table, &mut row, line)? {
        line = row.position().map_or(line, csv::Position::line);
        if row.len() != columns.len() || row.iter().any(has_line_break) {
            return Err(TableError::Shape { line });
        }
        match record(&columns, &row) {
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

/// A column: its name, and the type of its values.
struct Column {
    name: &'static str,
    is_list: bool,
}

fn columns(names: &ByteRecord) -> Result<Vec<Column>, TableError> {
    let texts = TEXTS.map(|name| (name, false));
    let known: Vec<_> = texts
        .into_iter()
        .chain(LISTS.map(|name| (name, true)))
        .collect();
    let mut seen = BTreeSet::new();
    (1..)
        .zip(names)
        .map(|(column, cell)| {
            let found = known.iter().find(|(name, _)| name.as_bytes() == cell);
            let refused = |problem| TableError::Name { column, problem };
            let (name, is_list) = *found.ok_or_else(|| refused(unknown_name(cell)))?;
            if seen.insert(name) {
                Ok(Column { name, is_list })
            } else {
                Err(refused(format!("a second column `{name}`; remove one")))
            }
        })
        .collect()
}

/// The words for the name of a column that is not a field. The name itself may be anything, so it
/// is not shown.
fn unknown_name(cell: &[u8]) -> String {
    let names = TEXTS.into_iter().chain(LISTS);
    let near = std::str::from_utf8(cell)
        .ok()
        .and_then(|cell| nearest(names.clone(), cell));
    let suggestion = near.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"));
    let names = names.collect::<Vec<_>>().join(", ");
    format!("its name is not a field of a consent record{suggestion}; the names are: {names}")
}

/// The record of a row, read as if it were JSON.
fn record(columns: &[Column], row: &ByteRecord) -> Result<ConsentRecord, String> {
    let (mut fields, mut notice) = (Map::new(), Map::new());
    for (column, cell) in columns.iter().zip(row) {
        let not_utf8 = |_| format!("field `{}`: expected UTF-8", column.name);
        let cell = std::str::from_utf8(cell).map_err(not_utf8)?;
        if let Some((marker, system)) = null_marker(column, cell) {
            return Err(format!(
                "column `{}`: expected a value or an empty cell, found the NULL marker `{marker}` of \
                 {system}; export NULL as an empty cell",
                column.name
            ));
        }
        let value = match (column.name, cell) {
            (_, "") => continue,
            ("granular", "true") => Value::Bool(true),
            ("granular", "false") => Value::Bool(false),
            _ if column.is_list => cell.split(';').map(Value::from).collect(),
            _ => Value::from(cell),
        };
        match column.name.strip_prefix("notice.") {
            Some(part) => notice.insert(part.to_owned(), value),
            None => fields.insert(column.name.to_owned(), value),
        };
    }
    if !notice.is_empty() {
        fields.insert("notice".to_owned(), Value::Object(notice));
    }
    ConsentRecord::deserialize(Value::Object(fields)).map_err(|error| error.to_string())
}

/// The markers that other systems write for NULL, in any letter case, and those systems.
const NULL_MARKERS: [(&str, &str); 8] = [
    ("\\N", "PostgreSQL, MySQL or Hive"),
    ("NULL", "SQL, JSON or Spark"),
    ("None", "Python"),
    ("NaN", "pandas or NumPy"),
    ("NaT", "pandas or NumPy"),
    ("<NA>", "pandas"),
    ("N/A", "a spreadsheet"),
    ("#N/A", "a spreadsheet"),
];

/// The NULL marker that a cell or an item of a list is, and the system that writes it.
fn null_marker(column: &Column, cell: &str) -> Option<(&'static str, &'static str)> {
    let is_marker = |(marker, _): &&(&str, &str)| {
        let is_it = |text: &str| text.trim().eq_ignore_ascii_case(marker);
        is_it(cell) || (column.is_list && cell.split(';').any(is_it))
    };
    NULL_MARKERS.iter().find(is_marker).copied()
}

fn subject(columns: &[Column], row: &ByteRecord) -> Option<SubjectId> {
    let mut cells = columns.iter().zip(row);
    let (column, cell) = cells.find(|(column, _)| column.name == "subject")?;
    let cell = std::str::from_utf8(cell).ok()?;
    let cell = null_marker(column, cell).is_none().then_some(cell)?;
    cell.parse().ok()
}
