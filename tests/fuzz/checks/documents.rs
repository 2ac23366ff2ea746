//! Documents in the formats of other consent systems.

use std::collections::BTreeSet;

use consent_gate::interchange::{
    Documents, Dpv, Fhir, Fides, Kantara, PreferenceMap, ReceiptStatus, dpv as document,
    read_consents,
};
use consent_gate::json::{OnUnreadable, lines};
use consent_gate::{
    ConsentRecord, DataCategories, DataPeriod, DenialStatus, Details, Method, PartyId, Purposes,
    Statement, SubjectId,
};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcDateTime};

use super::native::come_back;
use super::said::{KEEP_ALL, Said, claims, is_grant};

/// Consent records of ISO/IEC TS 27560, in DPV or in the JSON of the standard.
pub(crate) fn dpv(bytes: &[u8]) {
    for record in read_alike(&Dpv, bytes, says_in_dpv) {
        let written = document::write(&record);
        let again = document::read(written.as_bytes()).expect("our own document");
        assert!(again.records() == [record], "not as it was written");
    }
    for line in lines(bytes) {
        keeps_its_no(line);
    }
}

/// A document that says no anywhere has a denial, or cannot be read and names no one for sure. One that
/// grants names one person in each record and nowhere else.
fn keeps_its_no(line: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(line) else {
        return;
    };
    let mut seen = Seen::default();
    seen.look(&document);
    match Dpv.read(line) {
        Ok(imported) => {
            let records = imported.records();
            let is_denial =
                |record: &ConsentRecord| matches!(record.statement(), Statement::Denial { .. });
            let is_kept = seen.noes == 0 || records.iter().any(is_denial);
            assert!(is_kept || records.is_empty(), "a no that is lost");
            let count = document.as_array().map_or(1, Vec::len);
            let is_alone = seen.people == count || !records.iter().any(is_grant);
            assert!(is_alone, "a grant beside another person");
        }
        Err(_) => assert!(
            seen.noes == 0 || Dpv.subjects(line).is_none(),
            "a no by a person who is known, and no denial"
        ),
    }
}

/// The texts and keys of a document that say no, and the keys that name a person: by their local
/// names, whatever the prefix.
#[derive(Default)]
struct Seen {
    noes: usize,
    people: usize,
}

impl Seen {
    fn look(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.noes += usize::from(says_no(text)),
            Value::Array(items) => items.iter().for_each(|item| self.look(item)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.noes += usize::from(says_no(key));
                    let name = local_name(key);
                    let is_person = ["hasdatasubject", "piiprincipalid"].contains(&name.as_str());
                    self.people += usize::from(is_person && !value.is_null());
                    // An identifier or a typed text is a name, whatever it says.
                    if !["identifier", "hasidentifier", "value"].contains(&name.as_str()) {
                        self.look(value);
                    }
                }
            }
            _ => {}
        }
    }
}

fn says_no(text: &str) -> bool {
    [
        "consentwithdrawn",
        "consentrefused",
        "consentrevoked",
        "consentexpired",
        "consentinvalidated",
        "consentstatusinvalidforprocessing",
        "withdrawn",
        "refused",
        "objected",
        "revoked",
        "expired",
        "invalidated",
    ]
    .contains(&local_name(text).as_str())
}

