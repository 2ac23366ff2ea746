//! The tables of the three kinds of ids: how an id is mixed, and which remainder bucket and tag leave.
//!
//! Numbers are mixed by a bijection of as many bits as the greatest number has, so the remainder is
//! the part of the result that bucket and tag do not determine: few bits, and none for small
//! numbers. The remainder of a UUID is that part of a mix of both halves, and the lower half, from
//! which the upper half follows. The remainder of a text is the text.
//!
//! So ids can be read back out of a table: mixing is inverted, and of all numbers that begin with the bits
//! that are stored, one is a multiple of the number of buckets.

use std::cmp::Ordering;
use std::marker::PhantomData;

use super::instants::{InstantEncoder, Starts};
use super::packed::{Packed, Packing, wide, width};
#[cfg(feature = "decision-table")]
use super::table::FACTORS;
use super::table::{Ids, Level, Probe, TableBuilder, halves, levels, prefetch_all};

/// The index of an entry of the dictionary.
#[derive(Clone, Copy, Debug)]
pub(super) struct EntryIndex(pub(super) usize);

/// The index of a record id among those of the snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordIdIndex(pub(super) usize);

/// A person who has no index yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person<I> {
    pub(super) id: I,
    /// The index of their assessments in the dictionary.
    pub(super) entry: EntryIndex,
    /// The index of the id of their first grant among the record ids.
    pub(super) first_record_id: RecordIdIndex,
    /// The instants from which their grants cover data, where the dictionary does not hold them.
    pub(super) starts: Starts,
}

/// The columns of the people, in the order of their indices.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) entries: Packing,
    pub(super) first_names: Packing,
    pub(super) instants: InstantEncoder,
}

impl Known {
    fn add<I>(&mut self, person: &Person<I>) {
        let (EntryIndex(entry), RecordIdIndex(first)) = (person.entry, person.first_record_id);
        self.entries.push(wide(entry));
        self.first_names.push(wide(first));
        self.instants.push(person.starts);
    }
}

/// Decimal numbers up to 2^64 − 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Numbers {
    levels: Vec<Level>,
    /// The number of bits of the greatest number, and at least one.
    width: u32,
    overflow: Overflow<u64>,
}

/// UUIDs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Uuids {
    levels: Vec<Level>,
    overflow: Overflow<u128>,
}

/// Other texts, which are stored as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Texts {
    levels: Vec<Level>,
    /// The index of the first text's person.
    first: usize,
    /// The number of texts on levels. Those after them are the overflow, which is sorted.
    on_levels: usize,
    /// The texts in the order of their indices, without separators, and the end of each.
    #[cfg_attr(feature = "snapshot-file", serde(with = "serde_bytes"))]
    text: Vec<u8>,
    ends: Packed,
}

/// Ids for which no level had room, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
struct Overflow<I> {
    ids: Vec<I>,
    /// The index of the first one.
    first: usize,
}

impl<I: Ord + Copy> Overflow<I> {
    fn of(mut people: Vec<Person<I>>, first: usize, known: &mut Known) -> Self {
        people.sort_unstable_by_key(|person| person.id);
        for person in &people {
            known.add(person);
        }
        let ids = people.into_iter().map(|person| person.id).collect();
        Self { ids, first }
    }

    #[cfg(feature = "snapshot-file")]
    fn is_valid(&self, next: &mut usize) -> bool {
        let is_first = self.first == *next;
        *next = next.saturating_add(self.ids.len());
        is_first && self.ids.is_sorted_by(|one, other| one < other)
    }

    fn find(&self, id: I) -> Option<usize> {
        let index = self.ids.binary_search(&id).ok()?;
        self.first.checked_add(index)
    }
}

