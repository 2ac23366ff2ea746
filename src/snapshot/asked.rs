//! The ids that a snapshot can be asked about.

use crate::decision::question::BLOCK;
use crate::snapshot::contents::Contents;
use crate::snapshot::table::{NOT_FOUND, Selected, find_many, prefetch_all};
use crate::storage::subject_key::SubjectKey;

/// An id that a snapshot can be asked about without writing it down as a text first: `u64` for its
/// decimal digits, 16 bytes for the usual form of the UUID that they are, and texts.
pub trait AskedId: Asked {}

impl<T: Asked> AskedId for T {}

/// Not nameable outside the crate, so that an id is read in one way.
pub trait Asked: Copy {
    /// Finds the indices of ids, at most a block of them; there are as many indices as ids.
    fn find(ids: &[Self], contents: &Contents, indices: &mut [usize]);
}

impl Contents {
    /// Looks up many people, at most [`BLOCK`] of them.
    #[inline]
    pub(super) fn find<I: Asked>(&self, ids: &[I], tell: impl FnOnce(&[usize])) {
        let mut indices = [NOT_FOUND; BLOCK];
        if let Some(indices) = indices.get_mut(..ids.len()) {
            I::find(ids, self, indices);
            tell(indices);
        }
    }

    /// Looks up many people, and prefetches what is known of them.
    #[inline]
    pub(super) fn seek<I: Asked>(&self, ids: &[I], tell: impl FnOnce(&[usize])) {
        self.find(ids, |indices| {
            self.prefetch(indices);
            tell(indices);
        });
    }
}

impl Asked for u64 {
    #[inline]
    fn find(ids: &[Self], contents: &Contents, indices: &mut [usize]) {
        find_many(&contents.numbers, ids, indices);
    }
}

impl Asked for [u8; 16] {
    #[inline]
    fn find(ids: &[Self], contents: &Contents, indices: &mut [usize]) {
        let mut uuids = [0; BLOCK];
        for (uuid, id) in uuids.iter_mut().zip(ids) {
            *uuid = u128::from_be_bytes(*id);
        }
        if let Some(uuids) = uuids.get(..ids.len()) {
            find_many(&contents.uuids, uuids, indices);
        }
    }
}

impl Asked for &str {
    #[inline]
    fn find(ids: &[Self], contents: &Contents, indices: &mut [usize]) {
        let mut numbers = Selected::<u64, BLOCK>::new();
        let mut uuids = Selected::<u128, BLOCK>::new();
        let mut texts = Selected::<&str, BLOCK>::new();
        let ends = ids.iter().map(|id| match id.as_bytes() {
            [] => 0,
            [one] => *one,
            [first, .., last] => first ^ last,
        });
        prefetch_all(ends);
        for ((at, id), index) in (0..).zip(ids).zip(&mut *indices) {
            *index = NOT_FOUND;
            match SubjectKey::of(id) {
                SubjectKey::Number(id) => numbers.push_if(true, at, id),
                SubjectKey::Uuid(id) => uuids.push_if(true, at, id),
                SubjectKey::Text(id) => texts.push_if(true, at, id),
            }
        }
        numbers.find(&contents.numbers, indices);
        uuids.find(&contents.uuids, indices);
        texts.find(&contents.texts, indices);
    }
}
