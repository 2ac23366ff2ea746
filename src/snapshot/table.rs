//! A hash table that maps ids to the indices of people, for many ids at a time.
//!
//! A table consists of levels, and a level of buckets of one cache line each. An id is mixed with
//! the factor of the level; the result selects a bucket and a tag of 32 bits ([`Probe`]). An id
//! whose bucket is full, or contains its tag already, goes to the next level, where it is mixed with
//! another factor. The few for which no level has room form the overflow: a sorted list.
//!
//! Bucket and tag do not determine an id. The remainder does, which is stored separately and always
//! compared. So a false match is impossible, no matter who chose the ids. Ids that were chosen to collide
//! make a lookup cost at most one probe a level and a binary search of the overflow.

use std::hint::{black_box, select_unpredictable};
use std::ops::BitXor;

use crate::decision::question::BLOCK;

use super::packed::{Packed, Packing, wide};

/// The number of ids whose buckets are prefetched before the first of them is compared. With more,
/// the first bucket could leave the nearest cache before it is used.
const PREFETCHED: usize = 64;

/// The index of an id that the table does not contain.
pub(super) const NOT_FOUND: usize = usize::MAX;

/// The average number of ids a bucket. A higher load takes less memory and sends more lookups to the
/// next level.
const LOAD: usize = 14;

/// The number of buckets that share one entry of [`Level::starts`], as a power of two.
const BUCKETS_PER_START_LOG2: u32 = 12;

/// Fewer ids than these go into the overflow: a level of their own would not be worth its probe.
const MIN_LEVEL: usize = 64;

/// The factors that ids are mixed with, one for each level. They are odd, so that multiplication can
/// be inverted, and have about as many ones as zeros, without a pattern. Ids that share a bucket on
/// all of these levels would hardly be helped by another one.
pub(super) const FACTORS: [u64; 5] = [
    0x9E37_79B9_7F4A_7C15,
    0xBF58_476D_1CE4_E5B9,
    0x94D0_49BB_1331_11EB,
    0xD6E8_FEB8_6659_FD93,
    0xC2B2_AE3D_27D4_EB4F,
];

/// A bucket, which is one cache line: a header, and up to fifteen tags in ascending order, followed
/// by [`NO_TAG`]s.
///
/// The lower half of the header has one bit for each sixteenth of the range of tags. The bit is set
/// if an id with such a tag went on to the next level. The upper half is the index of the bucket's
/// first id, relative to the entry of [`Level::starts`] that the bucket shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Bucket([u32; 16]);

/// Marks an empty slot. An id that has this tag goes on to the next level.
const NO_TAG: u32 = u32::MAX;

/// A bucket on disk.
#[cfg(feature = "snapshot-file")]
pub(super) type BucketBytes = [u8; 64];

/// The bucket that may contain an id, and a fraction whose upper half is the id's tag.
///
/// Different ids in one bucket differ in the fraction or in what else the remainder holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Probe {
    bucket: u32,
    fraction: u64,
}

/// One level of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Level {
    #[cfg_attr(feature = "snapshot-file", serde(with = "buckets"))]
    buckets: Vec<Bucket>,
    /// The index of the first id in each run of 2^[`BUCKETS_PER_START_LOG2`] buckets.
    starts: Vec<usize>,
    /// The remainders of the ids, in the order of their indices.
    remainders: Packed,
}

/// What a level stores of one id.
#[cfg(feature = "decision-table")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    bucket: u32,
    tag: u32,
    pub(super) remainder: u128,
}

/// A table of ids of one kind.
pub(super) trait Ids {
    type Id<'i>: Copy + Default;

    fn levels(&self) -> &[Level];

