//! The terms of DPV and of ISO/IEC TS 27560, and the terms of the prefix `gate` for the rest.

use std::borrow::Cow;

use bitflags::Flags;

use super::purposes::DPV;
use crate::vocabulary::flags::{from_wire_name, wire_names};
use crate::vocabulary::purpose::{DataCategories, Purposes};
use crate::vocabulary::term::{
    Actor, ConsentType, DenialStatus, GrantStatus, Method, NonDecisionStatus, Term,
};

/// The prefixes that documents may use, declared or not. No others are allowed.
pub(super) const CONTEXT: [(&str, &str); 12] = [
    ("ai", "https://w3id.org/dpv/ai#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("dpv", "https://w3id.org/dpv#"),
    ("eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#"),
    ("gate", "urn:consent-gate:"),
    ("loc", "https://w3id.org/dpv/loc#"),
    ("odrl", "http://www.w3.org/ns/odrl/2/"),
    ("pd", "https://w3id.org/dpv/pd#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// The short form of a term: `https://w3id.org/dpv#Purpose` is `dpv:Purpose`.
pub(super) fn short(term: &str) -> Cow<'_, str> {
    // No other term is an IRI of the list.
    if !term.contains("://") && !term.starts_with("urn:") {
        return Cow::Borrowed(term);
    }
    CONTEXT
        .iter()
        .find_map(|(prefix, iri)| Some(format!("{prefix}:{}", term.strip_prefix(iri)?)))
        .map_or(Cow::Borrowed(term), Cow::Owned)
}

/// The fields of the standard's own JSON, and the equal properties of DPV.
const PLAIN: [(&str, &str); 17] = [
    ("record_id", "@id"),
    ("pii_principal_id", "dpv:hasDataSubject"),
    ("pii_processing", "dpv:hasProcess"),
    ("purposes", "dpv:hasProcess"),
    ("purpose", "dpv:hasPurpose"),
    ("lawful_basis", "dpv:hasLegalBasis"),
    ("pii_information", "dpv:hasPersonalData"),
    ("pii_controllers", "dpv:hasDataController"),
    ("recipient_third_parties", "dpv:hasRecipient"),
    ("privacy_notice", "dpv:hasNotice"),
    ("consent_events", "dpv:hasConsentStatus"),
    ("events", "dpv:hasConsentStatus"),
    ("event_id", "@id"),
    ("event_time", "dpv:isIndicatedAtTime"),
    ("validity_duration", "dpv:hasDuration"),
    ("entity_id", "dpv:isIndicatedBy"),
    ("notice_id", "@id"),
];

/// The property that a key means.
pub(super) fn property(key: &str) -> Cow<'_, str> {
    if key.contains(':') {
        return short(key);
    }
    let mut plain = PLAIN.iter();
    let same = plain.find(|(plain, _)| *plain == key);
    same.map_or(Cow::Borrowed(key), |(_, property)| Cow::Borrowed(*property))
}

/// The documented prefixes and their IRIs, for an error to list.
pub(super) fn prefixes() -> String {
    let each = CONTEXT.map(|(prefix, iri)| format!("\"{prefix}\": \"{iri}\""));
    each.join(", ")
}

/// The names of the standard's own JSON that are read as properties of DPV.
pub(super) fn plain_names() -> impl Iterator<Item = &'static str> {
    PLAIN.iter().map(|(plain, _)| *plain)
}

/// The words for a part of a context that is not a documented prefix. The prefix of a namespace is
/// shown, because it is a name of a vocabulary. Any other term may be anything.
pub(super) fn shown_prefix(position: usize, prefix: &str, iri: Option<&str>) -> String {
    const KEYWORDS: [&str; 8] = [
        "@base",
        "@direction",
        "@import",
        "@language",
        "@propagate",
        "@protected",
        "@version",
        "@vocab",
    ];
    let is_namespace = iri.is_some_and(|iri| iri.contains("://") && iri.ends_with(['#', '/']));
    let is_short = (2..=16).contains(&prefix.len());
    let is_a_word = prefix
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if CONTEXT.iter().any(|(known, _)| *known == prefix) {
        format!("`{prefix}` with another IRI")
    } else if KEYWORDS.contains(&prefix) || is_namespace && is_short && is_a_word {
        format!("`{prefix}`")
    } else {
        format!("term {position}, whose name is not shown")
    }
}

/// The words for the value of a property, for the place in an error.
pub(super) fn words(property: &str) -> &str {
    match property {
        "dpv:hasDataController" => "data controller",
        "dpv:hasDataSubject" => "data subject",
        "dpv:hasDuration" => "duration",
        "dpv:hasIndicationMethod" => "method",
        "dpv:hasLegalBasis" => "legal basis",
        "dpv:hasNotice" => "notice",
        "dpv:hasPersonalData" => "personal data",
        "dpv:hasPurpose" => "purpose",
        "dpv:hasRecipient" => "recipient",
        "dpv:isIndicatedAtTime" => "time",
        other => other,
    }
}

