//! Kantara consent receipts, version 1.1.

use thiserror::Error;
use time::UtcDateTime;

use super::documents::Documents;
use super::dpv::exact_purposes;
use super::gaps::Imported;
use super::node::{Malformed, Misfit, Node, UnknownField, positions};
use crate::json::Pointer;
use crate::record::{ConsentRecord, Details, Notice, RecordError, Statement};
use crate::vocabulary::id::{PartyId, RecordId, SubjectId};
use crate::vocabulary::term::{
    ConsentType, DenialStatus, GrantStatus, Granularity, NonDecisionStatus,
};

/// The current status of the consent that a receipt is about. A receipt does not contain it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// The status is not known. The statement then neither grants nor denies.
    #[default]
    NotKnown,
    /// The system that keeps the status says that the consent is in force.
    Stands,
    /// The consent ended.
    Ended {
        /// The kind of end.
        status: DenialStatus,
        /// The instant of the end, in UTC. `None` is the end of time, so that it outlasts every grant.
        at: Option<UtcDateTime>,
    },
}

/// The error for an unreadable receipt.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KantaraError {
    /// The receipt is invalid JSON, or repeats a key.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The document is not a receipt, or is one of another version.
    #[error("version: expected KI-CR-v1.1.0")]
    Version,
    /// A value does not have the expected form.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The receipt has a field that receipts do not have.
    #[error(transparent)]
    UnknownField(#[from] UnknownField),
    /// The values that were read do not make a valid consent record.
    #[error("{place}: {source}")]
    Record {
        /// The purpose.
        place: String,
        /// The problem.
        source: RecordError,
    },
}

/// The reader of Kantara consent receipts, version 1.1.0, as JSON.
///
/// A receipt says that something was agreed to once. It does not say that the consent is still in
/// force. So its statements neither grant nor deny, unless the caller gives the current
/// [status](Self::with_status). There is one statement for each purpose of each service. Its id is
/// that of the receipt with the indices of the two, counted from 1, such as `receipt#1/2`. The
/// statement that ends them has the id of the receipt with `#ended`.
///
/// `EXPLICIT` is read as `explicitly-expressed` and `IMPLICIT` as `implied`. A receipt has no field
/// for the method, the switch, the actor, the age, the data or the end of the consent, so no receipt
/// meets R6 or R8.
///
/// ```
/// use consent_gate::interchange::{Documents, Kantara, ReceiptStatus};
/// use consent_gate::Statement;
///
/// let receipt = br#"{"version": "KI-CR-v1.1.0", "consentReceiptID": "c1",
///     "consentTimestamp": 1725958800, "piiPrincipalId": "alice",
///     "piiControllers": [{"piiController": "acme"}],
///     "services": [{"service": "chat", "purposes": [
///         {"purpose": "train_ai_system", "consentType": "EXPLICIT"}]}]}"#;
/// let imported = Kantara::new().read(receipt)?;
/// assert!(matches!(imported.records()[0].statement(), Statement::NonDecision { .. }));
/// let imported = Kantara::with_status(ReceiptStatus::Stands).read(receipt)?;
/// assert!(matches!(imported.records()[0].statement(), Statement::Grant { .. }));
/// # Ok::<(), consent_gate::interchange::KantaraError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kantara(ReceiptStatus);

impl Kantara {
    /// Makes a reader for receipts whose current status is not known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a reader for receipts with this current status, which the caller vouches for.
    #[must_use]
    pub fn with_status(status: ReceiptStatus) -> Self {
        Self(status)
    }
}

impl Documents for Kantara {
    type Error = KantaraError;

    fn read(&self, document: &[u8]) -> Result<Imported, KantaraError> {
        let node = Node::read(document)?;
        let receipt = Receipt::of(&node)?;
        let records = match self.0 {
            ReceiptStatus::Ended { status, at } => vec![receipt.ended(status, at)?],
            ReceiptStatus::Stands => receipt.statements(|controller, at| Statement::Grant {
                status: GrantStatus::Given,
                controller,
                at,
            })?,
            ReceiptStatus::NotKnown => {
                receipt.statements(|controller, at| Statement::NonDecision {
                    status: NonDecisionStatus::Unknown,
                    controller,
                    at,
                })?
            }
        };
        Ok(Imported::new(records))
    }

