//! Kantara consent receipts and the preference history of fides.
//!
//! The samples are our own, in the field names of the Kantara Consent Receipt Specification 1.1.0, of
//! which one is its example, and of the preference history of fides.

use consent_gate::interchange::{
    Documents, Fides, Gaps, Kantara, KantaraError, ReceiptStatus, read_consents,
};
use consent_gate::json::OnUnreadable;
use consent_gate::{
    Actor, ConsentRecord, ConsentType, DenialStatus, Granularity, Ledger, Method, Purposes,
    Rules as Rule, Statement,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::macros::utc_datetime;

use crate::world::{
    GIVEN_AT, WITHDRAWN_AT, denies, gate, gate_of, grant, name, on_file, post, post_by,
};

fn receipt() -> Value {
    json!({
        "version": "KI-CR-v1.1.0",
        "jurisdiction": "DE",
        "consentTimestamp": 1_725_958_800,
        "collectionMethod": "Web form",
        "consentReceiptID": "c1",
        "publicKey": "",
        "language": "en",
        "piiPrincipalId": "u1",
        "piiControllers": [{ "piiController": "acme", "onBehalf": false, "contact": "desk" }],
        "policyUrl": "https://acme.example/policy",
        "services": [{
            "service": "chat",
            "purposes": [{
                "purpose": "train_ai_system",
                "purposeCategory": ["1 - Core Function"],
                "consentType": "EXPLICIT",
                "piiCategory": ["1 - Biographical"],
                "primaryPurpose": false,
                "termination": "https://acme.example/settings",
                "thirdPartyDisclosure": true,
                "thirdPartyName": "partner"
            }]
        }],
        "sensitive": false
    })
}

fn entry() -> Value {
    json!({
        "id": "pri_1",
        "external_id": "u1",
        "fides_user_device_id": "d1",
        "preference": "opt_in",
        "method": "save",
        "request_origin": "privacy_center",
        "request_timestamp": "2024-09-10T09:00:00Z",
        "privacy_notice_history": {
            "id": "pnh_1",
            "version": 1.0,
            "consent_mechanism": "opt_in",
            "data_uses": ["train_ai_system"]
        }
    })
}

fn with(mut value: Value, pointer: &str, to: Value) -> Value {
    *value.pointer_mut(pointer).unwrap() = to;
    value
}

fn without(mut value: Value, key: &str) -> Value {
    value.as_object_mut().unwrap().remove(key).unwrap();
    value
}

fn fides() -> Fides {
    Fides::new(name("acme"))
}

#[track_caller]
fn read_by<F: Documents>(format: &F, document: &Value) -> Vec<ConsentRecord> {
    let read = format.read(document.to_string().as_bytes());
    read.unwrap_or_else(|error| panic!("{error}"))
        .into_records()
}

#[track_caller]
fn entry_read(document: &Value) -> ConsentRecord {
    read_by(&fides(), document).remove(0)
}

fn refusal<F: Documents>(format: &F, document: &Value) -> String {
    format
        .read(document.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

fn is_grant(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Grant { .. })
}

fn passes(records: Vec<ConsentRecord>) -> bool {
    let ledger: Ledger = records.into_iter().collect();
    gate()
        .build()
        .unwrap()
        .with(&ledger)
        .decide(&post())
        .is_permit()
}

/// R1 · Kantara 1.1.0: a receipt says that consent was given once, and not that it is still in force.
#[test]
fn a_receipt_alone_grants_nothing() {
    let records = read_by(&Kantara::new(), &receipt());
    assert!(matches!(
        records[0].statement(),
        Statement::NonDecision { .. }
    ));
    assert_eq!(Gaps::of(&records[0]).rules(), Rule::ON_RECORD);
    assert!(!passes(records));
}

/// R6, R8 · Kantara 1.1.0: with a status it is a grant, and what it has no field for stays open.
#[test]
fn a_receipt_that_stands_proves_what_it_says_and_no_more() {
    let records = read_by(&Kantara::with_status(ReceiptStatus::Stands), &receipt());
    let [record] = records.as_slice() else {
        panic!("{records:?}")
    };
    let details = record.details();
    assert_eq!(record.id().as_str(), "c1#1/1");
    assert_eq!(record.statement().at(), Some(GIVEN_AT));
    assert_eq!(details.purposes, Purposes::AI_TRAINING);
    assert_eq!(details.consent_type, Some(ConsentType::ExplicitlyExpressed));
    assert_eq!(details.recipients, [name("partner")]);
    let open = Rule::GRANULAR
        | Rule::AFFIRMATIVE
        | Rule::PERSONAL
        | Rule::INFORMED
        | Rule::EVIDENCED
        | Rule::WITHDRAWABLE
        | Rule::CAPACITY
        | Rule::CURRENT
        | Rule::CATEGORY;
    assert_eq!(Gaps::of(record).rules(), open);
    assert!(!passes(records));
}

/// R15 · A receipt that ended is a no to every purpose, toward every controller that it names.
#[test]
fn a_receipt_that_ended_denies() {
    let status = DenialStatus::Withdrawn;
    let ended = Kantara::with_status(ReceiptStatus::Ended {
        status,
        at: Some(WITHDRAWN_AT),
    });
    let denial = read_by(&ended, &receipt()).remove(0);
    assert_eq!(denial.details().purposes, Purposes::empty());
    on_file([grant().record(), denial]).contradicts(Rule::STANDING);
    let nobody = read_by(&ended, &without(receipt(), "piiControllers")).remove(0);
    assert_eq!(nobody.statement().controller(), None);
    let two = json!([{ "piiController": "other" }, { "piiController": "acme" }]);
    let two = with(receipt(), "/piiControllers", two);
    let denial = read_by(&ended, &two).remove(0);
    on_file([grant().record(), denial]).contradicts(Rule::STANDING);
}

/// R2 · In quarantine the person of a receipt that cannot be read does not pass.
#[test]
fn in_quarantine_the_person_of_an_unreadable_receipt_does_not_pass() {
    let stands = Kantara::with_status(ReceiptStatus::Stands);
    let broken = with(receipt(), "/consentTimestamp", json!("2024-09-10"));
    let quarantine = OnUnreadable::Quarantine {
        unattributed_at_most: 0,
    };
    let ledger = read_consents(&stands, broken.to_string().as_bytes(), quarantine).unwrap();
    assert!(ledger.is_unreadable("u1"));
    let numbered = with(broken, "/piiPrincipalId", json!(u64::MAX));
    let ledger = read_consents(&stands, numbered.to_string().as_bytes(), quarantine).unwrap();
    assert!(ledger.is_unreadable("18446744073709551615"));
}

/// R9 · The policy of a receipt is the id of its notice, and nothing else of the notice is known.
#[test]
fn a_receipt_names_its_policy() {
    let stands = Kantara::with_status(ReceiptStatus::Stands);
    let notice = read_by(&stands, &receipt())
        .remove(0)
        .details()
        .notice
        .clone();
    let notice = notice.unwrap();
    assert_eq!(notice.id.unwrap().as_str(), "https://acme.example/policy");
    assert_eq!((notice.version, notice.shown_at), (None, None));
}

/// R2 · A key that is repeated in an item of a list is repeated all the same: the no may be either.
#[test]
fn a_repeated_key_anywhere_makes_a_document_unreadable() {
    let page = json!({ "items": [entry()] }).to_string();
    let both = page.replacen(
        r#""preference""#,
        r#""preference":"opt_out","preference""#,
        1,
    );
    let error = fides().read(both.as_bytes()).unwrap_err().to_string();
    assert!(error.ends_with("a key is repeated"), "{error}");
    let notice = entry().to_string();
    let both = notice.replacen(
        r#""data_uses""#,
        r#""data_uses":[{"x":1,"x":2}],"data_uses""#,
        1,
    );
    assert!(fides().read(both.as_bytes()).is_err());
}

/// R4, R5 · Kantara 1.1.0, Appendix B: the example receipt, typed anew with what the reader looks
/// at. It is for a subscription, for personalising and for marketing, all under one decision.
#[test]
fn the_example_of_the_specification_is_for_no_training() {
    let purpose = |purpose: &str, category: &str, is_primary: bool, disclosed: bool| {
        json!({
            "purpose": purpose,
            "purposeCategory": [category],
            "consentType": "EXPLICIT",
            "piiCategory": ["2 - Contact"],
            "primaryPurpose": is_primary,
            "termination": "Subscription end date + 1 year",
            "thirdPartyDisclosure": disclosed
        })
    };
    let document = json!({
        "version": "KI-CR-v1.1.0",
        "jurisdiction": "DW",
        "consentTimestamp": 1_510_592_400,
        "collectionMethod": "Web Subscription Form with opt-in for marketing",
        "consentReceiptID": "c1befd3e-b7e5-4ea6-8688-e9a565aade21",
        "publicKey": "04:a3:1d:40",
        "language": "en",
        "piiPrincipalId": "Bowden Jeffries",
        "piiControllers": [{
            "piiController": "Ankh-Morpork Times",
            "contact": "William De Worde",
            "address": { "streetAddress": "Gleam Street", "addressCountry": "DW" },
            "email": "william@times.example",
            "phone": "(555) 555-DISC (3429)"
        }],
        "policyUrl": "https://times.example/privacy_2017",
        "services": [{
            "service": "Digital Subscription and News Alerts",
            "purposes": [
                purpose("To provide contracted services", "2 - Contracted Service", true, false),
                purpose("To personalize service experience", "5 - Personalize Experience", false, false),
                purpose("To market services", "6 - Marketing", false, false)
            ]
        }],
        "sensitive": false,
        "spiCat": []
    });
    let records = read_by(&Kantara::with_status(ReceiptStatus::Stands), &document);
    assert_eq!(records.len(), 3);
    let at = utc_datetime!(2017-11-13 17:00);
    let ledger: Ledger = records.into_iter().collect();
    let trainer = gate_of("Ankh-Morpork Times", Purposes::TRAIN_GENERATIVE, at);
    let trainer = trainer.build().unwrap();
    let decision = trainer.with(&ledger).decide(&post_by("Bowden Jeffries"));
    let unproven = Rule::PURPOSE
        | Rule::AFFIRMATIVE
        | Rule::PERSONAL
        | Rule::INFORMED
        | Rule::EVIDENCED
        | Rule::WITHDRAWABLE
        | Rule::CAPACITY
        | Rule::CURRENT
        | Rule::CATEGORY;
    denies(&decision, unproven, Rule::GRANULAR);
}

/// R5 · Rec. 32: one receipt for several purposes was one decision.
#[test]
fn several_purposes_on_one_receipt_are_not_granular() {
    let mut two = receipt();
    let purposes = two["services"][0]["purposes"].as_array_mut().unwrap();
    purposes.push(json!({ "purpose": "newsletter", "consentType": "IMPLICIT" }));
    let records = read_by(&Kantara::with_status(ReceiptStatus::Stands), &two);
    assert_eq!(records.len(), 2);
    assert!(
        records
            .iter()
            .all(|record| record.details().granular == Some(Granularity::Bundled))
    );
    assert_eq!(records[1].details().purposes, Purposes::empty());
    assert_eq!(
        records[1].details().consent_type,
        Some(ConsentType::Implied)
    );
}

/// R2 · The required fields of a receipt must have their exact form.
#[test]
fn a_receipt_that_is_not_understood_is_refused() {
    let stands = Kantara::with_status(ReceiptStatus::Stands);
    for (document, place) in [
        (
            with(receipt(), "/version", json!("KI-CR-v1.0.0")),
            "version: ",
        ),
        (json!([]), "version: "),
        (
            with(
                receipt(),
                "/consentTimestamp",
                json!("2024-09-10T09:00:00Z"),
            ),
            "consentTimestamp: ",
        ),
        (
            with(receipt(), "/consentTimestamp", json!(1_725_958_800_000_i64)),
            "consentTimestamp: ",
        ),
        (
            with(receipt(), "/piiPrincipalId", json!(" ")),
            "piiPrincipalId: ",
        ),
        (
            with(receipt(), "/piiControllers", json!([{}])),
            "piiControllers: ",
        ),
        (with(receipt(), "/services", json!([])), "services: "),
        (
            with(
                receipt(),
                "/services/0/purposes/0/consentType",
                json!("explicit"),
            ),
            "purpose 1/1, consentType: ",
        ),
    ] {
        let error = refusal(&stands, &document);
        assert!(error.starts_with(place), "{error}");
    }
    let twice = receipt()
        .to_string()
        .replacen('{', "{\"version\":\"KI-CR-v1.1.0\",", 1);
    assert!(matches!(
        stands.read(twice.as_bytes()),
        Err(KantaraError::Malformed(_))
    ));
}

/// R6 · Planet49: a switch that is on by default proves no act by staying on.
#[test]
fn an_opt_out_that_nobody_touched_is_a_default_setting() {
    let opt_out = with(
        entry(),
        "/privacy_notice_history/consent_mechanism",
        json!("opt_out"),
    );
    let untouched = entry_read(&without(opt_out.clone(), "method"));
    assert_eq!(untouched.details().method, Some(Method::DefaultSetting));
    assert_eq!(
        entry_read(&opt_out).details().method,
        Some(Method::PreTicked)
    );
    assert!(!passes(vec![untouched]));
}

/// R6 · What a method of fides proves where the switch was off before.
#[test]
fn the_method_of_an_opt_in_is_what_the_person_did() {
    for (method, expected, granular) in [
        (
            "save",
            Some(Method::OptInControl),
            Some(Granularity::Separate),
        ),
        (
            "individual_notice",
            Some(Method::OptInControl),
            Some(Granularity::Separate),
        ),
        (
            "accept",
            Some(Method::AcceptAll),
            Some(Granularity::Bundled),
        ),
        ("dismiss", Some(Method::Dismissed), None),
        ("gpc", Some(Method::Signal), None),
        ("script", Some(Method::Script), None),
        ("ot_migration", Some(Method::Import), None),
        ("button", None, None),
    ] {
        let record = entry_read(&with(entry(), "/method", json!(method)));
        assert_eq!(record.details().method, expected, "{method}");
        assert_eq!(record.details().granular, granular, "{method}");
    }
    let silent = entry_read(&without(entry(), "method"));
    assert_eq!(silent.details().method, None);
    let unknown = entry_read(&without(entry(), "privacy_notice_history"));
    assert_eq!(unknown.details().method, None);
}

/// R7 · Nothing in fides says that a consent was explicit: no entry passes.
#[test]
fn an_entry_of_fides_leaves_open_how_explicit_it_was() {
    let record = entry_read(&entry());
    assert_eq!(record.details().actor, Some(Actor::Subject));
    assert_eq!(record.details().purposes, Purposes::AI_TRAINING);
    let notice = record.details().notice.as_ref().unwrap();
    assert_eq!(
        (notice.id.as_ref().unwrap().as_str(), notice.purposes),
        ("pnh_1", Purposes::AI_TRAINING)
    );
    let gaps = Gaps::of(&record);
    let open = Rule::EXPLICIT | Rule::CAPACITY | Rule::CURRENT | Rule::INFORMED | Rule::CATEGORY;
    assert!(gaps.rules().contains(open), "{gaps}");
    assert!(!passes(vec![record]));
}

/// R15 · An opt-out is a no, whatever else is missing; a data use that is not known widens it.
#[test]
fn an_opt_out_is_a_denial() {
    let no = with(entry(), "/preference", json!("opt_out"));
    assert_eq!(entry_read(&no).details().purposes, Purposes::AI_TRAINING);
    let other = with(
        no.clone(),
        "/privacy_notice_history/data_uses/0",
        json!("essential"),
    );
    assert_eq!(entry_read(&other).details().purposes, Purposes::empty());
    let broken = with(
        with(no, "/method", json!(7)),
        "/request_timestamp",
        json!("yesterday"),
    );
    let record = entry_read(&with(broken, "/privacy_notice_history", json!("none")));
    assert!(matches!(
        record.statement(),
        Statement::Denial { at: None, .. }
    ));
    on_file([grant().record(), record]).contradicts(Rule::STANDING);
}

/// R15 · fides: a refusal of a data use in the list of fideslang is about that use; of one under which
/// training is commonly claimed, or that is not in the list, about everything.
#[test]
fn a_refusal_of_a_data_use_is_about_that_use() {
    let refused = |uses: Value| {
        let no = with(entry(), "/preference", json!("opt_out"));
        entry_read(&with(no, "/privacy_notice_history/data_uses", uses))
    };
    let running = Purposes::ANALYTICS
        | Purposes::PERSONALISATION
        | Purposes::ADVERTISING
        | Purposes::SERVICE_PROVISION
        | Purposes::SERVICE_IMPROVEMENT
        | Purposes::SECURITY;
    for (used, purposes) in [
        ("marketing", Purposes::ADVERTISING),
        (
            "marketing.advertising.first_party.targeted",
            Purposes::ADVERTISING,
        ),
        (
            "analytics.reporting.system.performance",
            Purposes::ANALYTICS,
        ),
        ("personalize.content.profiling", Purposes::PERSONALISATION),
        ("essential.fraud_detection", Purposes::SECURITY),
        ("functional.storage", Purposes::SERVICE_PROVISION),
        ("sales", running),
        ("third_party_sharing.legal_obligation", running),
        ("train_ai_system", Purposes::AI_TRAINING),
    ] {
        let record = refused(json!([used]));
        assert_eq!(record.details().purposes, purposes, "{used}");
        let case = on_file([grant().record(), record]);
        if used == "train_ai_system" {
            case.contradicts(Rule::STANDING);
        } else {
            case.permits();
        }
    }
    for uses in [
        json!(["functional"]),
        json!(["functional.service.improve"]),
        json!(["essential.service.operations.improve"]),
        json!(["collect"]),
        json!(["operations"]),
        json!(["third_party_sharing"]),
        json!(["marketing", "Marketing"]),
        json!(["marketing", 7]),
        json!(["improve"]),
        json!([]),
        json!(null),
    ] {
        let record = refused(uses.clone());
        assert_eq!(record.details().purposes, Purposes::empty(), "{uses}");
        on_file([grant().record(), record]).contradicts(Rule::STANDING);
    }
}

/// R15 · fides: a no in another form is one as well.
#[test]
fn any_preference_that_looks_like_a_no_denies() {
    for preference in [
        json!("opt-out"),
        json!("OPT_OUT"),
        json!("rejected"),
        json!("withdrawn"),
        json!(false),
        json!("no"),
    ] {
        let record = entry_read(&with(entry(), "/preference", preference));
        assert!(matches!(record.statement(), Statement::Denial { .. }));
    }
}

/// R13 · fides: a yes is dated by its own time, and by nothing else; a no by the latest.
#[test]
fn a_yes_of_fides_is_dated_by_its_own_time() {
    let mut late = entry();
    late["received_at"] = json!("2024-10-20T00:00:00Z");
    late["created_at"] = json!("2024-10-21T00:00:00Z");
    assert_eq!(entry_read(&late).statement().at(), Some(GIVEN_AT));
    let no = with(late.clone(), "/preference", json!("opt_out"));
    let latest = Some(utc_datetime!(2024-10-21 0:00));
    assert_eq!(entry_read(&no).statement().at(), latest);
    let only_late = entry_read(&without(late, "request_timestamp"));
    assert!(matches!(
        only_late.statement(),
        Statement::NonDecision { .. }
    ));
}

/// R1 · fides: a yes whose privacy request waits, was refused, or is about something else.
#[test]
fn a_yes_stands_only_with_its_privacy_request() {
    let of = |key: &str, value: &str| {
        let mut entry = entry();
        entry[key] = json!(value);
        entry
    };
    for status in ["approved", "complete", "in_processing"] {
        assert!(is_grant(&entry_read(&of("request_status", status))));
    }
    for status in ["pending", "identity_unverified", "error", "paused"] {
        let record = entry_read(&of("request_status", status));
        assert!(matches!(record.statement(), Statement::NonDecision { .. }));
    }
    for status in ["denied", "canceled", "Complete"] {
        let error = refusal(&fides(), &of("request_status", status));
        assert!(error.starts_with("request_status: expected"), "{error}");
    }
    let error = refusal(&fides(), &of("request_type", "erasure"));
    assert_eq!(error, "request_type: expected consent");
}

/// R2 · A field that a format does not have may limit a yes; it does not lose a no. The error shows a
/// key only when it is a known one in another spelling.
#[test]
fn a_yes_with_a_field_that_the_format_does_not_have_is_refused() {
    let extended = |document: &Value, pointer: &str, key: &str, value: &Value| {
        let mut document = document.clone();
        document.pointer_mut(pointer).unwrap()[key] = value.clone();
        document
    };
    for (pointer, key, shown) in [
        ("", "alice_smith", "`…` (its name is not shown)"),
        ("", "Method", "`Method` (did you mean `method`?)"),
        (
            "/privacy_notice_history",
            "withdrawn_at",
            "`privacy_notice_history.…` (its name is not shown)",
        ),
    ] {
        let document = extended(&entry(), pointer, key, &json!("x"));
        let error = refusal(&fides(), &document);
        let expected =
            format!("field {shown}: not a field of the format, so it may limit the consent");
        assert_eq!(error, expected);
        let no = with(document, "/preference", json!("opt_out"));
        assert!(matches!(
            entry_read(&no).statement(),
            Statement::Denial { .. }
        ));
        for empty in [json!(null), json!([]), json!({})] {
            let document = extended(&entry(), pointer, key, &empty);
            assert!(is_grant(&entry_read(&document)));
        }
    }
    let stands = Kantara::with_status(ReceiptStatus::Stands);
    for pointer in [
        "",
        "/piiControllers/0",
        "/services/0",
        "/services/0/purposes/0",
    ] {
        let document = extended(&receipt(), pointer, "withdrawn", &json!(true));
        let error = refusal(&stands, &document);
        assert!(error.ends_with("so it may limit the consent"), "{error}");
    }
}

/// R3 · Kantara 1.1.0: a controller that acts on behalf of another one is not the one who was given
/// the consent.
#[test]
fn a_controller_on_behalf_of_another_has_no_grant() {
    let stands = Kantara::with_status(ReceiptStatus::Stands);
    for on_behalf in [json!(true), json!("true"), json!(1)] {
        let document = with(receipt(), "/piiControllers/0/onBehalf", on_behalf);
        let expected = "piiControllers, onBehalf: expected false";
        assert_eq!(refusal(&stands, &document), expected);
    }
}

/// R1 · To acknowledge is not to agree.
#[test]
fn an_acknowledgement_neither_grants_nor_denies() {
    for preference in ["acknowledge", "tcf"] {
        let record = entry_read(&with(entry(), "/preference", json!(preference)));
        assert!(matches!(record.statement(), Statement::NonDecision { .. }));
    }
}

/// R2 · In a yes, nothing is ignored.
#[test]
fn an_entry_that_is_not_understood_is_refused() {
    for (document, place) in [
        (
            with(entry(), "/preference", json!("opt-in")),
            "preference: ",
        ),
        (with(entry(), "/preference", json!(true)), "preference: "),
        (with(entry(), "/method", json!("reject")), "method: "),
        (with(entry(), "/method", json!("nod")), "method: "),
        (
            with(entry(), "/request_timestamp", json!("2024-09-10T09:00:00")),
            "request_timestamp: ",
        ),
        (
            with(
                entry(),
                "/privacy_notice_history/consent_mechanism",
                json!("opted"),
            ),
            "privacy_notice_history, consent_mechanism: ",
        ),
        (without(entry(), "external_id"), "field `external_id`: "),
        (without(entry(), "id"), "id: "),
    ] {
        let error = refusal(&fides(), &document);
        assert!(error.starts_with(place), "{error}");
    }
    let device = fides().subject_field("fides_user_device_id");
    assert_eq!(read_by(&device, &entry())[0].subject().as_str(), "d1");
}

/// R2 · Both ways of the reader of JSON Lines: stop, or keep the person from passing.
#[test]
fn in_quarantine_the_person_of_an_unreadable_entry_does_not_pass() {
    let file = format!(
        "{}\n{}\n{{\n",
        entry(),
        with(
            with(entry(), "/external_id", json!("u2")),
            "/method",
            json!("nod")
        )
    );
    let error = read_consents(&fides(), file.as_bytes(), OnUnreadable::Stop)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("line 2, column ") && error.contains(": method: expected"),
        "{error}"
    );
    let quarantine = |unattributed_at_most| OnUnreadable::Quarantine {
        unattributed_at_most,
    };
    assert!(read_consents(&fides(), file.as_bytes(), quarantine(0)).is_err());
    let ledger = read_consents(&fides(), file.as_bytes(), quarantine(1)).unwrap();
    assert!(ledger.is_unreadable("u2") && !ledger.is_unreadable("u1"));
    assert_eq!((ledger.len(), ledger.unattributed()), (1, 1));
}

/// R2 · A page of entries is read whole or not at all, and in quarantine everybody in it is kept from
/// passing.
#[test]
fn a_page_of_fides_is_read_whole() {
    let other = with(
        with(entry(), "/external_id", json!("u2")),
        "/id",
        json!("pri_2"),
    );
    let page = json!({ "items": [entry(), other], "total": 2, "page": 1, "size": 50, "pages": 1 });
    let records = read_by(&fides(), &page);
    assert!(records.len() == 2 && records.iter().all(is_grant));
    let people = |page: &str| {
        let people = fides().subjects(page.as_bytes())?;
        Some(
            people
                .iter()
                .map(|id| id.as_str().to_owned())
                .collect::<Vec<_>>(),
        )
    };
    for (key, value) in [
        ("preference", json!("opt_out")),
        ("withdrawn", json!(["u1"])),
    ] {
        let mut page = page.clone();
        page[key] = value;
        assert!(refusal(&fides(), &page).ends_with("so it may limit the consent"));
    }
    let broken = with(page.clone(), "/items/1/method", json!("nod"));
    assert!(refusal(&fides(), &broken).starts_with("item 2, method: "));
    assert_eq!(people(&broken.to_string()).unwrap().len(), 2);
    let twice = page
        .to_string()
        .replacen("\"items\"", "\"items\":[],\"items\"", 1);
    assert!(fides().read(twice.as_bytes()).is_err());
    assert_eq!(people(&twice), None);
    for page in [
        json!({ "items": 7 }),
        json!({ "items": [7] }),
        json!({ "items": { "0": entry() } }),
    ] {
        assert!(fides().read(page.to_string().as_bytes()).is_err(), "{page}");
        assert_eq!(people(&page.to_string()), None);
    }
}

/// R4, R15 · Entries may name the version of their notice, and have it in another file.
#[test]
fn notices_of_fides_may_be_in_a_file_of_their_own() {
    let version = entry()["privacy_notice_history"].clone();
    let mut named = without(entry(), "privacy_notice_history");
    named["privacy_notice_history_id"] = json!("pnh_1");
    let alone = entry_read(&named);
    assert!(!passes(vec![alone.clone()]) && alone.details().purposes.is_empty());
    for notices in [json!([version]), json!({ "items": [version], "total": 1 })] {
        let reader = fides().notices(notices.to_string().as_bytes()).unwrap();
        assert_eq!(read_by(&reader, &named), [entry_read(&entry())]);
        // The version in the entry counts before.
        let marketing = json!(["marketing.advertising"]);
        let own = with(entry(), "/privacy_notice_history/data_uses", marketing);
        assert_eq!(read_by(&reader, &own), [entry_read(&own)]);
        // A refusal is then about the uses of the notice alone, and one of another notice about all.
        let refused = with(named.clone(), "/preference", json!("opt_out"));
        assert_eq!(
            read_by(&reader, &refused)[0].details().purposes,
            Purposes::AI_TRAINING
        );
        let unknown = with(refused, "/privacy_notice_history_id", json!("pnh_2"));
        assert_eq!(
            read_by(&reader, &unknown)[0].details().purposes,
            Purposes::empty()
        );
    }
    let mut limited = version.clone();
    limited["only_for"] = json!("x");
    let reader = fides()
        .notices(json!([limited]).to_string().as_bytes())
        .unwrap();
    assert!(refusal(&reader, &named).contains("not a field of the format"));
    for (notices, place) in [
        (json!({ "id": "pnh_1" }), "notices: expected a list"),
        (json!([{ "version": 1 }]), "notice 1, id: expected a text"),
        (json!([version, version]), "notice 2, id: expected one that"),
    ] {
        let error = fides().notices(notices.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(place), "{error}");
    }
}

/// R2 · Hostile bytes are refused by every format.
#[test]
fn hostile_bytes_are_refused_by_both() {
    let deep = "{\"a\":".repeat(100_000);
    for bytes in [
        &b""[..],
        b"\0",
        b"\xff",
        b"[]",
        b"{}",
        b"null",
        deep.as_bytes(),
    ] {
        assert!(
            Kantara::with_status(ReceiptStatus::Stands)
                .read(bytes)
                .is_err()
        );
        assert!(fides().read(bytes).is_err());
    }
}

proptest! {
    /// R15 · A byte that changed never turns a no into a yes.
    #[test]
    fn a_broken_no_of_fides_is_no_yes(at: prop::sample::Index, byte: u8) {
        let mut bytes = with(entry(), "/preference", json!("opt_out")).to_string().into_bytes();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Ok(imported) = fides().read(&bytes) {
            prop_assert!(!imported.records().iter().any(is_grant));
        }
    }
}
