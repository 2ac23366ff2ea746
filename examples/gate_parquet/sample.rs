//! The job on the sample data of the project, put into Parquet first.

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use clap::Parser;
use consent_gate::parse_instant;
use parquet::arrow::ArrowWriter;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::args::Args;
use crate::job;

type Failure = Box<dyn Error + Send + Sync>;

/// Runs the job on the posts and consents of the project, and says what is in the file that it wrote.
pub(crate) fn run() -> Result<(), Failure> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let folder = tempfile::tempdir()?;
    let rows = folder.path().join("posts.parquet");
    write_posts(&data.join("posts.jsonl"), &rows)?;
    let out = folder.path().join("out");
    let args = Args::try_parse_from([
        "gate_parquet".as_ref(),
        "--rows".as_ref(),
        rows.as_os_str(),
        "--consents".as_ref(),
        data.join("consents.jsonl").as_os_str(),
        "--subject".as_ref(),
        "subject".as_ref(),
        "--collected-at".as_ref(),
        "collected_at".as_ref(),
        "--categories".as_ref(),
        "data".as_ref(),
        "--without-signals".as_ref(),
        "--trainer".as_ref(),
        "xai".as_ref(),
        "--purpose".as_ref(),
        "train-generative".as_ref(),
        "--as-of".as_ref(),
        "2024-11-01T00:00:00Z".as_ref(),
        "--out".as_ref(),
        out.as_os_str(),
    ])?;
    let report = job::run(&args)?;
    println!("{report}");
    let written = SerializedFileReader::new(File::open(out.join("posts.parquet"))?)?;
    let footer = written.metadata().file_metadata();
    println!(
        "the footer of the file, which has {} rows:",
        footer.num_rows()
    );
    for entry in footer.key_value_metadata().into_iter().flatten() {
        if let Some(key) = entry.key.strip_prefix("consent_gate.") {
            println!("  {key}: {}", entry.value.as_deref().unwrap_or_default());
        }
    }
    let has_all = u64::try_from(footer.num_rows()) == Ok(report.consented());
    if has_all {
        Ok(())
    } else {
        Err("the file does not have the rows that passed".into())
    }
}

fn array(values: impl Array + 'static) -> ArrayRef {
    Arc::new(values)
}

/// Writes posts of one person each, without signals, as Parquet. The others are left out.
fn write_posts(from: &Path, to: &Path) -> Result<(), Failure> {
    let posts = fs::read_to_string(from)?;
    let posts: Vec<Value> = posts
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let posts: Vec<Value> = posts
        .into_iter()
        .filter(|post| post["subject"].is_string() && post["signals"].is_null())
        .collect();
    let texts = |name: &str| -> ArrayRef {
        let texts: StringArray = posts.iter().map(|post| post[name].as_str()).collect();
        array(texts)
    };
    let times: TimestampMicrosecondArray = posts
        .iter()
        .map(|post| {
            let at = parse_instant(post["collected_at"].as_str()?).ok()?;
            i64::try_from(at.unix_timestamp_nanos() / 1_000).ok()
        })
        .collect();
    let mut data = ListBuilder::new(StringBuilder::new());
    for post in &posts {
        for name in post["data"].as_array().into_iter().flatten() {
            data.values().append_option(name.as_str());
        }
        data.append(post["data"].is_array());
    }
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("subject", texts("subject"), true),
        ("collected_at", array(times.with_timezone("UTC")), true),
        ("data", array(data.finish()), true),
        ("text", texts("text"), true),
    ])?;
    let mut writer = ArrowWriter::try_new(File::create(to)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
