//! References of FHIR to a person or a party.

use crate::interchange::node::Node;
use crate::vocabulary::id::{PartyId, SubjectId};

/// How a FHIR reference becomes an id: the ids of people in rows, and of the trainer, have the same
/// form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum References {
    /// The literal reference without its version: `Patient/alice`, or
    /// `https://example.org/fhir/Patient/alice`. It is what other resources have in their references.
    #[default]
    Literal,
    /// The logical id in a literal reference: `alice` of `Patient/alice`.
    LogicalId,
    /// The value of the logical reference: `alice` of `{"identifier": {"value": "alice"}}`.
    Identifier,
}

impl References {
    /// The texts by which a reference to a resource of a type names it, through each of the keys that
    /// it repeats. `None` when they are in doubt.
    fn names<'a>(self, reference: &'a Node, kind: &str) -> Option<Vec<&'a str>> {
        let keyed = |node: &'a Node, name: &str| {
            let fields = node.fields().unwrap_or_default().iter();
            let named = fields
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value);
            named.collect::<Vec<_>>()
        };
        let texts = match self {
            Self::Identifier => {
                let identifiers = keyed(reference, "identifier");
                identifiers
                    .into_iter()
                    .flat_map(|node| keyed(node, "value"))
                    .collect()
            }
            Self::Literal | Self::LogicalId => keyed(reference, "reference"),
        };
        let names = texts.into_iter().map(|text| {
            let text = text.text()?;
            match self {
                Self::Identifier => Some(text),
                Self::Literal => logical_id(text, kind).map(|_| without_version(text)),
                Self::LogicalId => logical_id(text, kind),
            }
        });
        let all = names.collect::<Option<Vec<_>>>()?;
        Some(all).filter(|all| !all.is_empty())
    }

    /// The people that a reference to a patient names. `None` when they are in doubt.
    pub(super) fn people(self, reference: &Node) -> Option<Vec<SubjectId>> {
        let names = self.names(reference, "Patient")?.into_iter();
        names.map(|name| name.parse().ok()).collect()
    }

    /// The party that a reference to an organization names.
    pub(super) fn party(self, reference: &Node) -> Option<PartyId> {
        match self.names(reference, "Organization")?.as_slice() {
            [name] => name.parse().ok(),
            _ => None,
        }
    }
}

/// The logical id of a reference to a resource of a type, relative or with the address of its server.
fn logical_id<'a>(reference: &'a str, kind: &str) -> Option<&'a str> {
    let (before, id) = without_version(reference).rsplit_once('/')?;
    let server = before.strip_suffix(kind)?;
    let is_absolute = server.ends_with('/') && server.contains("://");
    let is_id = !id.is_empty() && id.bytes().all(is_of_id);
    (is_id && (server.is_empty() || is_absolute)).then_some(id)
}

fn is_of_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.'
}

fn without_version(reference: &str) -> &str {
    reference
        .split_once("/_history/")
        .map_or(reference, |(resource, _)| resource)
}