fn local_name(term: &str) -> String {
    let name = term
        .trim()
        .rsplit([':', '#', '/'])
        .find(|part| !part.is_empty());
    let name = name.unwrap_or_default().to_lowercase();
    name.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Receipts: whatever they say, alone they grant nothing, and what ended grants nothing either.
pub(crate) fn kantara(bytes: &[u8]) {
    let ended = Kantara::with_status(ReceiptStatus::Ended {
        status: DenialStatus::Withdrawn,
        at: None,
    });
    let is_denial = |record: &ConsentRecord| matches!(record.statement(), Statement::Denial { .. });
    let alone = read_alike(&Kantara::new(), bytes, says_in_a_receipt);
    assert!(
        !alone
            .iter()
            .any(|record| is_denial(record) || is_grant(record))
    );
    assert!(
        read_alike(&ended, bytes, says_in_a_receipt)
            .iter()
            .all(is_denial)
    );
    let stands = Kantara::with_status(ReceiptStatus::Stands);
    assert!(
        read_alike(&stands, bytes, says_in_a_receipt)
            .iter()
            .all(is_grant)
    );
}

/// Entries of the history of fides.
pub(crate) fn fides(bytes: &[u8]) {
    for record in read_alike(&Fides::new(acme()), bytes, says_in_fides) {
        assert_eq!(
            record.details().consent_type,
            None,
            "an entry does not say it"
        );
    }
}

/// Consents of FHIR: a grant is for training by somebody who is named, and a document with a rule that
/// denies everything grants nothing.
pub(crate) fn fhir(bytes: &[u8]) {
    for record in read_alike(&Fhir::new(), bytes, says_in_fhir) {
        assert_eq!(record.details().method, None, "a resource does not say it");
        assert_eq!(record.details().consent_type, None, "nor this");
    }
}

fn says_in_fhir(document: &[u8], record: &ConsentRecord) -> bool {
    let said = Said::by(document);
    let is_modified = serde_json::from_slice(document).is_ok_and(|value| has_modifier(&value));
    !is_modified
        && said.has("active")
        && said.has_any(&["permit", "deny", "OPTIN"])
        && said.has("MLTRAINING")
        && said.has_any(&["dateTime", "date"])
        && claims(record)
            .iter()
            .all(|(field, text)| match (field.as_str(), text.as_str()) {
                ("id" | "status" | "at" | "data_period", _)
                | ("granular", "false")
                | ("purposes", "train-generative" | "train-non-generative") => true,
                ("actor", "subject") => said.has_any(&["performer", "grantor"]),
                ("actor", actor) => actor == "guardian",
                ("conditions", condition) => condition == "de-identified" && said.has("DEID"),
                ("valid_until", _) => said.has("period") && said.has("end"),
                ("subject" | "controller" | "recipients" | "evidence", text) => said.has_part(text),
                _ => false,
            })
}

/// Whether an object has a modifier extension.
fn has_modifier(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_modifier),
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            key == "modifierExtension" && !value.is_null() || has_modifier(value)
        }),
        _ => false,
    }
}

fn acme() -> PartyId {
    "acme".parse().expect("a name")
}

/// The times of each answer that agrees to the one switch that a map knows.
type Agrees = fn(&Value) -> Vec<Times>;

/// Preferences of Transcend, Klaro and OneTrust.
pub(crate) fn maps(bytes: &[u8]) {
    let maps: [(_, Agrees); 3] = [
        (PreferenceMap::transcend(acme()), agrees_in_transcend),
        (PreferenceMap::klaro(acme()), agrees_in_klaro),
        (PreferenceMap::onetrust(acme()), agrees_in_onetrust),
    ];
    for (map, agrees) in maps {
        let map = map.switch(SWITCH, agreed()).pass_over("Analytics").build();
        let map = map.expect("a map");
        read_alike(&map, bytes, |document, record| {
            let mut details = record.details().clone();
            details.data_period = DataPeriod::FromGrant;
            let is_theirs = Said::by(document).has(record.subject().as_str());
            let document = serde_json::from_slice(document).expect("it was read");
            let is_said = agrees(&document).iter().any(|times| times.allow(record));
            details == agreed() && is_theirs && is_said
        });
    }
}

/// A map in a file, and what it makes of documents: the yes of a switch is what the file says of it, and
/// whatever a document grants has a yes of the map in it.
pub(crate) fn map_files(bytes: &[u8]) {
    let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\0") else {
        return;
    };
    let (map, documents) = bytes.split_at(end);
    let Ok(map) = std::str::from_utf8(map) else {
        return;
    };
    let Ok(read) = PreferenceMap::from_toml(map) else {
        return;
    };
    let said = toml::from_str::<toml::Value>(map).expect("a map is TOML");
    let preset_says_true = said.get("preset").is_some();
    let yes = said.get("yes").and_then(toml::Value::as_array);
    let yes: Vec<toml::Value> = yes.cloned().unwrap_or_default();
    let texts = yes.iter().filter_map(toml::Value::as_str);
    let texts: Vec<&str> = texts.chain(["ACTIVE", "granted"]).collect();
    let has_true = preset_says_true || yes.iter().any(|yes| yes.as_bool() == Some(true));
    read_alike(&read, &documents[2..], |document, record| {
        let document = serde_json::from_slice(document).expect("it was read");
        let is_said = has_yes(&document, &texts, has_true);
        let switches = said.get("switches").and_then(toml::Value::as_table);
        let is_of_switch = switches.is_some_and(|switches| {
            let mut names = switches.keys();
            names.any(|name| record.id().as_str().ends_with(&format!("#{name}")))
        });
        is_said && is_of_switch
    });
}

