//! Consents of HL7 FHIR, releases 4 and 5.
//!
//! The samples are our own, in the element names of the two releases. Two are the published examples
//! `consent-example-grantor` (R4) and `consent-example-pkb` (R5) of HL7, without their narrative.

use consent_gate::interchange::{Documents, Fhir, Gaps, References, read_consents};
use consent_gate::json::OnUnreadable;
use consent_gate::{
    Actor, ConsentRecord, DataPeriod, DenialStatus, Details, Purposes, Rules as Rule, Statement,
};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::world::{Case, GIVEN_AT, NOTHING, gate, grant, name, on_file};

/// A coding of `ActReason`.
fn reason(code: &str) -> Value {
    json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code })
}

fn concept(code: &str) -> Value {
    json!({ "coding": [{ "code": code }] })
}

pub(super) fn r4() -> Value {
    json!({
        "resourceType": "Consent",
        "id": "g1",
        "meta": { "versionId": "1", "lastUpdated": "2024-09-10T09:00:05Z" },
        "status": "active",
        "scope": concept("patient-privacy"),
        "category": [concept("59284-0")],
        "patient": { "reference": "Patient/u1", "display": "A name" },
        "dateTime": "2024-09-10T09:00:00Z",
        "performer": [{ "reference": "Patient/u1" }],
        "organization": [{ "reference": "Organization/acme" }],
        "sourceAttachment": { "title": "The form", "url": "https://example.org/form" },
        "policyRule": concept("OPTIN"),
        "verification": [{ "verified": true, "verificationDate": "2024-09-10" }],
        "provision": {
            "type": "permit",
            "period": { "start": "2024-09-10", "end": "2025-09-10" },
            "actor": [{ "role": concept("IRCP"), "reference": { "reference": "Organization/acme" } }],
            "action": [concept("use")],
            "purpose": [reason("MLTRAINING")]
        }
    })
}

pub(super) fn r5() -> Value {
    json!({
        "resourceType": "Consent",
        "id": "g1",
        "status": "active",
        "category": [concept("59284-0")],
        "subject": { "reference": "https://example.org/fhir/Patient/u1/_history/2" },
        "date": "2024-09-09",
        "period": { "start": "2024-09-09", "end": "2025-09-10" },
        "grantor": [{ "reference": "Patient/u1" }],
        "grantee": [{ "reference": "Organization/acme" }],
        "sourceReference": [{ "reference": "DocumentReference/d1" }],
        "decision": "deny",
        "provision": [{ "action": [concept("use")], "purpose": [reason("MLTRAINING")] }]
    })
}

/// What the form of the samples proves.
fn form() -> Details {
    let mut form = grant().record().details().clone();
    form.purposes = Purposes::empty();
    form.recipients = Vec::new();
    form.actor = None;
    form.evidence = None;
    form.valid_until = None;
    form.data_period = DataPeriod::default();
    if let Some(notice) = &mut form.notice {
        notice.shown_at = Some(utc_datetime!(2024-09-01 0:00));
    }
    form
}

pub(super) fn reader() -> Fhir {
    Fhir::new().references(References::LogicalId).proves(form())
}

fn read(document: &Value) -> Vec<ConsentRecord> {
    let imported = reader().read(document.to_string().as_bytes());
    imported
        .unwrap_or_else(|error| panic!("{error}"))
        .into_records()
}

fn refused(document: &Value) -> String {
    reader()
        .read(document.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (object, key) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(object).unwrap()[key] = value;
    document
}

fn is_grant(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Grant { .. })
}

#[track_caller]
fn permits(case: &Case) {
    assert!(case.answer().is_permit());
}

fn deny(code: &str) -> Value {
    json!({ "type": "deny", "purpose": [reason(code)] })
}

/// A grant is for exactly `MLTRAINING` of `ActReason`.
#[test]
fn a_consent_to_the_training_of_models_is_a_grant_in_both_releases() {
    for document in [r4(), r5()] {
        permits(&on_file(read(&document)));
        let records = read(&document);
        let record = records.iter().find(|record| is_grant(record)).unwrap();
        assert_eq!(record.details().purposes, Purposes::AI_TRAINING);
        assert_eq!(record.details().actor, Some(Actor::Subject));
    }
}

