//! The errors of reading and building consent records.

use thiserror::Error;

use crate::vocabulary::term::{is_same_but_for_spelling, nearest};

/// Why a consent record could not be read or made. It names the field and never repeats its
/// value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// The value is not a record.
    #[error("expected a consent record, which is an object")]
    NotAnObject,
    /// A required field is missing.
    #[error("field `{field}`: missing")]
    Missing {
        /// The name of the field.
        field: &'static str,
    },
    /// A field is repeated.
    #[error("field `{field}`: repeated")]
    Repeated {
        /// The name of the field.
        field: &'static str,
    },
    /// A field that records do not have.
    #[error("field {field}: not a field of a consent record")]
    UnknownField {
        /// The name in words: the key itself only when it is a known name in another spelling.
        field: String,
    },
    /// A field has a value that it cannot have.
    #[error("field `{field}`: expected {expected}")]
    Unexpected {
        /// The name of the field.
        field: &'static str,
        /// The value that was expected.
        expected: String,
    },
}

/// The words for an unknown field. The key itself is shown only when it is a known name spelt in
/// another way, such as `Status` or `valid-until`: any other key may be the id of a person. A known
/// name that it is near is suggested.
pub(crate) fn shown_key(prefix: &str, known: &[&'static str], key: &str) -> String {
    match nearest(known.iter().copied(), key) {
        Some(name) if is_same_but_for_spelling(name, key) => {
            format!("`{prefix}{key}` (did you mean `{prefix}{name}`?)")
        }
        Some(name) => {
            format!("`{prefix}…` (its name is not shown; did you mean `{prefix}{name}`?)")
        }
        None => format!("`{prefix}…` (its name is not shown)"),
    }
}
