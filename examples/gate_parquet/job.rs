//! The job: each file through the gate, under a temporary name until all are complete.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use arrow_array::RecordBatch;
use consent_gate::interchange::TableReader;
use consent_gate::json::{OnUnreadable, read_consents};
use consent_gate::parquet::{FileError, GatedFile, RowGroup};
use consent_gate::time::format_description::well_known::Rfc3339;
use consent_gate::{Consented, Gate, Ledger, Report, Snapshot};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, KeyValue};
use parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use crate::args::Args;

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Runs the job, and returns the counts of all files together.
pub(crate) fn run(args: &Args) -> Result<Report, Failure> {
    let out = args.out.as_deref().unwrap_or(Path::new("."));
    let targets = targets(args, out)?;
    let (gate, ledger) = gate_and_consents(args)?;
    let snapshot = Snapshot::new(&gate, &ledger);
    let digest = ledger.digest().to_string();
    fs::create_dir_all(out).map_err(|error| format!("--out {}: {error}", out.display()))?;
    let mut whole = Report::new();
    let mut finished = Vec::new();
    for (rows, target) in args.rows.iter().zip(targets) {
        let gated = gate_file(args, rows, out, &snapshot, &digest);
        let (file, report) = gated.map_err(|error| format!("{}: {error}", rows.display()))?;
        whole.merge(&report);
        finished.push((file, target));
    }
    for (file, target) in finished {
        file.persist_noclobber(&target)
            .map_err(|error| format!("{}: {}", target.display(), error.error))?;
    }
    Ok(whole)
}

pub(crate) fn gate_and_consents(args: &Args) -> Result<(Gate, Ledger), Failure> {
    let ledger = consents(&args.consents)
        .map_err(|error| format!("--consents {}: {error}", args.consents.display()))?;
    let purposes = args.purpose.iter().copied().collect();
    let gate = Gate::builder(args.trainer.as_str(), purposes, args.as_of).build()?;
    Ok((gate, ledger))
}

/// The file for each file of rows. None may be there already.
fn targets(args: &Args, out: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut names = HashSet::new();
    let mut targets = Vec::new();
    for rows in &args.rows {
        let name = rows.file_name();
        let name = name.ok_or_else(|| format!("--rows {}: not a file", rows.display()))?;
        if !names.insert(name) {
            return Err(format!("--rows {}: a second file of this name", rows.display()).into());
        }
        let target = out.join(name);
        if target.symlink_metadata().is_ok() {
            return Err(format!("{}: it exists already; remove it first", target.display()).into());
        }
        targets.push(target);
    }
    Ok(targets)
}

fn consents(path: &Path) -> Result<Ledger, Failure> {
    let file = File::open(path)?;
    if path
        .extension()
        .is_some_and(|extension| extension == "parquet")
    {
        let batches = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|_| "it cannot be read as Parquet")?;
        return Ok(TableReader::new().read_batches(batches, OnUnreadable::Stop)?);
    }
    Ok(read_consents(BufReader::new(file), OnUnreadable::Stop)?)
}

/// Writes the rows of a file that pass to a temporary file in the folder of outputs.
fn gate_file(
    args: &Args,
    rows: &Path,
    out: &Path,
    snapshot: &Snapshot,
    consents_digest: &str,
) -> Result<(NamedTempFile, Report), Failure> {
    let rows = GatedFile::open(rows, args.columns())?;
    let mut out = NamedTempFile::with_prefix_in(".gate.", out)?;
    let mut writer = ArrowWriter::try_new(&mut out, rows.schema().clone(), Some(as_in(&rows)))?;
    let mut report = Report::new();
    each_row_group(&rows, snapshot, args.threads(), |counts, batches| {
        report.merge(counts);
        batches.iter().try_for_each(|batch| writer.write(batch))?;
        Ok(())
    })?;
    for (key, value) in footer(snapshot.gate(), consents_digest, &report)? {
        writer.append_key_value_metadata(KeyValue::new(format!("consent_gate.{key}"), value));
    }
    writer.close()?;
    out.as_file().sync_all()?;
    Ok((out, report))
}

/// Compressed as the file that is read.
fn as_in(rows: &GatedFile) -> WriterProperties {
    let first = rows.metadata().row_groups().first();
    let column = first.and_then(|group| group.columns().first());
    let compression = column.map_or(Compression::SNAPPY, ColumnChunkMetaData::compression);
    WriterProperties::builder()
        .set_compression(compression)
        .build()
}

/// What leads from the file back to the decision.
fn footer(
    gate: &Gate,
    consents_digest: &str,
    report: &Report,
) -> Result<[(&'static str, String); 8], Failure> {
    Ok([
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("gate_digest", gate.digest().to_string()),
        ("consents_digest", consents_digest.to_owned()),
        ("as_of", gate.as_of().format(&Rfc3339)?),
        ("seen", report.seen().to_string()),
        ("consented", report.consented().to_string()),
        ("withheld", report.withheld().to_string()),
        ("unreadable", report.unreadable().to_string()),
    ])
}

/// What is read of a row group: the counts, and the rows that pass.
type Read<'g> = Result<(Report, Vec<Consented<'g, RecordBatch>>), FileError>;

fn read(group: RowGroup<'_>) -> Read<'_> {
    let report = group.report().clone();
    Ok((report, group.collect::<Result<_, _>>()?))
}

/// Reads row groups in several threads, and passes them on in their order.
fn each_row_group<'g>(
    rows: &GatedFile,
    snapshot: &'g Snapshot,
    threads: usize,
    mut pass_on: impl FnMut(&Report, &[Consented<'g, RecordBatch>]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    // A thread waits with its next row group until the one before is taken.
    let (sender, receiver) = sync_channel::<(usize, Read<'g>)>(0);
    thread::scope(|scope| {
        for _ in 0..threads.min(rows.row_groups()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= rows.row_groups() {
                        break;
                    }
                    let group = rows.row_group(index, &snapshot).and_then(read);
                    let is_failed = group.is_err();
                    if sender.send((index, group)).is_err() || is_failed {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let (mut waiting, mut positions) = (BTreeMap::new(), (0..).peekable());
        for (index, group) in receiver {
            waiting.insert(index, group?);
            while let Some((report, batches)) =
                positions.peek().and_then(|next| waiting.remove(next))
            {
                pass_on(&report, &batches)?;
                positions.next();
            }
        }
        Ok(())
    })
}
