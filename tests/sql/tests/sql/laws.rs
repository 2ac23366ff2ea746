//! The law of SQL: functions and tables say of each row of a random world what the oracle says.

use std::env;
use std::sync::Arc;

use consent_gate::Snapshot;
use consent_gate::datafusion::{GatedTable, SharedSource, consent_gate, consent_reasons};
use consent_gate::decision_table::Dialect;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::columns_of_worlds::{Case, cases, columns};
use crate::oracle::Answer;
use crate::rows_for_sql::{asked, table};
use crate::strategies::{a_permitting_world, a_world};

const ARGUMENTS: [&str; 4] = ["people", "at", "data", "restricted"];

/// The batch with a number for each row.
fn numbered(batch: &RecordBatch) -> RecordBatch {
    let rows = i64::try_from(batch.num_rows()).unwrap();
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let mut fields = batch.schema().fields().to_vec();
    fields.push(Arc::new(Field::new(
        "row",
        numbers.data_type().clone(),
        false,
    )));
    let columns = batch.columns().iter().cloned().chain([numbers]).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

async fn collected(context: &SessionContext, sql: &str) -> RecordBatch {
    let frame = context.sql(sql).await.unwrap();
    let schema = Arc::new(frame.schema().as_arrow().clone());
    concat_batches(&schema, &frame.collect().await.unwrap()).unwrap()
}

fn first_column(batch: &RecordBatch) -> Vec<i64> {
    let column = batch
        .column(0)
        .as_primitive::<datafusion::arrow::datatypes::Int64Type>();
    column.values().to_vec()
}

/// The names of the rules that an answer names, as the function lists them.
fn names(answer: &Answer) -> Vec<&'static str> {
    let (unproven, contradicted) = match answer {
        Answer::Permit(_) => return Vec::new(),
        Answer::Deny {
            unproven,
            contradicted,
        } => (unproven, contradicted),
    };
    let bits = unproven.union(contradicted).map(|id| 1 << (id - 1));
    consent_gate::Rules::from_bits_retain(bits.sum())
        .names()
        .collect()
}

async fn agree(case: &Case) {
    let batch = numbered(&case.batch);
    let snapshot = Arc::new(Snapshot::new(&case.gate, &case.ledger));
    let with_embedded =
        SharedSource::with_embedded(Arc::clone(&snapshot), Arc::new(case.ledger.clone()));
    let half = batch.num_rows() / 2;
    let parts = vec![
        vec![batch.slice(0, half)],
        vec![batch.slice(half, batch.num_rows() - half)],
    ];
    let raw = Arc::new(MemTable::try_new(batch.schema(), parts).unwrap());
    let rows = case.mask().into_iter().zip(0_i64..);
    let expected: Vec<i64> = rows
        .filter_map(|(passes, row)| passes.then_some(row))
        .collect();
    for source in [SharedSource::from(snapshot), with_embedded] {
        let context = SessionContext::new();
        let gated = GatedTable::new(Arc::clone(&raw) as _, columns(), source.clone()).unwrap();
        context.register_table("gated", Arc::new(gated)).unwrap();
        context
            .register_table("raw", Arc::clone(&raw) as _)
            .unwrap();
        context.register_udf(consent_gate(columns(), ARGUMENTS, source.clone()));
        context.register_udf(consent_reasons(columns(), ARGUMENTS, source));

        let passed = collected(&context, "SELECT row FROM gated ORDER BY row").await;
        assert_eq!(first_column(&passed), expected, "the table");
        let sql =
            "SELECT row FROM raw WHERE consent_gate(people, at, data, restricted) ORDER BY row";
        let passed = collected(&context, sql).await;
        assert_eq!(first_column(&passed), expected, "the function");
        let sql = "SELECT consent_gate(people, at, data, restricted), \
                   consent_reasons(people, at, data, restricted) FROM raw ORDER BY row";
        let answers = collected(&context, sql).await;
        assert_eq!(answers.column(0).null_count(), 0);
        let reasons = answers.column(1).as_list::<i32>();
        for (row, expected) in case.expected.iter().enumerate() {
            let found = reasons.is_valid(row).then(|| reasons.value(row));
            let found = found.as_ref().map(|names| {
                let names = names.as_string::<i32>().iter().flatten();
                names.collect::<Vec<_>>()
            });
            assert_eq!(found, expected.as_ref().map(names), "row {row}");
        }
    }
}

/// The query that joins rows with the table of everyone's consents leaves those that pass.
async fn queries_agree(case: &Case) {
    let table = table(case);
    let schema = Snapshot::new(&case.gate, &case.ledger)
        .to_table(case.ledger.digest())
        .schema();
    for asked in asked(case) {
        let context = SessionContext::new();
        let consents = MemTable::try_new(Arc::clone(&schema), vec![table.clone()]).unwrap();
        context
            .register_table("consents", Arc::new(consents))
            .unwrap();
        let rows = MemTable::try_new(asked.rows.schema(), vec![vec![asked.rows.clone()]]).unwrap();
        context.register_table("posts", Arc::new(rows)).unwrap();
        let query = asked
            .predicate
            .query(Dialect::DataFusion, "posts", "consents")
            .unwrap();
        let sql = format!("SELECT row FROM ({query}) AS passing ORDER BY row");
        let passed = match context.sql(&sql).await {
            Ok(_) => first_column(&collected(&context, &sql).await),
            Err(_) if asked.may_fail => Vec::new(),
            Err(error) => panic!("{error}: {query}"),
        };
        assert_eq!(passed, asked.expected, "{query}");
    }
}

/// The number of worlds, which can be raised to run longer.
fn worlds() -> u32 {
    match env::var("CONSENT_GATE_CASES") {
        Ok(number) => number.parse().expect("CONSENT_GATE_CASES is a number"),
        Err(_) => 24,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(worlds()) })]

    /// Tables with a gate, and functions, decide as the rules do, whatever types the columns have.
    #[test]
    fn every_path_decides_alike(world in prop_oneof![a_world(), a_permitting_world()]) {
        let runtime = Runtime::new().unwrap();
        for case in cases(&world) {
            runtime.block_on(agree(&case));
            runtime.block_on(queries_agree(&case));
        }
    }
}