impl Numbers {
    /// Builds the table of these numbers, with indices from `first` on.
    pub(super) fn of(people: Vec<Person<u64>>, first: usize, known: &mut Known) -> Self {
        let greatest = people.iter().map(|person| person.id).max().unwrap_or(0);
        let width = u64::BITS.saturating_sub(greatest.leading_zeros()).max(1);
        let end = first.saturating_add(people.len());
        let (levels, rest) = levels(&mut NumbersBuilder { width, known }, people, first);
        let overflow = end.saturating_sub(rest.len());
        Self {
            levels,
            width,
            overflow: Overflow::of(rest, overflow, known),
        }
    }

    /// Returns whether the table is consistent and its indices begin with `next`, and advances `next`
    /// to the index after them.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_valid(&self, next: &mut usize) -> bool {
        (1..=u64::BITS).contains(&self.width)
            && are_valid(&self.levels, next)
            && self.overflow.is_valid(next)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        sizes(&self.levels).saturating_add(size_of_val::<[u64]>(&self.overflow.ids))
    }

    /// The numbers, in the order of their indices.
    #[cfg(feature = "decision-table")]
    pub(super) fn ids(&self) -> impl Iterator<Item = u64> {
        let idle = u64::BITS.wrapping_sub(self.width);
        let on_levels = self
            .levels
            .iter()
            .zip(FACTORS)
            .flat_map(move |(level, factor)| {
                let unstored = u32::BITS.saturating_sub(level.remainder_bits());
                level.slots().map(move |slot| {
                    let below = slot.remainder.unbounded_shl(unstored);
                    let mixed = level.mixed_in(slot, below, idle);
                    unmixed_number(mixed, self.width, factor)
                })
            });
        on_levels.chain(self.overflow.ids.iter().copied())
    }
}

/// Mixes a number of at most `width` bits into the upper `width` bits of the result.
///
/// INVARIANT (mixing a number is a bijection): each step can be inverted. The factor is odd; the
/// shift is at least half the width and never 0. All bits of the number affect the upper bits of the
/// result.
#[inline]
fn mixed_number(number: u64, width: u32, factor: u64) -> u64 {
    let idle = u64::BITS.wrapping_sub(width);
    let upper = u64::MAX.unbounded_shl(idle);
    let scaled = number.wrapping_shl(idle).wrapping_mul(factor);
    let folded = scaled ^ scaled.wrapping_shr(width.div_ceil(2)) & upper;
    folded.wrapping_mul(factor)
}

/// The inverse of [`mixed_number`].
#[cfg(any(test, feature = "decision-table"))]
fn unmixed_number(mixed: u64, width: u32, factor: u64) -> u64 {
    let idle = u64::BITS.wrapping_sub(width);
    let upper = u64::MAX.unbounded_shl(idle);
    let folded = mixed.wrapping_mul(inverse(factor));
    let scaled = folded ^ folded.unbounded_shr(width.div_ceil(2)) & upper;
    scaled.wrapping_mul(inverse(factor)).unbounded_shr(idle)
}

/// The bits of a number's fraction below the tag, as many as are not redundant.
#[inline]
fn remainder_of_number(probe: Probe, bits: u32) -> u128 {
    let below = probe.below_tag();
    u128::from(below.unbounded_shr(u32::BITS.wrapping_sub(bits)))
}

impl Ids for Numbers {
    type Id<'i> = u64;

    #[inline]
    fn levels(&self) -> &[Level] {
        &self.levels
    }

    #[inline]
    fn mixed(&self, id: u64, factor: u64) -> u64 {
        mixed_number(id, self.width, factor)
    }

    /// A number that is wider than all numbers of the table is not in it, but mixing ignores its
    /// upper bits.
    #[inline]
    fn probe(&self, level: &Level, id: u64, factor: u64) -> Probe {
        let upper = id.wrapping_shr(self.width.wrapping_sub(1)) >> 1;
        level.probe(self.mixed(id, factor)).only_if(upper == 0)
    }

    #[inline]
    fn has_no_remainder(&self, level: &Level) -> bool {
        level.remainder_bits() == 0
    }

