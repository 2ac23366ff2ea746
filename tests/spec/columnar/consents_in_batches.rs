//! Consent records in record batches and Parquet files: the columns of a table, with the types that
//! columns have.

use arrow_array::builder::{
    BooleanBuilder, FixedSizeBinaryBuilder, ListBuilder, StringBuilder, StringDictionaryBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, StructArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow_schema::{ArrowError, Field, Fields};
use consent_gate::interchange::{TableError, TableReader};
use consent_gate::json::{OnUnreadable, ReadError};
use consent_gate::{ConsentRecord, Ledger, parse_instant};
use proptest::prelude::*;
use serde_json::Value;
use time::UtcOffset;

use crate::columns_of_worlds::array;
use crate::strategies::a_record;
use crate::world::grant;

const LISTS: [&str; 5] = [
    "recipients",
    "conditions",
    "purposes",
    "data",
    "withdraw_via",
];
const TIMES: [&str; 2] = ["at", "valid_until"];

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

/// A column of the values of a field, in the type that it has in Arrow.
fn column(name: &str, values: &[Option<&Value>]) -> ArrayRef {
    if LISTS.contains(&name) {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for value in values {
            let items = value.and_then(Value::as_array);
            for item in items.into_iter().flatten() {
                lists.values().append_value(item.as_str().unwrap());
            }
            lists.append(items.is_some());
        }
        array(lists.finish())
    } else if TIMES.contains(&name) {
        let nanoseconds = values.iter().map(|value| {
            let at = parse_instant(&text(*value)?).unwrap();
            Some(i64::try_from(at.unix_timestamp_nanos()).unwrap())
        });
        let times: TimestampNanosecondArray = nanoseconds.collect();
        array(times.with_timezone("UTC"))
    } else if name == "granular" {
        let mut all = BooleanBuilder::new();
        for value in values {
            all.append_option(value.and_then(Value::as_bool));
        }
        array(all.finish())
    } else {
        let texts: StringArray = values.iter().map(|value| text(*value)).collect();
        array(texts)
    }
}

/// The records as a batch, with a struct for the notice.
fn batch_of(records: &[ConsentRecord]) -> RecordBatch {
    let json: Vec<Value> = records
        .iter()
        .map(|record| serde_json::to_value(record).unwrap())
        .collect();
    let values = |name: &str| -> Vec<Option<&Value>> {
        json.iter().map(|record| record.get(name)).collect()
    };
    let names = [
        "id",
        "subject",
        "controller",
        "recipients",
        "conditions",
        "status",
        "purposes",
        "data",
        "data_period",
        "consent_type",
        "method",
        "actor",
        "capacity",
        "granular",
        "evidence",
        "given_via",
        "withdraw_via",
        "at",
        "valid_until",
    ];
    let mut all: Vec<(&str, ArrayRef, bool)> = names
        .iter()
        .map(|name| (*name, column(name, &values(name)), true))
        .collect();
    let notices = values("notice");
    let part = |name: &str| -> Vec<Option<&Value>> {
        notices
            .iter()
            .map(|notice| notice.and_then(|notice| notice.get(name)))
            .collect()
    };
    let purposes = part("purposes");
    let mut lists = ListBuilder::new(StringBuilder::new());
    for value in purposes {
        let items = value.and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            lists.values().append_value(item.as_str().unwrap());
        }
        lists.append(items.is_some());
    }
    let parts: Vec<(&str, ArrayRef)> = vec![
        ("id", column("text", &part("id"))),
        ("version", column("text", &part("version"))),
        ("shown_at", column("at", &part("shown_at"))),
        ("purposes", array(lists.finish())),
        ("controller", column("text", &part("controller"))),
    ];
    let fields: Fields = parts
        .iter()
        .map(|(name, values)| Field::new(*name, values.data_type().clone(), true))
        .collect();
    let validity: Vec<bool> = notices.iter().map(Option::is_some).collect();
    let columns = parts.into_iter().map(|(_, values)| values).collect();
    let notice = StructArray::new(fields, columns, Some(validity.into()));
    all.push(("notice", array(notice), true));
    RecordBatch::try_from_iter_with_nullable(all).unwrap()
}

fn read(batch: RecordBatch) -> Result<Ledger, TableError> {
    TableReader::new().read_batches([Ok::<_, ArrowError>(batch)], OnUnreadable::Stop)
}

/// The times of a record that a column can hold: nanoseconds of 64 bits.
fn is_near(record: &ConsentRecord) -> bool {
    let json = serde_json::to_value(record).unwrap();
    let shown = json.get("notice").and_then(|notice| notice.get("shown_at"));
    let times = [json.get("at"), json.get("valid_until"), shown];
    times.into_iter().flatten().all(|at| {
        let at = parse_instant(at.as_str().unwrap()).unwrap();
        i64::try_from(at.unix_timestamp_nanos()).is_ok()
    })
}

proptest! {
    /// Records that are written as columns are read as they were.
    #[test]
    fn reading_what_was_written_gives_it_back(records in prop::collection::vec(a_record(), 1..5)) {
        let records: Vec<_> = records.into_iter().filter(is_near).collect();
        let expected: Ledger = records.iter().cloned().collect();
        let found = read(batch_of(&records)).unwrap();
        prop_assert_eq!(found.digest(), expected.digest());
    }
}

