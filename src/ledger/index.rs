//! A hash index: finds the number of an item by its key, which is stored elsewhere.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

/// The number of an item, plus 1, and eight bits of its key's hash, with which most other keys are
/// ruled out without reading them.
type Slot = [u8; 5];

const EMPTY: Slot = [0; 5];

/// Maps the hashes of keys to the numbers of items: five bytes a slot, with a load of at most four in
/// five.
///
/// The hash is keyed at random, so that keys cannot be chosen to collide.
#[derive(Clone, Default)]
pub(super) struct Index {
    hasher: RandomState,
    /// The number of slots is a power of two, or 0.
    slots: Vec<Slot>,
    taken: usize,
}

impl Index {
    pub(super) fn hash(&self, key: impl Hash) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The first item with this hash for which `matches` is true.
    #[inline]
    pub(super) fn find(&self, hash: u64, matches: impl Fn(u32) -> bool) -> Option<u32> {
        let [part_of_hash, ..] = hash.to_be_bytes();
        let (before, from) = self.slots.split_at_checked(self.start(hash)?)?;
        for slots in [from, before] {
            for &[a, b, c, d, part] in slots {
                let item = u32::from_le_bytes([a, b, c, d]).checked_sub(1)?;
                if part == part_of_hash && matches(item) {
                    return Some(item);
                }
            }
        }
        None
    }

    /// Returns whether the index must [grow](Self::grow) before an item is added.
    pub(super) fn is_full(&self) -> bool {
        self.taken
            >= self
                .slots
                .len()
                .saturating_sub(self.slots.len().div_ceil(5))
    }

    /// Doubles the number of slots and adds all items again. Their keys come in the order of their
    /// numbers, which is the order in which they are read fastest. Of equal keys the first counts.
    pub(super) fn grow<K: Hash>(
        &mut self,
        keys: impl Iterator<Item = K>,
        matches: impl Fn(u32, &K) -> bool,
    ) {
        let slots = self.slots.len().saturating_mul(2).max(8);
        // The old slots are dropped first, so that old and new ones never exist at once.
        self.slots = Vec::new();
        self.slots = vec![EMPTY; slots];
        self.taken = 0;
        for (item, key) in (0..).zip(keys) {
            let hash = self.hash(&key);
            if self.find(hash, |item| matches(item, &key)).is_none() {
                self.insert(hash, item);
            }
        }
    }

    /// Adds an item whose key is not in the index.
    pub(super) fn insert(&mut self, hash: u64, item: u32) {
        let start = self.start(hash).unwrap_or(0);
        let [part, ..] = hash.to_be_bytes();
        let [a, b, c, d] = item.saturating_add(1).to_le_bytes();
        if let Some((before, from)) = self.slots.split_at_mut_checked(start)
            && let Some(slot) = from.iter_mut().chain(before).find(|slot| **slot == EMPTY)
        {
            *slot = [a, b, c, d, part];
            self.taken = self.taken.saturating_add(1);
        }
    }

    /// The slot where a search begins.
    fn start(&self, hash: u64) -> Option<usize> {
        let last = u64::try_from(self.slots.len().checked_sub(1)?).ok()?;
        usize::try_from(hash & last).ok()
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        self.slots.capacity().saturating_mul(size_of::<Slot>())
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("taken", &self.taken)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each key leads to its item, also after the index has grown, and no other key does.
    #[test]
    fn a_key_leads_to_its_item() {
        let keys: Vec<u32> = (0..3000).map(|number| number * 7).collect();
        let at = |item: u32| keys.get(usize::try_from(item).unwrap_or(usize::MAX));
        let mut index = Index::default();
        assert_eq!(index.find(index.hash(0_u32), |_| true), None);
        for (item, key) in (0..).zip(&keys) {
            if index.is_full() {
                let known = keys.iter().take(usize::try_from(item).unwrap_or(0));
                index.grow(known, |item, key| at(item) == Some(*key));
            }
            assert_eq!(
                index.find(index.hash(key), |item| at(item) == Some(key)),
                None
            );
            index.insert(index.hash(key), item);
        }
        for (item, key) in (0..).zip(&keys) {
            let hash = index.hash(key);
            assert_eq!(index.find(hash, |item| at(item) == Some(key)), Some(item));
            assert_eq!(index.find(hash, |_| false), None);
        }
        assert_eq!(index.taken, keys.len());
        assert_eq!(index.slots.len(), 4096);
    }

    /// If two items have equal keys, the first one is found.
    #[test]
    fn the_first_of_equal_keys_counts() {
        let keys = [1, 2, 1, 1, 3_u32];
        let mut index = Index::default();
        index.grow(keys.iter(), |item, key| {
            keys.get(usize::try_from(item).unwrap_or(usize::MAX)) == Some(*key)
        });
        assert_eq!(index.taken, 3);
        assert_eq!(
            index.find(index.hash(1_u32), |item| [0, 2, 3].contains(&item)),
            Some(0)
        );
    }
}
