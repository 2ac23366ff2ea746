//! Rows in memory, whose people were assessed before.

use consent_gate::{
    Assessment, ConsentRecord, DataCategories, Gate, GatedIterator, OnFile, Purposes, Restrictions,
    UserRecord,
};
use time::UtcDateTime;
use time::macros::utc_datetime;

use super::{GRANTED, Numbers, PEOPLE, consent, gate, name};

struct Row {
    person: usize,
    subject: String,
    collected_at: UtcDateTime,
    data: DataCategories,
    restricted: Purposes,
}

impl UserRecord for Row {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.subject.as_str())
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(self.collected_at)
    }

    fn data(&self) -> DataCategories {
        self.data
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::of(self.restricted)
    }
}

/// What a filter by hand has to know of a person: the same facts.
struct Facts {
    stands: bool,
    collected_from: UtcDateTime,
    covers: DataCategories,
    denied: DataCategories,
}

pub(crate) struct Rows {
    all: Vec<Row>,
    gate: Gate,
    assessments: Vec<Assessment>,
    facts: Vec<Facts>,
}

impl Rows {
    /// Rows of which about `passing` in 1,024 pass; the others fail in one of several ways.
    pub(crate) fn of(rows: usize, passing: u64) -> Self {
        let gate = gate();
        let records: Vec<ConsentRecord> = (0..PEOPLE).map(consent).collect();
        let assessments = records.iter().map(|record| {
            let subject = record.subject().as_str();
            Assessment::new(
                &gate,
                subject,
                OnFile::complete(std::slice::from_ref(record)),
            )
        });
        let facts = records.iter().map(|record| Facts {
            stands: record.details().purposes.contains(gate.purposes()),
            collected_from: GRANTED,
            covers: record.details().data,
            denied: DataCategories::empty(),
        });
        let mut numbers = Numbers::new();
        let rows = (0..rows).map(|_| {
            let person = usize::try_from(numbers.below(PEOPLE as u64)).expect("a place");
            let passes = numbers.below(1024) < passing;
            let flaw = if passes { 3 } else { numbers.below(3) };
            Row {
                person,
                subject: name(person),
                collected_at: if flaw == 0 {
                    utc_datetime!(2024-06-15 0:00)
                } else {
                    utc_datetime!(2024-10-01 0:00)
                },
                data: if flaw == 1 {
                    DataCategories::MESSAGES
                } else {
                    DataCategories::POSTS
                },
                restricted: if flaw == 2 {
                    Purposes::AI_TRAINING
                } else {
                    Purposes::empty()
                },
            }
        });
        Self {
            all: rows.collect(),
            assessments: assessments.collect(),
            facts: facts.collect(),
            gate,
        }
    }

    /// The number of rows that pass, and the sum of their people, so that both have to be known.
    pub(crate) fn by_gate(&self) -> (usize, usize) {
        let source = |row: &&Row, _: &str| &self.assessments[row.person];
        let passed = self.all.iter().consented(self.gate.with(source));
        passed.fold((0, 0), |(rows, people), row| {
            (rows + 1, people + row.person)
        })
    }

    /// The same by a filter that checks the same facts.
    pub(crate) fn by_hand(&self) -> (usize, usize) {
        let asked = self.gate.purposes();
        let passed = self.all.iter().filter(|row| {
            let facts = &self.facts[row.person];
            facts.stands
                && row.collected_at >= facts.collected_from
                && facts.covers.contains(row.data)
                && !facts.denied.intersects(row.data)
                && !row.restricted.intersects(asked)
        });
        passed.fold((0, 0), |(rows, people), row| {
            (rows + 1, people + row.person)
        })
    }
}
