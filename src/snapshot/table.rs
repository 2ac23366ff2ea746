//! Where the keys of a snapshot are found.

use std::ops::Range;

use super::packed::{self, AT_ONCE, Packed, WIDEST, mask, wide};

/// A set of numbers, in an order of its own, and the place of each of them.
///
/// Each number is mixed by a function that gives different results for different numbers. The
/// upper bits of the result say in which bucket it is; the rest of it is kept. So the whole number
/// is compared, though less than the whole of it takes room, and a false match is impossible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Table {
    /// How many bits the numbers have.
    width: u32,
    /// How many bits of a mixed number are kept.
    kept_bits: u32,
    /// The place of the first of each bucket, and the number of places.
    starts: Packed,
    /// What is kept of each number, in order within each bucket.
    kept: Packed,
}

/// The places that a number may have in a table, and what is kept of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) start: usize,
    end: usize,
    sought: u128,
}

/// A bucket has between half as many numbers, on average, and as many.
const IN_A_BUCKET: usize = 6;

impl Table {
    /// A table of numbers that are mixed already and in order.
    pub(super) fn of(
        width: u32,
        mixed: impl ExactSizeIterator<Item = u128> + Clone,
    ) -> Option<Self> {
        let bucket_bits = bucket_bits(width, mixed.len());
        let kept_bits = width.saturating_sub(bucket_bits);
        let buckets = 1_usize.checked_shl(bucket_bits)?;
        let mut starts = Vec::with_capacity(buckets.checked_add(1)?);
        for (place, number) in mixed.clone().enumerate() {
            let bucket = usize::try_from(number.checked_shr(kept_bits).unwrap_or(0)).ok()?;
            let next = bucket.checked_add(1)?;
            if starts.len() < next {
                starts.resize(next, place);
            }
        }
        starts.resize(buckets.checked_add(1)?, mixed.len());
        let starts = starts.into_iter().map(wide);
        Some(Self {
            width,
            kept_bits,
            starts: Packed::of(packed::width(wide(mixed.len())), starts)?,
            kept: Packed::of(kept_bits, mixed.map(|number| number & mask(kept_bits)))?,
        })
    }

    /// How many bits the numbers have.
    #[inline]
    pub(super) fn width(&self) -> u32 {
        self.width
    }

    /// Where a mixed number is if it is anywhere.
    #[inline]
    pub(super) fn bucket(&self, mixed: u128) -> Option<Bucket> {
        let bucket = mixed.checked_shr(self.kept_bits).unwrap_or(0);
        let [start, end] = self.starts.pair(usize::try_from(bucket).ok()?)?;
        Some(Bucket {
            start: usize::try_from(start).ok()?,
            end: usize::try_from(end).ok()?,
            sought: mixed & mask(self.kept_bits),
        })
    }

    /// Reads the byte where the numbers of a bucket begin.
    #[inline]
    pub(super) fn touch(&self, bucket: &Bucket) -> u8 {
        self.kept.touch(bucket.start)
    }

    /// All places of the number that is sought, of which a table may hold several.
    #[inline]
    pub(super) fn find(&self, bucket: &Bucket) -> Range<usize> {
        let Bucket { start, end, sought } = *bucket;
        let length = end.saturating_sub(start);
        if length > AT_ONCE {
            return self.equal_among(start..end, sought);
        }
        let all = 1_u32
            .unbounded_shl(u32::try_from(length).unwrap_or(0))
            .wrapping_sub(1);
        let equal = self.kept.equal_from(start, sought).unwrap_or(0) & all;
        let place =
            |step: u32| usize::try_from(step).map_or(end, |step| start.saturating_add(step));
        // What is equal stands side by side, since the numbers are in order.
        let first = equal.trailing_zeros().min(u32::BITS);
        place(first)..place(first.saturating_add(equal.count_ones()))
    }

    /// However many numbers somebody chose so that they fall into one bucket, they are halved
    /// until the one is found.
    fn equal_among(&self, places: Range<usize>, sought: u128) -> Range<usize> {
        let first = partition_point(places.clone(), |place| {
            self.kept.get(place).is_some_and(|kept| kept < sought)
        });
        let behind = partition_point(first..places.end, |place| {
            self.kept.get(place).is_some_and(|kept| kept <= sought)
        });
        first..behind
    }

