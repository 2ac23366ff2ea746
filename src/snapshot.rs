//! What one gate needs of a ledger.

#[cfg(feature = "snapshot-file")]
mod file;
mod packed;
mod table;

use std::collections::HashMap;
use std::fmt;
use std::hint::black_box;
use std::ops::Range;

#[cfg(feature = "snapshot-file")]
pub use file::SnapshotError;

use crate::decide::{Question, decide};
use crate::key::Key;
use crate::names::{Name, Names};
use crate::source::Answer;
use crate::standing::Standing;
use crate::{Decision, Gate, Ledger, Replay, Standings, UserRecord};
use packed::{Packed, wide, width};
use table::{Bucket, Table, long_mixed, mixed, of_text, partition_point};

/// What one gate needs of a [`Ledger`]: everybody's grants weighed once, to be asked for many
/// rows. It needs the ledger no longer, and decides exactly as the gate on the ledger does.
///
/// A gate that is not the one it was made for finds nothing on file in it, and denies.
///
/// Standings, of which most people share few, are kept once. Ids that are decimal numbers up to
/// 2^64 − 1, or UUIDs in their usual form, are kept in less room than they would take as numbers,
/// other texts as they are. No id is ever taken for another one: all of it is compared.
///
/// ```
/// # use consent_gate::{Gate, Ledger, Purposes, Snapshot};
/// # use time::macros::utc_datetime;
/// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
/// let ledger = Ledger::new();
/// let snapshot = Snapshot::new(&gate, &ledger);
/// assert_eq!(snapshot.subjects(), 0);
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot<'g> {
    gate: &'g Gate,
    contents: Contents,
}

/// An id that a snapshot can be asked about without writing it down as a text first: `u64` for its
/// decimal digits, 16 bytes for the usual form of the UUID that they are, and texts.
pub trait AskedId: Asked {}

impl<T: Asked> AskedId for T {}

/// Not nameable outside the crate, so that an id is read in one way.
pub trait Asked: Copy {
    /// What it is kept as.
    fn key(&self) -> Key<'_>;
}

impl Asked for u64 {
    #[inline]
    fn key(&self) -> Key<'_> {
        Key::Number(*self)
    }
}

impl Asked for [u8; 16] {
    #[inline]
    fn key(&self) -> Key<'_> {
        Key::Uuid(u128::from_be_bytes(*self))
    }
}

impl Asked for &str {
    #[inline]
    fn key(&self) -> Key<'_> {
        Key::of(self)
    }
}

/// All but the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
struct Contents {
    numbers: Column,
    uuids: Column,
    texts: Column,
    /// The texts in the order of their places, one behind the other, and where each ends.
    #[cfg_attr(feature = "snapshot-file", serde(with = "serde_bytes"))]
    text: Vec<u8>,
    text_ends: Packed,
    dictionary: Vec<Entry>,
    /// The number of records that could not be read, not even whom they are about.
    unnamed: u64,
    /// The ids of grants, those of one person beside each other. Empty when only grants are kept.
    names: Names,
}

/// The ids of one kind, and what is known of each by its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
struct Column {
    ids: Table,
    /// The places of their standings in the dictionary.
    entries: Packed,
    /// The places of their first grant among the names.
    names: Packed,
}

/// What the grants of a person are worth; many people share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    first: Standing,
    rest: Box<[Standing]>,
}

/// Where the standings of an id are found.
#[derive(Clone, Copy)]
struct Sought<'s, 'i> {
    column: &'s Column,
    bucket: Bucket,
    /// Where the number that was found is not all of the id.
    text: Option<&'i str>,
}

/// What is kept of one person, before it is packed.
#[derive(Clone, Copy)]
struct Person<I> {
    id: I,
    entry: usize,
    name: usize,
}

/// The names of the grants of a person, from the first.
#[derive(Clone, Copy)]
struct NamesFrom<'s> {
    names: &'s Names,
    first: usize,
}

impl<'s> NamesFrom<'s> {
    #[inline]
    fn grant(self, place: usize) -> Option<Name<'s>> {
        self.names.name(self.first.checked_add(place)?)
    }
}

/// A snapshot in which the first subject of the row has been sought already.
struct Approached<'s, 'i> {
    snapshot: &'s Snapshot<'s>,
    first: &'i str,
    sought: Option<&'i Sought<'s, 'i>>,
}

