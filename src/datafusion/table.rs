//! A table whose rows have passed a gate.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion_common::Result;
use datafusion_expr::{Expr, TableType};
use datafusion_physical_plan::ExecutionPlan;
use datafusion_session::{Session, TableProvider};

use super::error::{BelowTheGate, below, outward};
use super::exec::{GateExec, Opening};
use super::source::SharedSource;
use crate::arrow::{ColumnError, Columns};
use crate::decision::report::Report;

/// A table of which queries see the rows that pass, and no others. It wraps any table.
///
/// The table is scanned for the columns that the query asks for and those that the gate has to know,
/// without filters and without a limit; projections, filters, joins and aggregates come after the gate.
/// It states no statistics, no order and no constraints, because those of the table are about all rows.
/// Rows cannot be inserted, updated or deleted.
///
/// [The module](crate::datafusion) has an example.
pub struct GatedTable {
    table: Arc<dyn TableProvider>,
    opening: Arc<Opening>,
}

impl GatedTable {
    /// Puts a gate below everything that a query does with a table.
    ///
    /// # Errors
    ///
    /// A [`ColumnError`] when the table has no such columns, or they have types that are not read.
    pub fn new(
        table: Arc<dyn TableProvider>,
        columns: Columns,
        source: impl Into<SharedSource>,
    ) -> Result<Self, ColumnError> {
        columns.check(&table.schema())?;
        let opening = Opening {
            columns,
            source: source.into(),
            report: Mutex::default(),
        };
        Ok(Self {
            table,
            opening: Arc::new(opening),
        })
    }

    /// The counts of all rows that were read so far, by all queries: for the program that owns the table.
    /// Queries cannot see them.
    #[must_use]
    pub fn report(&self) -> Report {
        let report = self.opening.report.lock();
        report.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl TableProvider for GatedTable {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.table.schema();
        let all = || (0..schema.fields().len()).collect();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(all);
        let mut read = wanted.clone();
        for name in self.opening.columns.names() {
            // A name of a record's field need not be there. The others were checked.
            let index = schema.index_of(name).ok();
            read.extend(index.filter(|index| !read.contains(index)));
        }
        let plan = self.table.scan(state, Some(&read), &[], None).await;
        let plan = plan.map_err(below)?;
        let promised = schema.project(&read)?;
        if plan.schema().fields() != promised.fields() {
            return Err(outward(BelowTheGate::Columns));
        }
        let shown = Arc::new(schema.project(&wanted)?);
        Ok(Arc::new(GateExec::new(plan, &self.opening, shown)))
    }
}

/// Shows the gate, the columns and the counts.
impl fmt::Debug for GatedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatedTable")
            .field("gate", self.opening.source.gate())
            .field("columns", &self.opening.columns)
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}
