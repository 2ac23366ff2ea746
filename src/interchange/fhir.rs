//! Consents of HL7 FHIR, releases 4 and 5.

mod consent;
mod dates;
mod elements;
mod error;
mod provision;
mod purposes;
mod reference;

use self::consent::Consent;
use self::elements::Release;
pub use self::error::FhirError;
pub use self::reference::References;
use super::documents::Documents;
use super::gaps::Imported;
use super::node::{Misfit, Node, positions};
use crate::record::{ConsentRecord, Details};
use crate::vocabulary::id::SubjectId;

/// The reader of the resource Consent of HL7 FHIR R4 and R5, as JSON: a resource alone, or a Bundle of
/// the type `searchset` or `collection`. Give it the current version of each resource: two versions
/// that differ are in conflict (R2).
///
/// A consent that is `active` and permits the purpose `MLTRAINING` of `ActReason` is a grant for both
/// kinds of training. In R4 the effect is `provision.type`, or the policy rule `OPTIN` or `OPTOUT`; in
/// R5 it is `decision`, and a provision is an exception to it. A provision that denies is a denial, of
/// its purposes or, when [training is commonly claimed under
/// one](crate::interchange::proof#a-refusal-of-a-purpose-of-use-of-fhir), of all. `inactive` is
/// `withdrawn`, `entered-in-error` is `invalidated`, `rejected` and `not-done` are `refused`.
///
/// The party is that of the actors of the provision, which are recipients, or else the `organization`
/// (R4), the `grantee` or the `controller` (R5). The person acted when `performer` (R4) or `grantor`
/// (R5) is the patient. The security label `DEID` is the condition `de-identified`. A consent with a
/// modifier extension, or with a limit that rows cannot be held against, is unreadable.
///
/// FHIR does not contain how a consent was given, so no resource alone meets R6 and R7. The caller may
/// [add](Self::proves) what the form proves.
///
/// ```
/// use consent_gate::interchange::{Documents, Fhir};
/// use consent_gate::{Purposes, Statement};
///
/// let consent = br#"{"resourceType": "Consent", "id": "c1", "status": "active",
///     "patient": {"reference": "Patient/alice"}, "dateTime": "2024-09-10T09:00:00Z",
///     "organization": [{"reference": "Organization/acme"}],
///     "provision": {"type": "permit", "purpose": [
///         {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "MLTRAINING"}]}}"#;
/// let imported = Fhir::new().read(consent)?;
/// let record = &imported.records()[0];
/// assert!(matches!(record.statement(), Statement::Grant { .. }));
/// assert_eq!(record.subject().as_str(), "Patient/alice");
/// assert_eq!(record.details().purposes, Purposes::AI_TRAINING);
/// # Ok::<(), consent_gate::interchange::FhirError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fhir {
    references: References,
    facts: Details,
}

impl Fhir {
    /// Makes a reader that takes literal references as ids, and adds no facts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how references become ids of people and parties.
    #[must_use]
    pub fn references(self, references: References) -> Self {
        Self { references, ..self }
    }

    /// Adds to each grant what the form proves that the consents were given with, and which data it
    /// covers. The caller vouches for it. The purposes and recipients are those of the resource, and
    /// where both state a fact the resource counts; of two ends the earlier one.
    ///
    /// ```
    /// use consent_gate::interchange::Fhir;
    /// use consent_gate::{Capacity, ConsentType, DataCategories, Details, Method};
    ///
    /// let mut form = Details::default();
    /// form.data = DataCategories::SPECIAL_CATEGORY;
    /// form.consent_type = Some(ConsentType::ExplicitlyExpressed);
    /// form.method = Some(Method::Signature);
    /// form.capacity = Some(Capacity::OfAge);
    /// let reader = Fhir::new().proves(form);
    /// # assert_ne!(reader, Fhir::new());
    /// ```
    #[must_use]
    pub fn proves(self, facts: Details) -> Self {
        Self { facts, ..self }
    }
}

impl Documents for Fhir {
    type Error = FhirError;

