//! When an answer was given: its own time, and the bounds of it that an export has.

use std::borrow::Cow;

use time::UtcDateTime;

use super::node::Node;
use crate::json::{Pointer, TimeForm};
use crate::record::{DataPeriod, Details};
use crate::vocabulary::instant::parse_instant;

/// The place of a time in an export.
///
/// ```
/// use consent_gate::interchange::TimePlace;
///
/// let of_each_answer = TimePlace::answer("timestamp");
/// let of_all_answers = TimePlace::document("/saved/at".parse()?);
/// # assert_ne!(of_each_answer, of_all_answers);
/// # Ok::<(), consent_gate::json::InvalidPointer>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimePlace(Place);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Document(Pointer),
    Answer(String),
}

impl TimePlace {
    /// A position in the document. The time there is that of every answer.
    #[must_use]
    pub fn document(pointer: Pointer) -> Self {
        Self(Place::Document(pointer))
    }

    /// A field of each answer, for [`Answers::List`](crate::interchange::Answers::List).
    #[must_use]
    pub fn answer(field: impl Into<String>) -> Self {
        Self(Place::Answer(field.into()))
    }

    pub(super) fn is_of_answer(&self) -> bool {
        matches!(self.0, Place::Answer(_))
    }

    /// The value at the place, if it is one in the document.
    fn in_document<'a>(&self, document: &'a Node) -> Option<&'a Node> {
        match &self.0 {
            Place::Document(pointer) => document.at(pointer),
            Place::Answer(_) => None,
        }
    }

    /// The value at the place, if it is one in the answer.
    fn in_answer<'a>(&self, answer: &'a Node) -> Option<&'a Node> {
        match &self.0 {
            Place::Document(_) => None,
            Place::Answer(field) => answer.get(field),
        }
    }
}

/// The places of the times of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TimePlaces {
    /// The time of the act itself.
    pub(super) own: Vec<TimePlace>,
    /// Times that are not later than the act.
    pub(super) earliest: Vec<TimePlace>,
    /// Times that are not earlier than the act.
    pub(super) latest: Vec<TimePlace>,
    /// The form of all times. `None` is RFC 3339.
    pub(super) form: Option<TimeForm>,
}

impl TimePlaces {
    pub(super) fn form(&self) -> Option<&TimeForm> {
        self.form.as_ref()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &TimePlace> {
        self.own.iter().chain(&self.earliest).chain(&self.latest)
    }

    /// Looks up the times of a document, once for all of its answers.
    pub(super) fn within<'a>(&'a self, document: &'a Node) -> TimesWithin<'a> {
        let found = self.all().map(|place| place.in_document(document));
        TimesWithin {
            places: self,
            found: found.collect(),
        }
    }
}

/// The places of times, and what a document has at those that are in it.
pub(super) struct TimesWithin<'a> {
    places: &'a TimePlaces,
    /// One for each place.
    found: Vec<Option<&'a Node>>,
}

impl<'a> TimesWithin<'a> {
    /// The times of an answer, if it has an object of its own.
    pub(super) fn read(&self, answer: Option<&'a Node>) -> Times<'a> {
        let places = self.places;
        let mut times = places.all().zip(&self.found).map(|(place, found)| {
            let own = answer.and_then(|answer| place.in_answer(answer));
            Some(Time::of(found.or(own)?, places.form()))
        });
        let mut next = |places: &[TimePlace]| {
            let times = times.by_ref().take(places.len());
            times.flatten().collect()
        };
        Times {
            own: next(&places.own),
            earliest: next(&places.earliest),
            latest: next(&places.latest),
        }
    }
}

/// The times that are stated for an answer.
pub(super) struct Times<'a> {
    own: Vec<Time<'a>>,
    earliest: Vec<Time<'a>>,
    latest: Vec<Time<'a>>,
}

/// A time that is stated.
#[derive(Clone)]
pub(super) struct Time<'a> {
    text: Option<Cow<'a, str>>,
    /// `None` when it is not a time with a zone.
    pub(super) at: Option<UtcDateTime>,
}

impl<'a> Time<'a> {
    pub(super) fn of(node: &'a Node, form: Option<&TimeForm>) -> Self {
        let (text, is_number) = match node {
            Node::Text(text) => (Some(Cow::from(text)), false),
            Node::Whole(number) => (Some(number.to_string().into()), true),
            Node::Large(number) => (Some(number.to_string().into()), true),
            _ => (None, false),
        };
        let at = text.as_deref().and_then(|text| match form {
            Some(form) => form.read(text, is_number),
            None => parse_instant(text).ok().filter(|_| !is_number),
        });
        Self { text, at }
    }
}

/// The time of a yes.
#[derive(Clone, Copy)]
pub(super) struct GivenAt {
    /// The earliest time that is stated: the time of the yes.
    pub(super) earliest: UtcDateTime,
    /// The latest time at which the yes can have been given. `None` when the act has no lower or no upper
    /// bound, so that the yes grants nothing.
    pub(super) latest: Option<UtcDateTime>,
}

impl GivenAt {
    /// The time at which the yes was certainly given.
    pub(super) fn by(self) -> UtcDateTime {
        self.latest.unwrap_or(self.earliest)
    }

    /// The details of a grant: what it covers from the grant on, it covers from the latest time on.
    /// `None` when there is no grant.
    pub(super) fn covered(self, mut details: Details) -> Option<Details> {
        let latest = self.latest?;
        if latest > self.earliest && details.data_period == DataPeriod::FromGrant {
            details.data_period = DataPeriod::From(latest);
        }
        Some(details)
    }
}

impl<'a> Times<'a> {
    fn all(&self) -> impl Iterator<Item = &Time<'a>> {
        self.own.iter().chain(&self.earliest).chain(&self.latest)
    }

    /// The texts of the times, for an id.
    pub(super) fn texts(&self) -> Vec<Option<&str>> {
        self.all().map(|time| time.text.as_deref()).collect()
    }

    /// The bounds of the act. `None` when no time is stated, or one that is stated is not a time with
    /// a zone.
    pub(super) fn given_at(&self) -> Option<GivenAt> {
        let all: Vec<UtcDateTime> = self.all().map(|time| time.at).collect::<Option<_>>()?;
        let earliest = *all.iter().min()?;
        let own = self.own.iter().filter_map(|time| time.at).max();
        let has_both = !self.earliest.is_empty() && !self.latest.is_empty();
        // An act with a time of its own is at that time, however wide the bounds are.
        let latest = own.or_else(|| all.into_iter().max().filter(|_| has_both));
        Some(GivenAt { earliest, latest })
    }

    /// The latest of these times and of those that signs state for a no. `None` is the end of
    /// time: nothing is stated, or something that is not a time with a zone.
    pub(super) fn denied_at(
        &self,
        signs: impl Iterator<Item = Option<UtcDateTime>>,
    ) -> Option<UtcDateTime> {
        let own = self.all().map(|time| time.at);
        own.chain(signs)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()
    }
}
