//! Where the ids of a snapshot are found, many of them at a time.
//!
//! A table has levels, and a level has lines of one cache line each. What an id is mixed into says
//! in which line it stands and under which tag, a number of 32 bits. An id whose line is full, or
//! has its tag already, goes to the next level, where it is mixed in another way; the few for whom
//! no level has room stand in order behind all of them. A tag is not all of an id: what is left of
//! it is kept beside, and compared. So a false match is impossible, whoever chose the ids, and
//! nobody who chooses them makes a look-up cost more than the levels and a logarithm.

use std::hint::{black_box, select_unpredictable};
use std::ops::BitXor;

use super::packed::{Packed, Packing, wide};

/// How many ids are looked up at a time.
pub(super) const BLOCK: usize = 256;

/// For how many of them one part of memory is read before another one is. With more, what was read
/// first would be gone from the nearest cache.
const NEAR: usize = 64;

/// The place of an id that is not there.
pub(super) const NOWHERE: usize = usize::MAX;

/// How many ids a line has on average. More of them would take less room, and send more look-ups
/// to the next level.
const ON_AVERAGE: usize = 14;

/// So many lines count their places from one that is written down, as a power of two.
const TOGETHER: u32 = 12;

/// A level of fewer ids is not worth a look.
const FEWEST: usize = 64;

/// What ids are mixed with, for each level another one: odd, and with about as many ones as zeros,
/// in no order. More levels would not help ids that share a line on all of these.
pub(super) const FACTORS: [u64; 5] = [
    0x9E37_79B9_7F4A_7C15,
    0xBF58_476D_1CE4_E5B9,
    0x94D0_49BB_1331_11EB,
    0xD6E8_FEB8_6659_FD93,
    0xC2B2_AE3D_27D4_EB4F,
];

/// One cache line: a word, and up to fifteen tags in order, followed by [`NO_TAG`]s. The lower half
/// of the word has a bit for each sixteenth of the tags of which some went on to the next level. The
/// upper half is the number of places before its first id, counted from where its lines start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Line([u32; 16]);

/// An id that has this tag goes on.
const NO_TAG: u32 = u32::MAX;

/// The bytes of a line.
#[cfg(feature = "snapshot-file")]
pub(super) type LineBytes = [u8; 64];

/// Where an id is on a level if it is there: the line, and a number of which the upper half is the
/// tag. Different ids in one line differ in the number or in what is left of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spot {
    line: u32,
    fraction: u64,
}

/// One level of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Level {
    #[cfg_attr(feature = "snapshot-file", serde(with = "super::file::lines"))]
    lines: Vec<Line>,
    /// The place of the first id of lines that count together.
    starts: Vec<usize>,
    /// What is left of the ids beside their spots.
    rests: Packed,
}

/// Ids of one kind on the levels of a table.
pub(super) trait Ids {
    type Id<'i>: Copy + Default;

    fn levels(&self) -> &[Level];