/// Returns true when there is a yes in a value, or in a cookie in it.
fn has_yes(value: &Value, texts: &[&str], has_true: bool) -> bool {
    match value {
        Value::Bool(value) => *value && has_true,
        Value::String(text) => texts.contains(&text.as_str()) || text.contains("true"),
        Value::Array(items) => items.iter().any(|item| has_yes(item, texts, has_true)),
        Value::Object(fields) => fields.values().any(|value| has_yes(value, texts, has_true)),
        _ => false,
    }
}

fn has_lone_return(line: &[u8]) -> bool {
    let text = line.strip_suffix(b"\r\n").unwrap_or(line);
    text.contains(&b'\r')
}

/// Reads documents, one a line, in every way there is; gives all records.
fn read_alike<F: Documents>(
    format: &F,
    bytes: &[u8],
    says: impl Fn(&[u8], &ConsentRecord) -> bool,
) -> Vec<ConsentRecord> {
    if lines(bytes).any(has_lone_return) {
        assert!(
            read_consents(format, bytes, OnUnreadable::Stop).is_err(),
            "a carriage return that ends no line"
        );
        return Vec::new();
    }
    let mut all = Vec::new();
    let mut unreadable: BTreeSet<SubjectId> = BTreeSet::new();
    let (mut unnamed, mut refused) = (0, 0);
    let mut documents: Vec<&[u8]> = lines(bytes).collect();
    // A blank line at the end is none.
    documents.pop_if(|last| matches!(*last, b"\n" | b"\r\n"));
    for line in documents {
        if let Ok(imported) = format.read(line) {
            for record in imported.into_records() {
                assert!(
                    !is_grant(&record) || says(line, &record),
                    "a grant that nobody wrote"
                );
                all.push(record);
            }
            continue;
        }
        refused += 1;
        match format.subjects(line) {
            Some(subjects) => unreadable.extend(subjects),
            None => unnamed += 1,
        }
    }
    let ledger = read_consents(format, bytes, KEEP_ALL).expect("everything is kept or counted");
    // A line may hold several documents, of which each may name no one.
    assert!(ledger.unattributed() >= unnamed);
    assert!(
        unreadable
            .iter()
            .all(|subject| ledger.is_unreadable(subject.as_str()))
    );
    assert!(all.iter().all(|record| {
        ledger
            .records_of(record.subject().as_str())
            .any(|kept| kept == *record)
    }));
    assert!(ledger.records().all(|record| all.contains(&record)));
    match read_consents(format, bytes, OnUnreadable::Stop) {
        Ok(strict) => {
            assert_eq!(refused, 0);
            assert_eq!(strict.digest(), ledger.digest());
        }
        Err(_) => assert!(refused > 0),
    }
    come_back(ledger.records());
    all
}

