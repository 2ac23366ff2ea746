//! Rows in memory, of so many people that a snapshot of them fits into no cache.

use consent_gate::{DataCategories, GatedIterator, Ledger, Restrictions, Snapshot, UserRecord};
use time::UtcDateTime;
use time::macros::utc_datetime;

use super::{Numbers, gate, people};

struct Row {
    subject: String,
    number: u64,
}

impl UserRecord for Row {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.subject.as_str())
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(utc_datetime!(2024-10-01 0:00))
    }

    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::none()
    }
}

pub(crate) struct Rows {
    all: Vec<Row>,
    snapshot: Snapshot,
}

impl Rows {
    /// Rows at random of `people`, of whom three in four have consented, and of a quarter as many
    /// of whom nothing is known.
    pub(crate) fn of(people: u64, rows: usize) -> Self {
        let consents = (0..people).map(|person| {
            let place = usize::try_from(person).expect("a place");
            people::consent(place, name(person), person % 4 != 0)
        });
        let ledger: Ledger = consents.collect();
        let mut numbers = Numbers::new();
        let rows = (0..rows).map(|_| {
            let number = numbers.below(people + people / 4);
            Row {
                subject: name(number),
                number,
            }
        });
        Self {
            all: rows.collect(),
            snapshot: Snapshot::new(&gate(), &ledger),
        }
    }

    /// The number of rows that pass, and the sum of their people, one row at a time.
    pub(crate) fn one_by_one(&self) -> (u64, u64) {
        let decide = |row: &&Row| self.snapshot.decide(*row).is_permit();
        sum(self.all.iter().filter(decide))
    }

    /// The same by the adapter, which reads rows ahead.
    pub(crate) fn by_adapter(&self) -> (u64, u64) {
        let passed = self.all.iter().consented(&self.snapshot);
        passed.fold((0, 0), |(rows, people), row| {
            (rows + 1, people + row.number)
        })
    }

    /// The same by asking for all rows in batches.
    pub(crate) fn by_batch(&self) -> (u64, u64) {
        let decisions = self.snapshot.decide_batch(&self.all);
        let decided = self.all.iter().zip(decisions);
        sum(decided.filter_map(|(row, decision)| decision.is_permit().then_some(row)))
    }
}

fn sum<'r>(rows: impl Iterator<Item = &'r Row>) -> (u64, u64) {
    rows.fold((0, 0), |(rows, people), row| {
        (rows + 1, people + row.number)
    })
}

/// An account number of 40 bits that says nothing about its index.
fn name(person: u64) -> String {
    ((person + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24).to_string()
}
