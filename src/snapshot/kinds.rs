//! The ids of each kind: how they are mixed, what is left of them, and where it is compared.

use std::cmp::Ordering;
use std::marker::PhantomData;

use super::instants::{Numbering, Own};
use super::packed::{Packed, Packing, wide, width};
use super::table::{Ids, Level, Placing, Spot, halves, levels, read_all};

/// Somebody, before they have a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person<I> {
    pub(super) id: I,
    /// The place of what their grants are worth, in the dictionary.
    pub(super) entry: usize,
    /// The place of the first of their grants, among the names.
    pub(super) name: usize,
    /// From when on their grants cover data, where the entry does not say it.
    pub(super) own: Own,
}

/// What is known of people by their places.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) entries: Packing,
    pub(super) first_names: Packing,
    pub(super) instants: Numbering,
}

impl Known {
    fn add<I>(&mut self, person: &Person<I>) {
        self.entries.push(wide(person.entry));
        self.first_names.push(wide(person.name));
        self.instants.push(person.own);
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
    /// How many bits the greatest has, and at least one.
    width: u32,
    behind: Behind<u64>,
}

/// UUIDs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Uuids {
    levels: Vec<Level>,
    behind: Behind<u128>,
}

/// Other texts, which are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Texts {
    levels: Vec<Level>,
    /// The place of the first text.
    first: usize,
    /// The number of texts that have a place on a level. Those behind are in order.
    on_levels: usize,
    /// The texts in the order of their places, one behind the other, and where each ends.
    #[cfg_attr(feature = "snapshot-file", serde(with = "serde_bytes"))]
    text: Vec<u8>,
    ends: Packed,
}

/// Ids for which no level had room, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
struct Behind<I> {
    ids: Vec<I>,
    /// The place of the first.
    first: usize,
}

impl<I: Ord + Copy> Behind<I> {
    fn of(mut people: Vec<Person<I>>, first: usize, known: &mut Known) -> Self {
        people.sort_unstable_by_key(|person| person.id);
        for person in &people {
            known.add(person);
        }
        let ids = people.into_iter().map(|person| person.id).collect();
        Self { ids, first }
    }

    #[cfg(feature = "snapshot-file")]
    fn is_sound(&self, next: &mut usize) -> bool {
        let is_first = self.first == *next;
        *next = next.saturating_add(self.ids.len());
        is_first && self.ids.is_sorted_by(|one, other| one < other)
    }

    fn place(&self, id: I) -> Option<usize> {
        let place = self.ids.binary_search(&id).ok()?;
        self.first.checked_add(place)
    }
}

impl Numbers {
    /// Numbers whose places begin with `first`.
    pub(super) fn of(people: Vec<Person<u64>>, first: usize, known: &mut Known) -> Self {
        let greatest = people.iter().map(|person| person.id).max().unwrap_or(0);
        let width = u64::BITS.saturating_sub(greatest.leading_zeros()).max(1);
        let end = first.saturating_add(people.len());
        let (levels, left) = levels(&mut PlacingNumbers { width, known }, people, first);
        let behind = end.saturating_sub(left.len());
        Self {
            levels,
            width,
            behind: Behind::of(left, behind, known),
        }
    }

    /// Whether they could have been made of numbers whose places begin with `next`, which is then
    /// the place behind them.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_sound(&self, next: &mut usize) -> bool {
        (1..=u64::BITS).contains(&self.width)
            && are_sound(&self.levels, next)
            && self.behind.is_sound(next)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        sizes(&self.levels).saturating_add(size_of_val::<[u64]>(&self.behind.ids))
    }
}

/// The number, moved to the upper bits so that nothing has to be cut off, and turned round in a way
/// that can be undone: what is laid over itself is moved, also where there is but one bit. All its
/// bits bear on the upper ones of the result.
#[inline]
fn mixed_number(number: u64, width: u32, factor: u64) -> u64 {
    let idle = u64::BITS.wrapping_sub(width);
    let upper = u64::MAX.unbounded_shl(idle);
    let scaled = number.wrapping_shl(idle).wrapping_mul(factor);
    let folded = scaled ^ scaled.wrapping_shr(width.div_ceil(2)) & upper;
    folded.wrapping_mul(factor)
}