    /// Mixes the id with the factor of a level. Different ids differ in the result or in what
    /// [`is_at`](Self::is_at) compares.
    fn mixed(&self, id: Self::Id<'_>, factor: u64) -> u64;

    /// Returns the bucket and the fraction of an id on a level.
    #[inline]
    fn probe(&self, level: &Level, id: Self::Id<'_>, factor: u64) -> Probe {
        level.probe(self.mixed(id, factor))
    }

    /// Returns whether bucket and tag already determine an id, so that no remainder is stored.
    fn has_no_remainder(&self, level: &Level) -> bool;

    /// Prefetches the remainders at these indices, so that the waits for memory overlap.
    fn prefetch(&self, level: &Level, indices: &[usize]);

    /// Returns whether the remainder at an index is that of this id, which has this probe.
    fn is_at(&self, level: &Level, index: usize, id: Self::Id<'_>, probe: Probe) -> bool;

    /// Looks an id up in the overflow.
    fn overflow(&self, id: Self::Id<'_>) -> Option<usize>;
}

/// Looks up many ids, at most a block of them.
#[inline]
pub(super) fn find_many<T: Ids>(table: &T, ids: &[T::Id<'_>], indices: &mut [usize]) {
    find_from::<BLOCK, PREFETCHED, T>(table, 0, ids, indices);
}

/// Looks up one id.
#[inline]
pub(super) fn find_one<T: Ids>(table: &T, id: T::Id<'_>) -> usize {
    let mut index = [NOT_FOUND];
    find_from::<1, 1, T>(table, 0, &[id], &mut index);
    let [index] = index;
    index
}

/// Looks up to `N` ids up on a level and the levels after it, in batches of `M`.
///
/// Within a batch, each step is done for all ids before the next step, and no branch depends on what
/// was read, so that the waits for memory overlap.
#[inline]
fn find_from<const N: usize, const M: usize, T: Ids>(
    table: &T,
    depth: usize,
    ids: &[T::Id<'_>],
    indices: &mut [usize],
) {
    let (Some(level), Some(factor)) = (table.levels().get(depth), FACTORS.get(depth)) else {
        for (id, index) in ids.iter().zip(indices) {
            *index = table.overflow(*id).unwrap_or(NOT_FOUND);
        }
        return;
    };
    let mut rest = Selected::<T::Id<'_>, N>::new();
    let mut at = 0..;
    for (ids, indices) in ids.chunks(M).zip(indices.chunks_mut(M)) {
        let mut probes = [Probe::default(); M];
        let probes = probes.get_mut(..ids.len()).unwrap_or_default();
        for (probe, id) in probes.iter_mut().zip(ids) {
            *probe = table.probe(level, *id, *factor);
        }
        if M > 1 {
            prefetch_all(probes.iter().map(|probe| level.header(*probe)));
        }
        for (((probe, id), index), at) in probes.iter().zip(ids).zip(&mut *indices).zip(&mut at) {
            let may_overflow: bool;
            (*index, may_overflow) = level.lookup(*probe);
            rest.push_if(may_overflow, at, *id);
        }
        if table.has_no_remainder(level) {
            continue;
        }
        if M > 1 {
            table.prefetch(level, indices);
        }
        for ((probe, id), index) in probes.iter().zip(ids).zip(&mut *indices) {
            let is_at = table.is_at(level, *index, *id, *probe);
            *index = select_unpredictable(is_at, *index, NOT_FOUND);
        }
    }
    rest.find_from::<M, T>(table, depth.saturating_add(1), indices);
}

/// Reads all of these values and discards them, which brings their cache lines near.
#[inline]
pub(super) fn prefetch_all<T: BitXor<Output = T> + Default>(all: impl Iterator<Item = T>) {
    black_box(all.fold(T::default(), BitXor::bitxor));
}

/// Some of the ids of a block, with their positions in it.
pub(super) struct Selected<I, const N: usize> {
    length: usize,
    /// The positions in the block.
    at: [u16; N],
    ids: [I; N],
}

impl<I: Copy + Default, const N: usize> Selected<I, N> {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            length: 0,
            at: [0; N],
            ids: [I::default(); N],
        }
    }

    /// Adds an id if it is selected. It writes in either case: a branch would be mispredicted.
    #[inline]
    pub(super) fn push_if(&mut self, is_selected: bool, at: u16, id: I) {
        let length = self.length;
        if let (Some(next_at), Some(next)) = (self.at.get_mut(length), self.ids.get_mut(length)) {
            *next_at = at;
            *next = id;
        }
        self.length = length.wrapping_add(usize::from(is_selected));
    }

    /// Looks the selected ids up, and leaves alone what was found for the others.
    #[inline]
    pub(super) fn find<'i, T: Ids<Id<'i> = I>>(&self, table: &T, indices: &mut [usize]) {
        self.find_from::<PREFETCHED, T>(table, 0, indices);
    }

    #[inline]
    fn find_from<'i, const M: usize, T: Ids<Id<'i> = I>>(
        &self,
        table: &T,
        depth: usize,
        indices: &mut [usize],
    ) {
        if self.length > 0 {
            self.find_some::<M, T>(table, depth, indices);
        }
    }

    #[inline(never)]
    fn find_some<'i, const M: usize, T: Ids<Id<'i> = I>>(
        &self,
        table: &T,
        depth: usize,
        indices: &mut [usize],
    ) {
        let mut found = [NOT_FOUND; N];
        let (Some(ids), Some(found)) = (self.ids.get(..self.length), found.get_mut(..self.length))
        else {
            return;
        };
        find_from::<N, M, T>(table, depth, ids, found);
        for (at, found) in self.at.iter().zip(found) {
            if let Some(index) = indices.get_mut(usize::from(*at)) {
                *index = (*index).min(*found);
            }
        }
    }
}

impl Level {
    /// Splits the product of a mixed id and the number of buckets: the upper 64 bits are the bucket,
    /// the lower 64 bits the fraction. The product never overflows, so nothing of the id is lost.
    #[inline]
    pub(super) fn probe(&self, mixed: u64) -> Probe {
        let product = u128::from(mixed).wrapping_mul(wide(self.buckets.len()));
        let [fraction, bucket] = halves(product);
        let [bucket, _] = quarters(bucket);
        Probe { bucket, fraction }
    }

    #[inline]
    fn bucket(&self, probe: Probe) -> Option<&Bucket> {
        self.buckets.get(usize::try_from(probe.bucket).ok()?)
    }

    #[inline]
    fn header(&self, probe: Probe) -> u32 {
        self.bucket(probe).map_or(0, |Bucket([header, ..])| *header)
    }

    /// Returns the only index that an id can have on this level, or [`NOT_FOUND`], and whether the
    /// id may be on the next level.
    #[inline]
    fn lookup(&self, probe: Probe) -> (usize, bool) {
        let Some(bucket) = self.bucket(probe) else {
            return (NOT_FOUND, false);
        };
        let tag = probe.tag();
        let position = bucket.position(tag);
        let group = usize::try_from(probe.bucket >> BUCKETS_PER_START_LOG2).unwrap_or(usize::MAX);
        let start = self.starts.get(group).copied().unwrap_or(NOT_FOUND);
        let header = bucket.tag(0);
        let [_, offset] = header_parts(header);
        let index = start
            .wrapping_add(usize::from(offset))
            .wrapping_add(position)
            .wrapping_sub(1);
        #[expect(
            clippy::needless_bitwise_bool,
            reason = "a branch would be mispredicted"
        )]
        let is_found = (bucket.tag(position) == tag) & (position != 0) & (tag != NO_TAG);
        let index = select_unpredictable(is_found, index, NOT_FOUND);
        (index, header.unbounded_shr(tag >> 28) & 1 == 1)
    }

    /// The index of the first id on this level.
    #[inline]
    fn first(&self) -> usize {
        self.starts.first().copied().unwrap_or(NOT_FOUND)
    }

    #[inline]
    pub(super) fn redundant_bits(&self) -> u32 {
        redundant_bits(self.buckets.len())
    }

    /// The number of bits of each remainder.
    #[inline]
    pub(super) fn remainder_bits(&self) -> u32 {
        self.remainders.bits()
    }

    /// Returns whether this is the remainder at an index.
    #[inline]
    pub(super) fn is_remainder(&self, index: usize, remainder: u128) -> bool {
        // `NOT_FOUND` is compared with the last remainder, which saves a branch and changes nothing:
        // the caller keeps `NOT_FOUND` whatever the result.
        let last = self.remainders.len().wrapping_sub(1);
        let index = index.wrapping_sub(self.first()).min(last);
        self.remainders.get_wide(index) == Some(remainder)
    }

    #[inline]
    pub(super) fn prefetch(&self, indices: &[usize]) {
        let first = self.first();
        prefetch_all(
            indices
                .iter()
                .map(|index| self.remainders.touch(index.wrapping_sub(first))),
        );
    }

    /// The occupied slots, in the order of their indices.
    #[cfg(feature = "decision-table")]
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        let tags = self
            .buckets
            .iter()
            .zip(0_u32..)
            .flat_map(|(bucket, number)| {
                let Bucket([_, tags @ ..]) = bucket;
                let own = tags.iter().take_while(|tag| **tag != NO_TAG);
                own.map(move |tag| (number, *tag))
            });
        tags.zip(0..).map(|((bucket, tag), index)| Slot {
            bucket,
            tag,
            remainder: self.remainders.get_wide(index).unwrap_or_default(),
        })
    }

