//! Why the program ends without doing its job.

use std::fmt::{self, Display};
use std::io;
use std::path::Path;

use consent_gate::GateError;
use consent_gate::json::ReadError;

/// Why the program ended without doing its job: the file, and what is wrong with it.
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
