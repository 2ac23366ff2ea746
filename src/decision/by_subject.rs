//! Records of several people, arranged by subject.

use crate::record::ConsentRecord;
use crate::record::view::{Names, RecordView};
use crate::rules::readability::Readability;
use crate::vocabulary::id::SubjectId;

/// Records in the order of their subjects, and the subjects whose records are in conflict.
///
/// They are arranged once and searched for each subject, so that many subjects beside many records
/// take no time that grows as the square.
#[derive(Debug)]
pub struct BySubject<'r> {
    records: Vec<&'r ConsentRecord>,
    /// In ascending order.
    contested: Vec<SubjectId>,
}

impl<'r> BySubject<'r> {
    /// Arranges records. Two that share an id and differ are in conflict, for the subjects of both.
    pub(crate) fn of(all: &'r [ConsentRecord]) -> Self {
        let mut records: Vec<_> = all.iter().collect();
        let mut contested = Vec::new();
        if records.len() > 1 {
            records.sort_by_key(|record| record.id());
            for one_id in records.chunk_by(|one, other| one.id() == other.id()) {
                if one_id
                    .windows(2)
                    .any(|pair| matches!(pair, [one, other] if one != other))
                {
                    contested.extend(one_id.iter().map(|record| record.subject().clone()));
                }
            }
            records.sort_by_key(|record| record.subject());
        }
        contested.sort_unstable();
        Self { records, contested }
    }

    /// Adds the conflicts with the records of a ledger: `rival` returns the one that shares its id
    /// with a record and differs from it.
    pub(crate) fn contested_by(
        mut self,
        rival: impl Fn(&ConsentRecord) -> Option<ConsentRecord>,
    ) -> Self {
        for record in &self.records {
            if let Some(rival) = rival(record) {
                self.contested.push(record.subject().clone());
                self.contested.push(rival.subject().clone());
            }
        }
        self.contested.sort_unstable();
        self
    }

    /// Those that count for a person: those about them, and the denials by their other names.
    pub(crate) fn of_person(&self, person: Names<'_>) -> impl Iterator<Item = RecordView<'r>> {
        let others = person.others.iter().map(SubjectId::as_str);
        let denials = others.flat_map(|name| self.about(name));
        let denials = denials.map(|record| RecordView::of(record));
        self.about(person.id)
            .iter()
            .map(|record| RecordView::of(record))
            .chain(denials.filter(|record| record.denial().is_some()))
    }

    /// Unreadable where a record about the person, by whichever name, is in conflict.
    pub(crate) fn readability(&self, person: Names<'_>) -> Readability {
        let is_contested = |name: &str| {
            let found = self
                .contested
                .binary_search_by(|each| each.as_str().cmp(name));
            found.is_ok()
        };
        let mut others = person.others.iter().map(SubjectId::as_str);
        Readability::unless(is_contested(person.id) || others.any(is_contested))
    }

    fn about(&self, subject: &str) -> &[&'r ConsentRecord] {
        let subject_of = |record: &&'r ConsentRecord| record.subject().as_str();
        let start = self
            .records
            .partition_point(|record| subject_of(record) < subject);
        let end = self
            .records
            .partition_point(|record| subject_of(record) <= subject);
        self.records.get(start..end).unwrap_or_default()
    }
}