/// The bits of a number's fraction that stand below the tag.
#[inline]
fn rest_of_number(spot: Spot, bits: u32) -> u128 {
    let below = spot.below_tag();
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

    /// A number wider than the widest is nobody's, but mixed as if its upper bits were not there.
    #[inline]
    fn spot(&self, level: &Level, id: u64, factor: u64) -> Spot {
        let upper = id.wrapping_shr(self.width.wrapping_sub(1)) >> 1;
        level.spot(self.mixed(id, factor)).only_if(upper == 0)
    }

    #[inline]
    fn is_whole(&self, level: &Level) -> bool {
        level.rest_bits() == 0
    }

    #[inline]
    fn bring_near(&self, level: &Level, places: &[usize]) {
        level.bring_near(places);
    }

    #[inline]
    fn is_at(&self, level: &Level, place: usize, _: u64, spot: Spot) -> bool {
        level.is_rest(place, rest_of_number(spot, level.rest_bits()))
    }

    fn behind(&self, id: u64) -> Option<usize> {
        self.behind.place(id)
    }
}

struct PlacingNumbers<'k> {
    width: u32,
    known: &'k mut Known,
}

impl Placing for PlacingNumbers<'_> {
    type Person = Person<u64>;

    fn mixed(&self, person: &Person<u64>, factor: u64) -> u64 {
        mixed_number(person.id, self.width, factor)
    }

    fn rest_bits(&self, idle_bits: u32) -> u32 {
        self.width
            .saturating_sub(idle_bits)
            .saturating_sub(u32::BITS)
    }

    fn rest(&self, _: &Person<u64>, spot: Spot, idle_bits: u32) -> u128 {
        rest_of_number(spot, self.rest_bits(idle_bits))
    }

    fn placed(&mut self, person: &Person<u64>) {
        self.known.add(person);
    }
}

impl Uuids {
    /// UUIDs whose places begin with `first`.
    pub(super) fn of(people: Vec<Person<u128>>, first: usize, known: &mut Known) -> Self {
        let end = first.saturating_add(people.len());
        let (levels, left) = levels(&mut PlacingUuids { known }, people, first);
        let behind = end.saturating_sub(left.len());
        Self {
            levels,
            behind: Behind::of(left, behind, known),
        }
    }

    /// As with numbers.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_sound(&self, next: &mut usize) -> bool {
        are_sound(&self.levels, next) && self.behind.is_sound(next)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        sizes(&self.levels).saturating_add(size_of_val::<[u128]>(&self.behind.ids))
    }
}

/// The upper half, with the lower half mixed in: beside the lower half it says all.
#[inline]
fn mixed_uuid(uuid: u128, factor: u64) -> u64 {
    let [low, high] = halves(uuid);
    (high ^ folded_product(low, factor)).wrapping_mul(factor)
}

/// The bits of a fraction below the tag that are not idle, and the lower half.
#[inline]
fn rest_of_uuid(uuid: u128, spot: Spot, idle_bits: u32) -> u128 {
    let [low, _] = halves(uuid);
    let below = spot.below_tag().unbounded_shr(idle_bits);
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
    fn is_whole(&self, _: &Level) -> bool {
        false
    }

    #[inline]
    fn bring_near(&self, level: &Level, places: &[usize]) {
        level.bring_near(places);
    }

    #[inline]
    fn is_at(&self, level: &Level, place: usize, id: u128, spot: Spot) -> bool {
        level.is_rest(place, rest_of_uuid(id, spot, level.idle_bits()))
    }

    fn behind(&self, id: u128) -> Option<usize> {
        self.behind.place(id)
    }
}

struct PlacingUuids<'k> {
    known: &'k mut Known,
}

impl Placing for PlacingUuids<'_> {
    type Person = Person<u128>;

    fn mixed(&self, person: &Person<u128>, factor: u64) -> u64 {
        mixed_uuid(person.id, factor)
    }

    fn rest_bits(&self, idle_bits: u32) -> u32 {
        u64::BITS.saturating_add(u32::BITS.saturating_sub(idle_bits))
    }

    fn rest(&self, person: &Person<u128>, spot: Spot, idle_bits: u32) -> u128 {
        rest_of_uuid(person.id, spot, idle_bits)
    }

    fn placed(&mut self, person: &Person<u128>) {
        self.known.add(person);
    }
}

impl Texts {
    /// Texts whose places begin with `first`.
    pub(super) fn of(people: Vec<Person<&str>>, first: usize, known: &mut Known) -> Self {
        let lengths = people.iter().map(|person| person.id.len());
        let all = lengths.fold(0, usize::saturating_add);
        let mut placing = PlacingTexts {
            known,
            text: Vec::with_capacity(all),
            ends: Packing::new(width(all), people.len()),
            ids: PhantomData,
        };
        let total = people.len();
        let (levels, mut left) = levels(&mut placing, people, first);
        left.sort_unstable_by_key(|person| person.id);
        for person in &left {
            placing.placed(person);
        }
        Self {
            levels,
            first,
            on_levels: total.saturating_sub(left.len()),
            text: placing.text,
            ends: placing.ends.packed(),
        }
    }

