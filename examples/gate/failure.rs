//! The error that ends the program.

use std::fmt::{self, Display};
use std::io;
use std::path::Path;

use consent_gate::GateError;
use consent_gate::json::ReadError;

/// The reason for which the program failed: the file, and the problem.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    pub(crate) fn at(path: &Path, error: impl Display) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(format!("standard output: {error}"))
    }
}

impl From<GateError> for Failure {
    fn from(error: GateError) -> Self {
        Self(error.to_string())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self(error.to_string())
    }
}