    /// The id as it is mixed with the factor of a level. Ids that differ differ in this or in what
    /// else [`is_at`](Self::is_at) compares.
    fn mixed(&self, id: Self::Id<'_>, factor: u64) -> u64;

    /// Where the id is on a level if it is there.
    #[inline]
    fn spot(&self, level: &Level, id: Self::Id<'_>, factor: u64) -> Spot {
        level.spot(self.mixed(id, factor))
    }

    /// Whether the spot says all of the id.
    fn is_whole(&self, level: &Level) -> bool;

    /// Reads where what is left of the ids at these places begins, so that the waits overlap.
    fn bring_near(&self, level: &Level, places: &[usize]);

    /// Whether what is left of the id at a place, which has this spot, is that of this id.
    fn is_at(&self, level: &Level, place: usize, id: Self::Id<'_>, spot: Spot) -> bool;

    /// The place of an id for which no level had room.
    fn behind(&self, id: Self::Id<'_>) -> Option<usize>;
}

/// Finds the places of many ids, at most a block of them.
#[inline]
pub(super) fn find_many<T: Ids>(table: &T, ids: &[T::Id<'_>], places: &mut [usize]) {
    find_from::<BLOCK, NEAR, T>(table, 0, ids, places);
}

/// Finds the place of one.
#[inline]
pub(super) fn find_one<T: Ids>(table: &T, id: T::Id<'_>) -> usize {
    let mut place = [NOWHERE];
    find_from::<1, 1, T>(table, 0, &[id], &mut place);
    let [place] = place;
    place
}

/// Finds up to `N` ids on a level and those behind it, `M` of them together.
///
/// What comes first for each is read before what comes second for any, and no branch depends on
/// what is read, so that the waits for memory overlap.
#[inline]
fn find_from<const N: usize, const M: usize, T: Ids>(
    table: &T,
    depth: usize,
    ids: &[T::Id<'_>],
    places: &mut [usize],
) {
    let (Some(level), Some(factor)) = (table.levels().get(depth), FACTORS.get(depth)) else {
        for (id, place) in ids.iter().zip(places) {
            *place = table.behind(*id).unwrap_or(NOWHERE);
        }
        return;
    };
    let mut left = Picked::<T::Id<'_>, N>::new();
    let mut at = 0..;
    for (ids, places) in ids.chunks(M).zip(places.chunks_mut(M)) {
        let mut spots = [Spot::default(); M];
        let spots = spots.get_mut(..ids.len()).unwrap_or_default();
        for (spot, id) in spots.iter_mut().zip(ids) {
            *spot = table.spot(level, *id, *factor);
        }
        if M > 1 {
            read_all(spots.iter().map(|spot| level.head(*spot)));
        }
        for (((spot, id), place), at) in spots.iter().zip(ids).zip(&mut *places).zip(&mut at) {
            let goes_on: bool;
            (*place, goes_on) = level.look(*spot);
            left.push_if(goes_on, at, *id);
        }
        if table.is_whole(level) {
            continue;
        }
        if M > 1 {
            table.bring_near(level, places);
        }
        for ((spot, id), place) in spots.iter().zip(ids).zip(&mut *places) {
            let is_at = table.is_at(level, *place, *id, *spot);
            *place = select_unpredictable(is_at, *place, NOWHERE);
        }
    }
    left.find_from::<M, T>(table, depth.saturating_add(1), places);
}

/// Reads all of these, whether or not anything is made of them.
#[inline]
pub(super) fn read_all<T: BitXor<Output = T> + Default>(all: impl Iterator<Item = T>) {
    black_box(all.fold(T::default(), BitXor::bitxor));
}

/// Some of the ids that are asked about.
pub(super) struct Picked<I, const N: usize> {
    length: usize,
    /// Where each stands among all of them.
    at: [u16; N],
    ids: [I; N],
}

impl<I: Copy + Default, const N: usize> Picked<I, N> {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            length: 0,
            at: [0; N],
            ids: [I::default(); N],
        }
    }

    /// Adds an id, or does as much without adding it: a branch would be foreseen badly.
    #[inline]
    pub(super) fn push_if(&mut self, is_picked: bool, at: u16, id: I) {
        let length = self.length;
        if let (Some(next_at), Some(next)) = (self.at.get_mut(length), self.ids.get_mut(length)) {
            *next_at = at;
            *next = id;
        }
        self.length = length.wrapping_add(usize::from(is_picked));
    }

    /// Finds the places of those that were picked, beside what was found of the others.
    #[inline]
    pub(super) fn find<'i, T: Ids<Id<'i> = I>>(&self, table: &T, places: &mut [usize]) {
        self.find_from::<NEAR, T>(table, 0, places);
    }

    #[inline]
    fn find_from<'i, const M: usize, T: Ids<Id<'i> = I>>(
        &self,
        table: &T,
        depth: usize,
        places: &mut [usize],
    ) {
        if self.length > 0 {
            self.find_some::<M, T>(table, depth, places);
        }
    }

    #[inline(never)]
    fn find_some<'i, const M: usize, T: Ids<Id<'i> = I>>(
        &self,
        table: &T,
        depth: usize,
        places: &mut [usize],
    ) {
        let mut found = [NOWHERE; N];
        let (Some(ids), Some(found)) = (self.ids.get(..self.length), found.get_mut(..self.length))
        else {
            return;
        };
        find_from::<N, M, T>(table, depth, ids, found);
        for (at, found) in self.at.iter().zip(found) {
            if let Some(place) = places.get_mut(usize::from(*at)) {
                *place = (*place).min(*found);
            }
        }
    }
}

impl Level {
    /// Where an id is if it is anywhere, by what it is mixed into.
    #[inline]
    pub(super) fn spot(&self, mixed: u64) -> Spot {
        let product = u128::from(mixed).wrapping_mul(wide(self.lines.len()));
        let [fraction, line] = halves(product);
        let [line, _] = quarters(line);
        Spot { line, fraction }
    }

    #[inline]
    fn line(&self, spot: Spot) -> Option<&Line> {
        self.lines.get(usize::try_from(spot.line).ok()?)
    }

    #[inline]
    fn head(&self, spot: Spot) -> u32 {
        self.line(spot).map_or(0, |Line([head, ..])| *head)
    }

    /// The one place that an id may have, or [`NOWHERE`], and whether it may be on the next level.
    #[inline]
    fn look(&self, spot: Spot) -> (usize, bool) {
        let Some(line) = self.line(spot) else {
            return (NOWHERE, false);
        };
        let tag = spot.tag();
        let nth = line.nth(tag);
        let group = usize::try_from(spot.line >> TOGETHER).unwrap_or(usize::MAX);
        let start = self.starts.get(group).copied().unwrap_or(NOWHERE);
        let head = line.tag(0);
        let [_, before] = head_parts(head);
        let place = start
            .wrapping_add(usize::from(before))
            .wrapping_add(nth)
            .wrapping_sub(1);
        #[expect(
            clippy::needless_bitwise_bool,
            reason = "a branch would be foreseen badly"
        )]
        let is_there = (line.tag(nth) == tag) & (nth != 0) & (tag != NO_TAG);
        let place = select_unpredictable(is_there, place, NOWHERE);
        (place, head.unbounded_shr(tag >> 28) & 1 == 1)
    }

    /// The place of the first id.
    #[inline]
    fn first(&self) -> usize {
        self.starts.first().copied().unwrap_or(NOWHERE)
    }

    #[inline]
    pub(super) fn idle_bits(&self) -> u32 {
        idle_bits(self.lines.len())
    }

    /// How many bits there are left of each id.
    #[inline]
    pub(super) fn rest_bits(&self) -> u32 {
        self.rests.bits()
    }

    /// Whether this is what is left of the id at a place.
    #[inline]
    pub(super) fn is_rest(&self, place: usize, rest: u128) -> bool {
        // One who is nowhere is compared with the last, so that there is no branch.
        let last = self.rests.len().wrapping_sub(1);
        let place = place.wrapping_sub(self.first()).min(last);
        self.rests.get_wide(place) == Some(rest)
    }

    #[inline]
    pub(super) fn bring_near(&self, places: &[usize]) {
        let first = self.first();
        read_all(
            places
                .iter()
                .map(|place| self.rests.touch(place.wrapping_sub(first))),
        );
    }

    /// Whether it could have been made of ids whose places begin with `next`, which is then the
    /// place behind them.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_sound(&self, next: &mut usize) -> bool {
        let first = *next;
        let groups = self.lines.chunks(1 << TOGETHER);
        self.starts.len() == groups.len()
            && groups.zip(&self.starts).all(|(lines, start)| {
                *start == *next && lines.iter().all(|line| line.is_sound(*start, next))
            })
            && self.rests.is_sound()
            && first.checked_add(self.rests.len()) == Some(*next)
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        size_of_val::<[Line]>(&self.lines)
            .saturating_add(size_of_val::<[usize]>(&self.starts))
            .saturating_add(self.rests.size_in_bytes())
    }
}

