//! Reads the fields of a row of JSON that the gate needs, and skips the rest.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use thiserror::Error;
use time::UtcDateTime;

use super::anywhere::{Anywhere, Tree};
use super::pointer::{InvalidPointer, Pointer};
use super::problem::{Problem, text_of};
use super::time_form::TimeForm;
use crate::record::ConsentRecord;
use crate::row::{CarriesConsents, Restrictions, UserRecord};
use crate::signal::Kind;
use crate::vocabulary::flags;
use crate::vocabulary::purpose::DataCategories;
use crate::vocabulary::term::{Term, UnknownName};
use crate::vocabulary::wire::{
    self, Expected, Key, Wire, refuse_lists, refuse_null, refuse_objects, refuse_scalars,
};

/// A field of a row that the gate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RowField {
    /// `id`: any value. The program copies it to the list of withheld rows, so choose one that does
    /// not name the person.
    Id,
    /// `subject`: a text that is not blank, or a whole number up to 2^64 − 1.
    Subject,
    /// `subjects`: a list of those. A row has one of the two fields.
    Subjects,
    /// `collected_at`: an RFC 3339 time with a zone.
    CollectedAt,
    /// `data`: a list of data categories.
    Data,
    /// `signals`: a list of `{"kind": …, "value": …}`.
    Signals,
    /// `consents`: a list of consent records.
    Consents,
}

impl RowField {
    /// All fields.
    pub const ALL: [Self; 7] = [
        Self::Id,
        Self::Subject,
        Self::Subjects,
        Self::CollectedAt,
        Self::Data,
        Self::Signals,
        Self::Consents,
    ];

    /// Returns true for a field without which a row could pass that does not pass with it.
    const fn is_demanded(self) -> bool {
        matches!(
            self,
            Self::Subjects | Self::Data | Self::Signals | Self::Consents
        )
    }

    /// The name of the field.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Subject => "subject",
            Self::Subjects => "subjects",
            Self::CollectedAt => "collected_at",
            Self::Data => "data",
            Self::Signals => "signals",
            Self::Consents => "consents",
        }
    }
}

impl std::str::FromStr for RowField {
    type Err = UnknownName;

    /// Reads the name of a field, such as `collected_at`.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let names = || Self::ALL.map(Self::as_str).join(", ");
        let found = Self::ALL.into_iter().find(|field| field.as_str() == name);
        found.ok_or_else(|| UnknownName::of(names()))
    }
}

/// A row of JSON, as far as the gate needs it. It borrows from the line.
#[derive(Clone, Default)]
pub struct Row<'a> {
    line: &'a [u8],
    id: Option<&'a str>,
    subjects: Subjects<'a>,
    collected_at: Option<UtcDateTime>,
    data: DataCategories,
    restrictions: Restricted,
    consents: Vec<ConsentRecord>,
}

/// The subjects of a row. Most rows have one.
#[derive(Clone, Default)]
enum Subjects<'a> {
    #[default]
    None,
    One(Cow<'a, str>),
    Several(Vec<Cow<'a, str>>),
}

/// The restrictions of a row. Without signals there are none.
#[derive(Clone, Copy)]
struct Restricted(Restrictions);

impl Default for Restricted {
    fn default() -> Self {
        Self(Restrictions::none())
    }
}

impl<'a> Row<'a> {
    /// The line as it was read, byte for byte, with its line feed if it had one.
    #[must_use]
    pub fn line(&self) -> &'a [u8] {
        self.line
    }

    /// The JSON text of the row's `id`, byte for byte.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.id
    }

    pub(crate) fn into_consents(self) -> Vec<ConsentRecord> {
        self.consents
    }
}

/// Shows none of the row's content.
impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}

