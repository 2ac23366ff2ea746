//! Several threads that decide on the rows of one reader, and write what one alone would write.
//!
//! They stand in a ring, and two things go round in it: the reader and the pages. Whoever has the
//! reader takes the next lines from it and hands it on, decides on the lines, waits for the pages,
//! writes, and hands them on. Both go round the same way, so that the pages are written in the
//! order of the lines; and a thread has lines at most of one chunk, so that memory is bounded.
//!
//! Whoever ends, for whatever reason, leaves the ring, and so those end who wait for a turn.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use consent_gate::Report;
use consent_gate::json::{Chunk, LineChunks};

use crate::failure::Failure;
use crate::output::Output;
use crate::pages::Pages;
use crate::passage::{Keeper, Passage};

/// How much is read at a time, in bytes: enough for handing on to cost nothing beside it.
const AT_A_TIME: usize = 1 << 19;

/// Rows, and how many lines of them were read.
struct Rows<R> {
    chunks: LineChunks<R>,
    lines: u64,
}

impl<R: Read> Rows<R> {
    /// The next lines, and the number of the first of them.
    fn next_chunk_in<'b>(
        &mut self,
        buffer: &'b mut Vec<u8>,
    ) -> io::Result<Option<(u64, Chunk<'b>)>> {
        let Some(chunk) = self.chunks.next_chunk_in(buffer)? else {
            return Ok(None);
        };
        let next = self.lines.saturating_add(1);
        let lines = match chunk {
            Chunk::Lines(text) => memchr::memchr_iter(b'\n', text).count(),
            Chunk::TooLong => 1,
        };
        let lines = u64::try_from(lines).unwrap_or(u64::MAX);
        self.lines = self.lines.saturating_add(lines);
        Ok(Some((next, chunk)))
    }
}

/// A thread's place in the ring that one thing goes round in.
struct Turns<T> {
    mine: Receiver<T>,
    next: SyncSender<T>,
}

impl<T> Turns<T> {
    /// Waits for the thing, unless it will not come any more.
    fn wait(&self) -> Option<T> {
        self.mine.recv().ok()
    }

    /// Hands the thing on. Where the next thread has left the ring, nobody waits for it.
    fn hand_on(&self, thing: T) {
        self.next.send(thing).unwrap_or_default();
    }
}

/// A ring of so many places; the first one has the first turn.
fn ring<T>(thing: T, places: NonZeroUsize) -> impl Iterator<Item = Turns<T>> {
    let channels = (0..places.get()).map(|_| sync_channel(1));
    let (mut senders, receivers): (Vec<_>, Vec<_>) = channels.unzip();
    if let Some(first) = senders.first() {
        first.send(thing).unwrap_or_default();
    }
    senders.rotate_left(1);
    let places = receivers.into_iter().zip(senders);
    places.map(|(mine, next)| Turns { mine, next })
}

/// Decides on every row of a reader in so many threads, and writes what became of them.
pub(crate) fn pass(
    threads: NonZeroUsize,
    keeper: Keeper<'_, impl Passage + Sync>,
    rows: impl Read + Send,
    pages: &mut Pages<'_, Output>,
    failed: impl Fn(u64, io::Error) -> Failure + Sync,
) -> Result<Report, Failure> {
    let draft = pages.draft();
    let mut rows = Rows {
        chunks: LineChunks::with_capacity(AT_A_TIME, rows),
        lines: 0,
    };
    let places = ring(&mut rows, threads).zip(ring(pages, threads));
    thread::scope(|scope| {
        let mut running = Vec::new();
        for (reading, writing) in places {
            let (draft, failed) = (draft.clone(), &failed);
            // The thread owns its turns: it leaves the ring when it ends.
            let work = move || take_turns(keeper, &reading, &writing, draft, failed);
            let thread = thread::Builder::new().spawn_scoped(scope, work);
            running.push(thread.map_err(|error| Failure(format!("a thread: {error}")))?);
        }
        let mut report = Report::new();
        for thread in running {
            report.merge(&thread.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(report)
    })
}

/// What each of the threads does. It reports on the rows that it decided on itself.
fn take_turns(
    keeper: Keeper<'_, impl Passage + Sync>,
    reading: &Turns<&mut Rows<impl Read>>,
    writing: &Turns<&mut Pages<'_, Output>>,
    mut draft: Pages<'_, Vec<u8>>,
    failed: impl Fn(u64, io::Error) -> Failure,
) -> Result<Report, Failure> {
    let mut report = Report::new();
    let mut buffer = Vec::new();
    while let Some(rows) = reading.wait() {
        let read = rows.next_chunk_in(&mut buffer);
        let lines = rows.lines;
        let (next, chunk) = match read {
            Ok(Some(read)) => read,
            Ok(None) => break,
            // Where what came before could not be written, that is the failure.
            Err(error) => match writing.wait() {
                Some(_) => return Err(failed(lines, error)),
                None => break,
            },
        };
        reading.hand_on(rows);
        keeper.decide(chunk, next, &mut report, |line, fate| {
            draft.tell(line, fate)
        })?;
        let Some(pages) = writing.wait() else { break };
        pages.add(&mut draft)?;
        writing.hand_on(pages);
    }
    Ok(report)
}
