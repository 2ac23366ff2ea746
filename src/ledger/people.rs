//! The people of whom a ledger knows something.

use std::collections::BTreeSet;

use super::index::Index;
use crate::rules::readability::Readability;
use crate::storage::arena::Arena;
use crate::storage::subject_key::{KeyBuffer, SubjectKey};

/// People, by number in the order in which they became known.
#[derive(Clone, Debug, Default)]
pub(super) struct People {
    ids: Arena,
    index: Index,
    /// The last record of each person, if there is one.
    last: Vec<Last>,
    unreadable: BTreeSet<u32>,
}

/// The index of a record, counted from 1, or 0 for none.
#[derive(Clone, Copy, Debug, Default)]
struct Last(u32);

impl Last {
    fn index(self) -> Option<u32> {
        self.0.checked_sub(1)
    }
}

/// A person, without their id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) last: Option<u32>,
    pub(super) readability: Readability,
}

impl People {
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<u32> {
        let mut buffer = KeyBuffer::default();
        let id = SubjectKey::of(id).encode(&mut buffer);
        self.find_bytes(self.index.hash(id), id)
    }

    fn find_bytes(&self, hash: u64, id: &[u8]) -> Option<u32> {
        self.index
            .find(hash, |number| self.ids.get(number) == Some(id))
    }

    /// Returns the number of a person, who is added if they are new. Returns `None` if there are too
    /// many people.
    pub(super) fn number(&mut self, id: &str) -> Option<u32> {
        let mut buffer = KeyBuffer::default();
        let id = SubjectKey::of(id).encode(&mut buffer);
        let hash = self.index.hash(id);
        if let Some(known) = self.find_bytes(hash, id) {
            return Some(known);
        }
        if self.index.is_full() {
            let ids = &self.ids;
            self.index
                .grow(ids.iter(), |number, id| ids.get(number) == Some(*id));
        }
        let number = self.ids.push(id)?;
        self.last.push(Last::default());
        self.index.insert(hash, number);
        Some(number)
    }

    pub(super) fn key(&self, number: u32) -> Option<SubjectKey<'_>> {
        SubjectKey::decode(self.ids.get(number)?)
    }

    pub(super) fn get(&self, number: u32) -> Option<Person> {
        let last = self.last.get(usize::try_from(number).ok()?)?;
        Some(self.person(number, *last))
    }

    fn person(&self, number: u32, last: Last) -> Person {
        Person {
            last: last.index(),
            readability: Readability::unless(self.unreadable.contains(&number)),
        }
    }

    /// Sets the last record of a person.
    pub(super) fn set_last(&mut self, number: u32, index: u32) {
        let last = usize::try_from(number).ok();
        if let Some(last) = last.and_then(|number| self.last.get_mut(number)) {
            *last = Last(index.saturating_add(1));
        }
    }

    pub(super) fn mark_unreadable(&mut self, number: u32) {
        self.unreadable.insert(number);
    }

    /// The numbers of people who are marked unreadable.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = u32> {
        self.unreadable.iter().copied()
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.last).map(|(number, _)| number)
    }

    /// All people, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Option<SubjectKey<'_>>, Person)> {
        let all = (0..).zip(self.ids.iter()).zip(&self.last);
        all.map(|((number, id), last)| (SubjectKey::decode(id), self.person(number, *last)))
    }

    /// The size in bytes, where the mark of an unreadable person counts as one word.
    pub(super) fn size_in_bytes(&self) -> usize {
        let last = self.last.capacity().saturating_mul(size_of::<Last>());
        let unreadable = self.unreadable.len().saturating_mul(size_of::<u64>());
        [self.index.size_in_bytes(), last, unreadable]
            .into_iter()
            .fold(self.ids.size_in_bytes(), usize::saturating_add)
    }
}
