//! A document with a good yes, and a no, another person, another purpose or a limit at every place
//! that it has, in every spelling: none passes the gate, and none loses the no.

use serde_json::{Value, json};

use super::dpv_places::{good, ledger, passes};

/// The documents to start from. Each passes.
fn bases() -> Vec<Value> {
    let mut prefixed = good();
    prefixed["@id"] = json!("urn:g2");
    let full = prefixed
        .to_string()
        .replace("\"dpv:", "\"https://w3id.org/dpv#")
        .replace("\"gate:", "\"urn:consent-gate:");
    let mut nested = prefixed.clone();
    let inner = nested["dpv:hasProcess"].take();
    nested["dpv:hasProcess"] = json!([{ "@type": "dpv:Process", "dpv:hasProcess": [inner] }]);
    let mut inside = prefixed.clone();
    let event = inside["dpv:hasConsentStatus"].take();
    inside["dpv:hasConsentStatus"] = json!([]);
    inside["dpv:hasProcess"]["dpv:hasConsentStatus"] = json!([event]);
    let event = &prefixed["dpv:hasConsentStatus"];
    let plain = json!({
        "record_id": "urn:g2", "schema_version": "27560", "pii_principal_id": "u1",
        "pii_processing": [{
            "privacy_notice": prefixed["dpv:hasNotice"],
            "purposes": [{
                "purpose": "gate:train-generative", "pii_information": ["gate:posts"],
                "pii_controllers": ["acme"]
            }]
        }],
        "party_identification": [{ "party_id": "acme" }],
        "consent_events": [{
            "event_state": "given", "event_type": "explicit", "entity_id": "u1",
            "event_time": "2024-09-10T09:00:00Z", "validity_duration": 31_557_600,
            "dpv:hasIndicationMethod": "gate:opt-in-control",
            "gate:capacity": event["gate:capacity"], "gate:granular": event["gate:granular"],
            "gate:evidence": "log:1", "gate:givenVia": "gate:web", "gate:withdrawVia": "gate:web"
        }]
    });
    let other = prefixed.to_string().replace("\"dpv:has", "\"p:has");
    let mut other: Value = serde_json::from_str(&other).unwrap();
    other["@context"] = json!({ "p": "https://w3id.org/dpv#", "unused": "https://example.org/" });
    let bare = prefixed.to_string().replace("\"dpv:has", "\"has");
    let bare: Value = serde_json::from_str(&bare).unwrap();
    let bare = json!({ "@context": { "@vocab": "https://w3id.org/dpv#" }, "@graph": [bare] });
    vec![
        other,
        bare,
        prefixed.clone(),
        serde_json::from_str(&full).unwrap(),
        nested,
        inside,
        plain,
        json!([prefixed]),
    ]
}

/// The pointers to all values of a document, the document among them.
pub(super) fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((at, value)) = open.pop() {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    open.push((format!("{at}/{key}"), value));
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    open.push((format!("{at}/{index}"), value));
                }
            }
            _ => {}
        }
        found.push(at);
    }
    found
}

/// A name of DPV in every spelling.
fn spellings(name: &str) -> Vec<String> {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    let prefixes = [
        "dpv:",
        "https://w3id.org/dpv#",
        "http://w3id.org/dpv#",
        "https://www.w3id.org/dpv#",
        "https://w3id.org/dpv/2.0#",
        "https://w3id.org/dpv/owl#",
        "http://www.w3.org/ns/dpv#",
        "https://w3id.org/dpv/",
        "dpv-owl:",
        "DPV:",
        "ex:",
        "gate:",
        "odrl:",
        "dct:",
        "",
    ];
    let mut all: Vec<String> = prefixes
        .iter()
        .map(|prefix| format!("{prefix}{name}"))
        .collect();
    all.extend([
        format!("dpv:{}", name.to_lowercase()),
        format!(" dpv:{name} "),
        snake,
    ]);
    all
}

/// A term as a value, in every form.
fn forms(term: &str) -> Vec<Value> {
    vec![
        json!(term),
        json!([term]),
        json!([[term]]),
        json!({ "@id": term }),
        json!([{ "@id": term }]),
        json!({ "@value": term }),
        json!({ "@type": term }),
        json!({ "@type": ["dpv:ConsentStatus", term] }),
        json!({ "type": term }),
        json!({ "rdf:type": { "@id": term } }),
        json!({ "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": term }),
        json!({ "event_state": term }),
        json!({ "@id": "urn:x", "@type": term }),
        json!({ "@id": term, "dct:title": "x" }),
        json!({ "@list": [term] }),
        json!({ "@set": [{ "@id": term }] }),
        json!({ term: true }),
    ]
}

