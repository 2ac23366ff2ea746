//! The instants from which the grants of each person cover collected data.
//!
//! Most grants cover what was collected from their own date on, and hardly two people consent at
//! the same instant. The instants are therefore stored outside the dictionary of assessments, so that
//! people who differ in nothing else share an entry.
//!
//! An instant is stored as a number: its index in a sorted list if there are few different instants,
//! or else its distance from the earliest in steps of the greatest common divisor of all distances.

use std::collections::BTreeSet;
use std::mem;

use time::UtcDateTime;

use super::packed::{Packed, Packing, wide, width};
use crate::decision::assessment::GrantAssessment;

/// The instants of people, by the index of the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub(super) struct Instants {
    scale: Scale,
    /// For a person with one grant the number of its instant, for a person with several grants the
    /// index in `several` of the first of theirs. All are 0, and take no memory, if there is at most
    /// one instant.
    numbers: Packed,
    /// The numbers of the instants of people with several grants. Those of one person are adjacent.
    several: Packed,
}

/// The meaning of the number of an instant. A later instant has a greater number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
struct Scale {
    /// The earliest instant, in nanoseconds since the start of 1970.
    earliest: i128,
    /// The length of a step in nanoseconds.
    unit: u128,
    /// If this sorted list is not empty, numbers are indices of it, and it contains the steps.
    /// Otherwise numbers are steps.
    listed: Packed,
}

/// The instants of one person.
#[derive(Clone, Copy, Debug)]
pub(super) enum Starts {
    /// Their grants cover everything, or there are no grants.
    None,
    /// The instant of their one grant.
    One(UtcDateTime),
    /// The index of the first of the instants of several grants.
    Several(usize),
}

