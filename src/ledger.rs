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

pub(crate) mod embedded;
mod fields;
mod index;
mod people;
mod templates;

use std::collections::BTreeMap;
use std::fmt;
use std::iter::successors;

use crate::decision::answer::Decision;
use crate::decision::on_file::OnFile;
use crate::decision::question::{Question, Subject};
use crate::decision::source::{Answer, ConsentSource};
use crate::record::view::RecordView;
use crate::record::{ConsentRecord, Times};
use crate::row::UserRecord;
use crate::rules::readability::Readability;
use crate::storage::arena::Arena;
use crate::storage::record_ids::{RecordIdRef, RecordIds};
use crate::storage::subject_key::{KeyBuffer, SubjectKey};
use crate::vocabulary::id::{Evidence, Kept, RecordId, SubjectId};
use fields::{Fields, seconds};
use index::Index;
use people::{People, Person};
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
    /// Maps the index of such a first record to those of the records that share its id and differ
    /// from it and from each other.
    conflicting: BTreeMap<u32, Vec<u32>>,
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

    /// The number of subjects, including those of whom only unreadable records are known.
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
        let first = self.first_with_id(hash, id);
        let mut contested = Vec::new();
        if let Some(first) = first {
            for rival in self.with_id(first) {
                if rival == record {
                    return;
                }
                contested.push(rival.subject().clone());
            }
            contested.push(record.subject().clone());
        }
        // INVARIANT (never lose a denial): a record that cannot be stored makes everyone unreadable.
        match (self.keep(record), first) {
            (None, _) => self.all_subjects = Readability::Unreadable,
            (Some(index), None) => self.by_id.insert(hash, index),
            (Some(index), Some(first)) => self.conflicting.entry(first).or_default().push(index),
        }
        for subject in contested {
            self.mark_unreadable(&subject);
        }
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
    /// with one exception: the numbers of unattributed records are added up, so those of a ledger
    /// that is merged twice count twice.
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
        self.person(subject).1 == Readability::Unreadable
    }

    /// The subjects for whom R2 fails, in no particular order.
    pub fn unreadable_subjects(&self) -> impl Iterator<Item = SubjectId> {
        let (marked, all) = match self.all_subjects {
            Readability::AllRead => (Some(self.people.unreadable()), None),
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
    /// They are no source: a gate that is asked about them does not know which records could not be
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
        let indices = self.back_from(self.person(subject).0);
        indices.map(|(index, read)| self.record(self.ids.get(index).unwrap_or_default(), read))
    }

    /// The size of the ledger in memory, in bytes.
    ///
    /// This is the memory that was requested. Growing lists have spare capacity, which the operating
    /// system need not back with memory.
    #[must_use]
    pub fn size_in_bytes(&self) -> usize {
        let conflicting = self.conflicting.values().map(|indices| {
            let indices = indices.capacity().saturating_mul(size_of::<u32>());
            indices.saturating_add(size_of::<(u32, Vec<u32>)>())
        });
        let parts = [
            self.ids.size_in_bytes(),
            self.fields.size_in_bytes(),
            self.templates.size_in_bytes(),
            self.people.size_in_bytes(),
            self.by_id.size_in_bytes(),
            self.scratch.capacity(),
        ];
        conflicting
            .chain(parts)
            .fold(size_of::<Self>(), usize::saturating_add)
    }

    /// All people, in the order in which they became known: their key, their records, of which the
    /// last to arrive comes first, and whether all of their records could be read.
    pub(crate) fn people(
        &self,
    ) -> impl Iterator<
        Item = (
            SubjectKey<'_>,
            impl Iterator<Item = RecordView<'_>>,
            Readability,
        ),
    > {
        self.people.iter().filter_map(|(key, person)| {
            let readability = self.all_subjects.and(person.readability);
            Some((key?, self.views_back_from(person.last), readability))
        })
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
        let readability = self.person(subject).1;
        OnFile::of_records(self.records_of(subject).collect(), readability)
    }

    /// The views of the records of one subject, and whether all of those could be read.
    pub(crate) fn views_of(
        &self,
        subject: &str,
    ) -> (impl Iterator<Item = RecordView<'_>> + use<'_>, Readability) {
        let (last, readability) = self.person(subject);
        (self.views_back_from(last), readability)
    }

    /// Returns whether one of the embedded records shares its id with a different record of the
    /// ledger, and one of the two is about `subject`.
    pub(crate) fn is_contested_by(&self, embedded: &[ConsentRecord], subject: &str) -> bool {
        let is_about = |record: &ConsentRecord| record.subject().as_str() == subject;
        embedded.iter().any(|embedded| {
            let id = embedded.id().as_str().as_bytes();
            let first = self.first_with_id(self.by_id.hash(id), id);
            first.is_some_and(|first| {
                self.with_id(first)
                    .any(|rival| rival != *embedded && (is_about(&rival) || is_about(embedded)))
            })
        })
    }

    /// The index of the first record with an id.
    fn first_with_id(&self, hash: u64, id: &[u8]) -> Option<u32> {
        self.by_id
            .find(hash, |index| self.ids.bytes(index) == Some(id))
    }

    /// All records that share the id of the record with this index, which is the first of them.
    fn with_id(&self, first: u32) -> impl Iterator<Item = ConsentRecord> {
        let others = self.conflicting.get(&first).into_iter().flatten().copied();
        std::iter::once(first).chain(others).map(|index| {
            let read = self.read(index, self.fields.get(index).unwrap_or_default());
            self.record(self.ids.get(index).unwrap_or_default(), read)
        })
    }

    /// The index of the last record of a subject, and whether all of their records could be read.
    fn person(&self, subject: &str) -> (Option<u32>, Readability) {
        let person = self.people.find(subject);
        match person.and_then(|number| self.people.get(number)) {
            Some(Person { last, readability }) => (last, self.all_subjects.and(readability)),
            None => (None, self.all_subjects),
        }
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
        let Stored { template, fields } = ledger.read(0, b"\xFF");
        assert_eq!(template, Template::denial_of_everything());
        assert_eq!((fields.times, fields.previous), (Times::default(), None));
    }
}
