//! The provisions of a consent: what it permits and what it denies.

use time::UtcDateTime;

use super::dates::{bounds, end};
use super::elements::Release;
use super::purposes;
use super::reference::References;
use crate::interchange::node::{Misfit, Node, positions};
use crate::record::{DataPeriod, Details};
use crate::vocabulary::condition::Condition;
use crate::vocabulary::id::PartyId;
use crate::vocabulary::purpose::Purposes;
use crate::vocabulary::term::Granularity;

/// The fields that limit a provision to some of the data.
const LIMITS: [&str; 6] = [
    "class",
    "code",
    "data",
    "documentType",
    "expression",
    "resourceType",
];

/// The roles of an actor that the data may go to.
const RECIPIENTS: [&str; 2] = ["IRCP", "PRCP"];

/// What a provision does within its limits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Permit,
    Deny,
    /// The consent does not say it.
    NotSaid,
}

impl Effect {
    /// The effect of an exception to a provision of this one.
    fn opposite(self) -> Self {
        match self {
            Self::Permit => Self::Deny,
            Self::Deny => Self::Permit,
            Self::NotSaid => Self::NotSaid,
        }
    }

    /// Reads the code for an effect.
    pub(super) fn read(code: Option<&Node>, place: &str) -> Result<Self, Misfit> {
        match code.map(Node::text) {
            None => Ok(Self::NotSaid),
            Some(Some("permit")) => Ok(Self::Permit),
            Some(Some("deny")) => Ok(Self::Deny),
            Some(_) => Err(Misfit::at(place, "permit or deny")),
        }
    }
}

/// A provision with what it does.
#[derive(Clone)]
pub(super) struct Provision<'a> {
    pub(super) node: &'a Node,
    pub(super) effect: Effect,
    /// The indices that lead to it, counted from 1. Blank for the base.
    pub(super) path: String,
}

impl<'a> Provision<'a> {
    /// The words for the place of the provision.
    pub(super) fn place(&self) -> String {
        if self.path.is_empty() {
            "provision".to_owned()
        } else {
            format!("provision {}", self.path)
        }
    }

    /// What the id of its statement ends with. Blank for the base.
    pub(super) fn part(&self) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!("#{}", self.path)
        }
    }

    /// The provisions within this one: the exceptions to it.
    pub(super) fn exceptions(&self, release: Release) -> Result<Vec<Self>, Misfit> {
        let nodes = self.node.get("provision").map_or(&[][..], Node::each);
        positions(nodes)
            .map(|(position, node)| {
                let path = match self.path.as_str() {
                    "" => position.to_string(),
                    path => format!("{path}/{position}"),
                };
                let (place, effect) = match release {
                    Release::R4 => {
                        let place = format!("provision {path}, type");
                        let effect = Effect::read(node.get("type"), &place)?;
                        (place, effect)
                    }
                    Release::R5 => ("decision".to_owned(), self.effect.opposite()),
                };
                if effect == Effect::NotSaid {
                    return Err(Misfit::at(&place, "permit or deny"));
                }
                Ok(Self { node, effect, path })
            })
            .collect()
    }

    fn codings(&self) -> &'a [Node] {
        self.node.get("purpose").map_or(&[][..], Node::each)
    }

    /// The purposes that it permits.
    pub(super) fn permitted(&self) -> Purposes {
        self.codings().iter().map(purposes::permitted).collect()
    }

    /// The purposes that it denies. `None` is all of them.
    pub(super) fn denied(&self) -> Option<Purposes> {
        purposes::denied(self.codings())
    }

    /// The parties that it is about: `None` is every party, or some of them are not known.
    pub(super) fn parties(&self, references: References) -> Option<Vec<PartyId>> {
        let actors = self.node.get("actor")?.each().iter();
        let parties = actors.map(|actor| references.party(actor.get("reference")?));
        parties
            .collect::<Option<Vec<_>>>()
            .filter(|all| !all.is_empty())
    }

    /// The parties and the details of the grant, for a consent that was given no later than `given_by`.
    pub(super) fn grant(
        &self,
        references: References,
        given_by: UtcDateTime,
        facts: Details,
    ) -> Result<(Option<Vec<PartyId>>, Details), Misfit> {
        let place = self.place();
        let parties = match self.node.get("actor") {
            None => None,
            Some(actors) => Some(recipients(actors, references, &place)?),
        };
        self.check_actions(&place)?;
        let mut details = Details {
            purposes: self.permitted(),
            ..facts
        };
        if self.codings().len() > 1 {
            details.granular = Some(Granularity::Bundled);
        }
        details.conditions.extend(self.conditions(&place)?);
        if let Some(period) = self.node.get("period") {
            let until = limit_of(period, given_by, &format!("{place}, period"))?;
            details.valid_until = details.valid_until.into_iter().chain(until).min();
        }
        if let Some(period) = self.node.get("dataPeriod") {
            details.data_period = data_period(period, &format!("{place}, dataPeriod"))?;
        }
        Ok((parties, details))
    }

    /// Refuses a limit to some of the data.
    pub(super) fn refuse_limits(&self) -> Result<(), Misfit> {
        match LIMITS.iter().find(|limit| self.node.get(limit).is_some()) {
            None => Ok(()),
            Some(limit) => {
                let place = format!("{}, {limit}", self.place());
                let expected = "no limit to some of the data, because rows do not say what it is";
                Err(Misfit::at(&place, expected))
            }
        }
    }

    /// Checks that the actions, where some are named, include the use of the data.
    fn check_actions(&self, place: &str) -> Result<(), Misfit> {
        let actions = self.node.get("action").map_or(&[][..], Node::each);
        let is_use = |action: &Node| codes(action).any(|code| code == Some("use"));
        if actions.is_empty() || actions.iter().any(is_use) {
            return Ok(());
        }
        Err(Misfit::at(
            &format!("{place}, action"),
            "the action `use` among the actions",
        ))
    }

    /// The conditions that the security labels set.
    fn conditions(&self, place: &str) -> Result<Vec<Condition>, Misfit> {
        let labels = self
            .node
            .get("securityLabel")
            .map_or(&[][..], Node::each)
            .iter();
        let conditions = labels.map(|label| match label.get("code").and_then(Node::text) {
            Some("DEID") => "de-identified".parse().ok(),
            _ => None,
        });
        let conditions = conditions.collect::<Option<_>>();
        conditions.ok_or_else(|| {
            let expected = "DEID, or no label: others limit the consent to some of the data";
            Misfit::at(&format!("{place}, securityLabel"), expected)
        })
    }
}

