//! The error for a file that cannot be read.

use std::fmt;
use std::io;

use parquet::errors::ParquetError;
use thiserror::Error;

use crate::arrow::ColumnError;

/// The error for a Parquet file. It names the row group, counted from 0, and the column, and contains no
/// content.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file could not be opened.
    #[error("{0}")]
    Open(#[source] io::Error),
    /// The footer, which describes the file, cannot be read.
    #[error("footer: {0}")]
    Footer(FileProblem),
    /// The rows of a row group cannot be read.
    #[error("row group {row_group}{}: {problem}", of_column(.column.as_deref()))]
    RowGroup {
        /// The row group, counted from 0.
        row_group: usize,
        /// The first column that cannot be read, where it is one of them.
        column: Option<String>,
        /// The problem.
        problem: FileProblem,
    },
    /// The columns are not those that the gate has to know.
    #[error(transparent)]
    Columns(#[from] ColumnError),
    /// The row group has more or fewer rows than the footer says, or the file was changed while it was
    /// read.
    #[error("row group {row_group}: it does not have the rows that the footer says it has")]
    Rows {
        /// The row group, counted from 0.
        row_group: usize,
    },
}

fn of_column(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(", column `{name}`"))
}

/// What is wrong with a part of a file. The words of the parser are left out: they may have content in
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileProblem {
    /// It ends too early.
    Truncated,
    /// It does not have the form of Parquet.
    Damaged,
    /// It has a form that is not read, such as a compression or an encryption.
    Unsupported,
    /// It could not be read from the disk.
    Io(io::ErrorKind),
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("it is truncated"),
            Self::Damaged => f.write_str("it is damaged, or not Parquet"),
            Self::Unsupported => f.write_str("it has a form that is not supported"),
            Self::Io(kind) => write!(f, "it could not be read: {kind}"),
        }
    }
}

impl FileProblem {
    pub(super) fn of(error: &ParquetError) -> Self {
        match error {
            ParquetError::EOF(_)
            | ParquetError::NeedMoreData(_)
            | ParquetError::NeedMoreDataRange(_) => Self::Truncated,
            ParquetError::NYI(_) => Self::Unsupported,
            ParquetError::External(source) => match source.downcast_ref::<io::Error>() {
                Some(source) if source.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated,
                Some(source) => Self::Io(source.kind()),
                None => Self::Damaged,
            },
            _ => Self::Damaged,
        }
    }
}
