//! The privacy preference history of fides.

use thiserror::Error;
use time::UtcDateTime;

use super::dpv::exact_purposes;
use super::node::{Malformed, Misfit, Node};
use super::{Documents, Imported};
use crate::{
    Actor, ConsentRecord, DenialStatus, Details, GrantStatus, Granularity, Method,
    NonDecisionStatus, Notice, PartyId, Purposes, RecordError, RecordId, Statement, SubjectId,
    parse_instant,
};

/// Why an entry could not be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FidesError {
    /// It is no JSON, or it repeats a key.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A value is not what it should be.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// What was read is no consent record of ours.
    #[error("entry: {0}")]
    Record(#[from] RecordError),
}

/// Entries of the privacy preference history of fides, with the version of the notice that they
/// are about beside them as `privacy_notice_history`.
///
/// Read are `id`, the field that names the person, `preference`, `method`, `request_origin`,
/// `request_timestamp` (or `received_at`, or `created_at`), and of the notice `id`, `version`,
/// `consent_mechanism` and `data_uses`. The data use `train_ai_system` is both kinds of training.
///
/// `opt_out` is a denial. `opt_in` is a grant, by the method that the mechanism and the method
/// together prove: with the mechanism `opt_out` a preference that was never acted on is
/// `default-setting`, and one that was saved as it stood is `pre-ticked`. `acknowledge` and `tcf`
/// neither grant nor deny. Nothing in fides says that a consent was explicit, of what age the
/// person is, or for how long it lasts: no entry meets R7.
///
/// ```
/// use consent_gate::interchange::{Documents, Fides};
/// use consent_gate::Method;
///
/// let entry = br#"{"id": "pri_1", "external_id": "alice", "preference": "opt_in",
///     "request_timestamp": "2024-09-10T09:00:00Z",
///     "privacy_notice_history": {"id": "pnh_1", "version": 1.0, "consent_mechanism": "opt_out",
///         "data_uses": ["train_ai_system"]}}"#;
/// let imported = Fides::new("acme".parse()?).read(entry)?;
/// assert_eq!(imported.records()[0].details().method, Some(Method::DefaultSetting));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fides {
    controller: PartyId,
    subject: String,
}

impl Fides {
    /// The entries of a controller, which fides does not name. The person is in `external_id`.
    #[must_use]
    pub fn new(controller: PartyId) -> Self {
        Self {
            controller,
            subject: "external_id".to_owned(),
        }
    }

    /// The field that names the person, such as `fides_user_device_id`.
    #[must_use]
    pub fn subject_field(self, name: impl Into<String>) -> Self {
        Self {
            subject: name.into(),
            ..self
        }
    }
}

impl Documents for Fides {
    type Error = FidesError;

    fn read(&self, document: &[u8]) -> Result<Imported, FidesError> {
        let node = Node::read(document)?;
        let id = node.get("id").and_then(Node::text);
        let id = id.and_then(|text| RecordId::new(text).ok());
        let id = id.ok_or_else(|| Misfit::at("id", "a text that is not blank"))?;
        let subject = node.get(&self.subject).and_then(Node::subject);
        let subject = subject.ok_or_else(|| {
            let expected = "the id of a person, which is a text that is not blank or a whole \
                            number; Fides::subject_field names another field";
            Misfit::at(&format!("field `{}`", self.subject), expected)
        })?;
        let entry = Entry::of(&node);
        let at = entry.at();
        let dated =
            || at.ok_or_else(|| Misfit::at("request_timestamp", "an RFC 3339 time with a zone"));
        let controller = self.controller.clone();
        let (statement, details) = match node.get("preference").and_then(Node::text) {
            Some("opt_in") => {
                let status = GrantStatus::Given;
                (
                    Statement::Grant {
                        status,
                        controller,
                        at: dated()?,
                    },
                    entry.granted()?,
                )
            }
            Some("opt_out") => {
                let status = DenialStatus::Refused;
                let controller = Some(controller);
                (
                    Statement::Denial {
                        status,
                        controller,
                        at,
                    },
                    entry.denied(),
                )
            }
            Some("acknowledge" | "tcf") => {
                let status = NonDecisionStatus::Unknown;
                (
                    Statement::NonDecision {
                        status,
                        controller,
                        at: dated()?,
                    },
                    Details::default(),
                )
            }
            _ => {
                return Err(Misfit::at("preference", "opt_in, opt_out, acknowledge or tcf").into());
            }
        };
        let record = ConsentRecord::new(id, subject, statement, details)?;
        Ok(Imported::new(vec![record]))
    }