/// R5, R6, R7, R9, R11, R12, R17 · there is no element for what they need.
#[test]
fn alone_it_does_not_say_how_it_was_given() {
    let alone = Fhir::new().references(References::LogicalId);
    let imported = alone.read(r4().to_string().as_bytes()).unwrap();
    let open = Rule::GRANULAR
        | Rule::AFFIRMATIVE
        | Rule::EXPLICIT
        | Rule::INFORMED
        | Rule::WITHDRAWABLE
        | Rule::CAPACITY
        | Rule::CATEGORY;
    assert_eq!(Gaps::of(&imported.records()[0]).rules(), open);
    on_file(imported.into_records()).denies(open, NOTHING);
}

/// R5 of FHIR: a provision is an exception to the decision, and so is one within it.
#[test]
fn in_r5_a_provision_is_an_exception_to_the_decision() {
    let permit = with(r5(), "/decision", json!("permit"));
    on_file([read(&permit), vec![grant().id("g9").record()]].concat())
        .denies(NOTHING, Rule::STANDING);
    let inner = with(
        r5(),
        "/provision/0/provision",
        json!([{ "purpose": [reason("MLTRAINING")] }]),
    );
    on_file(read(&inner)).denies(NOTHING, Rule::STANDING);
    let marketing = with(
        r5(),
        "/provision/0/provision",
        json!([{ "purpose": [reason("HMARKT")] }]),
    );
    permits(&on_file(read(&marketing)));
    let undecided = with(r5(), "/decision", Value::Null);
    assert!(refused(&undecided).contains("decision: expected permit or deny"));
}

/// R4 has no type in the outermost provision: the policy rule is the base.
#[test]
fn in_r4_the_rule_of_the_policy_decides_where_no_type_is_said() {
    let untyped = with(r4(), "/provision/type", Value::Null);
    permits(&on_file(read(&untyped)));
    let other = with(untyped.clone(), "/policyRule", concept("hipaa-auth"));
    on_file(read(&other)).denies(Rule::ON_RECORD, NOTHING);
    for document in [untyped, r4()] {
        let out = with(document, "/policyRule", concept("OPTOUT"));
        on_file([read(&out), vec![grant().id("g9").record()]].concat())
            .denies(NOTHING, Rule::STANDING);
    }
}

/// R15 · a refusal of marketing leaves training alone, one of research does not.
#[test]
fn a_provision_that_denies_is_a_denial_of_its_own_purposes() {
    for (code, bites) in [
        ("MLTRAINING", true),
        ("HRESCH", true),
        ("HQUALIMP", true),
        ("TREAT", true),
        ("XYZ", true),
        ("HMARKT", false),
        ("HPAYMT", false),
        ("ERTREAT", false),
    ] {
        for document in [
            with(r4(), "/provision/provision", json!([deny(code)])),
            with(
                with(r4(), "/status", json!("draft")),
                "/provision",
                deny(code),
            ),
        ] {
            let records = [read(&document), vec![grant().id("g9").record()]].concat();
            let case = on_file(records);
            if bites {
                case.denies(NOTHING, Rule::STANDING);
            } else {
                assert!(
                    matches!(case.answer(), consent_gate::Decision::Permit(_)),
                    "{code}"
                );
            }
        }
    }
    let everything = with(r4(), "/provision/provision", json!([{ "type": "deny" }]));
    on_file(read(&everything)).denies(NOTHING, Rule::STANDING);
}

/// A denial is about the parties that it names, if each of them is an organization.
#[test]
fn a_provision_may_deny_one_party() {
    let actor = |reference: &str| json!([{ "role": concept("PRCP"), "reference": { "reference": reference } }]);
    for (reference, bites) in [
        ("Organization/other", false),
        ("Organization/acme", true),
        ("Organization/ACME", true),
        ("Practitioner/other", true),
        ("#other", true),
    ] {
        let mut provision = deny("MLTRAINING");
        provision["actor"] = actor(reference);
        let document = with(r4(), "/provision/provision", json!([provision]));
        let case = on_file(read(&document));
        if bites {
            case.denies(NOTHING, Rule::STANDING);
        } else {
            permits(&case);
        }
    }
    let mut provision = deny("MLTRAINING");
    let both = [actor("Organization/other"), actor("Organization/acme")];
    provision["actor"] = json!([both[0][0], both[1][0]]);
    let document = with(r4(), "/provision/provision", json!([provision]));
    on_file(read(&document)).denies(NOTHING, Rule::STANDING);
}

