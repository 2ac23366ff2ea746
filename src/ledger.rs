//! The ledger: all statements of all people.
//!
//! A real dataset has millions of statements that differ in little: the same notice, the same
//! purposes, the same controller. So a record is stored in three parts.
//!
//! - Its **template** is the statement and the details without instants and evidence. Equal templates
//!   are stored once, and a record refers to one by number ([`templates`]).
//! - Its **fields** are what records rarely share: the person, the instants, the evidence, and the
//!   index of the person's previous record. They are encoded as varints of differences to values
//!   that are close: the record's own index, and the instants of the first record with the same
//!   template ([`fields`]).
//! - Its **id** is a text.
//!
//! Fields and ids are runs of bytes in two arenas, where the index of a record is its number in the
//! order of arrival. A person has a number as well, and refers to their last record ([`people`]). The
//! records of a person are a linked list from there back to the first. Hash indices of five bytes a
//! slot lead from the id of a record, from the id of a subject and from a template to its number
//! ([`index`]). They are keyed at random, so that ids cannot be chosen to collide.
//!
//! Two rules keep this from ever losing a denial. A record that cannot be stored, because there is no
//! number left for it, makes everyone unreadable (R2). A record that cannot be decoded, which does
//! not happen, is read as a denial of everything.

mod aliases;
pub(crate) mod embedded;
mod fields;
mod index;
#[cfg(feature = "near-misses")]
pub(crate) mod near_misses;
mod people;
mod rivals;
mod templates;

use std::fmt;
use std::iter::successors;

use time::UtcDateTime;

use crate::decision::answer::Decision;
use crate::decision::on_file::OnFile;
use crate::decision::question::{Question, Subject};
use crate::decision::source::{Answer, ConsentSource};
use crate::record::view::RecordView;
use crate::record::{ConsentRecord, Times};
use crate::row::UserRecord;
use crate::rules::readability::Readability;
use crate::storage::arena::Arena;
use crate::storage::groups::Groups;
use crate::storage::record_ids::{RecordIdRef, RecordIds};
use crate::storage::subject_key::{KeyBuffer, SubjectKey};
use crate::vocabulary::id::{Evidence, Kept, RecordId, SubjectId};
use fields::{Fields, seconds};
use index::Index;
use people::{People, Person};
use rivals::Rivals;
use templates::{Template, TemplateEntry, Templates};

/// All statements of all people: append-only, in any order, any number of times.
///
/// Nothing is ever removed. Two different records with the same id are both stored, and R2 fails for
/// the subjects of both.
///
/// A statement takes some tens of bytes and no allocation of its own: what many statements have in
/// common is stored once, subject ids that are decimal numbers or UUIDs are stored as numbers, and
/// everything else is stored as a run of bytes. Records come out exactly as they went in.
///
/// A ledger holds up to 4,294,967,295 statements, and as many people. Anything beyond that cannot be
/// stored and may be a denial, so R2 then fails for everyone.
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
    /// The ids of the records, in the order of arrival. The index of an id is that of its record.
    ids: RecordIds,
    /// The encoded fields of the records, in the same order.
    fields: Arena,
    templates: Templates,
    people: People,
    /// Maps the id of a record to the index of the first record with it.
    by_id: Index,
    /// The other records with the id of such a first record.
    rivals: Rivals,
    /// The people who go by several names, by their numbers.
    aliases: Groups<u32>,
    /// The instant up to which every statement is on file, where it is stated.
    complete_through: Option<UtcDateTime>,
    unattributed: u64,
    /// Unreadable if something could not be stored, which may be a denial by anyone.
    all_subjects: Readability,
    /// A buffer in which the fields of the next record are encoded.
    scratch: Vec<u8>,
}

