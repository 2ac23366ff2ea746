//! Reads whole lines in batches.

use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::ops::Range;

/// The length of the longest line that is read, in bytes (inclusive): 256 MiB without the line feed.
/// A longer line is unreadable.
pub const LONGEST_LINE: usize = 256 << 20;

/// The default number of bytes that are read at a time.
const AT_A_TIME: usize = 1 << 16;

/// Reads whole lines, as many at a time as one read returned. Memory depends on the longest line and
/// not on the number of lines.
///
/// ```
/// use consent_gate::json::{Chunk, LineChunks, lines};
///
/// let mut chunks = LineChunks::new(&b"{}\n[]\n1"[..]);
/// let mut seen = 0;
/// while let Some(chunk) = chunks.next_chunk()? {
///     if let Chunk::Lines(text) = chunk {
///         seen += lines(text).count();
///     }
/// }
/// assert_eq!(seen, 3);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct LineChunks<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not returned yet: from `start` to `end` (exclusive).
    start: usize,
    end: usize,
    at_a_time: usize,
    longest: usize,
}

/// The result of a search in the buffer.
enum Found {
    /// Whole lines, with this many bytes in total.
    Lines(usize),
    /// A line that was too long, and was discarded.
    TooLong,
}

/// A batch of lines from [`LineChunks`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// One or more whole lines, each with its line feed. The last line of the input may have none.
    Lines(&'a [u8]),
    /// One line that was longer than [`LONGEST_LINE`] and was skipped.
    TooLong,
}

impl<R: Read> LineChunks<R> {
    /// Reads from a reader. The reader needs no buffer.
    pub fn new(reader: R) -> Self {
        Self::with_capacity(AT_A_TIME, reader)
    }

    /// Reads up to this many bytes at a time: at least 1 and at most [`LONGEST_LINE`].
    pub fn with_capacity(at_a_time: usize, reader: R) -> Self {
        Self::with_longest_line(LONGEST_LINE, at_a_time, reader)
    }

    fn with_longest_line(longest: usize, at_a_time: usize, reader: R) -> Self {
        let at_a_time = at_a_time.clamp(1, longest);
        Self {
            reader,
            buffer: vec![0; at_a_time],
            start: 0,
            end: 0,
            at_a_time,
            longest,
        }
    }

    /// Returns the next lines, or `None` at the end.
    ///
    /// # Errors
    ///
    /// The error of the reader. Lines that were not returned before it are lost.
    pub fn next_chunk(&mut self) -> io::Result<Option<Chunk<'_>>> {
        Ok(match self.find()? {
            None => None,
            Some(Found::TooLong) => Some(Chunk::TooLong),
            Some(Found::Lines(length)) => {
                let lines = self.give_out(length);
                self.buffer.get(lines).map(Chunk::Lines)
            }
        })
    }

    /// Returns the next lines, or `None` at the end, together with the buffer that contains them, so
    /// that reading can continue while another thread uses them.
    ///
    /// The caller's buffer replaces the one that is returned. Its content does not matter, and it may
    /// be empty. Reusing a buffer saves an allocation.
    ///
    /// ```
    /// use consent_gate::json::{Chunk, LineChunks};
    ///
    /// let (mut one, mut other) = (Vec::new(), Vec::new());
    /// let mut chunks = LineChunks::with_capacity(8, &b"{\"a\":1}\n{\"b\":2}\n"[..]);
    /// let first = chunks.next_chunk_in(&mut one)?;
    /// let second = chunks.next_chunk_in(&mut other)?;
    /// assert_eq!(first, Some(Chunk::Lines(b"{\"a\":1}\n")));
    /// assert_eq!(second, Some(Chunk::Lines(b"{\"b\":2}\n")));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the reader. Lines that were not returned before it are lost.
    pub fn next_chunk_in<'b>(&mut self, buffer: &'b mut Vec<u8>) -> io::Result<Option<Chunk<'b>>> {
        Ok(match self.find()? {
            None => None,
            Some(Found::TooLong) => Some(Chunk::TooLong),
            Some(Found::Lines(length)) => {
                let lines = self.give_out(length);
                self.go_on_in(buffer);
                buffer.get(lines).map(Chunk::Lines)
            }
        })
    }

    /// Finds the next lines in the buffer, and reads as much as that needs.
    fn find(&mut self) -> io::Result<Option<Found>> {
        let mut searched = 0;
        loop {
            let unread = self.buffer.get(self.start..self.end).unwrap_or_default();
            let fresh = unread.get(searched..).unwrap_or_default();
            if let Some(last) = memchr::memrchr(b'\n', fresh) {
                // Only the first line can be too long: the others came from one read.
                if unread.len() > self.longest
                    && let Some(feed) = memchr::memchr(b'\n', unread)
                    && feed > self.longest
                {
                    self.give_out(feed.saturating_add(1));
                    return Ok(Some(Found::TooLong));
                }
                let length = last.saturating_add(searched).saturating_add(1);
                return Ok(Some(Found::Lines(length)));
            }
            searched = unread.len();
            if searched > self.longest {
                self.pass_over()?;
                return Ok(Some(Found::TooLong));
            }
            if self.fill()? == 0 {
                let length = self.end.saturating_sub(self.start);
                return Ok((length > 0).then_some(Found::Lines(length)));
            }
        }
    }

    /// Counts these bytes as returned, and gives their range in the buffer.
    fn give_out(&mut self, length: usize) -> Range<usize> {
        let start = self.start;
        self.start = start.saturating_add(length);
        start..self.start
    }

    /// Swaps the buffer for another one, and copies the bytes that are not returned yet.
    fn go_on_in(&mut self, buffer: &mut Vec<u8>) {
        let unread = self.buffer.get(self.start..self.end).unwrap_or_default();
        let room = unread.len().max(self.at_a_time);
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        if let Some(front) = buffer.get_mut(..unread.len()) {
            front.copy_from_slice(unread);
        }
        self.end = unread.len();
        self.start = 0;
        mem::swap(&mut self.buffer, buffer);
    }

    /// Reads more, after moving the bytes that are not returned yet to the front, or growing the
    /// buffer.
    fn fill(&mut self) -> io::Result<usize> {
        if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
            if self.buffer.len().saturating_sub(self.end) <= self.at_a_time / 2 {
                self.buffer.resize(self.buffer.len().saturating_mul(2), 0);
            }
        }
        let end = self
            .buffer
            .len()
            .min(self.end.saturating_add(self.at_a_time));
        let room = self.buffer.get_mut(self.end..end).unwrap_or_default();
        let read = loop {
            match self.reader.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.end = self.end.saturating_add(read);
        Ok(read)
    }

    /// Discards everything up to the next line feed.
    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            self.start = 0;
            self.end = 0;
            if self.fill()? == 0 {
                return Ok(());
            }
            let unread = self.buffer.get(..self.end).unwrap_or_default();
            if let Some(feed) = memchr::memchr(b'\n', unread) {
                self.start = feed.saturating_add(1);
                return Ok(());
            }
        }
    }
}