impl UserRecord for Row<'_> {
    #[inline]
    fn subjects(&self) -> impl Iterator<Item = &str> {
        let subjects = match &self.subjects {
            Subjects::None => &[],
            Subjects::One(subject) => std::slice::from_ref(subject),
            Subjects::Several(subjects) => subjects.as_slice(),
        };
        subjects.iter().map(AsRef::as_ref)
    }

    #[inline]
    fn collected_at(&self) -> Option<UtcDateTime> {
        self.collected_at
    }

    #[inline]
    fn data(&self) -> DataCategories {
        self.data
    }

    #[inline]
    fn restrictions(&self) -> Restrictions {
        self.restrictions.0
    }
}

impl CarriesConsents for Row<'_> {
    #[inline]
    fn consents(&self) -> &[ConsentRecord] {
        &self.consents
    }
}

/// The error for an unreadable row. It names the field and the column, and contains no content of
/// the row.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct RowError(Problem);

impl RowError {
    /// The error for a line that is longer than [`LONGEST_LINE`](super::LONGEST_LINE).
    #[must_use]
    pub fn too_long() -> Self {
        Self(Problem::too_long())
    }

    /// The byte of the line at which reading stopped, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.column
    }
}

/// Reads the fields of a row of JSON that the gate needs, and skips the rest without building values.
/// A row is any object. A field that the gate reads makes the row unreadable when it has the wrong
/// form or is repeated.
///
/// ```
/// use consent_gate::json::{RowField, RowReader};
/// use consent_gate::{DataCategories, UserRecord};
///
/// let reader = RowReader::new()
///     .field(RowField::Subject, "/user/id")?
///     .data_unless_named(DataCategories::POSTS);
/// let row = reader.read(br#"{"user":{"id":7},"text":"hi"}"#)?;
/// assert_eq!(row.subjects().collect::<Vec<_>>(), ["7"]);
/// assert_eq!(row.data(), DataCategories::POSTS);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RowReader {
    pointers: Vec<(RowField, Pointer)>,
    root: Node,
    /// Where people are, when a pointer to `subjects` has a `*` or `**`, or there are several.
    people: Vec<Anywhere>,
    times: Option<TimeForm>,
    data_unless_named: DataCategories,
}

/// A node of the tree of pointers: the fields at this position, and the positions within it.
#[derive(Clone, Debug, Default)]
struct Node {
    fields: Vec<RowField>,
    within: Vec<(String, Self)>,
    /// The first field within this position that can only deny more, or widen what a row is about. A
    /// value in which it cannot be is a fault and not its absence.
    demanded: Option<RowField>,
    /// The form of a time at this position. `None` is RFC 3339, which is read without a copy.
    times: Option<TimeForm>,
}

impl Default for RowReader {
    fn default() -> Self {
        Self::new()
    }
}

impl RowReader {
    /// Makes a reader of rows that have each field under its own name.
    #[must_use]
    pub fn new() -> Self {
        let own = |field: RowField| (field, Pointer::to_field(field.as_str()));
        let pointers: Vec<_> = RowField::ALL.into_iter().map(own).collect();
        let root = Node::of(&pointers, None);
        Self {
            pointers,
            root,
            people: Vec::new(),
            times: None,
            data_unless_named: DataCategories::empty(),
        }
    }