    /// The mixed id whose product with the number of buckets begins with bucket, tag and the bits `below`
    /// the tag. Its lowest `idle` bits are 0.
    ///
    /// The bits that are not known are fewer than those of the number of buckets with `idle` zeros after it,
    /// so there is one such product.
    #[cfg(feature = "decision-table")]
    pub(super) fn mixed_in(&self, slot: Slot, below: u128, idle: u32) -> u64 {
        let least =
            u128::from(slot.bucket) << u64::BITS | u128::from(slot.tag) << u32::BITS | below;
        let step = wide(self.buckets.len()).unbounded_shl(idle).max(1);
        let [mixed, _] = halves(least.div_ceil(step));
        mixed.unbounded_shl(idle)
    }

    /// Returns whether the level is consistent and its indices begin with `next`, and advances `next`
    /// to the index after them.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_valid(&self, next: &mut usize) -> bool {
        let first = *next;
        let groups = self.buckets.chunks(1 << BUCKETS_PER_START_LOG2);
        self.starts.len() == groups.len()
            && groups.zip(&self.starts).all(|(buckets, start)| {
                *start == *next && buckets.iter().all(|bucket| bucket.is_valid(*start, next))
            })
            && self.remainders.is_valid()
            && first.checked_add(self.remainders.len()) == Some(*next)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        size_of_val::<[Bucket]>(&self.buckets)
            .saturating_add(size_of_val::<[usize]>(&self.starts))
            .saturating_add(self.remainders.size_in_bytes())
    }
}

