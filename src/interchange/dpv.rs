//! Consent records of ISO/IEC TS 27560, as DPV JSON-LD or as the standard's own JSON.

mod purposes;
mod terms;
mod write;

use std::collections::BTreeSet;

use thiserror::Error;
use time::UtcDateTime;

use super::documents::Documents;
use super::gaps::Imported;
use super::limit;
use super::node::{Malformed, Misfit, Node, positions};
use crate::record::{ConsentRecord, DataPeriod, Details, Notice, RecordError, Statement};
use crate::vocabulary::flags;
use crate::vocabulary::id::{PartyId, RecordId, SubjectId};
use crate::vocabulary::instant::parse_instant;
use crate::vocabulary::purpose::{Channels, DataCategories, Purposes};
use crate::vocabulary::term::{Actor, Channel, ConsentType, DenialStatus, Granularity, Term};
pub(super) use terms::purposes as exact_purposes;
use terms::{Status, property, short};
pub use write::write;

/// The error for an unreadable document.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DpvError {
    /// The document is invalid JSON, or repeats a key.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The document has a context other than an object of the documented prefixes.
    #[error(
        "@context: expected none, or an object with no prefixes but these: {}",
        terms::prefixes()
    )]
    Context,
    /// The document is of another type, such as a receipt, which does not say what is in force.
    #[error("{place}: expected a consent record: `@type` `dpv:ConsentRecord`, or a `record_id`")]
    NotARecord {
        /// The record of the document.
        place: String,
    },
    /// An unknown property, which may limit what is allowed.
    #[error("{place}: a property that this format does not read: {property}")]
    UnknownProperty {
        /// The object that has it.
        place: String,
        /// The property in words: by its name when that is a term of a known vocabulary, otherwise
        /// by a known name that it is near, if there is one.
        property: String,
    },
    /// A value does not have the expected form.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// Two processes under one decision share a purpose, so it is ambiguous which of them applies.
    #[error("{place}: two processes share a purpose; name each purpose in one process only")]
    Overlapping {
        /// The event.
        place: String,
    },
    /// A record with more than 4096 statements: the number of events times that of processes.
    #[error("{place}: expected at most 4096 statements in a record")]
    TooMany {
        /// The event that exceeds the limit.
        place: String,
    },
    /// The values that were read do not make a valid consent record.
    #[error("{place}: {source}")]
    Record {
        /// The event.
        place: String,
        /// The problem.
        source: RecordError,
    },
}

/// The number of statements that a record may contain: events times processes. Without a limit a
/// small document could ask for a great many.
const MOST_STATEMENTS: usize = 4096;

/// Reads a document: a consent record of ISO/IEC TS 27560, or a list of them.
///
/// The document is JSON-LD with the terms of DPV 2, in full or with the prefixes `dpv`, `ai`,
/// `eu-gdpr`, `pd`, `loc`, `dct`, `rdf`, `skos` and `xsd`, or JSON with the field names of the
/// standard. Each event becomes a statement: a grant becomes one for each process, a denial one for
/// all of them. An event that says no becomes a denial whatever other problems it has. In any other
/// event, a part that is not understood makes the document unreadable.
///
/// A statement has the id of its event, if that has one. Otherwise its id is that of the record with
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
    let document = Node::read(json)?;
    let mut records = Vec::new();
    let listed = matches!(document, Node::List(_));
    for (position, node) in positions(document.each()) {
        let place = if listed {
            format!("record {position}")
        } else {
            "record".to_owned()
        };
        records.extend(Whole::new(node, place)?.statements()?);
    }
    Ok(Imported::new(records))
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
        let document = Node::read_repeating(document).ok()?;
        let mut subjects = Vec::new();
        for node in document.each() {
            let found = values(node, "dpv:hasDataSubject");
            let found: Option<Vec<_>> = found.into_iter().map(subject).collect();
            subjects.extend(found.filter(|found| !found.is_empty())?);
        }
        Some(subjects).filter(|subjects| !subjects.is_empty())
    }
}

