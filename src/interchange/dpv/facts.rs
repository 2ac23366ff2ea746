//! The facts that an event states.

use time::UtcDateTime;

use super::event::{Event, anywhere, purpose};
use super::graph::{names, only, parties, people, said, term, values};
use super::terms::{self, short};
use crate::interchange::limit;
use crate::interchange::node::{Misfit, Node};
use crate::record::{DataPeriod, Notice};
use crate::vocabulary::condition::Condition;
use crate::vocabulary::flags;
use crate::vocabulary::id::{Evidence, SubjectId};
use crate::vocabulary::instant::parse_instant;
use crate::vocabulary::purpose::{Channels, Purposes};
use crate::vocabulary::term::{Actor, Capacity, Channel, ConsentType, Granularity, Method, Term};

const ENDLESS: &str = "dpv:EndlessDuration";
const A_PERIOD: &str = "gate:from-grant, gate:all-existing, or an RFC 3339 time with a zone";
const A_GRANULARITY: &str = "gate:separate, gate:bundled or gate:unstated";
const CHANNELS: &str =
    "gate:web, gate:app, gate:api, gate:email, gate:phone, gate:paper or gate:in-person";

impl<'a> Event<'a> {
    fn one(&self, name: &str, what: &str) -> Result<Option<&'a Node>, Misfit> {
        match values(self.node, name).as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(self.misfit(what, "one value")),
        }
    }

    pub(super) fn at(&self) -> Result<UtcDateTime, Misfit> {
        let at = self.one("dpv:isIndicatedAtTime", "time")?.and_then(said);
        at.and_then(|text| parse_instant(text).ok())
            .ok_or_else(|| self.misfit("time", "an RFC 3339 time with a zone"))
    }

    /// The ends of the durations of the event.
    pub(super) fn limits(&self, at: UtcDateTime) -> Result<Option<UtcDateTime>, Misfit> {
        let misfit = || {
            self.misfit(
                "duration",
                "an ISO 8601 duration, whole seconds, or a duration of DPV whose end is known",
            )
        };
        let mut ends = Vec::new();
        for node in values(self.node, "dpv:hasDuration") {
            let (kinds, of) = (values(node, "@type"), values(node, "rdf:value"));
            let of: Vec<&Node> = of.into_iter().chain(values(node, "@value")).collect();
            let kinds = kinds.into_iter().map(|kind| said(kind).map(short));
            let kinds: Vec<_> = kinds.collect::<Option<_>>().ok_or_else(misfit)?;
            let kinds: Vec<&str> = kinds.iter().map(AsRef::as_ref).collect();
            // An end that is not known, such as that of an event, is none of these.
            let end = match (node, kinds.as_slice(), of.as_slice()) {
                (Node::Text(text), ..) if short(text) == ENDLESS => continue,
                (Node::Object(_), [ENDLESS], []) => continue,
                (Node::Text(text), ..) => limit::after(at, text),
                (Node::Whole(seconds), ..)
                | (_, [] | ["dpv:TemporalDuration"], [Node::Whole(seconds)]) => {
                    limit::seconds_after(at, *seconds)
                }
                (_, [] | ["dpv:TemporalDuration" | "xsd:duration"], [of]) => {
                    said(of).and_then(|text| limit::after(at, text))
                }
                (_, ["dpv:UntilTimeDuration"], [until]) => {
                    said(until).and_then(|text| parse_instant(text).ok())
                }
                _ => None,
            };
            ends.push(end.ok_or_else(misfit)?);
        }
        Ok(ends.into_iter().min())
    }

    pub(super) fn valid_until(&self) -> Result<Option<UtcDateTime>, Misfit> {
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

    pub(super) fn data_period(&self, chain: &[&Node]) -> Result<DataPeriod, Misfit> {
        let found = self.stated(chain, "gate:dataPeriod", "data period")?;
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
    pub(super) fn consent_type(&self, chain: &[&Node]) -> Result<Option<ConsentType>, Misfit> {
        let mut found = Vec::new();
        let types = values(self.node, "@type").into_iter();
        for node in types.chain(anywhere(chain, "dpv:hasLegalBasis")) {
            let term = term(node).unwrap_or_default();
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

    /// The method. Among several, one that is not an act of the person comes first, and one that is
    /// not known may be such a one.
    pub(super) fn method(&self) -> Option<Method> {
        let found = values(self.node, "dpv:hasIndicationMethod");
        let known: Vec<_> = found
            .iter()
            .map(|node| terms::method(&term(node)?))
            .collect();
        let mut each = known.iter().flatten();
        let all: Option<Vec<Method>> = known.iter().copied().collect();
        each.find(|method| !method.is_affirmative())
            .copied()
            .or_else(|| all?.first().copied())
    }

    pub(super) fn actor(&self, subject: &SubjectId) -> Option<Actor> {
        let one = only(values(self.node, "dpv:isIndicatedBy"))?;
        let is_bare = one.fields().is_none_or(|fields| fields.len() == 1);
        let is_subject = || is_bare && only(people(one)).as_ref() == Some(subject);
        term(one)
            .and_then(|term| terms::actor(&term))
            .or_else(|| is_subject().then_some(Actor::Subject))
    }

    pub(super) fn capacity(&self) -> Result<Option<Capacity>, Misfit> {
        let Some(node) = self.one("gate:capacity", "capacity")? else {
            return Ok(None);
        };
        let known = term(node).and_then(|term| Capacity::from_token(terms::gate_token(&term)?));
        known
            .map(Some)
            .ok_or_else(|| self.misfit("capacity", "gate:of-age or gate:under-age"))
    }

    /// The granularity that the event states. The term `gate:unstated` states that there is none.
    pub(super) fn granularity(&self) -> Result<Option<Granularity>, Misfit> {
        let Some(node) = self.one("gate:granular", "granularity")? else {
            return Ok(None);
        };
        match term(node).as_deref() {
            Some("gate:separate") => Ok(Some(Granularity::Separate)),
            Some("gate:bundled") => Ok(Some(Granularity::Bundled)),
            Some("gate:unstated") => Ok(None),
            _ => Err(self.misfit("granularity", A_GRANULARITY)),
        }
    }

    pub(super) fn notice(&self, chain: &[&Node]) -> Result<Option<Notice>, Misfit> {
        let found = self.stated(chain, "dpv:hasNotice", "notice")?;
        let node = match found.as_slice() {
            [] => return Ok(None),
            [one] => *one,
            _ => return Err(self.misfit("notice", "one notice")),
        };
        let misfit = || self.misfit("notice", "one text each, which is not blank");
        let id = match names(node).as_slice() {
            [] => None,
            [id] => Some(id.parse().map_err(|_| misfit())?),
            _ => return Err(misfit()),
        };
        let version = match values(node, "dct:hasVersion").as_slice() {
            [] => None,
            [one] => {
                let version = said(one).and_then(|text| text.parse().ok());
                Some(version.ok_or_else(misfit)?)
            }
            _ => return Err(misfit()),
        };
        let controller = match values(node, "dpv:hasDataController").as_slice() {
            [] => None,
            [one] => Some(only(parties(one)).ok_or_else(misfit)?),
            _ => return Err(misfit()),
        };
        let named = values(node, "dpv:hasPurpose");
        let purposes: Purposes = named.iter().copied().filter_map(purpose).collect();
        // A notice about other purposes is not one that names none.
        if purposes.is_empty() && !named.is_empty() {
            return Err(self.misfit("notice", "a known purpose, or none"));
        }
        Ok(Some(Notice {
            id,
            version,
            shown_at: self.time_of(node, "gate:shownAt")?,
            purposes,
            controller,
        }))
    }

    pub(super) fn evidence(&self) -> Result<Option<Evidence>, Misfit> {
        let Some(node) = self.one("gate:evidence", "evidence")? else {
            return Ok(None);
        };
        let text = said(node).and_then(|text| text.parse().ok());
        text.map(Some)
            .ok_or_else(|| self.misfit("evidence", "a text that is not blank"))
    }

    pub(super) fn given_via(&self) -> Result<Option<Channel>, Misfit> {
        let channel = |node: &Node| Channel::from_token(terms::gate_token(&term(node)?)?);
        self.one("gate:givenVia", "channel")?
            .map(|node| channel(node).ok_or_else(|| self.misfit("channel", CHANNELS)))
            .transpose()
    }

    pub(super) fn conditions(&self) -> Result<Vec<Condition>, Misfit> {
        let condition = |node: &Node| said(node)?.parse().ok();
        let found = values(self.node, "gate:condition").into_iter();
        let found: Option<Vec<_>> = found.map(condition).collect();
        found.ok_or_else(|| {
            let expected = "tokens of lower-case letters, digits and single hyphens";
            self.misfit("condition", expected)
        })
    }

    pub(super) fn channels(&self, name: &str) -> Result<Channels, Misfit> {
        let channel = |node: &Node| flags::from_wire_name(terms::gate_token(&term(node)?)?);
        let found: Option<Vec<Channels>> =
            values(self.node, name).into_iter().map(channel).collect();
        found
            .map(|found| found.into_iter().collect())
            .ok_or_else(|| self.misfit("channel", CHANNELS))
    }
}
