//! Preference stores, read with a map that gives the meaning of their fields and switches.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use time::UtcDateTime;

use super::documents::Documents;
use super::gaps::Imported;
use super::node::{Malformed, Misfit, Node, positions};
use crate::digest::Digest;
use crate::json::Pointer;
use crate::record::{ConsentRecord, Details, RecordError, Statement};
use crate::vocabulary::id::{PartyId, RecordId, SubjectId};
use crate::vocabulary::instant::parse_instant;
use crate::vocabulary::term::{DenialStatus, GrantStatus, NonDecisionStatus};

/// The error for an unreadable document of preferences.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreferenceError {
    /// The document is invalid JSON, or repeats a key.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A value does not have the expected form.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// A switch that the map does not name, so that it is not known what the switch is about.
    #[error(
        "{place}: a switch that the map does not name; name it with PreferenceMap::switch, or with \
         PreferenceMap::pass_over when no gate asks about it"
    )]
    UnknownSwitch {
        /// The index of the switch, counted from 1. Its name is not shown.
        place: String,
    },
    /// The values that were read do not make a valid consent record.
    #[error("{place}: {source}")]
    Record {
        /// The index of the switch, counted from 1.
        place: String,
        /// The problem.
        source: RecordError,
    },
}

/// The form of a person's answers in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// An object: the names of the switches are its keys.
    Object,
    /// A list of objects.
    List {
        /// The field with the name of the switch.
        name: String,
        /// The field with the answer.
        answer: String,
        /// The field with the time of the answer, if each answer has its own.
        at: Option<String>,
    },
}

/// The value that is a yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yes {
    /// The value `true`, and no text.
    True,
    /// Exactly this text.
    Text(String),
}

/// The meaning of the preferences of a system: the positions of its fields, the value that is a yes,
/// and for each switch the consent that a person gives by turning it on.
///
/// Start with the map for [Transcend](Self::transcend), [Klaro](Self::klaro) or
/// [OneTrust](Self::onetrust), or with [`new`](Self::new), and name each switch. The [`Details`] of a
/// switch are the facts that it proves: its method, the notice, the channels for withdrawal. The
/// system does not know these facts; the author of the map vouches for them.
///
/// - Exactly the yes of the map grants: a text such as `"true"` makes the document unreadable when
///   the yes is `true`.
/// - A no in any common form denies: `false`, `0`, `"no"`, `"OPT_OUT"`, `"WITHDRAWN"` and the like.
///   It denies also in a test record, and when the choice was not confirmed.
/// - The yes of a test record, or of a choice that was not confirmed, neither grants nor denies. The
///   same holds for a text that the map names as [neither](Self::neither), and for null.
/// - A switch that the map does not name makes the document unreadable, because it may be about
///   anything.
///
/// The id of a statement is that of the document with the name of the switch. If the map names no
/// id, a digest of the person and the time takes its place. Then a document that says something else
/// about the same instant is a conflict and not a replacement.
///
/// ```
/// use consent_gate::interchange::{Documents, PreferenceMap};
/// use consent_gate::{Details, Method, Purposes, Statement};
///
/// let mut ai_training = Details::default();
/// ai_training.purposes = Purposes::TRAIN_GENERATIVE;
/// ai_training.method = Some(Method::OptInControl);
/// let map = PreferenceMap::transcend("acme".parse()?)
///     .switch("AiTraining", ai_training)
///     .pass_over("Analytics");
/// let document = br#"{"userId": "alice", "timestamp": "2024-09-10T09:00:00Z", "confirmed": true,
///     "purposes": [{"purpose": "AiTraining", "enabled": true},
///                  {"purpose": "Analytics", "enabled": "Auto"}]}"#;
/// let imported = map.read(document)?;
/// assert!(matches!(imported.records()[0].statement(), Statement::Grant { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreferenceMap {
    controller: PartyId,
    id: Option<Pointer>,
    subject: Pointer,
    at: Pointer,
    answers: (Pointer, Answers),
    confirmed: Option<Pointer>,
    test: Option<Pointer>,
    yes: Yes,
    neither: BTreeSet<String>,
    switches: BTreeMap<String, Details>,
    passed_over: BTreeSet<String>,
}

impl PreferenceMap {
    /// Makes a map for a system of a controller, from the positions of the person, of the time (RFC
    /// 3339 with a zone) and of the answers in a document, and the value that is a yes.
    #[must_use]
    pub fn new(
        controller: PartyId,
        subject: Pointer,
        at: Pointer,
        answers: (Pointer, Answers),
        yes: Yes,
    ) -> Self {
        Self {
            controller,
            id: None,
            subject,
            at,
            answers,
            confirmed: None,
            test: None,
            yes,
            neither: BTreeSet::new(),
            switches: BTreeMap::new(),
            passed_over: BTreeSet::new(),
        }
    }

