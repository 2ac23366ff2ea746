//! The report of a whole run.

use std::io::{self, Write};

use consent_gate::{Digest, Gate, Report};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use crate::args::Question;
use crate::consents::Consents;
use crate::failure::Failure;

/// The question, and the counts of the rows.
#[derive(Serialize)]
pub(crate) struct WholeReport<'a> {
    #[serde(flatten)]
    counts: &'a Report,
    gate: &'a Gate,
    gate_digest: Digest,
    consents_digest: Digest,
    as_of: String,
    version: &'static str,
    replay: bool,
    /// The number of unattributed consent records: unreadable, and without a subject.
    unreadable_consents: u64,
}

impl<'a> WholeReport<'a> {
    pub(crate) fn new(
        counts: &'a Report,
        question: &'a Question,
        consents: &Consents,
        replay: bool,
    ) -> Result<Self, Failure> {
        let gate = &question.gate;
        let as_of = gate.as_of().format(&Rfc3339);
        Ok(Self {
            counts,
            gate,
            gate_digest: gate.digest(),
            consents_digest: consents.digest,
            as_of: as_of.map_err(|error| Failure(error.to_string()))?,
            version: env!("CARGO_PKG_VERSION"),
            replay,
            unreadable_consents: consents.unattributed,
        })
    }
}

/// Writes a report for people and programs: JSON over several lines.
pub(crate) fn write_report(file: &mut impl Write, report: &WholeReport<'_>) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *file, report)?;
    file.write_all(b"\n")
}