impl Line {
    #[inline]
    fn tag(&self, nth: usize) -> u32 {
        let Self(words) = self;
        words.get(nth & 15).copied().unwrap_or(NO_TAG)
    }

    /// The place in the line of the greatest tag that is no greater, counted from 1, or 0.
    ///
    /// Four steps without a branch, which nobody could foresee.
    #[inline]
    fn nth(&self, tag: u32) -> usize {
        let mut nth = 0;
        for step in [8, 4, 2, 1] {
            nth |= usize::from(self.tag(nth | step) <= tag).wrapping_neg() & step;
        }
        nth
    }

    /// Whether it could be the line of ids whose places begin with `next`, where lines count from
    /// `start`; `next` is then the place behind them.
    #[cfg(feature = "snapshot-file")]
    fn is_sound(&self, start: usize, next: &mut usize) -> bool {
        let Self([head, tags @ ..]) = self;
        let [_, before] = head_parts(*head);
        let ids = tags.partition_point(|tag| *tag != NO_TAG);
        let (own, free) = tags.split_at_checked(ids).unwrap_or_default();
        let is_next = start.checked_add(usize::from(before)) == Some(*next);
        *next = next.saturating_add(ids);
        is_next
            && own.is_sorted_by(|one, other| one < other)
            && free.iter().all(|tag| *tag == NO_TAG)
    }