    fn read(&self, document: &[u8]) -> Result<Imported, FhirError> {
        let node = Node::read(document)?;
        let records = match entries(&node) {
            None => self.resource(&node)?,
            Some(resources) => {
                check_bundle(&node)?;
                let mut records = Vec::new();
                for (position, resource) in resources {
                    let read = self.resource(resource);
                    records.extend(read.map_err(|error| match error {
                        FhirError::Misfit(misfit) => misfit.within("entry", position).into(),
                        other => other,
                    })?);
                }
                records
            }
        };
        Ok(Imported::new(records))
    }

    fn subjects(&self, document: &[u8]) -> Option<Vec<SubjectId>> {
        let node = Node::read_repeating(document).ok()?;
        match entries(&node) {
            None => self.people(&node),
            Some(resources) => {
                let consents = resources.filter(|(_, resource)| !is_about_no_consent(resource));
                let each = consents.map(|(_, resource)| self.people(resource));
                Some(each.collect::<Option<Vec<_>>>()?.concat())
            }
        }
    }
}

/// The resources that a server adds to a Bundle of consents.
const OTHERS: [&str; 6] = [
    "Device",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
];

/// The resources of a Bundle, with their indices. `None` for a resource alone.
fn entries(node: &Node) -> Option<impl Iterator<Item = (usize, &Node)>> {
    let is_bundle = node.get("resourceType").and_then(Node::text) == Some("Bundle");
    let entries = node.get("entry").map_or(&[][..], Node::each);
    let resource = |entry| Node::get(entry, "resource").unwrap_or(&Node::Null);
    is_bundle.then(|| positions(entries).map(move |(at, entry)| (at, resource(entry))))
}

fn check_bundle(node: &Node) -> Result<(), FhirError> {
    let kind = node.get("type").and_then(Node::text);
    if !matches!(kind, Some("searchset" | "collection")) {
        let expected = "searchset or collection, which have the current versions";
        return Err(Misfit::at("type", expected).into());
    }
    let fields = [
        "entry",
        "id",
        "link",
        "meta",
        "resourceType",
        "timestamp",
        "total",
        "type",
    ];
    node.refuse_unknown("", &fields, &[])?;
    for entry in node.get("entry").map_or(&[][..], Node::each) {
        entry.refuse_unknown("entry, ", &["fullUrl", "link", "resource", "search"], &[])?;
    }
    Ok(())
}

fn is_about_no_consent(resource: &Node) -> bool {
    let kind = resource.get("resourceType").and_then(Node::text);
    kind.is_some_and(|kind| OTHERS.contains(&kind))
}

impl Fhir {
    /// The people that a consent names. `None` when they are in doubt.
    fn people(&self, node: &Node) -> Option<Vec<SubjectId>> {
        let fields = node.fields()?.iter();
        let named = fields.filter(|(key, _)| key == "patient" || key == "subject");
        let each = named.map(|(_, reference)| self.references.people(reference));
        let all = each.collect::<Option<Vec<_>>>()?.concat();
        Some(all).filter(|all| !all.is_empty())
    }

    /// The statements of a resource.
    fn resource(&self, node: &Node) -> Result<Vec<ConsentRecord>, FhirError> {
        if is_about_no_consent(node) {
            return Ok(Vec::new());
        }
        if node.get("resourceType").and_then(Node::text) != Some("Consent") {
            return Err(Misfit::at("resourceType", "Consent, or a Bundle of consents").into());
        }
        let id = node.get("id").and_then(Node::text);
        let id = id.filter(|id| !id.trim().is_empty());
        let id = id.ok_or_else(|| Misfit::at("id", "a text that is not blank"))?;
        let mut people = self.people(node).unwrap_or_default();
        let subject = people.pop().filter(|_| people.is_empty());
        let subject = subject.ok_or_else(|| {
            let expected = "a reference to one patient, in the form that the reader takes";
            Misfit::at("patient (R4) or subject (R5)", expected)
        })?;
        Consent {
            references: self.references,
            facts: &self.facts,
            node,
            id,
            subject,
            release: Release::of(node),
        }
        .statements()
    }
}
