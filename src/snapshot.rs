//! A snapshot: what one gate needs of a ledger, compiled for fast lookups.
//!
//! Everything in a decision that does not depend on the row is evaluated once per person, when the
//! snapshot is made. What is left for a row is to find the person and to compare a few integers.
//!
//! # Data layout
//!
//! Each person has an index: first come the people whose ids are decimal numbers, then those with
//! UUIDs, then all others. Everything that is known of people is stored by that index, in arrays of
//! integers that are packed bit by bit ([`packed`]):
//!
//! - a number that refers to an entry of a **dictionary** of assessments, which many people share;
//! - the number of their first **instant** from which a grant covers data ([`instants`]), because
//!   hardly two people consent at the same instant;
//! - the number of their first **record id**, unless only grants are kept.
//!
//! # Finding a person
//!
//! For each kind of id there is a hash table ([`table`], [`kinds`]). Its **buckets** are cache lines
//! of 64 bytes, which contain up to fifteen **tags** of 32 bits in ascending order, and a header with
//! the index of the first person in it. The position of a tag thus gives the index of a person, which
//! need not be stored. The **load** is 14 ids a bucket on average. Ids that find their bucket full, or
//! their tag taken, go on to one of up to five **levels**, which are tables with other mixing
//! factors, and finally to the **overflow**, a sorted list. The header tells for each sixteenth of the
//! tags whether an id went on, so that most lookups end on the first level.
//!
//! # Why a false match is impossible
//!
//! An id is mixed into a number of 64 bits, which is multiplied with the number of buckets. The upper
//! half of the product is the bucket, and the top of the lower half the tag. Both together are not
//! the id, so the **remainder** is stored as well, and compared:
//!
//! - Numbers are mixed by a bijection. The remainder is the part of the product below the tag, without
//!   bits that are the same for all numbers or follow from the number of buckets. On a level of at
//!   least 2^k buckets, with numbers of at most w bits, it has w − 32 − k bits, or none.
//! - For UUIDs, one half is mixed into the other. The remainder is the product below the tag, 32 − k
//!   bits, and the unmixed half of 64 bits.
//! - The remainder of any other text is the text.
//!
//! Bucket, tag and remainder determine the id. No lookup relies on hashes being different.
//!
//! # Cost
//!
//! Buckets take about 4.6 bytes a person, to which the remainder and the packed numbers are added; how
//! wide the latter are depends on how many different assessments, instants and record ids there are.
//! Record ids take their text and about two bytes each.
//!
//! The factors are public, so anyone who can choose ids can choose some that collide. Such ids fill
//! the levels and end up in the overflow, where they are found by a binary search. A lookup therefore
//! costs at most five probes and a logarithm, whatever the ids are. A batch is looked up step by step
//! for all of its ids without branches in between, so that the waits for memory overlap.
//!
//! # Loading
//!
//! A file is read only if its format version is known, its length and its checksum are right, and it
//! was made for a gate with the same digest. A checksum is no signature, so the contents are validated
//! as well: the indices of all tables follow each other without gaps, tags and overflow are sorted,
//! and each index has its entry in every array. All lookups rely on that.

pub(crate) mod embedded;
#[cfg(feature = "snapshot-file")]
pub(crate) mod file;
mod instants;
mod kinds;
mod packed;
mod table;

use std::collections::HashMap;
use std::fmt;
use std::hint::select_unpredictable;

use crate::decision::admit::{Ask, Asks, GatedSource, admit_by, decide_by};
use crate::decision::answer::Decision;
use crate::decision::assessment::{Assessed, GrantAssessment};
use crate::decision::consented::Decided;
use crate::decision::question::{BLOCK, BatchLookup, Question, Subject};
use crate::gate::{Gate, Replay};
use crate::ledger::Ledger;
use crate::row::UserRecord;
use crate::rules::Terms;
use crate::storage::record_ids::{RecordIdRef, RecordIds};
use crate::storage::subject_key::SubjectKey;
use instants::{InstantCollector, Instants};
use kinds::{EntryIndex, Known, Numbers, Person, RecordIdIndex, Texts, Uuids};
use packed::{Packed, Packing, width};
use table::{NOT_FOUND, Selected, find_many, find_one, prefetch_all};