impl Bucket {
    #[inline]
    fn tag(&self, position: usize) -> u32 {
        let Self(words) = self;
        words.get(position & 15).copied().unwrap_or(NO_TAG)
    }

    /// The position of the greatest tag that is at most `tag`, counted from 1, or 0 if there is none.
    ///
    /// This is a binary search of four steps without branches, which would be mispredicted.
    #[inline]
    fn position(&self, tag: u32) -> usize {
        let mut position = 0;
        for step in [8, 4, 2, 1] {
            position |= usize::from(self.tag(position | step) <= tag).wrapping_neg() & step;
        }
        position
    }

    /// Returns whether the bucket is consistent and its indices begin with `next`, where its header
    /// counts from `start`, and advances `next` to the index after them.
    #[cfg(feature = "snapshot-file")]
    fn is_valid(&self, start: usize, next: &mut usize) -> bool {
        let Self([header, tags @ ..]) = self;
        let [_, offset] = header_parts(*header);
        let ids = tags.partition_point(|tag| *tag != NO_TAG);
        let (own, free) = tags.split_at_checked(ids).unwrap_or_default();
        let is_next = start.checked_add(usize::from(offset)) == Some(*next);
        *next = next.saturating_add(ids);
        is_next
            && own.is_sorted_by(|one, other| one < other)
            && free.iter().all(|tag| *tag == NO_TAG)
    }