    /// Reads a field at another position, given as a JSON Pointer (RFC 6901), and no longer under its
    /// own name.
    ///
    /// A field is absent when a name of its pointer is not there or its value is null. When a value
    /// on the way to `subjects`, `data`, `signals` or `consents` has another shape, such as a text
    /// where an object is expected, the row is unreadable.
    ///
    /// A pointer to `subjects` may have `*` in it, which is every member of an object or a list, and
    /// once `**`, which is the value itself and everything within it. It collects a person at each
    /// position that it reaches, through each of the keys that an object repeats. A row is unreadable
    /// when a position holds no id of a person, and when a member that `*` reaches names nobody.
    ///
    /// # Errors
    ///
    /// [`InvalidPointer`] when the text is not a JSON Pointer, or has `*` for another field than
    /// `subjects`.
    ///
    /// ```
    /// use consent_gate::UserRecord;
    /// use consent_gate::json::{RowField, RowReader};
    ///
    /// let reader = RowReader::new().field(RowField::Subjects, "/**/user_id")?;
    /// let row = reader.read(br#"{"user_id":"alice","replies":[{"user_id":"bob","replies":[]}]}"#)?;
    /// assert_eq!(row.subjects().collect::<Vec<_>>(), ["alice", "bob"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn field(mut self, field: RowField, pointer: &str) -> Result<Self, InvalidPointer> {
        let pointer: Pointer = pointer.parse()?;
        let anywhere = Anywhere::of(&pointer)?;
        if !anywhere.is_one() && field != RowField::Subjects {
            return Err(InvalidPointer);
        }
        self.pointers.retain(|(each, _)| *each != field);
        if field == RowField::Subjects {
            self.people.clear();
        }
        if anywhere.is_one() {
            self.pointers.push((field, pointer));
        } else {
            self.people.push(anywhere);
        }
        self.root = Node::of(&self.pointers, self.times.as_ref());
        Ok(self)
    }

    /// Reads people at one more position, besides those that were added in this way before, and no
    /// longer under `subject` and `subjects`. A row is about all of them.
    ///
    /// A pointer is as that of `subjects` in [`field`](Self::field). A row is unreadable when a position
    /// without `*` and `**` holds nobody.
    ///
    /// # Errors
    ///
    /// Those of [`field`](Self::field).
    ///
    /// ```
    /// use consent_gate::UserRecord;
    /// use consent_gate::json::RowReader;
    ///
    /// let reader = RowReader::new().people_at("/author/id")?.people_at("/mentions/*/id")?;
    /// let row = reader.read(br#"{"author":{"id":"alice"},"mentions":[{"id":"bob"}]}"#)?;
    /// assert_eq!(row.subjects().collect::<Vec<_>>(), ["alice", "bob"]);
    /// assert!(reader.read(br#"{"author":null,"mentions":[{"id":"bob"}]}"#).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn people_at(mut self, pointer: &str) -> Result<Self, InvalidPointer> {
        let anywhere = Anywhere::of(&pointer.parse()?)?;
        let is_person = |field| matches!(field, RowField::Subject | RowField::Subjects);
        self.pointers.retain(|(field, _)| !is_person(*field));
        self.people.push(anywhere);
        self.root = Node::of(&self.pointers, self.times.as_ref());
        Ok(self)
    }

    /// Sets the form of `collected_at`. By default it is RFC 3339 with a zone.
    #[must_use]
    pub fn times(mut self, form: TimeForm) -> Self {
        self.times = Some(form);
        self.root = Node::of(&self.pointers, self.times.as_ref());
        self
    }

    /// Sets the categories of rows that name none. By default there are none, which leaves R17
    /// unproven.
    #[must_use]
    pub fn data_unless_named(mut self, data: DataCategories) -> Self {
        self.data_unless_named = data;
        self
    }

    /// Reads one line, with or without its line feed.
    ///
    /// # Errors
    ///
    /// [`RowError`] when the line is not one JSON object in UTF-8, or a field that the gate reads
    /// has the wrong form or is repeated.
    #[inline]
    pub fn read<'a>(&self, line: &'a [u8]) -> Result<Row<'a>, RowError> {
        let text = text_of(line).map_err(RowError)?;
        let mut json = serde_json::Deserializer::from_str(text);
        let mut draft = Draft::default();
        Root(&self.root, &mut draft)
            .deserialize(&mut json)
            .and_then(|()| json.end())
            .and_then(|()| self.find_people(text, &mut draft))
            .and_then(|()| draft.check())
            .map_err(|error| RowError(Problem::of(&error, text)))?;
        let Draft { mut row, several } = draft;
        row.line = line;
        if row.data.is_empty() {
            row.data = self.data_unless_named;
        }
        if !several.is_empty() {
            row.subjects = Subjects::Several(several);
        }
        Ok(row)
    }
}

