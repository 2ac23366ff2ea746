//! Consent records in CSV.

use consent_gate::interchange::{TableError, read_table};
use consent_gate::json::OnUnreadable;

use super::native::come_back;
use super::said::{KEEP_ALL, claims, is_grant};

/// A table.
pub(crate) fn csv(bytes: &[u8]) {
    let strict = read_table(bytes, OnUnreadable::Stop);
    let ledger = match read_table(bytes, KEEP_ALL) {
        Ok(ledger) => ledger,
        Err(TableError::Name { .. } | TableError::Shape { .. } | TableError::Quotation { .. }) => {
            assert!(strict.is_err(), "refused, and read all the same");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    if let Ok(strict) = strict {
        assert_eq!(strict.digest(), ledger.digest());
        assert_eq!(ledger.unattributed(), 0);
    }
    // A quotation mark can be written in several ways; everything else in one.
    let text = String::from_utf8_lossy(bytes).replace('"', "");
    let mut lines = text.split(['\n', '\r']).filter(|line| !line.is_empty());
    let names = lines.next().unwrap_or_default();
    let lines: Vec<&str> = lines.collect();
    for record in ledger.records().filter(is_grant) {
        let claims = claims(&record);
        let is_said = |line: &&str| claims.iter().all(|(field, text)| says(line, field, text));
        assert!(
            claims
                .iter()
                .all(|(field, _)| names.contains(field.as_str())),
            "a field that no column has"
        );
        assert!(lines.iter().any(is_said), "a grant that nobody wrote");
    }
    come_back(ledger.records());
}

/// Whether a line says what a field of a record does. A time can be written in many ways.
fn says(line: &str, field: &str, text: &str) -> bool {
    match field {
        "at" | "valid_until" | "notice.shown_at" => true,
        "purposes" | "notice.purposes" if text.starts_with("train-") => {
            line.contains(text) || line.contains("ai-training")
        }
        "data_period" => text.ends_with('Z') || line.contains(text),
        _ => line.contains(&text.replace('"', "")),
    }
}
