//! ISO/IEC TS 27560 consent records, as DPV JSON-LD and as the standard's own JSON.
//!
//! The samples are our own, in the terms of the guide "Consent Records and Receipts as per ISO/IEC TS
//! 27560:2023 using DPV" of the W3C DPVCG, of which one is the example of a record, and in the field
//! names of the standard, whose text is not public.

use consent_gate::interchange::dpv::{self, DpvError};
use consent_gate::interchange::{Gaps, Imported, Malformed};
use consent_gate::{
    Actor, ConsentRecord, ConsentType, DenialStatus, Granularity, Ledger, Method, Purposes,
    Rules as Rule, Statement,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::strategies::{a_grant, a_record};
use crate::world::{
    AS_OF, GIVEN_AT, NOTHING, denies, gate, gate_of, grant, name, on_file, post, post_by,
    withdrawal,
};

/// One process for training, and these events.
fn document(events: Value) -> Value {
    let record = json!({
        "@id": "r1",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
        "dpv:hasDataSubject": { "@id": "u1", "skos:broader": "dpv:Consumer" },
        "dpv:hasDataController": "acme",
        "dpv:hasProcess": { "@type": "dpv:Process", "dpv:hasPurpose": "ai:ModelTraining" }
    });
    with(record, "dpv:hasConsentStatus", events)
}

fn given() -> Value {
    json!({
        "@type": ["dpv:ConsentGiven", "dpv:ExplicitlyExpressedConsent"],
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:hasIndicationMethod": "Agree button in dialogue",
        "dpv:isIndicatedAtTime": "2024-09-10T09:00:00Z"
    })
}

fn with(mut value: Value, key: &str, to: Value) -> Value {
    value.as_object_mut().unwrap().insert(key.to_owned(), to);
    value
}

fn import(document: &Value) -> Result<Imported, DpvError> {
    dpv::read(document.to_string().as_bytes())
}

#[track_caller]
fn read(document: &Value) -> Vec<ConsentRecord> {
    import(document)
        .unwrap_or_else(|error| panic!("{error}"))
        .into_records()
}

#[track_caller]
fn read_one(document: &Value) -> ConsentRecord {
    let records = read(document);
    let [one] = records.as_slice() else {
        panic!("{records:?}")
    };
    one.clone()
}

#[track_caller]
fn refused(document: &Value) -> String {
    import(document).unwrap_err().to_string()
}

fn is_denial(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Denial { .. })
}

fn ends(duration: Value) -> Option<UtcDateTime> {
    read_one(&document(with(given(), "dpv:hasDuration", duration)))
        .details()
        .valid_until
}

/// The example of a record in the guide, in its own minimal form, with an event of this time.
fn example(at: &str) -> String {
    format!(
        r#"{{
            "@id": "https://example.com/a6f58318",
            "@type": "dpv:ConsentRecord",
            "dct:identifier": "a6f58318",
            "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
            "dpv:hasDataSubject": {{ "@id": "0760c9ba", "@type": "dpv:Consumer" }},
            "dpv:hasDataController": "ex:Acme",
            "dpv:hasDataProcessor": "ex:Beta",
            "dpv:hasJurisdiction": ["loc:IE"],
            "dpv:hasApplicableLaw": "eu-gdpr:GDPR",
            "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
            "dpv:hasProcess": {{
                "@type": "dpv:Process",
                "dpv:hasService": "Register for Event X",
                "dpv:hasRecipient": ["ex:Acme", "ex:Beta"],
                "dpv:hasPurpose": "dpv:PaymentManagement",
                "dpv:hasPersonalData": "pd:EmailAddress"
            }},
            "dpv:hasConsentStatus": {{
                "@type": "dpv:ConsentGiven",
                "dpv:isIndicatedAtTime": "{at}",
                "dpv:isIndicatedBy": "dpv:DataSubject"
            }}
        }}"#
    )
}