impl<'s, R: UserRecord + ?Sized> Answer<'s, R> for Approached<'s, '_> {
    #[inline]
    fn answer(&self, question: Question<'s, '_, R>, subject: &str) -> Decision<'s> {
        if std::ptr::eq(self.first, subject) {
            self.snapshot.answer_for_sought(question, self.sought)
        } else {
            self.snapshot.answer_for(question, subject)
        }
    }
}

/// How many questions are asked at a time.
const BLOCK: usize = 64;

impl<'g> Snapshot<'g> {
    /// Weighs everybody's records for one gate. Every subject on file is kept, so that each denial
    /// tells its reasons and each permit names its grant.
    #[must_use]
    pub fn new(gate: &'g Gate, ledger: &Ledger) -> Self {
        Self::compile(gate, ledger, true)
    }

    /// Weighs everybody's records for one gate, and keeps of them only the grants that some row
    /// may pass by: the smallest form.
    ///
    /// The same rows pass. A permit names no grant; the ledger says which one it is. A denial of
    /// somebody without such a grant tells R1 alone, and one of anybody else tells what keeps the
    /// row from passing by one of these.
    #[must_use]
    pub fn of_grants_only(gate: &'g Gate, ledger: &Ledger) -> Self {
        Self::compile(gate, ledger, false)
    }

    /// Weighs everybody's records for a replay.
    #[must_use]
    pub fn for_replay(replay: &'g Replay, ledger: &Ledger) -> Self {
        Self::new(replay.question(), ledger)
    }

    fn compile(gate: &'g Gate, ledger: &Ledger, with_reasons: bool) -> Self {
        let mut dictionary = HashMap::new();
        let mut entries = Vec::new();
        let mut names = Names::default();
        let mut are_named = true;
        let (mut numbers, mut uuids, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (subject, records, readability) in ledger.people() {
            let judged = Standings::judge(gate, records, readability);
            let name = names.len();
            let mut all = std::iter::once(judged.first()).chain(judged.rest());
            let entry = if with_reasons {
                are_named &= judged
                    .grants()
                    .all(|name| names.push(name.as_str()).is_some());
                all.next().map(|first| (*first, all.copied().collect()))
            } else {
                let mut grants = all.filter(|standing| standing.person.is_empty());
                grants
                    .next()
                    .map(|first| (*first, grants.copied().collect()))
            };
            let Some((first, rest)) = entry else {
                continue;
            };
            let entry = dictionary.entry(Entry { first, rest });
            let entry = *entry.or_insert_with_key(|entry| {
                entries.push(entry.clone());
                entries.len().saturating_sub(1)
            });
            match subject {
                Key::Number(id) => numbers.push(Person { id, entry, name }),
                Key::Uuid(id) => uuids.push(Person { id, entry, name }),
                Key::Text(id) => texts.push(Person { id, entry, name }),
            }
        }
        // INVARIANT (nobody is left out half): what does not fit is left out whole, and whoever is
        // not in a snapshot has nothing on file.
        let contents = are_named
            .then(|| Contents::of(numbers, uuids, texts, entries, names))
            .flatten()
            .unwrap_or_default();
        let unnamed = ledger.unreadable_unnamed();
        let contents = Contents {
            unnamed,
            ..contents
        };
        Self { gate, contents }
    }

    /// The number of subjects that are kept.
    #[must_use]
    pub fn subjects(&self) -> usize {
        let Contents {
            numbers,
            uuids,
            texts,
            ..
        } = &self.contents;
        [numbers, uuids, texts]
            .map(|column| column.entries.len())
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// The number of records that could not be read, not even whom they are about, when it was
    /// made: [`Ledger::unreadable_unnamed`].
    #[must_use]
    pub fn unreadable_unnamed(&self) -> u64 {
        self.contents.unnamed
    }

    /// How much room it takes in memory, in bytes.
    #[must_use]
    pub fn size_in_bytes(&self) -> usize {
        self.contents.size_in_bytes()
    }

    /// Decides on many rows, which is faster than one at a time: the places of the people of a
    /// block of rows are looked up together, so that the waits for memory overlap. The answers are
    /// those of [`Gate::decide`] or [`Replay::decide`], in the order of the rows.
    pub fn decide_batch<'s, R: UserRecord>(&'s self, rows: &[R]) -> Vec<Decision<'s>> {
        let mut decisions = Vec::with_capacity(rows.len());
        for block in rows.chunks(BLOCK) {
            let mut first = [""; BLOCK];
            for (first, row) in first.iter_mut().zip(block) {
                *first = row.subjects().next().unwrap_or_default();
            }
            let all = self.contents.approach(first.iter().map(|id| Key::of(id)));
            let rows = block.iter().zip(first.iter().zip(&all));
            decisions.extend(rows.map(|(row, (first, sought))| {
                let source = Approached {
                    snapshot: self,
                    first,
                    sought: sought.as_ref(),
                };
                decide(self.gate, row, &source)
            }));
        }
        decisions
    }

