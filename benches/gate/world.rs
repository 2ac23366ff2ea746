//! People and their rows, from a fixed seed.

pub(crate) mod json;
pub(crate) mod many;
pub(crate) mod memory;
mod people;

use consent_gate::ConsentRecord;

pub(crate) use people::{GRANTED, gate};

pub(crate) const PEOPLE: usize = 4096;

/// A small generator (xorshift64*): the same numbers in every run.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % limit
    }
}

pub(crate) fn name(person: usize) -> String {
    format!("u{:07}", person * 7919)
}

pub(crate) fn consent(person: usize) -> ConsentRecord {
    people::consent(person, name(person), true)
}
