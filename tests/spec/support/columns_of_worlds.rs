//! Worlds in columns: the rows of a random world as record batches, with people in columns of each type, and
//! what the oracle says of each row.

use std::sync::Arc;

use arrow_array::builder::{
    FixedSizeBinaryBuilder, ListBuilder, StringBuilder, StringDictionaryBuilder, UInt64Builder,
};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, Decimal128Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
    StringViewArray, TimestampNanosecondArray, UInt64Array,
};
use consent_gate::arrow::Columns;
use consent_gate::{ConsentRecord, Gate, Ledger, Restrictions, SubjectId};
use time::UtcDateTime;

use crate::oracle::{Answer, Oracle, Tense};
use crate::strategies::{Row, SUBJECTS, World};

/// An array as a column of a batch.
pub(crate) fn array(values: impl Array + 'static) -> ArrayRef {
    Arc::new(values)
}

/// A batch of rows of a world, and what holds for it.
pub(crate) struct Case {
    pub(crate) gate: Gate,
    pub(crate) ledger: Ledger,
    pub(crate) batch: RecordBatch,
    /// What the oracle says of each row. `None` is an unreadable row: one with a blank id.
    pub(crate) expected: Vec<Option<Answer>>,
}

impl Case {
    fn new(world: &World, ledger: Ledger, rows: &[Row], people: ArrayRef) -> Self {
        let gate = world.ask.gate();
        let oracle = Oracle {
            gate: &gate,
            tense: Tense::Present,
            on_file: &world.records,
            unreadable: &world.unreadable,
            stated: &world.stated,
            party_aliases: &world.ask.party_aliases,
        };
        let is_read = |row: &Row| row.subjects.iter().all(|id| !id.is_empty());
        // Signals that could not be read restrict as far as they could; in a column they are NULL.
        let expected = rows.iter().map(|row| {
            let mut row = row.clone();
            if !row.restrictions.is_readable() {
                row.restrictions = Restrictions::unread();
            }
            is_read(&row).then(|| oracle.answer(&row))
        });
        let expected = expected.collect();
        Self {
            ledger,
            batch: batch(rows, people),
            expected,
            gate,
        }
    }

    /// For each row whether it passes.
    pub(crate) fn mask(&self) -> Vec<bool> {
        let permits = |answer: &Option<Answer>| matches!(answer, Some(Answer::Permit(_)));
        self.expected.iter().map(permits).collect()
    }
}

/// The columns that have what the gate has to know.
pub(crate) fn columns() -> Columns {
    Columns::new("people")
        .collected_at("at")
        .data("data")
        .restricted_purposes("restricted")
}

/// The rows of a world with people in columns of each type.
pub(crate) fn cases(world: &World) -> Vec<Case> {
    let rows = rows(world);
    let case =
        |ledger: &Ledger, rows: &[Row], people| Case::new(world, ledger.clone(), rows, people);
    let ledger = world.ledger();
    let mut cases = vec![case(&ledger, &rows, lists(&rows))];

    // A row of one person, or of nobody, in a column of each type.
    let few = rows.into_iter().filter(|row| row.subjects.len() < 2);
    let few: Vec<Row> = few.collect();
    let ids = || few.iter().map(|row| row.subjects.first().copied());
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    ids().for_each(|id| dictionary.append_option(id));
    let texts = [
        array(ids().collect::<StringArray>()),
        array(ids().collect::<LargeStringArray>()),
        array(ids().collect::<StringViewArray>()),
        array(dictionary.finish()),
    ];
    cases.extend(texts.map(|people| case(&ledger, &few, people)));

    // The people on file, under names that are numbers and UUIDs.
    let known = few
        .into_iter()
        .filter(|row| row.subjects.iter().all(|id| SUBJECTS.contains(id)));
    let known: Vec<Row> = known.collect();
    let numbers = || known.iter().map(|row| number(row.subjects.first()?));
    let ledger = renamed(world, |id| number(id).map(|id| id.to_string()));
    let decimals: Decimal128Array = numbers().map(|id| id.map(i128::from)).collect();
    let mut of_lists = ListBuilder::new(UInt64Builder::new());
    for id in numbers() {
        of_lists.append_option(id.map(|id| [Some(id)]));
    }
    let columns = [
        array(numbers().collect::<UInt64Array>()),
        array(
            numbers()
                .map(|id| id.map(|id| i64::try_from(id).unwrap()))
                .collect::<Int64Array>(),
        ),
        array(decimals.with_precision_and_scale(20, 0).unwrap()),
        array(of_lists.finish()),
    ];
    cases.extend(columns.map(|people| case(&ledger, &known, people)));
    let ledger = renamed(world, uuid_text);
    let mut uuids = FixedSizeBinaryBuilder::new(16);
    for row in &known {
        match row.subjects.first().and_then(|id| uuid(id)) {
            Some(id) => uuids.append_value(id.to_be_bytes()).unwrap(),
            None => uuids.append_null(),
        }
    }
    cases.push(case(&ledger, &known, array(uuids.finish())));
    cases
}