    #[cfg(feature = "snapshot-file")]
    pub(super) fn to_bytes(self) -> BucketBytes {
        let mut bytes = [0; 64];
        for (four, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(self.0) {
            *four = word.to_le_bytes();
        }
        bytes
    }

    #[cfg(feature = "snapshot-file")]
    pub(super) fn of_bytes(bytes: &BucketBytes) -> Self {
        let mut words = [0; 16];
        for (word, four) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*four);
        }
        Self(words)
    }
}

impl Probe {
    #[inline]
    fn tag(self) -> u32 {
        let [_, tag] = quarters(self.fraction);
        tag
    }

    #[cfg(test)]
    pub(super) fn bucket_and_tag(self) -> (u32, u32) {
        (self.bucket, self.tag())
    }

    /// Returns the same probe, or one that no id matches.
    #[inline]
    pub(super) fn only_if(self, is_possible: bool) -> Self {
        let fraction = select_unpredictable(is_possible, self.fraction, u64::MAX);
        Self { fraction, ..self }
    }

    /// The bits of the fraction below the tag.
    #[inline]
    pub(super) fn below_tag(self) -> u32 {
        let [below, _] = quarters(self.fraction);
        below
    }
}

/// The number of low bits of a fraction that need not be stored.
///
/// The fractions of different mixed ids in one bucket differ by at least the number of buckets, so
/// they also differ without these bits.
fn redundant_bits(buckets: usize) -> u32 {
    buckets.checked_ilog2().unwrap_or(0)
}

/// Builds the table of one kind of ids.
pub(super) trait TableBuilder {
    /// A person, who has an id of that kind.
    type Person;

    fn mixed(&self, person: &Self::Person, factor: u64) -> u64;

    /// The number of bits of a remainder where this many bits of a fraction are redundant.
    fn remainder_bits(&self, redundant_bits: u32) -> u32;

    /// The remainder of the person's id: all of it that bucket and tag do not determine.
    fn remainder(&self, person: &Self::Person, probe: Probe, redundant_bits: u32) -> u128;

    /// Gives the next index to a person.
    fn added(&mut self, person: &Self::Person);
}

/// Puts people on levels, with indices from `next` on, and returns those for whom there is no room.
pub(super) fn levels<P: TableBuilder>(
    builder: &mut P,
    mut people: Vec<P::Person>,
    mut next: usize,
) -> (Vec<Level>, Vec<P::Person>) {
    let mut levels = Vec::new();
    for factor in FACTORS {
        if people.len() < MIN_LEVEL && !levels.is_empty() {
            break;
        }
        people.sort_unstable_by_key(|person| builder.mixed(person, factor));
        let level;
        (level, people) = Level::of(builder, people, factor, &mut next);
        levels.push(level);
    }
    (levels, people)
}