/// The local name of a term or a key, in lower case and without separators, so that it does not
/// depend on the prefix, the version of the vocabulary, or the spelling.
pub(super) fn folded_name(term: &str) -> String {
    let term = term.trim().trim_end_matches(['#', '/', ':']);
    let name = term.rsplit(['#', '/', ':']).next().unwrap_or(term);
    let kept = name.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Returns true for a key under which a document names the person that it is about.
pub(super) fn is_subject_key(key: &str) -> bool {
    let names = [
        "datasubject",
        "hasdatasubject",
        "hashumansubject",
        "piiprincipal",
        "piiprincipalid",
    ];
    names.contains(&folded_name(key).as_str())
}

/// Returns true for a text that is a status of DPV in any spelling, or a token of a denial.
pub(super) fn is_status(text: &str) -> bool {
    let name = folded_name(text);
    status_named(&name).is_some() || DenialStatus::from_token(&name).is_some()
}

/// The denial that a text or a key means, in any spelling of the terms of DPV, or as a usual word.
pub(super) fn says_no(text: &str) -> Option<DenialStatus> {
    let name = folded_name(text);
    match (status_named(&name), name.as_str()) {
        (Some(Status::Denial(status)), _) => Some(status),
        (Some(_), _) => None,
        (None, "withdraw" | "withdrawal") => Some(DenialStatus::Withdrawn),
        (None, "revoke" | "revocation") => Some(DenialStatus::Revoked),
        (None, "objection") => Some(DenialStatus::Objected),
        (
            None,
            "refuse" | "refusal" | "reject" | "rejected" | "deny" | "denied" | "optout"
            | "optedout",
        ) => Some(DenialStatus::Refused),
        (None, token) => DenialStatus::from_token(token),
    }
}

/// The status of a folded name. The names of the table have letters only.
fn status_named(name: &str) -> Option<Status> {
    let is_named = |term: &str| {
        let local = term.split_once(':').map(|(_, local)| local);
        local.is_some_and(|local| local.eq_ignore_ascii_case(name))
    };
    let mut all = STATUSES.iter();
    all.find(|(term, _)| is_named(term))
        .map(|(_, status)| *status)
}

/// The token after the prefix `gate`.
pub(super) fn gate_token(term: &str) -> Option<&str> {
    term.strip_prefix("gate:")
}

/// A status of one of the three kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Grant(GrantStatus),
    Denial(DenialStatus),
    NonDecision(NonDecisionStatus),
}

const STATUSES: [(&str, Status); 12] = [
    ("dpv:ConsentGiven", Status::Grant(GrantStatus::Given)),
    (
        "dpv:RenewedConsentGiven",
        Status::Grant(GrantStatus::Renewed),
    ),
    ("dpv:ConsentRefused", Status::Denial(DenialStatus::Refused)),
    (
        "dpv:ConsentWithdrawn",
        Status::Denial(DenialStatus::Withdrawn),
    ),
    ("gate:objected", Status::Denial(DenialStatus::Objected)),
    ("dpv:ConsentRevoked", Status::Denial(DenialStatus::Revoked)),
    ("dpv:ConsentExpired", Status::Denial(DenialStatus::Expired)),
    (
        "dpv:ConsentInvalidated",
        Status::Denial(DenialStatus::Invalidated),
    ),
    (
        "dpv:ConsentRequested",
        Status::NonDecision(NonDecisionStatus::Requested),
    ),
    (
        "dpv:ConsentRequestDeferred",
        Status::NonDecision(NonDecisionStatus::Deferred),
    ),
    (
        "dpv:ConsentUnknown",
        Status::NonDecision(NonDecisionStatus::Unknown),
    ),
    // The class of all denials: a no of no certain kind.
    (
        "dpv:ConsentStatusInvalidForProcessing",
        Status::Denial(DenialStatus::Invalidated),
    ),
];

pub(super) fn status(term: &str) -> Option<Status> {
    named(&STATUSES, term)
}

pub(super) fn status_term(status: Status) -> Option<&'static str> {
    term_of(&STATUSES, status)
}

/// A status in the standard's own JSON, which is the token of a consent record.
pub(super) fn plain_status(token: &str) -> Option<Status> {
    let grant = GrantStatus::from_token(token).map(Status::Grant);
    let denial = || DenialStatus::from_token(token).map(Status::Denial);
    let neither = || NonDecisionStatus::from_token(token).map(Status::NonDecision);
    grant.or_else(denial).or_else(neither)
}

/// The terms for types of consent, and for legal bases that imply one.
const TYPES: [(&str, ConsentType); 7] = [
    (
        "dpv:ExplicitlyExpressedConsent",
        ConsentType::ExplicitlyExpressed,
    ),
    ("dpv:ExpressedConsent", ConsentType::Expressed),
    ("dpv:ImpliedConsent", ConsentType::Implied),
    ("dpv:UninformedConsent", ConsentType::Uninformed),
    (
        "eu-gdpr:A6-1-a-explicit-consent",
        ConsentType::ExplicitlyExpressed,
    ),
    ("eu-gdpr:A9-2-a", ConsentType::ExplicitlyExpressed),
    (
        "eu-gdpr:A6-1-a-non-explicit-consent",
        ConsentType::Expressed,
    ),
];

