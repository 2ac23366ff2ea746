//! Whole lines, many at a time.

use std::io::{self, ErrorKind, Read};

/// The longest line that is read, in bytes: 256 MiB. A longer one is unreadable.
pub const LONGEST_LINE: usize = 256 << 20;

/// How much is read at a time, in bytes.
const AT_A_TIME: usize = 1 << 16;

/// Reads whole lines, as many at a time as one read gave. Memory depends on the longest line and
/// not on how many there are.
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
#[derive(Debug)]
pub struct LineChunks<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The part of the buffer that was read and not given out yet.
    start: usize,
    end: usize,
    longest: usize,
}

/// What [`LineChunks`] gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// One line or several, whole, each with its line feed; the last one of all may have none.
    Lines(&'a [u8]),
    /// One line that was longer than [`LONGEST_LINE`] and was passed over.
    TooLong,
}

impl<R: Read> LineChunks<R> {
    /// Reads from a reader that needs no buffer of its own.
    pub fn new(reader: R) -> Self {
        Self::with_longest_line(reader, LONGEST_LINE)
    }

    fn with_longest_line(reader: R, longest: usize) -> Self {
        Self {
            reader,
            buffer: vec![0; AT_A_TIME],
            start: 0,
            end: 0,
            longest,
        }
    }

    /// The next lines, or `None` at the end.
    ///
    /// # Errors
    ///
    /// That of the reader. Lines that were not given out before it are lost.
    pub fn next_chunk(&mut self) -> io::Result<Option<Chunk<'_>>> {
        let mut searched = 0;
        loop {
            let unread = self.buffer.get(self.start..self.end).unwrap_or_default();
            let fresh = unread.get(searched..).unwrap_or_default();
            if let Some(last) = memchr::memrchr(b'\n', fresh) {
                let length = last.saturating_add(searched).saturating_add(1);
                return Ok(self.give_out(length));
            }
            searched = unread.len();
            if searched > self.longest {
                return self.pass_over().map(Some);
            }
            if self.fill()? == 0 {
                let length = self.end.saturating_sub(self.start);
                return Ok(if length == 0 {
                    None
                } else {
                    self.give_out(length)
                });
            }
        }
    }

    fn give_out(&mut self, length: usize) -> Option<Chunk<'_>> {
        let start = self.start;
        self.start = start.saturating_add(length);
        self.buffer.get(start..self.start).map(Chunk::Lines)
    }

    /// Reads on, after moving what is not given out yet to the front, or making room behind it.
    fn fill(&mut self) -> io::Result<usize> {
        if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
            if self.buffer.len().saturating_sub(self.end) < AT_A_TIME / 2 {
                self.buffer.resize(self.buffer.len().saturating_mul(2), 0);
            }
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = loop {
            match self.reader.read(room) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.end = self.end.saturating_add(read);
        Ok(read)
    }

    /// Forgets everything up to the next line feed.
    fn pass_over(&mut self) -> io::Result<Chunk<'static>> {
        loop {
            self.start = 0;
            self.end = 0;
            if self.fill()? == 0 {
                return Ok(Chunk::TooLong);
            }
            let unread = self.buffer.get(..self.end).unwrap_or_default();
            if let Some(feed) = memchr::memchr(b'\n', unread) {
                self.start = feed.saturating_add(1);
                return Ok(Chunk::TooLong);
            }
        }
    }
}

/// The lines of a chunk, each with its line feed where it has one.
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

    fn all(reader: impl Read, longest: usize) -> Vec<Option<Vec<u8>>> {
        let mut chunks = LineChunks::with_longest_line(reader, longest);
        let mut all = Vec::new();
        while let Some(chunk) = chunks.next_chunk().unwrap() {
            match chunk {
                Chunk::Lines(text) => all.extend(lines(text).map(|line| Some(line.to_vec()))),
                Chunk::TooLong => all.push(None),
            }
        }
        all
    }

    #[test]
    fn lines_come_whole_however_they_are_read() {
        let text = b"one\n\ntwo\r\n\0\nlast";
        let expected: Vec<_> = text
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| Some(line.to_vec()))
            .collect();
        assert_eq!(all(&text[..], 100), expected);
        assert_eq!(all(Trickle(text), 100), expected);
        assert_eq!(all(&b""[..], 100), []);
    }

    #[test]
    fn a_line_that_is_longer_than_the_buffer_comes_whole() {
        let mut text = vec![b'x'; 3 * AT_A_TIME];
        text.extend(b"\nnext\n");
        let expected: Vec<_> = text
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| Some(line.to_vec()))
            .collect();
        assert_eq!(all(&text[..], LONGEST_LINE), expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_is_not() {
        let mut text = b"first\n".to_vec();
        text.extend(vec![b'x'; 3 * AT_A_TIME]);
        text.extend(b"\nnext\n");
        let expected = [Some(b"first\n".to_vec()), None, Some(b"next\n".to_vec())];
        assert_eq!(all(&text[..], AT_A_TIME), expected);
        assert_eq!(all(Trickle(&text), 10), expected);
        text.truncate(2 * AT_A_TIME);
        assert_eq!(all(&text[..], AT_A_TIME), expected[..2]);
    }
}
