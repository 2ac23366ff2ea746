//! Several threads that decide on the rows of one reader, with the output of a single thread.
//!
//! The threads form a ring, and two things are passed around it: the reader and the pages. The
//! thread that has the reader takes the next chunk of lines and passes the reader on. It decides on
//! the lines, waits for the pages, writes, and passes the pages on. Both go around in the same
//! direction, so the pages are written in the order of the lines. A thread has one chunk at most, so
//! memory is bounded.
//!
//! A thread that ends, for any reason, leaves the ring, and the threads that wait for a turn end too.

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

/// The number of bytes that are read at a time: large enough that passing on costs next to nothing.
const AT_A_TIME: usize = 1 << 19;

/// Rows, and the number of lines that were read.
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

/// The turns of one thread in the ring of one thing.
struct Turns<T> {
    mine: Receiver<T>,
    next: SyncSender<T>,
}

impl<T> Turns<T> {
    /// Waits for the thing. `None` when it will never come.
    fn wait(&self) -> Option<T> {
        self.mine.recv().ok()
    }

    /// Passes the thing on. If the next thread has left the ring, the thing is dropped.
    fn hand_on(&self, thing: T) {
        self.next.send(thing).unwrap_or_default();
    }
}

/// Makes a ring of this many places. The first place has the first turn.
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

/// Decides on each row of a reader in this many threads, and writes the outcomes.
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

/// The work of each thread. It reports on the rows that it decided on.
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
            // When earlier lines could not be written, that failure is reported instead.
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
