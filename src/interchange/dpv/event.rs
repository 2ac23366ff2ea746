//! A decision of a document, as a statement about one process or as a denial of them all.

use std::collections::BTreeSet;

use time::UtcDateTime;

use super::error::DpvError;
use super::graph::{only, parties, said, term, values};
use super::terms::{self, Status, short};
use crate::interchange::node::{Misfit, Node};
use crate::record::{Details, Statement};
use crate::vocabulary::id::{PartyId, SubjectId};
use crate::vocabulary::purpose::{DataCategories, Purposes};
use crate::vocabulary::term::{DenialStatus, Granularity};

/// An event or a process, after all nodes that it inherits from, the outermost first.
pub(super) type Chain<'a> = Vec<&'a Node>;

/// The values of a property in the innermost node that has any.
pub(super) fn inherited<'a>(chain: &[&'a Node], name: &str) -> Vec<&'a Node> {
    let found = chain.iter().rev().map(|node| values(node, name));
    found
        .into_iter()
        .find(|values| !values.is_empty())
        .unwrap_or_default()
}

/// The values of a property in all nodes.
pub(super) fn anywhere<'a>(chain: &[&'a Node], name: &str) -> Vec<&'a Node> {
    chain.iter().flat_map(|node| values(node, name)).collect()
}

/// The properties that name other parties than the controller. A denial reaches them all.
const OTHERS: [&str; 3] = [
    "dpv:hasRecipient",
    "dpv:hasThirdParty",
    "dpv:hasDataProcessor",
];

/// A decision, with the processes that it is about.
pub(super) struct Event<'a> {
    pub(super) node: &'a Node,
    pub(super) status: Status,
    pub(super) place: String,
    /// The id of the event, or that of the record with the index of the event.
    pub(super) id: String,
    pub(super) leaves: Vec<Chain<'a>>,
}

