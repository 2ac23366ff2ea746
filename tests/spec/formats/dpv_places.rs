//! DPV documents in which something stands at a place where it is not read: none of them grants, and
//! none of them loses a no.

use std::collections::BTreeSet;

use consent_gate::interchange::{Documents, Dpv, dpv};
use consent_gate::{ConsentRecord, Ledger, Rules, Statement, SubjectId};
use serde_json::{Value, json};
use time::Duration;

use crate::world::{gate, name, post, post_by};

/// A document of `u1` that passes the gate.
pub(super) fn good() -> Value {
    json!({
        "@id": "urn:g1",
        "@type": "dpv:ConsentRecord",
        "dpv:hasDataSubject": { "@id": "u1" },
        "dpv:hasDataController": { "@id": "acme" },
        "dpv:hasNotice": {
            "@id": "ai", "dct:hasVersion": "3", "gate:shownAt": "2024-09-10T08:59:00Z",
            "dpv:hasPurpose": "gate:train-generative", "dpv:hasDataController": { "@id": "acme" }
        },
        "dpv:hasProcess": {
            "@type": "dpv:Process",
            "dpv:hasPurpose": { "@id": "gate:train-generative" },
            "dpv:hasPersonalData": "gate:posts",
            "dpv:hasRecipient": { "@id": "partner" }
        },
        "dpv:hasConsentStatus": {
            "@type": ["dpv:ConsentGiven", "dpv:ExplicitlyExpressedConsent"],
            "dpv:isIndicatedBy": "dpv:DataSubject",
            "dpv:isIndicatedAtTime": { "@type": "xsd:dateTime", "@value": "2024-09-10T09:00:00Z" },
            "dpv:hasDuration": { "@type": "dpv:TemporalDuration", "rdf:value": "P12M" },
            "dpv:hasIndicationMethod": "gate:opt-in-control",
            "gate:capacity": "gate:of-age",
            "gate:granular": "gate:separate",
            "gate:evidence": "log:1",
            "gate:givenVia": "gate:web",
            "gate:withdrawVia": "gate:web"
        }
    })
}

const RECORD: &str = "";
const PROCESS: &str = "/dpv:hasProcess";
const EVENT: &str = "/dpv:hasConsentStatus";
const NOTICE: &str = "/dpv:hasNotice";
const PERSON: &str = "/dpv:hasDataSubject";
const PARTY: &str = "/dpv:hasDataController";
const TIME: &str = "/dpv:hasConsentStatus/dpv:isIndicatedAtTime";
const DURATION: &str = "/dpv:hasConsentStatus/dpv:hasDuration";

/// The ledger of these documents, in which nothing stops the reading.
pub(super) fn ledger(documents: &[&Value]) -> Ledger {
    let mut ledger = Ledger::new();
    for document in documents {
        let document = document.to_string();
        let Err(_) =
            dpv::read(document.as_bytes()).map(|imported| ledger.extend(imported.into_records()))
        else {
            continue;
        };
        match Dpv.subjects(document.as_bytes()) {
            Some(subjects) => {
                for subject in &subjects {
                    ledger.mark_unreadable(subject);
                }
            }
            None => ledger.mark_unattributed(),
        }
    }
    ledger
}

/// Whether the post of `u1` passes the most lenient gate.
pub(super) fn passes(ledger: &Ledger) -> bool {
    let gate = gate()
        .waive(Rules::waivable())
        .maximum_age(Duration::days(365))
        .build()
        .unwrap();
    gate.with(ledger).decide(&post()).is_permit()
}

/// A document with one more field, or with another value of one.
fn with(at: &str, key: &str, value: Value) -> Value {
    let mut document = good();
    let object = document.pointer_mut(at).unwrap().as_object_mut().unwrap();
    object.insert(key.to_owned(), value);
    document
}

/// Each document grants nothing, alone and after the good one.
#[track_caller]
fn grant_nothing<const N: usize>(documents: [Value; N]) {
    for document in documents {
        assert!(!passes(&ledger(&[&document])), "{document}");
    }
}

/// Each document is a denial of `u1`, so it keeps the good one from passing.
#[track_caller]
fn deny_u1<const N: usize>(documents: [Value; N]) {
    for document in documents {
        let records = dpv::read(document.to_string().as_bytes())
            .unwrap_or_else(|error| panic!("{error}: {document}"))
            .into_records();
        let is_denial =
            |record: &ConsentRecord| matches!(record.statement(), Statement::Denial { .. });
        assert!(records.iter().all(is_denial), "{document}");
        let denies_u1 = records
            .iter()
            .any(|record| record.subject().as_str() == "u1");
        assert!(denies_u1, "{document}");
        assert!(!passes(&ledger(&[&good(), &document])), "{document}");
    }
}