/// The keys of a type, which may be a status.
const TYPES: [&str; 7] = [
    "@type",
    "type",
    "rdf:type",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
    "event_state",
    "dpv:hasStatus",
    "event_type",
];

const NO: &str = "dpv:ConsentWithdrawn";

/// Keys and values that say no, wherever they are put.
fn noes() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for key in spellings("hasConsentStatus") {
        all.extend(forms(NO).into_iter().map(|value| (key.clone(), value)));
    }
    let events = [
        "consent_events",
        "events",
        "@graph",
        "@included",
        "@reverse",
        "@nest",
    ];
    for key in TYPES.iter().chain(&events) {
        all.extend(
            forms(NO)
                .into_iter()
                .map(|value| ((*key).to_owned(), value)),
        );
    }
    let no = [
        "ConsentRefused",
        "ConsentRevoked",
        "ConsentStatusInvalidForProcessing",
    ];
    for term in no.into_iter().flat_map(spellings) {
        for key in ["@type", "dpv:hasConsentStatus", "rdf:type"] {
            all.push((key.to_owned(), json!(term)));
            all.push((key.to_owned(), json!({ "@type": term })));
        }
    }
    all
}

/// Keys and values by which a yes is about somebody else, about something else, or limited.
fn limits() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let persons = ["hasDataSubject", "hasHumanSubject"];
    for key in persons.into_iter().flat_map(spellings) {
        all.extend(forms("u2").into_iter().map(|value| (key.clone(), value)));
    }
    all.push(("pii_principal_id".to_owned(), json!("u2")));
    for (name, value) in [
        ("hasPurpose", json!("dpv:Advertising")),
        ("hasPurpose", json!({ "@id": "dpv:Marketing" })),
        ("hasDuration", json!("PT1S")),
        ("hasDuration", json!({ "@type": "dpv:UntilEventDuration" })),
        ("hasLegalBasis", json!("eu-gdpr:A6-1-f")),
        ("hasPersonalData", json!("gate:messages")),
        ("hasPersonalData", json!("pd:EmailAddress")),
        ("hasProcessing", json!("dpv:Store")),
        ("hasProhibition", json!("ai:ModelTraining")),
        ("hasRule", json!({ "@type": "dpv:Prohibition" })),
        ("hasContext", json!("ex:OnlyInTheApp")),
        ("hasLocation", json!({ "@id": "loc:IE" })),
        ("hasStorageCondition", json!({ "dpv:hasDuration": "PT1S" })),
        ("hasTechnicalMeasure", json!(["dpv:Deidentification"])),
        ("hasRestriction", json!("x")),
        (
            "prohibition",
            json!([{ "odrl:action": "ai:ModelTraining" }]),
        ),
        ("validUntil", json!("2024-09-11T09:00:00Z")),
        ("dataPeriod", json!("2024-10-20T00:00:00Z")),
        ("capacity", json!("gate:under-age")),
        ("isReplacedBy", json!("urn:g3")),
    ] {
        all.extend(spellings(name).into_iter().map(|key| (key, value.clone())));
    }
    all
}

/// Puts a field into an object: in place of the one with that key, if there is one, or after it.
fn put(document: &Value, at: &str, key: &str, value: &Value, after: bool) -> Option<Value> {
    let mut document = document.clone();
    let object = document.pointer_mut(at)?.as_object_mut()?;
    let value = match (object.get(key), after) {
        (Some(there), true) => json!([there, value]),
        (None, true) => return None,
        // In place of all records it would be a document about nobody.
        (Some(_), false) if key == "@graph" => return None,
        (_, false) => value.clone(),
    };
    object.insert(key.to_owned(), value);
    Some(document)
}

/// A value that only makes a list longer: the yes is for more purposes or more data, the notice tells
/// more purposes.
fn only_widens(key: &str, after: bool) -> bool {
    let lists = ["hasPurpose", "hasPersonalData"];
    after && lists.iter().any(|name| key.ends_with(name))
}