/// Everything that one gate needs of a [`Ledger`]: each person's records assessed once, to be asked
/// about many rows. It needs the ledger no longer, and decides exactly as the gate on the ledger
/// does.
///
/// It owns a clone of its gate and borrows nothing, so it fits in an `Arc`, in a `static` and in a
/// task, and it is asked alone: [`decide`](Self::decide), [`admit`](Self::admit), and
/// `rows.consented(&snapshot)` with the adapters. `Snapshot<Replay>`, which
/// [`new`](Self::new) makes of a [`Replay`], decides and lets no row pass.
///
/// Assessments, of which most people share few, are kept once. Ids that are decimal numbers up to
/// 2^64 − 1, or UUIDs in their usual form, take less room than they would take as numbers, other
/// texts are kept as they are. No id is ever taken for another one: all of it is compared.
///
/// ```
/// use std::sync::Arc;
///
/// use consent_gate::{Gate, Ledger, Purposes, Snapshot, UserRecord};
/// use time::macros::utc_datetime;
///
/// struct Post;
/// impl UserRecord for Post {}
///
/// fn load() -> Result<Arc<Snapshot>, consent_gate::GateError> {
///     let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
///     Ok(Arc::new(Snapshot::new(&gate, &Ledger::new())))
/// }
///
/// let snapshot = load()?;
/// assert_eq!(snapshot.gate().trainer().as_str(), "acme");
/// assert!(!snapshot.decide(&Post).is_permit());
/// # Ok::<(), consent_gate::GateError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot<Q = Gate> {
    asker: Q,
    contents: Contents,
}

/// An id that a snapshot can be asked about without writing it down as a text first: `u64` for its
/// decimal digits, 16 bytes for the usual form of the UUID that they are, and texts.
pub trait AskedId: Asked {}

impl<T: Asked> AskedId for T {}

/// Not nameable outside the crate, so that an id is read in one way.
pub trait Asked: Copy {
    /// Finds the indices of ids, at most a block of them. `places` is as long as `ids`.
    fn find(ids: &[Self], contents: &Contents, places: &mut [usize]);
}

impl Asked for u64 {
    #[inline]
    fn find(ids: &[Self], contents: &Contents, places: &mut [usize]) {
        find_many(&contents.numbers, ids, places);
    }
}

impl Asked for [u8; 16] {
    #[inline]
    fn find(ids: &[Self], contents: &Contents, places: &mut [usize]) {
        let mut uuids = [0; BLOCK];
        for (uuid, id) in uuids.iter_mut().zip(ids) {
            *uuid = u128::from_be_bytes(*id);
        }
        if let Some(uuids) = uuids.get(..ids.len()) {
            find_many(&contents.uuids, uuids, places);
        }
    }
}

impl Asked for &str {
    #[inline]
    fn find(ids: &[Self], contents: &Contents, places: &mut [usize]) {
        let mut numbers = Selected::<u64, BLOCK>::new();
        let mut uuids = Selected::<u128, BLOCK>::new();
        let mut texts = Selected::<&str, BLOCK>::new();
        let ends = ids.iter().map(|id| match id.as_bytes() {
            [] => 0,
            [one] => *one,
            [first, .., last] => first ^ last,
        });
        prefetch_all(ends);
        for ((at, id), place) in (0..).zip(ids).zip(&mut *places) {
            *place = NOT_FOUND;
            match SubjectKey::of(id) {
                SubjectKey::Number(id) => numbers.push_if(true, at, id),
                SubjectKey::Uuid(id) => uuids.push_if(true, at, id),
                SubjectKey::Text(id) => texts.push_if(true, at, id),
            }
        }
        numbers.find(&contents.numbers, places);
        uuids.find(&contents.uuids, places);
        texts.find(&contents.texts, places);
    }
}

/// All but the gate. Numbers have the first indices, then come UUIDs, then other texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub struct Contents {
    numbers: Numbers,
    uuids: Uuids,
    texts: Texts,
    /// The assessment of the person at each index, as an index of the dictionary.
    entries: Packed,
    /// The index in `names` of the first grant of each person.
    first_names: Packed,
    /// The instants from which their grants cover data, where the entries have none.
    instants: Instants,
    dictionary: Vec<Entry>,
    /// The number of records that could not be read and name no subject.
    unattributed: u64,
    /// The ids of grants, those of one person next to each other. Empty when only grants are kept.
    names: RecordIds,
}

/// The assessments of a person's grants, without the instants of their own. Many people share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    first: GrantAssessment,
    rest: Box<[GrantAssessment]>,
}

