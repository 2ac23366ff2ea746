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
//! was made for a gate with the same digest. A checksum is not a signature, so the contents are validated
//! as well: the indices of all tables follow each other without gaps, tags and overflow are sorted,
//! and each index has its entry in every array. All lookups rely on that.

pub(crate) mod asked;
pub(crate) mod contents;
pub(crate) mod embedded;
#[cfg(feature = "snapshot-file")]
pub(crate) mod file;
mod instants;
mod kinds;
mod packed;
mod table;

use std::fmt;
use std::hint::select_unpredictable;

use time::UtcDateTime;

use crate::decision::admit::{Ask, Asks, GatedSource, admit_by, decide_by};
use crate::decision::answer::Decision;
#[cfg(feature = "decision-table")]
use crate::decision::assessment::GrantAssessment;
use crate::decision::consented::Decided;
use crate::decision::question::{BLOCK, BatchLookup, Question, Subject};
use crate::gate::{Gate, Replay};
use crate::ledger::Ledger;
use crate::row::UserRecord;
use crate::storage::subject_key::SubjectKey;
use asked::AskedId;
use contents::{Contents, Entry, prefetch};
use table::NOT_FOUND;

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

    /// The people that are kept, with their indices.
    #[cfg(feature = "decision-table")]
    pub(crate) fn people(&self) -> impl Iterator<Item = (SubjectKey<'_>, usize)> {
        self.contents.people()
    }

    /// The assessments of the grants of the person at an index, or that of having none, and the ids of the
    /// grants where they are kept.
    #[cfg(feature = "decision-table")]
    pub(crate) fn grants_of(
        &self,
        index: usize,
    ) -> impl Iterator<Item = (GrantAssessment, Option<&str>)> {
        self.contents.grants(index)
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
        self.contents.unattributed()
    }

    /// The instant up to which every statement was on file when the snapshot was made:
    /// [`Ledger::complete_through`].
    #[must_use]
    pub fn complete_through(&self) -> Option<UtcDateTime> {
        self.contents.complete_through()
    }

    /// The size of the snapshot in memory, in bytes.
    #[must_use]
    pub fn size_in_bytes(&self) -> usize {
        self.contents.size_in_bytes()
    }

    /// Decides on many rows, which is faster than one at a time: the people of a
    /// block of rows are looked up together, so that the waits for memory overlap. The answers are
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
            self.contents.seek(block, |indices| {
                for index in indices {
                    let row = row(decisions.len());
                    let question = self.question(&row);
                    decisions.push(self.answer_at(question, *index));
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
        let question = self.question(row);
        let instants = &self.contents.instants;
        let passes = |entry: &Entry, number| {
            entry
                .answer(question, instants, number, |_| None)
                .is_permit()
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
        // An id that is not found has an index of its own, so that no branch depends on it.
        let (last, nobody) = (self.subjects().saturating_sub(1), by_entry.len());
        let mut mask = Vec::with_capacity(ids.len());
        if let Some(answer) = instants.alike(&by_entry) {
            for block in ids.chunks(BLOCK) {
                self.contents.find(block, |indices| {
                    mask.extend(indices.iter().map(|index| answer && *index != NOT_FOUND));
                });
            }
            return mask;
        }
        for block in ids.chunks(BLOCK) {
            self.contents.find(block, |indices| {
                prefetch(indices, [&self.contents.entries, instants.numbers()]);
                let asked = mask.len();
                mask.extend(indices.iter().map(|index| {
                    let known = *index.min(&last);
                    let entry = self.contents.entry(known).unwrap_or(nobody);
                    let entry = select_unpredictable(*index == NOT_FOUND, nobody, entry);
                    instants.number(known) < by_entry.get(entry).copied().unwrap_or_default()
                }));
                if instants.has_several() {
                    for (passing, index) in mask.iter_mut().skip(asked).zip(indices) {
                        if let Some((entry, _)) = self.contents.known(*index)
                            && entry.is_of_several_instants()
                        {
                            *passing = passes(entry, instants.number(*index));
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
        let index = index.unwrap_or_else(|| self.contents.index(SubjectKey::of(subject.id)));
        self.answer_at(self.question(row), index)
    }

    #[inline]
    fn question<'s, 'q, R: UserRecord + ?Sized>(&'s self, row: &'q R) -> Question<'s, 'q, R> {
        let question = Question::of(self.asker.terms(), row);
        question.complete_through(self.contents.complete_through())
    }

    #[inline]
    fn answer_at<'s, R: UserRecord + ?Sized>(
        &'s self,
        question: Question<'s, '_, R>,
        index: usize,
    ) -> Decision<'s> {
        match self.contents.known(index) {
            Some((entry, names)) => {
                let instants = &self.contents.instants;
                let number = instants.number(index);
                entry.answer(question, instants, number, |index| names.grant(index))
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

    #[cfg(feature = "arrow")]
    fn snapshot(&self) -> Option<&'g Snapshot<Q>> {
        Some(self)
    }

    #[inline]
    fn batch_lookup(&self) -> Option<&'g dyn BatchLookup> {
        (*self).batch_lookup()
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
