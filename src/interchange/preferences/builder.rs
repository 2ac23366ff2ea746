//! Makes a map, and refuses one that could take a no for a yes.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::map::{Answers, PreferenceMap, Yes};
use crate::interchange::no;
use crate::interchange::times::{TimePlace, TimePlaces};
use crate::json::{Pointer, TimeForm};
use crate::record::Details;
use crate::vocabulary::id::PartyId;

/// The error for a map that contradicts itself, or could take a no for a yes.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidMap {
    /// A text that looks like a no has another meaning in the map.
    #[error("`{text}` looks like a no, so it can be no {meaning}")]
    LooksLikeNo {
        /// The text.
        text: String,
        /// The meaning that it was given.
        meaning: &'static str,
    },
    /// A text is a yes, and has another meaning as well.
    #[error("`{text}` is a yes and also has another meaning")]
    TwoMeanings {
        /// The text.
        text: String,
    },
    /// A switch is both named and passed over.
    #[error("the switch `{name}` is both named and passed over")]
    TwoRoles {
        /// The name of the switch.
        name: String,
    },
    /// The map has no yes, so nothing could grant.
    #[error("the map has no yes; name one (`yes`)")]
    NoYes,
    /// The map has no place for a time.
    #[error("the map has no place for the time of an answer; name one (`at`)")]
    NoTime,
    /// Answers that are the values of an object have no fields of their own.
    #[error("an answer in an object has no field for its time")]
    TimeOfAnswer,
}

/// Makes a [`PreferenceMap`]. It is made by [`PreferenceMap::builder`] and by the maps for known
/// systems.
///
/// A position goes through objects by the names of their fields, and through lists by an index counted
/// from 0, as in `/identifiers/0/value`, or by a field of the item, as in
/// `/identifiers/[name=email]/value`.
#[derive(Clone, Debug)]
#[must_use]
pub struct PreferenceMapBuilder(PreferenceMap);

impl PreferenceMapBuilder {
    pub(super) fn new(controller: PartyId, subject: Pointer, answers: (Pointer, Answers)) -> Self {
        Self(PreferenceMap {
            controller,
            documents: None,
            id: None,
            subject,
            answers,
            times: TimePlaces::default(),
            confirmed: Vec::new(),
            tests: Vec::new(),
            accept_all: Vec::new(),
            yes: Vec::new(),
            no: BTreeSet::new(),
            neither: BTreeSet::new(),
            switches: BTreeMap::new(),
            passed_over: BTreeSet::new(),
        })
    }

    /// Sets the position of the person.
    pub fn subject(mut self, pointer: Pointer) -> Self {
        self.0.subject = pointer;
        self
    }

    /// Sets the position and the form of the answers.
    pub fn answers(mut self, answers: (Pointer, Answers)) -> Self {
        self.0.answers = answers;
        self
    }

    /// Sets the position of a list of documents, when they come a page at a time. The other positions
    /// are in each of them.
    pub fn documents(mut self, pointer: Pointer) -> Self {
        self.0.documents = Some(pointer);
        self
    }

    /// Sets the form of all times. By default they are in RFC 3339 with a zone.
    pub fn times(mut self, form: TimeForm) -> Self {
        self.0.times.form = Some(form);
        self
    }

    /// Sets the position of the id of the document.
    pub fn id(mut self, pointer: Pointer) -> Self {
        self.0.id = Some(pointer);
        self
    }

    /// Adds the place of the time at which the person gave the answer (RFC 3339 with a zone). A time
    /// that moves with another answer, or when the document is saved, is [`at_latest`](Self::at_latest).
    pub fn at(mut self, place: TimePlace) -> Self {
        self.0.times.own.push(place);
        self
    }

    /// Adds the place of a time that is never later than the answer, such as the creation of the
    /// profile.
    pub fn at_earliest(mut self, place: TimePlace) -> Self {
        self.0.times.earliest.push(place);
        self
    }

    /// Adds the place of a time that is never earlier than the answer, such as the last change of the
    /// document.
    pub fn at_latest(mut self, place: TimePlace) -> Self {
        self.0.times.latest.push(place);
        self
    }

    /// Adds the position of a field that says whether the person confirmed the choices. Only `true`
    /// is a confirmation. Each field that is named has to confirm.
    pub fn confirmed(mut self, pointer: Pointer) -> Self {
        self.0.confirmed.push((pointer, Yes::True));
        self
    }

