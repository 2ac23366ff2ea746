//! A snapshot on disk (feature `snapshot-file`).

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use time::UtcDateTime;

use crate::decision::admit::Asks;
use crate::decision::assessment::GrantAssessment;
use crate::digest::Digest;
use crate::rules::{Reasons, Rules, Tense, Terms};
use crate::snapshot::Snapshot;
use crate::snapshot::contents::{CompleteThrough, Contents, Entry};
use crate::vocabulary::purpose::DataCategories;

/// The first bytes of a snapshot. Like those of PNG, they also reveal a file that was transferred as
/// text.
const MAGIC: [u8; 8] = *b"\x89CGS\r\n\x1a\n";

/// The format version that this version of the crate writes and reads.
const FORMAT_VERSION: u32 = 2;

/// The length in bytes of the header: [`MAGIC`], the format version, and the length of the body.
const HEADER: usize = MAGIC.len() + size_of::<u32>() + size_of::<u64>();

/// The error of loading a snapshot, of which nothing is used then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The reader failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file does not begin with the first bytes of a snapshot.
    #[error("not a snapshot")]
    NotASnapshot,
    /// The file has another format version, probably that of a newer version of this crate.
    #[error("the snapshot has format version {0}; only version {FORMAT_VERSION} can be read")]
    UnsupportedVersion(u32),
    /// The file ends too early.
    #[error("the snapshot is truncated")]
    Truncated,
    /// The checksum is wrong, or the contents are inconsistent.
    #[error("the snapshot is damaged")]
    Damaged,
    /// The snapshot was made for a gate that asks something else.
    #[error("the snapshot is for another gate, or for its replay")]
    AnotherGate,
}

/// The part of a file between the header and the checksum.
#[derive(Serialize, Deserialize)]
struct Body<C> {
    gate: [u8; 32],
    is_replay: bool,
    consents: [u8; 32],
    contents: C,
}

impl<Q: Asks> Snapshot<Q> {
    /// Writes the snapshot, with the digest of the consents that it was made of
    /// ([`Ledger::digest`](crate::Ledger::digest)).
    ///
    /// The file consists of:
    ///
    /// - eight bytes that identify the format;
    /// - the format version, four bytes, and the length of the body, eight bytes, both with the least
    ///   significant byte first;
    /// - the body, in the format of the crate `postcard`: the digest of the gate, whether the gate is
    ///   a replay, the digest of the consents, and the snapshot;
    /// - the SHA-256 of everything before it.
    ///
    /// Saving the same snapshot again writes the same bytes. A snapshot that is made again need not be
    /// the same: the internal order of its people may differ.
    ///
    /// # Errors
    ///
    /// Returns the error of the writer.
    ///
    /// # Example
    ///
    /// ```
    /// # use consent_gate::{Gate, Ledger, Purposes, Snapshot};
    /// # use time::macros::utc_datetime;
    /// # let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// # let ledger = Ledger::new();
    /// let snapshot = Snapshot::new(&gate, &ledger);
    /// let mut file = Vec::new();
    /// snapshot.save(ledger.digest(), &mut file)?;
    ///
    /// let (loaded, consents) = Snapshot::load(&gate, &file[..])?;
    /// assert_eq!(loaded.subjects(), snapshot.subjects());
    /// assert_eq!(consents, ledger.digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save(&self, consents: Digest, mut writer: impl Write) -> io::Result<()> {
        let body = Body {
            gate: *Digest::of_json(self.asker.terms()).as_bytes(),
            is_replay: is_replay(self.asker.terms()),
            consents: *consents.as_bytes(),
            contents: &self.contents,
        };
        let mut bytes = Vec::with_capacity(self.size_in_bytes());
        bytes.extend(MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend([0; size_of::<u64>()]);
        let mut bytes = postcard::to_extend(&body, bytes).map_err(io::Error::other)?;
        let length = u64::try_from(bytes.len().saturating_sub(HEADER)).unwrap_or(u64::MAX);
        if let Some(length_bytes) = bytes.get_mut(HEADER.saturating_sub(size_of::<u64>())..HEADER) {
            length_bytes.copy_from_slice(&length.to_le_bytes());
        }
        writer.write_all(&bytes)?;
        writer.write_all(&Sha256::digest(&bytes))
    }

    /// Reads a snapshot that was made for an equal gate, or an equal replay, and the digest of the
    /// consents that it was made of. The reader need not be buffered.
    ///
    /// # Errors
    ///
    /// Returns a [`SnapshotError`] if the reader fails, or the file is not a snapshot, has another
    /// format version, is truncated or damaged, or was made for another gate.
    ///
    /// # Example
    ///
    /// ```
    /// # use consent_gate::{Gate, Ledger, Purposes, Snapshot};
    /// # use time::macros::utc_datetime;
    /// # let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// # let ledger = Ledger::new();
    /// let snapshot = Snapshot::new(&gate, &ledger);
    /// let mut file = Vec::new();
    /// snapshot.save(ledger.digest(), &mut file)?;
    ///
    /// assert!(Snapshot::load(&gate, &file[..]).is_ok());
    ///
    /// let other = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2025-11-01 0:00)).build()?;
    /// assert!(Snapshot::load(&other, &file[..]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(asker: &Q, reader: impl Read) -> Result<(Self, Digest), SnapshotError> {
        let body = Body::read(reader)?;
        let terms = asker.terms();
        if body.gate != *Digest::of_json(terms).as_bytes() || body.is_replay != is_replay(terms) {
            return Err(SnapshotError::AnotherGate);
        }
        let snapshot = Self {
            asker: asker.clone(),
            contents: body.contents,
        };
        Ok((snapshot, Digest::from_bytes(body.consents)))
    }
}

