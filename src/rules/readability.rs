//! R2: every record of a person was read, and none is in conflict.

use std::collections::HashMap;

use super::reasons::Outcome;
use crate::record::ConsentRecord;
use crate::vocabulary::id::RecordId;

/// The state of a person's records: all of them were read and none conflicts with another of its
/// id, or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Readability {
    #[default]
    AllRead,
    Unreadable,
}

impl Readability {
    /// Unreadable where a record of `subject` shares its id with one of `records` that differs from
    /// it.
    pub(crate) fn among(records: &[ConsentRecord], subject: &str) -> Self {
        if records.len() < 2 {
            return Self::AllRead;
        }
        let own = records
            .iter()
            .filter(|record| record.subject().as_str() == subject);
        let own: HashMap<&RecordId, &ConsentRecord> =
            own.map(|record| (record.id(), record)).collect();
        let differs =
            |record: &ConsentRecord| own.get(record.id()).is_some_and(|own| *own != record);
        Self::unless(records.iter().any(differs))
    }

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
