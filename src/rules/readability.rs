//! R2: every record of a person was read, and none is in conflict.

use super::reasons::Outcome;

/// The state of a person's records: all of them were read and none conflicts with another of its
/// id, or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Readability {
    #[default]
    AllRead,
    Unreadable,
}

impl Readability {
    pub(crate) fn unless(is_unreadable: bool) -> Self {
        if is_unreadable {
            Self::Unreadable
        } else {
            Self::AllRead
        }
    }

    /// The state of both together: readable only if both are.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::unless([self, other].contains(&Self::Unreadable))
    }
}

/// R2 · every record on file for the subject was read, and none conflicts with another of the same id.
pub(crate) fn readable(readability: Readability) -> Outcome {
    match readability {
        Readability::AllRead => Outcome::Met,
        Readability::Unreadable => Outcome::Contradicted,
    }
}