impl Entry {
    /// Returns true if the instants of several grants are stored elsewhere.
    fn is_of_several_instants(&self) -> bool {
        let mut all = std::iter::once(&self.first).chain(&self.rest);
        !self.rest.is_empty() && all.any(GrantAssessment::starts_elsewhere)
    }

    /// Tells what the grants of the one who has this number are worth.
    #[inline]
    fn with_instants<T>(
        &self,
        instants: &Instants,
        number: u128,
        tell: impl FnOnce(&GrantAssessment, &[GrantAssessment]) -> T,
    ) -> T {
        let Self { first, rest } = self;
        let (alone, all);
        let (first, rest) = if rest.is_empty() {
            alone = instants.restore(first, number);
            (&alone, &[][..])
        } else {
            all = instants.restore_all(first, rest, number);
            all.split_first().unwrap_or((first, rest))
        };
        tell(first, rest)
    }
}

/// The names of the grants of a person, from the first.
#[derive(Clone, Copy)]
struct NamesFrom<'s> {
    names: &'s RecordIds,
    first: usize,
}

impl<'s> NamesFrom<'s> {
    #[inline]
    fn grant(self, place: usize) -> Option<RecordIdRef<'s>> {
        self.names.at(self.first.checked_add(place)?)
    }
}

impl Snapshot {
    /// Assesses everyone's records for one gate, and keeps of them only the grants that some row
    /// may pass by: the smallest form.
    ///
    /// The same rows pass. A permit names no grant; the ledger says which one it is. A denial of
    /// someone without such a grant has R1 alone as its reason, and one of anyone else has the
    /// reasons that keep the row from passing by one of these.
    #[must_use]
    pub fn of_grants_only(gate: &Gate, ledger: &Ledger) -> Self {
        Self {
            asker: gate.clone(),
            contents: Contents::compile(gate.terms(), ledger, false),
        }
    }

    /// The gate that it was made for.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.asker
    }

    /// Decides on a row and takes it: a row that passes comes back as a
    /// [`Consented`](crate::Consented).
    #[inline]
    pub fn admit<R: UserRecord>(&self, row: R) -> Decided<'_, R> {
        admit_by(&self, row, None, |_| {})
    }
}

impl Snapshot<Replay> {
    /// The replay that it was made for.
    #[must_use]
    pub const fn replay(&self) -> &Replay {
        &self.asker
    }
}

impl Contents {
    /// From this number of people on the contents no longer fit into the caches of a processor, and
    /// people are looked up faster in batches than one at a time (measured).
    const LARGE: usize = 1 << 18;

    /// Returns true if it pays to read rows ahead.
    #[inline]
    pub(crate) fn is_large(&self) -> bool {
        self.subjects() >= Self::LARGE
    }

    #[inline]
    fn subjects(&self) -> usize {
        self.entries.len()
    }

    fn compile(terms: &Terms, ledger: &Ledger, with_reasons: bool) -> Self {
        let mut dictionary = HashMap::new();
        let mut entries = Vec::new();
        let mut instants = InstantCollector::default();
        let mut names = RecordIds::default();
        let mut are_named = true;
        let (mut numbers, mut uuids, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (subject, records, readability) in ledger.people() {
            let judged = Assessed::of(terms, records, readability);
            let first_record_id = RecordIdIndex(names.len());
            let mut all = std::iter::once(judged.first()).chain(judged.rest());
            let entry = if with_reasons {
                are_named &= judged
                    .grants()
                    .all(|name| names.push(name.as_str()).is_some());
                all.next()
                    .map(|first| (*first, all.copied().collect::<Box<[_]>>()))
            } else {
                let mut grants = all.filter(|standing| standing.person.is_empty());
                grants
                    .next()
                    .map(|first| (*first, grants.copied().collect()))
            };
            let Some((mut first, mut rest)) = entry else {
                continue;
            };
            let starts = instants.take(&mut first, &mut rest);
            let entry = dictionary.entry(Entry { first, rest });
            let entry = EntryIndex(*entry.or_insert_with_key(|entry| {
                entries.push(entry.clone());
                entries.len().saturating_sub(1)
            }));
            match subject {
                SubjectKey::Number(id) => numbers.push(Person {
                    id,
                    entry,
                    first_record_id,
                    starts,
                }),
                SubjectKey::Uuid(id) => uuids.push(Person {
                    id,
                    entry,
                    first_record_id,
                    starts,
                }),
                SubjectKey::Text(id) => texts.push(Person {
                    id,
                    entry,
                    first_record_id,
                    starts,
                }),
            }
        }
        // INVARIANT (a permit names only the person's own grants): without room for every grant id
        // the snapshot contains no one, and a person who is not in a snapshot has nothing on file.
        let contents = if are_named {
            Self::of(numbers, uuids, texts, entries, instants, names)
        } else {
            Self::default()
        };
        let unattributed = ledger.unattributed();
        Self {
            unattributed,
            ..contents
        }
    }
}

impl<Q: Asks> Snapshot<Q> {
    /// Assesses everyone's records for one gate, or for one replay. Every subject on file is kept, so
    /// that each denial has its reasons and each permit names its grant.
    #[must_use]
    pub fn new(asker: &Q, ledger: &Ledger) -> Self {
        Self {
            asker: asker.clone(),
            contents: Contents::compile(asker.terms(), ledger, true),
        }
    }

