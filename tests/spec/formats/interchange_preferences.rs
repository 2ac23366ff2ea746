//! Preference stores: Transcend, Klaro, OneTrust and custom systems, read through a map.
//!
//! The samples are our own, in the field names of the preference store of Transcend, of the storage
//! of Klaro and of the data subject profiles of OneTrust.

use consent_gate::interchange::{
    Answers, Documents, InvalidMap, PreferenceMap, PreferenceMapBuilder, TimePlace, Yes,
    read_consents,
};
use consent_gate::json::OnUnreadable;
use consent_gate::{
    Channels, ConsentRecord, DataCategories, DataPeriod, Details, Ledger, Purposes, Rules as Rule,
    Statement, SubjectId,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::macros::utc_datetime;

use crate::world::{GIVEN_AT, gate, grant, name, on_file, post, withdrawal};

/// What the switch of the good grant proves.
fn switch() -> Details {
    grant().record().details().clone()
}

fn transcend() -> PreferenceMap {
    PreferenceMap::transcend(name("acme"))
        .switch("AiTraining", switch())
        .pass_over("Analytics")
        .build()
        .unwrap()
}

fn klaro() -> PreferenceMap {
    PreferenceMap::klaro(name("acme"))
        .switch("ai", switch())
        .build()
        .unwrap()
}

fn onetrust() -> PreferenceMap {
    PreferenceMap::onetrust(name("acme"))
        .switch("AI training", switch())
        .build()
        .unwrap()
}

fn transcend_of(enabled: &Value) -> Value {
    json!({
        "userId": "u1", "timestamp": "2024-09-10T09:00:00Z", "partition": "p", "confirmed": true,
        "purposes": [
            { "purpose": "AiTraining", "enabled": enabled, "timestamp": "2024-09-10T09:00:00Z" },
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
        "Purposes": [{ "Name": "AI training", "Status": status, "ConsentDate": "2024-09-10T09:00:00Z",
            "FirstTransactionDate": "2024-09-10T09:00:00Z", "LastTransactionDate": "2024-10-01T00:00:00Z" }]
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
    let map = PreferenceMap::klaro(name("acme"))
        .switch("ai", bare)
        .build()
        .unwrap();
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
        (onetrust(), onetrust_of(&json!("EXTEND"))),
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
        let expected = "answer 1, switch `AiTraining`: expected a yes exactly as the map has it (`yes`), a \
                        common form of no, null, or a text that the map names (`no`, `neither`)";
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
            refusal(&onetrust(), &onetrust_of(&status))
                .starts_with("answer 1, switch `AI training`: "),
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
    for status in [
        "WITHDRAWN",
        "NO_CONSENT",
        "EXPIRED",
        "OPT_OUT",
        "NOTGIVEN",
        "HARD_OPT_OUT",
        "NONE",
        "CANCEL",
        "NO_CHOICE",
        "Consent withdrawn",
    ] {
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
    let map = PreferenceMap::transcend(name("acme"))
        .switch("AiTraining", switch())
        .build()
        .unwrap();
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
        let mut document = with(transcend_of(&json!(true)), "timestamp", at.clone());
        document["purposes"][0]["timestamp"] = at;
        let error = refusal(&transcend(), &document);
        assert_eq!(
            error,
            "answer 1, switch `AiTraining`, time: expected an RFC 3339 time with a zone"
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
fn a_map_can_be_made_for_any_system() {
    let answers = Answers::Object;
    let map = PreferenceMap::builder(name("acme"), name("/user/id"), (name("/settings"), answers))
        .at(TimePlace::document(name("/when")))
        .yes("on")
        .id(name("/event"))
        .neither("unset")
        .switch("training", switch())
        .build()
        .unwrap();
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

fn at(mut value: Value, pointer: &str, to: Value) -> Value {
    *value.pointer_mut(pointer).unwrap() = to;
    value
}

fn is_non_decision(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::NonDecision { .. })
}

/// R13 · A yes is dated by its own time: the record of Transcend moves when any purpose changes, the
/// transactions of OneTrust with any of them. Here the person withdrew elsewhere, after the yes.
#[test]
fn a_yes_is_dated_by_its_own_time() {
    let moved = with(
        transcend_of(&json!(true)),
        "timestamp",
        json!("2024-10-20T00:00:00Z"),
    );
    for record in [
        read(&transcend(), &moved),
        read(&onetrust(), &onetrust_of(&json!("ACTIVE"))),
    ] {
        assert_eq!(record.statement().at(), Some(GIVEN_AT));
        assert_eq!(record.details(), &switch());
        let withdrawn = withdrawal().at(utc_datetime!(2024-09-20 0:00)).record();
        on_file([record, withdrawn]).contradicts(Rule::STANDING);
    }
}

/// R13, R16 · Of the bounds of a yes the earliest is its time, and the latest is where the data that
/// it covers begins.
#[test]
fn the_bounds_of_a_yes_are_each_taken_in_the_way_that_denies_more() {
    let bounded = at(
        onetrust_of(&json!("ACTIVE")),
        "/Purposes/0/ConsentDate",
        Value::Null,
    );
    let record = read(&onetrust(), &bounded);
    assert_eq!(record.statement().at(), Some(GIVEN_AT));
    let from = DataPeriod::From(utc_datetime!(2024-10-01 0:00));
    assert_eq!(record.details().data_period, from);
    // A period that the author of the map vouches for is that of the switch.
    let mut all = switch();
    all.data_period = DataPeriod::AllExisting;
    let map = PreferenceMap::onetrust(name("acme")).switch("AI training", all.clone());
    assert_eq!(read(&map.build().unwrap(), &bounded).details(), &all);
    // A time of its own that lies after a bound is dated by the bound, and covers nothing before it.
    let late = at(
        onetrust_of(&json!("ACTIVE")),
        "/Purposes/0/ConsentDate",
        json!("2024-10-20T00:00:00Z"),
    );
    let record = read(&onetrust(), &late);
    assert_eq!(record.statement().at(), Some(GIVEN_AT));
    let from = DataPeriod::From(utc_datetime!(2024-10-20 0:00));
    assert_eq!(record.details().data_period, from);
}

/// R13 · Without a lower or an upper bound there is no grant; a time that is stated and unreadable
/// makes the yes unreadable.
#[test]
fn a_yes_without_a_bound_is_no_grant() {
    let record = at(
        transcend_of(&json!(true)),
        "/purposes/0/timestamp",
        Value::Null,
    );
    assert!(is_non_decision(&read(&transcend(), &record)));
    let only_first = at(
        onetrust_of(&json!("ACTIVE")),
        "/Purposes/0/ConsentDate",
        Value::Null,
    );
    let only_last = at(only_first, "/Purposes/0/FirstTransactionDate", Value::Null);
    assert!(is_non_decision(&read(&onetrust(), &only_last)));
    let mut only_first = onetrust_of(&json!("ACTIVE"));
    only_first["LastUpdatedDate"] = Value::Null;
    for name in ["ConsentDate", "LastTransactionDate"] {
        only_first["Purposes"][0][name] = Value::Null;
    }
    assert!(is_non_decision(&read(&onetrust(), &only_first)));
    for pointer in [
        "/Purposes/0/ConsentDate",
        "/Purposes/0/FirstTransactionDate",
        "/Purposes/0/LastTransactionDate",
        "/LastUpdatedDate",
    ] {
        let broken = at(onetrust_of(&json!("ACTIVE")), pointer, json!("2024-09-10"));
        assert_eq!(
            refusal(&onetrust(), &broken),
            "answer 1, switch `AI training`, time: expected an RFC 3339 time with a zone"
        );
    }
}

/// R15 · A no is dated by the latest of its times, and for ever by one that is unreadable.
#[test]
fn a_no_is_dated_by_the_latest_time() {
    let no = with(
        transcend_of(&json!(false)),
        "timestamp",
        json!("2024-10-20T00:00:00Z"),
    );
    let latest = Some(utc_datetime!(2024-10-20 0:00));
    assert_eq!(read(&transcend(), &no).statement().at(), latest);
    let no = onetrust_of(&json!("WITHDRAWN"));
    let withdrawn = |value: Value| {
        let mut document = no.clone();
        document["Purposes"][0]["WithdrawalDate"] = value;
        read(&onetrust(), &document).statement().at()
    };
    let last = Some(utc_datetime!(2024-10-01 0:00));
    assert_eq!(withdrawn(json!("2024-09-30T00:00:00Z")), last);
    assert_eq!(withdrawn(json!("2024-10-20T00:00:00Z")), latest);
    assert_eq!(withdrawn(json!("20/10/2024")), None);
    let broken = at(no.clone(), "/Purposes/0/ConsentDate", json!("20/10/2024"));
    assert_eq!(read(&onetrust(), &broken).statement().at(), None);
}

/// R15 · A yes beside a field whose name says no does not count, wherever the field stands, unless its
/// value takes that back or it is a time before the yes.
#[test]
fn a_yes_beside_a_no_is_refused() {
    let beside = |name: &str, value: &Value, is_of_answer: bool| {
        let mut document = onetrust_of(&json!("ACTIVE"));
        let object = if is_of_answer {
            &mut document["Purposes"][0]
        } else {
            &mut document
        };
        object[name] = value.clone();
        document
    };
    for is_of_answer in [true, false] {
        for (name, value) in [
            ("WithdrawalDate", json!("2024-10-01T00:00:00Z")),
            ("WithdrawalDate", json!("2024-09-10T09:00:00Z")),
            ("withdrawn", json!(true)),
            ("optedOut", json!("yes")),
            ("OPT_OUT", json!(1)),
            ("revocation", json!({ "by": "phone" })),
            ("objectionReason", json!("she wrote")),
            ("withdrawalReason", json!("not interested")),
            ("LastTransactionType", json!("WITHDRAWN")),
            (
                "History",
                json!([{ "type": "OPT_OUT", "at": "2024-10-01T00:00:00Z" }]),
            ),
            ("isActive", json!(false)),
            ("Details", json!({ "consent": { "granted": "no" } })),
        ] {
            let error = refusal(&onetrust(), &beside(name, &value, is_of_answer));
            assert!(
                error.starts_with("answer 1, switch `AI training`: beside a field that says no"),
                "{error}"
            );
        }
        for (name, value) in [
            ("WithdrawalDate", json!("2024-09-01T00:00:00Z")),
            ("WithdrawalDate", json!(null)),
            ("WithdrawalDate", json!("")),
            ("withdrawn", json!(false)),
            ("optedOut", json!("no")),
            ("optOutUrl", json!("https://acme.example/opt-out")),
            ("revocable", json!(true)),
            (
                "Description",
                json!("You can withdraw your consent at any time."),
            ),
            ("Region", json!("NO")),
            ("isActive", json!(true)),
            ("Topics", json!([])),
        ] {
            assert!(is_grant(&read(
                &onetrust(),
                &beside(name, &value, is_of_answer)
            )));
        }
    }
    let map = PreferenceMap::onetrust(name("acme")).switch("AI training", switch());
    let map = map.pass_over("optedOutOfSale").build().unwrap();
    let document = beside("optedOutOfSale", &json!(true), false);
    assert!(is_grant(&read(&map, &document)));
    // What a list or an object in an answer is about is not known, unless the map says so.
    let topics = json!([{ "topic": "images", "choice": { "booleanValue": false } }]);
    let mut document = transcend_of(&json!(true));
    document["purposes"][0]["preferences"] = topics;
    assert!(refusal(&transcend(), &document).contains("parts of its own"));
    let map = PreferenceMap::transcend(name("acme")).switch("AiTraining", switch());
    let map = map
        .pass_over("Analytics")
        .pass_over("preferences")
        .build()
        .unwrap();
    assert!(is_grant(&read(&map, &document)));
    document["purposes"][0]["enabled"] = json!(false);
    assert!(is_denial(&read(&transcend(), &document)));
    // On the way to the answers, too.
    let answers = Answers::List {
        name: "id".to_owned(),
        answer: "on".to_owned(),
    };
    let map = PreferenceMap::builder(name("acme"), name("/id"), (name("/a/b"), answers))
        .at(TimePlace::document(name("/at")))
        .yes(Yes::True)
        .switch("ai", switch())
        .build()
        .unwrap();
    let document = |beside: Value| {
        let answers = json!([{ "id": "ai", "on": true }]);
        let mut inner = json!({ "b": answers });
        inner["status"] = beside;
        json!({ "id": "u1", "at": "2024-09-10T09:00:00Z", "a": inner })
    };
    assert!(is_grant(&read(&map, &document(json!("done")))));
    assert!(refusal(&map, &document(json!("revoked"))).contains("beside a field"));
    let pending = with(onetrust_of(&json!("PENDING")), "optedOut", json!(true));
    assert!(refusal(&onetrust(), &pending).contains("beside a field"));
}

/// R1 · OneTrust: a test person grants nothing, in whichever spelling and place the flag has.
#[test]
fn a_test_person_of_onetrust_grants_nothing() {
    let yes = onetrust_of(&json!("ACTIVE"));
    for name in ["testDataSubject", "TestDataSubject", "isTest", "IsTest"] {
        for value in [json!(true), json!("true"), json!("false"), json!(0)] {
            let document = with(yes.clone(), name, value.clone());
            assert!(is_non_decision(&read(&onetrust(), &document)), "{document}");
            let mut document = yes.clone();
            document["Purposes"][0][name] = value;
            assert!(is_non_decision(&read(&onetrust(), &document)), "{document}");
        }
        let document = with(yes.clone(), name, json!(false));
        assert!(is_grant(&read(&onetrust(), &document)));
        let no = with(onetrust_of(&json!("WITHDRAWN")), name, json!(true));
        assert!(is_denial(&read(&onetrust(), &no)));
    }
}

/// R1 · Didomi: an event is confirmed by a text. `pending_approval` does not confirm.
#[test]
fn a_text_can_confirm() {
    let answers = Answers::List {
        name: "id".to_owned(),
        answer: "enabled".to_owned(),
    };
    let map = || {
        let answers = (name("/consents/purposes"), answers.clone());
        PreferenceMap::builder(name("acme"), name("/user/organization_user_id"), answers)
            .at(TimePlace::document(name("/created_at")))
            .confirmed_by(name("/status"), "confirmed")
            .yes(Yes::True)
            .switch("ai-training", switch())
    };
    let event = |status: Value, enabled: bool| {
        json!({
            "user": { "organization_user_id": "u1" }, "created_at": "2024-09-10T09:00:00Z",
            "status": status,
            "consents": { "purposes": [{ "id": "ai-training", "enabled": enabled }] }
        })
    };
    let built = map().build().unwrap();
    assert!(is_grant(&read(&built, &event(json!("confirmed"), true))));
    for status in [
        json!("pending_approval"),
        json!("Confirmed"),
        json!("confirmed "),
        json!(true),
        json!(null),
        json!(["confirmed"]),
    ] {
        let record = read(&built, &event(status.clone(), true));
        assert!(is_non_decision(&record), "{status}");
        assert!(is_denial(&read(&built, &event(status, false))));
    }
    // Each of several confirmations has to confirm.
    let two = map().confirmed(name("/checked")).build().unwrap();
    let yes = event(json!("confirmed"), true);
    assert!(is_non_decision(&read(&two, &yes)));
    assert!(is_grant(&read(&two, &with(yes, "checked", json!(true)))));
}

/// R15 · A text that looks like a no can get no other meaning, in any letter case and with any
/// separators.
#[test]
fn no_map_makes_something_else_of_a_no() {
    let refused = |map: PreferenceMapBuilder, text: &str, expected: &str| {
        let expected = InvalidMap::LooksLikeNo {
            text: text.to_owned(),
            meaning: match expected {
                "yes" => "yes",
                "neither" => "neither",
                _ => "confirmation",
            },
        };
        assert_eq!(map.build().unwrap_err(), expected, "{text}");
    };
    let map = || PreferenceMap::transcend(name("acme"));
    for text in [
        "out",
        "OUT",
        "Opt-Out",
        "opt_out",
        "HARD_OPT_OUT",
        "optOut",
        "deny",
        "Denied",
        "refuse",
        "REFUSED",
        "reject",
        "rejectAll",
        "withdraw",
        "WITHDRAWN",
        "revoke",
        "Revoked",
        "object",
        "Objected",
        "no",
        "NO",
        "no-choice",
        "off",
        "Off",
        "false",
        "FALSE",
        "0",
        "0.0",
        "none",
        "cancel",
        "do not train",
        "n",
        "F",
        "disabled",
        "NOTGIVEN",
    ] {
        refused(map().yes(text), text, "yes");
        refused(map().neither(text), text, "neither");
        refused(
            map().confirmed_by(name("/status"), text),
            text,
            "confirmation",
        );
    }
    let error = map().neither("opt-out").build().unwrap_err().to_string();
    assert_eq!(error, "`opt-out` looks like a no, so it can be no neither");
}

/// R2 · A map that contradicts itself is refused when it is made.
#[test]
fn a_map_that_contradicts_itself_is_refused() {
    let map = || PreferenceMap::onetrust(name("acme"));
    let text = || "ACTIVE".to_owned();
    for invalid in [map().neither("ACTIVE"), map().no("active")] {
        let expected = InvalidMap::TwoMeanings { text: text() };
        assert_eq!(invalid.build().unwrap_err(), expected);
    }
    let invalid = map().switch("ai", switch()).pass_over("ai");
    let expected = InvalidMap::TwoRoles {
        name: "ai".to_owned(),
    };
    assert_eq!(invalid.build().unwrap_err(), expected);
    let bare = || PreferenceMap::builder(name("acme"), name("/id"), (name("/on"), Answers::Object));
    let at = || TimePlace::document(name("/at"));
    assert_eq!(bare().at(at()).build().unwrap_err(), InvalidMap::NoYes);
    assert_eq!(bare().yes("on").build().unwrap_err(), InvalidMap::NoTime);
    let of_answer = bare().yes("on").at(TimePlace::answer("at"));
    assert_eq!(of_answer.build().unwrap_err(), InvalidMap::TimeOfAnswer);
}

/// R15 · A map adds texts that are a no in its system, in any letter case; a text that was neither
/// becomes one.
#[test]
fn a_map_adds_its_own_yes_and_no() {
    let map = PreferenceMap::onetrust(name("acme"))
        .yes("CONFIRMED")
        .no("EXTEND")
        .no("zurückgezogen")
        .switch("AI training", switch())
        .build()
        .unwrap();
    assert!(is_grant(&read(&map, &onetrust_of(&json!("CONFIRMED")))));
    assert!(is_grant(&read(&map, &onetrust_of(&json!("ACTIVE")))));
    for status in ["EXTEND", "extend", "Zurückgezogen"] {
        assert!(is_denial(&read(&map, &onetrust_of(&json!(status)))));
    }
}

/// R2 · In quarantine each person that a broken document may be about is kept from passing: all values
/// of a repeated key, a whole number; with any other value nobody is known.
#[test]
fn in_quarantine_every_person_of_a_broken_document_is_kept_from_passing() {
    let quarantine = |document: &str, unattributed_at_most: u64| {
        let on_unreadable = OnUnreadable::Quarantine {
            unattributed_at_most,
        };
        read_consents(&transcend(), document.as_bytes(), on_unreadable).unwrap()
    };
    let broken = r#"{"userId":"u1","userId":17,"purposes":7}"#;
    let ledger = quarantine(broken, 0);
    assert!(ledger.is_unreadable("u1") && ledger.is_unreadable("17"));
    for in_doubt in [
        r#"{"userId":"u1","userId":["u2"],"purposes":7}"#,
        r#"{"userId":null,"purposes":7}"#,
        r#"[{"userId":"u1"}]"#,
    ] {
        assert_eq!(quarantine(in_doubt, 1).unattributed(), 1, "{in_doubt}");
    }
}

/// R2, R13 · Systems return their documents in pages, people in lists, and times as numbers.
#[test]
fn pages_lists_and_numbers_are_read_where_the_map_says() {
    let map = || {
        let answers = Answers::List {
            name: "name".to_owned(),
            answer: "on".to_owned(),
        };
        let person = name("/identifiers/[name=email]/value");
        PreferenceMap::builder(name("acme"), person, (name("/answers"), answers))
            .documents(name("/data/0/nodes"))
            .times("epoch-ms".parse().unwrap())
            .at(TimePlace::answer("at"))
            .yes(Yes::True)
            .switch("ai", switch())
            .build()
            .unwrap()
    };
    let document = |email: &str, on: bool| {
        json!({
            "identifiers": [{ "name": "phone", "value": "7" }, { "name": "email", "value": email }],
            "answers": [{ "name": "ai", "on": on, "at": 1_725_958_800_000_i64 }]
        })
    };
    let page = |nodes: Value| json!({ "data": [{ "nodes": nodes }] }).to_string();
    let two = page(json!([document("u1", true), document("u2", false)]));
    let records = map().read(two.as_bytes()).unwrap().into_records();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].statement().at(), Some(GIVEN_AT));
    assert!(passes(&records[0]) && is_denial(&records[1]));
    assert_eq!(records[1].subject().as_str(), "u2");
    // A fault names the document, and keeps everybody in the page from passing.
    let mut broken = document("u2", true);
    broken["answers"][0]["at"] = json!("2024-09-10T09:00:00Z");
    let broken = page(json!([document("u1", true), broken]));
    let error = map().read(broken.as_bytes()).unwrap_err().to_string();
    assert!(
        error.starts_with("document 2, answer 1, switch `ai`, time: "),
        "{error}"
    );
    let people = map().subjects(broken.as_bytes()).unwrap();
    assert_eq!(
        people.iter().map(SubjectId::as_str).collect::<Vec<_>>(),
        ["u1", "u2"]
    );
    // Somebody else of the same name, or nobody, is not known.
    let mut twice = document("u1", true);
    twice["identifiers"][0]["name"] = json!("email");
    for page in [
        page(json!([twice])),
        page(json!([{}])),
        page(json!({})),
        "{}".to_owned(),
    ] {
        assert!(map().read(page.as_bytes()).is_err(), "{page}");
    }
    assert_eq!(map().subjects(page(json!([{}])).as_bytes()), None);
    // A no beside the page, and documents that the position leaves out, are not passed over.
    let mut beside: Value = serde_json::from_str(&two).unwrap();
    beside["optedOut"] = json!(["u1"]);
    assert!(map().read(beside.to_string().as_bytes()).is_err());
    let mut left_out: Value = serde_json::from_str(&two).unwrap();
    left_out["data"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "nodes": [document("u1", false)] }));
    let error = map()
        .read(left_out.to_string().as_bytes())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("documents: beside a field"), "{error}");
    // A withdrawal in the same form of times counts.
    let mut withdrawn = document("u1", true);
    withdrawn["answers"][0]["withdrawnAt"] = json!(1_725_958_800_001_i64);
    let error = map().read(page(json!([withdrawn])).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("beside a field"), "{error}");
    let mut before = document("u1", true);
    before["answers"][0]["withdrawnAt"] = json!(1_725_958_799_999_i64);
    assert!(is_grant(
        &map()
            .read(page(json!([before])).as_bytes())
            .unwrap()
            .records()[0]
    ));
}

/// R1, R13 · The API of OneTrust, and the events of Didomi.
#[test]
fn the_shapes_that_systems_return_are_read() {
    let map = PreferenceMap::onetrust_api(name("acme")).switch("AI training", switch());
    let map = map.build().unwrap();
    let page = |status: &str, is_test: bool| {
        json!({ "content": [{
            "id": "p1", "identifier": "u1", "testDataSubject": is_test,
            "lastUpdatedDate": "2024-10-01T00:00:00Z",
            "purposes": [{
                "id": "x", "name": "AI training", "version": 1, "status": status,
                "firstTransactionDate": "2024-09-10T09:00:00Z",
                "lastTransactionDate": "2024-09-20T09:00:00Z", "withdrawalDate": null,
                "consentDate": "2024-09-10T09:00:00Z", "expiryDate": null
            }]
        }], "number": 0, "last": true })
    };
    assert!(passes(&read(&map, &page("ACTIVE", false))));
    assert!(is_non_decision(&read(&map, &page("ACTIVE", true))));
    assert!(is_denial(&read(&map, &page("WITHDRAWN", false))));
    let map = PreferenceMap::didomi(name("acme")).switch("ai", switch());
    let map = map.build().unwrap();
    let event = |status: &str| {
        json!({
            "id": "e1", "created_at": "2024-09-10T09:00:00Z", "updated_at": "2024-09-11T09:00:00Z",
            "user": { "organization_user_id": "u1" }, "status": status,
            "consents": { "purposes": [{ "id": "ai", "enabled": true }], "channels": [] }
        })
    };
    assert!(passes(&read(&map, &event("confirmed"))));
    assert!(is_non_decision(&read(&map, &event("pending_approval"))));
    assert!(is_non_decision(&read(&map, &event("rejected"))));
}

const IN_TOML: &str = r#"
controller = "acme"
subject = "/user/id"
answers = { place = "/settings", name = "key", answer = "value" }
at = ["when"]
at_latest = ["/saved"]
time = "sql"
zone = "+02:00"
confirmed_by = { "/state" = "confirmed" }
test = ["/isTest"]
yes = ["on", true]
no = ["gone"]
neither = ["unset"]
pass_over = ["theme"]

[switches.training]
purposes = ["train-generative"]
data = ["posts"]
data_period = "from-grant"
consent_type = "explicitly-expressed"
method = "opt-in-control"
actor = "subject"
capacity = "of-age"
granular = true
notice = { id = "ai", version = "3", shown_at = "2024-09-10T08:59:00Z", purposes = ["train-generative"], controller = "acme" }
evidence = "log"
given_via = "web"
withdraw_via = ["web"]
valid_until = "2025-09-10T00:00:00Z"
"#;

/// R1 · A map in a file says what a map in Rust says, in TOML and in JSON.
#[test]
fn a_map_is_read_from_a_file() {
    let as_json: Value = toml::from_str(IN_TOML).unwrap();
    let toml = PreferenceMap::from_toml(IN_TOML).unwrap();
    assert_eq!(
        PreferenceMap::from_json(&as_json.to_string()).unwrap(),
        toml
    );
    let document = |answer: Value| {
        json!({
            "user": { "id": "u1" }, "saved": "2024-09-11 11:00:00", "state": "confirmed",
            "settings": [{ "key": "training", "value": answer, "when": "2024-09-10 11:00:00" },
                         { "key": "theme", "value": "dark" }]
        })
    };
    for yes in [json!("on"), json!(true)] {
        let record = read(&toml, &document(yes));
        assert_eq!(record.statement().at(), Some(GIVEN_AT));
        assert!(passes(&record));
    }
    assert!(is_denial(&read(&toml, &document(json!("Gone")))));
    assert!(is_non_decision(&read(&toml, &document(json!("unset")))));
    let unconfirmed = with(document(json!("on")), "state", json!("pending"));
    assert!(is_non_decision(&read(&toml, &unconfirmed)));
    let preset = "preset = \"transcend\"\ncontroller = \"acme\"\npass_over = [\"Analytics\"]\n\
                  [switches.AiTraining]\npurposes = [\"train-generative\"]\n";
    let preset = PreferenceMap::from_toml(preset).unwrap();
    assert!(is_grant(&read(&preset, &transcend_of(&json!(true)))));
}

/// R2 · A file that is not a map is refused, with the line.
#[test]
fn a_file_that_is_no_map_is_refused() {
    for (from, to, expected) in [
        (
            "zone = \"+02:00\"",
            "zone = \"Berlin\"",
            "line 7: expected UTC, or an offset",
        ),
        (
            "time = \"sql\"",
            "time = \"epoch\"",
            "line 6: expected rfc3339, sql, ",
        ),
        (
            "subject = \"/user/id\"",
            "subject = \"user\"",
            "line 2: expected a JSON Pointer",
        ),
        ("\ntest = ", "\ntests = ", "line 9: unknown field `tests`"),
        (
            "\"on\", true",
            "\"on\", false",
            "line 10: expected true, or a text",
        ),
        (
            "\"unset\"",
            "\"opted-out\"",
            "`opted-out` looks like a no, so it can be no neither",
        ),
        ("yes = [\"on\", true]", "yes = []", "the map has no yes"),
        (
            "method = \"opt-in-control\"",
            "method = \"click\"",
            "field `method`: expected one of",
        ),
        (
            "granular = true",
            "at = \"2024-09-10T09:00:00Z\"",
            "field `at`: the export says it",
        ),
        (", answer = \"value\"", "", "`answers.answer`: missing"),
        (
            "controller = \"acme\"\nsubject",
            "subject",
            "missing field `controller`",
        ),
        (
            "subject = \"/user/id\"",
            "",
            "`subject`: missing; a map without a preset says it",
        ),
        ("neither = ", "neither ", "line 12: "),
    ] {
        assert!(IN_TOML.contains(from), "{from}");
        let text = IN_TOML.trim_start().replacen(from, to, 1);
        let error = PreferenceMap::from_toml(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{to}: {error}");
    }
    for text in ["", "\0", "= 1", "preset = \"onetrust\"", "controller = 7"] {
        assert!(PreferenceMap::from_toml(text).is_err(), "{text}");
        assert!(PreferenceMap::from_json(text).is_err(), "{text}");
    }
    let error = PreferenceMap::from_json("{\n\"controller\": \"acme\",\n\"x\": 1}").unwrap_err();
    assert!(
        error.to_string().starts_with("line 3: unknown field `x`"),
        "{error}"
    );
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

/// R15 · A no to a switch is one toward every party that a yes to it would have been to.
#[test]
fn a_no_reaches_the_recipients_of_its_switch() {
    let mut shared = switch();
    shared.recipients = vec![name("acme")];
    let map = PreferenceMap::klaro(name("other"));
    let map = map.switch("ai", shared).build().unwrap();
    let denial = read(&map, &klaro_of(&json!(false)));
    on_file([grant().record(), denial]).contradicts(Rule::STANDING);
}

/// R1, R13 · Ketch, mParticle, iubenda and the API of Transcend, in the field names of their exports.
#[test]
fn further_shapes_that_systems_return_are_read() {
    let of = |map: PreferenceMapBuilder, name: &str| map.switch(name, switch()).build().unwrap();
    let ketch = of(PreferenceMap::ketch(name("acme")), "ai_training");
    let document = |allowed: &str| {
        json!({
            "organizationCode": "acme", "identities": { "email": "u1" }, "collectedAt": 1_725_958_800,
            "purposes": { "ai_training": { "allowed": allowed, "legalBasisCode": "consent_optin" } }
        })
    };
    assert!(passes(&read(&ketch, &document("granted"))));
    assert!(is_denial(&read(&ketch, &document("denied"))));
    let mut beside = document("granted");
    beside["purposes"]["ai_training"]["revokedAt"] = json!(1_725_958_900);
    assert!(refusal(&ketch, &beside).contains("beside a field"));
    beside["purposes"]["ai_training"] = json!("granted");
    assert!(refusal(&ketch, &beside).contains("an object with the answer in a field"));

    let mparticle = of(PreferenceMap::mparticle(name("acme")), "ai");
    let document = |consented: bool| {
        json!({ "mpid": "u1", "consent_state": { "gdpr": { "ai": {
            "consented": consented, "timestamp_unixtime_ms": 1_725_958_800_000_i64,
            "document": "ai.v3", "location": null, "hardware_id": null
        } } } })
    };
    assert!(passes(&read(&mparticle, &document(true))));
    assert!(is_denial(&read(&mparticle, &document(false))));
    let mut untimed = document(true);
    untimed["consent_state"]["gdpr"]["ai"]["timestamp_unixtime_ms"] = Value::Null;
    assert!(refusal(&mparticle, &untimed).contains("time"));

    let iubenda = of(PreferenceMap::iubenda(name("acme")), "ai");
    let document = |answer: Value| {
        json!({
            "id": "c1", "timestamp": "2024-09-10T09:00:00+00:00",
            "subject": { "id": "u1", "email": "a@example.org", "verified": false },
            "preferences": { "ai": answer }, "legal_notices": [{ "identifier": "ai", "version": "3" }],
            "proofs": [], "ip_address": "192.0.2.1"
        })
    };
    assert!(passes(&read(&iubenda, &document(json!(true)))));
    assert!(is_denial(&read(&iubenda, &document(json!("false")))));
    assert!(refusal(&iubenda, &document(json!("true"))).contains("a yes exactly"));

    let transcend = of(PreferenceMap::transcend_api(name("acme")), "AiTraining");
    let document = |people: Value| {
        json!({ "nodes": [{
            "identifiers": people, "partition": "p", "timestamp": "2024-10-01T00:00:00Z",
            "purposes": [{
                "purpose": "AiTraining", "enabled": true, "timestamp": "2024-09-10T09:00:00Z"
            }]
        }] })
    };
    let one = json!([{ "name": "userId", "value": "u1" }]);
    assert!(passes(&read(&transcend, &document(one.clone()))));
    let mut unconfirmed = document(one);
    unconfirmed["nodes"][0]["confirmed"] = json!(false);
    assert!(refusal(&transcend, &unconfirmed).contains("beside a field"));
}

/// R5, R6 · The cookie of Klaro as it is, and a save by the button for everything.
#[test]
fn the_cookie_of_klaro_is_read_as_it_is() {
    let save = |consents: &str, kind: Value| {
        json!({
            "subject": "u1", "at": "2024-09-10T09:00:00Z", "confirmed": true,
            "consents": consents, "type": kind
        })
    };
    assert!(passes(&read(
        &klaro(),
        &save("%7B%22ai%22%3Atrue%7D", json!("save"))
    )));
    assert!(passes(&read(&klaro(), &save("{\"ai\":true}", Value::Null))));
    assert!(is_denial(&read(
        &klaro(),
        &save("%7B%22ai%22%3Afalse%7D", json!("save"))
    )));
    let all = read(&klaro(), &save("%7B%22ai%22%3Atrue%7D", json!("accept")));
    on_file([all]).contradicts(Rule::GRANULAR | Rule::AFFIRMATIVE);
    for broken in [
        "",
        "%7B",
        "%FF",
        "true",
        "%7B%22ai%22%3Atrue%2C%22ai%22%3Afalse%7D",
    ] {
        let error = refusal(&klaro(), &save(broken, json!("save")));
        assert!(error.contains("answers: expected an object"), "{error}");
    }
    assert!(
        refusal(&klaro(), &save("%7B%22ai%22%3Atrue%7D", json!("decline"))).contains("answer 1")
    );
}

/// R1 · The presets have names, and so has the button for everything.
#[test]
fn a_file_names_each_preset() {
    for preset in [
        "didomi",
        "iubenda",
        "ketch",
        "klaro",
        "mparticle",
        "onetrust",
        "onetrust-api",
        "transcend",
        "transcend-api",
    ] {
        let text = format!(
            "preset = \"{preset}\"\ncontroller = \"acme\"\n\
             accept_all = {{ \"/kind\" = \"all\" }}\n[switches.ai]"
        );
        assert!(PreferenceMap::from_toml(&text).is_ok(), "{preset}");
    }
    let broken = "preset = \"klaro\"\ncontroller = \"acme\"\naccept_all = { \"kind\" = \"all\" }";
    let error = PreferenceMap::from_toml(broken).unwrap_err().to_string();
    assert!(error.contains("`accept_all`"), "{error}");
    let nested = PreferenceMap::from_toml(
        "controller = \"acme\"\nsubject = \"/u\"\nat = [\"/t\"]\nyes = [true]\n\
         answers = { place = \"/p\", answer = \"on\" }\n[switches.ai]\npurposes = [\"train-generative\"]",
    );
    let document = r#"{"u":"u1","t":"2024-09-10T09:00:00Z","p":{"ai":{"on":true}}}"#;
    assert!(is_grant(
        &nested.unwrap().read(document.as_bytes()).unwrap().records()[0]
    ));
}
