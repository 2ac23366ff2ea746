//! A FHIR consent with a good yes, and a no, another person, a limit or something unknown at every
//! place that it has: none passes the gate.

use consent_gate::interchange::Documents;
use consent_gate::{Ledger, SubjectId};
use serde_json::{Value, json};

use super::dpv_generated::pointers;
use super::fhir::{r4, r5, reader};
use crate::world::{gate, post};

/// The fields to add to an object. Each of them limits a yes, or ends it.
fn additions() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        (
            "modifierExtension",
            json!([{ "url": "urn:x", "valueBoolean": true }]),
        ),
        (
            "extension",
            json!([{ "url": "urn:x", "valueCode": "withdrawn" }]),
        ),
        (
            "extension",
            json!([{ "url": "urn:x", "extension": [{ "valueString": "Opted out" }] }]),
        ),
        ("provision", json!([{ "type": "deny" }])),
        (
            "provision",
            json!([{ "type": "permit", "purpose": [{ "code": "x" }] }]),
        ),
        ("implicitRules", json!("urn:rules")),
        ("patient", json!({ "reference": "Patient/u2" })),
        ("subject", json!({ "reference": "Patient/u2" })),
        ("except", json!([{ "type": "deny" }])),
        ("decision", json!("permit")),
        ("policyRule", json!({ "coding": [{ "code": "OPTOUT" }] })),
        ("securityLabel", json!([{ "code": "R" }])),
        ("class", json!([{ "code": "Observation" }])),
        ("resourceType", json!([{ "code": "Observation" }])),
        ("documentType", json!([{ "code": "x" }])),
        ("code", json!([{ "text": "x" }])),
        ("data", json!([{ "meaning": "instance" }])),
        ("expression", json!({ "expression": "false" })),
        ("dataPeriod", json!({ "end": "2000" })),
        ("period", json!({ "end": "2000" })),
        ("period", json!({ "start": "2030" })),
        ("end", json!("2000-01-01T00:00:00Z")),
        ("start", json!("2030-01-01T00:00:00Z")),
        ("dateTime", json!("2024-09-10T09:00:00")),
        ("date", json!("yesterday")),
    ];
    for status in [
        "inactive",
        "entered-in-error",
        "rejected",
        "not-done",
        "withdrawn",
        "draft",
    ] {
        all.push(("status", json!(status)));
    }
    for name in ["withdrawalDate", "revoked", "optOut", "dateAsserted"] {
        all.push((name, json!("2024-10-15T09:00:00Z")));
    }
    all
}

fn passes(document: &Value) -> bool {
    let text = document.to_string();
    let mut ledger = Ledger::new();
    if let Ok(imported) = reader().read(text.as_bytes()) {
        ledger.extend(imported.into_records());
    } else {
        let people: Option<Vec<SubjectId>> = reader().subjects(text.as_bytes());
        for person in people.iter().flatten() {
            ledger.mark_unreadable(person);
        }
    }
    let gate = gate().build().unwrap();
    gate.with(&ledger).decide(&post()).is_permit()
}

/// What a place has in FHIR, and what it then means: no limit and no end.
fn is_harmless(at: &str, key: &str, value: &Value) -> bool {
    let describes = ["identifier", "verification", "meta", "text"];
    let is_description = describes
        .iter()
        .any(|name| at.starts_with(&format!("/{name}")));
    // What describes the resource may have a period and limits nothing.
    let is_period_of_name = key == "period" && at.ends_with("identifier");
    let is_other_end = ["start", "end"].contains(&key) && !at.ends_with("eriod");
    let is_code = key == "code" && value.is_array();
    is_description && (is_period_of_name || is_other_end) && !is_code
}

/// Whatever is added at whatever place, somebody who may have said no does not pass.
#[test]
fn no_addition_to_a_consent_of_fhir_is_passed_over() {
    let mut tried = 0;
    for base in [r4(), r5()] {
        assert!(passes(&base));
        let objects = pointers(&base).into_iter();
        let is_object = |place: &String| base.pointer(place).is_some_and(Value::is_object);
        for place in &objects.filter(is_object).collect::<Vec<_>>() {
            for (key, value) in additions() {
                let mut document = base.clone();
                let object = document
                    .pointer_mut(place)
                    .unwrap()
                    .as_object_mut()
                    .unwrap();
                if object.get(key) == Some(&value) || is_harmless(place, key, &value) {
                    continue;
                }
                object.insert(key.to_owned(), value);
                assert!(!passes(&document), "{place} {key}: {document}");
                tried += 1;
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}
