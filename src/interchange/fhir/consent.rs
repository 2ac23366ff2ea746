//! The statements of one consent.

use time::UtcDateTime;

use super::dates::{Bounds, bounds};
use super::elements::{Element, Release};
use super::error::FhirError;
use super::provision::{Effect, Provision, codes, limit_of};
use super::reference::References;
use crate::interchange::node::{Misfit, Node};
use crate::interchange::signs::Signs;
use crate::interchange::times::GivenAt;
use crate::record::{ConsentRecord, Details, Statement};
use crate::vocabulary::id::{PartyId, RecordId, SubjectId};
use crate::vocabulary::purpose::Purposes;
use crate::vocabulary::term::{Actor, DenialStatus, GrantStatus, NonDecisionStatus};

/// The place of the parties, for errors.
const PARTIES: &str = "organization (R4), grantee or controller (R5)";

/// The fields that describe a consent, and the status.
const DESCRIPTIONS: [&str; 11] = [
    "category",
    "contained",
    "meta",
    "policy",
    "policyBasis",
    "policyText",
    "regulatoryBasis",
    "sourceAttachment",
    "status",
    "text",
    "verification",
];

/// Returns true when an object in a document has a modifier extension.
fn is_modified(node: &Node) -> bool {
    match node {
        Node::List(items) => items.iter().any(is_modified),
        Node::Object(fields) => fields.iter().any(|(key, value)| {
            key == "modifierExtension" && *value != Node::Null || is_modified(value)
        }),
        _ => false,
    }
}

/// Signs of a no in the extensions of a document.
fn signs_of_extensions(node: &Node) -> Signs {
    let is_other = |name: &str| name != "extension";
    let inner: Vec<&Node> = match node {
        Node::List(items) => items.iter().collect(),
        Node::Object(fields) => {
            let others = fields.iter().filter(|(name, _)| is_other(name));
            others.map(|(_, value)| value).collect()
        }
        _ => Vec::new(),
    };
    let own = Signs::all_in(node, None, is_other);
    inner
        .into_iter()
        .map(signs_of_extensions)
        .fold(own, Signs::and)
}

/// A consent whose person is known.
pub(super) struct Consent<'a> {
    pub(super) references: References,
    /// What the form proves.
    pub(super) facts: &'a Details,
    pub(super) node: &'a Node,
    pub(super) id: &'a str,
    pub(super) subject: SubjectId,
    pub(super) release: Release,
}

/// What a consent says, apart from who says it.
struct Said<'a> {
    /// The effect where no provision says another one, and its limits.
    base: Provision<'a>,
    /// Each provision that denies, in whatever provision it stands.
    denials: Vec<Provision<'a>>,
    /// Each provision that permits training.
    permits: Vec<Provision<'a>>,
}

impl<'a> Consent<'a> {
    /// The statements of the consent.
    pub(super) fn statements(&self) -> Result<Vec<ConsentRecord>, FhirError> {
        let status = self
            .node
            .get("status")
            .map(|status| status.text().unwrap_or_default());
        let ended = match status {
            Some("inactive") => Some(DenialStatus::Withdrawn),
            Some("entered-in-error") => Some(DenialStatus::Invalidated),
            Some("not-done" | "rejected") => Some(DenialStatus::Refused),
            _ => None,
        };
        if let Some(status) = ended {
            return Ok(vec![self.denial(
                "#ended",
                status,
                self.ended_at(),
                None,
                self.refused(),
            )?]);
        }
        let is_active = status == Some("active");
        if !is_active && !matches!(status, Some("draft" | "proposed" | "unknown")) {
            return self.unreadable(Misfit::at("status", "a status of a consent").into(), None);
        }
        let said = match self.said() {
            Ok(said) => said,
            Err(error) => return self.unreadable(error.into(), None),
        };
        let permits = if is_active { &said.permits[..] } else { &[] };
        let mut records = match self.grants(permits) {
            Ok(records) => records,
            Err(error) => return self.unreadable(error, Some(&said)),
        };
        let denied_at = self.denied_at();
        for denial in &said.denials {
            records.push(self.denied(denial, denied_at, !records.is_empty())?);
        }
        let has_base = records.iter().any(|record| record.id().as_str() == self.id);
        if !has_base {
            records.extend(self.neither(&said.base)?);
        }
        Ok(records)
    }

