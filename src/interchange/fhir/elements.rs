//! The elements of a consent in FHIR, and the fields that each of them may have.

use super::error::FhirError;
use crate::interchange::node::{Misfit, Node};

/// The release of FHIR that a resource is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    R4,
    R5,
}

impl Release {
    /// The release that a consent is written in.
    pub(super) fn of(consent: &Node) -> Self {
        let is_in_r4 = |field: &str| CONSENT_R4.iter().any(|(name, _)| *name == field);
        let mut only_in_r5 = CONSENT_R5.iter().filter(|(name, _)| !is_in_r4(name));
        if only_in_r5.any(|(name, _)| consent.get(name).is_some()) {
            Self::R5
        } else {
            Self::R4
        }
    }

    /// The field for the time of the consent.
    pub(super) fn date(self) -> &'static str {
        match self {
            Self::R4 => "dateTime",
            Self::R5 => "date",
        }
    }

    /// The field for who acted.
    pub(super) fn actor(self) -> &'static str {
        match self {
            Self::R4 => "performer",
            Self::R5 => "grantor",
        }
    }

    /// The fields for the parties. The first one that a consent has counts.
    pub(super) fn parties(self) -> &'static [&'static str] {
        match self {
            Self::R4 => &["organization"],
            Self::R5 => &["grantee", "controller"],
        }
    }
}

/// The type of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Consent(Release),
    Provision,
    Actor,
    Reference,
    Identifier,
    Concept,
    Coding,
    Period,
    Meta,
    Narrative,
    Attachment,
    Verification,
    Policy,
    /// A text, a number or a truth value.
    Value,
    /// What may contain anything: signs of a no are looked for in it.
    Any,
}

/// The fields that every element may have.
const EVERYWHERE: &[(&str, Element)] = &[("extension", Element::Any), ("id", Element::Value)];

/// The fields of a consent in R4.
const CONSENT_R4: &[(&str, Element)] = &[
    ("category", Element::Concept),
    ("contained", Element::Any),
    ("dateTime", Element::Value),
    ("identifier", Element::Identifier),
    ("language", Element::Value),
    ("meta", Element::Meta),
    ("organization", Element::Reference),
    ("patient", Element::Reference),
    ("performer", Element::Reference),
    ("policy", Element::Policy),
    ("policyRule", Element::Concept),
    ("provision", Element::Provision),
    ("resourceType", Element::Value),
    ("scope", Element::Concept),
    ("sourceAttachment", Element::Attachment),
    ("sourceReference", Element::Reference),
    ("status", Element::Value),
    ("text", Element::Narrative),
    ("verification", Element::Verification),
];

/// The fields of a consent in R5.
const CONSENT_R5: &[(&str, Element)] = &[
    ("category", Element::Concept),
    ("contained", Element::Any),
    ("controller", Element::Reference),
    ("date", Element::Value),
    ("decision", Element::Value),
    ("grantee", Element::Reference),
    ("grantor", Element::Reference),
    ("identifier", Element::Identifier),
    ("language", Element::Value),
    ("manager", Element::Reference),
    ("meta", Element::Meta),
    ("period", Element::Period),
    ("policyBasis", Element::Policy),
    ("policyText", Element::Reference),
    ("provision", Element::Provision),
    ("regulatoryBasis", Element::Concept),
    ("resourceType", Element::Value),
    ("sourceAttachment", Element::Attachment),
    ("sourceReference", Element::Reference),
    ("status", Element::Value),
    ("subject", Element::Reference),
    ("text", Element::Narrative),
    ("verification", Element::Verification),
];

/// The fields of a provision in either release.
const PROVISION: &[(&str, Element)] = &[
    ("action", Element::Concept),
    ("actor", Element::Actor),
    // What limits a denial to some of the data does not count.
    ("class", Element::Any),
    ("code", Element::Any),
    ("data", Element::Any),
    ("dataPeriod", Element::Period),
    ("documentType", Element::Any),
    ("expression", Element::Any),
    ("period", Element::Period),
    ("provision", Element::Provision),
    ("purpose", Element::Coding),
    ("resourceType", Element::Any),
    ("securityLabel", Element::Coding),
    ("type", Element::Value),
];

impl Element {
    /// The fields of an element besides those that every one has.
    fn fields(self) -> &'static [(&'static str, Self)] {
        use Element::{
            Actor, Any, Attachment, Coding, Concept, Identifier, Meta, Narrative, Period, Policy,
            Provision, Reference, Value, Verification,
        };
        match self {
            Self::Consent(Release::R4) => CONSENT_R4,
            Self::Consent(Release::R5) => CONSENT_R5,
            Provision => PROVISION,
            Actor => &[("reference", Reference), ("role", Concept)],
            Reference => &[
                ("display", Value),
                ("identifier", Identifier),
                ("reference", Value),
                ("type", Value),
            ],
            Identifier => &[
                ("assigner", Reference),
                ("period", Period),
                ("system", Value),
                ("type", Concept),
                ("use", Value),
                ("value", Value),
            ],
            Concept => &[("coding", Coding), ("text", Value)],
            Coding => &[
                ("code", Value),
                ("display", Value),
                ("system", Value),
                ("userSelected", Value),
                ("version", Value),
            ],
            Period => &[("end", Value), ("start", Value)],
            Meta => &[
                ("lastUpdated", Value),
                ("profile", Value),
                ("security", Coding),
                ("source", Value),
                ("tag", Coding),
                ("versionId", Value),
            ],
            Narrative => &[("div", Value), ("status", Value)],
            Attachment => &[
                ("contentType", Value),
                ("creation", Value),
                ("data", Value),
                ("duration", Value),
                ("frames", Value),
                ("hash", Value),
                ("height", Value),
                ("language", Value),
                ("pages", Value),
                ("size", Value),
                ("title", Value),
                ("url", Value),
                ("width", Value),
            ],
            Verification => &[
                ("verificationDate", Value),
                ("verificationType", Concept),
                ("verified", Value),
                ("verifiedBy", Reference),
                ("verifiedWith", Reference),
            ],
            Policy => &[
                ("authority", Value),
                ("reference", Reference),
                ("uri", Value),
                ("url", Value),
            ],
            Value | Any => &[],
        }
    }

    /// Refuses what an element does not have, in it and in all that it contains.
    pub(super) fn check(self, node: &Node, place: &str) -> Result<(), FhirError> {
        match (self, node) {
            (Self::Any, _) => Ok(()),
            (_, Node::List(items)) => items.iter().try_for_each(|item| self.check(item, place)),
            (Self::Value, Node::Object(_)) => Err(Misfit::at(place, "a value").into()),
            (_, Node::Object(fields)) => {
                let own = self.fields().iter().chain(EVERYWHERE);
                let known: Vec<&'static str> = own.clone().map(|(name, _)| *name).collect();
                let around = match place {
                    "" => String::new(),
                    place => format!("{place}, "),
                };
                node.refuse_unknown(&around, &known, &[])?;
                for (name, value) in fields {
                    if let Some((name, element)) = own.clone().find(|(known, _)| known == name) {
                        element.check(value, &format!("{around}{name}"))?;
                    }
                }
                Ok(())
            }
            (Self::Value, _) | (_, Node::Null) => Ok(()),
            _ => Err(Misfit::at(place, "an object").into()),
        }
    }
}
