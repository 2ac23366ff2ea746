//! Snapshots that queries name, for executors that hold none of their own.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_expr::ColumnarValue;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::source::{SharedSource, Snapshots};
use crate::digest::Digest;
use crate::gate::Gate;
use crate::snapshot::Snapshot;
use crate::snapshot::file::SnapshotError;

/// The error for a snapshot that a query names and that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoredSnapshotError {
    /// The first two arguments are not literals.
    #[error("the first two arguments are the path of a snapshot and its SHA-256, as literal texts")]
    NotNamed,
    /// The file could not be read.
    #[error("snapshot `{path}`: {error}")]
    Io {
        /// The path of the file.
        path: String,
        /// The error of the system.
        #[source]
        error: io::Error,
    },
    /// The file has another digest.
    #[error("snapshot `{path}`: its SHA-256 is {found}, and the query asks for {expected}")]
    AnotherFile {
        /// The path of the file.
        path: String,
        /// The digest in the query.
        expected: String,
        /// The digest of the file, in lower-case hexadecimal.
        found: String,
    },
    /// The file is not a snapshot for this gate.
    #[error("snapshot `{path}`: {error}")]
    Snapshot {
        /// The path of the file.
        path: String,
        /// The error of the snapshot.
        #[source]
        error: SnapshotError,
    },
}

impl From<StoredSnapshotError> for DataFusionError {
    fn from(error: StoredSnapshotError) -> Self {
        Self::External(Box::new(error))
    }
}

/// The snapshots that queries named so far, each loaded once.
pub(super) struct StoredSnapshots {
    gate: Gate,
    loaded: Mutex<HashMap<Name, Arc<Snapshot>>>,
}

/// The name of a snapshot: a path, and the SHA-256 of the file as a text.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Name {
    path: String,
    sha256: String,
}

impl Name {
    /// The name in the first two arguments of a function.
    fn of<'a>(mut literals: impl Iterator<Item = Option<&'a ScalarValue>>) -> Option<Self> {
        let mut text = || literals.next()??.try_as_str()?.map(str::to_owned);
        let (path, sha256) = (text()?, text()?);
        Some(Self { path, sha256 })
    }

    fn load(&self, gate: &Gate) -> Result<Snapshot, StoredSnapshotError> {
        let path = || self.path.clone();
        let file = fs::read(&self.path);
        let file = file.map_err(|error| StoredSnapshotError::Io {
            path: path(),
            error,
        })?;
        let found = Digest::from_bytes(Sha256::digest(&file).into()).to_string();
        if !found.eq_ignore_ascii_case(&self.sha256) {
            return Err(StoredSnapshotError::AnotherFile {
                path: path(),
                expected: self.sha256.clone(),
                found,
            });
        }
        let loaded = Snapshot::load(gate, &*file);
        let loaded = loaded.map_err(|error| StoredSnapshotError::Snapshot {
            path: path(),
            error,
        })?;
        let (snapshot, _) = loaded;
        Ok(snapshot)
    }
}

impl StoredSnapshots {
    pub(super) fn new(gate: Gate) -> Self {
        Self {
            gate,
            loaded: Mutex::default(),
        }
    }
}

impl Snapshots for StoredSnapshots {
    fn arguments(&self) -> usize {
        2
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Does not load it: a program that only plans need not have it.
    fn check(&self, literals: &[Option<&ScalarValue>]) -> Result<()> {
        let name = Name::of(literals.iter().copied());
        name.ok_or(StoredSnapshotError::NotNamed)?;
        Ok(())
    }

    fn source(&self, arguments: &[ColumnarValue]) -> Result<SharedSource> {
        let literals = arguments.iter().map(|value| match value {
            ColumnarValue::Scalar(literal) => Some(literal),
            ColumnarValue::Array(_) => None,
        });
        let name = Name::of(literals).ok_or(StoredSnapshotError::NotNamed)?;
        // The lock is kept while a file is loaded, so that no other thread loads it as well.
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = loaded.get(&name) {
            return Ok(Arc::clone(snapshot).into());
        }
        let snapshot = Arc::new(name.load(&self.gate)?);
        loaded.insert(name, Arc::clone(&snapshot));
        Ok(snapshot.into())
    }
}