    fn subjects(&self, document: &[u8]) -> Option<Vec<SubjectId>> {
        Node::read_repeating(document).ok()?.subjects(&person())
    }
}

/// The field that names the person.
fn person() -> Pointer {
    Pointer::to_field("piiPrincipalId")
}

struct Receipt<'a> {
    node: &'a Node,
    id: &'a str,
    subject: SubjectId,
}

impl<'a> Receipt<'a> {
    fn of(node: &'a Node) -> Result<Self, KantaraError> {
        if node.get("version").and_then(Node::text) != Some("KI-CR-v1.1.0") {
            return Err(KantaraError::Version);
        }
        let id = node.get("consentReceiptID").and_then(Node::text);
        let id = id.ok_or_else(|| Misfit::at("consentReceiptID", "a text"))?;
        let subject = node.one_subject(&person());
        let subject = subject.ok_or_else(|| Misfit::at("piiPrincipalId", "the id of a person"))?;
        Ok(Self { node, id, subject })
    }

    /// The controllers. A missing one is an error in a statement that may grant.
    fn controllers(&self) -> Option<Vec<PartyId>> {
        let listed = self.node.get("piiControllers")?.each().iter();
        let all: Option<Vec<PartyId>> = listed
            .map(|controller| controller.get("piiController")?.text()?.parse().ok())
            .collect();
        all.filter(|all| !all.is_empty())
    }

    /// The statement that ends the consent as a whole: for every purpose, toward each named party.
    fn ended(
        &self,
        status: DenialStatus,
        at: Option<UtcDateTime>,
    ) -> Result<ConsentRecord, KantaraError> {
        let mut parties = self.controllers().unwrap_or_default().into_iter();
        let statement = Statement::Denial {
            status,
            controller: parties.next(),
            at,
        };
        let details = Details {
            recipients: parties.collect(),
            ..Details::default()
        };
        self.record(format!("{}#ended", self.id), "receipt", statement, details)
    }

    fn statements(
        &self,
        statement: impl Fn(PartyId, UtcDateTime) -> Statement,
    ) -> Result<Vec<ConsentRecord>, KantaraError> {
        self.refuse_unknown_fields()?;
        let parties = || Misfit::at("piiControllers", "a list of controllers with their names");
        let mut parties = self.controllers().ok_or_else(parties)?.into_iter();
        let controller = parties
            .next()
            .ok_or_else(|| Misfit::at("piiControllers", "one"))?;
        let others: Vec<PartyId> = parties.collect();
        let at = match self.node.get("consentTimestamp") {
            Some(Node::Whole(seconds)) => UtcDateTime::from_unix_timestamp(*seconds).ok(),
            _ => None,
        };
        let at = at.ok_or_else(|| Misfit::at("consentTimestamp", "whole seconds since 1970"))?;
        let purposes = self.purposes()?;
        let granular = (purposes.len() > 1).then_some(Granularity::Bundled);
        let mut records = Vec::new();
        for (place, purpose) in purposes {
            let details = Details {
                recipients: others
                    .iter()
                    .cloned()
                    .chain(third_party(purpose, &place)?)
                    .collect(),
                granular,
                notice: self.notice()?,
                ..details(purpose, &place)?
            };
            let id = format!("{}#{place}", self.id);
            let place = format!("purpose {place}");
            records.push(self.record(id, &place, statement(controller.clone(), at), details)?);
        }
        Ok(records)
    }

    /// Refuses a field that receipts do not have, and a controller that acts on behalf of another one:
    /// the consent is then to that other one.
    fn refuse_unknown_fields(&self) -> Result<(), KantaraError> {
        self.node.refuse_unknown("", &FIELDS, &[])?;
        let each = |node: &'a Node, key| node.get(key).map_or(&[][..], Node::each);
        for controller in each(self.node, "piiControllers") {
            controller.refuse_unknown("piiControllers.", &CONTROLLER_FIELDS, &[])?;
            if !matches!(controller.get("onBehalf"), None | Some(Node::Bool(false))) {
                return Err(Misfit::at("piiControllers, onBehalf", "false").into());
            }
        }
        for service in each(self.node, "services") {
            service.refuse_unknown("services.", &SERVICE_FIELDS, &[])?;
            for purpose in each(service, "purposes") {
                purpose.refuse_unknown("services.purposes.", &PURPOSE_FIELDS, &[])?;
            }
        }
        Ok(())
    }

