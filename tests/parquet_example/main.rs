//! The example `gate_parquet` as a program: the files that it writes, its messages, and its exit status.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may stop"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampSecondArray, UInt64Array};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

/// A grant by the person 7 that meets every rule.
const CONSENTS: &str = r#"{"id":"c1","subject":7,"controller":"acme","status":"given","at":"2024-09-10T09:00:00Z","purposes":["train-generative"],"data":["posts"],"consent_type":"explicitly-expressed","method":"confirmation","actor":"subject","capacity":"of-age","granular":true,"notice":{"id":"ai","version":"3","shown_at":"2024-09-10T08:59:00Z","purposes":["train-generative"],"controller":"acme"},"evidence":"log:1","given_via":"web","withdraw_via":["web","app"],"valid_until":"2025-09-10T00:00:00Z"}
"#;

/// A folder with consents and files of rows.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        fs::write(world.path("consents.jsonl"), CONSENTS).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn out(&self, name: &str) -> PathBuf {
        self.path("out").join(name)
    }

    /// Writes a file of rows of these people, three in a row group.
    fn rows(&self, name: &str, people: &[u64]) -> PathBuf {
        let users: ArrayRef = Arc::new(UInt64Array::from(people.to_vec()));
        let times = TimestampSecondArray::from(vec![1_727_740_800; people.len()]);
        let times: ArrayRef = Arc::new(times.with_timezone("UTC"));
        let texts = people.iter().map(|id| format!("secret of {id}"));
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
        let columns = [("user", users), ("created", times), ("text", texts)];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(3));
        let path = self.path(name);
        let file = File::create(&path).unwrap();
        let properties = Some(properties.build());
        let mut writer = ArrowWriter::try_new(file, batch.schema(), properties).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path
    }

    /// The program, asked by one gate about columns of these rows.
    fn program(&self) -> Command {
        let this = std::env::current_exe().unwrap();
        let folder = this.parent().and_then(Path::parent).unwrap();
        let program = folder.join("examples").join("gate_parquet");
        assert!(
            program.exists(),
            "build the example first: cargo build --example gate_parquet --features decision-table,parquet"
        );
        let mut command = Command::new(program);
        command
            .arg("--consents")
            .arg(self.path("consents.jsonl"))
            .args(["--subject", "user", "--collected-at", "created"])
            .args(["--data", "posts", "--without-signals"])
            .args(["--trainer", "acme", "--purpose", "train-generative"])
            .args(["--as-of", "2024-11-01T00:00:00Z"]);
        command
    }

    /// Runs the program on files of rows, with further arguments.
    fn run(&self, rows: &[&Path], others: &[&str]) -> Output {
        let mut command = self.program();
        for file in rows {
            command.arg("--rows").arg(file);
        }
        command.arg("--out").arg(self.path("out"));
        command.args(others).output().unwrap()
    }

    /// The names of the files in the folder of outputs.
    fn outputs(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.path("out")) else {
            return Vec::new();
        };
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn people(file: &Path) -> Vec<u64> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap();
    let batches = reader.build().unwrap();
    let users = |batch: RecordBatch| {
        batch
            .column(0)
            .as_primitive::<UInt64Type>()
            .values()
            .to_vec()
    };
    batches.flat_map(|batch| users(batch.unwrap())).collect()
}

fn footer(file: &Path) -> Vec<(String, String)> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap();
    let entries = reader
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .unwrap()
        .clone();
    let own = entries.into_iter().filter_map(|entry| {
        let key = entry.key.strip_prefix("consent_gate.")?.to_owned();
        Some((key, entry.value?))
    });
    own.collect()
}

/// The error of a run that wrote nothing.
fn error_of(world: &World, output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty());
    assert_eq!(world.outputs(), Vec::<String>::new());
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!message.contains("secret"), "{message}");
    message
}