/// The status of an event: a no if there is one, and otherwise the only status.
pub(super) fn status_of(event: &Node, place: &str) -> Result<Status, DpvError> {
    let of_term = |node: &Node| terms::status(&short(said(node)?));
    let types = values(event, "@type").into_iter().chain([event]);
    let mut found: Vec<_> = types.filter_map(of_term).map(Some).collect();
    let plain = values(event, "event_state").into_iter();
    // An unknown state may be a no, so it counts as one more status that is not known.
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
    pub(super) fn misfit(&self, what: &str, expected: &'static str) -> Misfit {
        Misfit::at(&format!("{}, {what}", self.place), expected)
    }

    /// The values of a property, which one node of the chain states. Where two differ it would be
    /// ambiguous which of them limits the other.
    pub(super) fn stated(
        &self,
        chain: &[&'a Node],
        name: &str,
        what: &str,
    ) -> Result<Vec<&'a Node>, Misfit> {
        let mut found = chain.iter().map(|node| values(node, name));
        let first = found.find(|values| !values.is_empty()).unwrap_or_default();
        if found.all(|values| values.is_empty() || values == first) {
            return Ok(first);
        }
        let expected = "the same at each level: in the record, its processes and the event";
        Err(self.misfit(what, expected))
    }

    /// The denial of everything that any of the processes is about. An unreadable part is absent,
    /// and so denies more.
    pub(super) fn denial(&self, status: DenialStatus, subject: &SubjectId) -> (Statement, Details) {
        let chains: Vec<Chain<'a>> = self.leaves.iter().map(|leaf| self.chain(leaf)).collect();
        let mut controllers = Some(Vec::new());
        let mut others = Some(Vec::new());
        let mut purposes = Some(Purposes::empty());
        let mut data = Some(DataCategories::empty());
        for chain in &chains {
            let named = whole_list(&anywhere(chain, "dpv:hasDataController"), all_parties);
            controllers = both(controllers, named, |all, more| {
                all.into_iter().chain(more.into_iter().flatten()).collect()
            });
            let named = OTHERS.iter().flat_map(|name| anywhere(chain, name));
            let named: Option<Vec<_>> = named.map(all_parties).collect();
            others = both(others, named, |all, more| {
                all.into_iter().chain(more.into_iter().flatten()).collect()
            });
            let named = whole_list(&anywhere(chain, "dpv:hasPurpose"), refused);
            purposes = both(purposes, named, |all, more| {
                more.into_iter().fold(all, Purposes::union)
            });
            let named = whole_list(&anywhere(chain, "dpv:hasPersonalData"), category);
            data = both(data, named, |all, more| {
                more.into_iter().fold(all, DataCategories::union)
            });
        }
        // A party that cannot be read may be any.
        let mut controllers: Vec<PartyId> = match others {
            Some(_) => controllers.unwrap_or_default(),
            None => Vec::new(),
        };
        controllers.dedup();
        let mut controllers = controllers.into_iter();
        let controller = controllers.next();
        let at = self.at().ok();
        let chain = self.chain(self.leaves.first().map_or(&[], Vec::as_slice));
        let details = Details {
            recipients: controllers.chain(others.unwrap_or_default()).collect(),
            purposes: purposes.unwrap_or_default(),
            data: data.unwrap_or_default(),
            data_period: self.data_period(&chain).unwrap_or_default(),
            consent_type: self.consent_type(&chain).unwrap_or_default(),
            method: self.method(),
            actor: self.actor(subject),
            capacity: self.capacity().unwrap_or_default(),
            granular: self.granularity().unwrap_or_default(),
            notice: self.notice(&chain).unwrap_or_default(),
            evidence: self.evidence().unwrap_or_default(),
            given_via: self.given_via().unwrap_or_default(),
            withdraw_via: self.channels("gate:withdrawVia").unwrap_or_default(),
            conditions: self.conditions().unwrap_or_default(),
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
    pub(super) fn decision(
        &self,
        leaf: &[&'a Node],
        subject: &SubjectId,
        granular: Option<Granularity>,
        statement: impl Fn(PartyId, UtcDateTime) -> Statement,
    ) -> Result<(Statement, Details), DpvError> {
        let chain = self.chain(leaf);
        let each = |values: &[&Node], what| {
            values
                .iter()
                .map(|node| {
                    only(parties(node)).ok_or_else(|| self.misfit(what, "the id of a party"))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        let controllers = self.stated(&chain, "dpv:hasDataController", "data controller")?;
        let mut controllers = each(&controllers, "data controller")?.into_iter();
        let controller = controllers
            .next()
            .ok_or_else(|| self.misfit("data controller", "the id of a party"))?;
        let recipients = each(&inherited(&chain, "dpv:hasRecipient"), "recipient")?;
        let purposes = self.stated(&chain, "dpv:hasPurpose", "purpose")?;
        let purposes: Purposes = purposes.into_iter().filter_map(purpose).collect();
        let named = self.stated(&chain, "dpv:hasPersonalData", "personal data")?;
        let data: DataCategories = named.iter().copied().filter_map(category).collect();
        // A yes for other data is not one that names none. Without a purpose it grants nothing.
        if data.is_empty() && !named.is_empty() && !purposes.is_empty() {
            let expected = "a known category, or none";
            return Err(self.misfit("personal data", expected).into());
        }
        let at = self.at()?;
        let statement = statement(controller, at);
        let lasts = match statement {
            Statement::Grant { .. } => self.limits(at)?,
            Statement::Denial { .. } | Statement::NonDecision { .. } => None,
        };
        let details = Details {
            // Joint controllers: the statement was made to each one.
            recipients: controllers.chain(recipients).collect(),
            purposes,
            data,
            data_period: self.data_period(&chain)?,
            consent_type: self.consent_type(&chain)?,
            method: self.method(),
            actor: self.actor(subject),
            capacity: self.capacity()?,
            granular,
            notice: self.notice(&chain)?,
            evidence: self.evidence()?,
            given_via: self.given_via()?,
            withdraw_via: self.channels("gate:withdrawVia")?,
            conditions: self.conditions()?,
            valid_until: lasts.into_iter().chain(self.valid_until()?).min(),
        };
        Ok((statement, details))
    }

    pub(super) fn chain(&self, leaf: &[&'a Node]) -> Chain<'a> {
        leaf.iter().copied().chain([self.node]).collect()
    }

    /// The purposes that the decision names, in all of its processes.
    fn named_purposes(&self) -> Vec<&'a Node> {
        let leaves = self.leaves.iter();
        leaves
            .flat_map(|leaf| inherited(&self.chain(leaf), "dpv:hasPurpose"))
            .collect()
    }

    /// The granularity that the event states. Several purposes under one decision had no switch of
    /// their own when the event does not say so, or one of them is not known: the author of the
    /// statement cannot have meant it. One purpose proves nothing: it may have shared its switch with
    /// something else.
    pub(super) fn decided_granularity(&self) -> Result<Option<Granularity>, Misfit> {
        let stated = self.granularity()?;
        let named = self.named_purposes();
        let is_silent = values(self.node, "gate:granular").is_empty();
        let has_unknown = named.iter().any(|node| purpose(node).is_none());
        Ok(if named.len() > 1 && (is_silent || has_unknown) {
            Some(Granularity::Bundled)
        } else {
            stated
        })
    }

    pub(super) fn refuse_overlap(&self) -> Result<(), DpvError> {
        let mut seen = BTreeSet::new();
        let mut bits = Purposes::empty();
        for leaf in &self.leaves {
            let named = inherited(&self.chain(leaf), "dpv:hasPurpose");
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
}

/// All values of a list. `None` when it is empty or one of them cannot be read.
fn whole_list<T>(nodes: &[&Node], read: impl Fn(&Node) -> Option<T>) -> Option<Vec<T>> {
    let all: Option<Vec<T>> = nodes.iter().map(|node| read(node)).collect();
    all.filter(|all| !all.is_empty())
}

fn both<T, U>(all: Option<T>, more: Option<U>, add: impl FnOnce(T, U) -> T) -> Option<T> {
    all.zip(more).map(|(all, more)| add(all, more))
}

/// Every party that a value names. `None` when there is none.
fn all_parties(node: &Node) -> Option<Vec<PartyId>> {
    Some(parties(node)).filter(|parties| !parties.is_empty())
}

pub(super) fn purpose(node: &Node) -> Option<Purposes> {
    terms::purposes(&term(node)?)
}

/// The purposes that a denial of this one denies.
fn refused(node: &Node) -> Option<Purposes> {
    terms::refused(&term(node)?)
}

fn category(node: &Node) -> Option<DataCategories> {
    terms::data(&term(node)?)
}
