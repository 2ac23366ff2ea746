//! What is a record's own, in as few bytes as it takes.

use time::UtcDateTime;

use crate::arena::{read_varint, write_varint};
use crate::record::Times;

/// What is a record's own, beside its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own<'a> {
    /// The numbers of its shape and of its person.
    pub(super) shape: u32,
    pub(super) person: u32,
    /// The place of the record of the same person that came before it.
    pub(super) before: Option<u32>,
    pub(super) times: Times,
    /// Its evidence as a [`SubjectKey`](crate::key::SubjectKey) has it, or nothing.
    pub(super) evidence: &'a [u8],
}

/// The number of the shape stands in front, above these.
const FLAGS: u32 = 2;
const HAS_BEFORE: u64 = 1;
/// An instant is not at a full second: nanoseconds stand behind each of them.
const HAS_NANOSECONDS: u64 = 2;

/// The seconds of the instants that there are: those of the first since 1970, those of the others
/// since the first.
pub(super) fn seconds(times: Times) -> [i64; 4] {
    let [at, others @ ..] = times.map(|time| time.map(UtcDateTime::unix_timestamp));
    let start = at.unwrap_or_default();
    let [one, two, three] = others.map(|time| time.map_or(0, |time| time.wrapping_sub(start)));
    [start, one, two, three]
}

impl Own<'_> {
    /// Writes it for the record at a place. Seconds are written as differences to `usual` ones.
    pub(super) fn write(&self, place: u32, usual: [i64; 4], bytes: &mut Vec<u8>) {
        let mut head = u64::from(self.shape) << FLAGS;
        if self.before.is_some() {
            head |= HAS_BEFORE;
        }
        let nanoseconds = |time: UtcDateTime| u64::from(time.nanosecond());
        let has_nanoseconds = self
            .times
            .iter()
            .flatten()
            .any(|time| nanoseconds(*time) != 0);
        if has_nanoseconds {
            head |= HAS_NANOSECONDS;
        }
        write_varint(bytes, head);
        write_varint(bytes, signless(difference(place, self.person)));
        if let Some(before) = self.before {
            write_varint(bytes, signless(difference(place, before)));
        }
        let all = self.times.into_iter().zip(seconds(self.times)).zip(usual);
        for ((time, seconds), usual) in all {
            let Some(time) = time else { continue };
            write_varint(bytes, signless(seconds.wrapping_sub(usual)));
            if has_nanoseconds {
                write_varint(bytes, nanoseconds(time));
            }
        }
        bytes.extend_from_slice(self.evidence);
    }

    /// The number of the shape of what was written, and what is behind it.
    #[inline]
    pub(super) fn shape(mut bytes: &[u8]) -> Option<(u32, Written<'_>)> {
        let head = read_varint(&mut bytes)?;
        let shape = u32::try_from(head >> FLAGS).ok()?;
        Some((shape, Written { head, bytes }))
    }
}

/// What is behind the number of the shape.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    head: u64,
    bytes: &'a [u8],
}

impl<'a> Written<'a> {
    /// Reads what was written for the record at a place. It has the instants that its shape has.
    #[inline]
    pub(super) fn read(
        self,
        place: u32,
        shape: u32,
        has: Times,
        usual: [i64; 4],
    ) -> Option<Own<'a>> {
        let mut bytes = self.bytes;
        let person = other(place, read_varint(&mut bytes)?)?;
        let before = if self.head & HAS_BEFORE == 0 {
            None
        } else {
            Some(other(place, read_varint(&mut bytes)?)?)
        };
        let mut times = Times::default();
        let mut start = 0;
        for (number, ((time, has), usual)) in times.iter_mut().zip(has).zip(usual).enumerate() {
            if has.is_none() {
                continue;
            }
            let read = signed(read_varint(&mut bytes)?).wrapping_add(usual);
            let seconds = read.wrapping_add(start);
            if number == 0 {
                start = seconds;
            }
            let whole = UtcDateTime::from_unix_timestamp(seconds).ok()?;
            *time = Some(if self.head & HAS_NANOSECONDS == 0 {
                whole
            } else {
                let nanoseconds = u32::try_from(read_varint(&mut bytes)?).ok()?;
                whole.replace_nanosecond(nanoseconds).ok()?
            });
        }
        Some(Own {
            shape,
            person,
            before,
            times,
            evidence: bytes,
        })
    }
}

fn difference(place: u32, other: u32) -> i64 {
    i64::from(place).wrapping_sub(i64::from(other))
}

fn other(place: u32, difference: u64) -> Option<u32> {
    let other = i64::from(place).wrapping_sub(signed(difference));
    u32::try_from(other).ok()
}

/// Small numbers of either sign as small numbers.
fn signless(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}