pub(super) fn consent_type(term: &str) -> Option<ConsentType> {
    named(&TYPES, term)
}

/// Returns true for a term that states a consent without its type: GDPR Art. 6(1)(a) covers any.
pub(super) fn is_any_consent(term: &str) -> bool {
    let any = [
        "eu-gdpr:A6-1-a",
        "dpv:Consent",
        "dpv:InformedConsent",
        "dpv:ConsentStatus",
    ];
    any.contains(&term)
}

pub(super) fn type_term(consent_type: ConsentType) -> Option<&'static str> {
    term_of(&TYPES, consent_type)
}

pub(super) fn plain_type(token: &str) -> Option<ConsentType> {
    match token {
        "explicit" => Some(ConsentType::ExplicitlyExpressed),
        _ => ConsentType::from_token(token),
    }
}

const ACTORS: [(&str, Actor); 7] = [
    ("dpv:DataSubject", Actor::Subject),
    ("dpv:DataController", Actor::Controller),
    ("dpv:Authority", Actor::Authority),
    ("dpv:GuardianOfDataSubject", Actor::Guardian),
    ("gate:verified-guardian", Actor::VerifiedGuardian),
    ("gate:agent", Actor::Agent),
    ("gate:system", Actor::System),
];

pub(super) fn actor(term: &str) -> Option<Actor> {
    named(&ACTORS, term)
}

pub(super) fn actor_term(actor: Actor) -> Option<&'static str> {
    term_of(&ACTORS, actor)
}

/// The method of a term. DPV has no terms for it, only texts. A text can say that there was no act;
/// only a term of the prefix `gate` can say that there was one.
pub(super) fn method(term: &str) -> Option<Method> {
    gate_token(term)
        .and_then(Method::from_token)
        .or_else(|| Method::from_token(term).filter(|method| !method.is_affirmative()))
}

/// The terms that are written: a refusal of one is about these purposes alone.
const PURPOSES: [(&str, Purposes); 3] = [
    ("ai:ModelTraining", Purposes::AI_TRAINING),
    ("dpv:Personalisation", Purposes::PERSONALISATION),
    ("dpv:Advertising", Purposes::ADVERTISING),
];

/// The other terms that are read.
const ALSO_READ: [(&str, Purposes); 2] = [
    ("train_ai_system", Purposes::AI_TRAINING),
    ("dpv:ServiceProvision", Purposes::SERVICE_PROVISION),
];

/// The purposes that a term means exactly: terms of other vocabularies, and names with the prefix
/// `gate`.
pub(in crate::interchange) fn purposes(term: &str) -> Option<Purposes> {
    let term = short(term);
    named(&PURPOSES, &term)
        .or_else(|| named(&ALSO_READ, &term))
        .or_else(|| from_wire_name(gate_token(&term)?))
}

/// The purposes that a refusal of a term refuses. `None` is all of them.
pub(super) fn refused(term: &str) -> Option<Purposes> {
    match short(term).strip_prefix("dpv:") {
        Some(name) => DPV.refused(name),
        None => purposes(term),
    }
}

const DATA: [(&str, DataCategories); 3] = [
    (
        "dpv:SpecialCategoryPersonalData",
        DataCategories::SPECIAL_CATEGORY,
    ),
    ("dpv:InferredPersonalData", DataCategories::DERIVED),
    ("pd:Location", DataCategories::LOCATION),
];

pub(super) fn data(term: &str) -> Option<DataCategories> {
    named(&DATA, term).or_else(|| from_wire_name(gate_token(term)?))
}

pub(super) fn purpose_terms(purposes: Purposes) -> Vec<String> {
    terms_of(&PURPOSES, purposes)
}

pub(super) fn data_terms(data: DataCategories) -> Vec<String> {
    terms_of(&DATA, data)
}

fn named<T: Copy>(table: &[(&str, T)], term: &str) -> Option<T> {
    table
        .iter()
        .find(|(name, _)| *name == term)
        .map(|(_, meaning)| *meaning)
}

fn term_of<T: Copy + PartialEq>(table: &[(&'static str, T)], meaning: T) -> Option<&'static str> {
    table
        .iter()
        .find(|(_, other)| *other == meaning)
        .map(|(term, _)| *term)
}

/// The terms for a set: those of the table that it contains, and terms of `gate` for the rest.
fn terms_of<F: Flags<Bits = u32> + Copy>(table: &[(&str, F)], mut set: F) -> Vec<String> {
    let mut terms = Vec::new();
    for (term, meaning) in table {
        if set.contains(*meaning) {
            terms.push((*term).to_owned());
            set.remove(*meaning);
        }
    }
    terms.extend(wire_names(set).map(|name| format!("gate:{name}")));
    terms
}
