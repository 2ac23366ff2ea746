//! Digests of a gate and of a set of consent records (feature `digest`).

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::gate::Gate;
use crate::ledger::Ledger;
use crate::record::ConsentRecord;

/// A SHA-256 digest. Its `Display` is lower-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The 32 bytes of the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    #[cfg(feature = "snapshot-file")]
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of the JSON of a value, as `serde_json` writes it, without white space.
    pub(crate) fn of_json(value: &impl Serialize) -> Self {
        let mut hasher = Hasher(Sha256::new());
        #[expect(
            clippy::expect_used,
            reason = "the constructors of gates and records refuse what cannot be written, and a \
                      hasher takes everything"
        )]
        serde_json::to_writer(&mut hasher, value).expect("a value that was checked is written");
        Self(hasher.0.finalize().into())
    }
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Gate {
    /// The digest of the gate's canonical form, which is its JSON as `serde_json` writes it.
    ///
    /// Two gates have the same digest exactly when they ask the same question.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }
}

impl ConsentRecord {
    /// The digest of the record: of its JSON, as `serde_json` writes it, with times in UTC.
    ///
    /// Two records that were read from different texts but have the same values have the same digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }
}

impl Ledger {
    /// The digest of everything in the ledger that a decision can depend on. It does not depend on
    /// the order in which records arrived, nor on repetition.
    ///
    /// It is the SHA-256 of, in this order: the number of different records, as eight bytes, the
    /// most significant first; the digests of the records, in ascending order; the digests of the
    /// JSON of the ids of the subjects for whom R2 fails, in ascending order; the number of
    /// unattributed records, which are unreadable and name no subject, as eight bytes. Where the
    /// ledger states an instant up to which it is complete, a byte 1 and the nanoseconds from the
    /// start of 1970 to that instant follow, as sixteen bytes; where it has aliases, a byte 2 and the
    /// digests of the JSON of each sorted list of ids of one person, in ascending order. An attacker
    /// who chooses the records cannot produce a given digest without breaking SHA-256.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let records = sorted(self.records().map(|record| record.digest()));
        let unreadable = sorted(self.unreadable_subjects().map(|id| Digest::of_json(&id)));
        let mut hasher = Sha256::new();
        hasher.update(
            u64::try_from(records.len())
                .unwrap_or(u64::MAX)
                .to_be_bytes(),
        );
        for Digest(bytes) in records.iter().chain(&unreadable) {
            hasher.update(bytes);
        }
        hasher.update(self.unattributed().to_be_bytes());
        if let Some(at) = self.complete_through() {
            hasher.update([1]);
            hasher.update(at.unix_timestamp_nanos().to_be_bytes());
        }
        let aliases = sorted(self.aliases().map(|names| {
            let mut names: Vec<_> = names.collect();
            names.sort_unstable();
            Digest::of_json(&names)
        }));
        if !aliases.is_empty() {
            hasher.update([2]);
        }
        for Digest(bytes) in &aliases {
            hasher.update(bytes);
        }
        Digest(hasher.finalize().into())
    }
}

fn sorted(digests: impl Iterator<Item = Digest>) -> Vec<Digest> {
    let mut digests: Vec<_> = digests.collect();
    digests.sort_unstable();
    digests
}
