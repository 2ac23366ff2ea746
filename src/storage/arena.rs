//! Many short byte strings, stored one after the other and found by number.

use std::fmt;

/// The number of pieces whose group shares one [`Start`], as a power of two. To reach a piece, those
/// before it in its group are skipped.
const GROUP: u32 = 3;

/// A chunk grows up to this many bytes, plus the rest of a group.
const CHUNK: usize = 1 << 20;

/// The bytes that are left free at the end of a chunk, so that it seldom grows beyond its size.
const REST: usize = 1 << 12;

/// The greatest number of pieces. The number 2^32 − 1 is never used.
#[cfg(not(test))]
const MOST: usize = 0xFFFF_FFFF;

/// Few, so that the unit tests can reach the limit.
#[cfg(test)]
pub(crate) const MOST: usize = 5000;

/// Byte strings, called pieces, in the order in which they were added. Each takes two bytes in
/// addition to its own, and growing never moves more than a mebibyte.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Arena {
    /// Each piece is preceded by its length. No group is split between two chunks.
    chunks: Vec<Vec<u8>>,
    starts: Vec<Start>,
    len: usize,
}

/// The position at which a group of pieces begins.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Start {
    chunk: u32,
    byte: u32,
}

impl Arena {
    /// The number of pieces.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len >= MOST
    }

    /// Adds a piece and returns its number, counted from 0. Returns `None` if the arena is full.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Option<u32> {
        let number = u32::try_from(self.len).ok().filter(|_| !self.is_full())?;
        if number & low_bits(GROUP) == 0 {
            self.begin_group()?;
        }
        let chunk = self.chunks.last_mut()?;
        write_varint(chunk, u64::try_from(piece.len()).ok()?);
        chunk.extend_from_slice(piece);
        self.len = self.len.saturating_add(1);
        Some(number)
    }

    fn begin_group(&mut self) -> Option<()> {
        let has_room = |chunk: &Vec<u8>| chunk.len() <= CHUNK.saturating_sub(REST);
        if !self.chunks.last().is_some_and(has_room) {
            self.chunks
                .last_mut()
                .into_iter()
                .for_each(Vec::shrink_to_fit);
            self.chunks.push(Vec::new());
        }
        let byte = self.chunks.last().map_or(0, Vec::len);
        self.starts.push(Start {
            chunk: u32::try_from(self.chunks.len().checked_sub(1)?).ok()?,
            byte: u32::try_from(byte).ok()?,
        });
        Some(())
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&[u8]> {
        let start = self.starts.get(usize::try_from(number >> GROUP).ok()?)?;
        let chunk = self.chunks.get(usize::try_from(start.chunk).ok()?)?;
        let mut pieces = Pieces(chunk.get(usize::try_from(start.byte).ok()?..)?);
        for _ in 0..number & low_bits(GROUP) {
            pieces.next();
        }
        pieces.next()
    }

    /// All pieces, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.chunks.iter().flat_map(|chunk| Pieces(chunk))
    }

    pub(crate) fn size_in_bytes(&self) -> usize {
        let starts = self.starts.capacity().saturating_mul(size_of::<Start>());
        let chunks = self.chunks.capacity().saturating_mul(size_of::<Vec<u8>>());
        self.chunks
            .iter()
            .map(Vec::capacity)
            .fold(starts.saturating_add(chunks), usize::saturating_add)
    }

    /// The bytes from which [`of_chunks`](Self::of_chunks) builds the same arena.
    #[cfg(feature = "snapshot-file")]
    pub(crate) fn chunks(&self) -> &[Vec<u8>] {
        &self.chunks
    }

    /// Builds an arena of its chunks. Returns `None` if they are not the chunks of an arena.
    #[cfg(feature = "snapshot-file")]
    pub(crate) fn of_chunks(chunks: Vec<Vec<u8>>) -> Option<Self> {
        let mut starts = Vec::new();
        let mut len: usize = 0;
        for (index, chunk) in chunks.iter().enumerate() {
            let mut pieces = Pieces(chunk);
            while !pieces.0.is_empty() {
                if len & usize::try_from(low_bits(GROUP)).ok()? == 0 {
                    let byte = chunk.len().checked_sub(pieces.0.len())?;
                    starts.push(Start {
                        chunk: u32::try_from(index).ok()?,
                        byte: u32::try_from(byte).ok()?,
                    });
                }
                pieces.next()?;
                len = len.checked_add(1)?;
            }
            let is_last = index.checked_add(1)? == chunks.len();
            let is_whole_groups = len & usize::try_from(low_bits(GROUP)).ok()? == 0;
            if chunk.is_empty() || !(is_last || is_whole_groups) {
                return None;
            }
        }
        (len <= MOST).then_some(Self {
            chunks,
            starts,
            len,
        })
    }
}

