//! Decides on rows, and reports the outcome of each line.

use std::io::{self, Read};

use consent_gate::json::{Chunk, LineChunks, Row, RowError, RowReader, lines};
use consent_gate::{
    Consented, Decided, Decision, Digest, Gate, GatedIterator, Ledger, OwnRecords, Reasons, Replay,
    Report, Snapshot, SnapshotError,
};

use crate::failure::Failure;

/// The outcome of one line.
pub(crate) enum Fate<'a> {
    /// The row passes.
    Consented(Consented<'a, Row<'a>>),
    /// The row is withheld, or in a replay would have been.
    Withheld(Row<'a>, Reasons),
    /// The row could not be read.
    Unreadable(RowError),
    /// In a replay: the row would have passed.
    WouldPass,
}

/// The gate that rows pass, or a replay of it.
#[derive(Clone, Copy)]
pub(crate) enum Passage<'g> {
    /// Consented rows are written.
    Open(&'g Gate),
    /// No row is written.
    Replay(&'g Replay),
}

impl<'g> Passage<'g> {
    /// Makes a snapshot of the ledger for this passage.
    pub(crate) fn snapshot(self, ledger: &Ledger) -> Snapshot<'g> {
        match self {
            Self::Open(gate) => Snapshot::new(gate, ledger),
            Self::Replay(replay) => Snapshot::for_replay(replay, ledger),
        }
    }

    /// Loads a snapshot, and the digest of the consent records that it was made of.
    pub(crate) fn load(self, file: impl Read) -> Result<(Snapshot<'g>, Digest), SnapshotError> {
        match self {
            Self::Open(gate) => Snapshot::load(gate, file),
            Self::Replay(replay) => Snapshot::load_for_replay(replay, file),
        }
    }
}

/// Decides on rows. It has no mutable state, so several threads can share it.
#[derive(Clone, Copy)]
pub(crate) struct Keeper<'s, 'g> {
    pub(crate) passage: Passage<'g>,
    pub(crate) reader: &'s RowReader,
    pub(crate) source: OwnRecords<'g>,
}

impl Keeper<'_, '_> {
    /// Decides on each row of a reader, and calls `tell` with the number and the outcome of each line.
    pub(crate) fn pass(
        self,
        rows: impl Read,
        mut tell: impl FnMut(u64, Fate<'_>) -> Result<(), Failure>,
        failed: impl Fn(u64, io::Error) -> Failure,
    ) -> Result<Report, Failure> {
        let mut report = Report::new();
        let mut chunks = LineChunks::new(rows);
        while let Some(chunk) = chunks
            .next_chunk()
            .map_err(|error| failed(report.seen(), error))?
        {
            let next = report.seen().saturating_add(1);
            self.decide(chunk, next, &mut report, &mut tell)?;
        }
        Ok(report)
    }

    /// Decides on the rows of a chunk. `next` is the line number of the first.
    pub(crate) fn decide(
        self,
        chunk: Chunk<'_>,
        next: u64,
        report: &mut Report,
        mut tell: impl FnMut(u64, Fate<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Chunk::Lines(text) = chunk else {
            report.count_unreadable();
            return tell(next, Fate::Unreadable(RowError::too_long()));
        };
        let source = self.source;
        let rows = lines(text).map(|line| self.reader.read(line));
        match self.passage {
            Passage::Open(gate) => {
                let decided = rows.decided_ok(gate, source).counting_into(report);
                for (line, decided) in (next..).zip(decided) {
                    let fate = match decided {
                        Ok(Decided::Consented(row)) => Fate::Consented(row),
                        Ok(Decided::Withheld(row)) => {
                            let reasons = row.reasons();
                            Fate::Withheld(row.into_inner(), reasons)
                        }
                        Err(error) => Fate::Unreadable(error),
                    };
                    tell(line, fate)?;
                }
            }
            Passage::Replay(replay) => {
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
        Ok(())
    }
}