    /// Makes a map for records of the preference store of Transcend: `userId`, `timestamp`,
    /// `confirmed`, `isTest` and the list `purposes` of `purpose` and `enabled`.
    #[must_use]
    pub fn transcend(controller: PartyId) -> Self {
        let field = Pointer::to_field;
        let answers = Answers::List {
            name: "purpose".to_owned(),
            answer: "enabled".to_owned(),
            at: None,
        };
        let answers = (field("purposes"), answers);
        Self::new(
            controller,
            field("userId"),
            field("timestamp"),
            answers,
            Yes::True,
        )
        .confirmed(field("confirmed"))
        .test(field("isTest"))
        .neither("Auto")
    }

    /// Makes a map for the data that Klaro keeps in the browser: `consents` and `confirmed`. Add the
    /// fields `subject` and `at` to it when you collect it.
    #[must_use]
    pub fn klaro(controller: PartyId) -> Self {
        let field = Pointer::to_field;
        let answers = (field("consents"), Answers::Object);
        Self::new(
            controller,
            field("subject"),
            field("at"),
            answers,
            Yes::True,
        )
        .confirmed(field("confirmed"))
    }

    /// Makes a map for profiles of data subjects of OneTrust: `Identifier`, `LastUpdatedDate`, and the
    /// list `Purposes` of `Name`, `Status` and `LastTransactionDate`.
    #[must_use]
    pub fn onetrust(controller: PartyId) -> Self {
        let field = Pointer::to_field;
        let answers = Answers::List {
            name: "Name".to_owned(),
            answer: "Status".to_owned(),
            at: Some("LastTransactionDate".to_owned()),
        };
        let answers = (field("Purposes"), answers);
        let yes = Yes::Text("ACTIVE".to_owned());
        Self::new(
            controller,
            field("Identifier"),
            field("LastUpdatedDate"),
            answers,
            yes,
        )
        .neither("ALWAYS_ACTIVE")
        .neither("PENDING")
    }

    /// Sets the position of the id of the document.
    #[must_use]
    pub fn id(mut self, pointer: Pointer) -> Self {
        self.id = Some(pointer);
        self
    }

    /// Sets the position of the field that says that the person confirmed the choices. Only `true`
    /// is a confirmation.
    #[must_use]
    pub fn confirmed(mut self, pointer: Pointer) -> Self {
        self.confirmed = Some(pointer);
        self
    }

    /// Sets the position of the field that says that the document is a test. It is not a test only
    /// when the field is `false` or absent.
    #[must_use]
    pub fn test(mut self, pointer: Pointer) -> Self {
        self.test = Some(pointer);
        self
    }

    /// Adds a text that is neither a yes nor a no. Each one has to be named; any other text that is
    /// not the yes or a common form of no makes the document unreadable.
    #[must_use]
    pub fn neither(mut self, text: impl Into<String>) -> Self {
        self.neither.insert(text.into());
        self
    }

    /// Adds a switch, and the consent that a person gives by turning it on. By turning it off, the
    /// person says no to its purposes, data and recipients.
    #[must_use]
    pub fn switch(mut self, name: impl Into<String>, details: Details) -> Self {
        self.switches.insert(name.into(), details);
        self
    }

    /// Adds a switch that is about nothing that a gate asks. Its answers are ignored.
    #[must_use]
    pub fn pass_over(mut self, name: impl Into<String>) -> Self {
        self.passed_over.insert(name.into());
        self
    }

    /// Returns true when a yes of the document counts: the choices are confirmed, and it is not a test.
    fn is_meant(&self, document: &Node) -> bool {
        let confirmed = self.confirmed.as_ref();
        let confirmed = confirmed.is_none_or(|at| document.at(at) == Some(&Node::Bool(true)));
        let test = self.test.as_ref().and_then(|at| document.at(at));
        confirmed && test.is_none_or(|test| *test == Node::Bool(false))
    }

    fn choices<'a>(&self, document: &'a Node) -> Result<Vec<Choice<'a>>, Misfit> {
        let (pointer, form) = &self.answers;
        let answers = document.at(pointer);
        match (form, answers) {
            (Answers::Object, Some(Node::Object(fields))) => Ok(fields
                .iter()
                .map(|(name, answer)| Choice {
                    name,
                    answer,
                    at: None,
                })
                .collect()),
            (Answers::List { name, answer, at }, Some(Node::List(items))) => positions(items)
                .map(|(position, item)| {
                    let place = format!("answer {position}");
                    let name = item.get(name).and_then(Node::text);
                    Ok(Choice {
                        name: name.ok_or_else(|| Misfit::at(&place, "the name of a switch"))?,
                        answer: item.get(answer).unwrap_or(&Node::Null),
                        at: at.as_ref().and_then(|at| item.get(at)),
                    })
                })
                .collect(),
            (Answers::Object, _) => Err(Misfit::at("answers", "an object")),
            (Answers::List { .. }, _) => Err(Misfit::at("answers", "a list")),
        }
    }

    fn answer(&self, answer: &Node) -> Option<Answer> {
        let is_yes = match &self.yes {
            Yes::True => *answer == Node::Bool(true),
            Yes::Text(yes) => answer.text() == Some(yes),
        };
        match answer {
            _ if is_yes => Some(Answer::Yes),
            Node::Null => Some(Answer::Neither),
            Node::Text(text) if self.neither.contains(text) => Some(Answer::Neither),
            answer if is_no(answer) => Some(Answer::No),
            _ => None,
        }
    }
}