/// A batch of one withdrawal with these columns in place of others.
fn with(changed: &[(&str, ArrayRef)]) -> RecordBatch {
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("id", array(StringArray::from(vec!["w1"]))),
        ("subject", array(StringArray::from(vec!["7"]))),
        ("status", array(StringArray::from(vec!["withdrawn"]))),
    ];
    columns.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
    columns.extend(changed.iter().cloned());
    RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, column)| (name, column, true)),
    )
    .unwrap()
}

/// Ids of people may be numbers, UUIDs and dictionaries.
#[test]
fn ids_may_be_of_each_type() {
    let mut uuid = FixedSizeBinaryBuilder::new(16);
    uuid.append_value([0; 16]).unwrap();
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    dictionary.append_value("7");
    let all: [(ArrayRef, &str); 4] = [
        (
            array(UInt64Array::from(vec![u64::MAX])),
            "18446744073709551615",
        ),
        (array(Int64Array::from(vec![7])), "7"),
        (array(uuid.finish()), "00000000-0000-0000-0000-000000000000"),
        (array(dictionary.finish()), "7"),
    ];
    for (ids, expected) in all {
        let ledger = read(with(&[("subject", ids)])).unwrap();
        assert_eq!(ledger.records_of(expected).count(), 1, "{expected}");
    }
}

/// What cannot be read is an error that names the row and the field, and contains no content.
#[test]
fn what_cannot_be_read_names_the_place() {
    let naive = array(TimestampSecondArray::from(vec![0]));
    let mut list = ListBuilder::new(StringBuilder::new());
    list.values().append_value("search");
    list.values().append_null();
    list.append(true);
    let mut markers = ListBuilder::new(StringBuilder::new());
    markers.values().append_value("NULL");
    markers.append(true);
    let all: [(&str, ArrayRef, &str); 8] = [
        (
            "subject",
            array(Int64Array::from(vec![-7])),
            "row 1: field `subject`: expected a text, or",
        ),
        (
            "subject",
            array(StringArray::from(vec!["NULL"])),
            "row 1: column `subject`: expected a value",
        ),
        (
            "subject",
            array(StringArray::from(vec![None::<&str>])),
            "row 1: field `subject`: missing",
        ),
        (
            "subject",
            array(Float64Array::from(vec![7.0])),
            "column 3: `subject` is a text, or an id",
        ),
        (
            "at",
            naive,
            "row 1: field `at`: expected a time with a zone",
        ),
        (
            "purposes",
            array(list.finish()),
            "row 1: field `purposes`: expected a text in each item",
        ),
        (
            "purposes",
            array(markers.finish()),
            "row 1: field `purposes`: expected a text in each item",
        ),
        (
            "colour",
            array(StringArray::from(vec!["red"])),
            "column 4: its name is not a field",
        ),
    ];
    for (name, column, expected) in all {
        let error = read(with(&[(name, column)])).unwrap_err().to_string();
        let error = error.replace("line 1, column 1", "row 1");
        assert!(error.starts_with(expected), "{error}");
        assert!(!error.contains("red"));
    }
}

/// Timestamps without a zone are read in the zone that is named, and texts as in CSV.
#[test]
fn times_may_be_texts_and_have_a_zone() {
    let reader = TableReader::new().zone(UtcOffset::UTC);
    let naive = array(TimestampSecondArray::from(vec![1_729_000_000]));
    let text = array(StringArray::from(vec!["2024-10-15 13:46:40"]));
    let ledgers = [naive, text].map(|at| {
        let batch = with(&[("at", at)]);
        reader
            .read_batches([Ok::<_, ArrowError>(batch)], OnUnreadable::Stop)
            .unwrap()
    });
    assert_eq!(ledgers[0].digest(), ledgers[1].digest());
}

/// In quarantine an unreadable row keeps its person from passing, and rows count through all batches.
#[test]
fn an_unreadable_row_counts_against_its_person() {
    let bad = with(&[("status", array(StringArray::from(vec!["maybe"])))]);
    let batches = || [with(&[]), bad.clone()].map(Ok::<_, ArrowError>);
    let error = TableReader::new()
        .read_batches(batches(), OnUnreadable::Stop)
        .unwrap_err();
    assert!(
        matches!(error, TableError::Read(ReadError::Record { line: 2, .. })),
        "{error}"
    );
    let quarantine = OnUnreadable::Quarantine {
        unattributed_at_most: 0,
    };
    let ledger = TableReader::new()
        .read_batches(batches(), quarantine)
        .unwrap();
    let gate = crate::world::gate().build().unwrap();
    let row = crate::world::post_of(["7"]);
    let decision = gate.with(&ledger).decide(&row);
    assert!(decision.to_string().contains("(R2)"), "{decision}");
}

/// An error of the reader ends the reading, and the message of the reader is not shown.
#[test]
fn an_error_of_the_reader_is_passed_on() {
    let torn = ArrowError::ParseError("torn".to_owned());
    let error = TableReader::new().read_batches([Ok(with(&[])), Err(torn)], OnUnreadable::Stop);
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "after row 1: the record batches could not be read"
    );
}

/// A Parquet file of records is read as its batches are.
#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_of_records_is_read() {
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

    let records = [grant().record(), grant().id("g2").by("bob").record()];
    let batch = batch_of(&records);
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let batches = ParquetRecordBatchReader::try_new(bytes::Bytes::from(file), 1).unwrap();
    let ledger = TableReader::new()
        .read_batches(batches, OnUnreadable::Stop)
        .unwrap();
    let expected: Ledger = records.into_iter().collect();
    assert_eq!(ledger.digest(), expected.digest());
}