/// R15 · `inactive`, `entered-in-error` and the like.
#[test]
fn a_consent_that_ended_is_a_denial() {
    for (status, expected) in [
        ("inactive", DenialStatus::Withdrawn),
        ("entered-in-error", DenialStatus::Invalidated),
        ("rejected", DenialStatus::Refused),
        ("not-done", DenialStatus::Refused),
    ] {
        for document in [r4(), r5()] {
            let records = read(&with(document, "/status", json!(status)));
            let [record] = &records[..] else {
                panic!("{records:?}")
            };
            let Statement::Denial {
                status, controller, ..
            } = record.statement()
            else {
                panic!("{record:?}")
            };
            assert_eq!((*status, controller), (expected, &None));
            on_file([records, vec![grant().id("g9").record()]].concat())
                .denies(NOTHING, Rule::STANDING);
        }
    }
    // Without the time of the change it outlasts every grant.
    let ended = with(with(r4(), "/status", json!("inactive")), "/meta", json!({}));
    assert_eq!(read(&ended)[0].statement().at(), None);
    let ended = with(r4(), "/status", json!("inactive"));
    assert_eq!(
        read(&ended)[0].statement().at(),
        Some(utc_datetime!(2024-09-10 9:00:05))
    );
    // What ended was about marketing.
    let marketing = with(ended, "/provision/purpose", json!([reason("HMARKT")]));
    permits(&on_file(
        [read(&marketing), vec![grant().id("g9").record()]].concat(),
    ));
}

/// R1 · nothing was given yet.
#[test]
fn a_consent_that_is_not_in_force_yet_is_neither() {
    for status in ["draft", "proposed", "unknown"] {
        let records = read(&with(r4(), "/status", json!(status)));
        assert!(matches!(
            records[0].statement(),
            Statement::NonDecision { .. }
        ));
    }
    assert!(refused(&with(r4(), "/status", json!("on-hold"))).contains("status"));
    // A status that says no is a denial, although FHIR does not have it.
    let records = read(&with(r4(), "/status", json!("withdrawn")));
    on_file([records, vec![grant().id("g9").record()]].concat()).denies(NOTHING, Rule::STANDING);
}

/// R20 · `DEID`.
#[test]
fn data_without_names_is_a_condition() {
    let label = json!([{ "code": "DEID" }]);
    let document = with(r4(), "/provision/securityLabel", label);
    on_file(read(&document)).denies(NOTHING, Rule::CONDITIONS);
    let assured = gate().assure("de-identified".parse().unwrap());
    permits(&on_file(read(&document)).gate(assured));
    let other = with(r4(), "/provision/securityLabel", json!([{ "code": "PSY" }]));
    assert!(refused(&other).contains("securityLabel: expected DEID"));
}

/// R5 · one switch for several things.
#[test]
fn one_provision_for_several_purposes_is_not_granular() {
    let document = with(
        r4(),
        "/provision/purpose",
        json!([reason("MLTRAINING"), reason("TREAT")]),
    );
    on_file(read(&document)).denies(NOTHING, Rule::GRANULAR);
    let other = with(r4(), "/provision/purpose", json!([reason("HRESCH")]));
    on_file(read(&other)).denies(Rule::ON_RECORD, NOTHING);
    let code = json!([{ "system": "urn:other", "code": "MLTRAINING" }, { "code": "MLTRAINING" }]);
    on_file(read(&with(r4(), "/provision/purpose", code))).denies(Rule::ON_RECORD, NOTHING);
}