impl Ledger {
    /// Creates an empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of different records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether nothing at all is known, not even of a record that could not be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.len() == 0 && self.unattributed == 0
    }

    /// States that every statement made up to this instant is on file, which a gate with a
    /// [maximum lag](crate::GateBuilder::max_lag) asks for (R19). Without it, such a gate lets nothing
    /// pass.
    ///
    /// ```
    /// use consent_gate::{Ledger, parse_instant};
    ///
    /// let mut ledger = Ledger::new();
    /// assert_eq!(ledger.complete_through(), None);
    /// let at = parse_instant("2024-11-01T00:00:00Z")?;
    /// ledger.set_complete_through(at);
    /// assert_eq!(ledger.complete_through(), Some(at));
    /// # Ok::<(), consent_gate::InvalidInstant>(())
    /// ```
    pub fn set_complete_through(&mut self, at: UtcDateTime) {
        self.complete_through = Some(at);
    }

    /// The instant up to which every statement is on file, where it is stated.
    #[must_use]
    pub fn complete_through(&self) -> Option<UtcDateTime> {
        self.complete_through
    }

    /// The number of subjects, including those of whom only unreadable records or other names are
    /// known.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.people.len()
    }

    /// Adds a record. A record that is already stored changes nothing, and a different one with the
    /// same id makes R2 fail for the subjects of both.
    ///
    /// ```
    /// # use consent_gate::{ConsentRecord, DenialStatus, Details, Ledger, Statement};
    /// # let statement = Statement::Denial { status: DenialStatus::Withdrawn, controller: None, at: None };
    /// # let withdrawal = |id: &str, subject: &str| -> Result<_, Box<dyn std::error::Error>> {
    /// #     let statement = statement.clone();
    /// #     Ok(ConsentRecord::new(id.parse()?, subject.parse()?, statement, Details::default())?)
    /// # };
    /// let mut ledger = Ledger::new();
    /// ledger.insert(withdrawal("w1", "alice")?);
    /// ledger.insert(withdrawal("w1", "alice")?);
    /// assert_eq!((ledger.len(), ledger.is_unreadable("alice")), (1, false));
    /// ledger.insert(withdrawal("w1", "bob")?);
    /// assert!(ledger.is_unreadable("alice") && ledger.is_unreadable("bob"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn insert(&mut self, record: ConsentRecord) {
        let id = record.id().as_str().as_bytes();
        let hash = self.by_id.hash(id);
        let Some(first) = self.first_with_id(hash, id) else {
            // INVARIANT (never lose a denial): a record that cannot be stored makes everyone
            // unreadable.
            match self.keep(record) {
                Some(index) => self.by_id.insert(hash, index),
                None => self.all_subjects = Readability::Unreadable,
            }
            return;
        };
        let rival = self.at(first);
        if rival == record {
            return;
        }
        let hash = self.by_id.hash(&record);
        let mut known = self.rivals.with_hash(first, hash);
        if known.any(|index| self.at(index) == record) {
            return;
        }
        drop(known);
        let subject = record.subject().clone();
        match self.keep(record) {
            Some(index) => self.rivals.add(first, hash, index),
            None => self.all_subjects = Readability::Unreadable,
        }
        self.mark_unreadable(rival.subject());
        self.mark_unreadable(&subject);
    }

    /// Stores a record that is not stored yet, and returns its index.
    fn keep(&mut self, record: ConsentRecord) -> Option<u32> {
        if self.by_id.is_full() {
            let ids = &self.ids;
            self.by_id
                .grow(ids.iter(), |index, id| ids.bytes(index) == Some(*id));
        }
        let (id, subject, statement, details) = record.into_parts();
        let (template, times, evidence) = Template::of(statement, details);
        let template = self.templates.number(template, seconds(times))?;
        let baseline = self.templates.get(template)?.baseline;
        if self.ids.is_full() {
            return None;
        }
        let person = self.people.number(subject.as_str())?;
        let index = self.ids.push(id.as_str())?;
        let mut buffer = KeyBuffer::default();
        let fields = Fields {
            template,
            person,
            previous: self.people.get(person)?.last,
            times,
            evidence: evidence.as_ref().map_or(&[], |text| {
                SubjectKey::of(text.as_str()).encode(&mut buffer)
            }),
        };
        self.scratch.clear();
        fields.write(index, baseline, &mut self.scratch);
        self.fields.push(&self.scratch)?;
        self.people.set_last(person, index);
        Some(index)
    }

    /// Adds everything that another ledger contains: its records, its marks of unreadable subjects,
    /// and the number of its unattributed records.
    ///
    /// The result is the same as if everything had been inserted here, in any order of merging,
    /// with two exceptions. The numbers of unattributed records are added up, so those of a ledger
    /// that is merged twice count twice. The result is complete through the earlier of the two
    /// instants that the ledgers state, and states none if either states none.
    ///
    /// ```
    /// # use consent_gate::{ConsentRecord, DenialStatus, Details, Ledger, Statement};
    /// # let statement = Statement::Denial { status: DenialStatus::Withdrawn, controller: None, at: None };
    /// # let withdrawal = |id: &str, subject: &str| -> Result<_, Box<dyn std::error::Error>> {
    /// #     let statement = statement.clone();
    /// #     Ok(ConsentRecord::new(id.parse()?, subject.parse()?, statement, Details::default())?)
    /// # };
    /// let mut ledger = Ledger::from_iter([withdrawal("w1", "alice")?]);
    /// let other = Ledger::from_iter([withdrawal("w1", "alice")?, withdrawal("w2", "bob")?]);
    /// ledger.merge(&other);
    /// assert_eq!((ledger.len(), ledger.subjects()), (2, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge(&mut self, other: &Self) {
        self.extend(other.records());
        for subject in other.unreadable_subjects() {
            self.mark_unreadable(&subject);
        }
        self.merge_aliases(other);
        let both = self.complete_through.zip(other.complete_through);
        self.complete_through = both.map(|(one, other)| one.min(other));
        self.unattributed = self.unattributed.saturating_add(other.unattributed);
        if other.all_subjects == Readability::Unreadable {
            self.all_subjects = Readability::Unreadable;
        }
    }

    /// Records that a statement of this subject could not be read. It may be a denial, so R2 fails
    /// for the subject from now on.
    ///
    /// ```
    /// # use consent_gate::Ledger;
    /// let mut ledger = Ledger::new();
    /// ledger.mark_unreadable(&"alice".parse()?);
    /// assert!(ledger.is_unreadable("alice"));
    /// assert!(!ledger.is_unreadable("bob"));
    /// # Ok::<(), consent_gate::BlankText>(())
    /// ```
    pub fn mark_unreadable(&mut self, subject: &SubjectId) {
        match self.people.number(subject.as_str()) {
            Some(person) => self.people.mark_unreadable(person),
            None => self.all_subjects = Readability::Unreadable,
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

    /// Returns whether R2 fails for the subject: one of their records could not be read, or conflicts
    /// with another one of the same id.
    #[must_use]
    pub fn is_unreadable(&self, subject: &str) -> bool {
        self.readability(subject) == Readability::Unreadable
    }

    /// The subjects for whom R2 fails, in no particular order.
    pub fn unreadable_subjects(&self) -> impl Iterator<Item = SubjectId> {
        let (marked, all) = match self.all_subjects {
            Readability::AllRead => (Some(self.unreadable()), None),
            Readability::Unreadable => (None, Some(self.people.numbers())),
        };
        let numbers = marked
            .into_iter()
            .flatten()
            .chain(all.into_iter().flatten());
        numbers.map(|number| self.subject(number))
    }

    /// All different records, in the order of arrival.
    pub fn records(&self) -> impl Iterator<Item = ConsentRecord> {
        let all = (0..).zip(self.ids.iter().zip(self.fields.iter()));
        all.map(|(index, (id, fields))| {
            self.record(
                str::from_utf8(id).unwrap_or_default(),
                self.read(index, fields),
            )
        })
    }

    /// The records of one subject, the last to arrive first.
    ///
    /// They are not a source: a gate that is asked about them does not know which records could not be
    /// read and which are in conflict. A closure returns [`on_file`](Self::on_file).
    ///
    /// ```
    /// # use consent_gate::{ConsentRecord, DenialStatus, Details, Ledger, Statement};
    /// # let statement = Statement::Denial { status: DenialStatus::Withdrawn, controller: None, at: None };
    /// # let withdrawal = |id: &str, subject: &str| -> Result<_, Box<dyn std::error::Error>> {
    /// #     let statement = statement.clone();
    /// #     Ok(ConsentRecord::new(id.parse()?, subject.parse()?, statement, Details::default())?)
    /// # };
    /// let ledger = Ledger::from_iter([withdrawal("w1", "alice")?, withdrawal("w2", "alice")?]);
    /// let ids: Vec<_> = ledger.records_of("alice").map(|record| record.id().to_string()).collect();
    /// assert_eq!(ids, ["w2", "w1"]);
    /// assert_eq!(ledger.records_of("bob").count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn records_of(&self, subject: &str) -> impl Iterator<Item = ConsentRecord> + Clone {
        let indices = self.back_from(self.last(subject));
        indices.map(|(index, read)| self.record(self.ids.get(index).unwrap_or_default(), read))
    }

    /// The size of the ledger in memory, in bytes.
    ///
    /// This is the memory that was requested. Growing lists have spare capacity, which the operating
    /// system need not back with memory.
    #[must_use]
    pub fn size_in_bytes(&self) -> usize {
        let parts = [
            self.ids.size_in_bytes(),
            self.fields.size_in_bytes(),
            self.templates.size_in_bytes(),
            self.people.size_in_bytes(),
            self.by_id.size_in_bytes(),
            self.rivals.size_in_bytes(),
            self.scratch.capacity(),
        ];
        parts
            .into_iter()
            .fold(size_of::<Self>(), usize::saturating_add)
    }

    /// Everything that is on file for one subject, with what the ledger knows of records that could
    /// not be read or are in conflict (R2): what a closure or a cache hands to a gate. It borrows
    /// nothing, so that a ledger behind a lock can be left before the gate decides.
    ///
    /// ```
    /// use std::sync::RwLock;
    ///
    /// use consent_gate::{Gate, Ledger, Purposes, UserRecord};
    /// use time::macros::utc_datetime;
    ///
    /// struct Post;
    /// impl UserRecord for Post {
    ///     fn subjects(&self) -> impl Iterator<Item = &str> {
    ///         ["alice"].into_iter()
    ///     }
    /// }
    ///
    /// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// let mut ledger = Ledger::new();
    /// ledger.mark_unreadable(&"alice".parse()?);
    ///
    /// let shared = RwLock::new(ledger);
    /// let source = |_: &Post, id: &str| shared.read().map(|ledger| ledger.on_file(id));
    /// let decision = gate.with(source).decide(&Post);
    /// assert!(decision.to_string().contains("R2"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn on_file(&self, subject: &str) -> OnFile<'static> {
        let mut records: Vec<_> = self.records_of(subject).collect();
        let others = self.other_names(subject);
        for name in &others {
            records.extend(self.records_of(name.as_str()));
        }
        let readability = self.readability(subject);
        let on_file = OnFile::of_records(records.into(), readability);
        let on_file = others.into_iter().fold(on_file, OnFile::other_name);
        match self.complete_through {
            Some(at) => on_file.complete_through(at),
            None => on_file,
        }
    }

    /// The views of the records that count for one subject, and whether all of those could be read.
    pub(crate) fn views_of(
        &self,
        subject: &str,
    ) -> (impl Iterator<Item = RecordView<'_>> + use<'_>, Readability) {
        let nobody = Person {
            last: None,
            readability: self.all_subjects,
        };
        let number = self.people.find(subject);
        let person = number.and_then(|number| self.people.get(number));
        self.views_of_person(number.unwrap_or(u32::MAX), person.unwrap_or(nobody))
    }

    /// The record of the ledger that shares its id with an embedded record and differs from it, if
    /// there is one. Where several records share that id, the subjects of all of them are unreadable
    /// already, and the first that differs stands for them.
    pub(crate) fn rival_of(&self, embedded: &ConsentRecord) -> Option<ConsentRecord> {
        let id = embedded.id().as_str().as_bytes();
        let first = self.first_with_id(self.by_id.hash(id), id)?;
        let record = self.at(first);
        (record != *embedded || self.rivals.has(first)).then_some(record)
    }

    /// The index of the first record with an id.
    fn first_with_id(&self, hash: u64, id: &[u8]) -> Option<u32> {
        self.by_id
            .find(hash, |index| self.ids.bytes(index) == Some(id))
    }

    /// The record with this index.
    fn at(&self, index: u32) -> ConsentRecord {
        let read = self.read(index, self.fields.get(index).unwrap_or_default());
        self.record(self.ids.get(index).unwrap_or_default(), read)
    }

    /// The index of the last record of a subject.
    fn last(&self, subject: &str) -> Option<u32> {
        let number = self.people.find(subject)?;
        self.people.get(number)?.last
    }

    fn subject(&self, person: u32) -> SubjectId {
        let key = self.people.key(person);
        SubjectId::kept(&key.map(SubjectKey::to_text).unwrap_or_default())
    }

    /// The records of one person, from their last one back to the first.
    #[inline]
    fn back_from(
        &self,
        last: Option<u32>,
    ) -> impl Iterator<Item = (u32, Stored<'_>)> + Clone + use<'_> {
        let at = |index: u32| {
            (
                index,
                self.read(index, self.fields.get(index).unwrap_or_default()),
            )
        };
        successors(last.map(at), move |(_, stored)| {
            stored.fields.previous.map(at)
        })
    }

    #[inline]
    fn views_back_from(&self, last: Option<u32>) -> impl Iterator<Item = RecordView<'_>> + use<'_> {
        self.back_from(last)
            .map(|(index, Stored { template, fields })| {
                let id = RecordIdRef::Stored {
                    index,
                    ids: &self.ids,
                };
                let template = (&template.statement, &template.details);
                RecordView::kept(id, template, fields.times, !fields.evidence.is_empty())
            })
    }

    /// Decodes the fields of the record with this index.
    ///
    /// INVARIANT (never lose a denial): fields that cannot be decoded, which does not happen, are read
    /// as a denial of everything.
    #[inline]
    fn read<'a>(&'a self, index: u32, bytes: &'a [u8]) -> Stored<'a> {
        self.try_read(index, bytes)
            .unwrap_or_else(Stored::denial_of_everything)
    }

    #[inline]
    fn try_read<'a>(&'a self, index: u32, bytes: &'a [u8]) -> Option<Stored<'a>> {
        let (number, written) = Fields::template(bytes)?;
        let TemplateEntry { template, baseline } = self.templates.get(number)?;
        let fields = written.read(index, number, template.placeholder_times(), *baseline)?;
        Some(Stored { template, fields })
    }

    /// Builds the record as it was inserted.
    fn record(&self, id: &str, Stored { template, fields }: Stored<'_>) -> ConsentRecord {
        let evidence = (!fields.evidence.is_empty()).then(|| {
            let key = SubjectKey::decode(fields.evidence);
            Evidence::kept(&key.map(SubjectKey::to_text).unwrap_or_default())
        });
        let (statement, details) = template.with(fields.times, evidence);
        let id = RecordId::kept(id);
        ConsentRecord::of_parts(id, self.subject(fields.person), statement, details)
    }
}

