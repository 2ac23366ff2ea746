//! The errors for columns and for cells.

use arrow_schema::{ArrowError, DataType, Schema};
use thiserror::Error;

use crate::vocabulary::term::nearest;

/// The error for a batch that cannot be decided on. It names the column, and contains no content.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnError {
    /// The batch has no column of that name.
    #[error("column `{column}`: not in the batch{}", suggestion(.near.as_deref()))]
    Missing {
        /// The name that was looked for.
        column: String,
        /// A name that the batch has and that is nearly the same.
        near: Option<String>,
    },
    /// The batch has two columns of that name.
    #[error("column `{column}`: the batch has two of this name")]
    Repeated {
        /// The name.
        column: String,
    },
    /// The column has a type that is not read.
    #[error("column `{column}`: expected {expected}, found {found}")]
    Type {
        /// The name of the column.
        column: String,
        /// Its type.
        found: DataType,
        /// The expected types, in words.
        expected: &'static str,
    },
    /// The column of people has floating-point numbers.
    #[error(
        "column `{column}`: expected ids of people, found {found}, which rounds ids above 2^53 to \
         those of others; read the ids from their source as whole numbers or as texts"
    )]
    Rounded {
        /// The name of the column.
        column: String,
        /// Its type.
        found: DataType,
    },
    /// The timestamps have no zone, and none was named.
    #[error("column `{column}`: its timestamps have no zone; name it, if it is known")]
    NoZone {
        /// The name of the column.
        column: String,
    },
    /// Whole numbers, and no unit was named.
    #[error("column `{column}`: expected timestamps, found whole numbers; name their unit")]
    NoUnit {
        /// The name of the column.
        column: String,
    },
    /// The columns of embedded consent records are not those of records.
    #[cfg(feature = "interchange")]
    #[error("embedded consents: {problem}")]
    Consents {
        /// The problem in words.
        problem: String,
    },
    /// The rows that pass could not be taken out of the batch.
    #[error("the rows that pass could not be selected")]
    Selection,
}

fn suggestion(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl ColumnError {
    pub(super) fn missing(column: &str, schema: &Schema) -> Self {
        let names = schema.fields().iter().map(|field| field.name().as_str());
        Self::Missing {
            column: column.to_owned(),
            near: nearest(names, column).map(str::to_owned),
        }
    }

    pub(super) fn type_of(column: &str, found: &DataType, expected: &'static str) -> Self {
        Self::Type {
            column: column.to_owned(),
            found: found.clone(),
            expected,
        }
    }
}

/// The message of such an error may have content in it.
impl From<ArrowError> for ColumnError {
    fn from(_: ArrowError) -> Self {
        Self::Selection
    }
}

/// A value that cannot be what its column is about. Its row is unreadable. It contains no content.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("expected {expected}")]
pub struct UnreadableCell {
    /// What the cell is about.
    pub(super) expected: &'static str,
}

impl UnreadableCell {
    pub(super) const fn expected(expected: &'static str) -> Self {
        Self { expected }
    }
}