    #[inline]
    fn prefetch(&self, level: &Level, indices: &[usize]) {
        level.prefetch(indices);
    }

    #[inline]
    fn is_at(&self, level: &Level, index: usize, _: u64, probe: Probe) -> bool {
        level.is_remainder(index, remainder_of_number(probe, level.remainder_bits()))
    }

    fn overflow(&self, id: u64) -> Option<usize> {
        self.overflow.find(id)
    }
}

struct NumbersBuilder<'k> {
    width: u32,
    known: &'k mut Known,
}

impl TableBuilder for NumbersBuilder<'_> {
    type Person = Person<u64>;

    fn mixed(&self, person: &Person<u64>, factor: u64) -> u64 {
        mixed_number(person.id, self.width, factor)
    }

    fn remainder_bits(&self, redundant_bits: u32) -> u32 {
        self.width
            .saturating_sub(redundant_bits)
            .saturating_sub(u32::BITS)
    }

    fn remainder(&self, _: &Person<u64>, probe: Probe, redundant_bits: u32) -> u128 {
        remainder_of_number(probe, self.remainder_bits(redundant_bits))
    }

    fn added(&mut self, person: &Person<u64>) {
        self.known.add(person);
    }
}

impl Uuids {
    /// Builds the table of these UUIDs, with indices from `first` on.
    pub(super) fn of(people: Vec<Person<u128>>, first: usize, known: &mut Known) -> Self {
        let end = first.saturating_add(people.len());
        let (levels, rest) = levels(&mut UuidsBuilder { known }, people, first);
        let overflow = end.saturating_sub(rest.len());
        Self {
            levels,
            overflow: Overflow::of(rest, overflow, known),
        }
    }

    /// As for [`Numbers`].
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_valid(&self, next: &mut usize) -> bool {
        are_valid(&self.levels, next) && self.overflow.is_valid(next)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        sizes(&self.levels).saturating_add(size_of_val::<[u128]>(&self.overflow.ids))
    }

    /// The UUIDs, in the order of their indices.
    #[cfg(feature = "decision-table")]
    pub(super) fn ids(&self) -> impl Iterator<Item = u128> {
        let on_levels = self.levels.iter().zip(FACTORS).flat_map(|(level, factor)| {
            level.slots().map(move |slot| {
                let [low, below] = halves(slot.remainder);
                let below = u128::from(below).unbounded_shl(level.redundant_bits());
                unmixed_uuid(level.mixed_in(slot, below, 0), low, factor)
            })
        });
        on_levels.chain(self.overflow.ids.iter().copied())
    }
}

/// Mixes the lower half of a UUID into the upper half. The lower half and the result determine the
/// UUID.
#[inline]
fn mixed_uuid(uuid: u128, factor: u64) -> u64 {
    let [low, high] = halves(uuid);
    (high ^ folded_product(low, factor)).wrapping_mul(factor)
}

/// The inverse of [`mixed_uuid`], where the lower half is known.
#[cfg(any(test, feature = "decision-table"))]
fn unmixed_uuid(mixed: u64, low: u64, factor: u64) -> u128 {
    let high = mixed.wrapping_mul(inverse(factor)) ^ folded_product(low, factor);
    u128::from(high) << u64::BITS | u128::from(low)
}

/// The number that gives 1 when it is multiplied with `factor`, which is odd (Newton's method: the first
/// step has three low bits right, and each doubles their number).
#[cfg(any(test, feature = "decision-table"))]
fn inverse(factor: u64) -> u64 {
    let step =
        |inverse: u64| inverse.wrapping_mul(2_u64.wrapping_sub(factor.wrapping_mul(inverse)));
    (0..6).fold(factor, |inverse, _| step(inverse))
}

/// The bits of a fraction below the tag, as many as are not redundant, and the lower half.
#[inline]
fn remainder_of_uuid(uuid: u128, probe: Probe, redundant_bits: u32) -> u128 {
    let [low, _] = halves(uuid);
    let below = probe.below_tag().unbounded_shr(redundant_bits);
    u128::from(below) << u64::BITS | u128::from(low)
}

