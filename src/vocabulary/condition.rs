//! The conditions that a consent holds under.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::vocabulary::wire::{Expected, Wire};

/// A condition that a consent holds under, such as `de-identified` or `non-commercial`. The
/// vocabulary is free; a gate names the conditions that it assures, and they are compared exactly.
///
/// A condition is a token of lower-case letters and digits, with single hyphens between them, of at
/// most 64 bytes.
///
/// ```
/// use consent_gate::Condition;
///
/// let condition: Condition = "de-identified".parse()?;
/// assert_eq!(condition.as_str(), "de-identified");
/// assert!("De-Identified".parse::<Condition>().is_err());
/// # Ok::<(), consent_gate::InvalidCondition>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition(Arc<str>);

/// The error for a text that is not a [`Condition`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("expected {A_CONDITION}")]
pub struct InvalidCondition;

const LONGEST: usize = 64;

const A_CONDITION: &str =
    "a token of lower-case letters, digits and single hyphens between them, of at most 64 bytes";

/// The words for a list of conditions.
pub(crate) const CONDITIONS: &str = "a list of tokens of lower-case letters, digits and single hyphens \
                          between them, of at most 64 bytes each";

impl Condition {
    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Condition {
    type Err = InvalidCondition;

    fn from_str(token: &str) -> Result<Self, InvalidCondition> {
        let is_word = |word: &str| {
            let mut bytes = word.bytes();
            !word.is_empty() && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
        };
        if token.len() <= LONGEST && token.split('-').all(is_word) {
            Ok(Self(token.into()))
        } else {
            Err(InvalidCondition)
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let token = Cow::<str>::deserialize(deserializer)?;
        token.parse().map_err(de::Error::custom)
    }
}

/// Reads a list of conditions.
pub(crate) fn conditions(value: Wire<'_>) -> Result<Vec<Condition>, Expected> {
    let items = match value {
        Wire::Null => Vec::new(),
        Wire::List(items) => items,
        _ => return Err(CONDITIONS.into()),
    };
    let read = |item| match item {
        Wire::Text(token) => token.parse().ok(),
        _ => None,
    };
    let all: Option<_> = items.into_iter().map(read).collect();
    all.ok_or(CONDITIONS.into())
}