    fn text(&self, place: usize) -> Option<&[u8]> {
        self.text_after(place.checked_sub(self.first)?)
    }

    /// The text that so many stand in front of.
    #[inline]
    fn text_after(&self, number: usize) -> Option<&[u8]> {
        let start = match number.checked_sub(1) {
            None => 0,
            Some(before) => usize::try_from(self.ends.get(before)?).ok()?,
        };
        let end = usize::try_from(self.ends.get(number)?).ok()?;
        self.text.get(start..end)
    }

    /// As with numbers.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_sound(&self, next: &mut usize) -> bool {
        let behind = self.ends.len().checked_sub(self.on_levels);
        // No text is empty, so that ends take room, and nobody can claim more than are there.
        let have_room = self.ends.is_sound() && (self.ends.bits() > 0 || self.ends.len() == 0);
        let are_sound = have_room
            && self.first == *next
            && are_sound(&self.levels, next)
            && self.first.checked_add(self.on_levels) == Some(*next);
        *next = next.saturating_add(behind.unwrap_or_default());
        are_sound && behind.is_some()
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
    fn is_whole(&self, _: &Level) -> bool {
        false
    }

    #[inline]
    fn bring_near(&self, _: &Level, places: &[usize]) {
        let numbers = places.iter().map(|place| place.wrapping_sub(self.first));
        read_all(numbers.clone().map(|number| self.ends.touch(number)));
        // One who is nowhere is taken for the last, so that there is no branch.
        let last = self.on_levels.wrapping_sub(1);
        read_all(numbers.map(|number| {
            let text = self.text_after(number.min(last));
            text.and_then(<[u8]>::first).copied().unwrap_or_default()
        }));
    }

    #[inline]
    fn is_at(&self, _: &Level, place: usize, id: &str, _: Spot) -> bool {
        self.text(place) == Some(id.as_bytes())
    }

    fn behind(&self, id: &str) -> Option<usize> {
        let mut places = self.on_levels..self.ends.len();
        while let Some(last) = places.end.checked_sub(1).filter(|_| !places.is_empty()) {
            let middle = places.start.midpoint(last);
            match self.text_after(middle)?.cmp(id.as_bytes()) {
                Ordering::Less => places.start = middle.saturating_add(1),
                Ordering::Greater => places.end = middle,
                Ordering::Equal => return self.first.checked_add(middle),
            }
        }
        None
    }
}

struct PlacingTexts<'k, 'i> {
    known: &'k mut Known,
    text: Vec<u8>,
    ends: Packing,
    ids: PhantomData<&'i str>,
}

impl<'i> Placing for PlacingTexts<'_, 'i> {
    type Person = Person<&'i str>;

    fn mixed(&self, person: &Person<&'i str>, factor: u64) -> u64 {
        mixed_text(person.id, factor)
    }

    fn rest_bits(&self, _: u32) -> u32 {
        0
    }

    fn rest(&self, _: &Person<&'i str>, _: Spot, _: u32) -> u128 {
        0
    }

    fn placed(&mut self, person: &Person<&'i str>) {
        self.text.extend_from_slice(person.id.as_bytes());
        self.ends.push(wide(self.text.len()));
        self.known.add(person);
    }
}

/// A number of 64 bits for a text. Texts can share one; nobody relies on it that they do not.
#[inline]
fn mixed_text(text: &str, factor: u64) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    for (byte, own) in last.iter_mut().zip(rest) {
        *byte = *own;
    }
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let all = words.iter().chain(std::iter::once(&last));
    let sum = all.fold(length ^ factor, |sum, word| {
        folded_product(sum ^ u64::from_le_bytes(*word), factor)
    });
    sum.wrapping_mul(factor)
}

/// A product of 128 bits, one half laid over the other.
#[inline]
fn folded_product(number: u64, factor: u64) -> u64 {
    let [low, high] = halves(u128::from(number).wrapping_mul(u128::from(factor)));
    low ^ high
}

/// Whether levels could have been made of ids whose places begin with `next`.
#[cfg(feature = "snapshot-file")]
fn are_sound(levels: &[Level], next: &mut usize) -> bool {
    levels.iter().all(|level| level.is_sound(next))
}

fn sizes(levels: &[Level]) -> usize {
    let sizes = levels.iter().map(Level::size_in_bytes);
    sizes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests;