/// Whether a document has the terms for everything that a grant says.
fn says_in_dpv(document: &[u8], record: &ConsentRecord) -> bool {
    let said = Said::by(document);
    let ours = |token: &str| said.has_term(&format!("gate:{token}"));
    let has_any = |terms: &[&str]| terms.iter().any(|term| said.has_term(term));
    claims(record)
        .iter()
        .all(|(field, text)| match (field.as_str(), text.as_str()) {
            // What proves nothing is no claim.
            ("id", _)
            | ("granular", "false")
            | ("data_period", "from-grant")
            | ("consent_type", "expressed" | "implied" | "uninformed")
            | ("actor", "guardian" | "controller" | "authority" | "system") => true,
            ("status", "given") => has_any(&["dpv:ConsentGiven", "given"]),
            ("status", "renewed") => has_any(&["dpv:RenewedConsentGiven", "renewed"]),
            ("purposes" | "notice.purposes", purpose) => names_purpose(&said, purpose),
            ("data", category) => ours(category) || has_any(data_terms(category)),
            ("data_period", "all-existing") => ours("all-existing"),
            ("data_period", _) => ours("dataPeriod"),
            ("consent_type", "explicitly-expressed") => has_any(&[
                "dpv:ExplicitlyExpressedConsent",
                "eu-gdpr:A6-1-a-explicit-consent",
                "eu-gdpr:A9-2-a",
                "explicit",
                "explicitly-expressed",
            ]),
            ("method", token) => {
                let is_act = ["statement", "signature", "confirmation", "opt-in-control"];
                ours(token) || !is_act.contains(&token) && said.has(token)
            }
            ("actor", "subject") => {
                said.has_term("dpv:DataSubject") || says_by_itself(&said, record)
            }
            ("actor", "verified-guardian") => ours("verified-guardian"),
            ("granular", _) => ours("separate"),
            ("capacity" | "given_via" | "withdraw_via", token) => ours(token),
            ("at", _) => has_any(&["dpv:isIndicatedAtTime", "event_time"]),
            ("valid_until", _) => {
                has_any(&["gate:validUntil", "dpv:hasDuration", "validity_duration"])
            }
            ("notice.shown_at", _) => ours("shownAt"),
            (
                "subject" | "controller" | "recipients" | "evidence" | "notice.id"
                | "notice.version" | "notice.controller",
                text,
            ) => said.has(text),
            (field, _) => panic!("a field that nobody thought of: {field}"),
        })
}

/// Whether the person is named as the one who acted.
fn says_by_itself(said: &Said, record: &ConsentRecord) -> bool {
    let is_said = said.has_term("dpv:isIndicatedBy") || said.has("entity_id");
    is_said && said.has(record.subject().as_str())
}

fn purpose_terms(purpose: &str) -> &'static [&'static str] {
    match purpose {
        "train-generative" | "train-non-generative" => {
            &["ai:ModelTraining", "train_ai_system", "gate:ai-training"]
        }
        "personalisation" => &["dpv:Personalisation"],
        "advertising" => &["dpv:Advertising"],
        "service-provision" => &["dpv:ServiceProvision"],
        _ => &[],
    }
}

fn data_terms(category: &str) -> &'static [&'static str] {
    match category {
        "special-category" => &["dpv:SpecialCategoryPersonalData"],
        "derived" => &["dpv:InferredPersonalData"],
        "location" => &["pd:Location"],
        _ => &[],
    }
}

/// Whether a document names a purpose, by itself or by a term of another vocabulary.
fn names_purpose(said: &Said, purpose: &str) -> bool {
    let mut terms = purpose_terms(purpose).iter();
    said.has_term(&format!("gate:{purpose}")) || terms.any(|term| said.has_term(term))
}

fn says_in_a_receipt(document: &[u8], record: &ConsentRecord) -> bool {
    let said = Said::by(document);
    said.has("KI-CR-v1.1.0")
        && said.has("consentTimestamp")
        && claims(record)
            .iter()
            .all(|(field, text)| match (field.as_str(), text.as_str()) {
                ("id" | "status" | "at", _) | ("granular", "false") => true,
                ("consent_type", "explicitly-expressed") => said.has("EXPLICIT"),
                ("consent_type", "implied") => said.has("IMPLICIT"),
                ("purposes", purpose) => names_purpose(&said, purpose),
                ("data_period", period) => period == "from-grant",
                ("subject" | "controller" | "recipients" | "notice.id", text) => said.has(text),
                _ => false,
            })
}