    /// Whether it could be a table of so many numbers, none of them wider than that.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_sound(&self, numbers: usize, widest: u32) -> bool {
        self.width <= widest
            && self.kept_bits <= self.width
            && self.starts.is_sound()
            && self.kept.is_sound()
            && self.kept.len() == numbers
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        self.starts
            .size_in_bytes()
            .saturating_add(self.kept.size_in_bytes())
    }
}

/// The first of the places for which this no longer holds.
pub(super) fn partition_point(places: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = places;
    while start < end {
        let middle = start.midpoint(end);
        if holds(middle) {
            start = middle.saturating_add(1);
        } else {
            end = middle;
        }
    }
    start
}

/// How many of the upper bits choose the bucket: enough for buckets of the size above, and for
/// what is kept to be readable wherever it starts.
fn bucket_bits(width: u32, numbers: usize) -> u32 {
    let buckets = numbers.div_ceil(IN_A_BUCKET).next_power_of_two();
    let wanted = buckets.trailing_zeros();
    wanted.max(width.saturating_sub(WIDEST)).min(width)
}

/// Odd, and with as many ones as zeros, in no order.
const FACTOR: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
const SHORT_FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes a number of so many bits, so that all bits of it bear on the upper ones. Different numbers
/// stay different: each step can be undone.
#[inline]
pub(super) fn mixed(number: u64, width: u32) -> u128 {
    let half = width.div_ceil(2);
    let mask = match width {
        0 => 0,
        width => u64::MAX >> u64::BITS.saturating_sub(width),
    };
    let folded = |number: u64| number ^ number >> half;
    let scaled = |number: u64| number.wrapping_mul(SHORT_FACTOR) & mask;
    u128::from(folded(scaled(folded(scaled(folded(number))))))
}

/// The same for 128 bits.
#[inline]
pub(super) fn long_mixed(number: u128) -> u128 {
    let folded = |number: u128| number ^ number >> 64;
    let scaled = |number: u128| number.wrapping_mul(FACTOR);
    folded(scaled(folded(scaled(folded(number)))))
}

/// A number of 64 bits for a text. Texts can share one; nobody relies on it that they do not.
#[inline]
pub(super) fn of_text(text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    for (byte, own) in last.iter_mut().zip(rest) {
        *byte = *own;
    }
    let step = |sum: u64, word: &[u8; 8]| {
        let product = u128::from(sum ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
        let [low, high] = halves(product);
        low ^ high
    };
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let sum = words.iter().fold(length ^ SHORT_FACTOR, step);
    step(step(sum, &last), &[0; 8])
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the two halves"
)]
fn halves(number: u128) -> [u64; 2] {
    [number as u64, (number >> 64) as u64]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    fn find(table: &Table, mixed: u128) -> Option<usize> {
        table.find(&table.bucket(mixed).unwrap()).next()
    }

    #[test]
    fn different_numbers_of_few_bits_stay_different_and_of_few_bits() {
        for width in 0..=16 {
            let mut all: Vec<_> = (0..1_u64 << width).map(|n| mixed(n, width)).collect();
            all.sort_unstable();
            let expected: Vec<_> = (0..1_u128 << width).collect();
            assert_eq!(all, expected, "{width} bits");
        }
    }

    #[test]
    fn every_number_is_found_and_no_other() {
        for (width, step) in [(1, 1), (8, 3), (16, 5), (64, 0x0123_4567_89AB_CDEF_u64)] {
            let all = u64::MAX >> (64 - width);
            let chosen = |n: u64| n.wrapping_mul(step) & all;
            for count in [0, 1, 2, 7, 100] {
                let mut numbers: Vec<_> = (0..count).map(|n| mixed(chosen(n), width)).collect();
                numbers.sort_unstable();
                numbers.dedup();
                let table = Table::of(width, numbers.iter().copied()).unwrap();
                for n in 0..2 * count + 2 {
                    let sought = mixed(chosen(n), width);
                    assert_eq!(find(&table, sought), numbers.binary_search(&sought).ok());
                }
            }
        }
    }

    #[test]
    fn numbers_that_were_chosen_to_share_a_bucket_are_found() {
        let numbers = (0..5_000_u32).map(u128::from);
        let table = Table::of(128, numbers.clone()).unwrap();
        for number in numbers {
            assert_eq!(find(&table, number), usize::try_from(number).ok());
        }
        assert_eq!(find(&table, 5_000), None);
        assert_eq!(find(&table, u128::MAX), None);
    }
}