/// Shows no content, which may be ids of people.
impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// The pieces from a position to the end of a chunk.
#[derive(Clone)]
struct Pieces<'a>(&'a [u8]);

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(read_varint(&mut self.0)?).ok()?;
        let (piece, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(piece)
    }
}

const fn low_bits(bits: u32) -> u32 {
    !(u32::MAX << bits)
}

/// Writes a number as a varint: seven bits a byte, the low ones first.
pub(crate) fn write_varint(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// Reads what [`write_varint`] wrote, and leaves the bytes after it.
#[inline]
pub(crate) fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number: u64 = 0;
    let mut shift: u32 = 0;
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F).checked_shl(shift)?;
        if *byte < 0x80 {
            return Some(number);
        }
        shift = shift.checked_add(7)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_varint_is_read_as_it_was_written() {
        let ends = (0..u64::BITS).flat_map(|bit| [1_u64 << bit, (1_u64 << bit).wrapping_sub(1)]);
        for number in ends.chain([u64::MAX]) {
            let mut bytes = Vec::new();
            write_varint(&mut bytes, number);
            bytes.push(7);
            let mut rest = bytes.as_slice();
            assert_eq!(read_varint(&mut rest), Some(number));
            assert_eq!(rest, [7]);
        }
        assert_eq!(read_varint(&mut &[0x80_u8; 20][..]), None);
        assert_eq!(read_varint(&mut &[][..]), None);
    }

    /// Pieces of every length, some of them larger than a chunk.
    #[test]
    fn a_piece_is_found_by_its_number() {
        let piece = |number: usize| {
            let length = match number {
                777 | 778 => CHUNK + number,
                _ => number * 37 % 1500,
            };
            vec![u8::try_from(number % 251).unwrap_or_default(); length]
        };
        let mut arena = Arena::default();
        for number in 0..MOST {
            assert_eq!(arena.push(&piece(number)), u32::try_from(number).ok());
            assert_eq!(arena.get(u32::try_from(arena.len()).unwrap_or(0)), None);
        }
        assert!(arena.chunks.len() > 3);
        for number in 0..MOST {
            let found = arena.get(u32::try_from(number).unwrap_or(u32::MAX));
            assert_eq!(found, Some(piece(number).as_slice()));
        }
        assert!(arena.iter().eq((0..MOST).map(piece)));
        assert_eq!(arena.push(b"one too many"), None);
        assert_eq!(arena.len(), MOST);
        #[cfg(feature = "snapshot-file")]
        {
            assert_eq!(Arena::of_chunks(arena.chunks.clone()), Some(arena.clone()));
            let mut cut = arena.chunks;
            cut.last_mut().into_iter().for_each(|chunk| {
                chunk.pop();
            });
            assert_eq!(Arena::of_chunks(cut.clone()), None);
            cut.push(Vec::new());
            assert_eq!(Arena::of_chunks(cut), None);
            let uneven = vec![vec![1, 7], vec![1, 7]];
            assert_eq!(Arena::of_chunks(uneven), None);
        }
    }
}
