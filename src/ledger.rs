//! The ledger: every statement of everybody.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::iter::successors;
use std::num::NonZeroUsize;

use crate::record::SharedTexts;
use crate::standing::Readability;
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
    people: HashMap<SubjectId, Person>,
    ids: HashMap<RecordId, Place>,
    texts: Texts,
    unnamed: u64,
}

/// Where a record is kept, counted from 1, so that none takes no room.
type Place = NonZeroUsize;

/// A record and the way to the ones that were kept before it.
#[derive(Clone, Debug)]
struct Kept {
    record: ConsentRecord,
    /// The last one before it of the same subject.
    same_subject: Option<Place>,
    /// The last one before it of the same id, which differs.
    same_id: Option<Place>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Person {
    last: Option<Place>,
    readability: Readability,
}

/// One copy of each text that many records have.
#[derive(Clone, Debug, Default)]
struct Texts {
    parties: Shared<PartyId>,
    notices: Shared<NoticeId>,
    versions: Shared<NoticeVersion>,
}

#[derive(Clone, Debug)]
struct Shared<T> {
    all: HashSet<T>,
    /// The next record most often has the same text.
    latest: Option<T>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            all: HashSet::new(),
            latest: None,
        }
    }
}

impl<T: Clone + Eq + Hash> Shared<T> {
    fn share(&mut self, text: &mut T) {
        match &self.latest {
            Some(latest) if latest == text => text.clone_from(latest),
            _ => {
                if let Some(shared) = self.all.get(text) {
                    text.clone_from(shared);
                } else {
                    self.all.insert(text.clone());
                }
                self.latest = Some(text.clone());
            }
        }
    }
}

impl SharedTexts for Texts {
    fn party(&mut self, party: &mut PartyId) {
        self.parties.share(party);
    }

    fn notice(&mut self, id: &mut NoticeId) {
        self.notices.share(id);
    }

    fn version(&mut self, version: &mut NoticeVersion) {
        self.versions.share(version);
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
        let place = NonZeroUsize::MIN.saturating_add(self.kept.len());
        let mut contested = Vec::new();
        let same_id = match self.ids.entry(record.id().clone()) {
            Entry::Vacant(entry) => {
                entry.insert(place);
                None
            }
            Entry::Occupied(mut entry) => {
                for rival in chain(&self.kept, Some(*entry.get()), |kept| kept.same_id) {
                    if *rival == record {
                        return;
                    }
                    contested.push(rival.subject().clone());
                }
                contested.push(record.subject().clone());
                Some(entry.insert(place))
            }
        };
        let person = self.people.entry(record.subject().clone());
        record.share(person.key().clone(), &mut self.texts);
        let same_subject = person.or_default().last.replace(place);
        self.kept.push(Kept {
            record,
            same_subject,
            same_id,
        });
        for subject in contested {
            self.mark_unreadable(&subject);
        }
    }

    /// Notes that a record of this subject could not be read. It may be a no, so R2 fails for the
    /// subject from now on.
    pub fn mark_unreadable(&mut self, subject: &SubjectId) {
        self.people.entry(subject.clone()).or_default().readability = Readability::Unreadable;
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

    /// The subjects for whom R2 fails, in no order.
    pub fn unreadable_subjects(&self) -> impl Iterator<Item = &SubjectId> {
        let people = self.people.iter();
        people
            .filter(|(_, person)| person.readability == Readability::Unreadable)
            .map(|(subject, _)| subject)
    }

    /// Every different record, in the order of arrival.
    pub fn records(&self) -> impl Iterator<Item = &ConsentRecord> {
        self.kept.iter().map(|kept| &kept.record)
    }

    /// The records of one subject, the last to arrive first.
    pub fn records_of(&self, subject: &str) -> impl Iterator<Item = &ConsentRecord> + Clone {
        self.records_up_to(self.people.get(subject).and_then(|person| person.last))
    }

    /// Everybody, in no order: who, their records, and whether all of those could be read.
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
        people
            .map(|(subject, person)| (subject, self.records_up_to(person.last), person.readability))
    }

    pub(crate) fn readability(&self, subject: &str) -> Readability {
        self.people
            .get(subject)
            .map_or(Readability::AllRead, |person| person.readability)
    }

    /// Whether one of `own` shares its id with a record here that differs from it, and one of the
    /// two is about `subject`.
    pub(crate) fn is_contested_by(&self, own: &[ConsentRecord], subject: &str) -> bool {
        let is_about = |record: &ConsentRecord| record.subject().as_str() == subject;
        own.iter().any(|own| {
            let same_id = self.ids.get(own.id().as_str()).copied();
            chain(&self.kept, same_id, |kept| kept.same_id)
                .any(|rival| rival != own && (is_about(rival) || is_about(own)))
        })
    }

    fn records_up_to(
        &self,
        last: Option<Place>,
    ) -> impl Iterator<Item = &ConsentRecord> + Clone + use<'_> {
        chain(&self.kept, last, |kept| kept.same_subject)
    }
}

/// The records from one place back, along one of the two ways.
fn chain(
    kept: &[Kept],
    last: Option<Place>,
    before: impl Fn(&Kept) -> Option<Place> + Clone,
) -> impl Iterator<Item = &ConsentRecord> + Clone {
    let at = |place: Place| kept.get(place.get().wrapping_sub(1));
    let chain = successors(last.and_then(at), move |kept| before(kept).and_then(at));
    chain.map(|kept| &kept.record)
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
