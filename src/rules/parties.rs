//! The names of parties, as denials are compared.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::ser::{Serialize, Serializer};

use crate::storage::groups::Groups;
use crate::vocabulary::id::PartyId;

/// The parties that go by several names. A denial that names one of them names them all.
///
/// INVARIANT (an alias never grants): only denials are compared in this way; a grant names the
/// trainer exactly (R3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct PartyNames {
    /// From each name to the first one of its party, both in folded form.
    first: BTreeMap<String, String>,
}

impl PartyNames {
    /// Of groups of names in folded form.
    pub(crate) fn of(groups: &Groups<String>) -> Self {
        let mut first = BTreeMap::new();
        for names in groups.iter() {
            for name in names {
                first.insert(name.clone(), names.iter().min().unwrap_or(name).clone());
            }
        }
        Self { first }
    }

    /// The names of each party that has several, in folded form, in order.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Vec<&str>> {
        let mut groups = BTreeMap::<_, Vec<_>>::new();
        for (name, first) in &self.first {
            groups.entry(first).or_default().push(name.as_str());
        }
        groups.into_values()
    }

    /// A text that is the same for two names exactly when they stand for one party.
    pub(crate) fn key<'a>(&'a self, party: &'a PartyId) -> Cow<'a, str> {
        let name = folded(party.as_str());
        match self.first.get(name.as_ref()) {
            Some(first) => Cow::Borrowed(first),
            None => name,
        }
    }
}

/// A list of lists of names in folded form, in order.
impl Serialize for PartyNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.groups())
    }
}

/// A name without regard to letter case and surrounding white space.
pub(crate) fn folded(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    let is_folded = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if name.bytes().all(is_folded) {
        return Cow::Borrowed(name);
    }
    // Upper case first: some letters have two lower-case forms.
    let upper = name.chars().flat_map(char::to_uppercase);
    Cow::Owned(upper.flat_map(char::to_lowercase).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_are_folded() {
        let pairs = [
            ("ACME", "acme"),
            (" acme\t", "acme"),
            ("STRASSE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("\u{212A}", "k"),
        ];
        for (one, other) in pairs {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("acme"), folded("acme inc"));
    }
}
