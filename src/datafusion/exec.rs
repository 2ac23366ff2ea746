//! The step of a plan in which rows pass a gate or do not.
//!
//! It has no children, so no rule of an optimizer reaches the plan below it: neither filters nor limits
//! move there, and statistics and metrics of all rows do not come up.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;
use arrow_select::coalesce::BatchCoalescer;
use datafusion_common::config::ConfigOptions;
use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_common::{DataFusionError, Result};
use datafusion_execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion_physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion_physical_plan::execution_plan::ExecutionPlanProperties;
use datafusion_physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures_core::Stream;

use super::error::{BelowTheGate, below, of_columns, outward};
use super::source::SharedSource;
use crate::arrow::Columns;
use crate::decision::report::Report;

/// Who decides on the rows of a table, and how many were decided on.
pub(super) struct Opening {
    pub(super) columns: Columns,
    pub(super) source: SharedSource,
    pub(super) report: Mutex<Report>,
}

impl Opening {
    /// The rows of a batch that pass, with the first columns of it.
    fn pass(&self, batch: &RecordBatch, shown: &SchemaRef) -> Result<RecordBatch> {
        let decided = self.source.decide(&self.columns, batch);
        let decided = decided.map_err(of_columns)?;
        let report = decided.report();
        let consented = decided.consented().map_err(of_columns)?.into_inner();
        let mut all = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        all.merge(&report);
        drop(all);
        let options = RecordBatchOptions::new().with_row_count(Some(consented.num_rows()));
        let columns = consented.columns().iter().take(shown.fields().len());
        RecordBatch::try_new_with_options(Arc::clone(shown), columns.cloned().collect(), &options)
            .map_err(|_| outward(BelowTheGate::Columns))
    }
}

/// Reads a plan and lets rows pass. The first columns of the plan are those of its schema.
pub(super) struct GateExec {
    plan: Arc<dyn ExecutionPlan>,
    opening: Arc<Opening>,
    properties: Arc<PlanProperties>,
}

impl GateExec {
    pub(super) fn new(
        plan: Arc<dyn ExecutionPlan>,
        opening: &Arc<Opening>,
        shown: SchemaRef,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(shown),
            Partitioning::UnknownPartitioning(plan.output_partitioning().partition_count()),
            plan.pipeline_behavior(),
            plan.boundedness(),
        );
        Self {
            plan,
            opening: Arc::clone(opening),
            properties: Arc::new(properties),
        }
    }

    fn with(&self, plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self::new(plan, &self.opening, self.schema()))
    }
}

impl ExecutionPlan for GateExec {
    fn name(&self) -> &'static str {
        "GateExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() {
            Ok(self)
        } else {
            Err(DataFusionError::Internal("a gate has no children".into()))
        }
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = Arc::clone(&self.plan).reset_state();
        Ok(self.with(plan.map_err(below)?))
    }

    fn repartitioned(
        &self,
        target_partitions: usize,
        config: &ConfigOptions,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let plan = self.plan.repartitioned(target_partitions, config);
        Ok(plan.map_err(below)?.map(|plan| self.with(plan)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows_of_a_batch = context.session_config().batch_size();
        let batches = self.plan.execute(partition, context).map_err(below)?;
        Ok(Box::pin(Passing {
            batches: Some(batches),
            opening: Arc::clone(&self.opening),
            shown: self.schema(),
            // Batches of no columns cannot be put together, and need not be.
            together: (!self.schema().fields().is_empty())
                .then(|| BatchCoalescer::new(self.schema(), rows_of_a_batch)),
        }))
    }
}

impl DisplayAs for GateExec {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gate = self.opening.source.gate();
        match kind {
            DisplayFormatType::TreeRender => write!(f, "trainer={}", gate.trainer()),
            _ => write!(f, "GateExec: trainer={}", gate.trainer()),
        }
    }
}

impl fmt::Debug for GateExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateExec")
            .field("gate", self.opening.source.gate())
            .field("columns", &self.opening.columns)
            .finish_non_exhaustive()
    }
}

/// The rows that pass, put together into batches of the usual length.
struct Passing {
    /// `None` after the last batch, and after an error.
    batches: Option<SendableRecordBatchStream>,
    opening: Arc<Opening>,
    shown: SchemaRef,
    together: Option<BatchCoalescer>,
}

impl Passing {
    /// Takes a batch of the plan, or its end. `None` when nothing is complete yet.
    fn take(&mut self, batch: Option<Result<RecordBatch>>) -> Result<Option<RecordBatch>> {
        let passed = match batch {
            Some(batch) => {
                let batch = batch.map_err(below)?;
                Some(self.opening.pass(&batch, &self.shown)?)
            }
            None => None,
        };
        let Some(together) = &mut self.together else {
            return Ok(passed);
        };
        match passed {
            Some(passed) => together.push_batch(passed)?,
            None => together.finish_buffered_batch()?,
        }
        Ok(together.next_completed_batch())
    }
}

impl Stream for Passing {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let complete = this.together.as_mut();
            if let Some(batch) = complete.and_then(BatchCoalescer::next_completed_batch) {
                return Poll::Ready(Some(Ok(batch)));
            }
            let Some(batches) = &mut this.batches else {
                return Poll::Ready(None);
            };
            let batch = ready!(batches.as_mut().poll_next(context));
            if batch.is_none() {
                this.batches = None;
            }
            match this.take(batch) {
                Ok(None) => {}
                Ok(Some(batch)) => return Poll::Ready(Some(Ok(batch))),
                Err(error) => {
                    this.batches = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl RecordBatchStream for Passing {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.shown)
    }
}