impl RowReader {
    /// Collects the people of a pointer with `*` or `**`.
    #[inline]
    fn find_people<'a>(
        &self,
        text: &'a str,
        draft: &mut Draft<'a>,
    ) -> Result<(), serde_json::Error> {
        if self.people.is_empty() {
            return Ok(());
        }
        let tree: Tree<'a> = serde_json::from_str(text)?;
        let mut people = Vec::new();
        for anywhere in &self.people {
            let found = anywhere.collect(&tree, &mut people);
            found.map_err(|fault| wrong(RowField::Subjects, fault.expected()))?;
        }
        let mut seen = BTreeSet::new();
        people.retain(|person| seen.insert(person.clone()));
        draft.several = people;
        Ok(())
    }
}

impl Node {
    /// Returns true when a demanded field is at this position or within it.
    fn is_demanded(&self) -> bool {
        self.demanded.is_some() || self.fields.iter().any(|field| field.is_demanded())
    }

    fn of(pointers: &[(RowField, Pointer)], times: Option<&TimeForm>) -> Self {
        let mut root = Self::default();
        for (field, pointer) in pointers {
            let mut node = &mut root;
            for name in pointer.names() {
                if field.is_demanded() {
                    node.demanded.get_or_insert(*field);
                }
                let known = node.within.iter().position(|(each, _)| each == name);
                let index = known.unwrap_or_else(|| {
                    node.within.push((name.clone(), Self::default()));
                    node.within.len().saturating_sub(1)
                });
                #[expect(clippy::indexing_slicing, reason = "found or pushed just now")]
                let (_, next) = &mut node.within[index];
                node = next;
            }
            node.fields.push(*field);
            if *field == RowField::CollectedAt {
                node.times = times.cloned();
            }
        }
        root
    }
}

/// The parts of a row that were read so far.
#[derive(Default)]
struct Draft<'a> {
    row: Row<'a>,
    several: Vec<Cow<'a, str>>,
}

impl<'a> Draft<'a> {
    #[inline]
    fn check(&self) -> Result<(), serde_json::Error> {
        if matches!(self.row.subjects, Subjects::None) || self.several.is_empty() {
            Ok(())
        } else {
            Err(de::Error::custom(
                "fields `subject` and `subjects`: expected only one of them",
            ))
        }
    }

    /// Reads the value of one field.
    fn read<'de: 'a, D: Deserializer<'de>>(
        &mut self,
        field: RowField,
        times: Option<&TimeForm>,
        json: D,
    ) -> Result<(), D::Error> {
        let wrong = |expected: Expected| wrong(field, &expected);
        match field {
            RowField::Id => self.row.id = Some(<&'de RawValue>::deserialize(json)?.get()),
            RowField::Subject => {
                let subject = wire::subject_text(Wire::deserialize(json)?).map_err(wrong)?;
                self.row.subjects = subject.map_or(Subjects::None, Subjects::One);
            }
            RowField::Subjects => {
                self.several = subjects(Wire::deserialize(json)?).map_err(wrong)?;
            }
            RowField::CollectedAt => {
                self.row.collected_at = match times {
                    None => wire::time(Wire::deserialize(json)?).map_err(wrong)?,
                    Some(form) => {
                        let json = <&'de RawValue>::deserialize(json)?.get();
                        time_in(form, json).map_err(|()| wrong(form.to_string().into()))?
                    }
                };
            }
            RowField::Data => {
                let mut data = Some(DataCategories::empty());
                read_list(json, |name: Wire<'_>| {
                    data = data
                        .zip(flags::flag(&name))
                        .map(|(all, one)| all.union(one));
                })
                .map_err(|error| within(field, &error))?;
                self.row.data = data
                    .ok_or_else(flags::a_list_of_flags::<DataCategories>)
                    .map_err(wrong)?;
            }
            RowField::Signals => {
                let restricted = &mut self.row.restrictions.0;
                read_list(json, |Signal(one)| *restricted = restricted.and(one))
                    .map_err(|error| within(field, &error))?;
            }
            RowField::Consents => {
                let records = &mut self.row.consents;
                read_list(json, |record| records.push(record))
                    .map_err(|error| within(field, &error))?;
            }
        }
        Ok(())
    }
}