    #[cfg(feature = "snapshot-file")]
    pub(super) fn to_bytes(self) -> LineBytes {
        let mut bytes = [0; 64];
        for (four, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(self.0) {
            *four = word.to_le_bytes();
        }
        bytes
    }

    #[cfg(feature = "snapshot-file")]
    pub(super) fn of_bytes(bytes: &LineBytes) -> Self {
        let mut words = [0; 16];
        for (word, four) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*four);
        }
        Self(words)
    }
}

impl Spot {
    #[inline]
    fn tag(self) -> u32 {
        let [_, tag] = quarters(self.fraction);
        tag
    }

    #[cfg(test)]
    pub(super) fn line_and_tag(self) -> (u32, u32) {
        (self.line, self.tag())
    }

    /// The same, or one where nobody is.
    #[inline]
    pub(super) fn only_if(self, may_be_there: bool) -> Self {
        let fraction = select_unpredictable(may_be_there, self.fraction, u64::MAX);
        Self { fraction, ..self }
    }

    /// The bits of the fraction below the tag.
    #[inline]
    pub(super) fn below_tag(self) -> u32 {
        let [below, _] = quarters(self.fraction);
        below
    }
}

/// Fractions in one line are at least as far apart as there are lines, so that these bits of them
/// tell nobody from another.
fn idle_bits(lines: usize) -> u32 {
    lines.checked_ilog2().unwrap_or(0)
}

/// How the ids of one kind are put on levels.
pub(super) trait Placing {
    /// Somebody, with the id.
    type Person;

    fn mixed(&self, person: &Self::Person, factor: u64) -> u64;

    /// How many bits are left of an id where so many bits of a fraction are idle.
    fn rest_bits(&self, idle_bits: u32) -> u32;

    /// What is left of the id beside its spot.
    fn rest(&self, person: &Self::Person, spot: Spot, idle_bits: u32) -> u128;

    /// Takes note of who has the next place.
    fn placed(&mut self, person: &Self::Person);
}

/// Puts people on levels, from the place `next` on, and gives back those for whom there is no room.
pub(super) fn levels<P: Placing>(
    placing: &mut P,
    mut people: Vec<P::Person>,
    mut next: usize,
) -> (Vec<Level>, Vec<P::Person>) {
    let mut levels = Vec::new();
    for factor in FACTORS {
        if people.len() < FEWEST && !levels.is_empty() {
            break;
        }
        people.sort_unstable_by_key(|person| placing.mixed(person, factor));
        let level;
        (level, people) = Level::of(placing, people, factor, &mut next);
        levels.push(level);
    }
    (levels, people)
}

