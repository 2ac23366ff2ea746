//! The main job: rows past the gate, and what became of them.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use consent_gate::json::{
    Chunk, LineChunks, ReadError, Row, RowError, RowReader, lines, read_consents,
};
use consent_gate::{
    Consented, Decided, Decision, Digest, Gate, GateError, GatedIterator, Ledger, OwnRecords,
    Reasons, Replay, Report, Snapshot,
};
use serde::Serialize;
use serde_json::value::RawValue;
use time::format_description::well_known::Rfc3339;

use crate::args::{Args, Question};
use crate::input;
use crate::output::Output;

/// Why the program ended without doing its job: the file, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    fn at(path: &Path, error: impl Display) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(format!("standard output: {error}"))
    }
}

impl From<GateError> for Failure {
    fn from(error: GateError) -> Self {
        Self(error.to_string())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self(error.to_string())
    }
}

/// What became of one line of the rows.
pub(crate) enum Fate<'a> {
    /// It may be used.
    Consented(Consented<'a, Row<'a>>),
    /// It may not, or would not have been.
    Withheld(Row<'a>, Reasons),
    /// It could not be read.
    Unreadable(RowError),
    /// It would have been let through, had it been asked about at that time.
    WouldPass,
}

/// Rows past a gate, one line after another.
pub(crate) enum Passage<'g> {
    /// Rows that are consented to come out.
    Open(&'g Gate),
    /// No row comes out.
    Replay(&'g Replay),
}

impl<'g> Passage<'g> {
    /// Weighs the ledger for this passage.
    pub(crate) fn snapshot(&self, ledger: &Ledger) -> Snapshot<'g> {
        match self {
            Self::Open(gate) => Snapshot::new(gate, ledger),
            Self::Replay(replay) => Snapshot::for_replay(replay, ledger),
        }
    }

    /// Decides on every row of a reader, and tells of each line what became of it.
    pub(crate) fn pass(
        &self,
        rows: impl Read,
        reader: &RowReader,
        snapshot: &'g Snapshot<'g>,
        ledger: &'g Ledger,
        mut tell: impl FnMut(u64, Fate<'_>) -> Result<(), Failure>,
        failed: impl Fn(u64, io::Error) -> Failure,
    ) -> Result<Report, Failure> {
        let mut report = Report::new();
        let source = OwnRecords::added_to(snapshot, ledger);
        let mut chunks = LineChunks::new(rows);
        loop {
            let next = report.seen().saturating_add(1);
            let chunk = chunks
                .next_chunk()
                .map_err(|error| failed(report.seen(), error))?;
            match chunk {
                None => return Ok(report),
                Some(Chunk::TooLong) => {
                    report.count_unreadable();
                    tell(next, Fate::Unreadable(RowError::too_long()))?;
                }
                Some(Chunk::Lines(text)) => {
                    let rows = lines(text).map(|line| reader.read(line));
                    match self {
                        Self::Open(gate) => {
                            let decided = rows.decided_ok(gate, source).counting_into(&mut report);
                            for (line, decided) in (next..).zip(decided) {
                                tell(
                                    line,
                                    match decided {
                                        Ok(Decided::Consented(row)) => Fate::Consented(row),
                                        Ok(Decided::Withheld(row)) => {
                                            let reasons = row.reasons();
                                            Fate::Withheld(row.into_inner(), reasons)
                                        }
                                        Err(error) => Fate::Unreadable(error),
                                    },
                                )?;
                            }
                        }
                        Self::Replay(replay) => {
                            for (line, row) in (next..).zip(rows) {
                                let fate = match row {
                                    Err(error) => {
                                        report.count_unreadable();
                                        Fate::Unreadable(error)
                                    }
                                    Ok(row) => {
                                        let decision = replay.decide(&row, source);
                                        report.count(&decision);
                                        match decision {
                                            Decision::Permit(_) => Fate::WouldPass,
                                            Decision::Deny(reasons) => Fate::Withheld(row, reasons),
                                        }
                                    }
                                };
                                tell(line, fate)?;
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Does what the arguments ask for.
pub(crate) fn run(args: &Args, question: &Question) -> Result<(), Failure> {
    let create = |path: &Path| Output::create(path).map_err(|error| Failure::at(path, error));
    let out = args.out.as_deref().filter(|_| !args.replay);
    let mut out_file = out.map(create).transpose()?;
    let mut withheld_file = args.withheld.as_deref().map(create).transpose()?;
    let mut report_file = args.report.as_deref().map(create).transpose()?;

    let ledger = consents(&args.consents, question)?;
    // Before there is a snapshot, so that what is worked out for either is never held at once.
    let digest = report_file.as_ref().map(|_| ledger.digest());
    let replay = question.gate.replay();
    let passage = if args.replay {
        Passage::Replay(&replay)
    } else {
        Passage::Open(&question.gate)
    };
    let snapshot = passage.snapshot(&ledger);
    let (rows, bar) = input::open(&args.rows).map_err(|error| Failure::at(&args.rows, error))?;
    let report = passage.pass(
        rows,
        &question.reader,
        &snapshot,
        &ledger,
        |line, fate| match (fate, &mut out_file, &mut withheld_file) {
            (Fate::Consented(row), Some(file), _) => file
                .write_all(row.line())
                .map_err(|error| failed(out, error)),
            (Fate::Withheld(row, reasons), _, Some(file)) => {
                list_withheld(file, line, &row, reasons)
                    .map_err(|error| failed(args.withheld.as_deref(), error))
            }
            (Fate::Unreadable(error), _, Some(file)) => list(
                file,
                &UnreadableLine {
                    line,
                    unreadable: error.to_string(),
                },
            )
            .map_err(|error| failed(args.withheld.as_deref(), error)),
            _ => Ok(()),
        },
        |line, error| Failure::at(&args.rows, format_args!("after line {line}: {error}")),
    )?;
    bar.finish_and_clear();

    if let (Some(file), Some(digest)) = (&mut report_file, digest) {
        let whole = WholeReport::new(&report, question, &ledger, digest, args.replay)?;
        write_report(file, &whole).map_err(|error| failed(args.report.as_deref(), error))?;
    }
    // The rows come last: where they stand, everything about them does too.
    let files = [
        (args.report.as_deref(), report_file),
        (args.withheld.as_deref(), withheld_file),
        (out, out_file),
    ];
    let mut finished = Vec::new();
    for (path, file) in files {
        if let Some(file) = file {
            finished.push((path, file.finish().map_err(|error| failed(path, error))?));
        }
    }
    for (path, file) in finished {
        file.publish().map_err(|error| failed(path, error))?;
    }
    if io::stderr().is_terminal() {
        eprintln!("{report}");
    }
    Ok(())
}

fn failed(path: Option<&Path>, error: impl Display) -> Failure {
    Failure::at(path.unwrap_or(Path::new("-")), error)
}

fn consents(path: &Path, question: &Question) -> Result<Ledger, Failure> {
    let (file, bar) = input::open(path).map_err(|error| Failure::at(path, error))?;
    let ledger = read_consents(file, question.on_unreadable);
    bar.finish_and_clear();
    ledger.map_err(|error| Failure::at(path, error))
}

/// A line of the list of withheld rows.
#[derive(Serialize)]
struct WithheldLine<'a> {
    line: u64,
    id: Option<&'a RawValue>,
    unproven: consent_gate::Requirements,
    contradicted: consent_gate::Requirements,
}

/// A line of the same list for a row that could not be read.
#[derive(Serialize)]
struct UnreadableLine {
    line: u64,
    unreadable: String,
}

fn list_withheld(
    file: &mut impl Write,
    line: u64,
    row: &Row<'_>,
    reasons: Reasons,
) -> io::Result<()> {
    let id = row.id().map(serde_json::from_str).transpose()?;
    let (unproven, contradicted) = (reasons.unproven(), reasons.contradicted());
    list(
        file,
        &WithheldLine {
            line,
            id,
            unproven,
            contradicted,
        },
    )
}

fn list(file: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *file, line)?;
    file.write_all(b"\n")
}

/// The report of a whole run.
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
    /// Consent records that did not even say whom they are about.
    unreadable_consents: u64,
}

impl<'a> WholeReport<'a> {
    pub(crate) fn new(
        counts: &'a Report,
        question: &'a Question,
        ledger: &Ledger,
        consents_digest: Digest,
        replay: bool,
    ) -> Result<Self, Failure> {
        let gate = &question.gate;
        let as_of = gate.as_of().format(&Rfc3339);
        Ok(Self {
            counts,
            gate,
            gate_digest: gate.digest(),
            consents_digest,
            as_of: as_of.map_err(|error| Failure(error.to_string()))?,
            version: env!("CARGO_PKG_VERSION"),
            replay,
            unreadable_consents: ledger.unreadable_unnamed(),
        })
    }
}

/// Writes a report for people and programs: JSON over several lines.
pub(crate) fn write_report(file: &mut impl Write, report: &WholeReport<'_>) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *file, report)?;
    file.write_all(b"\n")
}