impl Level {
    /// Builds a level of people who are sorted by their mixed ids. Returns also those who go on to
    /// the next level.
    fn of<P: TableBuilder>(
        builder: &mut P,
        people: Vec<P::Person>,
        factor: u64,
        next: &mut usize,
    ) -> (Self, Vec<P::Person>) {
        let most = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
        let buckets = people.len().div_ceil(LOAD).clamp(1, most);
        let redundant = redundant_bits(buckets);
        let mut remainders = Packing::new(builder.remainder_bits(redundant), people.len());
        let empty = Bucket([NO_TAG; 16]);
        let mut level = Self {
            buckets: vec![empty; buckets],
            ..Self::default()
        };
        let mut rest = Vec::new();
        let mut people = people.into_iter().peekable();
        for number in 0..buckets {
            if number.trailing_zeros() >= BUCKETS_PER_START_LOG2 {
                level.starts.push(*next);
            }
            let offset = next.wrapping_sub(level.starts.last().copied().unwrap_or(0));
            let mut bucket = empty;
            let mut free = bucket.0.iter_mut();
            let header = free.next();
            let mut overflowed: u16 = 0;
            let mut latest = NO_TAG;
            while let Some((probe, person)) = people
                .peek()
                .map(|person| level.probe(builder.mixed(person, factor)))
                .filter(|probe| usize::try_from(probe.bucket) == Ok(number))
                .and_then(|probe| Some((probe, people.next()?)))
            {
                let tag = probe.tag();
                let is_taken = tag == NO_TAG || tag == latest;
                if let Some(free_tag) = if is_taken { None } else { free.next() } {
                    *free_tag = tag;
                    latest = tag;
                    remainders.push(builder.remainder(&person, probe, redundant));
                    builder.added(&person);
                    *next = next.saturating_add(1);
                } else {
                    overflowed |= 1_u16.unbounded_shl(tag >> 28);
                    rest.push(person);
                }
            }
            if let Some(header) = header {
                let offset = u16::try_from(offset).unwrap_or(u16::MAX);
                *header = u32::from(offset) << 16 | u32::from(overflowed);
            }
            if let Some(own) = level.buckets.get_mut(number) {
                *own = bucket;
            }
        }
        level.remainders = remainders.packed();
        (level, rest)
    }
}

#[inline]
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the two halves"
)]
pub(super) fn halves(number: u128) -> [u64; 2] {
    [number as u64, (number >> 64) as u64]
}

#[inline]
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the two halves"
)]
fn quarters(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

#[inline]
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the two halves"
)]
fn header_parts(header: u32) -> [u16; 2] {
    [header as u16, (header >> 16) as u16]
}