fn says_in_fides(document: &[u8], record: &ConsentRecord) -> bool {
    let said = Said::by(document);
    said.has("opt_in")
        && claims(record)
            .iter()
            .all(|(field, text)| match (field.as_str(), text.as_str()) {
                ("status", _) | ("granular", "false") => true,
                ("controller", controller) => controller == "acme",
                ("granular", _) => said.has_any(&["save", "individual_notice"]),
                ("at", _) => said.has("request_timestamp"),
                ("purposes" | "notice.purposes", purpose) => names_purpose(&said, purpose),
                ("method", "opt-in-control") => {
                    said.has_any(&["save", "individual_notice"]) && said.has("consent_mechanism")
                }
                ("method", method) => method
                    .parse()
                    .is_ok_and(|method: Method| !method.is_affirmative()),
                ("actor", actor) => {
                    actor == "subject" && said.has_any(&["privacy_center", "overlay"])
                }
                // It begins later than the grant where the record is older than the act.
                ("data_period", period) => {
                    period == "from-grant" || said.has_any(&["received_at", "created_at"])
                }
                ("id" | "subject" | "notice.id" | "notice.version", text) => said.has(text),
                _ => false,
            })
}

/// The name of the switch that is about training.
const SWITCH: &str = "AiTraining";

/// What a person who turns it on agrees to.
fn agreed() -> Details {
    let mut details = Details::default();
    details.purposes = Purposes::TRAIN_GENERATIVE;
    details.data = DataCategories::POSTS;
    details.method = Some(Method::OptInControl);
    details
}

fn agrees_in_transcend(document: &Value) -> Vec<Times> {
    let is_meant = document["confirmed"] == true && is_no_test(document);
    let answers = document["purposes"].as_array().filter(|_| is_meant);
    let agrees = |answer: &&Value| {
        answer["purpose"] == SWITCH && answer["enabled"] == true && is_no_test(answer)
    };
    let answers = answers.into_iter().flatten().filter(agrees);
    let times = |answer: &Value| Times {
        own: instant(&answer["timestamp"]),
        bounds: vec![instant(&document["timestamp"])],
    };
    answers.map(times).collect()
}

fn agrees_in_klaro(document: &Value) -> Vec<Times> {
    let agrees = document["confirmed"] == true && document["consents"][SWITCH] == true;
    let times = Times {
        own: instant(&document["at"]),
        bounds: Vec::new(),
    };
    agrees.then_some(times).into_iter().collect()
}

fn agrees_in_onetrust(document: &Value) -> Vec<Times> {
    let answers = document["Purposes"].as_array();
    let agrees = |answer: &&Value| {
        answer["Name"] == SWITCH && answer["Status"] == "ACTIVE" && is_no_test(answer)
    };
    let answers = answers.filter(|_| is_no_test(document)).into_iter();
    let times = |answer: &Value| Times {
        own: instant(&answer["ConsentDate"]),
        bounds: vec![
            instant(&answer["FirstTransactionDate"]),
            instant(&answer["LastTransactionDate"]),
            instant(&document["LastUpdatedDate"]),
        ],
    };
    answers.flatten().filter(agrees).map(times).collect()
}

fn is_no_test(object: &Value) -> bool {
    let flags = ["isTest", "IsTest", "testDataSubject", "TestDataSubject"];
    flags
        .iter()
        .all(|flag| matches!(object[flag], Value::Null | Value::Bool(false)))
}

/// A time that is stated: `None` when it is absent, and within that `None` when it is unreadable.
type Stated = Option<Option<UtcDateTime>>;

fn instant(value: &Value) -> Stated {
    let read = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    (!value.is_null()).then(|| Some(read(value.as_str()?)?.to_utc()))
}

/// The times that are stated for an answer.
struct Times {
    own: Stated,
    bounds: Vec<Stated>,
}

impl Times {
    /// Whether a grant is no later than each of the times, and covers nothing from before the own one,
    /// or before the last where there is none.
    fn allow(&self, record: &ConsentRecord) -> bool {
        let stated = self.bounds.iter().chain([&self.own]).copied().flatten();
        let Some(stated) = stated.collect::<Option<Vec<_>>>() else {
            return false;
        };
        let Some(at) = record.statement().at() else {
            return false;
        };
        let covered_from = match record.details().data_period {
            DataPeriod::FromGrant => at,
            DataPeriod::From(from) => from,
            DataPeriod::AllExisting => return false,
        };
        let begins = self.own.flatten().or_else(|| stated.iter().copied().max());
        stated.iter().all(|time| at <= *time) && begins.is_some_and(|begins| covered_from >= begins)
    }
}