/// R8 · who acted.
#[test]
fn a_relative_who_gave_the_consent_is_a_guardian_who_is_not_verified() {
    let by = |reference: &str| with(r4(), "/performer", json!([{ "reference": reference }]));
    on_file(read(&by("RelatedPerson/mother"))).denies(NOTHING, Rule::PERSONAL);
    on_file(read(&by("Practitioner/p"))).denies(Rule::PERSONAL, NOTHING);
    on_file(read(&by("Patient/u2"))).denies(Rule::PERSONAL, NOTHING);
    on_file(read(&with(r4(), "/performer", json!([])))).denies(Rule::PERSONAL, NOTHING);
}

/// R3 · to whom.
#[test]
fn the_party_is_the_recipient_that_the_provision_names() {
    let unnamed = with(r4(), "/provision/actor", Value::Null);
    permits(&on_file(read(&unnamed)));
    let other = json!([{
        "role": concept("IRCP"), "reference": { "reference": "Organization/other" }
    }]);
    on_file(read(&with(r4(), "/provision/actor", other)))
        .denies(NOTHING, Rule::PARTY | Rule::INFORMED);
    let held =
        json!([{ "role": concept("CST"), "reference": { "reference": "Organization/acme" } }]);
    assert!(refused(&with(r4(), "/provision/actor", held)).contains("IRCP or PRCP"));
    let none = with(unnamed, "/organization", Value::Null);
    assert!(refused(&none).contains("a party"));
}

/// R2 · whatever may limit a yes is read or refused.
#[test]
fn a_limit_that_rows_cannot_be_held_against_makes_a_grant_unreadable() {
    for (pointer, value, words) in [
        (
            "/provision/class",
            json!([{ "code": "Observation" }]),
            "class: expected no limit",
        ),
        (
            "/provision/code",
            json!([concept("x")]),
            "code: expected no limit",
        ),
        (
            "/provision/data",
            json!([{ "meaning": "instance" }]),
            "data: expected no limit",
        ),
        (
            "/provision/expression",
            json!({}),
            "expression: expected no limit",
        ),
        (
            "/provision/action",
            json!([concept("access")]),
            "the action `use`",
        ),
        (
            "/provision/dataPeriod",
            json!({ "end": "2024" }),
            "dataPeriod: expected a start",
        ),
        (
            "/provision/period/start",
            json!("2024-09-12"),
            "a start that is not later",
        ),
        (
            "/provision/period/end",
            json!("soon"),
            "an end that is a date",
        ),
        (
            "/scope",
            concept("treatment"),
            "scope: expected patient-privacy",
        ),
        (
            "/implicitRules",
            json!("urn:rules"),
            "not a field of the format",
        ),
        (
            "/modifierExtension",
            json!([{ "url": "urn:x" }]),
            "modifierExtension: expected none",
        ),
        (
            "/verification/0/modifierExtension",
            json!([{}]),
            "modifierExtension: expected none",
        ),
        (
            "/patient/status",
            json!("inactive"),
            "not a field of the format",
        ),
        (
            "/provision/provision",
            json!([{ "type": "permit" }]),
            "a permit within a permit",
        ),
        (
            "/provision/provision",
            json!([{ "purpose": [] }]),
            "provision 1, type: expected permit",
        ),
        ("/dateTime", Value::Null, "dateTime: expected a date"),
        (
            "/dateTime",
            json!("2024-09-10T09:00:00"),
            "dateTime: expected a date",
        ),
    ] {
        let document = with(r4(), pointer, value);
        assert!(
            refused(&document).contains(words),
            "{pointer}: {}",
            refused(&document)
        );
        // A person whose consent cannot be read does not pass by another one.
        let text = format!("{document}\n{}\n", with(r4(), "/id", json!("g2")));
        let quarantine = OnUnreadable::Quarantine {
            unattributed_at_most: 0,
        };
        let ledger = read_consents(&reader(), text.as_bytes(), quarantine).unwrap();
        assert!(ledger.is_unreadable("u1"), "{pointer}");
    }
}

/// R15 · R4 has one outermost provision. Of two, neither is passed over.
#[test]
fn of_two_outermost_provisions_none_is_passed_over() {
    let permit = r4()["provision"].clone();
    for (other, denies) in [(deny("MLTRAINING"), true), (permit.clone(), false)] {
        let document = with(r4(), "/provision", json!([permit, other]));
        if denies {
            let records = [read(&document), vec![grant().id("g9").record()]].concat();
            on_file(records).denies(NOTHING, Rule::STANDING);
        } else {
            assert!(refused(&document).contains("provision: expected one"));
        }
    }
    permits(&on_file(read(&with(r4(), "/provision", json!([permit])))));
}

