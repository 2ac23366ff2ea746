//! JSON objects, read without losing a no: repeated keys are kept, and so are the entries before a
//! syntax error.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::row::Restrictions;
use crate::vocabulary::wire::{Key, Wire, refuse_lists, refuse_null, refuse_scalars};

/// The entries of an object, up to the first syntax error.
#[derive(Default)]
pub(super) struct Object<'a> {
    entries: Vec<(Cow<'a, str>, &'a str)>,
    is_whole: bool,
}

impl<'a> Object<'a> {
    pub(super) fn read(json: &'a str) -> Self {
        let mut object = Self::default();
        let mut reader = serde_json::Deserializer::from_str(json);
        let read = reader.deserialize_any(EntriesVisitor(&mut object.entries));
        let mut keys = HashSet::new();
        object.is_whole = read.and_then(|()| reader.end()).is_ok()
            && object
                .entries
                .iter()
                .all(|(key, _)| keys.insert(key.as_ref()));
        object
    }

    /// Returns true if there is no syntax error and no repeated key.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The keys, and the JSON of their values.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.entries.iter().map(|(key, json)| (key.as_ref(), *json))
    }

    /// The JSON of every value of this key.
    pub(super) fn values(&self, key: &str) -> impl Iterator<Item = &'a str> {
        let of_key = self.entries().filter(move |(each, _)| *each == key);
        of_key.map(|(_, json)| json)
    }

    /// The combined restrictions of the entries, each read by `read`. An object with a syntax error
    /// or a repeated key is also unreadable.
    pub(super) fn restrictions(
        &self,
        read: impl Fn(&str, &'a str) -> Restrictions,
    ) -> Restrictions {
        let start = if self.is_whole {
            Restrictions::none()
        } else {
            Restrictions::unread()
        };
        let each = self.entries().map(|(key, json)| read(key, json));
        each.fold(start, Restrictions::and)
    }
}

/// The text of a JSON value, or `None` when it is not a text.
pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    match serde_json::from_str(json) {
        Ok(Wire::Text(text)) => Some(text),
        _ => None,
    }
}

struct EntriesVisitor<'o, 'a>(&'o mut Vec<(Cow<'a, str>, &'a str)>);

const AN_OBJECT: &str = "expected an object";

impl<'de> Visitor<'de> for EntriesVisitor<'_, 'de> {
    type Value = ();

    refuse_scalars!(AN_OBJECT);
    refuse_lists!(AN_OBJECT);
    refuse_null!(AN_OBJECT);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((Key(key), json)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            self.0.push((key, json.get()));
        }
        Ok(())
    }
}
