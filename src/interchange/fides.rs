//! The privacy preference history of fides.

mod uses;

use std::collections::BTreeMap;

use thiserror::Error;

use self::uses::FIDESLANG;
use super::documents::Documents;
use super::dpv::exact_purposes;
use super::gaps::Imported;
use super::no::says_no;
use super::node::{Malformed, Misfit, Node, UnknownField, positions};
use super::times::{GivenAt, TimePlace, TimePlaces, Times};
use crate::json::Pointer;
use crate::record::{ConsentRecord, Details, Notice, RecordError, Statement};
use crate::vocabulary::id::{PartyId, RecordId, SubjectId};
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
    /// A yes has a field that entries do not have.
    #[error(transparent)]
    UnknownField(#[from] UnknownField),
    /// The values that were read do not make a valid consent record.
    #[error("entry: {0}")]
    Record(#[from] RecordError),
}

impl FidesError {
    /// The same error for an entry of a page.
    fn within(self, item: usize) -> Self {
        match self {
            Self::Misfit(misfit) => misfit.within("item", item).into(),
            other => other,
        }
    }
}

/// The reader of entries of the privacy preference history of fides, each alone or in the list `items`
/// of a page. An entry contains the version of its notice as `privacy_notice_history`.
///
/// It reads `id`, the field that names the person, `preference`, `method`, `request_origin`,
/// `request_type`, `request_status`, `request_timestamp`, and of the notice `id`, `version`,
/// `consent_mechanism` and `data_uses`. The data use `train_ai_system` is both kinds of training. The
/// other fields of fides describe the entry; a field that fides does not have makes an `opt_in`
/// unreadable, because it may limit it.
///
/// `opt_out`, and any other preference that looks like a no, is a denial: of the purposes of its data
/// uses, or of all where one of them is not in fideslang, or [training is commonly claimed under
/// it](crate::interchange::proof#a-refusal-of-a-data-use-of-fides). `opt_in` is a grant at
/// `request_timestamp`, when the privacy request that it belongs to is none, approved, in processing or
/// complete; `received_at` and `created_at` are not the time of the act, so without `request_timestamp`
/// it grants nothing. Its method follows from the mechanism of the notice
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
    /// The versions of notices, by their ids.
    notices: BTreeMap<String, Node>,
}

impl Fides {
    /// Makes a reader for the entries of a controller, because fides does not name it. The person is
    /// in the field `external_id`.
    #[must_use]
    pub fn new(controller: PartyId) -> Self {
        Self {
            controller,
            subject: "external_id".to_owned(),
            notices: BTreeMap::new(),
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

    /// Adds the versions of notices, for entries that have only `privacy_notice_history_id`: a list of
    /// them, or a page with `items`, as JSON. The version in an entry counts before one of these.
    ///
    /// # Errors
    ///
    /// [`FidesError`] when it is invalid JSON, when a version has no `id`, and when two have the same.
    ///
    /// ```
    /// use consent_gate::interchange::{Documents, Fides};
    /// use consent_gate::Purposes;
    ///
    /// let notices = br#"[{"id": "pnh_1", "consent_mechanism": "opt_in", "data_uses": ["train_ai_system"]}]"#;
    /// let fides = Fides::new("acme".parse()?).notices(notices)?;
    /// let entry = br#"{"id": "pri_1", "external_id": "alice", "preference": "opt_in",
    ///     "request_timestamp": "2024-09-10T09:00:00Z", "privacy_notice_history_id": "pnh_1"}"#;
    /// let imported = fides.read(entry)?;
    /// assert_eq!(imported.records()[0].details().purposes, Purposes::AI_TRAINING);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn notices(mut self, json: &[u8]) -> Result<Self, FidesError> {
        let node = Node::read(json)?;
        let listed = node.get("items").unwrap_or(&node);
        let Node::List(versions) = listed else {
            return Err(Misfit::at("notices", "a list of versions, or a page of them").into());
        };
        for (position, version) in positions(versions) {
            let place = format!("notice {position}, id");
            let id = version.get("id").and_then(Node::text);
            let id = id.ok_or_else(|| Misfit::at(&place, "a text"))?;
            if self
                .notices
                .insert(id.to_owned(), version.clone())
                .is_some()
            {
                return Err(Misfit::at(&place, "one that no other notice has").into());
            }
        }
        Ok(self)
    }
}

impl Documents for Fides {
    type Error = FidesError;