/// Shows none of the bytes that were read.
impl<R> fmt::Debug for LineChunks<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineChunks").finish_non_exhaustive()
    }
}

/// Shows only the length of the lines.
impl fmt::Debug for Chunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines(text) => write!(f, "Lines({} bytes)", text.len()),
            Self::TooLong => f.write_str("TooLong"),
        }
    }
}

/// Splits a chunk into its lines, each with its line feed if it has one.
pub fn lines(chunk: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = chunk;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |feed| feed.saturating_add(1));
        let (line, after) = rest.split_at_checked(end)?;
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let read = room.len().min(1);
            self.0.read(&mut room[..read])
        }
    }

    fn lines_of(chunk: Chunk<'_>) -> Vec<Option<Vec<u8>>> {
        match chunk {
            Chunk::Lines(text) => lines(text).map(|line| Some(line.to_vec())).collect(),
            Chunk::TooLong => vec![None],
        }
    }

    /// The lines, however they are taken: lent, or given away into new buffers and old ones.
    fn all<R: Read>(reader: impl Fn() -> R, longest: usize) -> Vec<Option<Vec<u8>>> {
        let mut lent = Vec::new();
        let mut chunks = LineChunks::with_longest_line(longest, AT_A_TIME, reader());
        while let Some(chunk) = chunks.next_chunk().unwrap() {
            lent.extend(lines_of(chunk));
        }
        for at_a_time in [0, 1, 2, 3, 7, 1000, AT_A_TIME] {
            let mut given = Vec::new();
            let mut chunks = LineChunks::with_longest_line(longest, at_a_time, reader());
            let mut buffers = [const { Vec::new() }; 3];
            for turn in 0.. {
                match chunks.next_chunk_in(&mut buffers[turn % 3]).unwrap() {
                    Some(chunk) => given.extend(lines_of(chunk)),
                    None => break,
                }
            }
            assert!(given == lent, "{at_a_time} bytes at a time");
        }
        lent
    }

    #[test]
    fn lines_come_whole_however_they_are_read() {
        let text = b"one\n\ntwo\r\n\0\nlast";
        let expected: Vec<_> = text
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| Some(line.to_vec()))
            .collect();
        assert_eq!(all(|| &text[..], 100), expected);
        assert_eq!(all(|| Trickle(text), 100), expected);
        assert_eq!(all(|| &b""[..], 100), []);
    }

    #[test]
    fn a_line_that_is_longer_than_the_buffer_comes_whole() {
        let mut text = vec![b'x'; 3 * AT_A_TIME];
        text.extend(b"\nnext\n");
        let expected: Vec<_> = text
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| Some(line.to_vec()))
            .collect();
        assert_eq!(all(|| &text[..], LONGEST_LINE), expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_is_not() {
        let mut text = b"first\n".to_vec();
        text.extend(vec![b'x'; 3 * AT_A_TIME]);
        text.extend(b"\nnext\n");
        let expected = [Some(b"first\n".to_vec()), None, Some(b"next\n".to_vec())];
        assert_eq!(all(|| &text[..], AT_A_TIME), expected);
        assert_eq!(all(|| Trickle(&text), 10), expected);
        text.truncate(2 * AT_A_TIME);
        assert_eq!(all(|| &text[..], AT_A_TIME), expected[..2]);
    }

    #[test]
    fn the_longest_line_is_read_and_one_that_is_a_byte_longer_is_not() {
        let text = b"0123456789\n\n0123456789\n0123456789a\n0123456789";
        let longest = Some(b"0123456789\n".to_vec());
        let last = Some(b"0123456789".to_vec());
        let expected = [longest.clone(), Some(b"\n".to_vec()), longest, None, last];
        assert_eq!(all(|| &text[..], 10), expected);
        assert_eq!(all(|| Trickle(text), 10), expected);
        assert_eq!(all(|| &b"0123456789a"[..], 10), [None]);
    }

    #[test]
    fn what_was_given_away_stays_while_reading_goes_on() {
        let text = b"one\ntwo\nthree\nfour\nlast";
        let mut chunks = LineChunks::with_capacity(5, &text[..]);
        let mut buffers = [const { Vec::new() }; 8];
        let mut given = Vec::new();
        for buffer in &mut buffers {
            if let Some(Chunk::Lines(text)) = chunks.next_chunk_in(buffer).unwrap() {
                given.push(text);
            }
        }
        assert!(given.len() > 1);
        assert_eq!(given.concat(), text);
    }
}