/// The people of a world under other names: numbers, or UUIDs.
fn number(subject: &str) -> Option<u64> {
    let position = SUBJECTS.iter().position(|known| *known == subject)?;
    Some(u64::try_from(position).ok()? + 7)
}

fn uuid(subject: &str) -> Option<u128> {
    number(subject).map(|number| 0x4000_8000_0000_0000_0000 + u128::from(number))
}

fn uuid_text(subject: &str) -> Option<String> {
    let digits = format!("{:032x}", uuid(subject)?);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    Some(parts.join("-"))
}

/// The ledger of a world in which people have other names. People whom nothing is known of keep theirs.
fn renamed(world: &World, name: impl Fn(&str) -> Option<String>) -> Ledger {
    let name = |id: &str| -> SubjectId {
        let other = name(id).unwrap_or_else(|| id.to_owned());
        other.parse().unwrap()
    };
    let records = world.records.iter().map(|record| {
        let (statement, details) = (record.statement().clone(), record.details().clone());
        let subject = name(record.subject().as_str());
        ConsentRecord::new(record.id().clone(), subject, statement, details).unwrap()
    });
    let mut ledger: Ledger = records.collect();
    for subject in &world.unreadable {
        ledger.mark_unreadable(&name(subject));
    }
    for (alias, of) in &world.stated.aliases {
        ledger.alias(&name(alias), &name(of));
    }
    if let Some(at) = world.stated.complete_through {
        ledger.set_complete_through(at);
    }
    ledger
}

/// The rows of a world that columns can hold: times are nanoseconds of 64 bits.
fn rows(world: &World) -> Vec<Row> {
    let is_near = |row: &Row| {
        let nanoseconds = row.collected_at.map(UtcDateTime::unix_timestamp_nanos);
        nanoseconds.is_none_or(|at| i64::try_from(at).is_ok())
    };
    world
        .rows
        .iter()
        .filter(|row| is_near(row))
        .cloned()
        .collect()
}

fn names<T: std::fmt::Display>(sets: impl Iterator<Item = Option<T>>) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for set in sets {
        let text = set.as_ref().map(ToString::to_string).unwrap_or_default();
        for name in text.split(", ").filter(|name| !name.is_empty()) {
            lists.values().append_value(name);
        }
        lists.append(set.is_some());
    }
    Arc::new(lists.finish())
}

fn batch(rows: &[Row], people: ArrayRef) -> RecordBatch {
    let times: TimestampNanosecondArray = rows
        .iter()
        .map(|row| Some(i64::try_from(row.collected_at?.unix_timestamp_nanos()).unwrap()))
        .collect();
    let data = names(
        rows.iter()
            .map(|row| Some(row.data).filter(|data| !data.is_empty())),
    );
    let restricted = |restrictions: Restrictions| {
        Some(restrictions.purposes()).filter(|_| restrictions.is_readable())
    };
    let restricted = names(rows.iter().map(|row| restricted(row.restrictions)));
    RecordBatch::try_from_iter_with_nullable([
        ("people", people, true),
        ("at", array(times.with_timezone("UTC")), true),
        ("data", data, true),
        ("restricted", restricted, true),
    ])
    .unwrap()
}

fn lists(rows: &[Row]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in rows {
        for subject in &row.subjects {
            lists.values().append_value(subject);
        }
        lists.append(!row.subjects.is_empty());
    }
    Arc::new(lists.finish())
}
