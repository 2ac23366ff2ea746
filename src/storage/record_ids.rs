//! Ids of consent records, stored without an allocation for each.

use std::fmt;

use crate::storage::arena::Arena;
use crate::vocabulary::id::RecordId;

/// Ids of records in the order in which they were added.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct RecordIds(Arena);

impl RecordIds {
    /// The number of ids.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.is_full()
    }

    /// Adds an id and returns its index, counted from 0. Returns `None` when there is no index left.
    pub(crate) fn push(&mut self, id: &str) -> Option<u32> {
        self.0.push(id.as_bytes())
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&str> {
        str::from_utf8(self.bytes(index)?).ok()
    }

    #[inline]
    pub(crate) fn bytes(&self, index: u32) -> Option<&[u8]> {
        self.0.get(index)
    }

    /// The bytes of each id, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.0.iter()
    }

    /// A reference to the id with this index, if there is one.
    #[inline]
    pub(crate) fn at(&self, index: usize) -> Option<RecordIdRef<'_>> {
        let exists = index < self.len();
        let index = u32::try_from(index).ok().filter(|_| exists)?;
        Some(RecordIdRef::Stored { index, ids: self })
    }

    pub(crate) fn size_in_bytes(&self) -> usize {
        self.0.size_in_bytes()
    }
}

impl fmt::Debug for RecordIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(String::from_utf8_lossy))
            .finish()
    }
}

/// Written as they are in memory: a few large chunks.
#[cfg(feature = "snapshot-file")]
impl serde::Serialize for RecordIds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0
                .chunks()
                .iter()
                .map(|chunk| serde_bytes::Bytes::new(chunk)),
        )
    }
}

#[cfg(feature = "snapshot-file")]
impl<'de> serde::Deserialize<'de> for RecordIds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let chunks = Vec::<serde_bytes::ByteBuf>::deserialize(deserializer)?;
        let chunks = chunks.into_iter().map(serde_bytes::ByteBuf::into_vec);
        Arena::of_chunks(chunks.collect())
            .filter(|arena| arena.iter().all(|id| str::from_utf8(id).is_ok()))
            .map(Self)
            .ok_or_else(|| D::Error::custom("invalid record ids"))
    }
}

/// A reference to the id of a record, which is either a value of its own or one of many in
/// [`RecordIds`].
///
/// It takes two words, one of which is a pointer, so that a decision that holds one takes two words
/// as well.
#[derive(Clone, Copy)]
pub(crate) enum RecordIdRef<'a> {
    Owned(&'a RecordId),
    Stored { index: u32, ids: &'a RecordIds },
}

impl<'a> RecordIdRef<'a> {
    pub(crate) fn as_str(self) -> &'a str {
        match self {
            Self::Owned(id) => id.as_str(),
            // INVARIANT (a record id exists): ids are only ever added, never removed.
            Self::Stored { index, ids } => ids.get(index).unwrap_or_default(),
        }
    }
}

impl PartialEq for RecordIdRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RecordIdRef<'_> {}

impl PartialOrd for RecordIdRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RecordIdRef<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Debug for RecordIdRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
