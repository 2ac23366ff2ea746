//! Consent records of ISO/IEC TS 27560, as DPV JSON-LD or as the standard's own JSON.

mod context;
mod error;
mod event;
mod facts;
mod graph;
mod places;
mod purposes;
mod record;
mod refusal;
mod terms;
mod walk;
mod write;

use super::documents::Documents;
use super::gaps::Imported;
use super::node::{Node, positions};
use crate::record::ConsentRecord;
use crate::vocabulary::id::SubjectId;
pub use error::DpvError;
use record::Whole;
pub(super) use terms::purposes as exact_purposes;
use walk::Faults;
pub use write::write;

/// Reads a document: a consent record of ISO/IEC TS 27560, or a list of them.
///
/// The document is JSON-LD with the terms of DPV 2, in full or with the prefixes `dpv`, `ai`,
/// `eu-gdpr`, `pd`, `loc`, `dct`, `rdf`, `rdfs`, `skos` and `xsd`, or JSON with the field names of
/// the standard. Each event becomes a statement: a grant becomes one for each process, a denial one for
/// all of them.
///
/// Each kind of object may have only the properties of its list, and a status is read in an event
/// only. Anything else makes the document unreadable. If there is any sign of a no in such a document,
/// it is instead a denial of everything, to every party, for ever, by each person that it names. Its
/// id is that of the document, or a digest of it, with `#refused`. The [page of proofs][proof] has
/// the lists in words.
///
/// [proof]: crate::interchange::proof#what-may-stand-where
///
/// A statement has the id of its event, if that has one; a blank node has none. Otherwise its id is that of the record with
/// the index of the event, counted from 1, such as `r1#2`. If one decision is about several
/// processes, the second and later ones also have their index, such as `r1#2/2`.
///
/// Facts that DPV has no term for are read from the terms of the prefix `gate`
/// (`urn:consent-gate:`), which [`write()`] writes.
///
/// # Errors
///
/// [`DpvError`]. It names the position and contains no content of the document.
///
/// ```
/// use consent_gate::interchange::dpv;
/// use consent_gate::Rules;
///
/// let document = br#"{
///     "@id": "urn:example:r1",
///     "@type": "dpv:ConsentRecord",
///     "dpv:hasDataSubject": {"@id": "alice"},
///     "dpv:hasDataController": "acme",
///     "dpv:hasProcess": {"dpv:hasPurpose": "ai:ModelTraining"},
///     "dpv:hasConsentStatus": [
///         {"@type": ["dpv:ConsentGiven", "dpv:ExplicitlyExpressedConsent"],
///          "dpv:isIndicatedBy": "dpv:DataSubject",
///          "dpv:isIndicatedAtTime": "2024-09-10T09:00:00Z",
///          "dpv:hasDuration": "P12M"},
///         {"@type": "dpv:ConsentWithdrawn"}
///     ]
/// }"#;
/// let imported = dpv::read(document)?;
/// assert_eq!(imported.records().len(), 2);
/// let gaps = imported.gaps().next().unwrap();
/// assert!(gaps.rules().contains(Rules::AFFIRMATIVE));
/// # Ok::<(), dpv::DpvError>(())
/// ```
pub fn read(json: &[u8]) -> Result<Imported, DpvError> {
    let document = Node::read_repeating(json)?;
    statements(&context::expanded(&document))
        .or_else(|fault| refusal::denials(json, &document).ok_or(fault))
        .map(Imported::new)
}

/// The statements of a document without a fault.
fn statements(document: &Node) -> Result<Vec<ConsentRecord>, DpvError> {
    walk::refuse_repeats(document)?;
    let listed = matches!(document, Node::List(_));
    let mut walked = Vec::new();
    for (position, node) in positions(document.each()) {
        let place = if listed {
            format!("record {position}")
        } else {
            "record".to_owned()
        };
        let limit = Faults::of(node, &place)?;
        walked.push((node, place, limit));
    }
    let mut records = Vec::new();
    for (node, place, limit) in walked {
        records.extend(Whole::new(node, &place, limit)?.statements()?);
    }
    Ok(records)
}

/// The reader of ISO/IEC TS 27560 in DPV, one document a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dpv;

impl Documents for Dpv {
    type Error = DpvError;

    fn read(&self, document: &[u8]) -> Result<Imported, DpvError> {
        read(document)
    }

    fn subjects(&self, document: &[u8]) -> Option<Vec<SubjectId>> {
        refusal::people_in(&Node::read_repeating(document).ok()?)
    }
}
