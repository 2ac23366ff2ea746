//! The error for an unreadable document.

use thiserror::Error;

use super::terms;
use crate::interchange::node::{Malformed, Misfit};
use crate::record::RecordError;

/// The error for an unreadable document.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DpvError {
    /// The document is invalid JSON, or repeats a key.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The document has a context other than an object of the documented prefixes.
    #[error(
        "@context: expected none, or an object with no prefixes but these: {}; found {found}",
        terms::prefixes()
    )]
    Context {
        /// The first term that is too much, in words.
        found: String,
    },
    /// The document is of another type, such as a receipt, which does not say what is in force.
    #[error("{place}: expected a consent record: `@type` `dpv:ConsentRecord`, or a `record_id`")]
    NotARecord {
        /// The record of the document.
        place: String,
    },
    /// A property that is not read in this object, which may limit what is allowed.
    #[error("{place}: a property that this format does not read: {property}")]
    UnknownProperty {
        /// The object that has it.
        place: String,
        /// The property in words: by its name when that is a term of a known vocabulary, otherwise
        /// by a known name that it is near, if there is one.
        property: String,
    },
    /// A value does not have the expected form.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// Two processes under one decision share a purpose, so it is ambiguous which of them applies.
    #[error("{place}: two processes share a purpose; name each purpose in one process only")]
    Overlapping {
        /// The event.
        place: String,
    },
    /// A record with more than 4096 statements: the number of events times that of processes.
    #[error("{place}: expected at most 4096 statements in a record")]
    TooMany {
        /// The event that exceeds the limit.
        place: String,
    },
    /// A record whose statements would have more than 1,048,576 values: each statement inherits the
    /// purposes, data and parties around it.
    #[error("{place}: expected at most 1048576 values in all statements of a record")]
    TooManyValues {
        /// The event that exceeds the limit.
        place: String,
    },
    /// The values that were read do not make a valid consent record.
    #[error("{place}: {source}")]
    Record {
        /// The event.
        place: String,
        /// The problem.
        source: RecordError,
    },
}
