//! What a snapshot keeps of everyone, and how it is made of a ledger.

use std::collections::HashMap;

use time::UtcDateTime;

use crate::decision::answer::Decision;
use crate::decision::assessment::GrantAssessment;
use crate::decision::question::{BatchLookup, Question};
use crate::ledger::Ledger;
use crate::row::UserRecord;
use crate::rules::Terms;
use crate::snapshot::instants::{InstantCollector, Instants};
use crate::snapshot::kinds::{EntryIndex, Known, Numbers, Person, RecordIdIndex, Texts, Uuids};
use crate::snapshot::packed::{Packed, Packing, width};
use crate::snapshot::table::{find_one, prefetch_all};
use crate::storage::record_ids::{RecordIdRef, RecordIds};
use crate::storage::subject_key::SubjectKey;

/// All but the gate. Numbers have the first indices, then come UUIDs, then other texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "snapshot-file",
    derive(serde::Serialize, serde::Deserialize)
)]
pub struct Contents {
    pub(super) numbers: Numbers,
    pub(super) uuids: Uuids,
    pub(super) texts: Texts,
    /// The assessment of the person at each index, as an index of the dictionary.
    pub(super) entries: Packed,
    /// The index in `names` of the first grant of each person.
    first_names: Packed,
    /// The instants from which their grants cover data, where the entries have none.
    pub(super) instants: Instants,
    pub(super) dictionary: Vec<Entry>,
    /// The number of records that could not be read and name no subject.
    unattributed: u64,
    complete_through: CompleteThrough,
    /// The ids of grants, those of one person next to each other. Empty when only grants are kept.
    names: RecordIds,
}

/// The instant up to which every statement is on file, where the ledger stated it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CompleteThrough(pub(super) Option<UtcDateTime>);

/// The assessments of a person's grants, without the instants of their own. Many people share one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub(super) first: GrantAssessment,
    /// Those of several grants, the first included, in runs.
    pub(super) several: Box<[GrantAssessment]>,
}

impl Entry {
    /// Returns true if the instants of several grants are stored elsewhere.
    pub(super) fn is_of_several_instants(&self) -> bool {
        self.several.iter().any(GrantAssessment::starts_elsewhere)
    }

    /// The answer about a person who has this number. The grant at an index has the id that `grant`
    /// returns.
    #[inline]
    pub(super) fn answer<'s, R: UserRecord + ?Sized>(
        &self,
        question: Question<'_, '_, R>,
        instants: &Instants,
        number: u128,
        grant: impl FnOnce(usize) -> Option<RecordIdRef<'s>>,
    ) -> Decision<'s> {
        let several = &*self.several;
        let start = |index| instants.of_several(number, index);
        if several.is_empty() {
            let first = instants.restore(&self.first, number);
            question.on_grants(&first, several, start, grant)
        } else {
            question.on_grants(&self.first, several, start, grant)
        }
    }
}

/// The names of the grants of a person, from the first.
#[derive(Clone, Copy)]
pub(super) struct NamesFrom<'s> {
    names: &'s RecordIds,
    first: usize,
}

impl<'s> NamesFrom<'s> {
    #[inline]
    pub(super) fn grant(self, index: usize) -> Option<RecordIdRef<'s>> {
        self.names.at(self.first.checked_add(index)?)
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

    pub(super) fn unattributed(&self) -> u64 {
        self.unattributed
    }

    #[inline]
    pub(super) fn complete_through(&self) -> Option<UtcDateTime> {
        self.complete_through.0
    }

