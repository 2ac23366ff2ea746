//! A row group that was decided on.

use std::collections::VecDeque;
use std::fmt;

use arrow_array::{BooleanArray, RecordBatch};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowSelection};

use super::error::FileError;
use super::file::{GatedFile, next_of};
use crate::arrow::DecidedBatch;
use crate::decision::admit::admit_rows;
use crate::decision::answer::{Decision, Grants};
use crate::decision::consented::Consented;
use crate::decision::report::Report;
use crate::gate::Gate;
use crate::rules::Reasons;

/// A row group that was decided on: the counts, the reasons, and an iterator over the rows that may be
/// used. Made by [`GatedFile::row_group`].
#[must_use]
pub struct RowGroup<'g> {
    index: usize,
    gate: &'g Gate,
    report: Report,
    masks: Vec<BooleanArray>,
    /// Those of the rows that passed and were not read yet, in their order.
    grants: VecDeque<Grants<'g>>,
    withheld: Vec<(u64, Option<Reasons>)>,
    rows: Option<(ParquetRecordBatchReader, GatedFile)>,
    is_at_end: bool,
}

impl<'g> RowGroup<'g> {
    pub(super) fn new(index: usize, gate: &'g Gate) -> Self {
        Self {
            index,
            gate,
            report: Report::new(),
            masks: Vec::new(),
            grants: VecDeque::new(),
            withheld: Vec::new(),
            rows: None,
            is_at_end: false,
        }
    }

    /// Adds the next rows, decided on.
    pub(super) fn decide(&mut self, decided: &DecidedBatch<'g, Gate>) {
        let first = self.report.seen();
        for (row, decision) in (first..).zip(decided.decisions()) {
            match decision {
                Some(Decision::Permit(grants)) => self.grants.push_back(grants.clone()),
                Some(Decision::Deny(reasons)) => self.withheld.push((row, Some(*reasons))),
                None => self.withheld.push((row, None)),
            }
        }
        self.report.merge(&decided.report());
        self.masks.push(decided.mask());
    }

    pub(super) fn selection(&self) -> RowSelection {
        RowSelection::from_filters(&self.masks)
    }

    pub(super) fn set_rows(&mut self, rows: ParquetRecordBatchReader, file: GatedFile) {
        self.rows = Some((rows, file));
    }

    /// The counts of all its rows.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The rows that may not be used: the position of each in the row group, counted from 0, with its
    /// reasons. Without reasons it is unreadable.
    pub fn withheld(&self) -> impl ExactSizeIterator<Item = (u64, Option<Reasons>)> {
        self.withheld.iter().copied()
    }

    /// The next rows that may be used.
    fn read(&mut self) -> Option<Result<Consented<'g, RecordBatch>, FileError>> {
        let other_rows = FileError::Rows {
            row_group: self.index,
        };
        let next = self.rows.as_mut().and_then(|(rows, _)| next_of(rows));
        match next {
            None if self.grants.is_empty() => None,
            None => Some(Err(other_rows)),
            Some(Ok(rows)) => {
                let count = rows.num_rows();
                if count > self.grants.len() {
                    return Some(Err(other_rows));
                }
                let grants = self.grants.drain(..count).collect();
                Some(Ok(admit_rows(self.gate, rows, grants)))
            }
            Some(Err(_)) => {
                let selection = self.selection();
                let (_, file) = self.rows.as_ref()?;
                Some(Err(file.blame_all(self.index, &selection)))
            }
        }
    }
}

impl<'g> Iterator for RowGroup<'g> {
    type Item = Result<Consented<'g, RecordBatch>, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_at_end {
            return None;
        }
        let next = self.read();
        self.is_at_end = !matches!(next, Some(Ok(_)));
        next
    }
}

impl fmt::Debug for RowGroup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowGroup")
            .field("index", &self.index)
            .field("gate", self.gate)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