/// Counts the documents, and gathers those that pass.
#[derive(Default)]
struct Tried {
    count: usize,
    passed: Vec<String>,
}

impl Tried {
    fn try_alone(&mut self, document: &Value) {
        self.count += 1;
        if passes(&ledger(&[document])) {
            self.passed.push(document.to_string());
        }
    }

    /// A no keeps a good yes beside it from passing, or else it was lost.
    fn try_beside_a_yes(&mut self, document: &Value) {
        self.count += 1;
        if passes(&ledger(&[&good(), document])) {
            self.passed.push(document.to_string());
        }
    }

    #[track_caller]
    fn assert_none_passed(&self, at_least: usize) {
        let some: Vec<_> = self.passed.iter().take(5).collect();
        assert!(
            some.is_empty(),
            "{} of {} pass, such as {some:#?}",
            self.passed.len(),
            self.count
        );
        assert!(self.count >= at_least, "only {} were tried", self.count);
    }
}

/// The control.
#[test]
fn each_document_without_the_addition_passes() {
    for base in bases() {
        assert!(passes(&ledger(&[&base])), "{base}");
    }
}

/// One in this many additions is tried on each document but the first, which takes them all.
const SOME: usize = 7;
const ALL: usize = 1;

/// The documents, each with the additions that are tried on it.
fn each_with<T>(additions: &[T], step: usize) -> impl Iterator<Item = (Value, Vec<&T>)> {
    bases().into_iter().enumerate().map(move |(nth, base)| {
        let step = if nth == 0 { ALL } else { step };
        (
            base,
            additions.iter().skip(nth % step).step_by(step).collect(),
        )
    })
}

fn try_noes(step: usize) -> Tried {
    let (mut tried, noes) = (Tried::default(), noes());
    for (base, noes) in each_with(&noes, step) {
        for at in pointers(&base) {
            for (key, value) in &noes {
                for after in [false, true] {
                    if let Some(document) = put(&base, &at, key, value, after) {
                        tried.try_beside_a_yes(&document);
                    }
                }
            }
        }
    }
    tried
}

fn try_noes_beside_values(step: usize) -> Tried {
    let mut tried = Tried::default();
    for (base, spelt) in each_with(&spellings("ConsentWithdrawn"), step) {
        for at in pointers(&base) {
            for no in &spelt {
                let value = base.pointer(&at).unwrap();
                let beside = [
                    json!([value, no]),
                    json!([no, value]),
                    json!([value, { "@id": no }]),
                    json!([value, { "@type": no }]),
                    json!({ "@id": value, "@type": no }),
                    json!({ "@value": value, "rdf:type": no }),
                ];
                for changed in beside {
                    let mut document = base.clone();
                    *document.pointer_mut(&at).unwrap() = changed;
                    tried.try_alone(&document);
                }
            }
        }
    }
    tried
}

fn try_limits(step: usize) -> Tried {
    let (mut tried, limits) = (Tried::default(), limits());
    for (base, limits) in each_with(&limits, step) {
        for at in pointers(&base) {
            for (key, value) in &limits {
                for after in [false, true] {
                    if only_widens(key, after) {
                        continue;
                    }
                    if let Some(document) = put(&base, &at, key, value, after) {
                        tried.try_alone(&document);
                    }
                }
            }
        }
    }
    tried
}

/// R2, R15 · A no in any object of a document.
#[test]
fn a_no_in_any_object_is_never_lost() {
    try_noes(SOME).assert_none_passed(15_000);
}

/// R2, R15 · A no in place of any value, or beside it.
#[test]
fn a_no_beside_any_value_is_never_lost() {
    try_noes_beside_values(SOME).assert_none_passed(5_000);
}

/// R2, R4, R14, R16 · Another person, another purpose or a limit in any object of a document.
#[test]
fn a_limit_in_any_object_is_never_passed_over() {
    try_limits(SOME).assert_none_passed(15_000);
}

/// R2, R15 · All of the above, with every addition on every document.
#[test]
#[ignore = "takes minutes"]
fn no_addition_to_any_document_is_passed_over() {
    try_noes(ALL).assert_none_passed(50_000);
    try_noes_beside_values(ALL).assert_none_passed(20_000);
    try_limits(ALL).assert_none_passed(50_000);
}
