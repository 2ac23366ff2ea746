//! A consent record of a document: its person, its events, and the processes that they are about.

use time::UtcDateTime;

use super::error::DpvError;
use super::event::{Chain, Event, status_of};
use super::graph::{identifier, is_blank_node, only, people, said, values};
use super::terms::{self, Status, short};
use crate::interchange::node::{Misfit, Node, positions};
use crate::record::{ConsentRecord, Details, Statement};
use crate::vocabulary::id::{PartyId, RecordId, SubjectId};

/// The number of statements that a record may contain: events times processes. Without a limit a
/// small document could ask for a great many.
const MOST_STATEMENTS: usize = 4096;

/// The number of values that the statements of a record may inherit, all together.
const MOST_VALUES: usize = 1 << 20;

/// The properties that a statement has from its event, and inherits from the processes and the record
/// around it.
const INHERITED: [&str; 7] = [
    "dpv:hasDataController",
    "dpv:hasDataProcessor",
    "dpv:hasLegalBasis",
    "dpv:hasPersonalData",
    "dpv:hasPurpose",
    "dpv:hasRecipient",
    "dpv:hasThirdParty",
];

/// The number of values that each statement about a node has from it.
fn inheritable(node: &Node) -> usize {
    let each = INHERITED.map(|name| values(node, name).len());
    each.into_iter().fold(0, usize::saturating_add)
}

/// A consent record of a document.
pub(super) struct Whole<'a> {
    subject: SubjectId,
    id: Option<&'a str>,
    events: Vec<Event<'a>>,
    /// The first part that may limit what is allowed. It makes any event but a denial unreadable.
    limit: Option<DpvError>,
    /// The number of statements: for each event, that of its processes.
    statements: usize,
    /// The number of values that the statements inherit.
    values: usize,
}

impl<'a> Whole<'a> {
    /// Finds the events of a record that has no faults but this limit.
    pub(super) fn new(
        node: &'a Node,
        place: &str,
        limit: Option<DpvError>,
    ) -> Result<Self, DpvError> {
        let subject = only(values(node, "dpv:hasDataSubject"))
            .and_then(|node| only(people(node)))
            .ok_or_else(|| {
                let place = format!("{place}, data subject");
                Misfit::at(&place, "the id of one person")
            })?;
        let referred = values(node, "@id").into_iter().find_map(said);
        let is_name = |id: &&str| !is_blank_node(id);
        let id = referred.filter(is_name).or_else(|| identifier(node));
        let mut whole = Self {
            subject,
            id,
            events: Vec::new(),
            limit,
            statements: 0,
            values: 0,
        };
        whole.collect(&[node], place)?;
        if whole.events.is_empty() {
            return Err(Misfit::at(place, "an event with the status of the consent").into());
        }
        Ok(whole)
    }

    /// Collects the events of the innermost node of a chain and of the processes in it. Returns the
    /// processes that contain no others.
    fn collect(&mut self, chain: &[&'a Node], place: &str) -> Result<Vec<Chain<'a>>, DpvError> {
        let Some(node) = chain.last() else {
            return Ok(Vec::new());
        };
        let processes = values(node, "dpv:hasProcess");
        let mut leaves = Vec::new();
        for (position, process) in positions(&processes) {
            let chain: Chain<'a> = chain.iter().copied().chain([*process]).collect();
            leaves.extend(self.collect(&chain, &format!("{place}, process {position}"))?);
        }
        if processes.is_empty() {
            leaves.push(chain.to_vec());
        }
        let events = values(node, "dpv:hasConsentStatus");
        if events.is_empty() {
            return Ok(leaves);
        }
        let inherited = leaves.iter().flatten().map(|node| inheritable(node));
        let inherited = inherited.fold(0, usize::saturating_add);
        for (position, event) in positions(&events) {
            let place = format!("{place}, event {position}");
            let status = status_of(event, &place)?;
            // The reference may be to the status itself; a blank node has no name outside.
            let is_name = |id: &&str| !is_blank_node(id) && terms::status(&short(id)).is_none();
            let referred = values(event, "@id").into_iter().find_map(said);
            let own = identifier(event).or(referred.filter(is_name));
            let count = self.events.len().saturating_add(1);
            let id = match (own, self.id) {
                (Some(own), _) => own.to_owned(),
                (None, Some(id)) => format!("{id}#{count}"),
                (None, None) => {
                    return Err(Misfit::at(&place, "an id of the event or of the record").into());
                }
            };
            self.statements = self.statements.saturating_add(leaves.len());
            let own = leaves.len().saturating_mul(inheritable(event));
            self.values = self.values.saturating_add(inherited).saturating_add(own);
            if self.statements > MOST_STATEMENTS {
                return Err(DpvError::TooMany { place });
            }
            if self.values > MOST_VALUES {
                return Err(DpvError::TooManyValues { place });
            }
            self.events.push(Event {
                node: event,
                status,
                place,
                id,
                leaves: leaves.clone(),
            });
        }
        Ok(leaves)
    }

    pub(super) fn statements(&self) -> Result<Vec<ConsentRecord>, DpvError> {
        let mut records = Vec::new();
        for event in &self.events {
            match event.status {
                Status::Denial(status) => {
                    let denial = event.denial(status, &self.subject);
                    records.push(self.record(event, event.id.clone(), denial)?);
                }
                Status::Grant(status) => {
                    let grant = |controller, at| Statement::Grant {
                        status,
                        controller,
                        at,
                    };
                    self.decide(event, grant, &mut records)?;
                }
                Status::NonDecision(status) => {
                    let neither = |controller, at| Statement::NonDecision {
                        status,
                        controller,
                        at,
                    };
                    self.decide(event, neither, &mut records)?;
                }
            }
        }
        Ok(records)
    }

    /// A statement for each process that the decision is about.
    fn decide(
        &self,
        event: &Event<'_>,
        statement: impl Fn(PartyId, UtcDateTime) -> Statement,
        records: &mut Vec<ConsentRecord>,
    ) -> Result<(), DpvError> {
        if let Some(limit) = &self.limit {
            return Err(limit.clone());
        }
        event.refuse_overlap()?;
        let granular = event.decided_granularity()?;
        for (position, leaf) in positions(&event.leaves) {
            let id = match position {
                1 => event.id.clone(),
                _ => format!("{}/{position}", event.id),
            };
            let decision = event.decision(leaf, &self.subject, granular, &statement)?;
            records.push(self.record(event, id, decision)?);
        }
        Ok(())
    }

    fn record(
        &self,
        event: &Event<'_>,
        id: String,
        (statement, details): (Statement, Details),
    ) -> Result<ConsentRecord, DpvError> {
        let id =
            RecordId::new(id).map_err(|_| Misfit::at(&event.place, "an id that is not blank"))?;
        ConsentRecord::new(id, self.subject.clone(), statement, details).map_err(|source| {
            DpvError::Record {
                place: event.place.clone(),
                source,
            }
        })
    }
}