impl Ids for Uuids {
    type Id<'i> = u128;

    #[inline]
    fn levels(&self) -> &[Level] {
        &self.levels
    }

    #[inline]
    fn mixed(&self, id: u128, factor: u64) -> u64 {
        mixed_uuid(id, factor)
    }

    #[inline]
    fn has_no_remainder(&self, _: &Level) -> bool {
        false
    }

    #[inline]
    fn prefetch(&self, level: &Level, indices: &[usize]) {
        level.prefetch(indices);
    }

    #[inline]
    fn is_at(&self, level: &Level, index: usize, id: u128, probe: Probe) -> bool {
        level.is_remainder(index, remainder_of_uuid(id, probe, level.redundant_bits()))
    }

    fn overflow(&self, id: u128) -> Option<usize> {
        self.overflow.find(id)
    }
}

struct UuidsBuilder<'k> {
    known: &'k mut Known,
}

impl TableBuilder for UuidsBuilder<'_> {
    type Person = Person<u128>;

    fn mixed(&self, person: &Person<u128>, factor: u64) -> u64 {
        mixed_uuid(person.id, factor)
    }

    fn remainder_bits(&self, redundant_bits: u32) -> u32 {
        u64::BITS.saturating_add(u32::BITS.saturating_sub(redundant_bits))
    }

    fn remainder(&self, person: &Person<u128>, probe: Probe, redundant_bits: u32) -> u128 {
        remainder_of_uuid(person.id, probe, redundant_bits)
    }

    fn added(&mut self, person: &Person<u128>) {
        self.known.add(person);
    }
}

impl Texts {
    /// Builds the table of these texts, with indices from `first` on.
    pub(super) fn of(people: Vec<Person<&str>>, first: usize, known: &mut Known) -> Self {
        let lengths = people.iter().map(|person| person.id.len());
        let all = lengths.fold(0, usize::saturating_add);
        let mut builder = TextsBuilder {
            known,
            text: Vec::with_capacity(all),
            ends: Packing::new(width(all), people.len()),
            ids: PhantomData,
        };
        let total = people.len();
        let (levels, mut rest) = levels(&mut builder, people, first);
        rest.sort_unstable_by_key(|person| person.id);
        for person in &rest {
            builder.added(person);
        }
        Self {
            levels,
            first,
            on_levels: total.saturating_sub(rest.len()),
            text: builder.text,
            ends: builder.ends.packed(),
        }
    }

    fn text(&self, index: usize) -> Option<&[u8]> {
        self.text_after(index.checked_sub(self.first)?)
    }

    /// The texts, in the order of their indices. `None` is one that is not UTF-8, which only a forged file has.
    #[cfg(feature = "decision-table")]
    pub(super) fn ids(&self) -> impl Iterator<Item = Option<&str>> {
        let texts = (0..self.ends.len()).map(|number| self.text_after(number));
        texts.map(|text| str::from_utf8(text?).ok())
    }

    /// The text with this many texts before it.
    #[inline]
    fn text_after(&self, number: usize) -> Option<&[u8]> {
        let start = match number.checked_sub(1) {
            None => 0,
            Some(before) => usize::try_from(self.ends.get(before)?).ok()?,
        };
        let end = usize::try_from(self.ends.get(number)?).ok()?;
        self.text.get(start..end)
    }

    /// As for [`Numbers`].
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_valid(&self, next: &mut usize) -> bool {
        let overflow = self.ends.len().checked_sub(self.on_levels);
        // No text is empty, so ends take memory: a file cannot claim more texts than it contains.
        let have_room = self.ends.is_valid() && (self.ends.bits() > 0 || self.ends.len() == 0);
        let are_valid = have_room
            && self.first == *next
            && are_valid(&self.levels, next)
            && self.first.checked_add(self.on_levels) == Some(*next);
        *next = next.saturating_add(overflow.unwrap_or_default());
        are_valid && overflow.is_some()
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        sizes(&self.levels)
            .saturating_add(self.text.len())
            .saturating_add(self.ends.size_in_bytes())
    }
}

