//! The objects of a document, and for each kind the properties that it may have.
//!
//! A property that is not in the list of its object is a fault, so nothing is passed over because it
//! is known at another place.

use super::terms;
use crate::vocabulary::term::{is_same_but_for_spelling, nearest};

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Record,
    Process,
    Event,
    Notice,
    Person,
    Party,
    Duration,
    /// A time with its type.
    Time,
    /// A reference to a term, or a text with its type.
    Term,
    /// A description of storage.
    Storage,
    /// An entry of the parties in the standard's own JSON.
    Contact,
}

/// The form of the values of a property.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Context,
    /// One text, the id of the object.
    Id,
    /// The id of an event, which may be the status.
    EventId,
    /// One text, number or typed text. Any text is a name, also that of a status.
    Identifier,
    /// Texts or typed texts.
    Literal,
    /// Types of this list.
    Types(&'static [&'static str]),
    /// Types that the reader of events checks.
    EventTypes,
    /// Texts that the reader of events checks.
    State,
    /// Objects of a kind, or the values that stand for them.
    In(Place),
    /// Values that do not limit what is allowed: texts, numbers and references.
    Words,
    /// Values that may limit what a yes allows and that are not read. A no does not need them.
    Limit(Place),
}

type Property = (&'static str, Form);

const PARTY_TYPES: &[&str] = &[
    "dpv:AcademicScientificOrganisation",
    "dpv:DataController",
    "dpv:DataProcessor",
    "dpv:ForProfitOrganisation",
    "dpv:GovernmentalOrganisation",
    "dpv:IndustryConsortium",
    "dpv:JointDataControllers",
    "dpv:LegalEntity",
    "dpv:NonGovernmentalOrganisation",
    "dpv:NonProfitOrganisation",
    "dpv:Organisation",
    "dpv:OrganisationalUnit",
    "dpv:Recipient",
    "dpv:ThirdParty",
];

/// The kinds of people that are of age for all that the type says, and act for themselves.
const PERSON_TYPES: &[&str] = &[
    "dpv:Adult",
    "dpv:Applicant",
    "dpv:Citizen",
    "dpv:Client",
    "dpv:Consumer",
    "dpv:Customer",
    "dpv:DataSubject",
    "dpv:Employee",
    "dpv:Immigrant",
    "dpv:JobApplicant",
    "dpv:Member",
    "dpv:NonCitizen",
    "dpv:Participant",
    "dpv:Patient",
    "dpv:Student",
    "dpv:Subscriber",
    "dpv:Tourist",
    "dpv:User",
    "dpv:Visitor",
];

/// Descriptions, which any object but a value may have.
const DESCRIPTIVE: &[Property] = &[
    ("dct:conformsTo", Form::Words),
    ("dct:creator", Form::Words),
    ("dct:description", Form::Words),
    ("dct:format", Form::Words),
    ("dct:language", Form::Words),
    ("dct:publisher", Form::Words),
    ("dct:source", Form::Words),
    ("dct:title", Form::Words),
    ("rdfs:comment", Form::Words),
    ("rdfs:label", Form::Words),
    ("rdfs:seeAlso", Form::Words),
    ("skos:altLabel", Form::Words),
    ("skos:definition", Form::Words),
    ("skos:note", Form::Words),
    ("skos:prefLabel", Form::Words),
];

/// The dates of a record or of a notice as documents. None of them is the time of an act.
const DATES: &[Property] = &[
    ("dct:created", Form::Words),
    ("dct:date", Form::Words),
    ("dct:issued", Form::Words),
    ("dct:modified", Form::Words),
];

/// The subject matter of a decision. A process in a record, and an event in either, inherits it.
const MATTER: &[Property] = &[
    ("dct:identifier", Form::Identifier),
    ("dpv:hasDataController", Form::In(Place::Party)),
    ("dpv:hasDataProcessor", Form::In(Place::Party)),
    ("dpv:hasIdentifier", Form::Identifier),
    ("dpv:hasLegalBasis", Form::In(Place::Term)),
    ("dpv:hasNotice", Form::In(Place::Notice)),
    ("dpv:hasPersonalData", Form::In(Place::Term)),
    ("dpv:hasPurpose", Form::In(Place::Term)),
    ("dpv:hasRecipient", Form::In(Place::Party)),
    ("dpv:hasThirdParty", Form::In(Place::Party)),
    ("gate:dataPeriod", Form::In(Place::Term)),
];

/// The surroundings of the processing: those that describe it, and those that may limit it.
const SURROUNDINGS: &[Property] = &[
    ("codes_of_conduct", Form::Words),
    ("collection_method", Form::Words),
    ("dpv:hasApplicableLaw", Form::Words),
    ("dpv:hasAssessment", Form::Words),
    ("dpv:hasAuthority", Form::Words),
    ("dpv:hasConsentControl", Form::Words),
    ("dpv:hasContext", Form::Limit(Place::Term)),
    ("dpv:hasDataSource", Form::Limit(Place::Term)),
    ("dpv:hasEntity", Form::Limit(Place::Party)),
    ("dpv:hasImpactAssessment", Form::Words),
    ("dpv:hasJurisdiction", Form::Words),
    ("dpv:hasLocation", Form::Limit(Place::Term)),
    ("dpv:hasOrganisationalMeasure", Form::Limit(Place::Term)),
    ("dpv:hasProcessing", Form::Limit(Place::Term)),
    ("dpv:hasRight", Form::Words),
    ("dpv:hasService", Form::Words),
    ("dpv:hasStorageCondition", Form::Limit(Place::Storage)),
    ("dpv:hasTechnicalMeasure", Form::Limit(Place::Term)),
    ("impact_assessment", Form::Words),
    ("jurisdiction", Form::Words),
    ("language", Form::Words),
    ("party_identification", Form::In(Place::Contact)),
    ("privacy_rights", Form::Words),
    ("processing_locations", Form::Limit(Place::Term)),
    ("retention_period", Form::Limit(Place::Storage)),
    ("services", Form::Words),
    ("storage_locations", Form::Limit(Place::Term)),
    ("withdrawal_method", Form::Words),
];

const RECORD: &[Property] = &[
    ("@context", Form::Context),
    ("@id", Form::Id),
    (
        "@type",
        Form::Types(&[
            "dpv:ConsentRecord",
            "dpv:DataProcessingRecord",
            "dpv:Record",
        ]),
    ),
    ("dpv:hasConsentStatus", Form::In(Place::Event)),
    ("dpv:hasDataSubject", Form::In(Place::Person)),
    ("dpv:hasProcess", Form::In(Place::Process)),
    ("schema_version", Form::Words),
];

const PROCESS: &[Property] = &[
    ("@id", Form::Id),
    ("@type", Form::Types(&["dpv:Process"])),
    ("dpv:hasConsentStatus", Form::In(Place::Event)),
    ("dpv:hasProcess", Form::In(Place::Process)),
];

const EVENT: &[Property] = &[
    ("@id", Form::EventId),
    ("@type", Form::EventTypes),
    ("dpv:hasDuration", Form::In(Place::Duration)),
    ("dpv:hasIndicationMethod", Form::In(Place::Term)),
    ("dpv:isIndicatedAtTime", Form::In(Place::Time)),
    ("dpv:isIndicatedBy", Form::In(Place::Term)),
    ("event_state", Form::State),
    ("event_type", Form::State),
    ("gate:capacity", Form::In(Place::Term)),
    ("gate:condition", Form::Literal),
    ("gate:evidence", Form::Literal),
    ("gate:givenVia", Form::In(Place::Term)),
    ("gate:granular", Form::In(Place::Term)),
    ("gate:validUntil", Form::In(Place::Time)),
    ("gate:withdrawVia", Form::In(Place::Term)),
];

const NOTICE: &[Property] = &[
    ("@id", Form::Id),
    (
        "@type",
        Form::Types(&["dpv:ConsentNotice", "dpv:Notice", "dpv:PrivacyNotice"]),
    ),
    ("dct:hasVersion", Form::Literal),
    ("dct:identifier", Form::Identifier),
    ("dpv:hasDataController", Form::In(Place::Party)),
    ("dpv:hasIdentifier", Form::Identifier),
    ("dpv:hasPurpose", Form::In(Place::Term)),
    ("gate:shownAt", Form::In(Place::Time)),
];

const PERSON: &[Property] = &[
    ("@id", Form::Id),
    ("@type", Form::Types(PERSON_TYPES)),
    ("dct:identifier", Form::Identifier),
    ("dpv:hasIdentifier", Form::Identifier),
    ("skos:broader", Form::Types(PERSON_TYPES)),
];

const PARTY: &[Property] = &[
    ("@id", Form::Id),
    ("@type", Form::Types(PARTY_TYPES)),
    ("dct:identifier", Form::Identifier),
    ("dpv:hasAddress", Form::Words),
    ("dpv:hasContact", Form::Words),
    ("dpv:hasIdentifier", Form::Identifier),
    ("dpv:hasName", Form::Words),
];

const DURATION: &[Property] = &[
    ("@type", Form::Words),
    ("@value", Form::In(Place::Time)),
    ("rdf:value", Form::In(Place::Time)),
];

const TIME: &[Property] = &[
    (
        "@type",
        Form::Types(&["xsd:dateTime", "xsd:dateTimeStamp", "xsd:duration"]),
    ),
    ("@value", Form::Id),
];

const TERM: &[Property] = &[
    ("@id", Form::Id),
    ("@language", Form::Id),
    ("@type", Form::Words),
    ("@value", Form::Id),
];

const STORAGE: &[Property] = &[
    ("@id", Form::Id),
    ("@type", Form::Words),
    ("dpv:hasDuration", Form::Words),
    ("dpv:hasLocation", Form::Words),
];

const CONTACT: &[Property] = &[
    ("party_address", Form::Words),
    ("party_contact", Form::Words),
    ("party_email", Form::Words),
    ("party_id", Form::Words),
    ("party_name", Form::Words),
    ("party_phone", Form::Words),
    ("party_role", Form::Words),
    ("party_type", Form::Words),
    ("party_url", Form::Words),
];

/// Properties of DPV and ODRL that no object may have, which an error names.
const NAMED: &[&str] = &[
    "dct:hasPart",
    "dct:isReplacedBy",
    "dct:valid",
    "dpv:hasCondition",
    "dpv:hasEffectiveDate",
    "dpv:hasFrequency",
    "dpv:hasHumanInvolvement",
    "dpv:hasNecessity",
    "dpv:hasObligation",
    "dpv:hasOutcome",
    "dpv:hasPermission",
    "dpv:hasProhibition",
    "dpv:hasRestriction",
    "dpv:hasRule",
    "dpv:hasScale",
    "dpv:hasScope",
    "dpv:hasStatus",
    "odrl:constraint",
    "odrl:duty",
    "odrl:obligation",
    "odrl:permission",
    "odrl:prohibition",
    "rdf:type",
];

impl Place {
    const ALL: [Self; 11] = [
        Self::Record,
        Self::Process,
        Self::Event,
        Self::Notice,
        Self::Person,
        Self::Party,
        Self::Duration,
        Self::Time,
        Self::Term,
        Self::Storage,
        Self::Contact,
    ];

    /// The lists of the properties of this kind of object.
    fn lists(self) -> &'static [&'static [Property]] {
        match self {
            Self::Record => &[RECORD, MATTER, SURROUNDINGS, DESCRIPTIVE, DATES],
            Self::Process => &[PROCESS, MATTER, SURROUNDINGS, DESCRIPTIVE],
            Self::Event => &[EVENT, MATTER, DESCRIPTIVE],
            Self::Notice => &[NOTICE, DESCRIPTIVE, DATES],
            Self::Person => &[PERSON, DESCRIPTIVE],
            Self::Party => &[PARTY, DESCRIPTIVE],
            Self::Duration => &[DURATION],
            Self::Time => &[TIME],
            Self::Term => &[TERM, DESCRIPTIVE],
            Self::Storage => &[STORAGE, DESCRIPTIVE],
            Self::Contact => &[CONTACT],
        }
    }

    /// The form of a property of this kind of object. `None` when it is in none of its lists.
    pub(super) fn form(self, property: &str) -> Option<Form> {
        let mut properties = self.lists().iter().copied().flatten();
        properties
            .find(|(name, _)| *name == property)
            .map(|(_, form)| *form)
    }

    /// The form of a property under a key. The ids of the standard's own JSON have the name of the
    /// object that they are in.
    pub(super) fn form_of(self, key: &str, property: &str) -> Option<Form> {
        let is_of_another = match key {
            "record_id" => self != Self::Record,
            "event_id" => self != Self::Event,
            "notice_id" => self != Self::Notice,
            _ => false,
        };
        self.form(property).filter(|_| !is_of_another)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Record => "a record",
            Self::Process => "a process",
            Self::Event => "an event",
            Self::Notice => "a notice",
            Self::Person => "a data subject",
            Self::Party => "a party",
            Self::Duration => "a duration",
            Self::Time => "a time",
            Self::Term => "a term",
            Self::Storage => "a storage condition",
            Self::Contact => "an entry of the parties",
        }
    }
}