/// The codes of a codeable concept. `None` for a coding without one.
pub(super) fn codes(concept: &Node) -> impl Iterator<Item = Option<&str>> {
    let codings = concept.get("coding").map_or(&[][..], Node::each).iter();
    codings.map(|coding| coding.get("code").and_then(Node::text))
}

/// The actors that the data may go to.
fn recipients(actors: &Node, references: References, place: &str) -> Result<Vec<PartyId>, Misfit> {
    let misfit = |expected| Misfit::at(&format!("{place}, actor"), expected);
    let mut parties = Vec::new();
    for actor in actors.each() {
        let mut roles = actor
            .get("role")
            .map(codes)
            .into_iter()
            .flatten()
            .peekable();
        let is_recipient = roles.peek().is_some()
            && roles.all(|role| role.is_some_and(|role| RECIPIENTS.contains(&role)));
        if !is_recipient {
            return Err(misfit("the role IRCP or PRCP: a recipient"));
        }
        let party = actor
            .get("reference")
            .and_then(|party| references.party(party));
        parties.push(party.ok_or_else(|| misfit("a reference to an organization"))?);
    }
    Ok(parties)
}

/// The end of a period of consent, which started no later than it was given.
pub(super) fn limit_of(
    period: &Node,
    given_by: UtcDateTime,
    place: &str,
) -> Result<Option<UtcDateTime>, Misfit> {
    if let Some(start) = period.get("start") {
        let start = start.text().and_then(bounds);
        let has_started = start.is_some_and(|start| start.earliest <= given_by);
        if !has_started {
            let expected = "a start that is not later than the consent";
            return Err(Misfit::at(place, expected));
        }
    }
    match period.get("end") {
        None => Ok(None),
        Some(text) => {
            let end = text.text().and_then(end);
            let expected = "an end that is a date, or a time with a zone";
            Ok(Some(end.ok_or_else(|| Misfit::at(place, expected))?))
        }
    }
}

/// The time in which the data was collected. Consents here have a start of it and no end.
fn data_period(period: &Node, place: &str) -> Result<DataPeriod, Misfit> {
    let start = period.get("start").and_then(Node::text).and_then(bounds);
    let start = start.filter(|_| period.get("end").is_none());
    let expected = "a start that is a date, or a time with a zone, and no end";
    let start = start.ok_or_else(|| Misfit::at(place, expected))?;
    Ok(DataPeriod::From(start.latest))
}
