//! Records that share an id and differ.

use std::collections::{BTreeMap, HashMap};

/// The records that share an id with an earlier one and differ from it and from each other.
///
/// One that arrives again is found by its hash, so that an exporter that gives every record the same
/// id is read in the time that others are.
#[derive(Clone, Debug, Default)]
pub(super) struct Rivals {
    /// From the index of the first record with an id to its rivals, by their hashes.
    all: BTreeMap<u32, HashMap<u64, Vec<u32>>>,
    len: usize,
}

impl Rivals {
    /// The rivals of the record with this index that have this hash.
    pub(super) fn with_hash(&self, first: u32, hash: u64) -> impl Iterator<Item = u32> {
        let rivals = self.all.get(&first).and_then(|rivals| rivals.get(&hash));
        rivals.into_iter().flatten().copied()
    }

    pub(super) fn add(&mut self, first: u32, hash: u64, index: u32) {
        let rivals = self.all.entry(first).or_default();
        rivals.entry(hash).or_default().push(index);
        self.len = self.len.saturating_add(1);
    }

    /// Returns whether the record with this index has a rival.
    pub(super) fn has(&self, first: u32) -> bool {
        self.all.contains_key(&first)
    }

    /// The size in bytes, where a rival counts as its index, its hash and its list.
    pub(super) fn size_in_bytes(&self) -> usize {
        let rival = size_of::<(u64, Vec<u32>, u32)>();
        self.len.saturating_mul(rival)
    }
}
