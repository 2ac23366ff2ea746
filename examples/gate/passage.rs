//! Decides on rows, and reports the outcome of each line.

use std::io::{self, Read};

use consent_gate::json::{Chunk, LineChunks, Row, RowError, RowReader, lines};
use consent_gate::{
    Asks, Consented, Decided, Gate, GatedIterator, Reasons, Replay, Replayed, Report, SnapshotWith,
};

use crate::failure::Failure;

/// The outcome for one line of the rows.
pub(crate) enum Fate<'g, 'r> {
    /// It may be used.
    Consented(Consented<'g, Row<'r>>),
    /// It may not be used, or would not have passed.
    Withheld(Row<'r>, Reasons),
    /// It could not be read.
    Unreadable(RowError),
    /// It would have passed at the time of the replay.
    WouldPass,
}

/// A gate, of which rows come out, or a replay, of which none do.
pub(crate) trait Passage: Asks {
    /// Whether it lets no row pass.
    const IS_REPLAY: bool;

    fn fate<'g, 'r>(decided: Self::Decided<'g, Row<'r>>) -> Fate<'g, 'r>;
}

impl Passage for Gate {
    const IS_REPLAY: bool = false;

    fn fate<'g, 'r>(decided: <Self as Asks>::Decided<'g, Row<'r>>) -> Fate<'g, 'r> {
        match decided {
            Decided::Consented(row) => Fate::Consented(row),
            Decided::Withheld(row) => {
                let reasons = row.reasons();
                Fate::Withheld(row.into_inner(), reasons)
            }
        }
    }
}

impl Passage for Replay {
    const IS_REPLAY: bool = true;

    fn fate<'g, 'r>(decided: <Self as Asks>::Decided<'g, Row<'r>>) -> Fate<'g, 'r> {
        match decided {
            Replayed::WouldPass(_) => Fate::WouldPass,
            Replayed::Withheld(row) => {
                let reasons = row.reasons();
                Fate::Withheld(row.into_inner(), reasons)
            }
        }
    }
}

/// Decides on rows. It holds nothing that changes, so several threads can share it.
pub(crate) struct Keeper<'g, Q> {
    pub(crate) reader: &'g RowReader,
    pub(crate) source: SnapshotWith<'g, Q>,
}

impl<Q> Clone for Keeper<'_, Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Keeper<'_, Q> {}

impl<Q: Passage> Keeper<'_, Q> {
    /// Decides on every row of a reader, and passes the outcome of each line on.
    pub(crate) fn pass(
        self,
        rows: impl Read,
        mut tell: impl FnMut(u64, Fate<'_, '_>) -> Result<(), Failure>,
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
        mut tell: impl FnMut(u64, Fate<'_, '_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Chunk::Lines(text) = chunk else {
            report.count_unreadable();
            return tell(next, Fate::Unreadable(RowError::too_long()));
        };
        let rows = lines(text).map(|line| self.reader.read(line));
        let decided = rows.decided_ok(self.source).counting_into(report);
        for (line, decided) in (next..).zip(decided) {
            tell(line, decided.map_or_else(Fate::Unreadable, Q::fate))?;
        }
        Ok(())
    }
}
