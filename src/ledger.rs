//! The ledger: every statement of everybody.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::iter::successors;

use crate::decide::Readability;
use crate::record::SharedTexts;
use crate::{ConsentRecord, NoticeId, NoticeVersion, PartyId, RecordId, SubjectId};

/// Every statement of everybody, append-only, in any order and any number of times.
///
/// What was said once stays: two records that share an id and differ are both kept, and make the
/// subjects of both fail R2.
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
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    kept: Vec<Kept>,
    people: Vec<Person>,
    places: HashMap<SubjectId, usize>,
    ids: HashMap<RecordId, usize>,
    texts: Texts,
    unnamed: u64,
}

/// A record and the way to the ones that were kept before it.
#[derive(Clone, Debug)]
struct Kept {
    record: ConsentRecord,
    /// The place of the last one before it of the same subject.
    same_subject: Option<usize>,
    /// The place of the last one before it of the same id, which differs.
    same_id: Option<usize>,
}

#[derive(Clone, Debug)]
struct Person {
    subject: SubjectId,
    last: Option<usize>,
    readability: Readability,
}

/// One copy of each text that many records share.
#[derive(Clone, Debug, Default)]
struct Texts {
    parties: HashSet<PartyId>,
    notices: HashSet<NoticeId>,
    versions: HashSet<NoticeVersion>,
}

fn share<T: Clone + Eq + Hash>(text: &mut T, texts: &mut HashSet<T>) {
    if let Some(shared) = texts.get(text) {
        text.clone_from(shared);
    } else {
        texts.insert(text.clone());
    }
}

impl SharedTexts for Texts {
    fn party(&mut self, party: &mut PartyId) {
        share(party, &mut self.parties);
    }

    fn notice(&mut self, id: &mut NoticeId) {
        share(id, &mut self.notices);
    }

    fn version(&mut self, version: &mut NoticeVersion) {
        share(version, &mut self.versions);
    }
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
        self.kept.len()
    }

    /// Whether nothing at all is known, not even of a record that could not be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.unnamed == 0
    }

    /// The number of subjects, those included of whom only unreadable records are known.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.people.len()
    }

    /// Adds a record. One that is already there changes nothing.
    pub fn insert(&mut self, mut record: ConsentRecord) {
        let same_id = self.ids.get(record.id().as_str()).copied();
        let mut rivals = Vec::new();
        for rival in self.chain(same_id, |kept| kept.same_id) {
            if *rival == record {
                return;
            }
            rivals.push(rival.subject().clone());
        }
        if !rivals.is_empty() {
            rivals.push(record.subject().clone());
        }
        let place = self.kept.len();
        let person = self.person(record.subject());
        let same_subject = person.last.replace(place);
        let subject = person.subject.clone();
        record.share(subject, &mut self.texts);
        self.ids.insert(record.id().clone(), place);
        self.kept.push(Kept {
            record,
            same_subject,
            same_id,
        });
        for subject in rivals {
            self.mark_unreadable(&subject);
        }
    }

    /// Notes that a record of this subject could not be read. It may be a no, so R2 fails for the
    /// subject from now on.
    pub fn mark_unreadable(&mut self, subject: &SubjectId) {
        self.person(subject).readability = Readability::Unreadable;
    }

    /// Notes that a record could not be read, not even whom it is about.
    ///
    /// It may be anybody's no, and no decision can take it into account: the caller sets a limit
    /// for how many there may be.
    pub fn mark_unreadable_unnamed(&mut self) {
        self.unnamed = self.unnamed.saturating_add(1);
    }

    /// The number of records that could not be read, not even whom they are about.
    #[must_use]
    pub fn unreadable_unnamed(&self) -> u64 {
        self.unnamed
    }

    /// Whether R2 fails for the subject: a record of theirs could not be read, or conflicts with
    /// another of its id.
    #[must_use]
    pub fn is_unreadable(&self, subject: &str) -> bool {
        self.readability(subject) == Readability::Unreadable
    }

    /// The subjects for whom R2 fails, in the order of arrival.
    pub fn unreadable_subjects(&self) -> impl Iterator<Item = &SubjectId> {
        let people = self.people.iter();
        people
            .filter(|person| person.readability == Readability::Unreadable)
            .map(|person| &person.subject)
    }

    /// Every different record, in the order of arrival.
    pub fn records(&self) -> impl Iterator<Item = &ConsentRecord> {
        self.kept.iter().map(|kept| &kept.record)
    }

    /// The records of one subject, the last to arrive first.
    pub fn records_of(&self, subject: &str) -> impl Iterator<Item = &ConsentRecord> + Clone {
        self.records_up_to(self.person_of(subject).and_then(|person| person.last))
    }

    /// The place of a subject among the people of this ledger.
    pub(crate) fn place_of(&self, subject: &str) -> Option<usize> {
        self.places.get(subject).copied()
    }

    /// Everybody, by place: who, their records, and whether all of those could be read.
    pub(crate) fn people(
        &self,
    ) -> impl Iterator<
        Item = (
            &SubjectId,
            impl Iterator<Item = &ConsentRecord> + Clone,
            Readability,
        ),
    > {
        let people = self.people.iter();
        people.map(|person| {
            (
                &person.subject,
                self.records_up_to(person.last),
                person.readability,
            )
        })
    }

    pub(crate) fn readability(&self, subject: &str) -> Readability {
        self.person_of(subject)
            .map_or(Readability::AllRead, |person| person.readability)
    }

    /// Whether one of `own` shares its id with a record here that differs from it, and one of the
    /// two is about `subject`.
    pub(crate) fn is_contested_by(&self, own: &[ConsentRecord], subject: &str) -> bool {
        let is_about = |record: &ConsentRecord| record.subject().as_str() == subject;
        own.iter().any(|own| {
            let same_id = self.ids.get(own.id().as_str()).copied();
            self.chain(same_id, |kept| kept.same_id)
                .any(|rival| rival != own && (is_about(rival) || is_about(own)))
        })
    }

    fn person_of(&self, subject: &str) -> Option<&Person> {
        self.people.get(self.place_of(subject)?)
    }

    fn person(&mut self, subject: &SubjectId) -> &mut Person {
        let place = self.place_of(subject.as_str()).unwrap_or_else(|| {
            let place = self.people.len();
            self.places.insert(subject.clone(), place);
            self.people.push(Person {
                subject: subject.clone(),
                last: None,
                readability: Readability::AllRead,
            });
            place
        });
        #[expect(
            clippy::indexing_slicing,
            reason = "every place in the index is that of a person"
        )]
        &mut self.people[place]
    }

    fn records_up_to(
        &self,
        last: Option<usize>,
    ) -> impl Iterator<Item = &ConsentRecord> + Clone + use<'_> {
        self.chain(last, |kept| kept.same_subject)
    }

    fn chain(
        &self,
        last: Option<usize>,
        before: impl Fn(&Kept) -> Option<usize> + Clone,
    ) -> impl Iterator<Item = &ConsentRecord> + Clone {
        let at = |place: usize| self.kept.get(place);
        let chain = successors(last.and_then(at), move |kept| before(kept).and_then(at));
        chain.map(|kept| &kept.record)
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
