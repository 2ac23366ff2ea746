//! A batch that was decided on.

use std::fmt;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{BooleanArray, ListArray, RecordBatch, StringArray};
use arrow_select::filter::filter_record_batch;
use thiserror::Error;

use super::error::{ColumnError, UnreadableCell};
use crate::decision::admit::{Asks, admit_rows};
use crate::decision::answer::Decision;
use crate::decision::consented::Consented;
use crate::decision::report::Report;
use crate::gate::Gate;
use crate::rules::{Reasons, Rules};

/// The decision on a row, or why it is unreadable.
pub(super) type Answer<'g> = Result<Decision<'g>, Unreadable>;

/// A cell that cannot be what its column is about.
#[derive(Clone, Copy, Debug, Error)]
#[error("{of}: {cell}")]
pub(super) struct Unreadable {
    of: &'static str,
    cell: UnreadableCell,
}

impl Unreadable {
    pub(super) fn people(cell: UnreadableCell) -> Self {
        Self { of: "people", cell }
    }

    pub(super) fn time(cell: UnreadableCell) -> Self {
        let of = "time of collection";
        Self { of, cell }
    }

    pub(super) fn data(cell: UnreadableCell) -> Self {
        let of = "data categories";
        Self { of, cell }
    }

    pub(super) fn restricted(cell: UnreadableCell) -> Self {
        let of = "restricted purposes";
        Self { of, cell }
    }
}

#[cfg(feature = "interchange")]
impl Unreadable {
    pub(super) fn consent() -> Self {
        Self {
            of: "embedded consent",
            cell: UnreadableCell::expected("a consent record in the columns of one"),
        }
    }
}

/// A batch that was decided on: which of its rows may be used, and why the others may not. Made by
/// [`Columns::decide`](super::Columns::decide). Its `Debug` shows counts and nothing of the rows.
#[must_use]
pub struct DecidedBatch<'g, Q = Gate> {
    asker: &'g Q,
    batch: RecordBatch,
    /// One for each row.
    answers: Vec<Answer<'g>>,
}

impl<'g, Q: Asks> DecidedBatch<'g, Q> {
    pub(super) fn new(asker: &'g Q, batch: RecordBatch, answers: Vec<Answer<'g>>) -> Self {
        Self {
            asker,
            batch,
            answers,
        }
    }

    /// True for each row that may be used. It has the length of the batch and no NULL.
    #[must_use]
    pub fn mask(&self) -> BooleanArray {
        let passes = |answer: &Answer<'_>| answer.as_ref().is_ok_and(Decision::is_permit);
        self.answers.iter().map(passes).map(Some).collect()
    }

    /// The decision on each row, in their order. `None` is an unreadable row.
    #[must_use]
    pub fn decisions(&self) -> impl ExactSizeIterator<Item = Option<&Decision<'g>>> {
        self.answers.iter().map(|answer| answer.as_ref().ok())
    }

    /// For each row the names of the rules that are unproven. NULL is an unreadable row.
    #[must_use]
    pub fn unproven(&self) -> ListArray {
        self.rules(Reasons::unproven)
    }

    /// For each row the names of the rules that are contradicted. NULL is an unreadable row.
    #[must_use]
    pub fn contradicted(&self) -> ListArray {
        self.rules(Reasons::contradicted)
    }

    /// For each row the names of the rules that it fails, unproven or contradicted. NULL is an unreadable row.
    #[must_use]
    pub fn failed(&self) -> ListArray {
        self.rules(Reasons::failed)
    }

    /// For each unreadable row the reason, without content. NULL is any other row.
    #[must_use]
    pub fn unreadable(&self) -> StringArray {
        let problem = |answer: &Answer<'_>| answer.as_ref().err().map(ToString::to_string);
        self.answers.iter().map(problem).collect()
    }

    /// The counts of its rows.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report = Report::new();
        for answer in &self.answers {
            match answer {
                Ok(decision) => report.count(decision),
                Err(_) => report.count_unreadable(),
            }
        }
        report
    }

    fn rules(&self, of: impl Fn(Reasons) -> Rules) -> ListArray {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for answer in &self.answers {
            let reasons = match answer {
                Ok(Decision::Deny(reasons)) => of(*reasons),
                Ok(Decision::Permit(_)) | Err(_) => Rules::empty(),
            };
            for name in reasons.names() {
                lists.values().append_value(name);
            }
            lists.append(answer.is_ok());
        }
        lists.finish()
    }
}

impl<'g> DecidedBatch<'g, Gate> {
    /// The rows that may be used, as one witness. Its grants are those of the rows, in their order.
    ///
    /// # Errors
    ///
    /// [`ColumnError::Selection`] when a column cannot be filtered.
    pub fn consented(self) -> Result<Consented<'g, RecordBatch>, ColumnError> {
        let mask = self.mask();
        if mask.len() != self.batch.num_rows() {
            return Err(ColumnError::Selection);
        }
        let rows = filter_record_batch(&self.batch, &mask)?;
        let grants = self.answers.into_iter().filter_map(|answer| match answer {
            Ok(Decision::Permit(grants)) => Some(grants),
            _ => None,
        });
        Ok(admit_rows(self.asker, rows, grants.collect()))
    }
}

impl<Q: Asks> fmt::Debug for DecidedBatch<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecidedBatch")
            .field("gate", self.asker)
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}
