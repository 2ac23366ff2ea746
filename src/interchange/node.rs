//! A JSON value that keeps each key of each object, repeated ones included.

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

use crate::json::Pointer;
use crate::record::shown_key;
use crate::vocabulary::id::SubjectId;
use crate::vocabulary::wire::Key;

/// The error for a text that is invalid JSON, or repeats a key. It contains no content of the text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The parser stopped.
    #[error("line {line}, column {column}: expected JSON: {problem}")]
    Json {
        /// The line at which reading stopped, counted from 1; 0 when nothing was read.
        line: usize,
        /// The byte of the line, counted from 1.
        column: usize,
        /// The problem in words.
        problem: &'static str,
    },
    /// An object repeats a key. The reader does not choose one of the values.
    #[error("{place}: a key is repeated")]
    Repeated {
        /// The path to the object: indices of lists and of fields, counted from 1.
        place: String,
    },
}

/// A value that does not have the expected form.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{place}: expected {expected}")]
pub struct Misfit {
    /// The path to the value: names of fields, and indices of lists counted from 1.
    pub place: String,
    /// The expected form, in words.
    pub expected: &'static str,
}

impl Misfit {
    pub(crate) fn at(place: &str, expected: &'static str) -> Self {
        Self {
            place: place.to_owned(),
            expected,
        }
    }

    /// The same error for one of the documents in a list, whose items have a name.
    pub(crate) fn within(self, item: &str, position: usize) -> Self {
        Self {
            place: format!("{item} {position}, {}", self.place),
            expected: self.expected,
        }
    }
}

/// A field that a format does not have, in a document that grants. It may limit the grant.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("field {field}: not a field of the format, so it may limit the consent")]
pub struct UnknownField {
    /// The name in words: the key itself only when it is a known name in another spelling.
    pub field: String,
}

