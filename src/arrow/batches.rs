//! The gate between a reader of batches and a dataset.

use std::fmt;

use arrow_array::RecordBatch;
use thiserror::Error;

use super::columns::Columns;
use super::error::ColumnError;
use super::row::BatchRow;
use crate::decision::admit::GatedSource;
use crate::decision::consented::Consented;
use crate::decision::report::Report;
use crate::gate::Gate;

/// The error for a batch: that of its reader, or of its columns.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BatchesError<E> {
    /// The batch could not be read.
    #[error(transparent)]
    Reader(E),
    /// The batch could not be decided on.
    #[error(transparent)]
    Columns(ColumnError),
}

/// The batches of rows that may be used. Made by [`Columns::consented`].
#[derive(Clone)]
#[must_use = "iterator adaptors are lazy and do nothing unless consumed"]
pub struct ConsentedBatches<'g, I, S> {
    columns: Columns,
    batches: I,
    gate: &'g Gate,
    source: S,
    report: Report,
}

impl<'g, I, S: GatedSource<'g, BatchRow, Asker = Gate>> ConsentedBatches<'g, I, S> {
    pub(super) fn new(columns: Columns, batches: I, source: S) -> Self {
        Self {
            columns,
            batches,
            gate: source.asker(),
            source,
            report: Report::new(),
        }
    }
}

impl<I, S> ConsentedBatches<'_, I, S> {
    /// The counts so far.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl<'g, I, S, E> Iterator for ConsentedBatches<'g, I, S>
where
    I: Iterator<Item = Result<RecordBatch, E>>,
    S: GatedSource<'g, BatchRow, Asker = Gate>,
{
    type Item = Result<Consented<'g, RecordBatch>, BatchesError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let batch = match self.batches.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(BatchesError::Reader(error))),
            };
            let decided = self.columns.decide_by(&batch, &self.source);
            let consented = decided.and_then(|decided| {
                self.report.merge(&decided.report());
                decided.consented()
            });
            match consented {
                Ok(rows) if rows.num_rows() == 0 => {}
                Ok(rows) => return Some(Ok(rows)),
                Err(error) => return Some(Err(BatchesError::Columns(error))),
            }
        }
    }
}

impl<I, S> fmt::Debug for ConsentedBatches<'_, I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentedBatches")
            .field("gate", self.gate)
            .field("columns", &self.columns)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
