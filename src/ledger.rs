//! The ledger: every statement of everybody.

mod fields;
mod index;
mod people;
mod templates;

use std::collections::BTreeMap;
use std::fmt;
use std::iter::successors;

use crate::arena::Arena;
use crate::id::Kept;
use crate::key::{KeyBuffer, SubjectKey};
use crate::names::{RecordIdRef, RecordIds};
use crate::record::Times;
use crate::said::Said;
use crate::standing::Readability;
use crate::{ConsentRecord, Evidence, RecordId, SubjectId};
use fields::{Own, seconds};
use index::Index;
use people::{People, Person};
use templates::{Known, Shape, Shapes};

/// Every statement of everybody, append-only, in any order and any number of times.
///
/// What was said once stays: two records that share an id and differ are both kept, and make the
/// subjects of both fail R2.
///
/// It takes some tens of bytes a statement and allocates nothing for one: what many statements
/// have in common is kept once, ids of people that are decimal numbers or UUIDs are kept as
/// numbers, and the rest as a run of bytes. Records come back out exactly as they went in.
///
/// There may be 4,294,967,295 statements, and as many people. What comes after that cannot be
/// kept, and may be a no: R2 fails for everybody then.
///
/// ```
/// # use consent_gate::{ConsentRecord, DenialStatus, Details, Ledger, Statement};
/// # let record = ConsentRecord::new(
/// #     "w1".parse()?,
/// #     "alice".parse()?,
/// #     Statement::Denial { status: DenialStatus::Withdrawn, controller: None, at: None },
/// #     Details::default(),
/// # )?;
/// let ledger: Ledger = [record.clone(), record].into_iter().collect();
/// assert_eq!(ledger.len(), 1);
/// assert_eq!(ledger.records_of("alice").count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Ledger {
    /// The ids of the records, in the order of arrival: the place of a record is that of its id.
    ids: RecordIds,
    /// What else is their own.
    own: Arena,
    shapes: Shapes,
    people: People,
    /// Of records that share an id, the place of the first.
    by_id: Index,
    /// By that place those of the others, which differ from it and from each other.
    rivals: BTreeMap<u32, Vec<u32>>,
    unattributed: u64,
    /// Unreadable when something could not be kept: it may be anybody's no.
    everybody: Readability,
    /// Where the next record is written before it is kept.
    room: Vec<u8>,
}