impl Ids for Texts {
    type Id<'i> = &'i str;

    #[inline]
    fn levels(&self) -> &[Level] {
        &self.levels
    }

    #[inline]
    fn mixed(&self, id: &str, factor: u64) -> u64 {
        mixed_text(id, factor)
    }

    #[inline]
    fn has_no_remainder(&self, _: &Level) -> bool {
        false
    }

    #[inline]
    fn prefetch(&self, _: &Level, indices: &[usize]) {
        let numbers = indices.iter().map(|index| index.wrapping_sub(self.first));
        prefetch_all(numbers.clone().map(|number| self.ends.touch(number)));
        // `NOT_FOUND` stands for the last text, so that no branch depends on it.
        let last = self.on_levels.wrapping_sub(1);
        prefetch_all(numbers.map(|number| {
            let text = self.text_after(number.min(last));
            text.and_then(<[u8]>::first).copied().unwrap_or_default()
        }));
    }

    #[inline]
    fn is_at(&self, _: &Level, index: usize, id: &str, _: Probe) -> bool {
        self.text(index) == Some(id.as_bytes())
    }

    fn overflow(&self, id: &str) -> Option<usize> {
        let mut indices = self.on_levels..self.ends.len();
        while let Some(last) = indices.end.checked_sub(1).filter(|_| !indices.is_empty()) {
            let middle = indices.start.midpoint(last);
            match self.text_after(middle)?.cmp(id.as_bytes()) {
                Ordering::Less => indices.start = middle.saturating_add(1),
                Ordering::Greater => indices.end = middle,
                Ordering::Equal => return self.first.checked_add(middle),
            }
        }
        None
    }
}

struct TextsBuilder<'k, 'i> {
    known: &'k mut Known,
    text: Vec<u8>,
    ends: Packing,
    ids: PhantomData<&'i str>,
}

impl<'i> TableBuilder for TextsBuilder<'_, 'i> {
    type Person = Person<&'i str>;

    fn mixed(&self, person: &Person<&'i str>, factor: u64) -> u64 {
        mixed_text(person.id, factor)
    }

    fn remainder_bits(&self, _: u32) -> u32 {
        0
    }

    fn remainder(&self, _: &Person<&'i str>, _: Probe, _: u32) -> u128 {
        0
    }

    fn added(&mut self, person: &Person<&'i str>) {
        self.text.extend_from_slice(person.id.as_bytes());
        self.ends.push(wide(self.text.len()));
        self.known.add(person);
    }
}

/// Mixes a text into 64 bits. Different texts may give the same number: nothing relies on the
/// opposite.
#[inline]
fn mixed_text(text: &str, factor: u64) -> u64 {
    let (words, others) = text.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    for (byte, own) in last.iter_mut().zip(others) {
        *byte = *own;
    }
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let all = words.iter().chain(std::iter::once(&last));
    let sum = all.fold(length ^ factor, |sum, word| {
        folded_product(sum ^ u64::from_le_bytes(*word), factor)
    });
    sum.wrapping_mul(factor)
}

/// The two halves of a product of 128 bits, combined by exclusive or.
#[inline]
fn folded_product(number: u64, factor: u64) -> u64 {
    let [low, high] = halves(u128::from(number).wrapping_mul(u128::from(factor)));
    low ^ high
}

/// Returns whether levels are consistent and their indices begin with `next`, and advances `next`.
#[cfg(feature = "snapshot-file")]
fn are_valid(levels: &[Level], next: &mut usize) -> bool {
    levels.iter().all(|level| level.is_valid(next))
}

fn sizes(levels: &[Level]) -> usize {
    let sizes = levels.iter().map(Level::size_in_bytes);
    sizes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests;
