//! Preference stores: Transcend, Klaro, OneTrust and custom systems, read through a map.
//!
//! The samples are our own, in the field names of the preference store of Transcend, of the storage
//! of Klaro and of the data subject profiles of OneTrust.

use consent_gate::interchange::{Answers, Documents, PreferenceMap, Yes};
use consent_gate::{
    Channels, ConsentRecord, DataCategories, Details, Ledger, Purposes, Rules as Rule, Statement,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{GIVEN_AT, gate, grant, name, on_file, post};

/// What the switch of the good grant proves.
fn switch() -> Details {
    grant().record().details().clone()
}

fn transcend() -> PreferenceMap {
    PreferenceMap::transcend(name("acme"))
        .switch("AiTraining", switch())
        .pass_over("Analytics")
}

fn klaro() -> PreferenceMap {
    PreferenceMap::klaro(name("acme")).switch("ai", switch())
}

fn onetrust() -> PreferenceMap {
    PreferenceMap::onetrust(name("acme")).switch("AI training", switch())
}

fn transcend_of(enabled: &Value) -> Value {
    json!({
        "userId": "u1", "timestamp": "2024-09-10T09:00:00Z", "partition": "p", "confirmed": true,
        "purposes": [
            { "purpose": "AiTraining", "enabled": enabled },
            { "purpose": "Analytics", "enabled": false }
        ]
    })
}

fn klaro_of(answer: &Value) -> Value {
    json!({ "subject": "u1", "at": "2024-09-10T09:00:00Z", "confirmed": true, "consents": { "ai": answer } })
}

fn onetrust_of(status: &Value) -> Value {
    json!({
        "Id": "p1", "Identifier": "u1", "LastUpdatedDate": "2024-10-01T00:00:00Z",
        "Purposes": [{ "Name": "AI training", "Status": status, "LastTransactionDate": "2024-09-10T09:00:00Z" }]
    })
}

fn with(mut value: Value, key: &str, to: Value) -> Value {
    value.as_object_mut().unwrap().insert(key.to_owned(), to);
    value
}

#[track_caller]
fn read(map: &PreferenceMap, document: &Value) -> ConsentRecord {
    let read = map.read(document.to_string().as_bytes());
    let mut records = read
        .unwrap_or_else(|error| panic!("{error}"))
        .into_records();
    assert_eq!(records.len(), 1);
    records.remove(0)
}

fn refusal(map: &PreferenceMap, document: &Value) -> String {
    map.read(document.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

fn is_grant(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Grant { .. })
}

fn is_denial(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Denial { .. })
}

fn passes(record: &ConsentRecord) -> bool {
    let ledger: Ledger = [record.clone()].into_iter().collect();
    gate()
        .build()
        .unwrap()
        .with(&ledger)
        .decide(&post())
        .is_permit()
}

/// R1, R7 · The yes of each system grants what the map says that its switch is about.
#[test]
fn a_yes_grants_what_the_switch_is_about() {
    for record in [
        read(&transcend(), &transcend_of(&json!(true))),
        read(&klaro(), &klaro_of(&json!(true))),
        read(&onetrust(), &onetrust_of(&json!("ACTIVE"))),
    ] {
        assert_eq!(record.statement().at(), Some(GIVEN_AT));
        assert_eq!(record.details(), &switch());
        assert!(passes(&record));
    }
}

/// R6 · A switch proves nothing unless the map says so.
#[test]
fn a_switch_proves_only_what_the_map_vouches_for() {
    let mut bare = Details::default();
    bare.purposes = Purposes::TRAIN_GENERATIVE;
    let map = PreferenceMap::klaro(name("acme")).switch("ai", bare);
    let record = read(&map, &klaro_of(&json!(true)));
    assert!(is_grant(&record) && !passes(&record));
}

/// R1 · A choice that no person made or confirmed grants nothing.
#[test]
fn what_nobody_chose_grants_nothing() {
    let yes = transcend_of(&json!(true));
    for (map, document) in [
        (transcend(), with(yes.clone(), "confirmed", json!(false))),
        (transcend(), with(yes.clone(), "confirmed", json!("true"))),
        (transcend(), with(yes.clone(), "confirmed", json!(null))),
        (transcend(), with(yes.clone(), "isTest", json!(true))),
        (transcend(), with(yes.clone(), "isTest", json!("false"))),
        (transcend(), transcend_of(&json!("Auto"))),
        (transcend(), transcend_of(&json!(null))),
        (
            klaro(),
            with(klaro_of(&json!(true)), "confirmed", json!(false)),
        ),
        (onetrust(), onetrust_of(&json!("ALWAYS_ACTIVE"))),
        (onetrust(), onetrust_of(&json!("PENDING"))),
    ] {
        let record = read(&map, &document);
        assert!(
            matches!(record.statement(), Statement::NonDecision { .. }),
            "{document}"
        );
        assert!(!passes(&record));
    }
    assert!(is_grant(&read(
        &transcend(),
        &with(yes, "isTest", json!(false))
    )));
}

/// R2 · Only the yes that the map defines is a yes.
#[test]
fn a_yes_of_another_form_is_refused() {
    for answer in [
        json!("true"),
        json!("True"),
        json!(1),
        json!("yes"),
        json!([true]),
        json!({ "on": true }),
        json!("auto"),
    ] {
        let expected = "answer 1: expected the yes of the map exactly as PreferenceMap::new has it, \
                        a common form of no, null, or a text that PreferenceMap::neither names";
        assert_eq!(
            refusal(&transcend(), &transcend_of(&answer)),
            expected,
            "{answer}"
        );
    }
    for status in [
        json!("Active"),
        json!(true),
        json!(" ACTIVE"),
        json!("CONFIRMED"),
    ] {
        assert!(
            refusal(&onetrust(), &onetrust_of(&status)).starts_with("answer 1: "),
            "{status}"
        );
    }
}

/// R15 · Never lose a no: in whatever form, unconfirmed, as a test, without a time.
#[test]
fn a_no_in_any_form_denies() {
    for answer in [
        json!(false),
        json!("false"),
        json!("No"),
        json!(0),
        json!("opt_out"),
        json!("OPT-OUT"),
        json!("Denied"),
        json!("WITHDRAWN"),
    ] {
        assert!(
            is_denial(&read(&transcend(), &transcend_of(&answer))),
            "{answer}"
        );
    }
    for status in ["WITHDRAWN", "NO_CONSENT", "EXPIRED", "OPT_OUT", "NOTGIVEN"] {
        assert!(
            is_denial(&read(&onetrust(), &onetrust_of(&json!(status)))),
            "{status}"
        );
    }
    let no = with(transcend_of(&json!(false)), "confirmed", json!(false));
    let no = with(
        with(no, "isTest", json!(true)),
        "timestamp",
        json!("yesterday"),
    );
    let record = read(&transcend(), &no);
    assert_eq!(record.statement().at(), None);
    assert_eq!(record.details().data, DataCategories::POSTS);
    assert_eq!(record.details().withdraw_via, Channels::empty());
    on_file([grant().record(), record]).contradicts(Rule::STANDING);
}

/// R2 · It is not known what a switch that the map does not name is about.
#[test]
fn a_switch_that_the_map_does_not_name_is_refused() {
    let map = PreferenceMap::transcend(name("acme")).switch("AiTraining", switch());
    let error = refusal(&map, &transcend_of(&json!(true)));
    assert!(error.starts_with("answer 2: a switch that the map does not name; "));
}

/// R13 · A yes needs a time with a zone.
#[test]
fn a_yes_without_a_time_is_refused() {
    for at in [
        json!(null),
        json!("2024-09-10T09:00:00"),
        json!(1_725_958_800),
    ] {
        let error = refusal(
            &transcend(),
            &with(transcend_of(&json!(true)), "timestamp", at),
        );
        assert_eq!(
            error,
            "answer 1, time: expected an RFC 3339 time with a zone"
        );
    }
}

/// R2 · The same document twice changes nothing; another answer for the same instant is noticed;
/// an id does not show the person.
#[test]
fn a_document_that_changed_is_a_conflict() {
    let yes = read(&transcend(), &transcend_of(&json!(true)));
    let no = read(&transcend(), &transcend_of(&json!(false)));
    assert_eq!(yes.id(), no.id());
    assert!(!yes.id().as_str().contains("u1"));
    assert_eq!(yes, read(&transcend(), &transcend_of(&json!(true))));
    let ledger: Ledger = [yes, no].into_iter().collect();
    assert!(ledger.is_unreadable("u1"));
}

/// R1 · A custom system: the positions of its fields, and the value that is its yes.
#[test]
fn a_map_for_a_system_of_ones_own_is_filled_in() {
    let answers = Answers::Object;
    let map = PreferenceMap::new(
        name("acme"),
        name("/user/id"),
        name("/when"),
        (name("/settings"), answers),
        Yes::Text("on".to_owned()),
    )
    .id(name("/event"))
    .neither("unset")
    .switch("training", switch());
    let document = |answer: &str| json!({ "event": 7, "user": { "id": 17 }, "when": "2024-09-10T09:00:00Z", "settings": { "training": answer } });
    let record = read(&map, &document("on"));
    assert_eq!(
        (record.id().as_str(), record.subject().as_str()),
        ("7#training", "17")
    );
    assert!(is_grant(&record));
    assert!(is_denial(&read(&map, &document("off"))));
    assert!(!is_grant(&read(&map, &document("unset"))));
}

/// R2 · Hostile bytes are refused.
#[test]
fn hostile_bytes_are_refused() {
    let deep = "[".repeat(100_000);
    let twice = klaro_of(&json!(false))
        .to_string()
        .replace("\"ai\":", "\"ai\":true,\"ai\":");
    for bytes in [
        &b""[..],
        b"\0",
        b"\xff",
        b"[]",
        b"{}",
        deep.as_bytes(),
        twice.as_bytes(),
    ] {
        assert!(klaro().read(bytes).is_err() && transcend().read(bytes).is_err());
    }
}

proptest! {
    /// R15 · A byte that changed never turns a no into a yes.
    #[test]
    fn a_broken_no_is_no_yes(at: prop::sample::Index, byte: u8) {
        for (map, document) in [(klaro(), klaro_of(&json!(false))), (onetrust(), onetrust_of(&json!("WITHDRAWN")))] {
            let mut bytes = document.to_string().into_bytes();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            if let Ok(imported) = map.read(&bytes) {
                prop_assert!(!imported.records().iter().any(is_grant));
            }
        }
    }
}