    /// Decides on rows of one subject each, as [`decide_batch`](Self::decide_batch) does, from a
    /// column of ids: numbers, UUIDs or texts. `row` says what else there is to know of the row at
    /// a place, counted from 0; whom it names itself is not asked.
    ///
    /// ```
    /// # use consent_gate::{Gate, Ledger, Purposes, Snapshot, UserRecord};
    /// # use time::macros::utc_datetime;
    /// # struct Post;
    /// # impl UserRecord for Post {}
    /// # let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// # let snapshot = Snapshot::new(&gate, &Ledger::new());
    /// let decisions = snapshot.decide_ids(&[7_u64, 12], |_| Post);
    /// assert!(decisions.iter().all(|decision| !decision.is_permit()));
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    pub fn decide_ids<I: AskedId, R: UserRecord>(
        &self,
        ids: &[I],
        row: impl Fn(usize) -> R,
    ) -> Vec<Decision<'_>> {
        let mut decisions = Vec::with_capacity(ids.len());
        for block in ids.chunks(BLOCK) {
            let all = self.contents.approach(block.iter().map(Asked::key));
            for sought in all.iter().take(block.len()) {
                let row = row(decisions.len());
                let question = Question::of(self.gate, &row);
                decisions.push(self.answer_for_sought(question, sought.as_ref()));
            }
        }
        decisions
    }

    /// Whether each of many rows may pass that differ in nothing but the id of their one subject:
    /// a mask, in the order of the ids. `row` says what else there is to know of them; whom it
    /// names itself is not asked.
    pub fn mask_ids<I: AskedId, R: UserRecord>(&self, ids: &[I], row: &R) -> Vec<bool> {
        let question = Question::of(self.gate, row);
        let by_entry: Vec<bool> = self
            .contents
            .dictionary
            .iter()
            .map(|Entry { first, rest }| {
                let decision = question.on_weighed(self.gate, first, rest, |_| None);
                decision.is_permit()
            })
            .collect();
        let mut mask = Vec::with_capacity(ids.len());
        for block in ids.chunks(BLOCK) {
            let all = self.contents.approach(block.iter().map(Asked::key));
            let places = all.iter().take(block.len());
            mask.extend(places.map(|sought| {
                let entry = sought
                    .as_ref()
                    .and_then(|sought| self.contents.entry(sought));
                entry.is_some_and(|entry| by_entry.get(entry).copied().unwrap_or_default())
            }));
        }
        mask
    }

    #[inline]
    pub(crate) fn answer_for<'s, R: UserRecord + ?Sized>(
        &'s self,
        question: Question<'s, '_, R>,
        subject: &str,
    ) -> Decision<'s> {
        let sought = self.contents.seek(Key::of(subject));
        self.answer_for_sought(question, sought.as_ref())
    }

    #[inline]
    fn answer_for_sought<'s, R: UserRecord + ?Sized>(
        &'s self,
        question: Question<'s, '_, R>,
        sought: Option<&Sought<'_, '_>>,
    ) -> Decision<'s> {
        match sought.and_then(|sought| self.contents.find(sought)) {
            Some((Entry { first, rest }, names)) => {
                question.on_weighed(self.gate, first, rest, |place| names.grant(place))
            }
            None => Decision::nothing_on_file(),
        }
    }
}

