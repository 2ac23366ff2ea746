//! The terms of DPV and of ISO/IEC TS 27560, and the terms of the prefix `gate` for the rest.

use std::borrow::Cow;

use bitflags::Flags;

use super::purposes::DPV;
use crate::vocabulary::flags::{from_wire_name, wire_names};
use crate::vocabulary::purpose::{DataCategories, Purposes};
use crate::vocabulary::term::{
    Actor, ConsentType, DenialStatus, GrantStatus, Method, NonDecisionStatus, Term,
    is_same_but_for_spelling, nearest,
};

/// The prefixes that documents may use, declared or not. No others are allowed.
pub(super) const CONTEXT: [(&str, &str); 11] = [
    ("ai", "https://w3id.org/dpv/ai#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("dpv", "https://w3id.org/dpv#"),
    ("eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#"),
    ("gate", "urn:consent-gate:"),
    ("loc", "https://w3id.org/dpv/loc#"),
    ("odrl", "http://www.w3.org/ns/odrl/2/"),
    ("pd", "https://w3id.org/dpv/pd#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// The short form of a term: `https://w3id.org/dpv#Purpose` is `dpv:Purpose`.
pub(super) fn short(term: &str) -> Cow<'_, str> {
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
    PLAIN
        .iter()
        .find(|(plain, _)| *plain == key)
        .map_or_else(|| short(key), |(_, property)| Cow::Borrowed(*property))
}

/// The properties that are read, or that do not limit what is allowed: storage and protection of
/// data, contacts, rights.
const KNOWN: [&str; 50] = [
    "@context",
    "@id",
    "@type",
    "codes_of_conduct",
    "collection_method",
    "dpv:hasApplicableLaw",
    "dpv:hasAssessment",
    "dpv:hasAuthority",
    "dpv:hasConsentControl",
    "dpv:hasConsentStatus",
    "dpv:hasContext",
    "dpv:hasDataController",
    "dpv:hasDataProcessor",
    "dpv:hasDataSource",
    "dpv:hasDataSubject",
    "dpv:hasDuration",
    "dpv:hasEntity",
    "dpv:hasIdentifier",
    "dpv:hasImpactAssessment",
    "dpv:hasIndicationMethod",
    "dpv:hasJurisdiction",
    "dpv:hasLegalBasis",
    "dpv:hasLocation",
    "dpv:hasNotice",
    "dpv:hasOrganisationalMeasure",
    "dpv:hasPersonalData",
    "dpv:hasProcess",
    "dpv:hasProcessing",
    "dpv:hasPurpose",
    "dpv:hasRecipient",
    "dpv:hasRight",
    "dpv:hasService",
    "dpv:hasStorageCondition",
    "dpv:hasTechnicalMeasure",
    "dpv:hasThirdParty",
    "dpv:isIndicatedAtTime",
    "dpv:isIndicatedBy",
    "event_state",
    "event_type",
    "impact_assessment",
    "jurisdiction",
    "language",
    "party_identification",
    "privacy_rights",
    "processing_locations",
    "retention_period",
    "schema_version",
    "services",
    "storage_locations",
    "withdrawal_method",
];

/// The properties of the prefix `gate`, without the prefix.
const GATE_TERMS: [&str; 8] = [
    "capacity",
    "dataPeriod",
    "evidence",
    "givenVia",
    "granular",
    "shownAt",
    "validUntil",
    "withdrawVia",
];

/// The documented prefixes and their IRIs, for an error to list.
pub(super) fn prefixes() -> String {
    let each = CONTEXT.map(|(prefix, iri)| format!("\"{prefix}\": \"{iri}\""));
    each.join(", ")
}

/// The words for an unknown property. A key may be anything, so it is shown only when it is a term
/// of a known vocabulary or a known name in another spelling.
pub(super) fn shown(key: &str) -> String {
    let name = short(key);
    let is_a_property = |term: &str| {
        let rest = term.strip_prefix("has").or_else(|| term.strip_prefix("is"));
        term.len() <= 40
            && term.bytes().all(|byte| byte.is_ascii_alphabetic())
            && rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    let is_a_term = match name.split_once(':') {
        Some(("dpv" | "dct" | "odrl", term)) => {
            is_a_property(term)
                || matches!(
                    term,
                    "permission" | "prohibition" | "obligation" | "duty" | "constraint"
                )
        }
        _ => false,
    };
    if is_a_term {
        return format!("`{name}`");
    }
    let plain = PLAIN.iter().map(|(plain, _)| *plain);
    match nearest(KNOWN.into_iter().chain(plain), &name) {
        Some(known) if is_same_but_for_spelling(known, &name) => {
            format!("`{name}` (did you mean `{known}`?)")
        }
        Some(known) => format!("its name is not shown (did you mean `{known}`?)"),
        None => "its name is not shown".to_owned(),
    }
}

pub(super) fn is_known(property: &str) -> bool {
    match property.split_once(':') {
        Some(("gate", term)) => GATE_TERMS.contains(&term),
        // Rules of ODRL may forbid; parts may be events; a replaced record is no longer in force.
        Some(("odrl", _) | ("dct", "hasPart" | "isReplacedBy")) => false,
        Some((prefix, _)) if prefix != "dpv" => true,
        _ => KNOWN.contains(&property),
    }
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

const ACTORS: [(&str, Actor); 6] = [
    ("dpv:DataSubject", Actor::Subject),
    ("dpv:DataController", Actor::Controller),
    ("dpv:Authority", Actor::Authority),
    ("dpv:GuardianOfDataSubject", Actor::Guardian),
    ("gate:verified-guardian", Actor::VerifiedGuardian),
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
