//! A snapshot on disk (feature `snapshot-file`).

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use time::UtcDateTime;

use super::{Contents, Entry, Snapshot};
use crate::admit::Asks;
use crate::rules::{Tense, Terms};
use crate::standing::GrantAssessment;
use crate::{DataCategories, Digest, Reasons, Requirements};

/// Tells a snapshot from other files, and one that was passed on as text from one that was not.
const MAGIC: [u8; 8] = *b"\x89CGS\r\n\x1a\n";

/// The form that this version of the crate writes, and the one that it reads.
const FORM: u32 = 1;

/// The room that [`MAGIC`], the form and the length of the body take.
const HEAD: usize = MAGIC.len() + size_of::<u32>() + size_of::<u64>();

/// Why a snapshot could not be loaded. Nothing of it is used then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The reader failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It does not begin as a snapshot does.
    #[error("not a snapshot")]
    Foreign,
    /// It is in another form, probably that of a newer version.
    #[error("a snapshot of form {0}, where {FORM} is known")]
    Form(u32),
    /// It ends too early.
    #[error("the snapshot breaks off")]
    Truncated,
    /// It is not as it was written.
    #[error("the snapshot is damaged")]
    Damaged,
    /// It was made for a gate that asks something else.
    #[error("the snapshot is for another gate, or for its replay")]
    AnotherGate,
}

/// What stands between the head and the checksum.
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
    /// The form: eight bytes by which it is known; the number of the form, four bytes; the length
    /// of the body, eight bytes, both with the least significant byte first; the body, in the form
    /// of the crate `postcard`; the SHA-256 of everything before. The body holds the digest of the
    /// gate, whether it is a replay, the digest of the consents, and the snapshot. The same
    /// snapshot of the same crate version is always the same bytes, but a snapshot made again need
    /// not be: the order of its people may differ where nobody can see it.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn save(&self, consents: Digest, mut writer: impl Write) -> io::Result<()> {
        let body = Body {
            gate: *Digest::of_json(self.asker.terms()).as_bytes(),
            is_replay: is_replay(self.asker.terms()),
            consents: *consents.as_bytes(),
            contents: &self.contents,
        };
        let mut bytes = Vec::with_capacity(self.size_in_bytes());
        bytes.extend(MAGIC);
        bytes.extend(FORM.to_le_bytes());
        bytes.extend([0; size_of::<u64>()]);
        let mut bytes = postcard::to_extend(&body, bytes).map_err(io::Error::other)?;
        let length = u64::try_from(bytes.len().saturating_sub(HEAD)).unwrap_or(u64::MAX);
        if let Some(room) = bytes.get_mut(HEAD.saturating_sub(size_of::<u64>())..HEAD) {
            room.copy_from_slice(&length.to_le_bytes());
        }
        writer.write_all(&bytes)?;
        writer.write_all(&Sha256::digest(&bytes))
    }

    /// Reads a snapshot that was made for an equal gate, or an equal replay, and the digest of the
    /// consents that it was made of. The reader needs no buffer of its own.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] says what is wrong with it: it is not a snapshot, of a format version that
    /// is not known, truncated, damaged, or for another gate.
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
        let all = u64::try_from(HEAD).unwrap_or(u64::MAX);
        reader.by_ref().take(all).read_to_end(&mut bytes)?;
        let Some((magic, rest)) = bytes.split_first_chunk::<{ MAGIC.len() }>() else {
            return Err(if MAGIC.starts_with(&bytes) && !bytes.is_empty() {
                SnapshotError::Truncated
            } else {
                SnapshotError::Foreign
            });
        };
        if *magic != MAGIC {
            return Err(SnapshotError::Foreign);
        }
        let form = rest.first_chunk().ok_or(SnapshotError::Truncated)?;
        let form = u32::from_le_bytes(*form);
        if form != FORM {
            return Err(SnapshotError::Form(form));
        }
        let length = rest.last_chunk().filter(|_| bytes.len() == HEAD);
        let length = u64::from_le_bytes(*length.ok_or(SnapshotError::Truncated)?);

        // One byte more than there should be, so that what stands behind is noticed.
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
        let body = written.get(HEAD..).unwrap_or_default();
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

/// A standing as it is written.
#[derive(Serialize, Deserialize)]
struct WrittenAssessment {
    unproven: u32,
    contradicted: u32,
    covers: u32,
    denied: u32,
    /// Nanoseconds since the beginning of 1970.
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
        let rules = Requirements::from_bits_retain;
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

/// An entry of the dictionary: the standings of somebody's grants.
impl Serialize for Entry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = std::iter::once(&self.first).chain(&self.rest);
        serializer.collect_seq(all.map(WrittenAssessment::from).collect::<Vec<_>>())
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let all = Vec::<WrittenAssessment>::deserialize(deserializer)?;
        let mut all = all.into_iter().map(GrantAssessment::try_from);
        let first = all.next().ok_or_else(|| D::Error::custom("a standing"))?;
        Ok(Self {
            first: first.map_err(D::Error::custom)?,
            rest: all.collect::<Result<_, _>>().map_err(D::Error::custom)?,
        })
    }
}

/// Lines as their bytes, the least significant byte of each word first, some at a time.
pub(super) mod buckets {
    use std::fmt;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};
    use serde_bytes::{ByteBuf, Bytes};

    use super::super::table::{Bucket, BucketBytes};

    /// How many buckets are written at a time.
    const AT_A_TIME: usize = 1024;

    pub(in super::super) fn serialize<S: Serializer>(
        buckets: &[Bucket],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let pieces = buckets.chunks(AT_A_TIME).map(|buckets| {
            let bytes = buckets.iter().flat_map(|bucket| bucket.to_bytes());
            ByteBuf::from(bytes.collect::<Vec<_>>())
        });
        serializer.collect_seq(pieces)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Bucket>, D::Error> {
        deserializer.deserialize_seq(Pieces)
    }

    struct Pieces;

    impl<'de> Visitor<'de> for Pieces {
        type Value = Vec<Bucket>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("buckets of a table")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut pieces: A) -> Result<Vec<Bucket>, A::Error> {
            let mut buckets = Vec::new();
            while let Some(piece) = pieces.next_element::<&Bytes>()? {
                let (whole, rest) = piece.as_chunks::<{ size_of::<BucketBytes>() }>();
                if !rest.is_empty() {
                    return Err(A::Error::custom("a broken bucket"));
                }
                buckets.extend(whole.iter().map(Bucket::of_bytes));
            }
            buckets.shrink_to_fit();
            Ok(buckets)
        }
    }
}
