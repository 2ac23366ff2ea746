//! The rules that a gate waives.

use thiserror::Error;

use super::bits::Rules;
use crate::vocabulary::term::Actor;

/// The rules that a gate waives. Only waivable rules can be in the set. A waiver turns *unproven*
/// into *met* and does not change *contradicted*, so it never overrides a no.
///
/// ```
/// use consent_gate::{Rules, Waivers};
///
/// let waivers = Waivers::new(Rules::EVIDENCED | Rules::CAPACITY)?;
/// assert_eq!(waivers.rules(), Rules::EVIDENCED | Rules::CAPACITY);
/// assert!(Waivers::new(Rules::EXPLICIT).is_err());
/// # Ok::<(), consent_gate::NotWaivable>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Waivers(Rules);

/// A rule that cannot be waived. [`Rules::waivable`] lists those that can.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("cannot be waived: {0}")]
pub struct NotWaivable(Rules);

impl Waivers {
    /// Makes a set of waivers.
    ///
    /// # Errors
    ///
    /// [`NotWaivable`] with the rules of `rules` that cannot be waived.
    pub fn new(rules: Rules) -> Result<Self, NotWaivable> {
        let others = rules.difference(Rules::waivable());
        if others.is_empty() {
            Ok(Self(rules))
        } else {
            Err(NotWaivable(others))
        }
    }

    /// The waivers that have an effect on a grant that this actor made. For a child, silence about
    /// R5, R9 and R12 is not forgiven (COPPA as amended, in force on 22 April 2026: separate verifiable parental
    /// consent).
    pub(crate) fn for_actor(self, actor: Option<Actor>) -> Self {
        match actor {
            Some(Actor::Guardian | Actor::VerifiedGuardian) => {
                let not_waived = Rules::GRANULAR | Rules::INFORMED | Rules::CAPACITY;
                Self(self.0.difference(not_waived))
            }
            _ => self,
        }
    }

    /// The rules that are waived.
    #[must_use]
    pub fn rules(self) -> Rules {
        self.0
    }
}