impl Contents {
    /// `None` when there is more than the machine's memory could ever hold.
    fn of(
        numbers: Vec<Person<u64>>,
        uuids: Vec<Person<u128>>,
        texts: Vec<Person<&str>>,
        dictionary: Vec<Entry>,
        names: Names,
    ) -> Option<Self> {
        let column = |people: &[Person<u128>], width| {
            Column::of(people, width, dictionary.len(), names.len())
        };
        let greatest = numbers.iter().map(|person| person.id).max();
        let number_width = width(greatest.unwrap_or(0).into());
        let numbers = numbers
            .into_iter()
            .map(|person| person.with(mixed(person.id, number_width)));
        let numbers = column(&sorted(numbers), number_width)?;
        let uuids = uuids
            .into_iter()
            .map(|person| person.with(long_mixed(person.id)));
        let uuids = column(&sorted(uuids), u128::BITS)?;

        let text_width = text_width(texts.len());
        let mut texts: Vec<_> = texts
            .into_iter()
            .map(|person| (hashed(person.id, text_width), person))
            .collect();
        texts.sort_unstable_by_key(|(hash, person)| (*hash, person.id));
        let mut text = Vec::new();
        let mut ends = Vec::with_capacity(texts.len());
        for (_, person) in &texts {
            text.extend_from_slice(person.id.as_bytes());
            ends.push(wide(text.len()));
        }
        let text_ends = Packed::of(width(ends.last().copied().unwrap_or(0)), ends.into_iter())?;
        let texts = texts.into_iter().map(|(hash, person)| person.with(hash));
        let texts = column(&texts.collect::<Vec<_>>(), text_width)?;
        Some(Self {
            numbers,
            uuids,
            texts,
            text,
            text_ends,
            dictionary,
            unnamed: 0,
            names,
        })
    }

    /// Where an id is if it is anywhere.
    #[inline]
    fn seek<'i>(&self, key: Key<'i>) -> Option<Sought<'_, 'i>> {
        let (column, mixed, text) = match key {
            Key::Number(number) => {
                let width = self.numbers.ids.width();
                // A number that is wider than the widest is nobody's.
                let is_within = number.checked_shr(width).unwrap_or(0) == 0;
                let mixed = is_within.then(|| mixed(number, width))?;
                (&self.numbers, mixed, None)
            }
            Key::Uuid(uuid) => (&self.uuids, long_mixed(uuid), None),
            Key::Text(text) => {
                let mixed = hashed(text, self.texts.ids.width());
                (&self.texts, mixed, Some(text))
            }
        };
        let bucket = column.ids.bucket(mixed)?;
        Some(Sought {
            column,
            bucket,
            text,
        })
    }

    #[inline]
    fn place(&self, sought: &Sought<'_, '_>) -> Option<usize> {
        let mut places = sought.column.ids.find(&sought.bucket);
        match sought.text {
            None => places.next(),
            Some(text) => self.place_of_text(places, text.as_bytes()),
        }
    }

    /// The place in the dictionary.
    #[inline]
    fn entry(&self, sought: &Sought<'_, '_>) -> Option<usize> {
        let place = self.place(sought)?;
        usize::try_from(sought.column.entries.get(place)?).ok()
    }

    #[inline]
    fn find(&self, sought: &Sought<'_, '_>) -> Option<(&Entry, NamesFrom<'_>)> {
        let (column, place) = (sought.column, self.place(sought)?);
        let entry = usize::try_from(column.entries.get(place)?).ok()?;
        let names = NamesFrom {
            names: &self.names,
            first: usize::try_from(column.names.get(place)?).ok()?,
        };
        Some((self.dictionary.get(entry)?, names))
    }

    /// Of places whose texts share a number, and are in order, that of the text.
    fn place_of_text(&self, places: Range<usize>, text: &[u8]) -> Option<usize> {
        let end = places.end;
        let place = partition_point(places, |place| self.text_at(place) < Some(text));
        (place < end && self.text_at(place) == Some(text)).then_some(place)
    }

    #[inline]
    fn text_at(&self, place: usize) -> Option<&[u8]> {
        let start = match place.checked_sub(1) {
            None => 0,
            Some(before) => usize::try_from(self.text_ends.get(before)?).ok()?,
        };
        let end = usize::try_from(self.text_ends.get(place)?).ok()?;
        self.text.get(start..end)
    }

    /// Seeks many, at most a block of them, and brings near what is known of them.
    ///
    /// What comes first for each is read before what comes second for any, and nothing waits for
    /// what was read, so that the waits for memory overlap.
    #[inline]
    fn approach<'i>(&self, keys: impl Iterator<Item = Key<'i>>) -> [Option<Sought<'_, 'i>>; BLOCK] {
        let mut all = [None; BLOCK];
        for (sought, key) in all.iter_mut().zip(keys) {
            *sought = self.seek(key);
        }
        let mut touched = 0;
        let mut are_texts = false;
        for sought in all.iter().flatten() {
            touched ^= sought.column.touch(&sought.bucket);
            if sought.text.is_some() {
                touched ^= self.text_ends.touch(sought.bucket.start);
                are_texts = true;
            }
        }
        if are_texts {
            for sought in all.iter().flatten() {
                let text = self.text_at(sought.bucket.start).unwrap_or_default();
                touched ^= text.first().copied().unwrap_or_default();
            }
        }
        black_box(touched);
        all
    }

    /// Whether it could have been made of people: every place that it leads to is there.
    #[cfg(feature = "snapshot-file")]
    fn is_sound(&self) -> bool {
        let columns = [
            (&self.numbers, u64::BITS),
            (&self.uuids, u128::BITS),
            (&self.texts, u64::BITS),
        ];
        let are_sound = columns.into_iter().all(|(column, widest)| {
            let people = column.entries.len();
            column.ids.is_sound(people, widest)
                && column.entries.is_sound()
                && column.names.is_sound()
                && column.names.len() == people
        });
        are_sound && self.text_ends.is_sound() && self.text_ends.len() == self.texts.entries.len()
    }

    fn size_in_bytes(&self) -> usize {
        let entries = self
            .dictionary
            .iter()
            .map(|entry| size_of_val(entry).saturating_add(size_of_val::<[Standing]>(&entry.rest)));
        let columns = [&self.numbers, &self.uuids, &self.texts].map(Column::size_in_bytes);
        let texts = [self.text.len(), self.text_ends.size_in_bytes()];
        let names = self.names.size_in_bytes();
        entries
            .chain(columns)
            .chain(texts)
            .fold(names, usize::saturating_add)
    }
}

