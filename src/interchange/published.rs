//! A published vocabulary of purposes, and the purposes that a refusal of one of its terms is about.

use crate::vocabulary::purpose::Purposes;

/// A closed list of purposes, as it was published.
pub(super) struct Vocabulary {
    /// Each term, and the terms that it is narrower than.
    pub(super) terms: &'static [(&'static str, &'static [&'static str])],
    /// The terms under which training is commonly claimed. A refusal of one of them is a refusal of
    /// everything.
    ///
    /// INVARIANT (closed upwards): a term that has a narrower one in this list is in it too, because
    /// a refusal includes what is narrower.
    pub(super) claimed: &'static [&'static str],
    /// The terms that share their meaning with a purpose of the gate, or are about a part of it.
    pub(super) meanings: &'static [(&'static str, Purposes)],
}

/// The purposes of running a service. A term that has no purpose of its own here is one of them,
/// and none of them changes a model.
const RUNNING: Purposes = Purposes::ANALYTICS
    .union(Purposes::PERSONALISATION)
    .union(Purposes::ADVERTISING)
    .union(Purposes::SERVICE_PROVISION)
    .union(Purposes::SERVICE_IMPROVEMENT)
    .union(Purposes::SECURITY);

impl Vocabulary {
    /// The purposes that a refusal of a term refuses. `None` is all of them: the term is not in the
    /// list, or training is commonly claimed under it.
    pub(super) fn refused(&self, term: &str) -> Option<Purposes> {
        if !self.contains(term) || self.claimed.contains(&term) {
            return None;
        }
        let related = self.meanings.iter().filter(|(name, _)| {
            // A refusal of a term includes what is narrower. It also touches what is broader: the
            // purpose of the gate may be what the term is a part of.
            self.is_within(name, term) || self.is_within(term, name)
        });
        let purposes: Purposes = related.map(|(_, purposes)| *purposes).collect();
        Some(if purposes.is_empty() {
            RUNNING
        } else {
            purposes
        })
    }

    fn contains(&self, term: &str) -> bool {
        self.terms.iter().any(|(name, _)| *name == term)
    }

    /// Returns true when a term is another one or narrower than it.
    fn is_within(&self, term: &str, broader: &str) -> bool {
        let mut named = self.terms.iter().filter(|(name, _)| *name == term);
        term == broader
            || named
                .any(|(_, parents)| parents.iter().any(|parent| self.is_within(parent, broader)))
    }
}

#[cfg(test)]
impl Vocabulary {
    /// Checks what a table must keep: no term twice, no term narrower than itself, nothing claimed or
    /// with a meaning that is not a term, and the list of what is claimed closed upwards.
    pub(super) fn assert_is_sound(&self) {
        for (position, (term, parents)) in self.terms.iter().enumerate() {
            let before = self.terms.iter().take(position);
            assert!(before.clone().all(|(name, _)| name != term), "{term} twice");
            // Fails by running out of stack where the list has a circle.
            let is_claimed = |claimed: &&&str| self.is_within(claimed, term);
            let narrower = self.claimed.iter().find(is_claimed);
            assert!(
                narrower.is_none() || self.claimed.contains(term),
                "{term} is broader than {narrower:?}"
            );
            assert!(!parents.contains(term), "{term} is narrower than itself");
        }
        let names = self.meanings.iter().map(|(name, _)| name);
        for name in names.chain(self.claimed) {
            assert!(self.contains(name), "{name} is not a term");
        }
    }
}
