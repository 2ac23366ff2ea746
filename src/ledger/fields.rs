//! The fields of a record that other records rarely share, encoded in few bytes.

use time::UtcDateTime;

use crate::record::Times;
use crate::storage::arena::{read_varint, write_varint};

/// The fields of a record that other records rarely share, except its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    /// The number of its template.
    pub(super) template: u32,
    /// The number of its person.
    pub(super) person: u32,
    /// The index of the same person's previous record.
    pub(super) previous: Option<u32>,
    pub(super) times: Times,
    /// Its evidence, encoded as a [`SubjectKey`](crate::storage::subject_key::SubjectKey), or nothing.
    pub(super) evidence: &'a [u8],
}

/// The number of flags, which are the low bits of the first varint. The template's number is above
/// them.
const FLAGS: u32 = 2;
const HAS_PREVIOUS: u64 = 1;
/// Some instant is not at a full second: each instant is followed by its nanoseconds.
const HAS_NANOSECONDS: u64 = 2;

/// The seconds of the instants: of the first one since 1970, of the others since the first. An
/// instant that does not exist counts 0.
pub(super) fn seconds(times: Times) -> [i64; 4] {
    let [at, others @ ..] = times.map(|time| time.map(UtcDateTime::unix_timestamp));
    let start = at.unwrap_or_default();
    let [one, two, three] = others.map(|time| time.map_or(0, |time| time.wrapping_sub(start)));
    [start, one, two, three]
}

impl Fields<'_> {
    /// Encodes the fields of the record with this index. Seconds are encoded as differences to
    /// `baseline`.
    pub(super) fn write(&self, index: u32, baseline: [i64; 4], bytes: &mut Vec<u8>) {
        let mut head = u64::from(self.template) << FLAGS;
        if self.previous.is_some() {
            head |= HAS_PREVIOUS;
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
        write_varint(bytes, zigzag(difference(index, self.person)));
        if let Some(previous) = self.previous {
            write_varint(bytes, zigzag(difference(index, previous)));
        }
        let all = self
            .times
            .into_iter()
            .zip(seconds(self.times))
            .zip(baseline);
        for ((time, seconds), baseline) in all {
            let Some(time) = time else { continue };
            write_varint(bytes, zigzag(seconds.wrapping_sub(baseline)));
            if has_nanoseconds {
                write_varint(bytes, nanoseconds(time));
            }
        }
        bytes.extend_from_slice(self.evidence);
    }

    /// Decodes the number of the template. Returns also the fields after it.
    #[inline]
    pub(super) fn template(mut bytes: &[u8]) -> Option<(u32, EncodedFields<'_>)> {
        let head = read_varint(&mut bytes)?;
        let template = u32::try_from(head >> FLAGS).ok()?;
        Some((template, EncodedFields { head, bytes }))
    }
}

/// The encoded fields after the number of the template.
#[derive(Clone, Copy)]
pub(super) struct EncodedFields<'a> {
    head: u64,
    bytes: &'a [u8],
}

impl<'a> EncodedFields<'a> {
    /// The number of the person whom the record with this index is about.
    #[cfg(feature = "near-misses")]
    pub(super) fn person(self, index: u32) -> Option<u32> {
        let mut bytes = self.bytes;
        other(index, read_varint(&mut bytes)?)
    }

    /// Decodes the fields of the record with this index. The record has the instants that its template
    /// has.
    #[inline]
    pub(super) fn read(
        self,
        index: u32,
        template: u32,
        has: Times,
        baseline: [i64; 4],
    ) -> Option<Fields<'a>> {
        let mut bytes = self.bytes;
        let person = other(index, read_varint(&mut bytes)?)?;
        let previous = if self.head & HAS_PREVIOUS == 0 {
            None
        } else {
            Some(other(index, read_varint(&mut bytes)?)?)
        };
        let mut times = Times::default();
        let mut start = 0;
        for (number, ((time, has), baseline)) in times.iter_mut().zip(has).zip(baseline).enumerate()
        {
            if has.is_none() {
                continue;
            }
            let read = unzigzag(read_varint(&mut bytes)?).wrapping_add(baseline);
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
        Some(Fields {
            template,
            person,
            previous,
            times,
            evidence: bytes,
        })
    }
}

fn difference(index: u32, other: u32) -> i64 {
    i64::from(index).wrapping_sub(i64::from(other))
}

fn other(index: u32, difference: u64) -> Option<u32> {
    let other = i64::from(index).wrapping_sub(unzigzag(difference));
    u32::try_from(other).ok()
}

/// Maps numbers of small magnitude to small numbers without sign.
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}
