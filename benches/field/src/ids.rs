//! What people are called.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt::Write;
use std::hash::Hash;

use consent_gate::AskedId;

use crate::{Run, contenders};

/// What a person is called, in memory.
pub(crate) trait Id: Borrow<Self::Form> + Clone + Eq + Hash + Ord {
    /// What can be looked up among ids.
    type Form: Eq + Hash + Ord + ?Sized;

    /// What a row has, and a snapshot is asked with.
    type Asked<'a>: AskedId + 'a;

    fn text(&self) -> String;

    /// The ids of rows as a column has them: the texts are stored one after the other.
    fn column<'a>(ids: &[Self], room: &'a mut String) -> Vec<Self::Asked<'a>>;

    fn form<'a>(asked: &'a Self::Asked<'_>) -> &'a Self::Form;

    /// What only ids of this kind can be compared with.
    fn others(_run: &mut Run, _people: &[Self], _rows: &[Self::Asked<'_>]) {}
}

impl Id for u64 {
    type Form = Self;
    type Asked<'a> = Self;

    fn text(&self) -> String {
        self.to_string()
    }

    fn column(ids: &[Self], _: &mut String) -> Vec<Self> {
        ids.to_vec()
    }

    fn form(asked: &Self) -> &Self {
        asked
    }

    fn others(run: &mut Run, people: &[Self], rows: &[Self]) {
        contenders::of_numbers(run, people, rows);
    }
}

impl Id for String {
    type Form = str;
    type Asked<'a> = &'a str;

    fn text(&self) -> String {
        self.clone()
    }

    fn column<'a>(ids: &[Self], room: &'a mut String) -> Vec<&'a str> {
        room.extend(ids.iter().map(String::as_str));
        let mut rest = room.as_str();
        let lengths = ids.iter().map(String::len);
        lengths
            .map(|length| {
                let (id, behind) = rest.split_at(length);
                rest = behind;
                id
            })
            .collect()
    }

    fn form<'a>(asked: &'a &str) -> &'a str {
        asked
    }
}

/// A small generator (splitmix64): the same numbers in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        Self(0x5EED)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// A place below `limit`; place n comes about as often as 1/(n + 1).
    pub(crate) fn zipf(&mut self, limit: usize) -> usize {
        let share = self.next() as f64 / u64::MAX as f64;
        let rank = (limit as f64).powf(share) as usize;
        rank.saturating_sub(1).min(limit - 1)
    }
}

/// So many different ids.
pub(crate) fn different<I: Id>(count: usize, mut make: impl FnMut() -> I) -> Vec<I> {
    let mut seen = HashSet::with_capacity(count);
    let mut all = Vec::with_capacity(count);
    while all.len() < count {
        let id = make();
        if seen.insert(id.clone()) {
            all.push(id);
        }
    }
    all
}

/// The text of a random UUID (RFC 9562, version 4).
pub(crate) fn uuid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    let mut text = String::with_capacity(36);
    write!(
        text,
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFF,
        low >> 48 & 0x3FFF | 0x8000,
        low & 0xFFFF_FFFF_FFFF,
    )
    .expect("memory");
    text
}

/// A letter and 7 to 19 letters or digits.
pub(crate) fn text(random: &mut Random) -> String {
    const SIGNS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let length = 8 + random.below(13) as usize;
    let sign = |place, random: &mut Random| {
        let among = if place == 0 { 26 } else { 36 };
        char::from(SIGNS[random.below(among) as usize])
    };
    (0..length).map(|place| sign(place, random)).collect()
}
