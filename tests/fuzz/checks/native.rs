//! Consent records in the gate's own form.

use consent_gate::ConsentRecord;
use consent_gate::json::{OnUnreadable, lines, read_consents};
use serde_json::Value;

use super::said::{KEEP_ALL, is_grant};

/// Consents in JSON Lines.
pub(crate) fn consents(bytes: &[u8]) {
    let ledger = read_consents(bytes, KEEP_ALL).expect("everything is kept or counted");
    if let Ok(strict) = read_consents(bytes, OnUnreadable::Stop) {
        assert_eq!(strict.digest(), ledger.digest());
        assert_eq!(ledger.unattributed(), 0);
    }
    let said: Vec<Value> = lines(bytes)
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    for record in ledger.records() {
        if is_grant(&record) {
            let value = serde_json::to_value(&record).expect("a record");
            assert!(
                said.iter().any(|line| says_all_of(line, &value)),
                "a grant that nobody wrote"
            );
        }
    }
    come_back(ledger.records());
}

/// Records are read again as they were written.
pub(super) fn come_back(records: impl IntoIterator<Item = ConsentRecord>) {
    for record in records {
        let line = serde_json::to_string(&record).expect("a record");
        let again = read_consents(line.as_bytes(), OnUnreadable::Stop).expect("its own form");
        assert!(again.records().eq([record]), "not as it was written");
    }
}

/// Whether a line has every field of a record, with the same value where there is but one way to
/// write it down.
fn says_all_of(line: &Value, record: &Value) -> bool {
    let (Some(line), Some(record)) = (line.as_object(), record.as_object()) else {
        return false;
    };
    record.iter().all(|(field, value)| match line.get(field) {
        None => false,
        Some(said) => match (said, value) {
            (Value::Number(number), Value::String(text)) => number.to_string() == *text,
            (Value::Array(said), Value::Array(all)) => all.iter().all(|one| said.contains(one)),
            (Value::Object(said), Value::Object(parts)) => {
                parts.keys().all(|part| said.contains_key(part))
            }
            (Value::String(_), Value::String(_)) if is_time(field) => true,
            (said, value) => said == value,
        },
    })
}

fn is_time(field: &str) -> bool {
    matches!(field, "at" | "valid_until" | "data_period")
}
