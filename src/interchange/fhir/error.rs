//! The error for an unreadable consent.

use thiserror::Error;

use crate::interchange::node::{Malformed, Misfit, UnknownField};
use crate::record::RecordError;

/// The error for an unreadable consent.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FhirError {
    /// The document is invalid JSON, or repeats a key.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A value does not have the expected form.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// A yes has a field that is not read.
    #[error(transparent)]
    UnknownField(#[from] UnknownField),
    /// The values that were read do not make a valid consent record.
    #[error("consent: {0}")]
    Record(#[from] RecordError),
}