/// A fault beside a no is a no to everything.
#[test]
fn a_no_outlives_the_faults_of_its_document() {
    for document in [
        with(
            with(r4(), "/provision/provision", json!([deny("HMARKT")])),
            "/scope",
            concept("adr"),
        ),
        with(
            with(r4(), "/provision/type", json!("deny")),
            "/provision/provision",
            json!([{}]),
        ),
        with(
            r4(),
            "/extension",
            json!([{ "url": "urn:x", "valueCode": "withdrawn" }]),
        ),
        with(
            r4(),
            "/patient/extension",
            json!([{ "url": "urn:x", "valueCode": "opt-out" }]),
        ),
        with(r4(), "/category", json!([concept("OPTOUT")])),
        with(r5(), "/provision/0/withdrawn", json!(true)),
        with(
            with(r4(), "/status", json!("?")),
            "/provision/type",
            json!("deny"),
        ),
    ] {
        let records = [read(&document), vec![grant().id("g9").record()]].concat();
        on_file(records).denies(NOTHING, Rule::STANDING);
    }
}

/// R13 to R16: a date has no zone, and a record may be younger than its act.
#[test]
fn a_date_is_read_by_its_bounds() {
    let records = read(&with(r4(), "/dateTime", json!("2024-09-10")));
    assert_eq!(
        records[0].statement().at(),
        Some(utc_datetime!(2024-09-09 10:00))
    );
    let covered = DataPeriod::From(utc_datetime!(2024-09-11 12:00));
    assert_eq!(records[0].details().data_period, covered);
    let created = with(
        r4(),
        "/sourceAttachment/creation",
        json!("2024-09-01T00:00:00Z"),
    );
    let records = read(&created);
    assert_eq!(
        records[0].statement().at(),
        Some(utc_datetime!(2024-09-01 0:00))
    );
    assert_eq!(records[0].details().data_period, DataPeriod::From(GIVEN_AT));
    let period = json!({ "start": "2020" });
    let records = read(&with(r4(), "/provision/dataPeriod", period));
    let from = DataPeriod::From(utc_datetime!(2021-01-01 12:00));
    assert_eq!(records[0].details().data_period, from);
}

/// R14 · of several ends.
#[test]
fn the_earliest_end_counts() {
    let end = |document: &Value| {
        let records = read(document);
        let grant = records.into_iter().find(is_grant).unwrap();
        grant.details().valid_until
    };
    assert_eq!(end(&r4()), Some(utc_datetime!(2025-09-10 10:00)));
    assert_eq!(end(&r5()), Some(utc_datetime!(2025-09-10 10:00)));
    let both = with(
        r5(),
        "/provision/0/period",
        json!({ "end": "2025-01-01T00:00:00Z" }),
    );
    assert_eq!(end(&both), Some(utc_datetime!(2025-01-01 0:00)));
    let mut facts = form();
    facts.valid_until = Some(utc_datetime!(2024-12-01 0:00));
    let read = reader()
        .proves(facts)
        .read(r4().to_string().as_bytes())
        .unwrap();
    assert_eq!(
        read.records()[0].details().valid_until,
        Some(utc_datetime!(2024-12-01 0:00))
    );
}

