//! Preference stores, by a map that says what their fields and their switches mean.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use time::UtcDateTime;

use super::node::{Malformed, Misfit, Node, positions};
use super::{Documents, Imported};
use crate::json::Pointer;
use crate::{
    ConsentRecord, DenialStatus, Details, Digest, GrantStatus, NonDecisionStatus, PartyId,
    RecordError, RecordId, Statement, SubjectId, parse_instant,
};

/// Why a document of preferences could not be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreferenceError {
    /// It is no JSON, or it repeats a key.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A value is not what it should be.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// A switch that the map does not name, so that it is not known what the switch is about.
    #[error(
        "{place}: a switch that the map does not name; name it with PreferenceMap::switch, or with \
         PreferenceMap::pass_over when no gate asks about it"
    )]
    UnknownSwitch {
        /// Its position, counted from 1.
        place: String,
    },
    /// What was read is no consent record of ours.
    #[error("{place}: {source}")]
    Record {
        /// The switch.
        place: String,
        /// What is wrong.
        source: RecordError,
    },
}

/// How the answers of a person stand in a document.
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
        /// The field with the time of the answer, where each has its own.
        at: Option<String>,
    },
}

/// What a yes is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yes {
    /// The value `true`, and no text.
    True,
    /// Exactly this text.
    Text(String),
}

/// What the preferences of a system mean: where its fields stand, what a yes is, and for each
/// switch what the person agreed to by turning it on.
///
/// Start with the map for [Transcend](Self::transcend), [Klaro](Self::klaro) or
/// [OneTrust](Self::onetrust), or with [`new`](Self::new), and name every switch. What a switch
/// proves is in its [`Details`]: how it looked, what people were told, how they can take it back.
/// The system does not know these things; whoever fills in the map vouches for them.
///
/// - Exactly the yes of the map grants: a text such as `"true"` where the yes is `true` makes the
///   document unreadable.
/// - A no in any common form denies: `false`, `0`, `"no"`, `"OPT_OUT"`, `"WITHDRAWN"` and the like.
///   Neither a test record nor a choice that was not confirmed takes that back.
/// - The yes of a test record, or of a choice that was not confirmed, neither grants nor denies. So
///   does what the map says is [neither](Self::neither), and an answer that is null.
/// - A switch that the map does not name makes the document unreadable, since it may be about
///   anything.
///
/// A statement has the id of the document with the name of the switch. Where the map names no id,
/// it is a digest of person and time, so that a document that says something else about the same
/// instant is a conflict and not a replacement.
///
/// ```
/// use consent_gate::interchange::{Documents, PreferenceMap};
/// use consent_gate::{Details, Method, Purposes, Statement};
///
/// let map = PreferenceMap::transcend("acme".parse()?)
///     .switch("AiTraining", Details {
///         purposes: Purposes::TRAIN_GENERATIVE,
///         method: Some(Method::OptInControl),
///         ..Details::default()
///     })
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
    /// A map for a system of a controller: the places of the person, of the time (RFC 3339) and of
    /// the answers in a document, and what a yes is.
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

    /// A record of the preference store of Transcend: `userId`, `timestamp`, `confirmed`, `isTest`
    /// and the list `purposes` of `purpose` and `enabled`.
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

    /// What Klaro keeps in the browser, `consents` and `confirmed`, with `subject` and `at` put
    /// beside them by whoever collected it.
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

    /// A profile of a data subject of OneTrust: `Identifier`, `LastUpdatedDate`, and the list
    /// `Purposes` of `Name`, `Status` and `LastTransactionDate`.
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

    /// Where the id of the document stands.
    #[must_use]
    pub fn id(mut self, place: Pointer) -> Self {
        self.id = Some(place);
        self
    }

    /// Where it says that the person confirmed the choices: only `true` is a confirmation.
    #[must_use]
    pub fn confirmed(mut self, place: Pointer) -> Self {
        self.confirmed = Some(place);
        self
    }

    /// Where it says that the document is a test: only `false` or absence is none.
    #[must_use]
    pub fn test(mut self, place: Pointer) -> Self {
        self.test = Some(place);
        self
    }

    /// A text that is neither a yes nor a no.
    #[must_use]
    pub fn neither(mut self, text: impl Into<String>) -> Self {
        self.neither.insert(text.into());
        self
    }

    /// A switch, and what a person who turns it on agrees to. Its purposes, data and recipients
    /// are also what a person who turns it off says no to.
    #[must_use]
    pub fn switch(mut self, name: impl Into<String>, details: Details) -> Self {
        self.switches.insert(name.into(), details);
        self
    }

    /// A switch that is about nothing that a gate asks.
    #[must_use]
    pub fn pass_over(mut self, name: impl Into<String>) -> Self {
        self.passed_over.insert(name.into());
        self
    }

    /// Whether a yes of the document is somebody's.
    fn is_meant(&self, document: &Node) -> bool {
        let confirmed = self.confirmed.as_ref();
        let confirmed = confirmed.is_none_or(|place| document.at(place) == Some(&Node::Bool(true)));
        let test = self.test.as_ref().and_then(|place| document.at(place));
        confirmed && test.is_none_or(|test| *test == Node::Bool(false))
    }

    fn choices<'a>(&self, document: &'a Node) -> Result<Vec<Choice<'a>>, Misfit> {
        let (place, form) = &self.answers;
        let answers = document.at(place);
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

/// Whether an answer is a no, in whatever way systems write it.
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