impl Body<Contents> {
    fn read(mut reader: impl Read) -> Result<Self, SnapshotError> {
        let mut bytes = Vec::new();
        let all = u64::try_from(HEADER).unwrap_or(u64::MAX);
        reader.by_ref().take(all).read_to_end(&mut bytes)?;
        let Some((magic, rest)) = bytes.split_first_chunk::<{ MAGIC.len() }>() else {
            return Err(if MAGIC.starts_with(&bytes) && !bytes.is_empty() {
                SnapshotError::Truncated
            } else {
                SnapshotError::NotASnapshot
            });
        };
        if *magic != MAGIC {
            return Err(SnapshotError::NotASnapshot);
        }
        let version = rest.first_chunk().ok_or(SnapshotError::Truncated)?;
        let version = u32::from_le_bytes(*version);
        if version != FORMAT_VERSION {
            return Err(SnapshotError::UnsupportedVersion(version));
        }
        let length = rest.last_chunk().filter(|_| bytes.len() == HEADER);
        let length = u64::from_le_bytes(*length.ok_or(SnapshotError::Truncated)?);

        // One byte more than expected, so that trailing bytes are noticed.
        let checksum = u64::try_from(size_of::<[u8; 32]>()).unwrap_or(u64::MAX);
        let expected = length.saturating_add(checksum);
        let read = reader
            .take(expected.saturating_add(1))
            .read_to_end(&mut bytes)?;
        match u64::try_from(read).unwrap_or(u64::MAX).cmp(&expected) {
            std::cmp::Ordering::Less => return Err(SnapshotError::Truncated),
            std::cmp::Ordering::Greater => return Err(SnapshotError::Damaged),
            std::cmp::Ordering::Equal => {}
        }
        let (written, checksum) = bytes
            .split_last_chunk::<32>()
            .ok_or(SnapshotError::Truncated)?;
        if Sha256::digest(written) != *checksum {
            return Err(SnapshotError::Damaged);
        }
        let body = written.get(HEADER..).unwrap_or_default();
        let (body, rest) =
            postcard::take_from_bytes::<Self>(body).map_err(|_| SnapshotError::Damaged)?;
        if rest.is_empty() && body.contents.is_valid() {
            Ok(body)
        } else {
            Err(SnapshotError::Damaged)
        }
    }
}

fn is_replay(terms: &Terms) -> bool {
    terms.tense == Tense::Replay
}

/// On disk: nanoseconds since the start of 1970.
impl Serialize for CompleteThrough {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0
            .map(UtcDateTime::unix_timestamp_nanos)
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CompleteThrough {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let at = Option::<i128>::deserialize(deserializer)?;
        let at = at.map(UtcDateTime::from_unix_timestamp_nanos).transpose();
        at.map(Self).map_err(serde::de::Error::custom)
    }
}

/// An assessment on disk.
#[derive(Serialize, Deserialize)]
struct WrittenAssessment {
    unproven: u32,
    contradicted: u32,
    covers: u32,
    denied: u32,
    /// Nanoseconds since the start of 1970.
    collected_from: i128,
    rank: u32,
}

impl From<&GrantAssessment> for WrittenAssessment {
    fn from(standing: &GrantAssessment) -> Self {
        Self {
            unproven: standing.person.unproven().bits(),
            contradicted: standing.person.contradicted().bits(),
            covers: standing.covers.bits(),
            denied: standing.denied.bits(),
            collected_from: standing.collected_from.unix_timestamp_nanos(),
            rank: standing.rank,
        }
    }
}

impl TryFrom<WrittenAssessment> for GrantAssessment {
    type Error = time::error::ComponentRange;

    fn try_from(written: WrittenAssessment) -> Result<Self, Self::Error> {
        let rules = Rules::from_bits_retain;
        let categories = DataCategories::from_bits_retain;
        Ok(Self {
            person: Reasons::new(rules(written.unproven), rules(written.contradicted)),
            covers: categories(written.covers),
            denied: categories(written.denied),
            collected_from: UtcDateTime::from_unix_timestamp_nanos(written.collected_from)?,
            rank: written.rank,
        })
    }
}

/// An entry of the dictionary: the assessments of a person's grants.
impl Serialize for Entry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let one = std::slice::from_ref(&self.first);
        let all = if self.several.is_empty() {
            one
        } else {
            &self.several
        };
        serializer.collect_seq(all.iter().map(WrittenAssessment::from))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let all = Vec::<WrittenAssessment>::deserialize(deserializer)?;
        let all = all.into_iter().map(GrantAssessment::try_from);
        let all: Vec<_> = all.collect::<Result<_, _>>().map_err(D::Error::custom)?;
        let first = *all
            .first()
            .ok_or_else(|| D::Error::custom("no assessment"))?;
        let several = if let [_] = *all { Vec::new() } else { all };
        Ok(Self {
            first,
            several: several.into(),
        })
    }
}
