//! Engines that this crate does not run in give the gate's answer to the gate's query: DuckDB, Polars, and
//! Spark's dialect as `sqlglot` translates it for DuckDB.
//!
//! Needs Python with `duckdb`, `polars` and `sqlglot`; `CONSENT_GATE_PYTHON` names another one than `python3`.
//! Where they are missing the test says so and does nothing, unless that variable is set.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and one that is skipped says so"
)]

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use consent_gate::Snapshot;
use consent_gate::decision_table::Dialect;
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use columns_of_worlds::{Case, cases};
use rows_for_sql::{Asked, asked, table};
use strategies::{a_permitting_world, a_world};

#[path = "../spec/support/columns_of_worlds.rs"]
#[allow(dead_code, reason = "of the spec's tests")]
mod columns_of_worlds;
#[path = "../spec/oracle.rs"]
#[allow(
    dead_code,
    clippy::all,
    clippy::pedantic,
    reason = "of the spec's tests"
)]
mod oracle;
#[path = "../spec/support/rows_for_sql.rs"]
mod rows_for_sql;
#[path = "../spec/support/strategies.rs"]
#[allow(
    dead_code,
    clippy::all,
    clippy::pedantic,
    reason = "of the spec's tests"
)]
mod strategies;

/// The number of worlds of each kind, which can be raised to run longer.
fn worlds() -> usize {
    match env::var("CONSENT_GATE_CASES") {
        Ok(number) => number.parse().expect("CONSENT_GATE_CASES is a number"),
        Err(_) => 8,
    }
}

fn written(path: &Path, schema: SchemaRef, batches: &[RecordBatch]) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
}

/// Writes what an engine gets, and what it has to answer.
fn write(folder: &Path, case: &Case, asked: &Asked) {
    fs::create_dir(folder).unwrap();
    let schema = Snapshot::new(&case.gate, &case.ledger)
        .to_table(case.ledger.digest())
        .schema();
    written(&folder.join("table.parquet"), schema, &table(case));
    written(
        &folder.join("rows.parquet"),
        asked.rows.schema(),
        std::slice::from_ref(&asked.rows),
    );
    let expected = serde_json::to_string(&asked.expected).unwrap();
    fs::write(folder.join("expected.json"), expected).unwrap();
    if asked.may_fail {
        fs::write(folder.join("may_fail"), "").unwrap();
    }
    let dialects = [
        ("duckdb", Dialect::DuckDb),
        ("polars", Dialect::Polars),
        ("spark", Dialect::Spark),
    ];
    for (name, dialect) in dialects {
        if let Ok(query) = asked.predicate.query(dialect, "posts", "consents") {
            let query = format!("SELECT row FROM ({query}) AS passing");
            fs::write(folder.join(name).with_extension("sql"), query).unwrap();
        }
    }
}

/// Each engine passes the rows that the gate passes, each once, and no others.
#[test]
fn every_engine_gives_the_answer_of_the_gate() {
    let named = env::var("CONSENT_GATE_PYTHON");
    let python = named.as_deref().unwrap_or("python3");
    let has = Command::new(python)
        .args(["-c", "import duckdb, polars, sqlglot"])
        .output();
    if !has.is_ok_and(|output| output.status.success()) {
        assert!(
            named.is_err(),
            "{python} has not all of duckdb, polars and sqlglot"
        );
        eprintln!("skipped: {python} has not all of duckdb, polars and sqlglot");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let (mut number, mut polars) = (0, 0);
    for kind in [a_world().boxed(), a_permitting_world().boxed()] {
        for _ in 0..worlds() {
            let world = kind.new_tree(&mut runner).unwrap().current();
            for case in cases(&world) {
                for asked in asked(&case) {
                    let folder = folder.path().join(number.to_string());
                    write(&folder, &case, &asked);
                    polars += usize::from(folder.join("polars.sql").exists());
                    number += 1;
                }
            }
        }
    }
    assert!(
        polars > number / 5,
        "{polars} of {number} queries are for Polars"
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decision_table/engines.py");
    let run = Command::new(python)
        .arg(script)
        .arg(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    eprintln!("{told}");
    assert!(
        run.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
