//! Maps from files, in TOML or JSON.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::{Map, Value};
use thiserror::Error;
use time::UtcOffset;

use super::builder::{InvalidMap, PreferenceMapBuilder};
use super::map::{Answers, PreferenceMap, Yes};
use crate::interchange::times::TimePlace;
use crate::json::{Pointer, TimeForm, parse_zone};
use crate::record::{ConsentRecord, Details};
use crate::vocabulary::id::PartyId;

/// The error for a file that is not a map.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MapFileError {
    /// The file is no TOML or JSON, or a value in it is not what it should be.
    #[error("line {line}: {problem}")]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// The problem in words.
        problem: String,
    },
    /// The file leaves out what a map without a preset needs.
    #[error("`{field}`: missing; a map without a preset says it")]
    Missing {
        /// The name of the field.
        field: &'static str,
    },
    /// The map contradicts itself, or could take a no for a yes.
    #[error(transparent)]
    Invalid(#[from] InvalidMap),
}

impl PreferenceMap {
    /// Reads a map from TOML. [The guide](crate::interchange::guide#maps-in-a-file) has its fields.
    ///
    /// # Errors
    ///
    /// [`MapFileError`]. It names the line, and shows what is in it: a map is about switches and not
    /// about people.
    ///
    /// ```
    /// use consent_gate::interchange::PreferenceMap;
    ///
    /// let map = PreferenceMap::from_toml(r#"
    ///     preset = "onetrust-api"
    ///     controller = "acme"
    ///     pass_over = ["Newsletter"]
    ///
    ///     [switches."AI training"]
    ///     purposes = ["train-generative"]
    ///     data = ["posts"]
    ///     consent_type = "explicitly-expressed"
    ///     method = "opt-in-control"
    /// "#)?;
    /// # let _ = map;
    /// let error = PreferenceMap::from_toml("preset = \"onetrust\"\nsubjct = \"/id\"").unwrap_err();
    /// assert!(error.to_string().starts_with("line 2: unknown field `subjct`"));
    /// # Ok::<(), consent_gate::interchange::MapFileError>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Self, MapFileError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or(text);
            MapFileError::Syntax {
                line: before
                    .bytes()
                    .filter(|byte| *byte == b'\n')
                    .count()
                    .saturating_add(1),
                problem: error.message().to_owned(),
            }
        })?;
        file.map()
    }

    /// Reads a map from JSON, with the fields that it has in [TOML](Self::from_toml).
    ///
    /// # Errors
    ///
    /// Those of [`from_toml`](Self::from_toml).
    pub fn from_json(text: &str) -> Result<Self, MapFileError> {
        let file: File = serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            MapFileError::Syntax {
                line: error.line(),
                problem: message.strip_suffix(&place).unwrap_or(&message).to_owned(),
            }
        })?;
        file.map()
    }
}

/// The fields of a file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    controller: Parsed<PartyId>,
    preset: Option<Preset>,
    documents: Option<Parsed<Pointer>>,
    subject: Option<Parsed<Pointer>>,
    answers: Option<AnswersOf>,
    id: Option<Parsed<Pointer>>,
    #[serde(default)]
    at: Many<Place>,
    #[serde(default)]
    at_earliest: Many<Place>,
    #[serde(default)]
    at_latest: Many<Place>,
    time: Option<Parsed<TimeForm>>,
    zone: Option<Zone>,
    #[serde(default)]
    confirmed: Many<Parsed<Pointer>>,
    #[serde(default)]
    confirmed_by: BTreeMap<String, String>,
    #[serde(default)]
    accept_all: BTreeMap<String, String>,
    #[serde(default)]
    test: Many<Parsed<Pointer>>,
    #[serde(default)]
    yes: Many<YesOf>,
    #[serde(default)]
    no: Many<String>,
    #[serde(default)]
    neither: Many<String>,
    #[serde(default)]
    pass_over: Many<String>,
    #[serde(default)]
    switches: BTreeMap<String, Switch>,
}

#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Preset {
    Didomi,
    Iubenda,
    Ketch,
    Klaro,
    Mparticle,
    Onetrust,
    OnetrustApi,
    Transcend,
    TranscendApi,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswersOf {
    place: Parsed<Pointer>,
    name: Option<String>,
    answer: Option<String>,
}

/// A value that is written as a text.
struct Parsed<T>(T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

/// One value, or a list of them.
struct Many<T>(Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

/// The place of a time: a pointer, or a field of the answer.
struct Place(TimePlace);

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !text.starts_with('/') {
            return Ok(Self(TimePlace::answer(text)));
        }
        let pointer = text.parse().map_err(D::Error::custom)?;
        Ok(Self(TimePlace::document(pointer)))
    }
}

/// The zone of times that state none.
struct Zone(UtcOffset);

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_zone(&text).map(Self).map_err(D::Error::custom)
    }
}

/// A value that is a yes.
struct YesOf(Yes);

impl<'de> Deserialize<'de> for YesOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(true) => Ok(Self(Yes::True)),
            Value::String(text) => Ok(Self(Yes::Text(text))),
            _ => Err(D::Error::custom("expected true, or a text")),
        }
    }
}

/// The details of the consent that a switch is about, with the fields of a consent record.
struct Switch(Details);

