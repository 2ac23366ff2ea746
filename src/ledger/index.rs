//! Finds the place of a key among keys that are kept elsewhere.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

/// The place and a part of the hash of a key, by which most other keys are told from it unread.
type Slot = [u8; 5];

const EMPTY: Slot = [0; 5];

/// The places of keys by their hashes: five bytes a slot, and at most four in five taken.
///
/// The hash is keyed at random, so that nobody can choose keys that collide.
#[derive(Clone, Default)]
pub(super) struct Index {
    hasher: RandomState,
    /// As many as a power of two, or none.
    slots: Vec<Slot>,
    taken: usize,
}

impl Index {
    pub(super) fn hash(&self, key: impl Hash) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The place of the key with this hash that `is_it` says yes to.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let [own, ..] = hash.to_be_bytes();
        let (before, from) = self.slots.split_at_checked(self.start(hash)?)?;
        for slots in [from, before] {
            for &[a, b, c, d, part] in slots {
                let place = u32::from_le_bytes([a, b, c, d]).checked_sub(1)?;
                if part == own && is_it(place) {
                    return Some(place);
                }
            }
        }
        None
    }

    /// Whether it has to be [made again](Self::widen) before anything is added.
    pub(super) fn is_full(&self) -> bool {
        self.taken
            >= self
                .slots
                .len()
                .saturating_sub(self.slots.len().div_ceil(5))
    }

    /// Makes room for as many again. The keys come in the order of their places, which is that in
    /// which they are read fastest; of equal ones the first counts.
    pub(super) fn widen<K: Hash>(
        &mut self,
        keys: impl Iterator<Item = K>,
        is_at: impl Fn(u32, &K) -> bool,
    ) {
        let slots = self.slots.len().saturating_mul(2).max(8);
        // The old ones go first, so that both are never there at once.
        self.slots = Vec::new();
        self.slots = vec![EMPTY; slots];
        self.taken = 0;
        for (place, key) in (0..).zip(keys) {
            let hash = self.hash(&key);
            if self.find(hash, |place| is_at(place, &key)).is_none() {
                self.insert(hash, place);
            }
        }
    }

    /// Adds a key that is not there.
    pub(super) fn insert(&mut self, hash: u64, place: u32) {
        let start = self.start(hash).unwrap_or(0);
        let [part, ..] = hash.to_be_bytes();
        let [a, b, c, d] = place.saturating_add(1).to_le_bytes();
        if let Some((before, from)) = self.slots.split_at_mut_checked(start)
            && let Some(slot) = from.iter_mut().chain(before).find(|slot| **slot == EMPTY)
        {
            *slot = [a, b, c, d, part];
            self.taken = self.taken.saturating_add(1);
        }
    }

    /// Where a search begins.
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

    /// Each is found at its place, also after the index has grown, and no other is found.
    #[test]
    fn a_key_is_found_at_its_place() {
        let keys: Vec<u32> = (0..3000).map(|number| number * 7).collect();
        let at = |place: u32| keys.get(usize::try_from(place).unwrap_or(usize::MAX));
        let mut index = Index::default();
        assert_eq!(index.find(index.hash(0_u32), |_| true), None);
        for (place, key) in (0..).zip(&keys) {
            if index.is_full() {
                let known = keys.iter().take(usize::try_from(place).unwrap_or(0));
                index.widen(known, |place, key| at(place) == Some(*key));
            }
            assert_eq!(
                index.find(index.hash(key), |place| at(place) == Some(key)),
                None
            );
            index.insert(index.hash(key), place);
        }
        for (place, key) in (0..).zip(&keys) {
            let hash = index.hash(key);
            assert_eq!(
                index.find(hash, |place| at(place) == Some(key)),
                Some(place)
            );
            assert_eq!(index.find(hash, |_| false), None);
        }
        assert_eq!(index.taken, keys.len());
        assert_eq!(index.slots.len(), 4096);
    }

    /// Where two places have equal keys, the first is the one that stays known.
    #[test]
    fn the_first_of_equal_keys_counts() {
        let keys = [1, 2, 1, 1, 3_u32];
        let mut index = Index::default();
        index.widen(keys.iter(), |place, key| {
            keys.get(usize::try_from(place).unwrap_or(usize::MAX)) == Some(*key)
        });
        assert_eq!(index.taken, 3);
        assert_eq!(
            index.find(index.hash(1_u32), |place| [0, 2, 3].contains(&place)),
            Some(0)
        );
    }
}
