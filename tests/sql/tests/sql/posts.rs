//! The table of the tests: six posts, of which those of even people may be used. What the others contain is
//! in no answer.

use std::path::Path;
use std::sync::Arc;

use consent_gate::arrow::Columns;
use consent_gate::datafusion::GatedTable;
use consent_gate::{DataCategories, Gate, Ledger, Snapshot};
use datafusion::arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array,
};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::catalog::TableProvider;
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::datasource::MemTable;
use datafusion::prelude::{CsvReadOptions, ParquetReadOptions, SessionConfig, SessionContext};
use tempfile::TempDir;

use crate::world::{COLLECTED_AT, gate, grant};

/// What the rows contain that must not be seen.
pub(crate) const SECRET: &str = "SECRET";

pub(crate) fn columns() -> Columns {
    Columns::new("user_id")
        .collected_at("created_at")
        .data_unless_named(DataCategories::POSTS)
        .without_signals()
}

pub(crate) fn filed() -> (Gate, Ledger) {
    let grants = ["2", "4", "6"].map(|user| grant().id(user).by(user).record());
    (gate().build().unwrap(), grants.into_iter().collect())
}

pub(crate) fn snapshot() -> Arc<Snapshot> {
    let (gate, ledger) = filed();
    Arc::new(Snapshot::new(&gate, &ledger))
}

/// Rows 1 to 6. `x` is 5 only where 5 may not be used, and `amount` is a number only where it may.
pub(crate) fn batch() -> RecordBatch {
    let at = i64::try_from(COLLECTED_AT.unix_timestamp_nanos() / 1_000_000).unwrap();
    let text = |user: u64| match user % 2 {
        0 => format!("public {user}"),
        _ => format!("{SECRET} {user}"),
    };
    let amount = |user: u64| match user % 2 {
        0 => user.to_string(),
        _ => format!("{SECRET}{user}"),
    };
    let users: ArrayRef = Arc::new(UInt64Array::from_iter_values(1..=6));
    let times = TimestampMillisecondArray::from(vec![at; 6]).with_timezone("UTC");
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(1..=6));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((1..=6).map(text)));
    let amounts: ArrayRef = Arc::new(StringArray::from_iter_values((1..=6).map(amount)));
    RecordBatch::try_from_iter([
        ("x", numbers),
        ("text", texts),
        ("user_id", users),
        ("created_at", Arc::new(times)),
        ("amount", amounts),
    ])
    .unwrap()
}

/// Where the rows are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept {
    Memory,
    Parquet,
    Csv,
}

/// A session in which `posts` has a gate, and `people` are the numbers from 1 to 6. Everything that could take
/// a filter below the gate, or an answer from statistics, is on.
pub(crate) struct Session {
    pub(crate) context: SessionContext,
    pub(crate) table: Arc<GatedTable>,
    /// The name of the folder with the files of the table below.
    pub(crate) folder: TempDir,
}

impl Session {
    pub(crate) async fn new(kept: Kept) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let below = below(kept, folder.path()).await;
        let table = Arc::new(GatedTable::new(below, columns(), snapshot()).unwrap());
        let context = SessionContext::new_with_config(config());
        context
            .register_table("posts", Arc::clone(&table) as _)
            .unwrap();
        let sql = "CREATE TABLE people AS VALUES (1), (2), (3), (4), (5), (6)";
        context.sql(sql).await.unwrap().collect().await.unwrap();
        Self {
            context,
            table,
            folder,
        }
    }

    /// The answer to a query, or its error, as a text.
    pub(crate) async fn answer(&self, sql: &str) -> Result<String, String> {
        let frame = self
            .context
            .sql(sql)
            .await
            .map_err(|error| error.to_string())?;
        let batches = frame.collect().await.map_err(|error| error.to_string())?;
        Ok(pretty_format_batches(&batches).unwrap().to_string())
    }

    /// The cells of the first column of an answer.
    pub(crate) async fn column(&self, sql: &str) -> Vec<String> {
        let answer = self.answer(sql).await.unwrap();
        let lines = answer.lines().skip(3).filter(|line| line.starts_with('|'));
        let cells = lines.map(|line| line.split('|').nth(1).unwrap().trim().to_owned());
        cells.collect()
    }
}

pub(crate) fn config() -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_information_schema(true)
        .with_target_partitions(4)
        .with_collect_statistics(true);
    config.options_mut().execution.parquet.pushdown_filters = true;
    config.options_mut().optimizer.repartition_file_min_size = 1;
    config
}

/// The table without a gate.
pub(crate) async fn below(kept: Kept, folder: &Path) -> Arc<dyn TableProvider> {
    let batch = batch();
    let memory = MemTable::try_new(
        batch.schema(),
        vec![vec![batch.slice(0, 2)], vec![batch.slice(2, 4)]],
    );
    let memory: Arc<dyn TableProvider> = Arc::new(memory.unwrap());
    let context = SessionContext::new_with_config(config());
    let frame = context.read_table(Arc::clone(&memory)).unwrap();
    let folder = folder.to_str().unwrap();
    let options = DataFrameWriteOptions::new;
    match kept {
        Kept::Memory => return memory,
        Kept::Parquet => {
            frame.write_parquet(folder, options(), None).await.unwrap();
            let read = ParquetReadOptions::new();
            context
                .register_parquet("posts", folder, read)
                .await
                .unwrap();
        }
        Kept::Csv => {
            frame.write_csv(folder, options(), None).await.unwrap();
            let schema = batch.schema();
            let read = CsvReadOptions::new().schema(&schema).has_header(true);
            context.register_csv("posts", folder, read).await.unwrap();
        }
    }
    context.table_provider("posts").await.unwrap()
}