/// A JSON value. An object keeps its keys in order, repeated ones included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Whole(i64),
    /// A whole number that is larger than the others.
    Large(u64),
    Number,
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Reads a document, and refuses a repeated key.
    pub(crate) fn read(json: &[u8]) -> Result<Self, Malformed> {
        let node = Self::read_repeating(json)?;
        match node.repeating("document") {
            Some(place) => Err(Malformed::Repeated { place }),
            None => Ok(node),
        }
    }

    /// Reads a document that may repeat keys, to find the people that it is about.
    pub(crate) fn read_repeating(json: &[u8]) -> Result<Self, Malformed> {
        serde_json::from_slice(json).map_err(|error| Malformed::Json {
            line: error.line(),
            column: error.column(),
            problem: match error.classify() {
                _ if json.starts_with(b"\xef\xbb\xbf") => {
                    "it starts with a byte order mark: save the file as UTF-8 without one"
                }
                serde_json::error::Category::Eof if json.trim_ascii().is_empty() => "it is blank",
                serde_json::error::Category::Eof => "it is truncated",
                _ => "it is invalid, or nested too deeply",
            },
        })
    }

    /// The path to an object that repeats a key.
    pub(crate) fn repeating(&self, place: &str) -> Option<String> {
        match self {
            Self::List(items) => positions(items)
                .find_map(|(position, item)| item.repeating(&format!("{place}[{position}]"))),
            Self::Object(fields) => {
                let mut keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
                keys.sort_unstable();
                if keys.windows(2).any(|pair| pair.first() == pair.last()) {
                    return Some(place.to_owned());
                }
                // A key may be personal data, so the path has indices and not names.
                positions(fields).find_map(|(position, (_, value))| {
                    value.repeating(&format!("{place}.{position}"))
                })
            }
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn fields(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// The value of a field of an object. Null counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let fields = self.fields()?.iter();
        let mut found = fields.filter(|(name, _)| name == key).map(|(_, node)| node);
        found.next().filter(|node| **node != Self::Null)
    }

    /// The id of a person: a text that is not blank, or a whole number, which stands for its decimal
    /// text.
    pub(crate) fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Whole(number) => u64::try_from(*number).ok()?.to_string().parse().ok(),
            Self::Large(number) => number.to_string().parse().ok(),
            _ => None,
        }
    }

    /// All people that a document names at a pointer, through each of the keys that it repeats. `None`
    /// when they are in doubt.
    pub(crate) fn subjects(&self, pointer: &Pointer) -> Option<Vec<SubjectId>> {
        let mut named = vec![self];
        for name in pointer.names() {
            let mut inner = Vec::new();
            for node in named {
                // Another value at the position, or none, is somebody who is not known.
                inner.extend(node.members(name).filter(|all| !all.is_empty())?);
            }
            named = inner;
        }
        let all: Option<Vec<_>> = named.into_iter().map(Self::subject).collect();
        all.filter(|all| !all.is_empty())
    }

    /// The members that a name of a pointer leads to: the fields of an object, each of those that it
    /// repeats; in a list the item with this index, or with `[field=value]` the items with this field.
    /// `None` where the name leads nowhere.
    fn members(&self, name: &str) -> Option<Vec<&Self>> {
        match self {
            Self::Object(fields) => {
                let named = fields.iter().filter(|(key, _)| key == name);
                Some(named.map(|(_, node)| node).collect())
            }
            Self::List(items) => {
                let selector = name
                    .strip_prefix('[')
                    .and_then(|name| name.strip_suffix(']'));
                match selector.and_then(|selector| selector.split_once('=')) {
                    Some((field, value)) => {
                        let is_it =
                            |item: &&Self| item.get(field).and_then(Self::text) == Some(value);
                        Some(items.iter().filter(is_it).collect())
                    }
                    None => Some(vec![items.get(name.parse::<usize>().ok()?)?]),
                }
            }
            _ => None,
        }
    }

    /// The value at a pointer. Null, and a value that is not the only one there, count as absent.
    pub(crate) fn at(&self, pointer: &Pointer) -> Option<&Self> {
        let found = pointer.names().iter().try_fold(self, |node, name| {
            match node.members(name)?.as_slice() {
                [one] => Some(*one),
                _ => None,
            }
        });
        found.filter(|node| **node != Self::Null)
    }

    /// All people that each document of a list names at a pointer. `None` when some are in doubt.
    pub(crate) fn subjects_of_each(list: &[Self], pointer: &Pointer) -> Option<Vec<SubjectId>> {
        let each = list.iter().map(|document| document.subjects(pointer));
        Some(each.collect::<Option<Vec<_>>>()?.concat())
    }

    /// The id of the one person at a pointer.
    pub(crate) fn one_subject(&self, pointer: &Pointer) -> Option<SubjectId> {
        let mut all = self.subjects(pointer)?;
        let one = all.pop();
        one.filter(|_| all.is_empty())
    }

    /// Refuses a field of an object that a format does not have, unless it is empty: null, or a list or
    /// an object without items.
    pub(crate) fn refuse_unknown(
        &self,
        place: &str,
        known: &[&'static str],
        also: &[&str],
    ) -> Result<(), UnknownField> {
        let is_empty = |value: &Self| match value {
            Self::Null => true,
            Self::List(items) => items.is_empty(),
            Self::Object(fields) => fields.is_empty(),
            _ => false,
        };
        let is_known = |key: &str| known.contains(&key) || also.contains(&key);
        let mut fields = self.fields().unwrap_or_default().iter();
        match fields.find(|(key, value)| !is_known(key) && !is_empty(value)) {
            Some((key, _)) => Err(UnknownField {
                field: shown_key(place, known, key),
            }),
            None => Ok(()),
        }
    }

    /// The items of a list, or the one value. Null has no items.
    pub(crate) fn each(&self) -> &[Self] {
        match self {
            Self::Null => &[],
            Self::List(items) => items,
            one => std::slice::from_ref(one),
        }
    }
}

/// Pairs each item with its index, counted from 1.
pub(crate) fn positions<T>(items: &[T]) -> impl Iterator<Item = (usize, &T)> {
    (1..).zip(items)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Large(value), Node::Whole))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Whole(value))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Number)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            fields.push((key.into_owned(), map.next_value()?));
        }
        Ok(Node::Object(fields))
    }
}