/// The fields of a record that an export has, and not a map.
const OF_THE_EXPORT: [&str; 5] = ["id", "subject", "controller", "status", "at"];

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        for name in OF_THE_EXPORT {
            let value = if name == "at" {
                "9999-12-31T00:00:00Z"
            } else {
                "x"
            };
            let value = if name == "status" { "given" } else { value };
            if fields.insert(name.to_owned(), value.into()).is_some() {
                let words = format!("field `{name}`: the export says it, and no switch");
                return Err(D::Error::custom(words));
            }
        }
        let record = ConsentRecord::deserialize(Value::Object(fields));
        let record = record.map_err(D::Error::custom)?;
        Ok(Self(record.details().clone()))
    }
}

impl File {
    fn map(self) -> Result<PreferenceMap, MapFileError> {
        let controller = self.controller.0;
        let mut map = match self.preset {
            Some(Preset::Didomi) => PreferenceMap::didomi(controller),
            Some(Preset::Klaro) => PreferenceMap::klaro(controller),
            Some(Preset::Onetrust) => PreferenceMap::onetrust(controller),
            Some(Preset::OnetrustApi) => PreferenceMap::onetrust_api(controller),
            Some(Preset::Transcend) => PreferenceMap::transcend(controller),
            Some(Preset::TranscendApi) => PreferenceMap::transcend_api(controller),
            Some(Preset::Iubenda) => PreferenceMap::iubenda(controller),
            Some(Preset::Ketch) => PreferenceMap::ketch(controller),
            Some(Preset::Mparticle) => PreferenceMap::mparticle(controller),
            None => {
                let subject = self.subject.as_ref();
                let subject = subject.ok_or(MapFileError::Missing { field: "subject" })?;
                let answers = self.answers.as_ref();
                let answers = answers.ok_or(MapFileError::Missing { field: "answers" })?;
                PreferenceMap::builder(controller, subject.0.clone(), answers.form()?)
            }
        };
        if let Some(Parsed(subject)) = self.subject {
            map = map.subject(subject);
        }
        if let Some(answers) = &self.answers {
            map = map.answers(answers.form()?);
        }
        if let Some(Parsed(documents)) = self.documents {
            map = map.documents(documents);
        }
        if let Some(Parsed(id)) = self.id {
            map = map.id(id);
        }
        if let Some(form) = Self::times(self.time, self.zone) {
            map = map.times(form);
        }
        let add = PreferenceMapBuilder::at;
        map = self.at.0.into_iter().map(|place| place.0).fold(map, add);
        let earliest = self.at_earliest.0.into_iter().map(|place| place.0);
        map = earliest.fold(map, PreferenceMapBuilder::at_earliest);
        let latest = self.at_latest.0.into_iter().map(|place| place.0);
        map = latest.fold(map, PreferenceMapBuilder::at_latest);
        let confirmed = self.confirmed.0.into_iter().map(|place| place.0);
        map = confirmed.fold(map, PreferenceMapBuilder::confirmed);
        for (place, text) in self.confirmed_by {
            map = map.confirmed_by(position(&place, "confirmed_by")?, text);
        }
        for (place, text) in self.accept_all {
            map = map.accept_all(position(&place, "accept_all")?, text);
        }
        let tests = self.test.0.into_iter().map(|place| place.0);
        map = tests.fold(map, PreferenceMapBuilder::test);
        map = self
            .yes
            .0
            .into_iter()
            .map(|yes| yes.0)
            .fold(map, PreferenceMapBuilder::yes);
        map = self.no.0.into_iter().fold(map, PreferenceMapBuilder::no);
        map = self
            .neither
            .0
            .into_iter()
            .fold(map, PreferenceMapBuilder::neither);
        map = self
            .pass_over
            .0
            .into_iter()
            .fold(map, PreferenceMapBuilder::pass_over);
        for (name, Switch(details)) in self.switches {
            map = map.switch(name, details);
        }
        Ok(map.build()?)
    }

    /// The form of times. A zone alone is that of times of databases.
    fn times(form: Option<Parsed<TimeForm>>, zone: Option<Zone>) -> Option<TimeForm> {
        let form = form.map(|form| form.0);
        match (form, zone) {
            (None, None) => None,
            (form, None) => form,
            (form, Some(Zone(zone))) => Some(form.unwrap_or_else(TimeForm::sql).in_zone(zone)),
        }
    }
}

/// The position that is the key of a table.
fn position(text: &str, table: &str) -> Result<Pointer, MapFileError> {
    text.parse().map_err(|error| MapFileError::Syntax {
        line: 1,
        problem: format!("`{table}`: {error}"),
    })
}

impl AnswersOf {
    fn form(&self) -> Result<(Pointer, Answers), MapFileError> {
        let form = match (&self.name, &self.answer) {
            (None, None) => Answers::Object,
            (Some(name), Some(answer)) => Answers::List {
                name: name.clone(),
                answer: answer.clone(),
            },
            (None, Some(answer)) => Answers::Objects {
                answer: answer.clone(),
            },
            (Some(_), None) => {
                let field = "answers.answer";
                return Err(MapFileError::Missing { field });
            }
        };
        Ok((self.place.0.clone(), form))
    }
}
