//! The walk over a whole document, before anything in it is read.
//!
//! Each object is held against the list of its kind. So what a reader does not look for is not passed
//! over: a property that is not in the list, an object where none may be, and a status where none is
//! read are faults.

use super::error::DpvError;
use super::graph::{children, term, values};
use super::places::{Form, Place, shown};
use super::terms;
use crate::interchange::node::{Malformed, Misfit, Node, positions};

const NO_STATUS: &str = "no status of consent: one is read in an event only, in its `@type`, its \
                         `@id` or its `event_state`";

/// The faults of a record.
#[derive(Default)]
pub(super) struct Faults {
    /// The first part that is not understood.
    fault: Option<DpvError>,
    /// The first part that may limit what a yes allows. A denial does not need it.
    limit: Option<DpvError>,
}

impl Faults {
    /// Walks over a record.
    ///
    /// # Errors
    ///
    /// The first fault that matters to a denial too. The value is the first one that does not.
    pub(super) fn of(record: &Node, place: &str) -> Result<Option<DpvError>, DpvError> {
        refuse_others(record, place)?;
        let mut faults = Self::default();
        faults.object(record, Place::Record, place);
        faults.fault.map_or(Ok(faults.limit), Err)
    }

    fn note(&mut self, fault: impl FnOnce() -> DpvError) {
        if self.fault.is_none() {
            self.fault = Some(fault());
        }
    }

    fn misfit(&mut self, place: &str, expected: &'static str) {
        self.note(|| Misfit::at(place, expected).into());
    }

    fn object(&mut self, node: &Node, kind: Place, place: &str) {
        let mut seen: Vec<_> = Vec::new();
        for (key, value) in node.fields().unwrap_or_default() {
            let name = terms::property(key);
            if seen.contains(&name) {
                self.misfit(place, "each property once, in one spelling");
            }
            match kind.form_of(key, &name) {
                Some(form) => self.values(value, form, &name, place),
                None => self.note(|| DpvError::UnknownProperty {
                    place: place.to_owned(),
                    property: shown(key),
                }),
            }
            seen.push(name);
            if self.fault.is_some() {
                return;
            }
        }
        if seen.iter().any(|name| name == "@id") && seen.iter().any(|name| name == "@value") {
            self.misfit(place, "an `@id` or a `@value`, and not both");
        }
    }

    fn values(&mut self, value: &Node, form: Form, name: &str, place: &str) {
        let is_one = matches!(form, Form::Id | Form::EventId | Form::Identifier);
        if is_one && !matches!(value, Node::Null) && value.each().len() != 1 {
            self.misfit(place, "one id in an object");
        }
        for (position, item) in positions(value.each()) {
            if self.fault.is_some() {
                return;
            }
            match form {
                Form::In(kind) => {
                    let place = match kind {
                        Place::Process => format!("{place}, process {position}"),
                        Place::Event => format!("{place}, event {position}"),
                        _ => format!("{place}, {}", terms::words(name)),
                    };
                    self.value(item, Form::In(kind), &place);
                }
                Form::Limit(kind) => {
                    let inner = format!("{place}, {}", terms::words(name));
                    self.value(item, Form::In(kind), &inner);
                    if self.limit.is_none() && *item != Node::Null {
                        let property = format!("`{name}`, which may limit what is allowed");
                        let place = place.to_owned();
                        self.limit = Some(DpvError::UnknownProperty { place, property });
                    }
                }
                _ => self.value(item, form, place),
            }
        }
    }

    fn value(&mut self, value: &Node, form: Form, place: &str) {
        match (form, value) {
            // A context was seen to before; the reader of events refuses other texts and numbers.
            (_, Node::Null)
            | (Form::Context, _)
            | (Form::State, Node::Text(_) | Node::Whole(_) | Node::Number | Node::Bool(_))
            | (Form::Identifier, Node::Text(_) | Node::Whole(_) | Node::Large(_)) => {}
            (Form::In(Place::Process), value) if value.fields().is_none() => {
                self.misfit(place, "an object");
            }
            (Form::In(kind), Node::Object(_)) => self.object(value, kind, place),
            // A typed text is a name, whatever it says.
            (Form::Identifier | Form::Literal, Node::Object(fields))
                if fields
                    .iter()
                    .all(|(key, value)| key == "@value" && value.text().is_some()) => {}
            (Form::Identifier | Form::Literal | Form::Words, Node::Object(_)) => {
                self.object(value, Place::Term, place);
            }
            (Form::Types(known), Node::Text(text)) => {
                if !known.contains(&&*terms::short(text)) {
                    self.misfit(place, "a type that this object may have");
                }
            }
            (
                Form::Id
                | Form::EventId
                | Form::EventTypes
                | Form::Literal
                | Form::Words
                | Form::In(_),
                Node::Text(text),
            ) => {
                if terms::is_status(text) && !is_read(text, form) {
                    self.misfit(place, NO_STATUS);
                }
            }
            (
                Form::In(Place::Term | Place::Notice | Place::Party | Place::Person),
                Node::Number | Node::Bool(_),
            )
            | (Form::In(Place::Notice), Node::Whole(_) | Node::Large(_)) => {
                self.misfit(place, "a text or a reference");
            }
            (
                Form::Words | Form::In(_),
                Node::Whole(_) | Node::Large(_) | Node::Number | Node::Bool(_),
            ) => {}
            _ => self.misfit(place, "a value of another form"),
        }
    }
}

/// Returns true for the text of a status where the reader of events reads it.
fn is_read(text: &str, form: Form) -> bool {
    let of_an_event = matches!(
        form,
        Form::EventId | Form::EventTypes | Form::In(Place::Event)
    );
    of_an_event && terms::status(&terms::short(text)).is_some()
}

/// Refuses a document of another type, and one with a context that may change what its terms mean.
fn refuse_others(record: &Node, place: &str) -> Result<(), DpvError> {
    let types = values(record, "@type");
    let is_typed = types
        .iter()
        .any(|node| term(node).is_some_and(|term| term == "dpv:ConsentRecord"));
    let is_plain = types.is_empty() && record.get("record_id").is_some();
    if !is_typed && !is_plain {
        let place = place.to_owned();
        return Err(DpvError::NotARecord { place });
    }
    let inner = children(record).find_map(inner_context);
    let outer = values(record, "@context").into_iter();
    let found = outer.map(surplus).chain([inner]).flatten().next();
    found.map_or(Ok(()), |found| Err(DpvError::Context { found }))
}

/// The words for a context at a depth at which it would change the meaning of only some terms.
fn inner_context(node: &Node) -> Option<String> {
    match node.get("@context") {
        Some(_) => Some("one inside the record".to_owned()),
        None => children(node).find_map(inner_context),
    }
}

/// The words for the first part of a context that is not a documented prefix.
pub(super) fn surplus(context: &Node) -> Option<String> {
    let Some(fields) = context.fields() else {
        return Some("a reference to a context elsewhere".to_owned());
    };
    let unknown = |(_, (prefix, iri)): &(usize, &(String, Node))| {
        !terms::CONTEXT
            .iter()
            .any(|(name, known)| prefix == name && iri.text() == Some(known))
    };
    let (position, (prefix, iri)) = positions(fields).find(unknown)?;
    Some(terms::shown_prefix(position, prefix, iri.text()))
}

/// Refuses a document in which an object repeats a key.
pub(super) fn refuse_repeats(document: &Node) -> Result<(), DpvError> {
    document
        .repeating("document")
        .map_or(Ok(()), |place| Err(Malformed::Repeated { place }.into()))
}