/// Reads a time from its JSON text. Null is none.
fn time_in(form: &TimeForm, json: &str) -> Result<Option<UtcDateTime>, ()> {
    let at = match json.as_bytes() {
        b"null" => return Ok(None),
        [b'"', ..] => {
            let text: Cow<'_, str> = serde_json::from_str(json).map_err(drop)?;
            form.read(&text, false)
        }
        _ => form.read(json, true),
    };
    at.map(Some).ok_or(())
}

/// Adds the name of the field to an error within it. The parser adds the position.
fn within<E: de::Error>(field: RowField, error: &E) -> E {
    E::custom(format_args!("field `{}`: {error}", field.as_str()))
}

fn wrong<E: de::Error>(field: RowField, expected: &str) -> E {
    E::custom(format_args!(
        "field `{}`: expected {expected}",
        field.as_str()
    ))
}

fn subjects(value: Wire<'_>) -> Result<Vec<Cow<'_, str>>, Expected> {
    let expected = || Expected::from("a list of texts that are not blank, or whole numbers");
    match value {
        Wire::Null => Ok(Vec::new()),
        Wire::List(items) => {
            let subject = |item| wire::subject_text(item).ok().flatten().ok_or_else(expected);
            items.into_iter().map(subject).collect()
        }
        _ => Err(expected()),
    }
}

/// Reads the outermost object of a row.
struct Root<'n, 'd, 'a>(&'n Node, &'d mut Draft<'a>);

impl<'de: 'a, 'a> DeserializeSeed<'de> for Root<'_, '_, 'a> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        if self.0.fields.is_empty() {
            return json.deserialize_any(self);
        }
        // A pointer to the whole row: it is an object all the same.
        let text = <&'de RawValue>::deserialize(json)?.get();
        if !text.starts_with('{') {
            return Err(de::Error::custom(A_ROW));
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let read = AtNode(self.0, self.1).deserialize(&mut json);
        read.map_err(|error| de::Error::custom(Problem::of(&error, text).words))
    }
}

const A_ROW: &str = "expected a row, which is an object";

impl<'de: 'a, 'a> Visitor<'de> for Root<'_, '_, 'a> {
    type Value = ();

    refuse_scalars!(A_ROW);
    refuse_lists!(A_ROW);
    refuse_null!(A_ROW);

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_within(self.0, self.1, map)
    }
}

/// Reads the value at a position of a row. A row of another shape has no value there, unless a
/// demanded field is within.
struct AtNode<'n, 'd, 'a>(&'n Node, &'d mut Draft<'a>);

impl AtNode<'_, '_, '_> {
    fn other_shape<E: de::Error>(self) -> Result<(), E> {
        match self.0.demanded {
            None => Ok(()),
            Some(field) => Err(wrong(field, "an object on the way of its pointer")),
        }
    }
}

impl<'de: 'a, 'a> DeserializeSeed<'de> for AtNode<'_, '_, 'a> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Self(node, draft) = self;
        match node.fields.as_slice() {
            [] => json.deserialize_any(Self(node, draft)),
            [field] if node.within.is_empty() => draft.read(*field, node.times.as_ref(), json),
            fields => {
                let text = <&'de RawValue>::deserialize(json)?.get();
                let again =
                    |error: serde_json::Error| de::Error::custom(Problem::of(&error, text).words);
                for field in fields {
                    let mut json = serde_json::Deserializer::from_str(text);
                    draft
                        .read(*field, node.times.as_ref(), &mut json)
                        .map_err(again)?;
                }
                let mut json = serde_json::Deserializer::from_str(text);
                json.deserialize_any(Self(node, draft)).map_err(again)
            }
        }
    }
}

impl<'de: 'a, 'a> Visitor<'de> for AtNode<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.other_shape()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.other_shape()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.other_shape()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.other_shape()
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        self.other_shape()
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let is_index = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let mut within = self.0.within.iter();
        if within.any(|(name, next)| next.is_demanded() && !is_index(name)) {
            return self.other_shape();
        }
        let Self(node, draft) = self;
        let mut position: usize = 0;
        loop {
            let name = position.to_string();
            let read = match node.within.iter().find(|(each, _)| *each == name) {
                Some((_, next)) => list.next_element_seed(AtNode(next, draft))?.is_some(),
                None => list.next_element::<IgnoredAny>()?.is_some(),
            };
            if !read {
                return Ok(());
            }
            position = position.saturating_add(1);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_within(self.0, self.1, map)
    }
}