    #[inline]
    pub(super) fn subjects(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn compile(terms: &Terms, ledger: &Ledger, with_reasons: bool) -> Self {
        let mut dictionary = HashMap::new();
        let mut entries = Vec::new();
        let mut instants = InstantCollector::default();
        let mut names = RecordIds::default();
        let mut are_named = true;
        let (mut numbers, mut uuids, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (subject, judged) in ledger.assessed(terms) {
            let first_record_id = RecordIdIndex(names.len());
            let (first, several) = (judged.first(), judged.several());
            let entry = if with_reasons {
                are_named &= judged
                    .grants()
                    .all(|name| names.push(name.as_str()).is_some());
                Some((*first, several.to_vec()))
            } else {
                let passing = |grant: &&GrantAssessment| grant.person.is_empty();
                let several: Vec<_> = several.iter().filter(passing).copied().collect();
                let first = several.first().or(Some(first).filter(passing));
                first.map(|first| {
                    (
                        *first,
                        if let [_] = *several {
                            Vec::new()
                        } else {
                            several.clone()
                        },
                    )
                })
            };
            let Some((mut first, mut several)) = entry else {
                continue;
            };
            let starts = instants.take(&mut first, &mut several);
            let several = several.into();
            let entry = dictionary.entry(Entry { first, several });
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
        Self {
            unattributed: ledger.unattributed(),
            complete_through: CompleteThrough(ledger.complete_through()),
            ..contents
        }
    }
}

impl BatchLookup for Contents {
    fn look_up(&self, ids: &[&str], indices: &mut [usize]) {
        self.seek(ids, |found| indices.copy_from_slice(found));
    }
}

/// Reads what columns have at these indices, so that the waits for memory overlap.
#[inline]
pub(super) fn prefetch<const N: usize>(indices: &[usize], columns: [&Packed; N]) {
    for column in columns {
        if column.bits() > 0 {
            prefetch_all(indices.iter().map(|index| column.touch(*index)));
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
            // The name of somebody who has none may be the index behind the last one.
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
            complete_through: CompleteThrough::default(),
            names,
        }
    }

    /// The index of a person, or [`NOT_FOUND`].
    #[inline]
    pub(super) fn index(&self, key: SubjectKey<'_>) -> usize {
        match key {
            SubjectKey::Number(id) => find_one(&self.numbers, id),
            SubjectKey::Uuid(id) => find_one(&self.uuids, id),
            SubjectKey::Text(id) => find_one(&self.texts, id),
        }
    }

    /// The people with their indices, in the order of these.
    ///
    /// INVARIANT (an id is that of its person): each is looked up, and one that is not found at its index is
    /// left out. Only a forged file has such.
    #[cfg(feature = "decision-table")]
    pub(super) fn people(&self) -> impl Iterator<Item = (SubjectKey<'_>, usize)> {
        let numbers = self.numbers.ids().map(SubjectKey::Number);
        let uuids = self.uuids.ids().map(SubjectKey::Uuid);
        let texts = self.texts.ids();
        let texts = texts.map(|text| SubjectKey::Text(text.unwrap_or_default()));
        let people = numbers.chain(uuids).chain(texts).zip(0_usize..);
        people.filter(|(key, index)| self.index(*key) == *index)
    }

    /// The assessments of the grants of the person at an index, with their instants and their ids.
    #[cfg(feature = "decision-table")]
    pub(super) fn grants(
        &self,
        index: usize,
    ) -> impl Iterator<Item = (GrantAssessment, Option<&str>)> {
        let number = self.instants.number(index);
        let grants = self.known(index).map(|(entry, names)| {
            let mut started = 0_usize;
            let several = entry.several.iter().map(move |grant| {
                if !grant.starts_elsewhere() {
                    return *grant;
                }
                let start = self.instants.of_several(number, started);
                started = started.saturating_add(1);
                grant.starting_at(start)
            });
            let only = self.instants.restore(&entry.first, number);
            let only = entry.several.is_empty().then_some(only);
            let grants = only.into_iter().chain(several).enumerate();
            grants.map(move |(position, grant)| {
                let name = names.grant(position).map(RecordIdRef::as_str);
                (grant, name.filter(|_| !grant.is_absent()))
            })
        });
        grants.into_iter().flatten()
    }

    /// Prefetches what is known of people.
    #[inline]
    pub(super) fn prefetch(&self, indices: &[usize]) {
        prefetch(
            indices,
            [&self.entries, &self.first_names, self.instants.numbers()],
        );
    }

    /// The index in the dictionary.
    #[inline]
    pub(super) fn entry(&self, index: usize) -> Option<usize> {
        usize::try_from(self.entries.get(index)?).ok()
    }

    #[inline]
    pub(super) fn known(&self, index: usize) -> Option<(&Entry, NamesFrom<'_>)> {
        let entry = self.dictionary.get(self.entry(index)?)?;
        let first = usize::try_from(self.first_names.get(index)?).ok()?;
        let names = &self.names;
        Some((entry, NamesFrom { names, first }))
    }

    /// Returns true if it could have been made of people: every index that an id can be found at is that of
    /// somebody, and what is known of each is there. All ways to ask rely on it.
    #[cfg(feature = "snapshot-file")]
    pub(super) fn is_valid(&self) -> bool {
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
            && (0..people).all(|index| {
                let entry = self
                    .entry(index)
                    .and_then(|entry| self.dictionary.get(entry));
                entry.is_some()
            })
            && self.first_names.is_valid()
            && self.first_names.len() == people
            && self.instants.is_valid(people)
            && (self.instants.has_several() || several.next().is_none())
    }

    pub(super) fn size_in_bytes(&self) -> usize {
        let entries = self.dictionary.iter().map(|entry| {
            size_of_val(entry).saturating_add(size_of_val::<[GrantAssessment]>(&entry.several))
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
