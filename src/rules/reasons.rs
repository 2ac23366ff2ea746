//! The reasons of a denial, and the outcomes that they are made of.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::bits::Rules;
use super::waivers::Waivers;

/// The reasons of a denial: the rules that failed, by how they failed. Never empty. A rule that is
/// unproven and waived is not among them.
///
/// Serialized it is an object with the lists `unproven` and `contradicted` of names of rules. Its
/// `Display` says each reason in words.
///
/// ```
/// use consent_gate::{Decision, Gate, Ledger, Purposes, UserRecord};
/// use time::macros::utc_datetime;
///
/// struct Row;
/// impl UserRecord for Row {}
///
/// let gate = Gate::builder("acme", Purposes::AI_INPUT, utc_datetime!(2024-11-01 0:00)).build()?;
/// let ledger = Ledger::new();
/// let Decision::Deny(reasons) = gate.with(&ledger).decide(&Row) else { unreachable!() };
/// let json = serde_json::to_string(&reasons)?;
/// assert_eq!(json, r#"{"unproven":["ON_RECORD"],"contradicted":[]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// One word, so that it is compared and passed on in one register: the contradicted rules are in the
// upper half, the unproven ones in the lower half.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reasons(u64);

impl Reasons {
    #[inline]
    pub(crate) fn new(unproven: Rules, contradicted: Rules) -> Self {
        Self(u64::from(contradicted.bits()) << u32::BITS | u64::from(unproven.bits()))
    }

    /// Those of a person of whom nothing is on file.
    pub(crate) fn nothing_on_file() -> Self {
        Self::new(Rules::ON_RECORD, Rules::empty())
    }

    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// A rule that is contradicted when it failed, and nothing otherwise.
    #[inline]
    pub(crate) fn contradicted_when(rule: Rules, failed: bool) -> Self {
        Self::new(Rules::empty(), rule.when(failed))
    }

    /// INVARIANT (a waiver forgives silence, never a no): what is contradicted stays.
    #[inline]
    pub(crate) fn forgiving(self, waivers: Waivers) -> Self {
        Self(self.0 & !u64::from(waivers.rules().bits()))
    }

    /// The rules for which the fact is missing.
    #[must_use]
    #[inline]
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "the lower half"
    )]
    pub fn unproven(self) -> Rules {
        Rules::from_bits_retain(self.0 as u32)
    }

    /// The rules for which there is proof of the opposite.
    #[must_use]
    #[inline]
    #[expect(clippy::as_conversions, reason = "the upper half")]
    pub fn contradicted(self) -> Rules {
        Rules::from_bits_retain((self.0 >> u32::BITS) as u32)
    }

    /// The rules that failed in either way.
    #[must_use]
    pub fn failed(self) -> Rules {
        self.unproven().union(self.contradicted())
    }

    /// The rule that the denial is counted under: the lowest-numbered one that failed.
    #[must_use]
    pub fn primary(self) -> Rules {
        let failed = self.failed().bits();
        Rules::from_bits_retain(failed & failed.wrapping_neg())
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reasons")
            .field("contradicted", &self.contradicted())
            .field("unproven", &self.unproven())
            .finish()
    }
}

/// The rules that failed, in words, each with its id, in the order of the rules.
impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for rule in self.failed().iter() {
            let unproven = self.unproven().intersection(rule).unproven_in_words();
            let contradicted = self
                .contradicted()
                .intersection(rule)
                .contradicted_in_words();
            for words in contradicted.chain(unproven) {
                write!(f, "{separator}{words}")?;
                separator = "; ";
                rule.ids().try_for_each(|id| write!(f, " ({id})"))?;
            }
        }
        Ok(())
    }
}

impl Serialize for Reasons {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut reasons = serializer.serialize_struct("Reasons", 2)?;
        reasons.serialize_field("unproven", &self.unproven())?;
        reasons.serialize_field("contradicted", &self.contradicted())?;
        reasons.end()
    }
}

/// The outcome of a rule for a grant. Every rule has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is positive proof.
    Met,
    /// The fact is missing.
    Unproven,
    /// There is proof of the opposite.
    Contradicted,
}

impl Outcome {
    /// An absent fact is never a proof, neither of the rule nor of its opposite.
    pub(crate) fn of(fact: Option<bool>) -> Self {
        match fact {
            Some(true) => Self::Met,
            Some(false) => Self::Contradicted,
            None => Self::Unproven,
        }
    }
}

/// The rules that are not met.
pub(crate) fn outcomes(all: impl IntoIterator<Item = (Rules, Outcome)>) -> Reasons {
    let mut unproven = Rules::empty();
    let mut contradicted = Rules::empty();
    for (rule, outcome) in all {
        match outcome {
            Outcome::Met => {}
            Outcome::Unproven => unproven |= rule,
            Outcome::Contradicted => contradicted |= rule,
        }
    }
    Reasons::new(unproven, contradicted)
}