    /// Adds the position of a field that says with exactly this text that the person confirmed the
    /// choices, such as `confirmed` for the `status` of an event of Didomi.
    pub fn confirmed_by(mut self, pointer: Pointer, text: impl Into<String>) -> Self {
        self.0.confirmed.push((pointer, Yes::Text(text.into())));
        self
    }

    /// Adds the position of a field that says that the document is a test. It is not a test only when
    /// each of these fields is `false` or absent, in the document and in the answer.
    pub fn test(mut self, pointer: Pointer) -> Self {
        self.0.tests.push(pointer);
        self
    }

    /// Adds the position of a field that says with exactly this text that one button was for every
    /// switch, such as `accept` for the `type` of a save of Klaro. A yes is then `accept-all`, and not
    /// granular, whatever its switch proves.
    pub fn accept_all(mut self, pointer: Pointer, text: impl Into<String>) -> Self {
        self.0.accept_all.push((pointer, text.into()));
        self
    }

    /// Adds a value that is a yes: exactly this text, or [`Yes::True`].
    pub fn yes(mut self, yes: impl Into<Yes>) -> Self {
        self.0.yes.push(yes.into());
        self
    }

    /// Adds a text that is a no, in any letter case. The common forms of no are one without it. A
    /// text that is also [neither](Self::neither) is a no.
    pub fn no(mut self, text: impl Into<String>) -> Self {
        self.0.no.insert(text.into().to_lowercase());
        self
    }

    /// Adds a text that is neither a yes nor a no. Each one has to be named; any other text that is no
    /// yes of the map and no no makes the document unreadable.
    pub fn neither(mut self, text: impl Into<String>) -> Self {
        self.0.neither.insert(text.into());
        self
    }

    /// Adds a switch, and the consent that a person gives by turning it on. By turning it off, the
    /// person says no to its purposes, data and recipients.
    pub fn switch(mut self, name: impl Into<String>, details: Details) -> Self {
        self.0.switches.insert(name.into(), details);
        self
    }

    /// Adds a switch that is about nothing that a gate asks. Its answers are ignored. So is a field with
    /// this name, in an answer or beside all of them, that may say no.
    pub fn pass_over(mut self, name: impl Into<String>) -> Self {
        self.0.passed_over.insert(name.into());
        self
    }

    /// Makes the map.
    ///
    /// # Errors
    ///
    /// [`InvalidMap`] when a yes, a confirmation or a neither looks like a no, when a text or a switch
    /// has two meanings, and when the map has no yes or no place for a time.
    ///
    /// ```
    /// use consent_gate::interchange::PreferenceMap;
    ///
    /// let map = PreferenceMap::onetrust("acme".parse()?).neither("HARD_OPT_OUT").build();
    /// let error = map.unwrap_err().to_string();
    /// assert_eq!(error, "`HARD_OPT_OUT` looks like a no, so it can be no neither");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(self) -> Result<PreferenceMap, InvalidMap> {
        let Self(map) = self;
        if map.yes.is_empty() {
            return Err(InvalidMap::NoYes);
        }
        if map.times.all().next().is_none() {
            return Err(InvalidMap::NoTime);
        }
        let (_, form) = &map.answers;
        if matches!(form, Answers::Object) && map.times.all().any(TimePlace::is_of_answer) {
            return Err(InvalidMap::TimeOfAnswer);
        }
        let confirmations = map.confirmed.iter().map(|(_, yes)| (yes, "confirmation"));
        for (yes, meaning) in map.yes.iter().map(|yes| (yes, "yes")).chain(confirmations) {
            if let Yes::Text(text) = yes {
                refuse_no(text, meaning)?;
                if map.no.contains(&text.to_lowercase()) {
                    return Err(InvalidMap::TwoMeanings { text: text.clone() });
                }
            }
        }
        for text in &map.neither {
            refuse_no(text, "neither")?;
            if map.yes.contains(&Yes::Text(text.clone())) {
                return Err(InvalidMap::TwoMeanings { text: text.clone() });
            }
        }
        let mut passed_over = map.passed_over.iter();
        if let Some(name) = passed_over.find(|name| map.switches.contains_key(*name)) {
            return Err(InvalidMap::TwoRoles { name: name.clone() });
        }
        Ok(map)
    }
}

fn refuse_no(text: &str, meaning: &'static str) -> Result<(), InvalidMap> {
    if no::text_says_no(text) {
        let text = text.to_owned();
        return Err(InvalidMap::LooksLikeNo { text, meaning });
    }
    Ok(())
}