/// R1 · an id is taken from a reference to a patient in one form, and never guessed.
#[test]
fn a_person_has_the_id_that_the_reader_takes() {
    let subject = |references, document: &Value| {
        let reader = Fhir::new().references(references);
        let people = reader.subjects(document.to_string().as_bytes())?;
        let [person] = &people[..] else { return None };
        Some(person.as_str().to_owned())
    };
    let of = |reference: &str| with(r4(), "/patient", json!({ "reference": reference }));
    for (reference, literal, logical) in [
        ("Patient/u1", Some("Patient/u1"), Some("u1")),
        ("Patient/u1/_history/3", Some("Patient/u1"), Some("u1")),
        (
            "https://example.org/fhir/Patient/u1",
            Some("https://example.org/fhir/Patient/u1"),
            Some("u1"),
        ),
        ("Group/u1", None, None),
        ("u1", None, None),
        ("#u1", None, None),
        ("NotAPatient/u1", None, None),
        ("a/Patient/u1", None, None),
        ("https://example.orgPatient/u1", None, None),
        ("Patient/a-1.B", Some("Patient/a-1.B"), Some("a-1.B")),
        ("Patient/", None, None),
        ("Patient/a b", None, None),
        ("", None, None),
    ] {
        assert_eq!(
            subject(References::Literal, &of(reference)).as_deref(),
            literal
        );
        assert_eq!(
            subject(References::LogicalId, &of(reference)).as_deref(),
            logical
        );
        assert_eq!(subject(References::Identifier, &of(reference)), None);
    }
    let named = json!({ "identifier": { "system": "urn:mrn", "value": "u1" } });
    let named = with(r4(), "/patient", named);
    assert_eq!(
        subject(References::Identifier, &named).as_deref(),
        Some("u1")
    );
    assert_eq!(subject(References::Literal, &named), None);
}

/// R2 · in every form in which the format can name a person.
#[test]
fn quarantine_finds_every_person_that_a_document_names() {
    for text in [
        r#"{"resourceType":"Consent","patient":{"reference":"Patient/u1"},"x":1,"x":2}"#,
        r#"{"patient":{"reference":"Patient/u2","reference":"Patient/u1"}}"#,
        r#"{"patient":{"reference":"Patient/u2"},"subject":{"reference":"Patient/u1"}}"#,
        r#"{"resourceType":"Bundle","entry":[{"resource":{"patient":{"reference":"Patient/u1"}}}]}"#,
    ] {
        assert!(reader().read(text.as_bytes()).is_err());
        let people = reader().subjects(text.as_bytes()).unwrap();
        assert!(people.contains(&name("u1")), "{text}");
    }
    let doubtful = r#"{"patient":{"reference":"Patient/u1"},"subject":{"reference":"Group/g"}}"#;
    assert_eq!(reader().subjects(doubtful.as_bytes()), None);
}

/// A page of a search has several resources.
#[test]
fn a_bundle_has_the_consents_of_its_entries() {
    let bundle = |kind: &str, resources: &[Value]| {
        let entries: Vec<_> = resources
            .iter()
            .map(|each| json!({ "resource": each }))
            .collect();
        json!({ "resourceType": "Bundle", "type": kind, "total": 2, "entry": entries })
    };
    let patient = json!({ "resourceType": "Patient", "id": "u1" });
    permits(&on_file(read(&bundle(
        "searchset",
        &[r4(), patient.clone()],
    ))));
    let out = with(
        with(r4(), "/id", json!("g2")),
        "/provision",
        deny("MLTRAINING"),
    );
    on_file(read(&bundle("collection", &[r4(), out]))).denies(NOTHING, Rule::STANDING);
    assert!(refused(&bundle("history", &[r4()])).contains("type: expected searchset"));
    let broken = bundle("searchset", &[r4(), with(r4(), "/scope", concept("adr"))]);
    assert!(refused(&broken).starts_with("entry 2, scope"));
    let other = bundle(
        "searchset",
        &[json!({ "resourceType": "OperationOutcome" })],
    );
    assert!(refused(&other).starts_with("entry 1, resourceType"));
    assert!(refused(&patient_only()).starts_with("patient (R4)"));
}

fn patient_only() -> Value {
    with(r4(), "/patient", json!({ "display": "A name" }))
}

/// R2: an older version of a resource beside the current one is seen.
#[test]
fn two_versions_of_a_consent_are_in_conflict() {
    let treatment = with(r4(), "/provision/purpose", json!([reason("TREAT")]));
    on_file([read(&r4()), read(&treatment)].concat()).denies(NOTHING, Rule::READABLE);
}

