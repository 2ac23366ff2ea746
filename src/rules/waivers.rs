//! The rules that a gate waives.

use thiserror::Error;

use super::bits::Requirements;

/// The rules that a gate waives. Only waivable rules can be in the set. A waiver turns *unproven*
/// into *met* and does not change *contradicted*, so it never overrides a no.
///
/// ```
/// use consent_gate::{Requirements, Waivers};
///
/// let waivers = Waivers::new(Requirements::EVIDENCED | Requirements::CAPACITY)?;
/// assert_eq!(waivers.rules(), Requirements::EVIDENCED | Requirements::CAPACITY);
/// assert!(Waivers::new(Requirements::EXPLICIT).is_err());
/// # Ok::<(), consent_gate::NotWaivable>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Waivers(Requirements);

/// A rule that cannot be waived. [`Requirements::waivable`] lists those that can.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("cannot be waived: {0}")]
pub struct NotWaivable(Requirements);

impl Waivers {
    /// Makes a set of waivers.
    ///
    /// # Errors
    ///
    /// [`NotWaivable`] with the rules of `rules` that cannot be waived.
    pub fn new(rules: Requirements) -> Result<Self, NotWaivable> {
        let others = rules.difference(Requirements::waivable());
        if others.is_empty() {
            Ok(Self(rules))
        } else {
            Err(NotWaivable(others))
        }
    }

    /// The rules that are waived.
    #[must_use]
    pub fn rules(self) -> Requirements {
        self.0
    }
}
