//! The meaning of the fields and switches of a preference store, and what it makes of documents.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::digest::Digest;
use crate::interchange::documents::Documents;
use crate::interchange::gaps::Imported;
use crate::interchange::no;
use crate::interchange::node::{Malformed, Misfit, Node, positions};
use crate::interchange::signs::Signs;
use crate::interchange::times::{TimePlaces, Times, TimesWithin};
use crate::json::Pointer;
use crate::record::{ConsentRecord, Details, RecordError, Statement};
use crate::vocabulary::id::{PartyId, RecordId, SubjectId};
use crate::vocabulary::term::{DenialStatus, GrantStatus, Granularity, Method, NonDecisionStatus};

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
        "{place}: a switch that the map does not name; name it as one (`switch`), or pass it over \
         (`pass_over`) when no gate asks about it"
    )]
    UnknownSwitch {
        /// The index of the switch, counted from 1. Its name is not shown.
        place: String,
    },
    /// An answer other than a no stands beside a field that may say no.
    #[error(
        "{place}: beside a field that says no, or has parts of its own that are not read; when no gate \
         asks about the field, pass it over (`pass_over`)"
    )]
    BesideNo {
        /// The index of the switch, counted from 1, and its name. The name of the field is not shown.
        place: String,
    },
    /// The values that were read do not make a valid consent record.
    #[error("{place}: {source}")]
    Record {
        /// The index of the switch, counted from 1, and its name.
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
    /// An object: the names of the switches are its keys, and each value is an object.
    Objects {
        /// The field with the answer.
        answer: String,
    },
    /// A list of objects.
    List {
        /// The field with the name of the switch.
        name: String,
        /// The field with the answer.
        answer: String,
    },
}

/// A value that is a yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yes {
    /// The value `true`, and no text.
    True,
    /// Exactly this text.
    Text(String),
}

impl From<&str> for Yes {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Yes {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Yes {
    fn is(&self, value: &Node) -> bool {
        match self {
            Self::True => *value == Node::Bool(true),
            Self::Text(yes) => value.text() == Some(yes),
        }
    }
}

/// The meaning of the preferences of a system: the positions of its fields, the values that are a
/// yes, and for each switch the consent that a person gives by turning it on.
///
/// Start with the map for [Transcend](Self::transcend), [Klaro](Self::klaro) or
/// [OneTrust](Self::onetrust), or with a [`builder`](Self::builder), and name each switch. The
/// [`Details`] of a switch are the facts that it proves: its method, the notice, the channels for
/// withdrawal. The system does not know these facts; the author of the map vouches for them.
///
/// - Exactly the yes of the map grants: a text such as `"true"` makes the document unreadable when
///   the yes is `true`.
/// - A no in any common form denies: `false`, `0`, `"no"`, `"HARD_OPT_OUT"`, `"WITHDRAWN"` and the
///   like, and the texts that the map [adds][no]. It denies also in a test record, and when the choice
///   was not confirmed. No map can give another meaning to such a text.
/// - The yes of a test record, or of a choice that was not confirmed, neither grants nor denies. The
///   same holds for a text that the map names as [neither], and for null.
/// - A switch that the map does not name makes the document unreadable, because it may be about
///   anything.
/// - So does any answer but a no beside a field that may say no, unless the map
///   [passes it over][pass_over]: a field whose name says no, such as `withdrawalDate`, unless it is
///   empty, says no itself or is a time before the answer; a text such as `"WITHDRAWN"` in any field; a
///   no in a field such as `isActive`; and in an answer a list or an object that the map does not read.
///
/// [no]: crate::interchange::PreferenceMapBuilder::no
/// [neither]: crate::interchange::PreferenceMapBuilder::neither
/// [pass_over]: crate::interchange::PreferenceMapBuilder::pass_over
///
/// # Times
///
/// A yes is given at the earliest of the times that are stated for it. It covers data from its own
/// time on, or from the latest time where the export has only bounds of it. It grants nothing when
/// the export has no time of the act and lacks the lower or the upper bound. A no is given at the
/// latest of its times; a time that is missing or unreadable counts as the end of time.
///
/// # Ids
///
/// The id of a statement is that of the document with the name of the switch. If the map names no
/// id, a digest of the person and the times takes its place. Then a document that says something else
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
///     .pass_over("Analytics")
///     .build()?;
/// let document = br#"{"userId": "alice", "timestamp": "2024-09-10T09:00:00Z", "confirmed": true,
///     "purposes": [{"purpose": "AiTraining", "enabled": true, "timestamp": "2024-09-10T09:00:00Z"},
///                  {"purpose": "Analytics", "enabled": "Auto"}]}"#;
/// let imported = map.read(document)?;
/// assert!(matches!(imported.records()[0].statement(), Statement::Grant { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreferenceMap {
    pub(super) controller: PartyId,
    pub(super) documents: Option<Pointer>,
    pub(super) id: Option<Pointer>,
    pub(super) subject: Pointer,
    pub(super) answers: (Pointer, Answers),
    pub(super) times: TimePlaces,
    pub(super) confirmed: Vec<(Pointer, Yes)>,
    pub(super) tests: Vec<Pointer>,
    pub(super) accept_all: Vec<(Pointer, String)>,
    pub(super) yes: Vec<Yes>,
    pub(super) no: BTreeSet<String>,
    pub(super) neither: BTreeSet<String>,
    pub(super) switches: BTreeMap<String, Details>,
    pub(super) passed_over: BTreeSet<String>,
}

impl PreferenceMap {
    /// Returns true when the choices of a document are confirmed, and it is not a test.
    fn is_meant(&self, document: &Node) -> bool {
        let mut confirmed = self.confirmed.iter();
        confirmed.all(|(at, yes)| document.at(at).is_some_and(|value| yes.is(value)))
            && !self.is_test(document)
    }