impl Ledger {
    /// A ledger with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of different records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether nothing at all is known, not even of a record that could not be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.len() == 0 && self.unattributed == 0
    }

    /// The number of subjects, those included of whom only unreadable records are known.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.people.len()
    }

    /// Adds a record. One that is already there changes nothing.
    pub fn insert(&mut self, record: ConsentRecord) {
        let id = record.id().as_str().as_bytes();
        let hash = self.by_id.hash(id);
        let first = self.first_of(hash, id);
        let mut contested = Vec::new();
        if let Some(first) = first {
            for rival in self.of_id(first) {
                if rival == record {
                    return;
                }
                contested.push(rival.subject().clone());
            }
            contested.push(record.subject().clone());
        }
        // INVARIANT (never lose a denial): what cannot be kept keeps everybody from passing.
        match (self.keep(record), first) {
            (None, _) => self.everybody = Readability::Unreadable,
            (Some(place), None) => self.by_id.insert(hash, place),
            (Some(place), Some(first)) => self.rivals.entry(first).or_default().push(place),
        }
        for subject in contested {
            self.mark_unreadable(&subject);
        }
    }

    /// Keeps a record that is not there yet, and gives its place.
    fn keep(&mut self, record: ConsentRecord) -> Option<u32> {
        if self.by_id.is_full() {
            let ids = &self.ids;
            self.by_id
                .widen(ids.iter(), |place, id| ids.bytes(place) == Some(*id));
        }
        let (id, subject, statement, details) = record.into_parts();
        let (shape, times, evidence) = Shape::of(statement, details);
        let shape = self.shapes.number(shape, seconds(times))?;
        let usual = self.shapes.get(shape)?.usual;
        let person = self.people.number(subject.as_str())?;
        let place = self.ids.push(id.as_str())?;
        let mut buffer = KeyBuffer::default();
        let own = Own {
            shape,
            person,
            before: self.people.get(person)?.last,
            times,
            evidence: evidence.as_ref().map_or(&[], |text| {
                SubjectKey::of(text.as_str()).encode(&mut buffer)
            }),
        };
        self.room.clear();
        own.write(place, usual, &mut self.room);
        self.own.push(&self.room)?;
        self.people.set_last(person, place);
        Some(place)
    }

    /// Adds everything that is in another ledger: its records, its marks of what could not be
    /// read, and the number of records that do not even say whom they are about.
    ///
    /// The result is the same as if everything had been inserted here, in any order of merging,
    /// with one exception: the numbers of unattributed records are added up, so those of a ledger
    /// that is merged twice count twice.
    pub fn merge(&mut self, other: &Self) {
        self.extend(other.records());
        for subject in other.unreadable_subjects() {
            self.mark_unreadable(&subject);
        }
        self.unattributed = self.unattributed.saturating_add(other.unattributed);
        if other.everybody == Readability::Unreadable {
            self.everybody = Readability::Unreadable;
        }
    }

    /// Notes that a record of this subject could not be read. It may be a no, so R2 fails for the
    /// subject from now on.
    pub fn mark_unreadable(&mut self, subject: &SubjectId) {
        match self.people.number(subject.as_str()) {
            Some(person) => self.people.mark_unreadable(person),
            None => self.everybody = Readability::Unreadable,
        }
    }

    /// Counts an unattributed record: one that could not be read and names no subject.
    ///
    /// It may be a denial by anyone, and no decision can take it into account. The caller sets a
    /// limit for how many of them are acceptable.
    pub fn mark_unattributed(&mut self) {
        self.unattributed = self.unattributed.saturating_add(1);
    }

    /// The number of unattributed records: those that could not be read and name no subject.
    #[must_use]
    pub fn unattributed(&self) -> u64 {
        self.unattributed
    }

    /// Whether R2 fails for the subject: a record of theirs could not be read, or conflicts with
    /// another of its id.
    #[must_use]
    pub fn is_unreadable(&self, subject: &str) -> bool {
        self.person(subject).1 == Readability::Unreadable
    }

    /// The subjects for whom R2 fails, in no order.
    pub fn unreadable_subjects(&self) -> impl Iterator<Item = SubjectId> {
        let (marked, all) = match self.everybody {
            Readability::AllRead => (Some(self.people.unreadable()), None),
            Readability::Unreadable => (None, Some(self.people.numbers())),
        };
        let numbers = marked
            .into_iter()
            .flatten()
            .chain(all.into_iter().flatten());
        numbers.map(|number| self.subject(number))
    }

    /// Every different record, in the order of arrival.
    pub fn records(&self) -> impl Iterator<Item = ConsentRecord> {
        let all = (0..).zip(self.ids.iter().zip(self.own.iter()));
        all.map(|(place, (id, own))| {
            self.record(
                str::from_utf8(id).unwrap_or_default(),
                self.read(place, own),
            )
        })
    }

    /// The records of one subject, the last to arrive first.
    pub fn records_of(&self, subject: &str) -> impl Iterator<Item = ConsentRecord> + Clone {
        let places = self.chain(self.person(subject).0);
        places.map(|(place, read)| self.record(self.ids.get(place).unwrap_or_default(), read))
    }

    /// How much room it takes in memory, in bytes.
    ///
    /// It is what was asked for: lists that grow have room to spare, which an operating system
    /// need not back with memory.
    #[must_use]
    pub fn size_in_bytes(&self) -> usize {
        let rivals = self.rivals.values().map(|places| {
            let places = places.capacity().saturating_mul(size_of::<u32>());
            places.saturating_add(size_of::<(u32, Vec<u32>)>())
        });
        let parts = [
            self.ids.size_in_bytes(),
            self.own.size_in_bytes(),
            self.shapes.size_in_bytes(),
            self.people.size_in_bytes(),
            self.by_id.size_in_bytes(),
            self.room.capacity(),
        ];
        rivals
            .chain(parts)
            .fold(size_of::<Self>(), usize::saturating_add)
    }

    /// Everybody, in the order in which they became known: who, their records, the last to arrive
    /// first, and whether all of those could be read.
    pub(crate) fn people(
        &self,
    ) -> impl Iterator<Item = (SubjectKey<'_>, impl Iterator<Item = Said<'_>>, Readability)> {
        self.people.iter().filter_map(|(key, person)| {
            let readability = self.everybody.and(person.readability);
            Some((key?, self.said_up_to(person.last), readability))
        })
    }

    /// The records of one subject, and whether all of those could be read.
    pub(crate) fn on_file(
        &self,
        subject: &str,
    ) -> (impl Iterator<Item = Said<'_>> + use<'_>, Readability) {
        let (last, readability) = self.person(subject);
        (self.said_up_to(last), readability)
    }

    /// Whether one of `own` shares its id with a record here that differs from it, and one of the
    /// two is about `subject`.
    pub(crate) fn is_contested_by(&self, own: &[ConsentRecord], subject: &str) -> bool {
        let is_about = |record: &ConsentRecord| record.subject().as_str() == subject;
        own.iter().any(|own| {
            let id = own.id().as_str().as_bytes();
            let first = self.first_of(self.by_id.hash(id), id);
            first.is_some_and(|first| {
                self.of_id(first)
                    .any(|rival| rival != *own && (is_about(&rival) || is_about(own)))
            })
        })
    }

    /// The place of the first record of an id.
    fn first_of(&self, hash: u64, id: &[u8]) -> Option<u32> {
        self.by_id
            .find(hash, |place| self.ids.bytes(place) == Some(id))
    }

    /// The first record of an id, and those that differ from it.
    fn of_id(&self, first: u32) -> impl Iterator<Item = ConsentRecord> {
        let others = self.rivals.get(&first).into_iter().flatten().copied();
        std::iter::once(first).chain(others).map(|place| {
            let read = self.read(place, self.own.get(place).unwrap_or_default());
            self.record(self.ids.get(place).unwrap_or_default(), read)
        })
    }

    /// The last record of a subject, and how readable their records are.
    fn person(&self, subject: &str) -> (Option<u32>, Readability) {
        let person = self.people.find(subject);
        match person.and_then(|number| self.people.get(number)) {
            Some(Person { last, readability }) => (last, self.everybody.and(readability)),
            None => (None, self.everybody),
        }
    }

    fn subject(&self, person: u32) -> SubjectId {
        let key = self.people.key(person);
        SubjectId::kept(&key.map(|key| key.to_text()).unwrap_or_default())
    }

    /// The records of one person from the last one back.
    #[inline]
    fn chain(&self, last: Option<u32>) -> impl Iterator<Item = (u32, Read<'_>)> + Clone + use<'_> {
        let at = |place: u32| {
            (
                place,
                self.read(place, self.own.get(place).unwrap_or_default()),
            )
        };
        successors(last.map(at), move |(_, read)| read.own.before.map(at))
    }

    #[inline]
    fn said_up_to(&self, last: Option<u32>) -> impl Iterator<Item = Said<'_>> + use<'_> {
        self.chain(last).map(|(index, Read { shape, own })| {
            let id = RecordIdRef::Stored {
                index,
                ids: &self.ids,
            };
            let shape = (&shape.statement, &shape.details);
            Said::kept(id, shape, own.times, !own.evidence.is_empty())
        })
    }

    /// What is kept of the record at a place.
    ///
    /// INVARIANT (never lose a denial): what cannot be read, which never happens, is a no to
    /// everything.
    #[inline]
    fn read<'a>(&'a self, place: u32, bytes: &'a [u8]) -> Read<'a> {
        self.try_read(place, bytes).unwrap_or_else(Read::no)
    }

    #[inline]
    fn try_read<'a>(&'a self, place: u32, bytes: &'a [u8]) -> Option<Read<'a>> {
        let (number, written) = Own::shape(bytes)?;
        let Known { shape, usual } = self.shapes.get(number)?;
        let own = written.read(place, number, shape.no_times(), *usual)?;
        Some(Read { shape, own })
    }

    /// The record again, as it went in.
    fn record(&self, id: &str, Read { shape, own }: Read<'_>) -> ConsentRecord {
        let evidence = (!own.evidence.is_empty()).then(|| {
            let key = SubjectKey::decode(own.evidence);
            Evidence::kept(&key.map(|key| key.to_text()).unwrap_or_default())
        });
        let (statement, details) = shape.with(own.times, evidence);
        let id = RecordId::kept(id);
        ConsentRecord::of_parts(id, self.subject(own.person), statement, details)
    }
}