    /// Decides on a row without taking it.
    #[inline]
    pub fn decide<R: UserRecord + ?Sized>(&self, row: &R) -> Decision<'_> {
        decide_by(&self, row, None)
    }

    /// The number of subjects that are kept.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.contents.subjects()
    }

    /// The number of unattributed records when the snapshot was made: [`Ledger::unattributed`].
    #[must_use]
    pub fn unattributed(&self) -> u64 {
        self.contents.unattributed
    }

    /// The size of the snapshot in memory, in bytes.
    #[must_use]
    pub fn size_in_bytes(&self) -> usize {
        self.contents.size_in_bytes()
    }

    /// Decides on many rows, which is faster than one at a time: the people of a block of rows
    /// are looked up in one batch, so that the waits for memory overlap. The answers are
    /// those of [`decide`](Self::decide), in the order of the rows.
    ///
    /// ```
    /// # use consent_gate::{Gate, Ledger, Purposes, Snapshot, UserRecord};
    /// # use time::macros::utc_datetime;
    /// # let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// # let ledger = Ledger::new();
    /// struct Post(&'static str);
    ///
    /// impl UserRecord for Post {
    ///     fn subjects(&self) -> impl Iterator<Item = &str> {
    ///         std::iter::once(self.0)
    ///     }
    /// }
    ///
    /// let snapshot = Snapshot::new(&gate, &ledger);
    /// let decisions = snapshot.decide_batch(&[Post("alice"), Post("bob")]);
    /// assert_eq!(decisions.len(), 2);
    /// assert!(decisions.iter().all(|decision| !decision.is_permit()));
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    pub fn decide_batch<'s, R: UserRecord>(&'s self, rows: &[R]) -> Vec<Decision<'s>> {
        let mut decisions = Vec::with_capacity(rows.len());
        for block in rows.chunks(BLOCK) {
            let firsts = block.iter().map(|row| row.subjects().next());
            let mut rows = block.iter();
            let lookup: &dyn BatchLookup = &self.contents;
            lookup.locate(firsts, |located| {
                let row = rows.next();
                decisions.extend(row.map(|row| decide_by(&self, row, Some(located))));
            });
        }
        decisions
    }

    /// Decides on rows of one subject each, as [`decide_batch`](Self::decide_batch) does, from a
    /// column of ids: numbers, UUIDs or texts. `row` returns the other facts of the row at an
    /// index, counted from 0; its own subjects are ignored.
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
            self.contents.seek(block, |places| {
                for place in places {
                    let row = row(decisions.len());
                    let question = Question::of(self.asker.terms(), &row);
                    decisions.push(self.answer_at(question, *place));
                }
            });
        }
        decisions
    }

    /// Decides on many rows that differ in nothing but the id of their one subject. Returns a mask in
    /// the order of the ids, true for each row that may pass. `row` has the other facts of the rows;
    /// its own subjects are ignored.
    ///
    /// ```
    /// # use consent_gate::{Gate, Ledger, Purposes, Snapshot, UserRecord};
    /// # use time::macros::utc_datetime;
    /// # let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// # let ledger = Ledger::new();
    /// # struct Post;
    /// # impl UserRecord for Post {}
    /// let snapshot = Snapshot::new(&gate, &ledger);
    /// assert_eq!(snapshot.mask_ids(&["alice", "bob"], &Post), [false, false]);
    /// assert_eq!(snapshot.mask_ids(&[7_u64, 12, 4711], &Post), [false; 3]);
    /// # Ok::<(), consent_gate::GateError>(())
    /// ```
    pub fn mask_ids<I: AskedId, R: UserRecord>(&self, ids: &[I], row: &R) -> Vec<bool> {
        let question = Question::of(self.asker.terms(), row);
        let instants = &self.contents.instants;
        let passes = |entry: &Entry, number| {
            entry.with_instants(instants, number, |first, rest| {
                let decision = question.on_grants(first, rest, |_| None);
                decision.is_permit()
            })
        };
        // A person with several instants is decided on separately.
        let by_entry: Vec<u128> = self
            .contents
            .dictionary
            .iter()
            .map(|entry| {
                if entry.is_of_several_instants() {
                    0
                } else {
                    instants.count_passing(|number| passes(entry, number))
                }
            })
            .collect();
        // A person who is not found has an index too, so that no branch depends on who is found.
        let (last, nobody) = (self.subjects().saturating_sub(1), by_entry.len());
        let mut mask = Vec::with_capacity(ids.len());
        if let Some(answer) = instants.alike(&by_entry) {
            for block in ids.chunks(BLOCK) {
                self.contents.find(block, |places| {
                    mask.extend(places.iter().map(|place| answer && *place != NOT_FOUND));
                });
            }
            return mask;
        }
        for block in ids.chunks(BLOCK) {
            self.contents.find(block, |places| {
                prefetch(places, [&self.contents.entries, instants.numbers()]);
                let asked = mask.len();
                mask.extend(places.iter().map(|place| {
                    let known = *place.min(&last);
                    let entry = self.contents.entry(known).unwrap_or(nobody);
                    let entry = select_unpredictable(*place == NOT_FOUND, nobody, entry);
                    instants.number(known) < by_entry.get(entry).copied().unwrap_or_default()
                }));
                if instants.has_several() {
                    for (passing, place) in mask.iter_mut().skip(asked).zip(places) {
                        if let Some((entry, _)) = self.contents.known(*place)
                            && entry.is_of_several_instants()
                        {
                            *passing = passes(entry, instants.number(*place));
                        }
                    }
                }
            });
        }
        mask
    }

    /// The gate or the replay that it was made for.
    #[inline]
    pub(crate) const fn asker(&self) -> &Q {
        &self.asker
    }

    #[inline]
    pub(crate) fn batch_lookup(&self) -> Option<&dyn BatchLookup> {
        let contents: &dyn BatchLookup = &self.contents;
        Some(contents).filter(|_| self.contents.is_large())
    }

    #[inline]
    pub(crate) fn answer_for<R: UserRecord + ?Sized>(
        &self,
        row: &R,
        subject: Subject<'_>,
    ) -> Decision<'_> {
        let index = subject.index;
        let index = index.unwrap_or_else(|| self.contents.place(SubjectKey::of(subject.id)));
        self.answer_at(Question::of(self.asker.terms(), row), index)
    }

    #[inline]
    fn answer_at<'s, R: UserRecord + ?Sized>(
        &'s self,
        question: Question<'s, '_, R>,
        place: usize,
    ) -> Decision<'s> {
        match self.contents.known(place) {
            Some((entry, names)) => {
                let instants = &self.contents.instants;
                entry.with_instants(instants, instants.number(place), |first, rest| {
                    question.on_grants(first, rest, |index| names.grant(index))
                })
            }
            None => Decision::nothing_on_file(),
        }
    }
}