impl Level {
    /// A level of people who are in order, and those who go on.
    fn of<P: Placing>(
        placing: &mut P,
        people: Vec<P::Person>,
        factor: u64,
        next: &mut usize,
    ) -> (Self, Vec<P::Person>) {
        let most = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
        let lines = people.len().div_ceil(ON_AVERAGE).clamp(1, most);
        let idle = idle_bits(lines);
        let mut rests = Packing::new(placing.rest_bits(idle), people.len());
        let empty = Line([NO_TAG; 16]);
        let mut level = Self {
            lines: vec![empty; lines],
            ..Self::default()
        };
        let mut left = Vec::new();
        let mut people = people.into_iter().peekable();
        for number in 0..lines {
            if number.trailing_zeros() >= TOGETHER {
                level.starts.push(*next);
            }
            let before = next.wrapping_sub(level.starts.last().copied().unwrap_or(0));
            let mut line = empty;
            let mut free = line.0.iter_mut();
            let head = free.next();
            let mut gone_on: u16 = 0;
            let mut latest = NO_TAG;
            while let Some((spot, person)) = people
                .peek()
                .map(|person| level.spot(placing.mixed(person, factor)))
                .filter(|spot| usize::try_from(spot.line) == Ok(number))
                .and_then(|spot| Some((spot, people.next()?)))
            {
                let tag = spot.tag();
                let is_taken = tag == NO_TAG || tag == latest;
                if let Some(slot) = if is_taken { None } else { free.next() } {
                    *slot = tag;
                    latest = tag;
                    rests.push(placing.rest(&person, spot, idle));
                    placing.placed(&person);
                    *next = next.saturating_add(1);
                } else {
                    gone_on |= 1_u16.unbounded_shl(tag >> 28);
                    left.push(person);
                }
            }
            if let Some(head) = head {
                let before = u16::try_from(before).unwrap_or(u16::MAX);
                *head = u32::from(before) << 16 | u32::from(gone_on);
            }
            if let Some(own) = level.lines.get_mut(number) {
                *own = line;
            }
        }
        level.rests = rests.packed();
        (level, left)
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
fn head_parts(head: u32) -> [u16; 2] {
    [head as u16, (head >> 16) as u16]
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

    /// Ids that are mixed as a test wants it, and are compared whole.
    struct Chosen {
        mix: fn(u32, u64) -> u64,
        levels: Vec<Level>,
        /// The ids by their places.
        ids: Vec<u32>,
        on_levels: usize,
    }

    impl Placing for Chosen {
        type Person = u32;

        fn mixed(&self, person: &u32, factor: u64) -> u64 {
            (self.mix)(*person, factor)
        }

        fn rest_bits(&self, _: u32) -> u32 {
            0
        }

        fn rest(&self, _: &u32, _: Spot, _: u32) -> u128 {
            0
        }

        fn placed(&mut self, person: &u32) {
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

        fn is_whole(&self, _: &Level) -> bool {
            false
        }

        fn bring_near(&self, _: &Level, _: &[usize]) {}

        fn is_at(&self, _: &Level, place: usize, id: u32, _: Spot) -> bool {
            self.ids.get(place) == Some(&id)
        }

        fn behind(&self, id: u32) -> Option<usize> {
            let behind = self.ids.get(self.on_levels..)?;
            let place = behind.binary_search(&id).ok()?;
            self.on_levels.checked_add(place)
        }
    }

    /// A table of the even numbers below twice as many, and how many of them stand behind.
    fn table(mix: fn(u32, u64) -> u64, count: u32) -> (Chosen, usize) {
        let mut chosen = Chosen {
            mix,
            levels: Vec::new(),
            ids: Vec::new(),
            on_levels: 0,
        };
        let people: Vec<u32> = (0..count).map(|number| 2 * number).collect();
        let mut left;
        (chosen.levels, left) = levels(&mut chosen, people, 0);
        chosen.on_levels = chosen.ids.len();
        left.sort_unstable();
        chosen.ids.extend(&left);
        (chosen, left.len())
    }

    fn all_are_found_and_no_others(chosen: &Chosen, count: u32) {
        assert_eq!(chosen.ids.len(), usize::try_from(count).unwrap());
        let asked: Vec<u32> = (0..2 * count + 2).collect();
        for block in asked.chunks(BLOCK) {
            let mut places = [NOWHERE; BLOCK];
            find_many(chosen, block, &mut places[..block.len()]);
            for (id, place) in block.iter().zip(places) {
                assert_eq!(find_one(chosen, *id), place, "{id}");
                assert_eq!(
                    chosen.ids.get(place) == Some(id),
                    id % 2 == 0 && *id < 2 * count
                );
                assert_eq!(place == NOWHERE, id % 2 == 1 || *id >= 2 * count);
            }
        }
    }

    #[test]
    fn every_id_is_found_and_no_other_whatever_the_number_of_ids() {
        let mix = |id: u32, factor| u64::from(id + 1).wrapping_mul(factor).rotate_left(17) ^ factor;
        for count in [0, 1, 2, 14, 15, 16, 17, 63, 64, 65, 1_000, 70_000] {
            let (chosen, behind) = table(mix, count);
            all_are_found_and_no_others(&chosen, count);
            assert!(behind < FEWEST, "{behind} of {count}");
        }
    }

    #[test]
    fn ids_that_were_chosen_to_share_a_line_are_found() {
        let (chosen, behind) = table(|id, _| u64::from(id) << 33, 5_000);
        all_are_found_and_no_others(&chosen, 5_000);
        assert!(behind > 4_000, "{behind}");
    }

    #[test]
    fn ids_that_were_chosen_to_share_a_tag_are_found() {
        for mixed in [0, 1, u64::MAX] {
            let mix = match mixed {
                0 => |_, _| 0,
                1 => |_, _| 1,
                _ => |_, _| u64::MAX,
            };
            let (chosen, behind) = table(mix, 1_000);
            all_are_found_and_no_others(&chosen, 1_000);
            assert!(behind >= 1_000 - FACTORS.len(), "{behind}");
        }
    }
}
