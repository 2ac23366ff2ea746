//! Rows in JSON Lines.

use std::collections::BTreeMap;

use consent_gate::json::{Chunk, LineChunks, RowField, RowReader, lines};
use consent_gate::{Restrictions, UserRecord};
use serde_json::Value;
use serde_json::value::RawValue;

/// A line of rows, and lines of rows.
pub(crate) fn rows(bytes: &[u8]) {
    if let Ok(row) = RowReader::new().read(bytes) {
        assert_eq!(row.line(), bytes);
        let line = fields_of(bytes);
        let one = line.get("subject").filter(|subject| !subject.is_null());
        let several = line.get("subjects").and_then(Value::as_array);
        let named: Vec<String> = one
            .into_iter()
            .chain(several.into_iter().flatten())
            .map(|subject| match subject {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect();
        assert!(row.subjects().eq(named.iter().map(String::as_str)));
        let says = |field| {
            line.get(field)
                .is_some_and(|value: &Value| !value.is_null())
        };
        assert_eq!(row.collected_at().is_some(), says("collected_at"));
        assert!(row.data().is_empty() || says("data"));
        let is_restricted = row.restrictions() != Restrictions::none();
        assert!(!is_restricted || says("signals"));
    }
    people_anywhere(bytes);
    times(bytes);
    let all: Vec<&[u8]> = lines(bytes).collect();
    assert_eq!(all.concat(), bytes);
    let mut chunks = LineChunks::with_capacity(16, bytes);
    let mut read = Vec::new();
    while let Some(chunk) = chunks.next_chunk().expect("memory does not fail") {
        if let Chunk::Lines(chunk) = chunk {
            read.extend(lines(chunk).map(<[u8]>::to_vec));
        }
    }
    assert_eq!(read, all);
}

/// A pointer with `*` or `**` finds every person that stands there.
fn people_anywhere(bytes: &[u8]) {
    let reader = |pointer| RowReader::new().field(RowField::Subjects, pointer);
    let (deep, each) = (
        reader("/**/user").expect("one"),
        reader("/users/*/id").expect("one"),
    );
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    if let Ok(row) = deep.read(bytes) {
        let mut users = Vec::new();
        find_users(&document, &mut users);
        let has = |user: &&Value| row.subjects().any(|subject| is_called(user, subject));
        assert!(users.iter().all(has), "a user who was passed over");
    }
    if let Ok(row) = each.read(bytes) {
        let users = &document["users"];
        let list = users.as_array().into_iter().flatten();
        let all = list.chain(
            users
                .as_object()
                .into_iter()
                .flat_map(|users| users.values()),
        );
        let has = |user: &Value| {
            row.subjects()
                .any(|subject| is_called(&user["id"], subject))
        };
        assert!(all.into_iter().all(has), "a user who was passed over");
        assert!(matches!(
            users,
            Value::Null | Value::Array(_) | Value::Object(_)
        ));
    }
}

fn is_called(user: &Value, subject: &str) -> bool {
    match user {
        Value::String(text) => text == subject,
        Value::Number(number) => number.to_string() == subject,
        _ => false,
    }
}

fn find_users<'a>(value: &'a Value, users: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_users(item, users)),
        Value::Object(fields) => {
            users.extend(fields.get("user"));
            fields.values().for_each(|value| find_users(value, users));
        }
        _ => {}
    }
}

/// A time is read in at most one of the units of numbers.
fn times(bytes: &[u8]) {
    let units = ["epoch-s", "epoch-ms", "epoch-us", "epoch-ns"];
    let read = |unit: &str| {
        let reader = RowReader::new().times(unit.parse().expect("a unit"));
        let row = reader.read(bytes).ok()?;
        row.collected_at()
    };
    let found = units.iter().filter_map(|unit| read(unit));
    assert!(found.count() <= 1, "a time in two units");
    let sql = RowReader::new().times("sql".parse().expect("a form"));
    let pattern = RowReader::new().times("%Y-%m-%d %H:%M:%S %z".parse().expect("a form"));
    let at = |reader: &RowReader| reader.read(bytes).ok().and_then(|row| row.collected_at());
    if let (Some(one), Some(other)) = (at(&sql), at(&pattern)) {
        assert_eq!(one, other, "two readings of one time");
    }
    if let (Some(one), Some(other)) = (at(&sql), at(&RowReader::new())) {
        assert_eq!(one, other, "two readings of one time");
    }
}

/// The fields of a row that matter. The others are JSON, and may hold what no value of it has room
/// for, such as a number of a thousand digits.
fn fields_of(row: &[u8]) -> BTreeMap<String, Value> {
    let all: BTreeMap<String, &RawValue> = serde_json::from_slice(row).expect("a row is an object");
    let matters = |field: &String| {
        ["subject", "subjects", "collected_at", "data", "signals"].contains(&field.as_str())
    };
    all.into_iter()
        .filter(|(field, _)| matters(field))
        .map(|(field, value)| {
            let value = serde_json::from_str(value.get()).expect("what was read");
            (field, value)
        })
        .collect()
}
