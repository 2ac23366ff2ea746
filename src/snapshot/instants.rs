//! From when on the grants of each person cover what was collected.
//!
//! Most grants cover what was collected from their own date on, and hardly two people consent at
//! the same instant. So that their standings can be shared all the same, the instants stand apart.

use std::collections::BTreeSet;
use std::mem;

use time::UtcDateTime;

use super::packed::{Packed, Packing, wide, width};
use crate::standing::GrantAssessment;

/// The instants of people, by their places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Instants {
    scale: Scale,
    /// For somebody with one grant the number of its instant, for somebody with several the place
    /// of the first of theirs among those of `several`. All are 0, and take no room, where there
    /// is but one instant or none.
    numbers: Packed,
    /// The numbers of the instants of people with several grants, those of one person beside each
    /// other.
    several: Packed,
}

/// What the number of an instant means: a later one has a greater number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
struct Scale {
    /// The earliest, in nanoseconds since the beginning of 1970.
    earliest: i128,
    /// Steps of so many nanoseconds lead from the earliest to each of the others.
    unit: u128,
    /// How many steps, in order, where numbers are places in this list; where it is empty they are
    /// steps.
    listed: Packed,
}

/// What a person's number is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Own {
    /// Their grants cover everything, or there is none.
    Nothing,
    /// The instant of their one grant.
    One(UtcDateTime),
    /// The place of the first of several.
    Several(usize),
}

/// Instants on their way.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    range: Option<Range>,
    /// All of them, unless there are too many to be listed.
    few: BTreeSet<UtcDateTime>,
    are_many: bool,
    several: Vec<UtcDateTime>,
}

#[derive(Clone, Copy, Debug)]
struct Range {
    earliest: UtcDateTime,
    latest: UtcDateTime,
    unit: u128,
}

/// Numbers on their way to be packed.
#[derive(Debug)]
pub(super) struct Numbering {
    scale: Scale,
    /// The instants that are listed.
    listed: Vec<UtcDateTime>,
    numbers: Packing,
    several: Packed,
}

/// More different instants than these are not listed.
const FEW: usize = 1 << 12;

impl Gathering {
    /// Takes the instants out of what somebody's grants are worth.
    pub(super) fn take(
        &mut self,
        first: &mut GrantAssessment,
        rest: &mut [GrantAssessment],
    ) -> Own {
        if rest.is_empty() {
            return first.take_start().map_or(Own::Nothing, |at| {
                self.note(at);
                Own::One(at)
            });
        }
        let place = self.several.len();
        for standing in std::iter::once(first).chain(rest) {
            if let Some(at) = standing.take_start() {
                self.note(at);
                self.several.push(at);
            }
        }
        if place < self.several.len() {
            Own::Several(place)
        } else {
            Own::Nothing
        }
    }

    fn note(&mut self, at: UtcDateTime) {
        let range = self.range.get_or_insert(Range {
            earliest: at,
            latest: at,
            unit: 0,
        });
        range.unit = greatest_common_divisor(distance(at, range.earliest), range.unit);
        range.earliest = range.earliest.min(at);
        range.latest = range.latest.max(at);
        if !self.are_many {
            self.few.insert(at);
            self.are_many = self.few.len() > FEW;
            if self.are_many {
                self.few.clear();
            }
        }
    }

    /// Ready for the numbers of so many people.
    pub(super) fn numbering(self, people: usize) -> Numbering {
        let mut scale = Scale::default();
        let mut bits = 0;
        if let Some(range) = self.range {
            scale.earliest = range.earliest.unix_timestamp_nanos();
            scale.unit = range.unit;
            let steps = scale.steps(range.latest);
            bits = u128::BITS.saturating_sub(steps.leading_zeros());
        }
        let mut listed = Vec::new();
        let bits_of_places = width(self.few.len().saturating_sub(1));
        if !self.are_many && bits_of_places < bits {
            listed.extend(self.few);
            let steps = listed.iter().map(|at| scale.steps(*at));
            scale.listed = packed(bits, steps.collect::<Vec<_>>());
            bits = bits_of_places;
        }
        let bits_of_several = width(self.several.len().saturating_sub(1));
        let several = self.several.iter();
        let several: Vec<_> = several.map(|at| scale.number(*at, &listed)).collect();
        Numbering {
            scale,
            listed,
            numbers: Packing::new(bits.max(bits_of_several), people),
            several: packed(bits, several),
        }
    }
}

impl Numbering {
    /// Adds the one who has the next place.
    pub(super) fn push(&mut self, own: Own) {
        self.numbers.push(match own {
            Own::Nothing => 0,
            Own::One(at) => self.scale.number(at, &self.listed),
            Own::Several(place) => wide(place),
        });
    }

    pub(super) fn instants(self) -> Instants {
        Instants {
            scale: self.scale,
            numbers: self.numbers.packed(),
            several: self.several,
        }
    }
}

impl Scale {
    /// How many steps lead to an instant.
    fn steps(&self, at: UtcDateTime) -> u128 {
        let way = at.unix_timestamp_nanos().abs_diff(self.earliest);
        way.checked_div(self.unit).unwrap_or_default()
    }