impl<'g, R: UserRecord + ?Sized, Q: Asks> GatedSource<'g, R> for &'g Snapshot<Q> {
    type Asker = Q;
}

impl<'g, R: UserRecord + ?Sized, Q: Asks> Ask<'g, R> for &'g Snapshot<Q> {
    type By = Q;

    #[inline]
    fn asker(&self) -> &'g Q {
        &self.asker
    }

    #[inline]
    fn answer(&self, row: &R, subject: Subject<'_>) -> Decision<'g> {
        self.answer_for(row, subject)
    }

    #[inline]
    fn batch_lookup(&self) -> Option<&'g dyn BatchLookup> {
        (*self).batch_lookup()
    }
}

impl BatchLookup for Contents {
    fn look_up(&self, ids: &[&str], indices: &mut [usize]) {
        self.seek(ids, |found| indices.copy_from_slice(found));
    }
}

/// Reads the values of the columns at these indices, so that the waits for memory overlap.
#[inline]
fn prefetch<const N: usize>(places: &[usize], columns: [&Packed; N]) {
    for column in columns {
        if column.bits() > 0 {
            prefetch_all(places.iter().map(|place| column.touch(*place)));
        }
    }
}

impl Contents {
    fn of(
        numbers: Vec<Person<u64>>,
        uuids: Vec<Person<u128>>,
        texts: Vec<Person<&str>>,
        dictionary: Vec<Entry>,
        instants: InstantCollector,
        names: RecordIds,
    ) -> Self {
        let first_uuid = numbers.len();
        let first_text = first_uuid.saturating_add(uuids.len());
        let people = first_text.saturating_add(texts.len());
        let mut known = Known {
            entries: Packing::new(width(dictionary.len().saturating_sub(1)), people),
            // For a person without grants the index may be the one after the last name.
            first_names: Packing::new(width(names.len()), people),
            instants: instants.encoder(people),
        };
        Self {
            numbers: Numbers::of(numbers, 0, &mut known),
            uuids: Uuids::of(uuids, first_uuid, &mut known),
            texts: Texts::of(texts, first_text, &mut known),
            entries: known.entries.packed(),
            first_names: known.first_names.packed(),
            instants: known.instants.instants(),
            dictionary,
            unattributed: 0,
            names,
        }
    }