    /// Returns true when a document, or an answer in it, says that it is a test.
    fn is_test(&self, object: &Node) -> bool {
        let mut tests = self.tests.iter().filter_map(|at| object.at(at));
        tests.any(|test| *test != Node::Bool(false))
    }

    /// Returns true when one button was for every switch of a document.
    fn is_accept_all(&self, document: &Node) -> bool {
        let mut all = self.accept_all.iter();
        all.any(|(at, text)| document.at(at).and_then(Node::text) == Some(text))
    }

    /// The answers that a document has as the text of a cookie: percent-encoded JSON.
    fn answers_in_text(&self, document: &Node) -> Option<Node> {
        let (pointer, Answers::Object) = &self.answers else {
            return None;
        };
        let text = document.at(pointer)?.text()?;
        let json = percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .ok()?;
        Node::read(json.as_bytes()).ok()
    }

    fn choices<'a>(
        &self,
        answers: Option<&'a Node>,
        around: &str,
    ) -> Result<Vec<Choice<'a>>, Misfit> {
        let (_, form) = &self.answers;
        match (form, answers) {
            (Answers::Objects { answer }, Some(Node::Object(fields))) => positions(fields)
                .map(|(position, (name, object))| {
                    if object.fields().is_none() {
                        let place = format!("{around}answer {position}");
                        return Err(Misfit::at(&place, "an object with the answer in a field"));
                    }
                    Ok(Choice {
                        name,
                        answer: object.get(answer).unwrap_or(&Node::Null),
                        object: Some(object),
                    })
                })
                .collect(),
            (Answers::Object, Some(Node::Object(fields))) => Ok(fields
                .iter()
                .map(|(name, answer)| Choice {
                    name,
                    answer,
                    object: None,
                })
                .collect()),
            (Answers::List { name, answer }, Some(Node::List(items))) => positions(items)
                .map(|(position, item)| {
                    let place = format!("{around}answer {position}");
                    let name = item.get(name).and_then(Node::text);
                    Ok(Choice {
                        name: name.ok_or_else(|| Misfit::at(&place, "the name of a switch"))?,
                        answer: item.get(answer).unwrap_or(&Node::Null),
                        object: Some(item),
                    })
                })
                .collect(),
            (Answers::Object | Answers::Objects { .. }, _) => {
                Err(Misfit::at(&format!("{around}answers"), "an object"))
            }
            (Answers::List { .. }, _) => Err(Misfit::at(&format!("{around}answers"), "a list")),
        }
    }

    fn answer(&self, answer: &Node) -> Option<Answer> {
        match answer {
            Node::Null => Some(Answer::Neither),
            Node::Text(text) if self.no.contains(&text.to_lowercase()) => Some(Answer::No),
            answer if no::says_no(answer) => Some(Answer::No),
            answer if self.yes.iter().any(|yes| yes.is(answer)) => Some(Answer::Yes),
            Node::Text(text) if self.neither.contains(text) => Some(Answer::Neither),
            _ => None,
        }
    }
}

