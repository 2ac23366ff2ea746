//! The decision as a table, for engines that ask the gate's question themselves.

use std::path::Path;

use consent_gate::{Ledger, Snapshot};
use parquet::arrow::ArrowWriter;
use tempfile::NamedTempFile;

use crate::args::Args;
use crate::job::{Failure, gate_and_consents};

/// Writes the table and returns the query that joins it with the rows.
pub(crate) fn run(args: &Args, target: &Path) -> Result<String, Failure> {
    let (gate, ledger) = gate_and_consents(args)?;
    let mut predicate = gate.predicate(&args.columns());
    if let Some(key) = &args.key {
        predicate = predicate.people_in_lists(key);
    }
    let query = predicate.query(args.query.into(), "dataset", "consents")?;
    write(&Snapshot::new(&gate, &ledger), &ledger, target)
        .map_err(|error| format!("--table {}: {error}", target.display()))?;
    Ok(query)
}

/// The file appears when it is complete, and replaces none.
fn write(snapshot: &Snapshot, ledger: &Ledger, target: &Path) -> Result<(), Failure> {
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut file = NamedTempFile::with_prefix_in(".table.", folder)?;
    let table = snapshot.to_table(ledger.digest());
    let mut writer = ArrowWriter::try_new(&mut file, table.schema(), None)?;
    for batch in table {
        writer.write(&batch?)?;
    }
    writer.close()?;
    file.as_file().sync_all()?;
    file.persist_noclobber(target)
        .map_err(|error| error.error)?;
    Ok(())
}
