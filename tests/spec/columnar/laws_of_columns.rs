//! The law of columns: whatever types the columns of a batch have, each of its rows is decided on as the
//! oracle says.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, FixedSizeBinaryBuilder, ListBuilder, StringBuilder, StringDictionaryBuilder,
    UInt64Builder,
};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Decimal128Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
    StringViewArray, TimestampNanosecondArray, UInt64Array,
};
use consent_gate::arrow::{BatchRow, Columns};
use consent_gate::{ConsentRecord, GatedSource, Ledger, Restrictions, Snapshot, SubjectId};
use proptest::prelude::*;
use time::UtcDateTime;

use super::record_batches::array;
use crate::laws::{Law, cases_of_agreement};
use crate::oracle::{Answer, Oracle, Tense};
use crate::strategies::{Row, SUBJECTS, World, a_world};

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

fn columns() -> Columns {
    Columns::new("people")
        .collected_at("at")
        .data("data")
        .restricted_purposes("restricted")
}

/// Every path over columns says of every row what the oracle says. A row with a blank id is unreadable.
fn agree(world: &World, ledger: &Ledger, rows: &[Row], people: ArrayRef) -> Law {
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
    let expected: Vec<Option<Answer>> = expected.collect();
    let batch = batch(rows, people);
    let snapshot = Snapshot::new(&gate, ledger);
    same(&batch, &snapshot, &expected)?;
    same(&batch, gate.with(ledger), &expected)?;
    same(&batch, snapshot.with_embedded(ledger), &expected)?;

    #[cfg(feature = "parquet")]
    files_agree(&batch, &snapshot, &expected)?;

    let decided = columns().decide(&batch, &snapshot).unwrap();
    let permits = expected
        .iter()
        .map(|answer| matches!(answer, Some(Answer::Permit(_))));
    let permits: Vec<bool> = permits.collect();
    let mut mask = BooleanBuilder::new();
    mask.append_slice(&permits);
    prop_assert_eq!(decided.mask(), mask.finish());
    let grants = expected.iter().flatten().flat_map(|answer| match answer {
        Answer::Permit(grants) => grants.clone(),
        Answer::Deny { .. } => Vec::new(),
    });
    let consented = decided.consented().unwrap();
    prop_assert_eq!(
        consented.num_rows(),
        permits.iter().filter(|passes| **passes).count()
    );
    let found: Vec<String> = consented.grants().iter().map(str::to_owned).collect();
    let grants: Vec<String> = grants.map(|id| id.as_str().to_owned()).collect();
    prop_assert_eq!(found, grants);
    Ok(())
}

fn same<'g, S>(batch: &RecordBatch, source: S, expected: &[Option<Answer>]) -> Law
where
    S: GatedSource<'g, BatchRow>,
{
    let decided = columns().decide(batch, source).unwrap();
    let found: Vec<_> = decided
        .decisions()
        .map(|each| each.map(Answer::of))
        .collect();
    prop_assert_eq!(found.as_slice(), expected);
    Ok(())
}

/// A Parquet file of a batch has the same rows that pass, by the same grants.
#[cfg(feature = "parquet")]
fn files_agree(batch: &RecordBatch, snapshot: &Snapshot, expected: &[Option<Answer>]) -> Law {
    use consent_gate::parquet::GatedFile;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(3))
        .build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let file = GatedFile::from_bytes(file, columns())
        .unwrap()
        .batch_size(2);
    let (mut position, mut passed) = (0, Vec::new());
    for index in 0..file.row_groups() {
        let mut group = file.row_group(index, &snapshot).unwrap();
        let seen = usize::try_from(group.report().seen()).unwrap();
        let withheld: Vec<_> = group.withheld().collect();
        for (row, reasons) in withheld {
            let found = reasons.map(|reasons| Answer::of(&consent_gate::Decision::Deny(reasons)));
            let row = position + usize::try_from(row).unwrap();
            prop_assert_eq!(&found, &expected[row]);
        }
        let group = group.by_ref().map(|rows| rows.unwrap());
        passed.extend(group.flat_map(|rows| {
            let grants = rows.grants().iter().map(str::to_owned);
            grants.collect::<Vec<_>>()
        }));
        position += seen;
    }
    prop_assert_eq!(position, expected.len());
    let grants = expected.iter().flatten().flat_map(|answer| match answer {
        Answer::Permit(grants) => grants.clone(),
        Answer::Deny { .. } => Vec::new(),
    });
    let grants: Vec<String> = grants.map(|id| id.as_str().to_owned()).collect();
    prop_assert_eq!(passed, grants);
    Ok(())
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

fn columns_agree(world: &World) -> Law {
    let rows = rows(world);
    let ledger = world.ledger();
    agree(world, &ledger, &rows, lists(&rows))?;

    // A row of one person, or of nobody, in a column of each type.
    let few = rows.into_iter().filter(|row| row.subjects.len() < 2);
    let few: Vec<Row> = few.collect();
    let ids = || few.iter().map(|row| row.subjects.first().copied());
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    ids().for_each(|id| dictionary.append_option(id));
    let texts: [ArrayRef; 4] = [
        array(ids().collect::<StringArray>()),
        array(ids().collect::<LargeStringArray>()),
        array(ids().collect::<StringViewArray>()),
        Arc::new(dictionary.finish()),
    ];
    for people in texts {
        agree(world, &ledger, &few, people)?;
    }

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
    let columns: [ArrayRef; 4] = [
        array(numbers().collect::<UInt64Array>()),
        array(
            numbers()
                .map(|id| id.map(|id| i64::try_from(id).unwrap()))
                .collect::<Int64Array>(),
        ),
        Arc::new(decimals.with_precision_and_scale(20, 0).unwrap()),
        Arc::new(of_lists.finish()),
    ];
    for people in columns {
        agree(world, &ledger, &known, people)?;
    }
    let ledger = renamed(world, uuid_text);
    let mut uuids = FixedSizeBinaryBuilder::new(16);
    for row in &known {
        match row.subjects.first().and_then(|id| uuid(id)) {
            Some(id) => uuids.append_value(id.to_be_bytes()).unwrap(),
            None => uuids.append_null(),
        }
    }
    agree(world, &ledger, &known, Arc::new(uuids.finish()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases_of_agreement()))]

    /// A batch is decided on as its rows are, whatever types its columns have: on a snapshot at once,
    /// and row by row on a ledger.
    #[test]
    fn every_path_decides_alike(world in a_world()) {
        columns_agree(&world)?;
    }
}
