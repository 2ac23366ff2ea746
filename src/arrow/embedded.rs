//! Consent records in columns of the rows themselves.

use super::decided::Unreadable;
use crate::record::ConsentRecord;

/// The columns of a batch that have the consent record of each row.
#[cfg(feature = "interchange")]
pub(super) struct Embedded {
    reader: crate::interchange::TableReader,
    columns: crate::interchange::BatchColumns,
}

#[cfg(feature = "interchange")]
impl Embedded {
    pub(super) fn of(
        reader: &crate::interchange::TableReader,
        batch: &arrow_array::RecordBatch,
    ) -> Result<Self, super::ColumnError> {
        let columns = reader.batch_columns(batch);
        let columns = columns.map_err(|error| super::ColumnError::Consents {
            problem: error.to_string(),
        })?;
        Ok(Self {
            reader: reader.clone(),
            columns,
        })
    }

    /// The record of a row, if it has one.
    pub(super) fn record(&self, row: usize) -> Result<Option<ConsentRecord>, Unreadable> {
        if self.columns.is_blank(row) {
            return Ok(None);
        }
        let record = self.reader.record_at(&self.columns, row);
        record.map(Some).map_err(|_| Unreadable::consent())
    }
}

/// Without the reader of tables no batch has such columns.
#[cfg(not(feature = "interchange"))]
pub(super) enum Embedded {}

#[cfg(not(feature = "interchange"))]
impl Embedded {
    pub(super) fn record(&self, _: usize) -> Result<Option<ConsentRecord>, Unreadable> {
        match *self {}
    }
}
