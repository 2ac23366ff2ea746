//! The arguments of a function, which stand for columns.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, FieldRef, Schema};
use datafusion_common::{DataFusionError, Result};
use datafusion_expr::ColumnarValue;

use super::error::of_columns;
use super::source::SharedSource;
use crate::arrow::{Columns, DecidedBatch};

/// The columns that the arguments of a function stand for.
#[derive(Clone, Debug)]
pub(super) struct Arguments {
    columns: Columns,
    names: Vec<String>,
}

impl Arguments {
    pub(super) fn new<'a>(columns: Columns, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter().map(str::to_owned).collect();
        Self { columns, names }
    }

    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// Checks that arguments of these types can be decided on.
    pub(super) fn check(&self, fields: &[FieldRef]) -> Result<()> {
        let schema = self.schema(fields.iter().map(|field| field.data_type()))?;
        self.columns.check(&schema).map_err(of_columns)
    }

    pub(super) fn decide<'s>(
        &self,
        source: &'s SharedSource,
        arguments: Vec<ColumnarValue>,
        rows: usize,
    ) -> Result<DecidedBatch<'s>> {
        let arrays = arguments.into_iter().map(|value| value.into_array(rows));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let schema = self.schema(arrays.iter().map(|array| array.data_type()))?;
        let batch = RecordBatch::try_new(Arc::new(schema), arrays)?;
        source.decide(&self.columns, &batch).map_err(of_columns)
    }

    fn schema<'t>(&self, types: impl ExactSizeIterator<Item = &'t DataType>) -> Result<Schema> {
        if types.len() != self.names.len() {
            let message = format!("the arguments are {}", self.names.join(", "));
            return Err(DataFusionError::Plan(message));
        }
        let fields = self.names.iter().zip(types);
        let fields = fields.map(|(name, found)| Field::new(name, found.clone(), true));
        Ok(Schema::new(fields.collect::<Vec<_>>()))
    }
}
