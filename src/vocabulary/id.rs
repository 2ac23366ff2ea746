//! Identifiers: of a record, a person, a party, a notice, a proof.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

/// The error for an identifier that is empty, or has only white space and control characters.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("expected a text that is not blank")]
pub struct BlankText;

pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control())
}

/// Makes an identifier from a stored text, which was checked when the identifier was first made.
pub(crate) trait Kept {
    fn kept(text: &str) -> Self;
}

macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident: $debug:ident;)*) => {$(
        $(#[$meta])*
        ///
        /// It is compared byte for byte: nothing is trimmed and no case is folded. The order is
        /// that of the bytes. A clone shares the text.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Makes an identifier of a text, without changing it.
            ///
            /// # Errors
            ///
            /// [`BlankText`] when the text is empty or has only white space and control characters.
            pub fn new(text: impl Into<Arc<str>>) -> Result<Self, BlankText> {
                let text = text.into();
                if is_blank(&text) { Err(BlankText) } else { Ok(Self(text)) }
            }

            /// The text.
            #[must_use]
            #[inline]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $debug(stringify!($name), &self.0, f)
            }
        }

        impl Kept for $name {
            fn kept(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BlankText;

            fn from_str(text: &str) -> Result<Self, BlankText> {
                Self::new(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )*};
}

fn shown(name: &str, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_tuple(name).field(&text).finish()
}

fn redacted(name: &str, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_tuple(name)
        .field(&format_args!("redacted"))
        .finish()
}

texts! {
    /// The id of a consent record.
    RecordId: shown;
    /// The id of the person that a row or a record is about (GDPR: data subject, ISO/IEC 29100:
    /// PII principal).
    ///
    /// Its `Debug` is redacted and it has no `Display`, so that no log line names a person by
    /// accident. [`as_str`](Self::as_str) returns the text.
    ///
    /// ```
    /// let subject: consent_gate::SubjectId = "alice".parse()?;
    /// assert_eq!(format!("{subject:?}"), "SubjectId(redacted)");
    /// # Ok::<(), consent_gate::BlankText>(())
    /// ```
    SubjectId: redacted;
    /// A party: a controller, a recipient, a trainer.
    PartyId: shown;
    /// The id of a notice that people were shown.
    NoticeId: shown;
    /// The version of a notice.
    NoticeVersion: shown;
    /// The location of the proof of a consent: a URI, a hash, a position in a log. Its `Debug` is
    /// redacted, because a location may name the person.
    Evidence: redacted;
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