    /// The purposes, each with the index of its service and its index in that.
    fn purposes(&self) -> Result<Vec<(String, &'a Node)>, Misfit> {
        let mut found = Vec::new();
        let services = self.node.get("services").map_or(&[][..], Node::each);
        for (service, node) in positions(services) {
            let purposes = node.get("purposes").map_or(&[][..], Node::each);
            found.extend(positions(purposes).map(|(at, node)| (format!("{service}/{at}"), node)));
        }
        if found.is_empty() {
            return Err(Misfit::at(
                "services",
                "at least one service with a purpose",
            ));
        }
        Ok(found)
    }

    /// The policy that the receipt names. Its content, and the time at which it was shown, are not
    /// known.
    fn notice(&self) -> Result<Option<Notice>, Misfit> {
        let Some(policy) = self.node.get("policyUrl") else {
            return Ok(None);
        };
        let id = policy.text().and_then(|text| text.parse().ok());
        let id = id.ok_or_else(|| Misfit::at("policyUrl", "a text that is not blank"))?;
        Ok(Some(Notice {
            id: Some(id),
            ..Notice::default()
        }))
    }

    fn record(
        &self,
        id: String,
        place: &str,
        statement: Statement,
        details: Details,
    ) -> Result<ConsentRecord, KantaraError> {
        let id = RecordId::new(id);
        let id = id.map_err(|_| Misfit::at("consentReceiptID", "a text that is not blank"))?;
        ConsentRecord::new(id, self.subject.clone(), statement, details).map_err(|source| {
            KantaraError::Record {
                place: place.to_owned(),
                source,
            }
        })
    }
}

/// The fields of a receipt.
const FIELDS: [&str; 13] = [
    "collectionMethod",
    "consentReceiptID",
    "consentTimestamp",
    "jurisdiction",
    "language",
    "piiControllers",
    "piiPrincipalId",
    "policyUrl",
    "publicKey",
    "sensitive",
    "services",
    "spiCat",
    "version",
];

const CONTROLLER_FIELDS: [&str; 7] = [
    "address",
    "contact",
    "email",
    "onBehalf",
    "phone",
    "piiController",
    "piiControllerUrl",
];

const SERVICE_FIELDS: [&str; 2] = ["purposes", "service"];

const PURPOSE_FIELDS: [&str; 8] = [
    "consentType",
    "piiCategory",
    "primaryPurpose",
    "purpose",
    "purposeCategory",
    "termination",
    "thirdPartyDisclosure",
    "thirdPartyName",
];

/// The details of a purpose of a receipt.
fn details(purpose: &Node, place: &str) -> Result<Details, Misfit> {
    let consent_type = match purpose.get("consentType").map(Node::text) {
        None => None,
        Some(Some("EXPLICIT")) => Some(ConsentType::ExplicitlyExpressed),
        Some(Some("IMPLICIT")) => Some(ConsentType::Implied),
        Some(_) => {
            let place = format!("purpose {place}, consentType");
            return Err(Misfit::at(&place, "EXPLICIT or IMPLICIT"));
        }
    };
    let named = purpose.get("purpose").and_then(Node::text);
    Ok(Details {
        purposes: named.and_then(exact_purposes).unwrap_or_default(),
        consent_type,
        ..Details::default()
    })
}

fn third_party(purpose: &Node, place: &str) -> Result<Option<PartyId>, Misfit> {
    if purpose.get("thirdPartyDisclosure") != Some(&Node::Bool(true)) {
        return Ok(None);
    }
    let Some(name) = purpose.get("thirdPartyName") else {
        return Ok(None);
    };
    let party = name.text().and_then(|text| text.parse().ok());
    let place = format!("purpose {place}, thirdPartyName");
    party
        .map(Some)
        .ok_or_else(|| Misfit::at(&place, "a text that is not blank"))
}