    fn read(&self, document: &[u8]) -> Result<Imported, FidesError> {
        let node = Node::read(document)?;
        let records = match node.get("items") {
            None => vec![self.entry(&node)?],
            Some(Node::List(items)) => {
                node.refuse_unknown("", &PAGE_FIELDS, &[])?;
                positions(items)
                    .map(|(position, item)| {
                        self.entry(item).map_err(|error| error.within(position))
                    })
                    .collect::<Result<_, _>>()?
            }
            Some(_) => return Err(Misfit::at("items", "a list of entries").into()),
        };
        Ok(Imported::new(records))
    }

    fn subjects(&self, document: &[u8]) -> Option<Vec<SubjectId>> {
        let place = Pointer::to_field(&self.subject);
        let node = Node::read_repeating(document).ok()?;
        let items = Pointer::to_field("items");
        match node.at(&items) {
            None if node.get("items").is_none() => node.subjects(&place),
            Some(Node::List(items)) => Node::subjects_of_each(items, &place),
            _ => None,
        }
    }
}

impl Fides {
    /// Refuses a field that entries, or the versions of notices, do not have.
    fn refuse_unknown_fields(
        &self,
        entry: &Node,
        notice: Option<&Node>,
    ) -> Result<(), UnknownField> {
        entry.refuse_unknown("", &FIELDS, &[self.subject.as_str()])?;
        let place = "privacy_notice_history.";
        notice.map_or(Ok(()), |notice| {
            notice.refuse_unknown(place, &NOTICE_FIELDS, &[])
        })
    }

    fn entry(&self, node: &Node) -> Result<ConsentRecord, FidesError> {
        let id = node.get("id").and_then(Node::text);
        let id = id.and_then(|text| RecordId::new(text).ok());
        let id = id.ok_or_else(|| Misfit::at("id", "a text that is not blank"))?;
        let subject = node.one_subject(&Pointer::to_field(&self.subject));
        let subject = subject.ok_or_else(|| {
            let expected = "the id of a person, which is a text that is not blank or a whole \
                            number; Fides::subject_field names another field";
            Misfit::at(&format!("field `{}`", self.subject), expected)
        })?;
        let entry = Entry::of(node, &self.notices);
        let places = places_of_times();
        let times = places.within(node).read(None);
        let controller = self.controller.clone();
        let non_decision = |at| {
            let status = NonDecisionStatus::Unknown;
            let controller = self.controller.clone();
            let statement = Statement::NonDecision {
                status,
                controller,
                at,
            };
            (statement, Details::default())
        };
        let preference = node.get("preference");
        let (statement, details) = match preference.and_then(Node::text) {
            Some("opt_in") => {
                let given_at = dated(&times)?;
                let at = given_at.earliest;
                self.refuse_unknown_fields(node, entry.notice)?;
                let granted = given_at.covered(entry.granted()?);
                match granted.filter(|_| node.get("request_timestamp").is_some()) {
                    Some(details) if entry.is_approved()? => {
                        let status = GrantStatus::Given;
                        let statement = Statement::Grant {
                            status,
                            controller,
                            at,
                        };
                        (statement, details)
                    }
                    _ => non_decision(at),
                }
            }
            Some("acknowledge" | "tcf") => non_decision(dated(&times)?.earliest),
            _ if preference.is_some_and(says_no) => {
                let status = DenialStatus::Refused;
                let controller = Some(controller);
                let at = times.denied_at(std::iter::empty());
                let statement = Statement::Denial {
                    status,
                    controller,
                    at,
                };
                (statement, entry.denied())
            }
            _ => {
                return Err(Misfit::at("preference", "opt_in, opt_out, acknowledge or tcf").into());
            }
        };
        Ok(ConsentRecord::new(id, subject, statement, details)?)
    }
}

/// The fields of a page of entries.
const PAGE_FIELDS: [&str; 5] = ["items", "page", "pages", "size", "total"];

/// The fields of an entry.
const FIELDS: [&str; 36] = [
    "affected_system_status",
    "approver_id",
    "created_at",
    "email",
    "experience_config_history_id",
    "external_id",
    "fides_string",
    "fides_user_device",
    "fides_user_device_id",
    "id",
    "language",
    "method",
    "notice_name",
    "phone_number",
    "preference",
    "privacy_experience_config_history_id",
    "privacy_experience_id",
    "privacy_notice_history",
    "privacy_notice_history_id",
    "privacy_request_id",
    "property_id",
    "received_at",
    "relevant_systems",
    "request_origin",
    "request_status",
    "request_timestamp",
    "request_type",
    "reviewed_by",
    "secondary_user_ids",
    "served_notice_history_id",
    "tcf_version",
    "truncated_ip_address",
    "updated_at",
    "url_recorded",
    "user_agent",
    "user_geography",
];

/// The fields of the version of a notice.
const NOTICE_FIELDS: [&str; 25] = [
    "consent_mechanism",
    "cookies",
    "created_at",
    "data_uses",
    "default_preference",
    "description",
    "displayed_in_api",
    "displayed_in_overlay",
    "displayed_in_privacy_center",
    "enforcement_level",
    "framework",
    "has_gpc_flag",
    "id",
    "internal_description",
    "language",
    "name",
    "notice_id",
    "notice_key",
    "origin",
    "privacy_notice_id",
    "regions",
    "title",
    "translation_id",
    "updated_at",
    "version",
];

fn places_of_times() -> TimePlaces {
    let at = |name| vec![TimePlace::document(Pointer::to_field(name))];
    TimePlaces {
        own: at("request_timestamp"),
        earliest: Vec::new(),
        form: None,
        latest: ["received_at", "created_at"]
            .into_iter()
            .flat_map(at)
            .collect(),
    }
}

fn dated(times: &Times<'_>) -> Result<GivenAt, Misfit> {
    let expected = "an RFC 3339 time with a zone, as in received_at and created_at";
    let given_at = times.given_at();
    given_at.ok_or_else(|| Misfit::at("request_timestamp", expected))
}

struct Entry<'a> {
    node: &'a Node,
    notice: Option<&'a Node>,
}