    /// The index of a person, or [`NOT_FOUND`].
    #[inline]
    fn place(&self, key: SubjectKey<'_>) -> usize {
        match key {
            SubjectKey::Number(id) => find_one(&self.numbers, id),
            SubjectKey::Uuid(id) => find_one(&self.uuids, id),
            SubjectKey::Text(id) => find_one(&self.texts, id),
        }
    }

    /// Looks up many people, at most [`BLOCK`] of them.
    #[inline]
    fn find<I: Asked>(&self, ids: &[I], tell: impl FnOnce(&[usize])) {
        let mut places = [NOT_FOUND; BLOCK];
        if let Some(places) = places.get_mut(..ids.len()) {
            I::find(ids, self, places);
            tell(places);
        }
    }

    /// Looks up many people, and prefetches what is known of them.
    #[inline]
    fn seek<I: Asked>(&self, ids: &[I], tell: impl FnOnce(&[usize])) {
        self.find(ids, |places| {
            prefetch(
                places,
                [&self.entries, &self.first_names, self.instants.numbers()],
            );
            tell(places);
        });
    }

    /// The index in the dictionary.
    #[inline]
    fn entry(&self, place: usize) -> Option<usize> {
        usize::try_from(self.entries.get(place)?).ok()
    }

    #[inline]
    fn known(&self, place: usize) -> Option<(&Entry, NamesFrom<'_>)> {
        let entry = self.dictionary.get(self.entry(place)?)?;
        let first = usize::try_from(self.first_names.get(place)?).ok()?;
        let names = &self.names;
        Some((entry, NamesFrom { names, first }))
    }

    /// Returns true if it could have been made of people: each index that an id can be found at belongs to
    /// a person, and the data of each person is present. All lookups rely on it.
    #[cfg(feature = "snapshot-file")]
    fn is_valid(&self) -> bool {
        let mut people = 0;
        let mut several = self
            .dictionary
            .iter()
            .filter(|entry| entry.is_of_several_instants());
        self.numbers.is_valid(&mut people)
            && self.uuids.is_valid(&mut people)
            && self.texts.is_valid(&mut people)
            && self.entries.is_valid()
            && self.entries.len() == people
            && (0..people).all(|place| {
                let entry = self
                    .entry(place)
                    .and_then(|entry| self.dictionary.get(entry));
                entry.is_some()
            })
            && self.first_names.is_valid()
            && self.first_names.len() == people
            && self.instants.is_valid(people)
            && (self.instants.has_several() || several.next().is_none())
    }

    fn size_in_bytes(&self) -> usize {
        let entries = self.dictionary.iter().map(|entry| {
            size_of_val(entry).saturating_add(size_of_val::<[GrantAssessment]>(&entry.rest))
        });
        let ids = [
            self.numbers.size_in_bytes(),
            self.uuids.size_in_bytes(),
            self.texts.size_in_bytes(),
        ];
        let known = [&self.entries, &self.first_names].map(Packed::size_in_bytes);
        entries
            .chain(ids)
            .chain(known)
            .chain([self.instants.size_in_bytes()])
            .fold(self.names.size_in_bytes(), usize::saturating_add)
    }
}

/// Names no one.
impl<Q: Asks> fmt::Debug for Snapshot<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("gate", &self.asker)
            .field("subjects", &self.subjects())
            .field("size_in_bytes", &self.size_in_bytes())
            .finish_non_exhaustive()
    }
}