    /// The result for a consent that cannot be read: a no to everything where it has a no in it, and
    /// else the error.
    fn unreadable(
        &self,
        error: FhirError,
        said: Option<&Said<'_>>,
    ) -> Result<Vec<ConsentRecord>, FhirError> {
        let denies = said.map_or_else(
            || denies_anywhere(self.node),
            |said| !said.denials.is_empty(),
        );
        if denies || !self.signs().is_empty() {
            let status = DenialStatus::Refused;
            return Ok(vec![self.denial(
                "#unreadable",
                status,
                None,
                None,
                None,
            )?]);
        }
        Err(error)
    }

    /// Signs of a no in what is not read: the elements that describe the consent, and extensions.
    fn signs(&self) -> Signs {
        let is_read = |name: &str| !DESCRIPTIONS.contains(&name);
        let own = Signs::all_in(self.node, None, is_read);
        own.and(signs_of_extensions(self.node))
    }

    fn base(&self) -> Result<Provision<'a>, Misfit> {
        let provision = |node, effect| Provision {
            node,
            effect,
            path: String::new(),
        };
        if self.release == Release::R5 {
            let effect = Effect::read(self.node.get("decision"), "decision")?;
            return Ok(provision(self.node, effect));
        }
        let node = match self.node.get("provision") {
            Some(list @ Node::List(_)) if list.each().len() != 1 => {
                return Err(Misfit::at("provision", "one, as R4 has it"));
            }
            Some(node) => node.each().first().unwrap_or(&Node::Null),
            None => &Node::Null,
        };
        let stated = Effect::read(node.get("type"), "provision, type")?;
        let rule = self.node.get("policyRule");
        let has_rule = |code| rule.is_some_and(|rule| codes(rule).any(|each| each == Some(code)));
        let effect = match stated {
            Effect::NotSaid | Effect::Permit if has_rule("OPTOUT") => Effect::Deny,
            Effect::NotSaid if has_rule("OPTIN") => Effect::Permit,
            stated => stated,
        };
        Ok(provision(node, effect))
    }

    fn said(&self) -> Result<Said<'a>, Misfit> {
        let base = self.base()?;
        let mut said = Said {
            denials: Vec::new(),
            permits: Vec::new(),
            base: base.clone(),
        };
        let exceptions = base.exceptions(self.release)?;
        match base.effect {
            Effect::Permit => said.permits.push(base),
            Effect::Deny => {
                said.denials.push(base);
                let permits = exceptions
                    .iter()
                    .filter(|each| each.effect == Effect::Permit);
                said.permits.extend(permits.cloned());
            }
            Effect::NotSaid => {}
        }
        let is_base_permitted = said.base.effect == Effect::Permit;
        let mut waiting = exceptions;
        while let Some(provision) = waiting.pop() {
            let inner = provision.exceptions(self.release)?;
            let is_narrower = is_base_permitted && provision.effect == Effect::Permit;
            if is_narrower && !said.base.permitted().is_empty() {
                let place = provision.place();
                let expected = "deny: a permit within a permit may limit it";
                return Err(Misfit::at(&format!("{place}, type"), expected));
            }
            if provision.effect == Effect::Deny {
                said.denials.push(provision);
            }
            waiting.extend(inner);
        }
        said.permits.retain(|permit| !permit.permitted().is_empty());
        Ok(said)
    }

    /// The purposes that a consent which ended was about. `None` is all of them.
    fn refused(&self) -> Option<Purposes> {
        let said = self.said().ok()?;
        let mut all = Purposes::empty();
        for provision in said.denials.iter().chain([&said.base]).chain(&said.permits) {
            all |= provision.denied()?;
        }
        Some(all)
    }

    /// The grants of the provisions that permit training. What holds for all of them is read once.
    fn grants(&self, permits: &[Provision<'a>]) -> Result<Vec<ConsentRecord>, FhirError> {
        if permits.is_empty() {
            return Ok(Vec::new());
        }
        permits.iter().try_for_each(Provision::refuse_limits)?;
        self.check_fields()?;
        let given_at = self.given_at()?;
        let mut facts = self.facts.clone();
        facts.actor = self.actor();
        if let Some(evidence) = self.evidence() {
            facts.evidence = evidence.parse().ok();
        }
        if let Some(period) = self.node.get("period") {
            let until = limit_of(period, given_at.by(), "period")?;
            facts.valid_until = facts.valid_until.into_iter().chain(until).min();
        }
        let parties = self.parties();
        let grants = permits.iter().map(|permit| {
            let (own, details) = permit.grant(self.references, given_at.by(), facts.clone())?;
            let parties = own.map_or_else(|| parties.clone(), Ok)?;
            let details = given_at.covered(details).unwrap_or_default();
            self.grant(&permit.part(), given_at, parties, details)
        });
        let grants = grants.collect::<Result<_, _>>()?;
        if self.signs().is_empty() {
            return Ok(grants);
        }
        Err(Misfit::at("consent", "nothing beside the consent that says no").into())
    }

    fn grant(
        &self,
        part: &str,
        given_at: GivenAt,
        parties: Vec<PartyId>,
        mut details: Details,
    ) -> Result<ConsentRecord, FhirError> {
        let mut parties = parties.into_iter();
        let none = || Misfit::at(PARTIES, "a party");
        let controller = parties.next().ok_or_else(none)?;
        details.recipients = parties.collect();
        let statement = Statement::Grant {
            status: GrantStatus::Given,
            controller,
            at: given_at.earliest,
        };
        self.record(part, statement, details)
    }

    fn check_fields(&self) -> Result<(), FhirError> {
        if is_modified(self.node) {
            let expected = "none: it may change what the consent means";
            return Err(Misfit::at("modifierExtension", expected).into());
        }
        Element::Consent(self.release).check(self.node, "")?;
        let scope = self.node.get("scope").map(codes).into_iter().flatten();
        for code in scope {
            if !matches!(code, Some("patient-privacy" | "research")) {
                return Err(Misfit::at("scope", "patient-privacy or research").into());
            }
        }
        Ok(())
    }

    /// The times that are stated. An error when one of them is not a time.
    fn times(&self) -> Result<Vec<Bounds>, Misfit> {
        let own = self.release.date();
        let expected = "a date, or a time with a zone";
        let mut found = Vec::new();
        let mut add = |place: &str, node: Option<&Node>| {
            let Some(node) = node else { return Ok(()) };
            let at = node.text().and_then(bounds);
            found.push(at.ok_or_else(|| Misfit::at(place, expected))?);
            Ok(())
        };
        add(own, self.node.get(own))?;
        for source in self
            .node
            .get("sourceAttachment")
            .map_or(&[][..], Node::each)
        {
            add("sourceAttachment, creation", source.get("creation"))?;
        }
        let meta = self.node.get("meta");
        add(
            "meta, lastUpdated",
            meta.and_then(|meta| meta.get("lastUpdated")),
        )?;
        Ok(found)
    }

    fn given_at(&self) -> Result<GivenAt, Misfit> {
        let own = self.release.date();
        let stated = self.node.get(own).and_then(Node::text).and_then(bounds);
        let stated = stated.ok_or_else(|| Misfit::at(own, "a date, or a time with a zone"))?;
        let all = self.times()?.into_iter().map(|time| time.earliest);
        Ok(GivenAt {
            earliest: all.min().unwrap_or(stated.earliest),
            latest: Some(stated.latest),
        })
    }

    /// The latest time that is stated. `None` is the end of time.
    fn denied_at(&self) -> Option<UtcDateTime> {
        self.times().ok()?.into_iter().map(|time| time.latest).max()
    }

    /// When a consent ended: no later than it was changed last. Without that time it is not known.
    fn ended_at(&self) -> Option<UtcDateTime> {
        self.node.get("meta")?.get("lastUpdated")?;
        self.denied_at()
    }

    /// The parties that the consent was given to, where its provision names none.
    fn parties(&self) -> Result<Vec<PartyId>, Misfit> {
        let mut fields = self.release.parties().iter();
        let named = fields.find_map(|field| self.node.get(field));
        let each = named.map_or(&[][..], Node::each).iter();
        let parties = each.map(|party| self.references.party(party));
        let expected = "references to organizations, in the form that the reader takes";
        parties
            .collect::<Option<_>>()
            .ok_or_else(|| Misfit::at(PARTIES, expected))
    }

    /// Who acted. What the resource says counts before what the form proves.
    fn actor(&self) -> Option<Actor> {
        let Some(acted) = self.node.get(self.release.actor()) else {
            return self.facts.actor;
        };
        let is_patient = |reference: &Node| {
            let people = self.references.people(reference);
            people.is_some_and(|people| people == [self.subject.clone()])
        };
        let is_relative = |reference: &Node| {
            let text = reference.get("reference").and_then(Node::text);
            text.is_some_and(|text| text.contains("RelatedPerson/"))
        };
        match acted.each() {
            [] => self.facts.actor,
            all if all.iter().all(is_patient) => Some(Actor::Subject),
            all if all.iter().any(is_relative) => Some(Actor::Guardian),
            _ => None,
        }
    }

    /// The location of the signed form.
    fn evidence(&self) -> Option<&'a str> {
        let first = |field| self.node.get(field).map_or(&[][..], Node::each).first();
        let reference = first("sourceReference").and_then(|node| node.get("reference"));
        let attached = || first("sourceAttachment").and_then(|node| node.get("url"));
        reference.or_else(attached)?.text()
    }

    fn denied(
        &self,
        denial: &Provision<'_>,
        at: Option<UtcDateTime>,
        is_beside_grant: bool,
    ) -> Result<ConsentRecord, FhirError> {
        let is_base = denial.path.is_empty();
        let purposes = match denial.denied() {
            // The base denies what none of its exceptions permits.
            all if is_base && is_beside_grant => Some(
                all.unwrap_or(Purposes::all())
                    .difference(Purposes::AI_TRAINING),
            ),
            all => all,
        };
        let parties = denial.parties(self.references);
        self.denial(&denial.part(), DenialStatus::Refused, at, parties, purposes)
    }

    fn denial(
        &self,
        part: &str,
        status: DenialStatus,
        at: Option<UtcDateTime>,
        parties: Option<Vec<PartyId>>,
        purposes: Option<Purposes>,
    ) -> Result<ConsentRecord, FhirError> {
        let mut parties = parties.into_iter().flatten();
        let statement = Statement::Denial {
            status,
            controller: parties.next(),
            at,
        };
        let details = Details {
            recipients: parties.collect(),
            purposes: purposes.unwrap_or_default(),
            ..Details::default()
        };
        self.record(part, statement, details)
    }

    /// The statement of a consent that neither permits training nor denies anything as a whole, where
    /// it names its party and its time. Another version of the same resource is then in conflict with
    /// it.
    fn neither(&self, base: &Provision<'_>) -> Result<Option<ConsentRecord>, FhirError> {
        let parties = base.parties(self.references);
        let parties = parties.or_else(|| self.parties().ok()).unwrap_or_default();
        let (Some(controller), Some(at)) = (parties.into_iter().next(), self.denied_at()) else {
            return Ok(None);
        };
        let statement = Statement::NonDecision {
            status: NonDecisionStatus::Unknown,
            controller,
            at,
        };
        self.record("", statement, Details::default()).map(Some)
    }

    fn record(
        &self,
        part: &str,
        statement: Statement,
        details: Details,
    ) -> Result<ConsentRecord, FhirError> {
        let id = RecordId::new(format!("{}{part}", self.id));
        let id = id.map_err(|_| Misfit::at("id", "a text that is not blank"))?;
        Ok(ConsentRecord::new(
            id,
            self.subject.clone(),
            statement,
            details,
        )?)
    }
}

/// Returns true when a document has a rule that denies, at whatever place.
fn denies_anywhere(node: &Node) -> bool {
    match node {
        Node::List(items) => items.iter().any(denies_anywhere),
        Node::Object(fields) => fields.iter().any(|(_, value)| denies_anywhere(value)),
        Node::Text(text) => text.trim().eq_ignore_ascii_case("deny") || text == "OPTOUT",
        _ => false,
    }
}