impl<'g, R: UserRecord + ?Sized> ConsentSource<'g, R> for &'g Ledger {}

impl<'g, R: UserRecord + ?Sized> Answer<'g, R> for &'g Ledger {
    fn answer(&self, question: Question<'g, '_, R>, subject: Subject<'_>) -> Decision<'g> {
        let (records, readability) = self.views_of(subject.id);
        let question = question.complete_through(self.complete_through);
        question.on_records(records, readability)
    }
}

/// A record without its id.
#[derive(Clone, Copy)]
struct Stored<'a> {
    template: &'a Template,
    fields: Fields<'a>,
}

impl Stored<'_> {
    fn denial_of_everything() -> Self {
        let fields = Fields {
            template: 0,
            person: 0,
            previous: None,
            times: Times::default(),
            evidence: &[],
        };
        let template = Template::denial_of_everything();
        Self { template, fields }
    }
}

/// Shows no ids.
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
    use crate::record::{Details, RecordError, Statement};
    use crate::storage::arena::MOST;
    use crate::vocabulary::id::BlankText;
    use crate::vocabulary::term::DenialStatus;

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
        let Stored { template, fields } = ledger.read(0, b"\xFF");
        assert_eq!(template, Template::denial_of_everything());
        assert_eq!((fields.times, fields.previous), (Times::default(), None));
    }
}
