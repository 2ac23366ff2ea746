//! People anywhere in a row: pointers with `*` and `**`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::pointer::{InvalidPointer, Pointer};
use crate::vocabulary::id::is_blank;
use crate::vocabulary::wire::Key;

/// The positions that a pointer with `*` or `**` reaches.
#[derive(Clone, Debug)]
pub(super) struct Anywhere(Vec<Step>);

#[derive(Clone, Debug)]
enum Step {
    /// A field of an object, or an index of a list.
    Name(String),
    /// Every member of an object or a list.
    Each,
    /// The value itself, and everything within it.
    Deep,
}

/// What is wrong with a value that a pointer leads to.
pub(super) enum Fault {
    /// It is not the id of a person.
    NoId,
    /// It has another shape, so that nobody can be found in it.
    Shape,
    /// A position, or a member, names nobody.
    Nobody,
}

impl Fault {
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Self::NoId => "at each position a text that is not blank, or a whole number",
            Self::Shape => "an object or a list on the way of its pointer",
            Self::Nobody => "a person at each position, and in each member that `*` reaches",
        }
    }
}

impl Anywhere {
    /// The positions of a pointer. It may have one `**`, with a name or `*` behind it.
    pub(super) fn of(pointer: &Pointer) -> Result<Self, InvalidPointer> {
        let steps = pointer.names().iter().map(|name| match name.as_str() {
            "*" => Step::Each,
            "**" => Step::Deep,
            name => Step::Name(name.to_owned()),
        });
        let steps: Vec<_> = steps.collect();
        let deep = steps.iter().filter(|step| matches!(step, Step::Deep));
        if deep.count() <= 1 && !matches!(steps.last(), Some(Step::Deep)) {
            Ok(Self(steps))
        } else {
            Err(InvalidPointer)
        }
    }

    /// Returns true when the pointer has no `*` and no `**`.
    pub(super) fn is_one(&self) -> bool {
        self.0.iter().all(|step| matches!(step, Step::Name(_)))
    }

    /// Adds the people of a row. At a position without `*` and `**` there is one.
    pub(super) fn collect<'a>(
        &self,
        row: &Tree<'a>,
        people: &mut Vec<Cow<'a, str>>,
    ) -> Result<(), Fault> {
        let before = people.len();
        collect(row, &self.0, people)?;
        if self.is_one() && people.len() == before {
            return Err(Fault::Nobody);
        }
        Ok(())
    }
}

/// A value of a row, as far as people can be in it.
pub(super) enum Tree<'a> {
    Null,
    Text(Cow<'a, str>),
    Whole(u64),
    /// Another number, or a boolean.
    Other,
    List(Vec<Self>),
    /// Its fields, repeated ones included.
    Object(Vec<(Cow<'a, str>, Self)>),
}

fn collect<'a>(
    value: &Tree<'a>,
    steps: &[Step],
    people: &mut Vec<Cow<'a, str>>,
) -> Result<(), Fault> {
    let Some((step, rest)) = steps.split_first() else {
        people.push(id(value).ok_or(Fault::NoId)?);
        return Ok(());
    };
    match (step, value) {
        (Step::Deep, value) => deep(value, rest, people),
        (Step::Name(_) | Step::Each, Tree::Null) => Ok(()),
        (Step::Name(name), value) => {
            let named = members(value).ok_or(Fault::Shape)?;
            let mut named = named.filter(|(key, _)| key.is(name)).peekable();
            if matches!(value, Tree::List(_)) && named.peek().is_none() && !is_index(name) {
                return Err(Fault::Shape);
            }
            for (_, value) in named {
                // Null counts as absent, but for an id that a member should have.
                if !matches!(value, Tree::Null) {
                    collect(value, rest, people)?;
                }
            }
            Ok(())
        }
        (Step::Each, value) => {
            let is_deep = rest.iter().any(|step| matches!(step, Step::Deep));
            for (_, member) in members(value).ok_or(Fault::Shape)? {
                let before = people.len();
                collect(member, rest, people)?;
                if people.len() == before && !is_deep {
                    return Err(Fault::Nobody);
                }
            }
            Ok(())
        }
    }
}

/// Collects from a value and from everything within it. Where the first name is not there, there is
/// nothing to collect.
fn deep<'a>(value: &Tree<'a>, rest: &[Step], people: &mut Vec<Cow<'a, str>>) -> Result<(), Fault> {
    let Some(mut within) = members(value) else {
        return Ok(());
    };
    match rest.first() {
        Some(Step::Name(name)) => {
            let named = within.filter(|(key, _)| key.is(name));
            for (_, value) in named {
                // A value at the name that is there is a person, or leads to one.
                collect(value, rest.get(1..).unwrap_or_default(), people)?;
            }
        }
        _ if within.next().is_some() => collect(value, rest, people)?,
        _ => {}
    }
    for (_, value) in members(value).into_iter().flatten() {
        deep(value, rest, people)?;
    }
    Ok(())
}

fn is_index(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

fn id<'a>(value: &Tree<'a>) -> Option<Cow<'a, str>> {
    match value {
        Tree::Text(text) => (!is_blank(text)).then(|| text.clone()),
        Tree::Whole(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// The place of a member: the name of a field, or an index.
#[derive(Clone, Copy)]
enum Place<'t> {
    Field(&'t str),
    Index(usize),
}

impl Place<'_> {
    fn is(self, name: &str) -> bool {
        match self {
            Self::Field(field) => field == name,
            Self::Index(index) => index.to_string() == name,
        }
    }
}

/// The members of an object or a list. `None` for another value.
fn members<'t, 'a>(
    value: &'t Tree<'a>,
) -> Option<Box<dyn Iterator<Item = (Place<'t>, &'t Tree<'a>)> + 't>> {
    match value {
        Tree::List(items) => {
            let indexed = items.iter().enumerate();
            Some(Box::new(
                indexed.map(|(index, item)| (Place::Index(index), item)),
            ))
        }
        Tree::Object(fields) => {
            let named = fields.iter();
            Some(Box::new(
                named.map(|(key, value)| (Place::Field(key.as_ref()), value)),
            ))
        }
        _ => None,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Tree<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Whole(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree<'de>, E> {
        Ok(Tree::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            fields.push((key, map.next_value()?));
        }
        Ok(Tree::Object(fields))
    }
}