/// What applies to every answer of a document.
struct Within<'a> {
    is_meant: bool,
    is_accept_all: bool,
    times: TimesWithin<'a>,
    signs: Signs,
}

/// An answer to a switch.
struct Choice<'a> {
    name: &'a str,
    answer: &'a Node,
    /// The object that it is a field of, if each answer has one of its own.
    object: Option<&'a Node>,
}

#[derive(Clone, Copy)]
enum Answer {
    Yes,
    No,
    Neither,
}

const AN_ANSWER: &str = "a yes exactly as the map has it (`yes`), a common form of no, null, or a text \
                         that the map names (`no`, `neither`)";

impl Documents for PreferenceMap {
    type Error = PreferenceError;

    fn read(&self, document: &[u8]) -> Result<Imported, PreferenceError> {
        let node = Node::read(document)?;
        let Some(place) = &self.documents else {
            return Ok(Imported::new(self.read_one(&node, "")?));
        };
        let Some(Node::List(items)) = node.at(place) else {
            return Err(Misfit::at("documents", "a list").into());
        };
        if !self.signs_along(&node, place, &[place]).is_empty() {
            let place = "documents".to_owned();
            return Err(PreferenceError::BesideNo { place });
        }
        let mut records = Vec::new();
        for (position, item) in positions(items) {
            records.extend(self.read_one(item, &format!("document {position}, "))?);
        }
        Ok(Imported::new(records))
    }

    fn subjects(&self, document: &[u8]) -> Option<Vec<SubjectId>> {
        let node = Node::read_repeating(document).ok()?;
        let Some(place) = &self.documents else {
            return node.subjects(&self.subject);
        };
        let Some(Node::List(items)) = node.at(place) else {
            return None;
        };
        Node::subjects_of_each(items, &self.subject)
    }
}

impl PreferenceMap {
    /// The statements of one document. `around` is the place of a document in a page.
    fn read_one(&self, node: &Node, around: &str) -> Result<Vec<ConsentRecord>, PreferenceError> {
        let subject = node.one_subject(&self.subject);
        let subject = subject.ok_or_else(|| {
            let expected = "the id of a person, which is a text that is not blank or a whole \
                            number, at the pointer of the map";
            Misfit::at(&format!("{around}person"), expected)
        })?;
        let id = match &self.id {
            None => None,
            Some(place) => {
                let id = node.at(place).and_then(Node::subject);
                Some(id.ok_or_else(|| {
                    Misfit::at(&format!("{around}id"), "a text that is not blank")
                })?)
            }
        };
        let within = Within {
            is_meant: self.is_meant(node),
            is_accept_all: self.is_accept_all(node),
            times: self.times.within(node),
            signs: self.signs_of_document(node),
        };
        let decoded = self.answers_in_text(node);
        let answers = decoded.as_ref().or_else(|| node.at(&self.answers.0));
        let mut records = Vec::new();
        for (position, choice) in positions(&self.choices(answers, around)?) {
            let place = format!("{around}answer {position}");
            let Some(switch) = self.switches.get(choice.name) else {
                if self.passed_over.contains(choice.name) {
                    continue;
                }
                return Err(PreferenceError::UnknownSwitch { place });
            };
            // The map has the name, so it says nothing about the person.
            let place = format!("{place}, switch `{}`", choice.name);
            let times = within.times.read(choice.object);
            let base = id.as_ref().map_or_else(
                || Digest::of_json(&(subject.as_str(), times.texts())).to_string(),
                |id| id.as_str().to_owned(),
            );
            let (statement, details) = self.statement(&within, choice, switch, &times, &place)?;
            let id = RecordId::new(format!("{base}#{}", choice.name));
            let id = id.map_err(|_| Misfit::at(&place, "a name that is not blank"))?;
            let record = ConsentRecord::new(id, subject.clone(), statement, details);
            records.push(record.map_err(|source| PreferenceError::Record { place, source })?);
        }
        Ok(records)
    }

