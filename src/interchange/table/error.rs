//! The error for an unreadable table.

use thiserror::Error;

use crate::json::ReadError;

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
    /// A name that was given a meaning is not that of a column.
    #[error("column `{name}`: not a column of the table")]
    Missing {
        /// The name, as it was given.
        name: String,
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
    /// The reader of record batches failed.
    #[cfg(feature = "arrow")]
    #[error("after row {line}: the record batches could not be read")]
    Batch {
        /// The number of rows before the failure.
        line: u64,
        /// The error of the reader. Its message may have content in it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The reader failed, or a row is not a consent record.
    #[error(transparent)]
    Read(#[from] ReadError),
}