    fn number(&self, at: UtcDateTime, listed: &[UtcDateTime]) -> u128 {
        match listed.binary_search(&at) {
            Ok(place) => wide(place),
            Err(_) => self.steps(at),
        }
    }

    /// The instant that a number is for, and the end of time where there is none.
    #[inline]
    fn instant(&self, number: u128) -> UtcDateTime {
        let steps = if self.listed.len() == 0 {
            Some(number)
        } else {
            // Overflow the last there is room, which reads as the earliest.
            usize::try_from(number)
                .ok()
                .filter(|place| *place < self.listed.len())
                .and_then(|place| self.listed.get_wide(place))
        };
        steps
            .and_then(|steps| i128::try_from(steps.checked_mul(self.unit)?).ok())
            .and_then(|way| self.earliest.checked_add(way))
            .and_then(|at| UtcDateTime::from_unix_timestamp_nanos(at).ok())
            .unwrap_or(UtcDateTime::MAX)
    }
}

impl Instants {
    /// The number of the one at a place.
    #[inline]
    pub(super) fn number(&self, place: usize) -> u128 {
        self.numbers.get_wide(place).unwrap_or(u128::MAX)
    }

    /// What people have by their places.
    #[inline]
    pub(super) fn numbers(&self) -> &Packed {
        &self.numbers
    }

    /// Whether somebody with several grants has instants here.
    #[inline]
    pub(super) fn has_several(&self) -> bool {
        self.several.len() > 0
    }

    /// What the one grant of somebody who has this number is worth.
    #[inline]
    pub(super) fn put_back(&self, standing: &GrantAssessment, number: u128) -> GrantAssessment {
        if standing.starts_elsewhere() {
            standing.starting(self.scale.instant(number))
        } else {
            *standing
        }
    }

    /// What the several grants of somebody who has this number are worth.
    #[cold]
    #[inline(never)]
    pub(super) fn put_back_all(
        &self,
        first: &GrantAssessment,
        rest: &[GrantAssessment],
        number: u128,
    ) -> Vec<GrantAssessment> {
        let mut places = usize::try_from(number).unwrap_or(usize::MAX)..usize::MAX;
        std::iter::once(first)
            .chain(rest)
            .map(|standing| {
                if !standing.starts_elsewhere() {
                    return *standing;
                }
                let own = places.next().filter(|place| *place < self.several.len());
                let own = own.and_then(|place| self.several.get_wide(place));
                standing.starting(own.map_or(UtcDateTime::MAX, |own| self.scale.instant(own)))
            })
            .collect()
    }

    /// How many of the numbers that somebody with one grant can have pass, where a later instant
    /// lets no more pass than an earlier one: those that are less.
    pub(super) fn count_passing(&self, passes: impl Fn(u128) -> bool) -> u128 {
        let mut passing = 0..self.possible();
        while !passing.is_empty() {
            let middle = passing.start.midpoint(passing.end);
            if passes(middle) {
                passing.start = middle.saturating_add(1);
            } else {
                passing.end = middle;
            }
        }
        passing.start
    }

    /// The answer that everybody has where these are the counts of those who pass, if there is one.
    pub(super) fn alike(&self, passing: &[u128]) -> Option<bool> {
        let (first, others) = passing.split_first()?;
        let has_no_remainder = *first == 0 || *first == self.possible();
        let are_alike = others.iter().all(|other| other == first);
        (has_no_remainder && are_alike && !self.has_several()).then_some(*first > 0)
    }

    /// How many numbers somebody with one grant can have.
    fn possible(&self) -> u128 {
        1_u128.unbounded_shl(self.numbers.bits())
    }

    /// Whether it could have been made of as many people.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_valid(&self, people: usize) -> bool {
        let Scale {
            earliest, listed, ..
        } = &self.scale;
        let in_order = (0..listed.len()).map(|place| listed.get_wide(place));
        // Before what is no instant there are others, which would not be in order.
        UtcDateTime::from_unix_timestamp_nanos(*earliest).is_ok()
            && listed.is_valid()
            && listed.len() <= FEW
            && in_order.is_sorted()
            && self.several.is_valid()
            && self.numbers.is_valid()
            && self.numbers.len() == people
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        let all = [&self.scale.listed, &self.numbers, &self.several];
        all.map(Packed::size_in_bytes)
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

/// In nanoseconds.
fn distance(one: UtcDateTime, other: UtcDateTime) -> u128 {
    let one = one.unix_timestamp_nanos();
    one.abs_diff(other.unix_timestamp_nanos())
}

fn greatest_common_divisor(mut one: u128, mut other: u128) -> u128 {
    while let Some(rest) = one.checked_rem(other) {
        one = mem::replace(&mut other, rest);
    }
    one
}

fn packed(bits: u32, numbers: Vec<u128>) -> Packed {
    let mut packing = Packing::new(bits, numbers.len());
    for number in numbers {
        packing.push(number);
    }
    packing.packed()
}
