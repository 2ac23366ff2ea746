//! A catalog in which every table has a gate.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion_common::{DataFusionError, Result};
use datafusion_session::{CatalogProvider, SchemaProvider, TableProvider};

use super::error::{below, of_columns};
use super::source::SharedSource;
use super::table::GatedTable;
use crate::arrow::Columns;

/// Says of each schema and table which columns have what the gate has to know, if any.
type ColumnsOf = dyn Fn(&str, &str) -> Option<Columns> + Send + Sync;

/// A catalog of which each table has a gate, a [`GatedTable`]. A table for which no columns are declared,
/// or that has not the columns that are, is an error for the query that names it. Tables and schemas can
/// be neither added to it nor removed from it.
///
/// ```
/// use std::sync::Arc;
///
/// use consent_gate::arrow::Columns;
/// use consent_gate::datafusion::GatedCatalog;
/// use consent_gate::Snapshot;
/// use datafusion_session::CatalogProvider;
///
/// fn gated(warehouse: Arc<dyn CatalogProvider>, snapshot: Arc<Snapshot>) -> GatedCatalog {
///     GatedCatalog::new(warehouse, snapshot, |schema, table| match (schema, table) {
///         ("public", "posts") => Some(Columns::new("author").collected_at("posted_at")),
///         ("public", "chats") => Some(Columns::new("members").collected_at("sent_at")),
///         _ => None,
///     })
/// }
/// ```
pub struct GatedCatalog {
    catalog: Arc<dyn CatalogProvider>,
    opening: Opening,
}

/// What all schemas of a catalog share.
#[derive(Clone)]
struct Opening {
    source: SharedSource,
    columns_of: Arc<ColumnsOf>,
}

impl GatedCatalog {
    /// Puts a gate below each table of a catalog. `columns_of` gets the name of the schema and the one of
    /// the table; `None` refuses it.
    pub fn new(
        catalog: Arc<dyn CatalogProvider>,
        source: impl Into<SharedSource>,
        columns_of: impl Fn(&str, &str) -> Option<Columns> + Send + Sync + 'static,
    ) -> Self {
        let opening = Opening {
            source: source.into(),
            columns_of: Arc::new(columns_of),
        };
        Self { catalog, opening }
    }
}

impl CatalogProvider for GatedCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.catalog.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let schema = self.catalog.schema(name)?;
        Some(Arc::new(GatedSchema {
            schema,
            name: name.to_owned(),
            opening: self.opening.clone(),
        }))
    }
}

/// Shows the gate and no table.
impl fmt::Debug for GatedCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatedCatalog")
            .field("gate", self.opening.source.gate())
            .finish_non_exhaustive()
    }
}

/// A schema of which each table has a gate.
struct GatedSchema {
    schema: Arc<dyn SchemaProvider>,
    name: String,
    opening: Opening,
}

impl GatedSchema {
    fn columns(&self, table: &str) -> Option<Columns> {
        (self.opening.columns_of)(&self.name, table)
    }
}

#[async_trait]
impl SchemaProvider for GatedSchema {
    /// Those for which columns are declared.
    fn table_names(&self) -> Vec<String> {
        let names = self.schema.table_names().into_iter();
        names.filter(|name| self.columns(name).is_some()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let table = self.schema.table(name).await;
        let Some(table) = table.map_err(below)? else {
            return Ok(None);
        };
        let columns = self.columns(name).ok_or_else(|| {
            let message = format!("table `{name}`: no columns are declared for the gate");
            DataFusionError::Plan(message)
        })?;
        let gated = GatedTable::new(table, columns, self.opening.source.clone());
        let gated = gated.map_err(of_columns);
        let gated = gated.map_err(|error| error.context(format!("table `{name}`")))?;
        Ok(Some(Arc::new(gated)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.schema.table_exist(name)
    }
}

impl fmt::Debug for GatedSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatedSchema")
            .field("name", &self.name)
            .field("gate", self.opening.source.gate())
            .finish_non_exhaustive()
    }
}