/// What is kept of a record beside its id.
#[derive(Clone, Copy)]
struct Read<'a> {
    shape: &'a Shape,
    own: Own<'a>,
}

impl Read<'_> {
    fn no() -> Self {
        let own = Own {
            shape: 0,
            person: 0,
            before: None,
            times: Times::default(),
            evidence: &[],
        };
        let shape = Shape::no();
        Self { shape, own }
    }
}

/// Names nobody.
impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("len", &self.len())
            .field("subjects", &self.subjects())
            .field("unattributed", &self.unattributed)
            .field("size_in_bytes", &self.size_in_bytes())
            .finish_non_exhaustive()
    }
}

impl Extend<ConsentRecord> for Ledger {
    fn extend<I: IntoIterator<Item = ConsentRecord>>(&mut self, records: I) {
        records.into_iter().for_each(|record| self.insert(record));
    }
}

impl FromIterator<ConsentRecord> for Ledger {
    fn from_iter<I: IntoIterator<Item = ConsentRecord>>(records: I) -> Self {
        let mut ledger = Self::new();
        ledger.extend(records);
        ledger
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::MOST;
    use crate::{BlankText, DenialStatus, Details, RecordError, Statement};

    fn no(number: usize) -> Result<ConsentRecord, Box<dyn std::error::Error>> {
        let statement = Statement::Denial {
            status: DenialStatus::Refused,
            controller: None,
            at: None,
        };
        let (id, subject) = (format!("r{number}").parse()?, format!("p{}", number / 2));
        let record = ConsentRecord::new(id, subject.parse()?, statement, Details::default());
        record.map_err(RecordError::into)
    }

    #[test]
    fn a_statement_too_many_keeps_everybody_from_passing() -> Result<(), Box<dyn std::error::Error>>
    {
        let mut ledger = Ledger::new();
        for number in 0..MOST {
            ledger.insert(no(number)?);
        }
        ledger.insert(no(7)?);
        assert_eq!((ledger.len(), ledger.is_unreadable("p1")), (MOST, false));
        assert!(!ledger.is_unreadable("nobody"));
        ledger.insert(no(MOST)?);
        assert_eq!(ledger.len(), MOST);
        assert!(ledger.is_unreadable("p1") && ledger.is_unreadable("nobody"));
        assert_eq!(ledger.unreadable_subjects().count(), ledger.subjects());
        assert!(
            ledger
                .people()
                .all(|(_, _, each)| each == Readability::Unreadable)
        );
        let mut merged = Ledger::new();
        merged.merge(&ledger);
        assert!(merged.is_unreadable("nobody"));
        Ok(())
    }

    #[test]
    fn a_person_too_many_keeps_everybody_from_passing() -> Result<(), BlankText> {
        let mut ledger = Ledger::new();
        for number in 0..MOST {
            ledger.mark_unreadable(&number.to_string().parse()?);
        }
        assert!(!ledger.is_unreadable("one more"));
        ledger.mark_unreadable(&"one more".parse()?);
        assert!(ledger.is_unreadable("another"));
        Ok(())
    }

    #[test]
    fn what_cannot_be_read_again_is_a_no_to_everything() {
        let ledger = Ledger::new();
        let Read { shape, own } = ledger.read(0, b"\xFF");
        assert_eq!(shape, Shape::no());
        assert_eq!((own.times, own.before), (Times::default(), None));
    }
}
