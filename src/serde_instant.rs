//! Reads and writes instants in types of your own, in the form of consent records: for
//! `#[serde(with = "consent_gate::serde_instant")]`.
//!
//! Reading accepts what [`parse_instant`](crate::parse_instant) accepts. Writing is in UTC, and fails
//! for a year outside 0 to 9999. [`option`] does the same for an instant that may be null.
//!
//! ```
//! use consent_gate::time::UtcDateTime;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, Serialize)]
//! struct Post {
//!     #[serde(with = "consent_gate::serde_instant")]
//!     posted_at: UtcDateTime,
//!     #[serde(default, with = "consent_gate::serde_instant::option")]
//!     edited_at: Option<UtcDateTime>,
//! }
//!
//! let post: Post = serde_json::from_str(r#"{"posted_at":"2024-09-10T11:00:00+02:00"}"#)?;
//! let written = serde_json::to_string(&post)?;
//! assert_eq!(written, r#"{"posted_at":"2024-09-10T09:00:00Z","edited_at":null}"#);
//! let again: Post = serde_json::from_str(&written)?;
//! assert_eq!((again.posted_at, again.edited_at), (post.posted_at, None));
//! assert!(serde_json::from_str::<Post>(r#"{"posted_at":"2024-09-10"}"#).is_err());
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use time::UtcDateTime;

use crate::vocabulary::instant;
use crate::vocabulary::instant::InvalidInstant;
use crate::vocabulary::wire::{self, Wire};

/// Writes an instant.
///
/// # Errors
///
/// An error of the serializer, or one for a year outside 0 to 9999.
pub fn serialize<S: Serializer>(at: &UtcDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    if !instant::is_writable(*at) {
        return Err(S::Error::custom("expected a year from 0 to 9999, in UTC"));
    }
    let text = instant::text(*at).map_err(S::Error::custom)?;
    serializer.serialize_str(&text)
}

/// Reads an instant.
///
/// # Errors
///
/// An error of the deserializer, or one with the message of [`InvalidInstant`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UtcDateTime, D::Error> {
    option::deserialize(deserializer)?.ok_or_else(|| D::Error::custom(InvalidInstant))
}

/// The same for an instant that may be null. Add `#[serde(default)]` where it may also be absent.
pub mod option {
    use super::{Deserialize, Deserializer, InvalidInstant, Serializer, UtcDateTime, Wire, wire};
    use serde::de::Error as _;

    /// Writes an instant, or null.
    ///
    /// # Errors
    ///
    /// An error of the serializer, or one for a year outside 0 to 9999.
    pub fn serialize<S: Serializer>(
        at: &Option<UtcDateTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads an instant, or null.
    ///
    /// # Errors
    ///
    /// An error of the deserializer, or one with the message of [`InvalidInstant`].
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<UtcDateTime>, D::Error> {
        wire::time(Wire::deserialize(deserializer)?).map_err(|_| D::Error::custom(InvalidInstant))
    }
}