impl Column {
    /// Of people in the order of their ids, each of which is mixed into so many bits.
    fn of(people: &[Person<u128>], bits: u32, dictionary: usize, names: usize) -> Option<Self> {
        let bits_for = |length: usize| width(wide(length.saturating_sub(1)));
        let entries = people.iter().map(|person| wide(person.entry));
        let first_names = people.iter().map(|person| wide(person.name));
        // The name of somebody who has none may be the place behind the last one.
        let name_bits = if names == 0 {
            0
        } else {
            bits_for(names.checked_add(1)?)
        };
        Some(Self {
            ids: Table::of(bits, people.iter().map(|person| person.id))?,
            entries: Packed::of(bits_for(dictionary), entries)?,
            names: Packed::of(name_bits, first_names)?,
        })
    }

    #[inline]
    fn touch(&self, bucket: &Bucket) -> u8 {
        let place = bucket.start;
        self.ids.touch(bucket) ^ self.entries.touch(place) ^ self.names.touch(place)
    }

    fn size_in_bytes(&self) -> usize {
        [&self.entries, &self.names]
            .map(Packed::size_in_bytes)
            .into_iter()
            .fold(self.ids.size_in_bytes(), usize::saturating_add)
    }
}

impl<I> Person<I> {
    fn with<J>(self, id: J) -> Person<J> {
        let Self { entry, name, .. } = self;
        Person { id, entry, name }
    }
}

fn sorted(people: impl Iterator<Item = Person<u128>>) -> Vec<Person<u128>> {
    let mut people: Vec<_> = people.collect();
    people.sort_unstable_by_key(|person| person.id);
    people
}

/// How many bits of the number of a text are kept: those that choose a bucket, and a few that tell
/// most of the texts in it apart before their bytes are compared.
fn text_width(texts: usize) -> u32 {
    width(wide(texts)).saturating_add(8).min(u64::BITS)
}

#[inline]
fn hashed(text: &str, width: u32) -> u128 {
    let hash = of_text(text.as_bytes());
    u128::from(
        hash.checked_shr(u64::BITS.saturating_sub(width))
            .unwrap_or(0),
    )
}

/// Names nobody.
impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("gate", self.gate)
            .field("subjects", &self.subjects())
            .field("size_in_bytes", &self.size_in_bytes())
            .finish_non_exhaustive()
    }
}
