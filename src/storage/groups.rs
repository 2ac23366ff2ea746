//! Names that stand for one thing.

use std::collections::BTreeMap;

/// Groups of names. No name is in two groups.
#[derive(Clone, Debug)]
pub(crate) struct Groups<T> {
    /// The index of the group that a name is in.
    index: BTreeMap<T, usize>,
    /// The names of each group. Empty after its names went to another one.
    members: Vec<Vec<T>>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self {
            index: BTreeMap::new(),
            members: Vec::new(),
        }
    }
}

impl<T: Ord + Clone> Groups<T> {
    /// Puts two names into one group, and with them all the names that are in a group with either.
    ///
    /// The names of the smaller group move, so that joining many takes n log n steps.
    pub(crate) fn join(&mut self, one: &T, other: &T) {
        let (one, other) = (self.group_of(one), self.group_of(other));
        if one == other {
            return;
        }
        let length = |group: usize| self.members.get(group).map_or(0, Vec::len);
        let (small, large) = if length(one) < length(other) {
            (one, other)
        } else {
            (other, one)
        };
        let moved = self.members.get_mut(small).map(std::mem::take);
        for name in moved.into_iter().flatten() {
            if let Some(members) = self.members.get_mut(large) {
                members.push(name.clone());
            }
            self.index.insert(name, large);
        }
    }

    fn group_of(&mut self, name: &T) -> usize {
        if let Some(group) = self.index.get(name) {
            return *group;
        }
        let group = self.members.len();
        self.members.push(vec![name.clone()]);
        self.index.insert(name.clone(), group);
        group
    }

    /// A number that two names have in common exactly when they are in one group.
    pub(crate) fn group(&self, name: &T) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// The names in the group of a name, itself included; none if it is in no group.
    pub(crate) fn with(&self, name: &T) -> &[T] {
        let group = self
            .index
            .get(name)
            .and_then(|group| self.members.get(*group));
        group.map_or(&[], Vec::as_slice)
    }

    /// All groups of two names or more.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[T]> {
        let all = self.members.iter().map(Vec::as_slice);
        all.filter(|members| members.len() > 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_in_any_order() {
        let mut groups = Groups::default();
        assert!(groups.is_empty());
        for (one, other) in [(1, 2), (3, 4), (5, 5), (4, 2), (1, 3)] {
            groups.join(&one, &other);
        }
        let mut joined = groups.with(&3).to_vec();
        joined.sort_unstable();
        assert_eq!(joined, [1, 2, 3, 4]);
        assert_eq!(groups.with(&1), groups.with(&4));
        assert_eq!((groups.with(&5), groups.with(&6)), (&[5][..], &[][..]));
        assert_eq!(groups.iter().count(), 1);
    }
}