/// The words for a property that is not in the list of its object. A key may be anything, so it is
/// shown only when it is a known name, or one in another spelling.
pub(super) fn shown(key: &str) -> String {
    let name = terms::property(key);
    let places: Vec<&str> = Place::ALL
        .into_iter()
        .filter(|place| place.form_of(key, &name).is_some())
        .map(Place::word)
        .collect();
    if !places.is_empty() {
        let places = places.join(" or ");
        let name = if terms::plain_names().any(|plain| plain == key) {
            key
        } else {
            &name
        };
        return format!("`{name}`, which is read only in {places}");
    }
    if NAMED.contains(&&*name) {
        return format!("`{name}`");
    }
    let lists = Place::ALL.iter().flat_map(|place| place.lists());
    let known = lists.copied().flatten().map(|(name, _)| *name);
    let known = known
        .chain(terms::plain_names())
        .chain(NAMED.iter().copied());
    // A near name differs in two letters at most.
    let length = name.chars().count();
    let known = known.filter(|known| known.len().abs_diff(length) <= 2);
    match nearest(known, &name) {
        Some(known) if is_same_but_for_spelling(known, &name) => {
            format!("`{name}` (did you mean `{known}`?)")
        }
        Some(known) => format!("its name is not shown (did you mean `{known}`?)"),
        None => "its name is not shown".to_owned(),
    }
}
