//! What bytes have to say for a grant to come from them.

use std::collections::BTreeSet;

use consent_gate::json::OnUnreadable;
use consent_gate::{ConsentRecord, Statement};
use serde_json::Value;

/// Everything is read that can be, and nothing stops the reading.
pub(super) const KEEP_ALL: OnUnreadable = OnUnreadable::Quarantine {
    unattributed_at_most: u64::MAX,
};

/// The texts of a document, those of its keys among them, and its whole numbers as texts.
pub(super) struct Said(BTreeSet<String>);

impl Said {
    pub(super) fn by(document: &[u8]) -> Self {
        let mut said = BTreeSet::new();
        gather(
            &serde_json::from_slice(document).unwrap_or_default(),
            &mut said,
        );
        Self(said)
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }

    /// Whether it has a term, with its prefix or in full.
    pub(super) fn has_term(&self, term: &str) -> bool {
        const PREFIXES: [(&str, &str); 5] = [
            ("ai:", "https://w3id.org/dpv/ai#"),
            ("dpv:", "https://w3id.org/dpv#"),
            ("eu-gdpr:", "https://w3id.org/dpv/legal/eu/gdpr#"),
            ("gate:", "urn:consent-gate:"),
            ("pd:", "https://w3id.org/dpv/pd#"),
        ];
        let mut wholes = PREFIXES.iter().filter_map(|(prefix, whole)| {
            let rest = term.strip_prefix(prefix)?;
            Some(format!("{whole}{rest}"))
        });
        self.has(term) || wholes.any(|whole| self.has(&whole))
    }

    /// Whether a text is a part of one of its texts, as the id in a reference is.
    pub(super) fn has_part(&self, text: &str) -> bool {
        self.0.iter().any(|said| said.contains(text))
    }

    pub(super) fn has_any(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.has(text))
    }
}

fn gather(value: &Value, said: &mut BTreeSet<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => {
            said.insert(number.to_string());
        }
        Value::String(text) => {
            said.insert(text.clone());
        }
        Value::Array(items) => {
            for item in items {
                gather(item, said);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                said.insert(name.clone());
                gather(value, said);
            }
        }
    }
}

/// What a record says, field by field: each value as a text, and the parts of the notice by names
/// such as `notice.id`.
pub(super) fn claims(record: &ConsentRecord) -> Vec<(String, String)> {
    let mut claims = Vec::new();
    let record = serde_json::to_value(record).expect("a record");
    for (field, value) in record.as_object().expect("an object") {
        claim(field, value, &mut claims);
    }
    claims
}

fn claim(field: &str, value: &Value, claims: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => claims.push((field.to_owned(), text.clone())),
        Value::Array(items) => {
            for item in items {
                claim(field, item, claims);
            }
        }
        Value::Object(parts) => {
            for (part, value) in parts {
                claim(&format!("{field}.{part}"), value, claims);
            }
        }
        other => claims.push((field.to_owned(), other.to_string())),
    }
}

pub(super) fn is_grant(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Grant { .. })
}