#[test]
fn several_files_are_gated_into_a_folder() {
    let world = World::new();
    let one = world.rows("one.parquet", &[7, 8, 7, 7, 9, 9, 9, 9, 7, 8]);
    let two = world.rows("two.parquet", &[8, 9]);
    let output = world.run(&[&one, &two], &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.outputs(), ["one.parquet", "two.parquet"]);
    assert_eq!(people(&world.out("one.parquet")), [7; 4]);
    assert_eq!(people(&world.out("two.parquet")), [0_u64; 0]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(
        report.contains("12  rows seen") && report.contains("4  consented"),
        "{report}"
    );
    let found = footer(&world.out("one.parquet"));
    let value = |key: &str| {
        let entry = found.iter().find(|(name, _)| name == key);
        entry.map(|(_, value)| value.as_str()).unwrap()
    };
    assert_eq!(value("as_of"), "2024-11-01T00:00:00Z");
    assert_eq!(
        [value("seen"), value("consented"), value("withheld")],
        ["10", "4", "6"]
    );
    assert_eq!(value("unreadable"), "0");
    assert_eq!(value("gate_digest").len(), 64);
    assert_eq!(value("consents_digest").len(), 64);
}

#[test]
fn the_output_does_not_depend_on_the_threads() {
    let outputs = ["1", "2", "7"].map(|threads| {
        let world = World::new();
        let all: Vec<u64> = (0..100).map(|row| 7 + row % 3).collect();
        let rows = world.rows("rows.parquet", &all);
        assert!(
            world
                .run(&[&rows], &["--threads", threads])
                .status
                .success()
        );
        fs::read(world.out("rows.parquet")).unwrap()
    });
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0], outputs[2]);
}

#[test]
fn a_file_that_is_there_is_not_replaced() {
    let world = World::new();
    let rows = world.rows("rows.parquet", &[7]);
    fs::create_dir(world.path("out")).unwrap();
    fs::write(world.out("rows.parquet"), "mine").unwrap();
    let output = world.run(&[&rows], &[]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("it exists already; remove it first"),
        "{message}"
    );
    assert_eq!(fs::read(world.out("rows.parquet")).unwrap(), b"mine");
    assert_eq!(world.outputs(), ["rows.parquet"]);
}

#[test]
fn a_file_that_cannot_be_read_leaves_nothing() {
    let world = World::new();
    let good = world.rows("good.parquet", &[7]);
    let bad = world.rows("bad.parquet", &[7, 8]);
    let bytes = fs::read(&bad).unwrap();
    fs::write(&bad, &bytes[..bytes.len() - 9]).unwrap();
    let message = error_of(&world, &world.run(&[&good, &bad], &[]));
    assert!(message.contains("bad.parquet: footer: "), "{message}");
    let message = error_of(
        &world,
        &world.run(&[&good, &world.path("none.parquet")], &[]),
    );
    assert!(message.contains("none.parquet: "), "{message}");
    let message = error_of(&world, &world.run(&[&good], &["--categories", "kind"]));
    assert!(
        message.contains("good.parquet: column `kind`: not in the batch"),
        "{message}"
    );
    let message = error_of(&world, &world.run(&[&good, &good], &[]));
    assert!(message.contains("a second file of this name"), "{message}");
    fs::write(world.path("consents.jsonl"), "{").unwrap();
    let message = error_of(&world, &world.run(&[&good], &[]));
    assert!(
        message.contains("consents.jsonl: line 1, column 1"),
        "{message}"
    );
}

#[test]
fn without_arguments_it_runs_on_the_sample_data() {
    let this = std::env::current_exe().unwrap();
    let folder = this.parent().and_then(Path::parent).unwrap();
    let output = Command::new(folder.join("examples").join("gate_parquet"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("21  rows seen") && said.contains("gate_digest: "),
        "{said}"
    );
}

/// The decision as a table, and the query that joins it with the rows.
#[test]
fn the_decision_is_written_as_a_table() {
    let world = World::new();
    let file = world.path("table.parquet");
    let run = |others: &[&str]| {
        let mut command = world.program();
        command.arg("--table").arg(&file).args(others);
        command.output().unwrap()
    };
    let output = run(&["--query", "spark"]);
    assert!(output.status.success(), "{output:?}");
    let query = String::from_utf8(output.stdout).unwrap();
    assert!(
        query.starts_with("SELECT r.*\nFROM dataset AS r"),
        "{query}"
    );
    assert!(query.contains("CAST(r.`user` AS STRING)"), "{query}");
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&file).unwrap()).unwrap();
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    assert_eq!(batches[0].column(0).as_string::<i32>().value(0), "7");
    let gate = batches[0].column_by_name("gate").unwrap().clone();
    assert!(query.contains(gate.as_string::<i32>().value(0)), "{query}");

    // A file that is there is not replaced, and what the dialect does not have leaves nothing.
    let before = fs::read(&file).unwrap();
    let output = run(&[]);
    assert!(!output.status.success());
    assert_eq!(fs::read(&file).unwrap(), before);
    fs::remove_file(&file).unwrap();
    let output = run(&["--query", "polars", "--key", "id"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("cannot decide on lists of people"),
        "{error}"
    );
    assert!(!file.exists());
}