/// The values of a property, in any spelling of its key.
fn values<'a>(node: &'a Node, name: &str) -> Vec<&'a Node> {
    let fields = node.fields().unwrap_or_default().iter();
    fields
        .filter(|(key, _)| property(key) == name)
        .flat_map(|(_, value)| value.each())
        .filter(|value| **value != Node::Null)
        .collect()
}

/// The text of a value: a text, the id that it refers to, or a typed text.
fn said(node: &Node) -> Option<&str> {
    node.text()
        .or_else(|| node.get("@id")?.text())
        .or_else(|| node.get("@value")?.text())
}

/// The term of a value that is nothing else. An object with more fields is something narrower.
fn term(node: &Node) -> Option<std::borrow::Cow<'_, str>> {
    let is_bare = node.fields().is_none_or(|fields| fields.len() == 1);
    is_bare.then(|| said(node)).flatten().map(short)
}

/// The id of a record or an event that is given by a property.
fn identifier(node: &Node) -> Option<&str> {
    let names = ["dct:identifier", "dpv:hasIdentifier"];
    names
        .iter()
        .flat_map(|name| values(node, name))
        .find_map(said)
}

fn subject(node: &Node) -> Option<SubjectId> {
    node.subject().or_else(|| said(node)?.parse().ok())
}

/// An event or a process, after all nodes that it inherits from, the outermost first.
type Chain<'a> = Vec<&'a Node>;

/// The values of a property in the innermost node that has any.
fn inherited<'a>(chain: &[&'a Node], name: &str) -> Vec<&'a Node> {
    let found = chain.iter().rev().map(|node| values(node, name));
    found
        .into_iter()
        .find(|values| !values.is_empty())
        .unwrap_or_default()
}

/// The values of a property in all nodes.
fn anywhere<'a>(chain: &[&'a Node], name: &str) -> Vec<&'a Node> {
    chain.iter().flat_map(|node| values(node, name)).collect()
}

/// A decision, with the processes that it is about.
struct Event<'a> {
    node: &'a Node,
    status: Status,
    place: String,
    /// The id of the event, or that of the record with the index of the event.
    id: String,
    leaves: Vec<Chain<'a>>,
}

/// A consent record of a document.
struct Whole<'a> {
    subject: SubjectId,
    id: Option<&'a str>,
    events: Vec<Event<'a>>,
    /// The first part that is not understood. It makes any event but a denial unreadable.
    fault: Option<DpvError>,
    /// The number of statements: for each event, that of its processes.
    statements: usize,
}

impl<'a> Whole<'a> {
    fn new(node: &'a Node, place: String) -> Result<Self, DpvError> {
        let types = values(node, "@type");
        let is_typed = types
            .iter()
            .any(|node| term(node).is_some_and(|term| term == "dpv:ConsentRecord"));
        let is_plain = types.is_empty() && node.get("record_id").is_some();
        if !is_typed && !is_plain {
            return Err(DpvError::NotARecord { place });
        }
        let mut contexts = values(node, "@context").into_iter();
        if !contexts.all(is_documented) || children(node).any(has_context) {
            return Err(DpvError::Context);
        }
        let mut subjects: Vec<_> = values(node, "dpv:hasDataSubject")
            .into_iter()
            .map(subject)
            .collect();
        let (Some(Some(subject)), true) = (subjects.pop(), subjects.is_empty()) else {
            let place = format!("{place}, data subject");
            return Err(Misfit::at(&place, "the id of one person").into());
        };
        let referred = values(node, "@id").into_iter().find_map(said);
        let id = referred.or_else(|| identifier(node));
        let mut whole = Self {
            subject,
            id,
            events: Vec::new(),
            fault: None,
            statements: 0,
        };
        whole.collect(&[node], &place)?;
        if whole.events.is_empty() {
            return Err(Misfit::at(&place, "an event with the status of the consent").into());
        }
        Ok(whole)
    }

