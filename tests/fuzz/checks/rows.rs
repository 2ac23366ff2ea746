//! Rows in JSON Lines.

use std::collections::BTreeMap;

use consent_gate::json::{Chunk, LineChunks, RowReader, lines};
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
