//! The privacy preference history of fides.

use thiserror::Error;
use time::UtcDateTime;

use super::documents::Documents;
use super::dpv::exact_purposes;
use super::gaps::Imported;
use super::node::{Malformed, Misfit, Node};
use crate::json::Pointer;
use crate::record::{ConsentRecord, Details, Notice, RecordError, Statement};
use crate::vocabulary::id::{PartyId, RecordId, SubjectId};
use crate::vocabulary::instant::parse_instant;
use crate::vocabulary::purpose::Purposes;
use crate::vocabulary::term::{
    Actor, DenialStatus, GrantStatus, Granularity, Method, NonDecisionStatus,
};

/// The error for an unreadable entry.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FidesError {
    /// The entry is invalid JSON, or repeats a key.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A value does not have the expected form.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The values that were read do not make a valid consent record.
    #[error("entry: {0}")]
    Record(#[from] RecordError),
}

/// The reader of entries of the privacy preference history of fides. Each entry contains the version
/// of its notice as `privacy_notice_history`.
///
/// It reads `id`, the field that names the person, `preference`, `method`, `request_origin`,
/// `request_timestamp` (or `received_at`, or `created_at`), and of the notice `id`, `version`,
/// `consent_mechanism` and `data_uses`. The data use `train_ai_system` is both kinds of training.
///
/// `opt_out` is a denial. `opt_in` is a grant. Its method follows from the mechanism of the notice
/// and the method of the entry: with the mechanism `opt_out`, a preference that no one changed is
/// `default-setting`, and one that was saved unchanged is `pre-ticked`. `acknowledge` and `tcf`
/// neither grant nor deny. fides does not contain whether a consent was explicit, the age of the
/// person, or the end of the consent, so no entry meets R7.
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
    /// Makes a reader for the entries of a controller, because fides does not name it. The person is
    /// in the field `external_id`.
    #[must_use]
    pub fn new(controller: PartyId) -> Self {
        Self {
            controller,
            subject: "external_id".to_owned(),
        }
    }

    /// Sets the field that names the person, such as `fides_user_device_id`.
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
        Node::read_repeating(document)
            .ok()?
            .subjects(&Pointer::to_field(&self.subject))
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

    /// The purposes of each data use of the notice; `None` for an unknown one.
    fn uses(&self) -> Vec<Option<Purposes>> {
        let uses = self.notice.and_then(|notice| notice.get("data_uses"));
        let uses = uses.map_or(&[][..], Node::each).iter();
        uses.map(|name| exact_purposes(name.text()?)).collect()
    }

    /// The details of a denial. An unknown data use, or none, may be any, so the denial is then about
    /// all purposes.
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

    /// The method of a yes. A switch that is on by default proves no act when it stays on.
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
            // A yes by a button for no contradicts itself.
            Some(_) => {
                return Err(Misfit::at(
                    "method",
                    "a method by which fides records a yes",
                ));
            }
        })
    }

    /// The person acted if the entry comes from a page that the person sees.
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
        // fides writes a number, which has no fixed text, so only a text is read.
        let version = notice.get("version").and_then(Node::text);
        Ok(Some(Notice {
            id,
            version: version.and_then(|text| text.parse().ok()),
            purposes,
            ..Notice::default()
        }))
    }
}
