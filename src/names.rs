//! Ids of consent records, kept without an allocation each.

use std::fmt;

use crate::RecordId;
use crate::arena::Arena;

/// Ids of records in the order in which they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Names(Arena);

impl Names {
    /// The number of ids.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds an id and gives its place, counted from 0; `None` when there is no place left.
    pub(crate) fn push(&mut self, id: &str) -> Option<u32> {
        self.0.push(id.as_bytes())
    }

    #[inline]
    pub(crate) fn get(&self, place: u32) -> Option<&str> {
        str::from_utf8(self.bytes(place)?).ok()
    }

    #[inline]
    pub(crate) fn bytes(&self, place: u32) -> Option<&[u8]> {
        self.0.get(place)
    }

    /// The bytes of every id in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.0.iter()
    }

    /// The name at a place, where there is one.
    #[inline]
    pub(crate) fn name(&self, place: usize) -> Option<Name<'_>> {
        let is_there = place < self.len();
        let place = u32::try_from(place).ok().filter(|_| is_there)?;
        Some(Name::Placed { place, names: self })
    }

    pub(crate) fn size_in_bytes(&self) -> usize {
        self.0.size_in_bytes()
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(String::from_utf8_lossy))
            .finish()
    }
}

/// As they are in memory, in few large pieces.
#[cfg(feature = "snapshot-file")]
impl serde::Serialize for Names {
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
impl<'de> serde::Deserialize<'de> for Names {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let chunks = Vec::<serde_bytes::ByteBuf>::deserialize(deserializer)?;
        let chunks = chunks.into_iter().map(serde_bytes::ByteBuf::into_vec);
        Arena::of_chunks(chunks.collect())
            .filter(|arena| arena.iter().all(|id| str::from_utf8(id).is_ok()))
            .map(Self)
            .ok_or_else(|| D::Error::custom("ids of records"))
    }
}

/// The id of a record, wherever it is kept. Two words, and one of them a pointer, so that a
/// decision with one takes two words.
#[derive(Clone, Copy)]
pub(crate) enum Name<'a> {
    Whole(&'a RecordId),
    Placed { place: u32, names: &'a Names },
}

impl<'a> Name<'a> {
    pub(crate) fn as_str(self) -> &'a str {
        match self {
            Self::Whole(id) => id.as_str(),
            // INVARIANT (a name is there): names are only ever added.
            Self::Placed { place, names } => names.get(place).unwrap_or_default(),
        }
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Name<'_> {}

impl PartialOrd for Name<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