    fn statement(
        &self,
        within: &Within<'_>,
        choice: &Choice<'_>,
        switch: &Details,
        times: &Times<'_>,
        place: &str,
    ) -> Result<(Statement, Details), PreferenceError> {
        let answer = self.answer(choice.answer);
        let answer = answer.ok_or_else(|| Misfit::at(place, AN_ANSWER))?;
        let signs = within.signs.and(self.signs_of_answer(choice));
        let controller = self.controller.clone();
        if matches!(answer, Answer::No) {
            let status = DenialStatus::Refused;
            let details = Details {
                recipients: switch.recipients.clone(),
                purposes: switch.purposes,
                data: switch.data,
                ..Details::default()
            };
            let at = times.denied_at(signs.stated());
            let controller = Some(controller);
            let statement = Statement::Denial {
                status,
                controller,
                at,
            };
            return Ok((statement, details));
        }
        let given_at = times.given_at().ok_or_else(|| {
            let place = format!("{place}, time");
            Misfit::at(&place, "an RFC 3339 time with a zone")
        })?;
        let at = given_at.earliest;
        if signs.count_against(at) {
            let place = place.to_owned();
            return Err(PreferenceError::BesideNo { place });
        }
        let is_test = choice.object.is_some_and(|object| self.is_test(object));
        let is_yes = matches!(answer, Answer::Yes) && within.is_meant && !is_test;
        let details = is_yes.then(|| switch.clone());
        let granted = details.and_then(|details| given_at.covered(details));
        let granted = granted.map(|mut details| {
            if within.is_accept_all {
                details.method = Some(Method::AcceptAll);
                details.granular = Some(Granularity::Bundled);
            }
            details
        });
        Ok(if let Some(details) = granted {
            let status = GrantStatus::Given;
            let statement = Statement::Grant {
                status,
                controller,
                at,
            };
            (statement, details)
        } else {
            let status = NonDecisionStatus::Unknown;
            let statement = Statement::NonDecision {
                status,
                controller,
                at,
            };
            (statement, Details::default())
        })
    }

    /// The fields beside an answer that may say no. A field that the map reads or passes over is none.
    fn signs_of_answer(&self, choice: &Choice<'_>) -> Signs {
        let Some(object) = choice.object else {
            return Signs::default();
        };
        let read = match &self.answers.1 {
            Answers::Object => [None, None],
            Answers::Objects { answer } => [None, Some(answer)],
            Answers::List { name, answer } => [Some(name), Some(answer)],
        };
        let is_read = |field: &str| {
            read.into_iter().flatten().any(|name| name == field) || self.passed_over.contains(field)
        };
        let signs = Signs::all_in(object, self.times.form(), is_read);
        signs.and(Signs::of_parts(object, is_read))
    }

    /// The fields beside all answers that may say no.
    fn signs_of_document(&self, document: &Node) -> Signs {
        let (answers, _) = &self.answers;
        let read = [&self.subject, answers].into_iter().chain(&self.id);
        let read: Vec<_> = read
            .chain(self.confirmed.iter().map(|(at, _)| at))
            .collect();
        self.signs_along(document, answers, &read)
    }

    /// The fields beside the way of a pointer that may say no: each object on the way has some. In a list
    /// on the way, which is read at an index, the other items are not read.
    fn signs_along(&self, root: &Node, way: &Pointer, read: &[&Pointer]) -> Signs {
        let mut signs = Signs::default();
        let mut object = Some(root);
        for (depth, inner) in way.names().iter().enumerate() {
            let Some(around) = object else { break };
            let before = way.names().get(..depth);
            let is_read = |field: &str| {
                let is_next = |pointer: &&Pointer| {
                    let names = pointer.names();
                    let is_here = names.get(..depth) == before;
                    is_here && names.get(depth).is_some_and(|name| name == field)
                };
                read.iter().any(is_next) || self.passed_over.contains(field)
            };
            signs = signs
                .and(Signs::all_in(around, self.times.form(), is_read))
                .and(Signs::of_other_items(around, inner));
            object = around.at(&Pointer::to_field(inner));
        }
        signs
    }
}