#[inline]
fn read_within<'de: 'a, 'a, A: MapAccess<'de>>(
    node: &Node,
    draft: &mut Draft<'a>,
    mut map: A,
) -> Result<(), A::Error> {
    // A node has at most one inner node for each field.
    let mut seen = [false; RowField::ALL.len()];
    while let Some(position) = map.next_key_seed(NameWithin(node))? {
        match position.and_then(|position| node.within.iter().zip(&mut seen).nth(position)) {
            None => {
                map.next_value::<IgnoredAny>()?;
            }
            Some(((name, next), seen)) => {
                if std::mem::replace(seen, true) {
                    return Err(de::Error::custom(format_args!("field `{name}`: repeated")));
                }
                map.next_value_seed(AtNode(next, draft))?;
            }
        }
    }
    Ok(())
}

/// Finds the index of the inner node that a key names.
struct NameWithin<'n>(&'n Node);

impl<'de> DeserializeSeed<'de> for NameWithin<'_> {
    type Value = Option<usize>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Option<usize>, D::Error> {
        json.deserialize_identifier(self)
    }
}

impl Visitor<'_> for NameWithin<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        // Most keys differ in length or in their first byte, which is cheaper than a comparison.
        let is_named = |each: &str| {
            each.len() == name.len()
                && each.as_bytes().first() == name.as_bytes().first()
                && each == name
        };
        Ok(self.0.within.iter().position(|(each, _)| is_named(each)))
    }
}

/// Reads a list or null, one item at a time.
fn read_list<'de, D, T>(json: D, each: impl FnMut(T)) -> Result<(), D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    json.deserialize_any(ListVisitor {
        each,
        item: PhantomData,
    })
}

struct ListVisitor<F, T> {
    each: F,
    item: PhantomData<T>,
}

impl<'de, F: FnMut(T), T: Deserialize<'de>> Visitor<'de> for ListVisitor<F, T> {
    type Value = ();

    refuse_scalars!(A_LIST);
    refuse_objects!(A_LIST);

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(item) = list.next_element()? {
            (self.each)(item);
        }
        Ok(())
    }
}

/// The restrictions of one signal of a row.
struct Signal(Restrictions);

impl<'de> Deserialize<'de> for Signal {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(SignalVisitor)
    }
}

struct SignalVisitor;

const A_LIST: &str = "expected a list";
const A_SIGNAL: &str = r#"expected signals of the form {"kind": …, "value": …}"#;

impl<'de> Visitor<'de> for SignalVisitor {
    type Value = Signal;

    refuse_scalars!(A_SIGNAL);
    refuse_lists!(A_SIGNAL);
    refuse_null!(A_SIGNAL);

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Signal, A::Error> {
        let mut kind = None;
        let mut value = None;
        while let Some(Key(key)) = map.next_key()? {
            let is_repeated = match key.as_ref() {
                "kind" => kind.replace(map.next_value::<Wire<'_>>()?).is_some(),
                "value" => value.replace(map.next_value::<&RawValue>()?).is_some(),
                _ => return Err(de::Error::custom(A_SIGNAL)),
            };
            if is_repeated {
                return Err(de::Error::custom(A_SIGNAL));
            }
        }
        match kind {
            Some(Wire::Text(kind)) => Ok(Signal(restricted_by(&kind, value))),
            _ => Err(de::Error::custom(A_SIGNAL)),
        }
    }
}

/// The restrictions of a signal. A signal of an unknown kind, or without a value, is unreadable.
fn restricted_by(kind: &str, value: Option<&RawValue>) -> Restrictions {
    let known = Kind::from_token(kind).zip(value);
    known.map_or(Restrictions::unread(), |(kind, value)| {
        kind.read(value.get())
    })
}