#[track_caller]
fn refusal(document: &Value) -> String {
    dpv::read(document.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

fn withdrawn() -> Value {
    json!({ "@type": "dpv:ConsentWithdrawn", "dpv:isIndicatedAtTime": "2024-10-15T09:00:00Z" })
}

/// The control: the document passes, so what keeps the others from passing is what they add.
#[test]
fn the_document_without_a_fault_passes() {
    assert!(passes(&ledger(&[&good()])));
    let described = with(RECORD, "dct:description", json!("a sample"));
    let described = with_in(described, PARTY, "dpv:hasName", json!("Acme"));
    let described = with_in(described, RECORD, "dpv:hasJurisdiction", json!(["loc:IE"]));
    let described = with_in(described, PERSON, "@type", json!("dpv:Customer"));
    assert!(passes(&ledger(&[&described])));
}

fn with_in(mut document: Value, at: &str, key: &str, value: Value) -> Value {
    let object = document.pointer_mut(at).unwrap().as_object_mut().unwrap();
    object.insert(key.to_owned(), value);
    document
}

/// R2, R15 · A person at a place where none is read: the statement may be theirs.
#[test]
fn an_event_or_a_process_about_somebody_else_grants_nothing() {
    let somebody = || json!({ "@id": "u2" });
    grant_nothing([
        with(EVENT, "dpv:hasDataSubject", somebody()),
        with(PROCESS, "dpv:hasDataSubject", somebody()),
        with(PROCESS, "https://w3id.org/dpv#hasDataSubject", json!("u2")),
        with(NOTICE, "dpv:hasDataSubject", somebody()),
        with(PARTY, "dpv:hasDataSubject", somebody()),
        with(EVENT, "pii_principal_id", json!("u2")),
        with(EVENT, "dpv:hasHumanSubject", somebody()),
        with(EVENT, "ex:hasDataSubject", somebody()),
        with(RECORD, "pii_principal_id", json!("u2")),
    ]);
    // In a document that says no, it is a denial by each of the two.
    let mut document = with(EVENT, "dpv:hasDataSubject", somebody());
    document["dpv:hasConsentStatus"]["@type"] = json!("dpv:ConsentWithdrawn");
    let people: BTreeSet<String> = ledger(&[&document])
        .records()
        .map(|record| record.subject().as_str().to_owned())
        .collect();
    assert_eq!(people, ["u1".to_owned(), "u2".to_owned()].into());
}

/// R15 · A no at a place where none is read.
#[test]
fn a_status_in_any_object_but_an_event_is_a_denial() {
    let no = || json!("dpv:ConsentWithdrawn");
    deny_u1([
        with(EVENT, "dpv:hasConsentStatus", withdrawn()),
        with(EVENT, "consent_events", json!([withdrawn()])),
        with(
            RECORD,
            "@type",
            json!(["dpv:ConsentRecord", "dpv:ConsentWithdrawn"]),
        ),
        with(RECORD, "dpv:hasStatus", no()),
        with(RECORD, "event_state", json!("withdrawn")),
        with(PERSON, "dpv:hasConsentStatus", withdrawn()),
        with(PERSON, "@type", no()),
        with(PARTY, "dpv:hasConsentStatus", no()),
        with(
            PARTY,
            "@type",
            json!(["dpv:DataController", "dpv:ConsentRefused"]),
        ),
        with(NOTICE, "dpv:hasConsentStatus", json!([withdrawn()])),
        with(NOTICE, "@type", no()),
        with(
            PROCESS,
            "@type",
            json!(["dpv:Process", "dpv:ConsentRevoked"]),
        ),
        with(DURATION, "@type", no()),
        with(TIME, "@type", no()),
        with(RECORD, "dct:description", no()),
        with(RECORD, "dpv:ConsentWithdrawn", json!(true)),
        with(
            RECORD,
            "dpv:hasRecipient",
            json!(["partner", "dpv:ConsentExpired"]),
        ),
        with(EVENT, "gate:evidence", json!("dpv:ConsentInvalidated")),
    ]);
}

/// R15 · Nor is one lost where the event grants nothing, so that nothing of it is read.
#[test]
fn a_status_beside_a_request_is_a_denial() {
    let requested = |at: &str, key: &str, value: Value| {
        let asked = with(EVENT, "@type", json!("dpv:ConsentRequested"));
        with_in(asked, at, key, value)
    };
    let no = || json!("dpv:ConsentWithdrawn");
    deny_u1([
        requested(DURATION, "@type", no()),
        requested(TIME, "@type", no()),
        requested(EVENT, "dpv:hasIndicationMethod", no()),
        requested(EVENT, "event_type", no()),
        requested(NOTICE, "dpv:hasConsentStatus", withdrawn()),
    ]);
}

/// R15 · The type of an event in another spelling.
#[test]
fn a_status_in_another_spelling_is_still_a_no() {
    let spelt = |status: &str| {
        let types = json!(["dpv:ConsentGiven", "dpv:ExplicitlyExpressedConsent", status]);
        with(EVENT, "@type", types)
    };
    deny_u1([
        spelt("http://w3id.org/dpv#ConsentWithdrawn"),
        spelt("https://w3id.org/dpv/2.1#ConsentWithdrawn"),
        spelt("https://www.w3id.org/dpv/owl#ConsentRefused"),
        spelt("dpv-owl:ConsentRevoked"),
        spelt("ConsentWithdrawn"),
        spelt("consent_withdrawn"),
        spelt(" dpv:ConsentWithdrawn "),
        spelt("https://w3id.org/dpv#ConsentWithdrawn/"),
        with(EVENT, "rdf:type", json!("dpv:ConsentWithdrawn")),
        with(EVENT, "type", json!("ConsentWithdrawn")),
        with(
            EVENT,
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
            json!({ "@id": "https://w3id.org/dpv#ConsentWithdrawn" }),
        ),
        with(EVENT, "@id", json!("http://w3id.org/dpv#ConsentWithdrawn")),
        with(EVENT, "event_state", json!("Withdrawn")),
        with(EVENT, "event_state", json!("withdrawn")),
        with(EVENT, "event_state", json!("rejected")),
        with(EVENT, "event_state", json!("opt-out")),
        with(EVENT, "event_state", json!("REFUSE")),
        with(EVENT, "event_type", json!("revocation")),
        with(EVENT, "dpv:hasStatus", json!("withdrawal")),
        with(EVENT, "ex:Objection", json!(true)),
        with(EVENT, "event_type", json!("revoked")),
    ]);
    // So is a key: the list of another version is not ours to read.
    deny_u1([
        with(
            RECORD,
            "https://w3id.org/dpv/2.0#hasConsentStatus",
            withdrawn(),
        ),
        with(RECORD, "http://w3id.org/dpv#hasConsentStatus", withdrawn()),
        with(RECORD, "dpv-owl:hasConsentStatus", json!([withdrawn()])),
        with(RECORD, "hasConsentStatus", withdrawn()),
        with(RECORD, "@reverse", json!({ "dpv:isStatusOf": withdrawn() })),
        with(RECORD, "@graph", json!([withdrawn()])),
        with(RECORD, "@included", json!([withdrawn()])),
    ]);
}

/// R2 · An id of the standard's JSON stands in its own object, and a blank node is the id of none.
#[test]
fn an_id_is_read_in_its_own_object() {
    grant_nothing([
        with(RECORD, "event_id", json!("e1")),
        with(EVENT, "record_id", json!("r1")),
        with(EVENT, "notice_id", json!("n1")),
        with(PROCESS, "record_id", json!("r1")),
        with(RECORD, "@id", json!("_:b0")),
    ]);
    let error = refusal(&with(EVENT, "record_id", json!("r1")));
    assert!(
        error.ends_with("`record_id`, which is read only in a record"),
        "{error}"
    );
    assert!(passes(&ledger(&[&with(EVENT, "event_id", json!("e1"))])));
    // A no of a document without an id has one that is made of the document.
    let mut document = with(RECORD, "@id", json!("_:b0"));
    document["dpv:hasConsentStatus"]["@type"] = json!("dpv:ConsentWithdrawn");
    let again = dpv::read(document.to_string().as_bytes()).unwrap();
    assert_eq!(dpv::read(document.to_string().as_bytes()).unwrap(), again);
    deny_u1([document]);
}

/// R4, R15 · An object that says more than its id.
#[test]
fn what_an_object_says_beside_its_id_is_not_passed_over() {
    let ads = || json!("dpv:Advertising");
    grant_nothing([
        with(PARTY, "dpv:hasPurpose", ads()),
        with(PARTY, "dpv:hasDuration", json!("PT1S")),
        with(PERSON, "dpv:hasPurpose", ads()),
        with(PERSON, "@type", json!("dpv:Child")),
        with(PERSON, "skos:broader", json!("dpv:Child")),
        with(PROCESS, "@type", json!("dpv:Prohibition")),
        with(PROCESS, "@type", json!(["dpv:Process", "dpv:Prohibition"])),
        with(
            PROCESS,
            "dpv:hasPurpose",
            json!({ "@id": "gate:train-generative", "dpv:hasProhibition": "x" }),
        ),
        with(
            PROCESS,
            "dpv:hasPurpose",
            json!({ "@id": "gate:train-generative", "dct:description": "spelling only" }),
        ),
        with(
            PROCESS,
            "dpv:hasPersonalData",
            json!({ "@id": "gate:posts", "dpv:hasScale": "dpv:SmallScale" }),
        ),
        with(NOTICE, "dpv:hasPersonalData", json!("gate:messages")),
        with(NOTICE, "dpv:hasPurpose", json!("dpv:Marketing")),
        with(
            NOTICE,
            "dpv:hasPurpose",
            json!(["our newsletter", "dpv:Payment"]),
        ),
        with(PROCESS, "dpv:hasPersonalData", json!("pd:EmailAddress")),
        with(
            RECORD,
            "dpv:hasNotice",
            json!([good()["dpv:hasNotice"], "other"]),
        ),
        with(
            EVENT,
            "dpv:isIndicatedBy",
            json!({ "@id": "u1", "@type": "dpv:Child" }),
        ),
        with(
            EVENT,
            "dpv:isIndicatedBy",
            json!({ "@id": "u1", "dpv:actsFor": "u2" }),
        ),
        with(
            EVENT,
            "gate:capacity",
            json!({ "@id": "gate:of-age", "@type": "ex:Claimed" }),
        ),
    ]);
}

/// R4, R16 · Our own terms count in an event. On a record they would be passed over.
#[test]
fn a_fact_of_an_event_is_read_in_an_event_only() {
    for (key, value) in [
        ("gate:capacity", "gate:under-age"),
        ("gate:granular", "gate:bundled"),
        ("gate:validUntil", "2024-09-11T09:00:00Z"),
        ("gate:withdrawVia", "gate:paper"),
        ("gate:givenVia", "gate:phone"),
        ("gate:evidence", "log:2"),
        ("dpv:hasDuration", "PT1S"),
        ("dpv:hasIndicationMethod", "gate:pre-ticked"),
        ("dpv:isIndicatedBy", "dpv:DataController"),
        ("dpv:isIndicatedAtTime", "2030-01-01T00:00:00Z"),
    ] {
        grant_nothing([
            with(RECORD, key, json!(value)),
            with(PROCESS, key, json!(value)),
        ]);
        let error = refusal(&with(RECORD, key, json!(value)));
        assert_eq!(
            error,
            format!(
                "record: a property that this format does not read: `{key}`, which is read only in \
                 an event{}",
                if key == "dpv:hasDuration" {
                    " or a storage condition"
                } else {
                    ""
                }
            )
        );
    }
}

/// R3, R4, R16 · What the record and a process both state, and state differently.
#[test]
fn what_two_levels_state_differently_grants_nothing() {
    grant_nothing([
        with(RECORD, "dpv:hasPurpose", json!("dpv:Advertising")),
        with(EVENT, "dpv:hasPurpose", json!("dpv:Advertising")),
        with(RECORD, "dpv:hasPersonalData", json!("gate:messages")),
        with(PROCESS, "dpv:hasDataController", json!("other")),
        with(EVENT, "dpv:hasDataController", json!("other")),
        with(PROCESS, "dpv:hasNotice", json!("other")),
        with(PROCESS, "dpv:hasLegalBasis", json!("eu-gdpr:A6-1-f")),
        with_in(
            with(RECORD, "gate:dataPeriod", json!("2024-10-20T00:00:00Z")),
            PROCESS,
            "gate:dataPeriod",
            json!("gate:all-existing"),
        ),
        with_in(
            with(RECORD, "dpv:hasLegalBasis", json!("eu-gdpr:A6-1-f")),
            PROCESS,
            "dpv:hasLegalBasis",
            json!("eu-gdpr:A6-1-a"),
        ),
    ]);
    let same = with(
        RECORD,
        "dpv:hasPurpose",
        json!({ "@id": "gate:train-generative" }),
    );
    assert!(passes(&ledger(&[&same])));
}

/// R5, R6, R13, R14 · Two values, or two spellings of one key, where one is read.
#[test]
fn of_two_values_none_is_chosen() {
    grant_nothing([
        with(
            EVENT,
            "dpv:hasIndicationMethod",
            json!(["gate:opt-in-control", "it was ticked already"]),
        ),
        with(
            EVENT,
            "dpv:isIndicatedBy",
            json!(["dpv:DataSubject", "dpv:DataController"]),
        ),
        with(TIME, "@id", json!("2030-01-01T00:00:00Z")),
        with(EVENT, "event_time", json!("2024-09-10T09:00:00Z")),
        with(DURATION, "@value", json!("PT1S")),
        with(DURATION, "rdf:value", json!(["P12M", "PT1S"])),
        with(DURATION, "@type", json!(7)),
        with(RECORD, "dpv:hasNotice", json!([true])),
        with(
            DURATION,
            "@type",
            json!(["dpv:TemporalDuration", "dpv:UntilEventDuration"]),
        ),
        with(
            RECORD,
            "https://w3id.org/dpv#hasDataController",
            json!("acme"),
        ),
        with(EVENT, "https://w3id.org/dpv#hasDuration", json!("PT1S")),
        with(PERSON, "dct:identifier", json!("u2")),
        with(PERSON, "@id", json!(["u1", "u2"])),
        with(PARTY, "dpv:hasIdentifier", json!("other")),
        with(NOTICE, "dct:hasVersion", json!(["3", "4"])),
        with(
            PROCESS,
            "dpv:hasPurpose",
            json!(["gate:train-generative", "our newsletter"]),
        ),
        with(
            PROCESS,
            "dpv:hasPurpose",
            json!([["gate:train-generative"]]),
        ),
    ]);
}

/// R14 · Also where the gate has a maximum age, an end that is not known is not no end.
#[test]
fn an_end_that_is_not_known_grants_nothing() {
    for kind in [
        "dpv:UntilEventDuration",
        "dpv:FixedOccurrencesDuration",
        "dpv:IndeterminateDuration",
    ] {
        grant_nothing([
            with(EVENT, "dpv:hasDuration", json!(kind)),
            with(EVENT, "dpv:hasDuration", json!({ "@type": kind })),
            with(
                EVENT,
                "dpv:hasDuration",
                json!(["dpv:EndlessDuration", kind]),
            ),
        ]);
    }
    let endless = with(EVENT, "dpv:hasDuration", json!("dpv:EndlessDuration"));
    assert!(passes(&ledger(&[&endless])));
}

/// R4, R16 · What may limit a yes is refused. A no does not need it, so it does not become broader.
#[test]
fn a_limit_makes_a_yes_unreadable_and_a_no_no_broader() {
    for (key, value) in [
        ("dpv:hasProcessing", json!("dpv:Store")),
        ("dpv:hasLocation", json!("loc:IE")),
        (
            "dpv:hasStorageCondition",
            json!({ "dpv:hasDuration": "P30D" }),
        ),
        ("dpv:hasTechnicalMeasure", json!("dpv:Deidentification")),
        ("dpv:hasContext", json!("ex:OnlyInTheApp")),
        ("retention_period", json!("P30D")),
    ] {
        let limited = with(RECORD, key, value.clone());
        grant_nothing([limited.clone(), with(PROCESS, key, value)]);
        let error = refusal(&limited);
        assert!(error.contains(key), "{error}");
        let mut marketing = with_in(limited, EVENT, "@type", json!("dpv:ConsentWithdrawn"));
        marketing["dpv:hasProcess"]["dpv:hasPurpose"] = json!("dpv:Marketing");
        assert!(passes(&ledger(&[
            &good(),
            &with_in(marketing, RECORD, "@id", json!("urn:w1"))
        ])));
    }
    grant_nothing([
        with(RECORD, "dpv:hasProhibition", json!("gate:train-generative")),
        with(RECORD, "odrl:prohibition", json!([])),
        with(RECORD, "dct:valid", json!("2024-09-11")),
        with(RECORD, "dct:isReplacedBy", json!("urn:g2")),
        with(RECORD, "ex:anything", json!(1)),
        with(RECORD, "schema:expires", json!("2024-09-11")),
        with(RECORD, "skos:exactMatch", json!("urn:g2")),
        with(EVENT, "dct:date", json!("2024-09-12")),
        with(
            RECORD,
            "dpv:hasService",
            json!({ "@id": "x", "dpv:hasPurpose": "y" }),
        ),
    ]);
}

/// R1 · A blank node has no name outside of its document, and its identifier is the person's.
#[test]
fn a_blank_node_is_not_a_person_of_that_name() {
    let blank = |more: Value| with(RECORD, "dpv:hasDataSubject", more);
    let gate = |subject: &str, document: &Value| {
        let gate = gate().build().unwrap();
        let ledger = ledger(&[document]);
        gate.with(&ledger).decide(&post_by(subject)).is_permit()
    };
    let named = blank(json!({ "@id": "_:b0", "dpv:hasIdentifier": "u1" }));
    assert!(gate("u1", &named) && !gate("_:b0", &named));
    for unnamed in [
        json!({ "@id": "_:b0" }),
        json!("_:b0"),
        json!({ "@type": "dpv:DataSubject" }),
    ] {
        let document = blank(unnamed);
        assert!(!gate("_:b0", &document));
        assert_eq!(
            refusal(&document),
            "record, data subject: expected the id of one person"
        );
        assert_eq!(Dpv.subjects(document.to_string().as_bytes()), None);
    }
}

/// R2 · Reading and quarantine find a person by one function, in every form.
#[test]
fn a_person_is_found_in_every_form() {
    for form in [
        json!("u1"),
        json!({ "@id": "u1" }),
        json!({ "@value": "u1" }),
        json!({ "@type": "dpv:DataSubject", "dpv:hasIdentifier": "u1" }),
        json!({ "@id": "_:b0", "dct:identifier": { "@value": "u1" } }),
        json!([{ "https://w3id.org/dpv#hasIdentifier": "u1" }]),
    ] {
        let document = with(RECORD, "dpv:hasDataSubject", form);
        let faulty = with_in(document.clone(), RECORD, "dpv:hasFault", json!(1));
        let found = Dpv.subjects(faulty.to_string().as_bytes()).unwrap();
        assert_eq!(found, [name::<SubjectId>("u1")], "{faulty}");
        assert!(ledger(&[&faulty]).is_unreadable("u1"));
        let is_value = document["dpv:hasDataSubject"].get("@value").is_some();
        assert!(is_value || passes(&ledger(&[&document])), "{document}");
    }
    let elsewhere = json!({ "@graph": [
        { "@id": "urn:r", "@type": "dpv:ConsentRecord", "dpv:hasDataSubject": { "@id": "_:b0" } },
        { "@id": "_:b0", "dpv:hasIdentifier": "u1" }
    ]});
    let found = Dpv.subjects(elsewhere.to_string().as_bytes()).unwrap();
    assert_eq!(found, [name::<SubjectId>("u1")]);
    let number = with(RECORD, "dpv:hasDataSubject", json!(u64::MAX));
    let found = Dpv.subjects(number.to_string().as_bytes()).unwrap();
    assert_eq!(found, [name::<SubjectId>("18446744073709551615")]);
}

/// R3, R15 · Reading and denials find a party by one function. One that has no name may be any.
#[test]
fn a_party_is_found_in_every_form() {
    for (form, reaches) in [
        (json!("acme"), true),
        (json!({ "@id": "acme" }), true),
        (
            json!({ "@type": "dpv:DataController", "dpv:hasIdentifier": "acme" }),
            true,
        ),
        (json!({ "@id": "_:b1", "dct:identifier": "acme" }), true),
        (
            json!({ "@id": "urn:acme", "dpv:hasIdentifier": "acme" }),
            true,
        ),
        (json!({ "@id": "_:b1" }), true),
        (json!(["other", { "@id": "_:b1" }]), true),
        (json!("other"), false),
    ] {
        let mut denial = with(RECORD, "dpv:hasDataController", form.clone());
        denial["@id"] = json!("urn:w1");
        denial["dpv:hasConsentStatus"] = withdrawn();
        denial["dpv:hasProcess"] = json!({ "dpv:hasPurpose": "gate:train-generative" });
        denial.as_object_mut().unwrap().remove("dpv:hasNotice");
        assert_eq!(!passes(&ledger(&[&good(), &denial])), reaches, "{form}");
    }
}

/// R15 · The withdrawal of a public consent manager: a context of its own, people and parties in
/// nodes, a bare date. Source: the shape of the consent records of `OpenSPP`.
#[test]
fn a_withdrawal_with_faults_is_a_denial_that_names_the_person() {
    deny_u1([json!({
        "@context": { "@vocab": "https://w3id.org/dpv#", "dpv": "https://w3id.org/dpv#" },
        "@type": ["dpv:ConsentRecord", "iso27560:ConsentRecordInformationStructure"],
        "@id": "urn:uuid:c1",
        "dpv:hasDataSubject": { "@type": "dpv:DataSubject", "dpv:hasIdentifier": "u1" },
        "dpv:hasDataController": {
            "@type": "dpv:DataController", "dpv:hasName": "Acme", "dpv:hasIdentifier": "acme"
        },
        "dpv:hasPurpose": [{
            "@type": "dpv:Purpose", "@id": "https://w3id.org/dpv/ai#ModelTraining",
            "dpv:hasName": "Training"
        }],
        "dpv:hasConsentStatus": {
            "@type": "ConsentWithdrawn", "@id": "https://w3id.org/dpv#ConsentWithdrawn"
        },
        "dpv:hasEffectiveDate": "2024-10-15"
    })]);
}

/// R15 · A fault in any record of a document is one in all of them, and so is a repeated key.
#[test]
fn a_fault_reaches_the_whole_document() {
    let other = with_in(good(), RECORD, "dpv:hasDataSubject", json!("u2"));
    let other = with_in(other, RECORD, "@id", json!("urn:g2"));
    let refused = with_in(other, EVENT, "@type", json!("dpv:ConsentRefused"));
    let faulty = with_in(refused.clone(), RECORD, "dpv:hasFault", json!(1));
    deny_u1([json!([good(), faulty])]);
    let apart = json!([good(), refused]);
    assert!(
        passes(&ledger(&[&apart])),
        "no fault: each is about its own person"
    );
    let twice = good().to_string().replacen(
        r#""@id":"urn:g1""#,
        r#""@id":"urn:g1","dpv:hasConsentStatus":{"@type":"dpv:ConsentWithdrawn"}"#,
        1,
    );
    let records = dpv::read(twice.as_bytes()).unwrap().into_records();
    let of_u1: Ledger = records
        .into_iter()
        .chain(
            dpv::read(good().to_string().as_bytes())
                .unwrap()
                .into_records(),
        )
        .collect();
    assert!(!passes(&of_u1));
}

/// R15 · Without the person, a no is not lost either: it is counted.
#[test]
fn a_no_of_nobody_in_particular_stops_the_reading() {
    let mut document = with(EVENT, "@type", json!("dpv:ConsentWithdrawn"));
    document
        .as_object_mut()
        .unwrap()
        .remove("dpv:hasDataSubject");
    assert_eq!(
        refusal(&document),
        "record, data subject: expected the id of one person"
    );
    assert_eq!(ledger(&[&document]).unattributed(), 1);
}

/// R2 · A message says which term is too much, and no content.
#[test]
fn a_message_names_the_key_that_is_too_much() {
    let context = |context: Value| with(RECORD, "@context", context);
    let used = |declared: Value, key: &str| with_in(context(declared), RECORD, key, json!(1));
    for (document, end) in [
        (
            context(json!({ "@vocab": "https://example.com/ns#" })),
            "; found `@vocab`",
        ),
        (
            used(json!({ "ex": "https://example.com/ns#" }), "ex:limit"),
            "; found `ex`",
        ),
        (
            context(json!({ "dpv": "https://w3id.org/dpv/2.0#" })),
            "; found `dpv` with another IRI",
        ),
        (
            used(json!({ "alice_smith": "dpv:hasPurpose" }), "alice_smith"),
            "; found term 1, whose name is not shown",
        ),
        (
            context(json!("https://example.com/c")),
            "; found a reference to a context elsewhere",
        ),
        (
            with(NOTICE, "@context", json!({})),
            "; found one inside the record",
        ),
        (
            with(RECORD, "dpv:hasProhibition", json!(1)),
            ": `dpv:hasProhibition`",
        ),
        (
            with(EVENT, "dpv:hasdatasubject", json!("u2")),
            ": `dpv:hasdatasubject` (did you mean `dpv:hasDataSubject`?)",
        ),
        (
            with(EVENT, "alice_smith", json!(1)),
            ": its name is not shown",
        ),
        (
            with(EVENT, "dpv:hasAliceSmith", json!(1)),
            ": its name is not shown",
        ),
        (
            with(PROCESS, "dpv:hasDataSubject", json!("u2")),
            ": `dpv:hasDataSubject`, which is read only in a record",
        ),
    ] {
        let error = refusal(&document);
        assert!(error.ends_with(end), "{error}");
    }
}

/// R2 · A small document does not ask for many values: each statement inherits those around it.
#[test]
fn a_record_whose_statements_have_too_many_values_is_refused() {
    let event = good()["dpv:hasConsentStatus"].clone();
    let parties: Vec<String> = (0..1024).map(|n| format!("p{n}")).collect();
    let many = |events| {
        let document = with(RECORD, "dpv:hasThirdParty", json!(parties));
        with_in(
            document,
            RECORD,
            "dpv:hasConsentStatus",
            json!(vec![event.clone(); events]),
        )
    };
    assert_eq!(
        dpv::read(many(1000).to_string().as_bytes())
            .unwrap()
            .records()
            .len(),
        1000
    );
    let end = "values in all statements of a record";
    assert!(refusal(&many(1024)).ends_with(end));
    // An event's own values are in the statement about each process.
    let processes: Vec<Value> = (0..1100)
        .map(|n| json!({ "dpv:hasPurpose": format!("ex:p{n}") }))
        .collect();
    let document = with(EVENT, "dpv:hasThirdParty", json!(parties));
    assert!(
        refusal(&with_in(
            document,
            RECORD,
            "dpv:hasProcess",
            json!(processes)
        ))
        .ends_with(end)
    );
}

/// R15 · A person whose id is a number, or one of several, says no like anybody else.
#[test]
fn a_no_finds_every_person_that_is_named() {
    let mut numbered = with(EVENT, "@type", json!("dpv:ConsentWithdrawn"));
    numbered["dpv:hasDataSubject"] = json!(7);
    let denials = dpv::read(numbered.to_string().as_bytes())
        .unwrap()
        .into_records();
    assert_eq!(denials[0].subject().as_str(), "7");
    for people in [json!(["u2", "u1"]), json!([7, u64::MAX, { "@id": "u1" }])] {
        let mut several = numbered.clone();
        several["dpv:hasDataSubject"] = people;
        deny_u1([several]);
    }
    let mut unreadable = with(EVENT, "dpv:hasDuration", json!(["P1M", "P2M"]));
    unreadable["dpv:hasDataSubject"] = json!(["u2", "u1"]);
    let ledger = ledger(&[&unreadable]);
    assert!(ledger.is_unreadable("u1") && ledger.is_unreadable("u2"));
}

/// R2 · An object has one id, of its own kind, and a document is one by its type or by its record id.
#[test]
fn an_object_has_one_id_of_its_own_kind() {
    grant_nothing([
        with(PROCESS, "@id", json!(["urn:p1", "urn:p2"])),
        with(NOTICE, "@id", json!(["ai", "other"])),
        with(PROCESS, "event_id", json!("urn:e1")),
        with(RECORD, "event_id", json!("urn:e1")),
        with(EVENT, "record_id", json!("urn:e1")),
    ]);
    let mut untyped = good();
    untyped.as_object_mut().unwrap().remove("@type");
    assert!(
        refusal(&untyped).contains("consent record"),
        "{}",
        refusal(&untyped)
    );
}

/// The good document with other names for the terms of DPV.
fn renamed(from: &str, to: &str, context: Value) -> Value {
    let text = good().to_string();
    let text = text.replace(&format!("\"{from}"), &format!("\"{to}"));
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["@context"] = context;
    document
}

const DPV: &str = "https://w3id.org/dpv#";

/// R1 · DPV as others write it: a vocabulary without a prefix, other prefixes, a graph of records.
#[test]
fn a_context_may_give_the_namespaces_other_names() {
    // Plain texts are no references in JSON-LD, so only keys, types and ids are of the vocabulary.
    let by_vocabulary = renamed("dpv:", "dpv:", json!(null)).to_string();
    let by_vocabulary = by_vocabulary
        .replace("\"dpv:has", "\"has")
        .replace("\"dpv:isIndicatedAtTime\"", "\"isIndicatedAtTime\"")
        .replace("\"dpv:Process\"", "\"Process\"")
        .replace("\"dpv:ConsentGiven\"", "\"ConsentGiven\"");
    let mut by_vocabulary: Value = serde_json::from_str(&by_vocabulary).unwrap();
    by_vocabulary["@context"] = json!([{ "@version": 1.1 }, { "@vocab": DPV }]);
    assert_eq!(by_vocabulary["hasProcess"]["@type"], "Process");
    let other = good().to_string().replace("\"dpv:has", "\"p:has");
    let mut other: Value = serde_json::from_str(&other.replace("\"dpv:C", "\"p:C")).unwrap();
    other["@context"] = json!({ "p": DPV, "unused": "https://example.org/" });
    let graph = json!({ "@context": { "dpv": DPV }, "@graph": [good()] });
    let graph_by_vocabulary = {
        let mut record = by_vocabulary.clone();
        let context = record["@context"].take();
        record.as_object_mut().unwrap().remove("@context");
        json!({ "@graph": record, "@context": context })
    };
    for document in [
        by_vocabulary.clone(),
        other.clone(),
        graph,
        graph_by_vocabulary,
    ] {
        assert!(passes(&ledger(&[&document])), "{document}");
        // A no in it is one by its own name, and keeps the person from passing.
        let no = document
            .to_string()
            .replace("ConsentGiven", "ConsentWithdrawn");
        let no: Value = serde_json::from_str(&no).unwrap();
        assert!(!passes(&ledger(&[&no, &good()])), "{no}");
    }
}

/// R2 · A context that would change what a term means, or a name that it alone explains, is refused by
/// its name.
#[test]
fn a_context_changes_no_term() {
    let with_context = |context: Value| with(RECORD, "@context", context);
    for (context, word) in [
        (
            json!({ "dpv": "https://example.org/" }),
            "`dpv` with another IRI",
        ),
        (json!({ "@vocab": "https://example.org/" }), "`@vocab`"),
        (json!({ "@base": "https://example.org/" }), "`@base`"),
        (json!({ "dpv:hasPurpose": "dpv:hasRecipient" }), "term 1"),
        (json!("https://w3id.org/dpv/context.jsonld"), "elsewhere"),
        (
            json!([{ "p": DPV }, { "dpv:hasPurpose": { "@id": "dpv:x" } }]),
            "term 1",
        ),
    ] {
        let error = refusal(&with_context(context.clone()));
        assert!(error.contains(word), "{context}: {error}");
    }
    let mut used = with_context(json!({ "ex": "https://example.org/" }));
    used["ex:limit"] = json!(1);
    assert!(refusal(&used).contains("`ex`"), "{}", refusal(&used));
    // A prefix for DPV does not make another term of it.
    let mut twice = with_context(json!({ "p": DPV }));
    twice["p:hasDataSubject"] = json!("u2");
    grant_nothing([
        twice,
        json!({ "@context": { "p": DPV }, "@graph": [good()], "p:hasConsentStatus": [] }),
        json!({ "@graph": [good(), { "@id": "u1", "@type": "dpv:DataSubject" }] }),
        json!({ "@graph": [[good()]] }),
        json!({ "@graph": [with(PERSON, "@context", json!({ "p": DPV }))] }),
    ]);
}
