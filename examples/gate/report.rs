//! The report of a whole run.

use std::io::{self, Write};

use consent_gate::{Condition, Digest, Gate, Report};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, UtcDateTime};

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
    /// The greatest age of the consents, as in the gate.
    max_lag: Option<String>,
    complete_through: Option<String>,
    assured: Vec<&'a str>,
    near_misses: Option<u64>,
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
        let written = |at: UtcDateTime| at.format(&Rfc3339);
        let written = |at| written(at).map_err(|error| Failure(error.to_string()));
        let seconds = |lag: Duration| format!("PT{}S", lag.whole_seconds());
        Ok(Self {
            counts,
            gate,
            gate_digest: gate.digest(),
            consents_digest: consents.digest,
            as_of: written(gate.as_of())?,
            max_lag: gate.max_lag().map(seconds),
            complete_through: consents.complete_through.map(written).transpose()?,
            assured: gate.assured().map(Condition::as_str).collect(),
            near_misses: consents.near_misses,
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