struct Choice<'a> {
    name: &'a str,
    answer: &'a Node,
    at: Option<&'a Node>,
}

#[derive(Clone, Copy)]
enum Answer {
    Yes,
    No,
    Neither,
}

/// Returns true when an answer is a no in any common form.
fn is_no(answer: &Node) -> bool {
    const NO: [&str; 22] = [
        "0",
        "blocked",
        "declined",
        "denied",
        "deny",
        "disabled",
        "expired",
        "false",
        "inactive",
        "n",
        "no",
        "noconsent",
        "notgiven",
        "off",
        "optedout",
        "optout",
        "refused",
        "rejected",
        "reject",
        "revoked",
        "withdrawn",
        "objected",
    ];
    match answer {
        Node::Bool(value) => !value,
        Node::Whole(number) => *number == 0,
        Node::Text(text) => {
            let letters = text.chars().filter(|c| c.is_alphanumeric());
            let word: String = letters.flat_map(char::to_lowercase).collect();
            NO.contains(&word.as_str())
        }
        _ => false,
    }
}

const AN_ANSWER: &str = "the yes of the map exactly as PreferenceMap::new has it, a common form \
                         of no, null, or a text that PreferenceMap::neither names";

impl Documents for PreferenceMap {
    type Error = PreferenceError;

    fn read(&self, document: &[u8]) -> Result<Imported, PreferenceError> {
        let node = Node::read(document)?;
        let subject = node.at(&self.subject).and_then(Node::subject);
        let subject = subject.ok_or_else(|| {
            let expected = "the id of a person, which is a text that is not blank or a whole \
                            number, at the pointer of the map";
            Misfit::at("person", expected)
        })?;
        let id = match &self.id {
            None => None,
            Some(place) => {
                let id = node.at(place).and_then(Node::subject);
                Some(id.ok_or_else(|| Misfit::at("id", "a text that is not blank"))?)
            }
        };
        let is_meant = self.is_meant(&node);
        let mut records = Vec::new();
        for (position, choice) in positions(&self.choices(&node)?) {
            let place = format!("answer {position}");
            let Some(switch) = self.switches.get(choice.name) else {
                if self.passed_over.contains(choice.name) {
                    continue;
                }
                return Err(PreferenceError::UnknownSwitch { place });
            };
            let at = choice.at.or_else(|| node.at(&self.at)).and_then(Node::text);
            let time = at.and_then(|text| parse_instant(text).ok());
            let answer = self.answer(choice.answer);
            let answer = answer.ok_or_else(|| Misfit::at(&place, AN_ANSWER))?;
            let (statement, details) = self.statement(answer, is_meant, time, switch, &place)?;
            let base = id.as_ref().map_or_else(
                || Digest::of_json(&(subject.as_str(), at)).to_string(),
                |id| id.as_str().to_owned(),
            );
            let id = RecordId::new(format!("{base}#{}", choice.name));
            let id = id.map_err(|_| Misfit::at(&place, "a name that is not blank"))?;
            let record = ConsentRecord::new(id, subject.clone(), statement, details);
            records.push(record.map_err(|source| PreferenceError::Record { place, source })?);
        }
        Ok(Imported::new(records))
    }

    fn subjects(&self, document: &[u8]) -> Option<Vec<SubjectId>> {
        let document = Node::read(document).ok()?;
        Some(vec![document.at(&self.subject)?.subject()?])
    }
}

impl PreferenceMap {
    fn statement(
        &self,
        answer: Answer,
        is_meant: bool,
        at: Option<UtcDateTime>,
        switch: &Details,
        place: &str,
    ) -> Result<(Statement, Details), Misfit> {
        let controller = self.controller.clone();
        let dated = || {
            let place = format!("{place}, time");
            at.ok_or_else(|| Misfit::at(&place, "an RFC 3339 time with a zone"))
        };
        Ok(match answer {
            Answer::Yes if is_meant => {
                let status = GrantStatus::Given;
                (
                    Statement::Grant {
                        status,
                        controller,
                        at: dated()?,
                    },
                    switch.clone(),
                )
            }
            Answer::Yes | Answer::Neither => {
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
            Answer::No => {
                let status = DenialStatus::Refused;
                let details = Details {
                    recipients: switch.recipients.clone(),
                    purposes: switch.purposes,
                    data: switch.data,
                    ..Details::default()
                };
                (
                    Statement::Denial {
                        status,
                        controller: Some(controller),
                        at,
                    },
                    details,
                )
            }
        })
    }
}