/// Buckets as bytes, the least significant byte of each word first, in pieces.
#[cfg(feature = "snapshot-file")]
mod buckets {
    use std::fmt;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};
    use serde_bytes::{ByteBuf, Bytes};

    use super::{Bucket, BucketBytes};

    /// The number of buckets in a piece.
    const AT_A_TIME: usize = 1024;

    pub(super) fn serialize<S: Serializer>(
        buckets: &[Bucket],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let pieces = buckets.chunks(AT_A_TIME).map(|buckets| {
            let bytes = buckets.iter().flat_map(|bucket| bucket.to_bytes());
            ByteBuf::from(bytes.collect::<Vec<_>>())
        });
        serializer.collect_seq(pieces)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Bucket>, D::Error> {
        deserializer.deserialize_seq(Pieces)
    }

    struct Pieces;

    impl<'de> Visitor<'de> for Pieces {
        type Value = Vec<Bucket>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("buckets of a table")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut pieces: A) -> Result<Vec<Bucket>, A::Error> {
            let mut buckets = Vec::new();
            while let Some(piece) = pieces.next_element::<&Bytes>()? {
                let (whole, rest) = piece.as_chunks::<{ size_of::<BucketBytes>() }>();
                if !rest.is_empty() {
                    return Err(A::Error::custom("an incomplete bucket"));
                }
                buckets.extend(whole.iter().map(Bucket::of_bytes));
            }
            buckets.shrink_to_fit();
            Ok(buckets)
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]
mod tests {
    use super::*;

    /// Ids that are mixed as a test wants it, and are compared as a whole.
    struct Chosen {
        mix: fn(u32, u64) -> u64,
        levels: Vec<Level>,
        /// The ids, by index.
        ids: Vec<u32>,
        on_levels: usize,
    }

    impl TableBuilder for Chosen {
        type Person = u32;

        fn mixed(&self, person: &u32, factor: u64) -> u64 {
            (self.mix)(*person, factor)
        }

        fn remainder_bits(&self, _: u32) -> u32 {
            0
        }

        fn remainder(&self, _: &u32, _: Probe, _: u32) -> u128 {
            0
        }

        fn added(&mut self, person: &u32) {
            self.ids.push(*person);
        }
    }

    impl Ids for Chosen {
        type Id<'i> = u32;

        fn levels(&self) -> &[Level] {
            &self.levels
        }

        fn mixed(&self, id: u32, factor: u64) -> u64 {
            (self.mix)(id, factor)
        }

        fn has_no_remainder(&self, _: &Level) -> bool {
            false
        }

        fn prefetch(&self, _: &Level, _: &[usize]) {}

        fn is_at(&self, _: &Level, index: usize, id: u32, _: Probe) -> bool {
            self.ids.get(index) == Some(&id)
        }

        fn overflow(&self, id: u32) -> Option<usize> {
            let overflow = self.ids.get(self.on_levels..)?;
            let index = overflow.binary_search(&id).ok()?;
            self.on_levels.checked_add(index)
        }
    }

    /// A table of the even numbers below `2 * count`, and the number of them in the overflow.
    fn table(mix: fn(u32, u64) -> u64, count: u32) -> (Chosen, usize) {
        let mut chosen = Chosen {
            mix,
            levels: Vec::new(),
            ids: Vec::new(),
            on_levels: 0,
        };
        let people: Vec<u32> = (0..count).map(|number| 2 * number).collect();
        let mut rest;
        (chosen.levels, rest) = levels(&mut chosen, people, 0);
        chosen.on_levels = chosen.ids.len();
        rest.sort_unstable();
        chosen.ids.extend(&rest);
        (chosen, rest.len())
    }

    fn all_are_found_and_no_others(chosen: &Chosen, count: u32) {
        assert_eq!(chosen.ids.len(), usize::try_from(count).unwrap());
        let asked: Vec<u32> = (0..2 * count + 2).collect();
        for block in asked.chunks(BLOCK) {
            let mut indices = [NOT_FOUND; BLOCK];
            find_many(chosen, block, &mut indices[..block.len()]);
            for (id, index) in block.iter().zip(indices) {
                assert_eq!(find_one(chosen, *id), index, "{id}");
                assert_eq!(
                    chosen.ids.get(index) == Some(id),
                    id % 2 == 0 && *id < 2 * count
                );
                assert_eq!(index == NOT_FOUND, id % 2 == 1 || *id >= 2 * count);
            }
        }
    }

    #[test]
    fn every_id_is_found_and_no_other_whatever_the_number_of_ids() {
        let mix = |id: u32, factor| u64::from(id + 1).wrapping_mul(factor).rotate_left(17) ^ factor;
        for count in [0, 1, 2, 14, 15, 16, 17, 63, 64, 65, 1_000, 70_000] {
            let (chosen, overflow) = table(mix, count);
            all_are_found_and_no_others(&chosen, count);
            assert!(overflow < MIN_LEVEL, "{overflow} of {count}");
        }
    }

    #[test]
    fn ids_that_were_chosen_to_share_a_bucket_are_found() {
        let (chosen, overflow) = table(|id, _| u64::from(id) << 33, 5_000);
        all_are_found_and_no_others(&chosen, 5_000);
        assert!(overflow > 4_000, "{overflow}");
    }

    #[test]
    fn ids_that_were_chosen_to_share_a_tag_are_found() {
        for mixed in [0, 1, u64::MAX] {
            let mix = match mixed {
                0 => |_, _| 0,
                1 => |_, _| 1,
                _ => |_, _| u64::MAX,
            };
            let (chosen, overflow) = table(mix, 1_000);
            all_are_found_and_no_others(&chosen, 1_000);
            assert!(overflow >= 1_000 - FACTORS.len(), "{overflow}");
        }
    }
}