    /// Collects the events of the innermost node of a chain and of the processes in it. Returns the
    /// processes that contain no others.
    fn collect(&mut self, chain: &[&'a Node], place: &str) -> Result<Vec<Chain<'a>>, DpvError> {
        let Some(node) = chain.last() else {
            return Ok(Vec::new());
        };
        self.notice_unknown(node, place);
        if node.fields().is_none() {
            let expected = Misfit::at(place, "an object");
            self.fault.get_or_insert(expected.into());
        }
        let processes = values(node, "dpv:hasProcess");
        let mut leaves = Vec::new();
        for (position, process) in positions(&processes) {
            let chain: Chain<'a> = chain.iter().copied().chain([*process]).collect();
            leaves.extend(self.collect(&chain, &format!("{place}, process {position}"))?);
        }
        if processes.is_empty() {
            leaves.push(chain.to_vec());
        }
        for (position, event) in positions(&values(node, "dpv:hasConsentStatus")) {
            let place = format!("{place}, event {position}");
            let status = status_of(event, &place)?;
            if !matches!(status, Status::Denial(_)) {
                self.notice_unknown(event, &place);
            }
            // The reference may be to the status itself; a blank node has no name outside.
            let is_name = |id: &&str| !id.starts_with("_:") && terms::status(&short(id)).is_none();
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
            if self.statements > MOST_STATEMENTS {
                return Err(DpvError::TooMany { place });
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

    /// Notes an object with an unknown property, which may limit what is allowed.
    fn notice_unknown(&mut self, node: &Node, place: &str) {
        let mut keys = node.fields().unwrap_or_default().iter();
        if let Some((key, _)) = keys.find(|(key, _)| !terms::is_known(&property(key))) {
            self.fault.get_or_insert_with(|| DpvError::UnknownProperty {
                place: place.to_owned(),
                property: terms::shown(key),
            });
        }
    }

    fn statements(&self) -> Result<Vec<ConsentRecord>, DpvError> {
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
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        event.refuse_overlap()?;
        for (position, leaf) in positions(&event.leaves) {
            let id = match position {
                1 => event.id.clone(),
                _ => format!("{}/{position}", event.id),
            };
            let decision = event.decision(leaf, &self.subject, &statement)?;
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

/// The values of the properties of an object, and the items of a list.
fn children(node: &Node) -> impl Iterator<Item = &Node> {
    let items = match node {
        Node::List(items) => items.as_slice(),
        _ => &[],
    };
    let fields = node.fields().unwrap_or_default().iter();
    items.iter().chain(fields.map(|(_, value)| value))
}

/// Returns true when there is a context at any depth. It would change the meaning of the terms.
fn has_context(node: &Node) -> bool {
    node.get("@context").is_some() || children(node).any(has_context)
}

/// Returns true when a context contains only documented prefixes.
fn is_documented(context: &Node) -> bool {
    let known = |(prefix, iri): &(String, Node)| {
        terms::CONTEXT
            .iter()
            .any(|(name, known)| prefix == name && iri.text() == Some(known))
    };
    context
        .fields()
        .is_some_and(|fields| fields.iter().all(known))
}

/// The status of an event: a no if there is one, and otherwise the only status.
fn status_of(event: &Node, place: &str) -> Result<Status, DpvError> {
    let of_term = |node: &Node| terms::status(&short(said(node)?));
    let types = values(event, "@type").into_iter().chain([event]);
    let mut found: Vec<_> = types.filter_map(of_term).map(Some).collect();
    let plain = values(event, "event_state").into_iter();
    // An unknown state may be a no, so it counts as one more status, an unknown one.
    found.extend(plain.map(|node| of_term(node).or_else(|| terms::plain_status(node.text()?))));
    found.dedup();
    let mut known = found.iter().flatten();
    let no = known.find(|status| matches!(status, Status::Denial(_)));
    match (no, found.as_slice()) {
        (Some(status), _) | (None, [Some(status)]) => Ok(*status),
        _ => Err(Misfit::at(place, "one status of consent").into()),
    }
}

impl<'a> Event<'a> {
    fn misfit(&self, what: &str, expected: &'static str) -> Misfit {
        Misfit::at(&format!("{}, {what}", self.place), expected)
    }

    /// The denial of everything that any of the processes is about. An unreadable part is absent,
    /// and so denies more.
    fn denial(&self, status: DenialStatus, subject: &SubjectId) -> (Statement, Details) {
        let chains: Vec<Chain<'a>> = self.leaves.iter().map(|leaf| self.chain(leaf)).collect();
        let all: Vec<&Node> = chains.iter().flatten().copied().collect();
        let mut parties = Some(Vec::new());
        let mut purposes = Some(Purposes::empty());
        let mut data = Some(DataCategories::empty());
        for chain in &chains {
            let controllers = whole_list(&anywhere(chain, "dpv:hasDataController"), party);
            parties = parties.zip(controllers).map(|(mut all, more)| {
                all.extend(more);
                all
            });
            let named = whole_list(&anywhere(chain, "dpv:hasPurpose"), refused);
            purposes = purposes
                .zip(named)
                .map(|(all, more)| more.into_iter().fold(all, Purposes::union));
            let named = whole_list(&anywhere(chain, "dpv:hasPersonalData"), category);
            data = data
                .zip(named)
                .map(|(all, more)| more.into_iter().fold(all, DataCategories::union));
        }
        let mut parties = parties.unwrap_or_default();
        parties.dedup();
        let mut parties = parties.into_iter();
        let controller = parties.next();
        let others = [
            "dpv:hasRecipient",
            "dpv:hasThirdParty",
            "dpv:hasDataProcessor",
        ];
        let others = others
            .iter()
            .flat_map(|name| anywhere(&all, name))
            .filter_map(party);
        let at = self.at().ok();
        let chain = self.chain(self.leaves.first().map_or(&[], Vec::as_slice));
        let details = Details {
            recipients: parties.chain(others).collect(),
            purposes: purposes.unwrap_or_default(),
            data: data.unwrap_or_default(),
            data_period: self.data_period(&chain).unwrap_or_default(),
            consent_type: self.consent_type(&chain).unwrap_or_default(),
            method: self.method(),
            actor: self.actor(subject),
            capacity: self.capacity().unwrap_or_default(),
            granular: self.granularity(None).unwrap_or_default(),
            notice: self.notice(&chain).unwrap_or_default(),
            evidence: self.evidence().unwrap_or_default(),
            given_via: self.given_via().unwrap_or_default(),
            withdraw_via: self.channels("gate:withdrawVia").unwrap_or_default(),
            // The duration is left out: a no does not expire.
            valid_until: self.valid_until().unwrap_or_default(),
        };
        (
            Statement::Denial {
                status,
                controller,
                at,
            },
            details,
        )
    }

    /// The statement of a grant, or of a non-decision, about one process.
    fn decision(
        &self,
        leaf: &[&'a Node],
        subject: &SubjectId,
        statement: impl Fn(PartyId, UtcDateTime) -> Statement,
    ) -> Result<(Statement, Details), DpvError> {
        let chain = self.chain(leaf);
        let controllers = inherited(&chain, "dpv:hasDataController");
        let parties = |values: &[&Node], what| {
            values
                .iter()
                .map(|node| party(node).ok_or_else(|| self.misfit(what, "the id of a party")))
                .collect::<Result<Vec<_>, _>>()
        };
        let mut controllers = parties(&controllers, "data controller")?.into_iter();
        let controller = controllers
            .next()
            .ok_or_else(|| self.misfit("data controller", "the id of a party"))?;
        let recipients = parties(&inherited(&chain, "dpv:hasRecipient"), "recipient")?;
        let at = self.at()?;
        let statement = statement(controller, at);
        let lasts = match statement {
            Statement::Grant { .. } => self.limits(at)?,
            Statement::Denial { .. } | Statement::NonDecision { .. } => None,
        };
        let details = Details {
            // Joint controllers: the statement was made to each one.
            recipients: controllers.chain(recipients).collect(),
            purposes: inherited(&chain, "dpv:hasPurpose")
                .into_iter()
                .filter_map(purpose)
                .collect(),
            data: inherited(&chain, "dpv:hasPersonalData")
                .into_iter()
                .filter_map(category)
                .collect(),
            data_period: self.data_period(&chain)?,
            consent_type: self.consent_type(&chain)?,
            method: self.method(),
            actor: self.actor(subject),
            capacity: self.capacity()?,
            granular: self.granularity(self.found_granularity())?,
            notice: self.notice(&chain)?,
            evidence: self.evidence()?,
            given_via: self.given_via()?,
            withdraw_via: self.channels("gate:withdrawVia")?,
            valid_until: lasts.into_iter().chain(self.valid_until()?).min(),
        };
        Ok((statement, details))
    }

    fn chain(&self, leaf: &[&'a Node]) -> Chain<'a> {
        leaf.iter().copied().chain([self.node]).collect()
    }

    /// The value of a property that the event may have once.
    fn one(&self, name: &str, what: &str) -> Result<Option<&'a Node>, Misfit> {
        match values(self.node, name).as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(self.misfit(what, "one value")),
        }
    }

    fn refuse_overlap(&self) -> Result<(), DpvError> {
        let mut seen = BTreeSet::new();
        let mut bits = Purposes::empty();
        for leaf in &self.leaves {
            let named = inherited(leaf, "dpv:hasPurpose");
            let terms: BTreeSet<_> = named
                .iter()
                .filter_map(|node| said(node))
                .map(short)
                .collect();
            let own: Purposes = named.into_iter().filter_map(purpose).collect();
            if bits.intersects(own) || terms.iter().any(|term| seen.contains(term)) {
                return Err(DpvError::Overlapping {
                    place: self.place.clone(),
                });
            }
            bits |= own;
            seen.extend(terms);
        }
        Ok(())
    }

    fn at(&self) -> Result<UtcDateTime, Misfit> {
        let at = self.one("dpv:isIndicatedAtTime", "time")?.and_then(said);
        at.and_then(|text| parse_instant(text).ok())
            .ok_or_else(|| self.misfit("time", "an RFC 3339 time with a zone"))
    }

    /// The ends of the durations of the event.
    fn limits(&self, at: UtcDateTime) -> Result<Option<UtcDateTime>, Misfit> {
        let misfit = || {
            self.misfit(
                "duration",
                "an ISO 8601 duration, whole seconds, or one of the durations of DPV",
            )
        };
        let mut ends = Vec::new();
        for node in values(self.node, "dpv:hasDuration") {
            let kind = values(node, "@type").into_iter().find_map(said).map(short);
            let of = values(node, "rdf:value")
                .into_iter()
                .chain(values(node, "@value"))
                .next();
            let named = node.text().map(short);
            let endless = |term: &str| {
                matches!(
                    term,
                    "dpv:EndlessDuration"
                        | "dpv:UntilEventDuration"
                        | "dpv:FixedOccurrencesDuration"
                        | "dpv:IndeterminateDuration"
                )
            };
            if kind.as_deref().or(named.as_deref()).is_some_and(endless) {
                continue;
            }
            let end = match (node, kind.as_deref(), of) {
                (Node::Whole(seconds), _, _)
                | (_, None | Some("dpv:TemporalDuration"), Some(Node::Whole(seconds))) => {
                    limit::seconds_after(at, *seconds)
                }
                (Node::Text(text), _, _)
                | (
                    _,
                    None | Some("dpv:TemporalDuration" | "xsd:duration"),
                    Some(Node::Text(text)),
                ) => limit::after(at, text),
                (_, Some("dpv:UntilTimeDuration"), Some(until)) => {
                    said(until).and_then(|text| parse_instant(text).ok())
                }
                _ => None,
            };
            ends.push(end.ok_or_else(misfit)?);
        }
        Ok(ends.into_iter().min())
    }

    fn valid_until(&self) -> Result<Option<UtcDateTime>, Misfit> {
        self.time_of(self.node, "gate:validUntil")
    }

    fn time_of(&self, node: &Node, name: &str) -> Result<Option<UtcDateTime>, Misfit> {
        let found = values(node, name);
        let read = found
            .iter()
            .map(|node| said(node).and_then(|text| parse_instant(text).ok()));
        let read: Option<Vec<_>> = read.collect();
        match read.as_deref() {
            Some([]) => Ok(None),
            Some([at]) => Ok(Some(*at)),
            _ => Err(self.misfit("time", "one RFC 3339 time with a zone")),
        }
    }

    fn data_period(&self, chain: &[&Node]) -> Result<DataPeriod, Misfit> {
        let found = inherited(chain, "gate:dataPeriod");
        let read = |node: &Node| {
            let text = said(node)?;
            match terms::gate_token(&short(text)) {
                Some(DataPeriod::FROM_GRANT) => Some(DataPeriod::FromGrant),
                Some(DataPeriod::ALL_EXISTING) => Some(DataPeriod::AllExisting),
                _ => parse_instant(text).ok().map(DataPeriod::From),
            }
        };
        match found.as_slice() {
            [] => Ok(DataPeriod::FromGrant),
            [one] => read(one).ok_or_else(|| self.misfit("data period", A_PERIOD)),
            _ => Err(self.misfit("data period", "one value")),
        }
    }

    /// The least explicit of the types and of the legal bases that are consent.
    fn consent_type(&self, chain: &[&Node]) -> Result<Option<ConsentType>, Misfit> {
        let mut found = Vec::new();
        let types = values(self.node, "@type").into_iter();
        for node in types.chain(inherited(chain, "dpv:hasLegalBasis")) {
            let term = said(node).map(short).unwrap_or_default();
            let says_nothing = terms::is_any_consent(&term) || terms::status(&term).is_some();
            match terms::consent_type(&term) {
                Some(known) => found.push(known),
                None if says_nothing => {}
                None => return Err(self.misfit("type or legal basis", "consent of a known type")),
            }
        }
        for node in values(self.node, "event_type") {
            let text = node.text().unwrap_or_default();
            let known = terms::plain_type(text).or_else(|| terms::consent_type(&short(text)));
            found.push(known.ok_or_else(|| self.misfit("type", "a known type of consent"))?);
        }
        // INVARIANT (types in order): the most explicit comes first.
        Ok(found.into_iter().max())
    }

    /// The method. Among several, one that is not an act of the person comes first.
    fn method(&self) -> Option<crate::vocabulary::term::Method> {
        let found = values(self.node, "dpv:hasIndicationMethod");
        let known: Vec<_> = found
            .iter()
            .filter_map(|node| terms::method(&short(said(node)?)))
            .collect();
        known
            .iter()
            .find(|method| !method.is_affirmative())
            .or(known.first())
            .copied()
    }

    fn actor(&self, subject: &SubjectId) -> Option<Actor> {
        let found = values(self.node, "dpv:isIndicatedBy");
        let [one] = found.as_slice() else { return None };
        let text = said(one)?;
        terms::actor(&short(text)).or_else(|| (text == subject.as_str()).then_some(Actor::Subject))
    }

    fn capacity(&self) -> Result<Option<crate::vocabulary::term::Capacity>, Misfit> {
        let Some(node) = self.one("gate:capacity", "capacity")? else {
            return Ok(None);
        };
        let known = said(node).map(short).and_then(|term| {
            crate::vocabulary::term::Capacity::from_token(terms::gate_token(&term)?)
        });
        known
            .map(Some)
            .ok_or_else(|| self.misfit("capacity", "gate:of-age or gate:under-age"))
    }

    /// The granularity that the event states, or else the one that was found. The term
    /// `gate:unstated` states that there is none.
    fn granularity(&self, found: Option<Granularity>) -> Result<Option<Granularity>, Misfit> {
        let Some(node) = self.one("gate:granular", "granularity")? else {
            return Ok(found);
        };
        match said(node).map(short).as_deref() {
            Some("gate:separate") => Ok(Some(Granularity::Separate)),
            Some("gate:bundled") => Ok(Some(Granularity::Bundled)),
            Some("gate:unstated") => Ok(None),
            _ => Err(self.misfit("granularity", A_GRANULARITY)),
        }
    }

    /// Several purposes under one decision, known or not, had no switch of their own. One purpose
    /// proves nothing: it may have shared its switch with something else.
    fn found_granularity(&self) -> Option<Granularity> {
        let named = self
            .leaves
            .iter()
            .flat_map(|leaf| inherited(leaf, "dpv:hasPurpose"));
        (named.count() > 1).then_some(Granularity::Bundled)
    }

    fn notice(&self, chain: &[&Node]) -> Result<Option<Notice>, Misfit> {
        let found = inherited(chain, "dpv:hasNotice");
        let node = match found.as_slice() {
            [] => return Ok(None),
            [one] => *one,
            _ => return Err(self.misfit("notice", "one notice")),
        };
        let misfit = || self.misfit("notice", "texts that are not blank");
        let id = values(node, "@id").into_iter().chain([node]).find_map(said);
        let versions = values(node, "dct:hasVersion");
        let controllers = values(node, "dpv:hasDataController");
        Ok(Some(Notice {
            id: id.map(str::parse).transpose().map_err(|_| misfit())?,
            version: match versions.as_slice() {
                [one] => Some(
                    said(one)
                        .and_then(|text| text.parse().ok())
                        .ok_or_else(misfit)?,
                ),
                _ => None,
            },
            shown_at: self.time_of(node, "gate:shownAt")?,
            purposes: values(node, "dpv:hasPurpose")
                .into_iter()
                .filter_map(purpose)
                .collect(),
            controller: match controllers.as_slice() {
                [one] => Some(party(one).ok_or_else(misfit)?),
                _ => None,
            },
        }))
    }

    fn evidence(&self) -> Result<Option<crate::vocabulary::id::Evidence>, Misfit> {
        let Some(node) = self.one("gate:evidence", "evidence")? else {
            return Ok(None);
        };
        let text = said(node).and_then(|text| text.parse().ok());
        text.map(Some)
            .ok_or_else(|| self.misfit("evidence", "a text that is not blank"))
    }

    fn given_via(&self) -> Result<Option<Channel>, Misfit> {
        let channel = |node: &Node| Channel::from_token(terms::gate_token(&short(said(node)?))?);
        self.one("gate:givenVia", "channel")?
            .map(|node| channel(node).ok_or_else(|| self.misfit("channel", CHANNELS)))
            .transpose()
    }

    fn channels(&self, name: &str) -> Result<Channels, Misfit> {
        let channel = |node: &Node| flags::from_wire_name(terms::gate_token(&short(said(node)?))?);
        let found: Option<Vec<Channels>> =
            values(self.node, name).into_iter().map(channel).collect();
        found
            .map(|found| found.into_iter().collect())
            .ok_or_else(|| self.misfit("channel", CHANNELS))
    }
}

const A_PERIOD: &str = "gate:from-grant, gate:all-existing, or an RFC 3339 time with a zone";
const A_GRANULARITY: &str = "gate:separate, gate:bundled or gate:unstated";
const CHANNELS: &str =
    "gate:web, gate:app, gate:api, gate:email, gate:phone, gate:paper or gate:in-person";

/// All values of a list. `None` when it is empty or one of them cannot be read.
fn whole_list<T>(nodes: &[&Node], read: impl Fn(&Node) -> Option<T>) -> Option<Vec<T>> {
    let all: Option<Vec<T>> = nodes.iter().map(|node| read(node)).collect();
    all.filter(|all| !all.is_empty())
}

fn party(node: &Node) -> Option<PartyId> {
    said(node)?.parse().ok()
}

fn purpose(node: &Node) -> Option<Purposes> {
    terms::purposes(&term(node)?)
}

/// The purposes that a denial of this one denies.
fn refused(node: &Node) -> Option<Purposes> {
    terms::refused(&term(node)?)
}

fn category(node: &Node) -> Option<DataCategories> {
    terms::data(&term(node)?)
}
