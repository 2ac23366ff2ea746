//! The errors of tables, without content.

use datafusion_common::DataFusionError;
use thiserror::Error;

use crate::arrow::ColumnError;

/// The error for a table below a gate that cannot be read. Its own message may quote rows that do not
/// pass, so nothing of it is kept but its kind.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum BelowTheGate {
    /// A file or a network.
    #[error("the table below the gate could not be read: {0}")]
    Io(std::io::ErrorKind),
    #[error("the table below the gate could not be read: not enough memory")]
    Memory,
    #[error("the table below the gate could not be read")]
    Other,
    /// The batches are not those that the table promised.
    #[error("the table below the gate has other columns than it said")]
    Columns,
}

impl BelowTheGate {
    fn of(error: &DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::IoError(error) => Self::Io(error.kind()),
            DataFusionError::ResourcesExhausted(_) => Self::Memory,
            _ => Self::Other,
        }
    }
}

/// Takes the content out of an error of the table below.
#[expect(
    clippy::needless_pass_by_value,
    reason = "so that the error cannot be used"
)]
pub(super) fn below(error: DataFusionError) -> DataFusionError {
    outward(BelowTheGate::of(&error))
}

pub(super) fn outward(error: BelowTheGate) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The error for columns that cannot be decided on.
pub(super) fn of_columns(error: ColumnError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