/// `consent-example-grantor` of R4: opt-out, so nobody has access.
#[test]
fn the_example_of_an_opt_out_is_a_denial() {
    let document = json!({
        "resourceType": "Consent", "id": "consent-example-grantor", "status": "active",
        "scope": concept("patient-privacy"), "category": [concept("INFAO")],
        "patient": { "reference": "Patient/u1" }, "dateTime": "2015-11-18",
        "organization": [{ "reference": "Organization/acme" }],
        "sourceAttachment": { "title": "The terms of the consent in lawyer speak." },
        "policyRule": concept("OPTOUT"),
        "provision": {
            "actor": [
                { "role": concept("CST"), "reference": { "reference": "Organization/acme" } },
                { "role": concept("PRCP"), "reference": { "reference": "Patient/example" } }
            ],
            "action": [concept("access")]
        }
    });
    let records = read(&document);
    let [record] = &records[..] else {
        panic!("{records:?}")
    };
    let at = Some(utc_datetime!(2015-11-19 12:00));
    assert_eq!(
        (record.statement().at(), record.statement().controller()),
        (at, None)
    );
    assert_eq!(record.details().purposes, Purposes::empty());
}

/// `consent-example-pkb` of R5: denied, but for some access, from which labels are taken out again.
#[test]
fn the_example_of_a_decision_with_exceptions_grants_no_training() {
    let access = |label: Value| {
        json!({
            "actor": [{ "role": concept("PRCP"), "reference": { "reference": "Organization/acme" } }],
            "action": [concept("access")],
            "securityLabel": label
        })
    };
    let mut outer = access(json!([]));
    outer["provision"] = json!([
        access(json!([{ "code": "PSY" }])),
        access(json!([{ "code": "N" }]))
    ]);
    let document = json!({
        "resourceType": "Consent", "id": "consent-example-pkb", "status": "active",
        "category": [concept("59284-0")], "subject": { "reference": "Patient/u1" },
        "date": "2018-12-28", "controller": [{ "reference": "Organization/acme" }],
        "decision": "deny", "provision": [outer]
    });
    let records = read(&document);
    assert_eq!(records.len(), 3);
    assert!(
        records
            .iter()
            .all(|record| matches!(record.statement(), Statement::Denial { .. }))
    );
}

/// The times of a consent, as texts with their earliest and latest instants.
const TIMES: [(&str, UtcDateTime, UtcDateTime); 4] = [
    ("2024-09-10T09:00:00Z", GIVEN_AT, GIVEN_AT),
    (
        "2024-09-12T00:00:00+02:00",
        utc_datetime!(2024-09-11 22:00),
        utc_datetime!(2024-09-11 22:00),
    ),
    (
        "2024-09-11",
        utc_datetime!(2024-09-10 10:00),
        utc_datetime!(2024-09-12 12:00),
    ),
    (
        "2024-08",
        utc_datetime!(2024-07-31 10:00),
        utc_datetime!(2024-09-01 12:00),
    ),
];

proptest! {
    /// R13 to R16: no grant is later than its act, or covers data from before it; no denial is earlier.
    #[test]
    fn no_consent_is_dated_to_the_good_of_the_trainer(
        own in select(&TIMES[..]),
        created in prop::option::of(select(&TIMES[..])),
        updated in prop::option::of(select(&TIMES[..])),
        denies in any::<bool>(),
    ) {
        let text = |time: Option<(&str, _, _)>| time.map_or(Value::Null, |(text, ..)| json!(text));
        let document = with(r4(), "/dateTime", json!(own.0));
        let document = with(document, "/provision/period", json!({ "end": "2030" }));
        let document = with(document, "/sourceAttachment", json!({ "creation": text(created) }));
        let document = with(document, "/meta", json!({ "lastUpdated": text(updated) }));
        let kind = if denies { "deny" } else { "permit" };
        let records = read(&with(document, "/provision/type", json!(kind)));
        let at = records[0].statement().at().unwrap();
        let stated = [Some(own), created, updated];
        for (_, earliest, latest) in stated.into_iter().flatten() {
            if denies {
                prop_assert!(at >= latest);
            } else {
                prop_assert!(at <= earliest);
                let covered = match records[0].details().data_period {
                    DataPeriod::From(from) => from,
                    _ => at,
                };
                prop_assert!(covered >= own.2);
            }
        }
    }
}
