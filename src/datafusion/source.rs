//! What tables and functions ask, on its own and shared between threads.

use std::sync::Arc;

use arrow_array::RecordBatch;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::ColumnarValue;

use crate::arrow::{ColumnError, Columns, DecidedBatch};
use crate::gate::Gate;
use crate::ledger::Ledger;
use crate::snapshot::Snapshot;

/// What tables and functions ask: a shared [`Snapshot`], which an `Arc` of one becomes.
#[derive(Clone, Debug)]
pub struct SharedSource {
    snapshot: Arc<Snapshot>,
    /// For rows with consent records in columns of their own.
    ledger: Option<Arc<Ledger>>,
}

impl From<Arc<Snapshot>> for SharedSource {
    fn from(snapshot: Arc<Snapshot>) -> Self {
        Self {
            snapshot,
            ledger: None,
        }
    }
}

impl SharedSource {
    /// A snapshot for rows that may have a record in [columns of their own](Columns), as
    /// [`Snapshot::with_embedded`]. The ledger has to be the one that the snapshot was made of.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use consent_gate::datafusion::SharedSource;
    /// use consent_gate::{Gate, Ledger, Purposes, Snapshot};
    /// use time::macros::utc_datetime;
    ///
    /// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// let ledger = Arc::new(Ledger::new());
    /// let snapshot = Arc::new(Snapshot::new(&gate, &ledger));
    /// let source = SharedSource::with_embedded(snapshot, ledger);
    /// assert_eq!(source.gate(), &gate);
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    #[must_use]
    pub fn with_embedded(snapshot: Arc<Snapshot>, ledger: Arc<Ledger>) -> Self {
        Self {
            snapshot,
            ledger: Some(ledger),
        }
    }

    /// The gate that it asks for.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        self.snapshot.gate()
    }

    pub(super) fn decide(
        &self,
        columns: &Columns,
        batch: &RecordBatch,
    ) -> Result<DecidedBatch<'_>, ColumnError> {
        match &self.ledger {
            Some(ledger) => columns.decide(batch, self.snapshot.with_embedded(ledger)),
            None => columns.decide(batch, &*self.snapshot),
        }
    }
}

/// Where the snapshot of a function comes from.
pub(super) trait Snapshots: Send + Sync {
    /// The number of arguments before those that stand for columns.
    fn arguments(&self) -> usize;

    fn gate(&self) -> &Gate;

    /// Checks those of the first arguments that are literals.
    fn check(&self, literals: &[Option<&ScalarValue>]) -> Result<()>;

    /// The snapshot, which the first arguments may name.
    fn source(&self, arguments: &[ColumnarValue]) -> Result<SharedSource>;
}

impl Snapshots for SharedSource {
    fn arguments(&self) -> usize {
        0
    }

    fn gate(&self) -> &Gate {
        self.gate()
    }

    fn check(&self, _: &[Option<&ScalarValue>]) -> Result<()> {
        Ok(())
    }

    fn source(&self, _: &[ColumnarValue]) -> Result<SharedSource> {
        Ok(self.clone())
    }
}