/// R2, R4 · "Consent Records and Receipts as per ISO/IEC TS 27560:2023 using DPV", W3C DPVCG,
/// 2024-08-01: its record is for payment, and so for no training.
#[test]
fn the_example_of_the_guide_is_for_payment_alone() {
    let record = dpv::read(example("2024-09-10T09:00:00Z").as_bytes());
    let record = record.unwrap().into_records().remove(0);
    assert_eq!(record.id().as_str(), "https://example.com/a6f58318#1");
    let ledger: Ledger = [record].into_iter().collect();
    let trainer = gate_of("ex:Acme", Purposes::TRAIN_GENERATIVE, AS_OF);
    let trainer = trainer.build().unwrap();
    let decision = trainer
        .with(&ledger)
        .decide(&post_by("0760c9ba"))
        .into_owned();
    let unproven = Rule::PURPOSE
        | Rule::GRANULAR
        | Rule::AFFIRMATIVE
        | Rule::EXPLICIT
        | Rule::INFORMED
        | Rule::EVIDENCED
        | Rule::WITHDRAWABLE
        | Rule::CAPACITY
        | Rule::CURRENT
        | Rule::CATEGORY;
    denies(&decision, unproven, NOTHING);
}

/// R2 · The same guide: examples in it have a time that is a date, lack a comma or have one too
/// many, and repeat a key. Each is refused, with its position.
#[test]
fn the_examples_of_the_guide_are_no_records_as_they_stand() {
    let refusal = |document: &str| dpv::read(document.as_bytes()).unwrap_err().to_string();
    let whole = example("2024-09-10T09:00:00Z");
    let law = r#""dpv:hasApplicableLaw": "eu-gdpr:GDPR","#;
    let notice = r#""dpv:hasNotice": "one", "dpv:hasNotice": "two","#;
    let refusals = [
        refusal(&example("2024-09-10")),
        refusal(&whole.replace(law, &law.replace(',', ""))),
        refusal(&whole.replace(r#"DataSubject""#, r#"DataSubject","#)),
        refusal(&whole.replace(law, &[law, notice].concat())),
    ];
    let expected = [
        "record, event 1, time: expected an RFC 3339 time with a zone",
        "line 11, column 13: expected JSON: it is invalid, or nested too deeply",
        "line 6, column 33: expected JSON: it is invalid, or nested too deeply",
        "document: a key is repeated",
    ];
    assert_eq!(refusals, expected);
}

/// R6, R15 · Each event of a record is a statement: given in the app, then withdrawn.
#[test]
fn the_events_of_a_record_become_a_statement_each() {
    let withdrawn = json!({
        "@type": "dpv:ConsentWithdrawn",
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:isIndicatedAtTime": "2024-10-15T09:00:00Z"
    });
    let records = read(&document(json!([given(), withdrawn])));
    let ids: Vec<&str> = records.iter().map(|record| record.id().as_str()).collect();
    assert_eq!(ids, ["r1#1", "r1#2"]);
    assert_eq!(records[0].details().purposes, Purposes::AI_TRAINING);
    assert_eq!(
        records[0].details().consent_type,
        Some(ConsentType::ExplicitlyExpressed)
    );
    assert_eq!(records[0].details().actor, Some(Actor::Subject));
    assert_eq!(records[0].details().method, None);
    let ledger: Ledger = records.into_iter().collect();
    let decided = gate().build().unwrap();
    let decision = decided.with(&ledger).decide(&post()).into_owned();
    assert!(decision.to_string().contains("(R15)"), "{decision}");
}

/// R5, R6, R17 · What DPV has no term for stays open: no record of the standard alone passes.
#[test]
fn what_the_standard_has_no_field_for_stays_unproven() {
    let gaps = Gaps::of(&read_one(&document(given())));
    let never = Rule::GRANULAR | Rule::AFFIRMATIVE | Rule::CAPACITY | Rule::EVIDENCED;
    assert!(gaps.rules().contains(never), "{gaps}");
    let record = read_one(&document(given()));
    let ledger: Ledger = [record].into_iter().collect();
    let decided = gate().build().unwrap();
    assert!(!decided.with(&ledger).decide(&post()).is_permit());
}

/// R7 · The type says it; Art. 6(1)(a) alone says only that there was a consent.
#[test]
fn how_explicit_it_was_is_what_the_terms_prove() {
    let cases = [
        ("eu-gdpr:A6-1-a", None),
        (
            "eu-gdpr:A6-1-a-explicit-consent",
            Some(ConsentType::ExplicitlyExpressed),
        ),
        (
            "https://w3id.org/dpv/legal/eu/gdpr#A9-2-a",
            Some(ConsentType::ExplicitlyExpressed),
        ),
        (
            "eu-gdpr:A6-1-a-non-explicit-consent",
            Some(ConsentType::Expressed),
        ),
        ("dpv:ImpliedConsent", Some(ConsentType::Implied)),
    ];
    let bare = with(given(), "@type", json!("dpv:ConsentGiven"));
    for (basis, expected) in cases {
        let document = with(document(bare.clone()), "dpv:hasLegalBasis", json!(basis));
        assert_eq!(
            read_one(&document).details().consent_type,
            expected,
            "{basis}"
        );
    }
    let both = with(
        document(given()),
        "dpv:hasLegalBasis",
        json!("dpv:ImpliedConsent"),
    );
    assert_eq!(
        read_one(&both).details().consent_type,
        Some(ConsentType::Implied)
    );
    let other = with(
        document(given()),
        "dpv:hasLegalBasis",
        json!("eu-gdpr:A6-1-f"),
    );
    assert_eq!(
        refused(&other),
        "record, event 1, type or legal basis: expected consent of a known type"
    );
}

/// R6 · Planet49: a text that someone else wrote can say that there was no act, and not that there was one.
#[test]
fn a_text_proves_no_act() {
    for (text, expected) in [
        ("confirmation", None),
        ("I clicked yes", None),
        ("pre-ticked", Some(Method::PreTicked)),
        ("gate:confirmation", Some(Method::Confirmation)),
        (
            "urn:consent-gate:opt-in-control",
            Some(Method::OptInControl),
        ),
    ] {
        let event = with(given(), "dpv:hasIndicationMethod", json!(text));
        assert_eq!(
            read_one(&document(event)).details().method,
            expected,
            "{text}"
        );
    }
    let both = with(
        given(),
        "dpv:hasIndicationMethod",
        json!(["gate:confirmation", "scrolling"]),
    );
    assert_eq!(
        read_one(&document(both)).details().method,
        Some(Method::Scrolling)
    );
}

/// R4, R5 · Rec. 32: several purposes under one decision had no switch each, known or not.
#[test]
fn several_purposes_under_one_decision_are_not_granular() {
    let process = json!({ "dpv:hasPurpose": ["ai:ModelTraining", "dpv:PaymentManagement"] });
    let record = read_one(&with(document(given()), "dpv:hasProcess", process));
    assert_eq!(record.details().purposes, Purposes::AI_TRAINING);
    assert_eq!(record.details().granular, Some(Granularity::Bundled));
    let two =
        json!([{ "dpv:hasPurpose": "train_ai_system" }, { "dpv:hasPurpose": "dpv:Marketing" }]);
    let records = read(&with(document(given()), "dpv:hasProcess", two));
    assert_eq!(records.len(), 2);
    assert!(
        records
            .iter()
            .all(|record| record.details().granular == Some(Granularity::Bundled))
    );
    assert_eq!(records[1].details().purposes, Purposes::empty());
    assert_eq!(records[1].id().as_str(), "r1#1/2");
}

/// R4, R15 · The law of absence: a purpose that is not known widens a denial and no grant.
#[test]
fn an_unknown_purpose_widens_a_denial_and_not_a_grant() {
    let process = json!({ "dpv:hasPurpose": ["dpv:Advertising", "dpv:Gardening"] });
    let refusal =
        json!({ "@type": "dpv:ConsentRefused", "dpv:isIndicatedAtTime": "2024-10-15T09:00:00Z" });
    let denied = read_one(&with(
        document(refusal.clone()),
        "dpv:hasProcess",
        process.clone(),
    ));
    assert_eq!(denied.details().purposes, Purposes::empty());
    let known = json!({ "dpv:hasPurpose": "dpv:Advertising" });
    let denied = read_one(&with(document(refusal), "dpv:hasProcess", known));
    assert_eq!(denied.details().purposes, Purposes::ADVERTISING);
    let granted = read_one(&with(document(given()), "dpv:hasProcess", process));
    assert_eq!(granted.details().purposes, Purposes::ADVERTISING);
}

/// R4 · A narrower purpose than one of the gate's is not that purpose.
#[test]
fn an_instance_of_a_purpose_grants_nothing() {
    let narrower = json!({ "dpv:hasPurpose": { "@type": "ai:ModelTraining", "@id": "spelling" } });
    let granted = read_one(&with(document(given()), "dpv:hasProcess", narrower));
    assert_eq!(granted.details().purposes, Purposes::empty());
}

/// R3, R4 · A process inherits what it does not state from the process that contains it.
#[test]
fn a_process_inherits_from_the_one_around_it() {
    let process = json!({
        "dpv:hasRecipient": "agent",
        "dpv:hasProcess": [
            { "dpv:hasPurpose": "ai:ModelTraining", "dpv:hasRecipient": "partner" },
            { "dpv:hasPurpose": "dpv:Marketing" }
        ]
    });
    let records = read(&with(document(given()), "dpv:hasProcess", process));
    let recipients: Vec<_> = records
        .iter()
        .map(|record| record.details().recipients[0].as_str())
        .collect();
    assert_eq!(recipients, ["partner", "agent"]);
    assert!(
        records
            .iter()
            .all(|record| record.statement().controller().unwrap().as_str() == "acme")
    );
}

/// R4 · Two processes that share a purpose leave open which of them counts.
#[test]
fn overlapping_processes_are_refused() {
    for other in [
        "ai:ModelTraining",
        "train_ai_system",
        "https://w3id.org/dpv/ai#ModelTraining",
    ] {
        let two = json!([{ "dpv:hasPurpose": "ai:ModelTraining" }, { "dpv:hasPurpose": other }]);
        let document = with(document(given()), "dpv:hasProcess", two);
        assert_eq!(
            refused(&document),
            "record, event 1: two processes share a purpose; name each purpose in one process only"
        );
    }
}

/// R15 · A decision inside a process is about that process and not about its neighbour.
#[test]
fn an_event_in_a_process_is_about_that_process() {
    let refusal = json!({ "@type": "dpv:ConsentRefused" });
    let two = json!([
        { "dpv:hasPurpose": "ai:ModelTraining", "dpv:hasConsentStatus": given() },
        { "dpv:hasPurpose": "dpv:Advertising", "dpv:hasConsentStatus": refusal }
    ]);
    let records = read(&with(document(json!([])), "dpv:hasProcess", two));
    assert_eq!(records[0].details().purposes, Purposes::AI_TRAINING);
    assert!(!is_denial(&records[0]));
    assert!(is_denial(&records[1]));
    assert_eq!(records[1].details().purposes, Purposes::ADVERTISING);
}

/// R14 · ISO 8601: a duration goes by the calendar; seconds and instants are what they are.
#[test]
fn a_duration_ends_by_the_calendar() {
    let typed = |kind: &str, value: &str| json!({ "@type": kind, "rdf:value": value });
    assert_eq!(ends(json!("P12M")), Some(utc_datetime!(2025-09-10 9:00)));
    assert_eq!(ends(json!("PT36H")), Some(utc_datetime!(2024-09-11 21:00)));
    assert_eq!(
        ends(json!(63_115_200)),
        Some(utc_datetime!(2026-09-10 21:00))
    );
    assert_eq!(
        ends(typed("dpv:TemporalDuration", "P1M")),
        Some(utc_datetime!(2024-10-10 9:00))
    );
    let until = typed("dpv:UntilTimeDuration", "2025-01-01T00:00:00Z");
    assert_eq!(ends(until), Some(utc_datetime!(2025-01-01 0:00)));
    assert_eq!(
        ends(json!(["P2Y", "P1D"])),
        Some(utc_datetime!(2024-09-11 9:00))
    );
    let leap = with(
        given(),
        "dpv:isIndicatedAtTime",
        json!("2024-01-31T09:00:00Z"),
    );
    let leap = read_one(&document(with(leap, "dpv:hasDuration", json!("P1M"))));
    assert_eq!(
        leap.details().valid_until,
        Some(utc_datetime!(2024-02-29 9:00))
    );
}

/// R14 · Without an end there is no limit. An end that is not known is a limit all the same.
#[test]
fn an_end_that_is_not_known_is_not_no_end() {
    assert_eq!(ends(json!("dpv:EndlessDuration")), None);
    assert_eq!(ends(json!({ "@type": "dpv:EndlessDuration" })), None);
    for kind in [
        "dpv:UntilEventDuration",
        "dpv:FixedOccurrencesDuration",
        "dpv:IndeterminateDuration",
    ] {
        for duration in [
            json!(kind),
            json!({ "@type": kind }),
            json!({ "@type": kind, "rdf:value": "Account Closure" }),
            json!([kind, "P12M"]),
        ] {
            let document = document(with(given(), "dpv:hasDuration", duration));
            let error = refused(&document);
            assert!(error.starts_with("record, event 1, duration: "), "{error}");
        }
    }
}

/// R14 · A limit that cannot be read may be the one that ended the consent.
#[test]
fn a_duration_that_cannot_be_read_is_refused() {
    for wrong in [
        json!("12 months"),
        json!("-P1D"),
        json!("P"),
        json!(-1),
        json!(1.5),
        json!("p1d"),
        json!("P99999Y"),
        json!({ "@type": "ex:Forever" }),
        json!({ "@type": ["dpv:EndlessDuration", "dpv:TemporalDuration"] }),
        json!({ "@type": "dpv:EndlessDuration", "rdf:value": "P1D" }),
        json!({ "rdf:value": ["P2Y", "P1D"] }),
        json!({ "rdf:value": "P2Y", "@value": "P1D" }),
        json!(true),
        json!("P1M trailing"),
    ] {
        let document = document(with(given(), "dpv:hasDuration", wrong.clone()));
        let error = refused(&document);
        assert!(
            error.starts_with("record, event 1, duration: expected an ISO 8601 duration"),
            "{wrong}: {error}"
        );
    }
}

/// R15 · A no does not expire.
#[test]
fn a_duration_on_a_withdrawal_is_ignored() {
    let event = json!({ "@type": "dpv:ConsentWithdrawn", "dpv:hasDuration": "PT1S" });
    assert_eq!(read_one(&document(event)).details().valid_until, None);
}

/// R15 · Never lose a no: whatever else is wrong, the document denies, and denies more than it said.
#[test]
fn a_no_is_a_denial_whatever_else_is_wrong_with_it() {
    let broken = json!({
        "@type": ["dpv:ConsentGiven", "dpv:ConsentWithdrawn", "ex:Something"],
        "dpv:isIndicatedAtTime": "2024-10-15",
        "dpv:hasDuration": "soon",
        "dpv:hasNotice": ["a", "b"],
        "gate:capacity": 7,
        "dpv:hasUnknown": 1
    });
    let document = with(
        document(broken),
        "dpv:hasDataController",
        json!({ "name": "acme" }),
    );
    let record = read_one(&with(
        document,
        "dpv:hasLegalBasis",
        json!("eu-gdpr:A6-1-f"),
    ));
    let Statement::Denial {
        status,
        controller,
        at,
    } = record.statement()
    else {
        panic!("{record:?}")
    };
    assert_eq!(
        (*status, controller.clone(), *at),
        (DenialStatus::Withdrawn, None, None)
    );
    on_file([grant().record(), record]).contradicts(Rule::STANDING);
}

/// R2 · In a grant, nothing that may matter is ignored.
#[test]
fn what_is_not_understood_in_a_grant_is_refused() {
    let event = |key: &str, value: Value| document(with(given(), key, value));
    for (document, place) in [
        (
            event("@type", json!("dpv:ConsentPerhaps")),
            "record, event 1: expected one status",
        ),
        (
            event("@type", json!(["dpv:ConsentGiven", "dpv:ConsentRequested"])),
            "record, event 1: expected one status",
        ),
        (
            event("@type", json!(["dpv:ConsentGiven", "ex:Perhaps"])),
            "record, event 1, type",
        ),
        (
            event("dpv:isIndicatedAtTime", json!("2024-09-10T09:00:00")),
            "record, event 1, time",
        ),
        (
            event("dpv:isIndicatedAtTime", json!("2024-09-10")),
            "record, event 1, time",
        ),
        (
            event("dpv:hasProhibition", json!("ex:Training")),
            "record, event 1: a property",
        ),
        (
            with(document(given()), "dpv:hasDataController", json!(7)),
            "record, event 1, data controller",
        ),
        (
            with(document(given()), "dpv:hasRestriction", json!("x")),
            "record: a property",
        ),
        (
            with(document(given()), "dpv:hasProcess", json!([[{}]])),
            "record, process 1: expected an object",
        ),
        (
            with(
                document(given()),
                "dpv:hasNotice",
                json!({ "@context": {} }),
            ),
            "@context: expected none",
        ),
        (
            with(document(given()), "dct:hasPart", json!([])),
            "record: a property",
        ),
        (
            with(
                document(given()),
                "http://www.w3.org/ns/odrl/2/prohibition",
                json!([]),
            ),
            "record: a property",
        ),
        (
            event("event_state", json!("ongoing")),
            "record, event 1: expected one status",
        ),
        (
            with(document(given()), "@graph", json!([])),
            "record: a property",
        ),
        (
            with(document(given()), "dpv:hasNotice", json!(["a", "b"])),
            "record, event 1, notice",
        ),
        (
            with(document(given()), "dpv:hasDataSubject", json!(["a", "b"])),
            "record, data subject",
        ),
        (
            with(document(given()), "@type", json!("dpv:ConsentReceipt")),
            "record: expected a consent record",
        ),
        (
            with(
                document(given()),
                "@context",
                json!("https://example.com/c"),
            ),
            "@context: expected none",
        ),
        (
            with(
                document(given()),
                "@context",
                json!({ "dpv": "https://example.com/" }),
            ),
            "@context: expected none",
        ),
        (document(json!([])), "record: expected an event"),
    ] {
        let error = refused(&document);
        assert!(error.starts_with(place), "{error}");
    }
}

/// R2 · Repeated keys: an example of the guide repeats one, and the reader does not choose between the values.
#[test]
fn a_repeated_key_is_refused() {
    let text = document(given()).to_string();
    let twice = text.replacen("\"@id\":", "\"dpv:hasProcess\":{},\"@id\":", 1);
    assert!(matches!(
        dpv::read(twice.as_bytes()),
        Err(DpvError::Malformed(Malformed::Repeated { .. }))
    ));
    let deep = text.replace("\"skos:broader\":", "\"@id\":\"u2\",\"skos:broader\":");
    let error = dpv::read(deep.as_bytes()).unwrap_err().to_string();
    assert!(
        error.ends_with(": a key is repeated") && !error.contains("u2"),
        "{error}"
    );
}

/// R2 · A document in full terms and one with prefixes are the same document.
#[test]
fn full_terms_and_short_ones_are_the_same() {
    let short = document(given());
    let full = short
        .to_string()
        .replace("\"dpv:", "\"https://w3id.org/dpv#")
        .replace("\"ai:", "\"https://w3id.org/dpv/ai#");
    assert_eq!(dpv::read(full.as_bytes()).unwrap().records(), read(&short));
}

/// R14, R15 · Plain JSON in the field names of ISO/IEC TS 27560: they say what those of DPV say.
#[test]
fn the_json_of_the_standard_is_read() {
    let document = json!({
        "schema_version": "27560", "record_id": "r1", "pii_principal_id": "u1",
        "pii_processing": [{
            "privacy_notice": "https://example.com/notice", "language": "en",
            "purposes": [{ "purpose": "train_ai_system", "lawful_basis": "eu-gdpr:A6-1-a", "pii_controllers": ["acme"], "recipient_third_parties": ["partner"] }]
        }],
        "party_identification": [{ "party_id": "acme" }],
        "consent_events": [
            { "event_time": "2024-09-10T09:00:00Z", "validity_duration": 31_557_600, "entity_id": "u1", "event_type": "explicit", "event_state": "given" },
            { "event_time": "2024-10-15T09:00:00Z", "validity_duration": 0, "event_state": "withdrawn" }
        ]
    });
    let records = read(&document);
    let details = records[0].details();
    assert_eq!(details.consent_type, Some(ConsentType::ExplicitlyExpressed));
    assert_eq!(details.actor, Some(Actor::Subject));
    assert_eq!(details.valid_until, Some(utc_datetime!(2025-09-10 15:00)));
    assert_eq!(
        details
            .notice
            .as_ref()
            .unwrap()
            .id
            .as_ref()
            .unwrap()
            .as_str(),
        "https://example.com/notice"
    );
    assert_eq!(records[0].statement().at(), Some(GIVEN_AT));
    assert!(is_denial(&records[1]));
    let alone = with(
        document.clone(),
        "consent_events",
        json!([document["consent_events"][0]]),
    );
    let misspelt = alone.to_string().replace("event_time", "eventTime");
    assert_eq!(
        dpv::read(misspelt.as_bytes()).unwrap_err().to_string(),
        "record, event 1: a property that this format does not read: its name is not shown (did \
         you mean `event_time`?)"
    );
}

/// R2 · Reading the same document twice changes nothing; a changed one is noticed.
#[test]
fn the_same_document_gives_the_same_records() {
    let first = document(given());
    let mut ledger: Ledger = read(&first).into_iter().chain(read(&first)).collect();
    assert_eq!((ledger.len(), ledger.is_unreadable("u1")), (1, false));
    let changed = document(with(given(), "dpv:hasDuration", json!("P1D")));
    ledger.extend(read(&changed));
    assert!(ledger.is_unreadable("u1"));
    let two =
        json!([{ "dpv:hasPurpose": "ai:ModelTraining" }, { "dpv:hasPurpose": "dpv:Marketing" }]);
    let added = read(&with(first.clone(), "dpv:hasProcess", two));
    let ledger: Ledger = read(&first).into_iter().chain(added).collect();
    assert!(ledger.is_unreadable("u1"));
}

/// R2 · For any bytes, the only failure of the reader is an error.
#[test]
fn hostile_bytes_are_refused() {
    let deep = "[".repeat(100_000);
    let good = document(given()).to_string();
    for bytes in [
        &b""[..],
        b"\0",
        b"\xff\xfe",
        b"null",
        b"7",
        b"{}",
        b"{\"@type\":",
        deep.as_bytes(),
        good.get(..good.len() - 1).unwrap().as_bytes(),
    ] {
        assert!(dpv::read(bytes).map_or(true, |imported| imported.records().is_empty()));
    }
    assert_eq!(read(&json!([])), []);
    let nul = good.replace("u1", "u\\u00001");
    assert_eq!(
        dpv::read(nul.as_bytes()).unwrap().records()[0]
            .subject()
            .as_str(),
        "u\u{0}1"
    );
}

/// R2 · Few bytes do not become many statements.
#[test]
fn a_record_with_too_many_statements_is_refused() {
    let many = |what: Value, count| Value::Array(vec![what; count]);
    let events = many(given(), 100);
    let processes = |count| {
        with(
            document(events.clone()),
            "dpv:hasProcess",
            many(json!({}), count),
        )
    };
    assert_eq!(read(&processes(40)).len(), 4000);
    assert!(refused(&processes(41)).ends_with(": expected at most 4096 statements in a record"));
}

/// R2 · A record that was written as DPV is read back equal, and still passes the gate.
#[test]
fn a_record_that_passes_still_passes_when_it_comes_back() {
    let record = grant().record();
    let back = dpv::read(dpv::write(&record).as_bytes()).unwrap();
    assert_eq!(
        back.gaps().next().unwrap().to_string(),
        "nothing is left unproven"
    );
    on_file(back.into_records()).permits();
}

/// R2 · An id may be any text, that of a blank node or of a status too.
#[test]
fn a_record_of_any_id_comes_back_equal() {
    for id in [
        "_:b0",
        "dpv:ConsentGiven",
        "dpv:ConsentWithdrawn",
        "gate:objected",
        "r1#2",
    ] {
        for record in [grant().id(id).record(), withdrawal().id(id).record()] {
            let document = dpv::write(&record);
            let back = dpv::read(document.as_bytes()).unwrap();
            assert_eq!(back.records(), [record], "{document}");
        }
    }
}

/// R2 · So may the name of a person, a party, a notice or a proof: it is written as what it is.
#[test]
fn a_record_of_any_names_comes_back_equal() {
    for odd in [
        "_:b0",
        "withdrawn",
        "dpv:ConsentRefused",
        "https://x.example/revoked/",
        "7",
    ] {
        let granted = grant().by(odd).to(odd).but(|details| {
            details.recipients = vec![name("_:b1"), name(odd)];
            details.evidence = Some(name(odd));
            if let Some(notice) = &mut details.notice {
                notice.id = Some(name(odd));
                notice.version = Some(name(odd));
                notice.controller = Some(name(odd));
            }
        });
        for record in [granted, withdrawal().by(odd).to(odd).record()] {
            let document = dpv::write(&record);
            assert_eq!(
                read(&serde_json::from_str(&document).unwrap()),
                [record],
                "{document}"
            );
        }
    }
}

proptest! {
    /// R2 · The law of the same name, for the standard form.
    #[test]
    fn a_record_in_the_standard_form_comes_back_equal(record in a_record()) {
        let document = dpv::write(&record);
        let back = dpv::read(document.as_bytes()).unwrap();
        prop_assert_eq!(back.records(), std::slice::from_ref(&record), "{}", document);
    }

    /// R15 · Removing or changing one byte never turns a denial into a grant.
    #[test]
    fn a_broken_denial_is_no_grant(record in a_grant(), at: prop::sample::Index, byte: u8) {
        let denial = dpv::write(&record).replace("dpv:ConsentGiven", "dpv:ConsentWithdrawn").replace("dpv:RenewedConsentGiven", "dpv:ConsentWithdrawn");
        let mut bytes = denial.into_bytes();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Ok(back) = dpv::read(&bytes) {
            prop_assert!(back.records().iter().all(is_denial));
        }
    }

    /// R2 · Any bytes at all.
    #[test]
    fn no_bytes_become_a_grant_by_chance(bytes: Vec<u8>) {
        prop_assert!(dpv::read(&bytes).map_or(true, |imported| imported.records().is_empty()));
    }
}