impl<'a> Entry<'a> {
    fn of(node: &'a Node, notices: &'a BTreeMap<String, Node>) -> Self {
        let named = || notices.get(node.get("privacy_notice_history_id")?.text()?);
        let notice = node.get("privacy_notice_history").or_else(named);
        Self { node, notice }
    }

    fn uses(&self) -> &'a [Node] {
        let uses = self.notice.and_then(|notice| notice.get("data_uses"));
        uses.map_or(&[][..], Node::each)
    }

    /// The details of a denial. An unknown data use, or none, may be any, so the denial is then about
    /// all purposes.
    fn denied(&self) -> Details {
        let refused = |name: &Node| {
            let name = name.text()?;
            FIDESLANG.refused(name).or_else(|| exact_purposes(name))
        };
        let all: Option<Purposes> = self.uses().iter().map(refused).collect();
        Details {
            purposes: all.unwrap_or_default(),
            ..Details::default()
        }
    }

    /// Whether the privacy request that the entry belongs to lets the yes stand.
    fn is_approved(&self) -> Result<bool, Misfit> {
        let text = |key| {
            self.node
                .get(key)
                .map(|node| node.text().unwrap_or_default())
        };
        if !matches!(text("request_type"), None | Some("consent")) {
            return Err(Misfit::at("request_type", "consent"));
        }
        match text("request_status") {
            None | Some("approved" | "complete" | "in_processing") => Ok(true),
            Some(
                "awaiting_email_send"
                | "duplicate"
                | "error"
                | "identity_unverified"
                | "paused"
                | "pending"
                | "pending_external"
                | "requires_input",
            ) => Ok(false),
            Some(_) => Err(Misfit::at(
                "request_status",
                "a status of a privacy request that was not denied or canceled",
            )),
        }
    }

    fn granted(&self) -> Result<Details, Misfit> {
        let uses = self.uses();
        let exact = uses.iter().filter_map(|name| exact_purposes(name.text()?));
        let purposes: Purposes = exact.collect();
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
