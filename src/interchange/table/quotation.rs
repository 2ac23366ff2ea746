//! Quotation marks of a table in CSV.

use std::io::{self, Read};

use thiserror::Error;

/// A quotation mark or a carriage return at a position where RFC 4180 allows none.
#[derive(Clone, Copy, Debug, Error)]
#[error("line {line}: {problem}")]
pub(super) struct Misplaced {
    /// The line where the row begins, counted from 1.
    pub(super) line: u64,
    pub(super) problem: &'static str,
}

const WITHIN: &str = "a quotation mark within a cell that does not begin with one";
const BEHIND: &str = "something behind the closing quotation mark of a cell";
const OPEN: &str = "the table ends within a quotation mark";
const RETURN: &str = "a carriage return without a line feed";

/// A reader of a table that fails with [`Misplaced`] where a quotation mark is not as RFC 4180
/// requires: the parser of tables takes such a mark for a part of the text.
pub(super) struct Quotation<R> {
    reader: R,
    delimiter: u8,
    place: Place,
    /// The line that the next byte is in, and the line where its row begins.
    line: u64,
    row: u64,
    /// The first bytes that were equal to those of a byte order mark, which the parser skips.
    mark: usize,
    fault: Option<&'static str>,
}

/// The place of the next byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the start of a cell.
    Start,
    /// In a cell without quotation marks.
    Plain,
    /// Between the quotation marks of a cell.
    Quoted,
    /// Behind a quotation mark that ends the cell, unless another one follows.
    Closed,
    /// Behind a carriage return that ends the row, unless no line feed follows.
    Returned,
}

const BYTE_ORDER_MARK: [u8; 3] = *b"\xef\xbb\xbf";

impl<R> Quotation<R> {
    pub(super) fn new(reader: R, delimiter: u8) -> Self {
        Self {
            reader,
            delimiter,
            place: Place::Start,
            line: 1,
            row: 1,
            mark: 0,
            fault: None,
        }
    }

    fn step(&mut self, byte: u8) -> Result<(), &'static str> {
        if BYTE_ORDER_MARK.get(self.mark) == Some(&byte) {
            self.mark = self.mark.saturating_add(1);
            return Ok(());
        }
        self.mark = BYTE_ORDER_MARK.len();
        self.place = match (self.place, byte) {
            (Place::Returned, b'\n') => Place::Start,
            (Place::Returned, _) => return Err(RETURN),
            (Place::Quoted, b'"') => Place::Closed,
            (Place::Quoted, _) | (Place::Closed | Place::Start, b'"') => Place::Quoted,
            (_, b'\n') => Place::Start,
            (_, byte) if byte == self.delimiter => Place::Start,
            (_, b'\r') => Place::Returned,
            (Place::Closed, _) => return Err(BEHIND),
            (Place::Plain, b'"') => return Err(WITHIN),
            (Place::Start | Place::Plain, _) => Place::Plain,
        };
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
            if self.place == Place::Start {
                self.row = self.line;
            }
        }
        Ok(())
    }

    /// Checks bytes up to the first fault. Leaves out the carriage returns before line feeds, which the
    /// parser would take for the end of a line of their own. Returns how many bytes are kept.
    fn pass(&mut self, bytes: &mut [u8]) -> usize {
        let mut kept = 0;
        for position in 0..bytes.len() {
            let Some(byte) = bytes.get(position).copied() else {
                break;
            };
            if let Err(problem) = self.step(byte) {
                self.fault = Some(problem);
                break;
            }
            if self.place == Place::Returned {
                continue;
            }
            if let Some(to) = bytes.get_mut(kept) {
                *to = byte;
            }
            kept = kept.saturating_add(1);
        }
        kept
    }

    fn misplaced(&self, problem: &'static str) -> io::Error {
        let line = self.row;
        io::Error::new(io::ErrorKind::InvalidData, Misplaced { line, problem })
    }
}

impl<R: Read> Read for Quotation<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if let Some(problem) = self.fault {
            return Err(self.misplaced(problem));
        }
        loop {
            let length = self.reader.read(room)?;
            let read = room.get_mut(..length).unwrap_or_default();
            if read.is_empty() {
                return match self.place {
                    _ if room.is_empty() => Ok(0),
                    // A cell with a line break is refused by its shape.
                    Place::Quoted if self.line == self.row => Err(self.misplaced(OPEN)),
                    Place::Returned => Err(self.misplaced(RETURN)),
                    _ => Ok(0),
                };
            }
            let kept = self.pass(read);
            match self.fault {
                Some(problem) if kept == 0 => return Err(self.misplaced(problem)),
                // The parser gets what is before the fault, so that an earlier error is told first.
                _ if kept > 0 => return Ok(kept),
                _ => {}
            }
        }
    }
}