/// Collects the instants of all people.
#[derive(Debug, Default)]
pub(super) struct InstantCollector {
    range: Option<Range>,
    /// All different instants, unless there are too many to be listed.
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

/// Builds [`Instants`] person by person.
#[derive(Debug)]
pub(super) struct InstantEncoder {
    scale: Scale,
    /// The instants that are listed, sorted.
    listed: Vec<UtcDateTime>,
    numbers: Packing,
    several: Packed,
}

/// The greatest number of different instants that are listed.
const FEW: usize = 1 << 12;

impl InstantCollector {
    /// Takes the instants out of a person's assessments.
    pub(super) fn take(
        &mut self,
        first: &mut GrantAssessment,
        several: &mut [GrantAssessment],
    ) -> Starts {
        if several.is_empty() {
            return first.take_start().map_or(Starts::None, |at| {
                self.note(at);
                Starts::One(at)
            });
        }
        let index = self.several.len();
        first.take_start();
        for standing in several {
            if let Some(at) = standing.take_start() {
                self.note(at);
                self.several.push(at);
            }
        }
        if index < self.several.len() {
            Starts::Several(index)
        } else {
            Starts::None
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

    /// Returns an encoder for the instants of this many people.
    pub(super) fn encoder(self, people: usize) -> InstantEncoder {
        let mut scale = Scale::default();
        let mut bits = 0;
        if let Some(range) = self.range {
            scale.earliest = range.earliest.unix_timestamp_nanos();
            scale.unit = range.unit;
            let steps = scale.steps(range.latest);
            bits = u128::BITS.saturating_sub(steps.leading_zeros());
        }
        let mut listed = Vec::new();
        let bits_of_index = width(self.few.len().saturating_sub(1));
        if !self.are_many && bits_of_index < bits {
            listed.extend(self.few);
            let steps = listed.iter().map(|at| scale.steps(*at));
            scale.listed = packed(bits, steps.collect::<Vec<_>>());
            bits = bits_of_index;
        }
        let bits_of_several = width(self.several.len().saturating_sub(1));
        let several = self.several.iter();
        let several: Vec<_> = several.map(|at| scale.number(*at, &listed)).collect();
        InstantEncoder {
            scale,
            listed,
            numbers: Packing::new(bits.max(bits_of_several), people),
            several: packed(bits, several),
        }
    }
}

impl InstantEncoder {
    /// Adds the instants of the person with the next index.
    pub(super) fn push(&mut self, starts: Starts) {
        self.numbers.push(match starts {
            Starts::None => 0,
            Starts::One(at) => self.scale.number(at, &self.listed),
            Starts::Several(index) => wide(index),
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
    /// The number of steps from the earliest instant.
    fn steps(&self, at: UtcDateTime) -> u128 {
        let distance = at.unix_timestamp_nanos().abs_diff(self.earliest);
        distance.checked_div(self.unit).unwrap_or_default()
    }

    fn number(&self, at: UtcDateTime, listed: &[UtcDateTime]) -> u128 {
        match listed.binary_search(&at) {
            Ok(index) => wide(index),
            Err(_) => self.steps(at),
        }
    }

    /// The instant with this number, or the end of time if there is none, from which nothing is
    /// covered.
    #[inline]
    fn instant(&self, number: u128) -> UtcDateTime {
        let steps = if self.listed.len() == 0 {
            Some(number)
        } else {
            // The padding after the list would be read as the earliest instant.
            usize::try_from(number)
                .ok()
                .filter(|index| *index < self.listed.len())
                .and_then(|index| self.listed.get_wide(index))
        };
        steps
            .and_then(|steps| i128::try_from(steps.checked_mul(self.unit)?).ok())
            .and_then(|distance| self.earliest.checked_add(distance))
            .and_then(|at| UtcDateTime::from_unix_timestamp_nanos(at).ok())
            .unwrap_or(UtcDateTime::MAX)
    }
}

impl Instants {
    /// The number of the person with this index.
    #[inline]
    pub(super) fn number(&self, index: usize) -> u128 {
        self.numbers.get_wide(index).unwrap_or(u128::MAX)
    }

    /// The numbers, by the index of the person.
    #[inline]
    pub(super) fn numbers(&self) -> &Packed {
        &self.numbers
    }

    /// Returns whether a person with several grants has instants here.
    #[inline]
    pub(super) fn has_several(&self) -> bool {
        self.several.len() > 0
    }

    /// Puts the instant back into the assessment of the only grant of a person with this number.
    #[inline]
    pub(super) fn restore(&self, standing: &GrantAssessment, number: u128) -> GrantAssessment {
        standing.starting_at(self.scale.instant(number))
    }

    /// One of the instants of a person with this number who has several grants.
    #[inline]
    pub(super) fn of_several(&self, number: u128, position: usize) -> UtcDateTime {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let index = index.checked_add(position);
        let index = index.filter(|index| *index < self.several.len());
        let own = index.and_then(|index| self.several.get_wide(index));
        own.map_or(UtcDateTime::MAX, |own| self.scale.instant(own))
    }

    /// The number of possible numbers of a person with one grant for which `passes` is true. A later
    /// instant lets nothing pass that an earlier one does not, so these are the smaller numbers.
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

    /// The answer that holds for everyone, if there is one, given the counts of numbers that pass.
    pub(super) fn alike(&self, passing: &[u128]) -> Option<bool> {
        let (first, others) = passing.split_first()?;
        let has_no_remainder = *first == 0 || *first == self.possible();
        let are_alike = others.iter().all(|other| other == first);
        (has_no_remainder && are_alike && !self.has_several()).then_some(*first > 0)
    }

    /// The number of possible numbers of a person with one grant.
    fn possible(&self) -> u128 {
        1_u128.unbounded_shl(self.numbers.bits())
    }

    /// Returns whether the instants are consistent and belong to this many people.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_valid(&self, people: usize) -> bool {
        let Scale {
            earliest, listed, ..
        } = &self.scale;
        let in_order = (0..listed.len()).map(|index| listed.get_wide(index));
        // Steps that lead past the last instant are read as the end of time, which keeps the order.
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

/// The distance between two instants in nanoseconds.
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