    fn subjects(&self, document: &[u8]) -> Option<Vec<SubjectId>> {
        Node::read_repeating(document).ok()?.subjects(&self.subject)
    }
}

struct Entry<'a> {
    node: &'a Node,
    notice: Option<&'a Node>,
}

impl<'a> Entry<'a> {
    fn of(node: &'a Node) -> Self {
        let notice = node.get("privacy_notice_history");
        Self { node, notice }
    }

    fn at(&self) -> Option<UtcDateTime> {
        let names = ["request_timestamp", "received_at", "created_at"];
        let found = names.into_iter().find_map(|name| self.node.get(name))?;
        parse_instant(found.text()?).ok()
    }

    /// What the notice is about, each data use as it was read.
    fn uses(&self) -> Vec<Option<Purposes>> {
        let uses = self.notice.and_then(|notice| notice.get("data_uses"));
        let uses = uses.map_or(&[][..], Node::each).iter();
        uses.map(|name| exact_purposes(name.text()?)).collect()
    }

    /// A data use that is not known, or none at all, may be any: then it is about all purposes.
    fn denied(&self) -> Details {
        let all: Option<Purposes> = self.uses().into_iter().collect();
        Details {
            purposes: all.unwrap_or_default(),
            ..Details::default()
        }
    }

    fn granted(&self) -> Result<Details, Misfit> {
        let uses = self.uses();
        let purposes: Purposes = uses.iter().copied().flatten().collect();
        let method = self.method()?;
        let own_switch = matches!(method, Some(Method::OptInControl));
        Ok(Details {
            purposes,
            method,
            actor: self.actor(),
            granular: match (uses.len(), method) {
                (2.., _) | (_, Some(Method::AcceptAll)) => Some(Granularity::Bundled),
                (1, _) if own_switch => Some(Granularity::Separate),
                _ => None,
            },
            notice: self.notice(purposes)?,
            ..Details::default()
        })
    }

    /// How the yes came about. A switch that is on by default proves no act by staying on.
    fn method(&self) -> Result<Option<Method>, Misfit> {
        let mechanism = self
            .notice
            .and_then(|notice| notice.get("consent_mechanism"));
        let mechanism = mechanism.map(|node| node.text().unwrap_or_default());
        let was_on = match mechanism {
            None | Some("opt_in") => false,
            Some("opt_out") => true,
            Some("notice_only") => return Ok(Some(Method::Acknowledgement)),
            Some(_) => {
                let place = "privacy_notice_history, consent_mechanism";
                return Err(Misfit::at(place, "opt_in, opt_out or notice_only"));
            }
        };
        let method = self
            .node
            .get("method")
            .map(|node| node.text().unwrap_or_default());
        Ok(match method {
            None if was_on => Some(Method::DefaultSetting),
            None | Some("button") => None,
            Some("save" | "individual_notice") if was_on => Some(Method::PreTicked),
            Some("save" | "individual_notice") => mechanism.map(|_| Method::OptInControl),
            Some("accept") => Some(Method::AcceptAll),
            Some("dismiss") => Some(Method::Dismissed),
            Some("gpc") => Some(Method::Signal),
            Some("acknowledge") => Some(Method::Acknowledgement),
            Some("script") => Some(Method::Script),
            Some("ot_migration") => Some(Method::Import),
            // A yes by a button that says no contradicts itself.
            Some(_) => {
                return Err(Misfit::at(
                    "method",
                    "a method by which fides records a yes",
                ));
            }
        })
    }

    /// The person acted where the entry comes from what the person sees.
    fn actor(&self) -> Option<Actor> {
        let origin = self.node.get("request_origin").and_then(Node::text)?;
        matches!(origin, "privacy_center" | "overlay").then_some(Actor::Subject)
    }

    fn notice(&self, purposes: Purposes) -> Result<Option<Notice>, Misfit> {
        let Some(notice) = self.notice else {
            return Ok(None);
        };
        let misfit = |place| Misfit::at(place, "a text that is not blank");
        let id = match notice.get("id") {
            None => None,
            Some(node) => {
                let id = node.text().and_then(|text| text.parse().ok());
                Some(id.ok_or_else(|| misfit("privacy_notice_history, id"))?)
            }
        };
        // It is a number in fides, whose text is not fixed.
        let version = notice.get("version").and_then(Node::text);
        Ok(Some(Notice {
            id,
            version: version.and_then(|text| text.parse().ok()),
            purposes,
            ..Notice::default()
        }))
    }
}
