//! People who go by several names.

use std::collections::{BTreeSet, HashMap};

use crate::decision::assessment::Assessed;
use crate::ledger::Ledger;
use crate::ledger::people::Person;
use crate::record::view::RecordView;
use crate::rules::Terms;
use crate::rules::readability::Readability;
use crate::rules::standing::Denials;
use crate::storage::record_ids::RecordIdRef;
use crate::storage::subject_key::SubjectKey;
use crate::vocabulary::id::SubjectId;

impl Ledger {
    /// Says that `name` is an older or another name of the person `of`. Their denials then count
    /// for both names, and so does a record by either that could not be read. A grant counts only
    /// for the name that it was given under.
    ///
    /// ```
    /// use consent_gate::{ConsentRecord, DenialStatus, Gate, Ledger, Purposes, UserRecord};
    /// use time::macros::utc_datetime;
    ///
    /// struct Post;
    /// impl UserRecord for Post {
    ///     fn subjects(&self) -> impl Iterator<Item = &str> {
    ///         ["u1"].into_iter()
    ///     }
    /// }
    ///
    /// let no = ConsentRecord::denial("w1", "old", DenialStatus::Withdrawn).build()?;
    /// let mut ledger = Ledger::from_iter([no]);
    /// ledger.alias(&"old".parse()?, &"u1".parse()?);
    ///
    /// let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    /// assert!(gate.with(&ledger).decide(&Post).to_string().contains("R15"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn alias(&mut self, name: &SubjectId, of: &SubjectId) {
        let numbers = [name, of].map(|name| self.people.number(name.as_str()));
        // INVARIANT (never lose a denial): an alias that cannot be stored makes everyone unreadable.
        match numbers {
            [Some(one), Some(other)] => self.aliases.join(&one, &other),
            [None, _] | [_, None] => self.all_subjects = Readability::Unreadable,
        }
    }

    /// The groups of names that stand for one person.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = impl Iterator<Item = SubjectId>> {
        let groups = self.aliases.iter();
        groups.map(|numbers| numbers.iter().map(|number| self.subject(*number)))
    }

    pub(super) fn merge_aliases(&mut self, other: &Self) {
        for mut names in other.aliases() {
            let Some(first) = names.next() else { continue };
            names.for_each(|name| self.alias(&name, &first));
        }
    }

    /// The other names of a subject, in ascending order.
    pub(super) fn other_names(&self, subject: &str) -> Vec<SubjectId> {
        let number = self.people.find(subject);
        let names = number.map_or(&[][..], |number| self.aliases.with(&number));
        let others = names.iter().filter(|name| Some(**name) != number);
        let mut others: Vec<_> = others.map(|name| self.subject(*name)).collect();
        others.sort_unstable();
        others
    }

    /// Whether all records that count for a subject could be read.
    pub(super) fn readability(&self, subject: &str) -> Readability {
        let (_, readability) = self.views_of(subject);
        readability
    }

    /// The numbers of the people for whom R2 fails, each once.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = u32> {
        let mut numbers: BTreeSet<_> = self.people.unreadable().collect();
        if !self.aliases.is_empty() {
            let marked = self.people.unreadable();
            numbers.extend(
                marked
                    .flat_map(|number| self.aliases.with(&number))
                    .copied(),
            );
        }
        numbers.into_iter()
    }

    /// Assesses all people, in the order in which they became known. The denials of the names of one
    /// person are arranged once.
    pub(crate) fn assessed<'a>(
        &'a self,
        terms: &'a Terms,
    ) -> impl Iterator<Item = (SubjectKey<'a>, Assessed<RecordIdRef<'a>>)> {
        let mut groups = HashMap::new();
        let all = (0..).zip(self.people.iter());
        all.filter_map(move |(number, (key, person))| {
            let records = self.views_back_from(person.last);
            let Some(group) = self.aliases.group(&number) else {
                let readability = self.all_subjects.and(person.readability);
                return Some((key?, Assessed::of(terms, records, readability)));
            };
            let (denials, readability) = groups.entry(group).or_insert_with(|| {
                let (all, readability) = self.views_of_person(number, person);
                let counted: Vec<_> = all.filter(|record| terms.counts(record)).collect();
                (Denials::of(counted.iter(), terms), readability)
            });
            let assessed = Assessed::beside(Some(denials), terms, records, *readability);
            Some((key?, assessed))
        })
    }

    /// The views of the records that count for the person with this number: their own, of which the
    /// last to arrive comes first, and the denials by their other names.
    #[inline]
    pub(super) fn views_of_person(
        &self,
        number: u32,
        person: Person,
    ) -> (impl Iterator<Item = RecordView<'_>> + use<'_>, Readability) {
        let names = if self.aliases.is_empty() {
            &[]
        } else {
            self.aliases.with(&number)
        };
        let others = names.iter().filter(move |other| **other != number);
        let others = others.filter_map(|other| self.people.get(*other));
        let readability = others
            .clone()
            .fold(person.readability, |all, other| all.and(other.readability));
        let denials = others
            .flat_map(|other| self.views_back_from(other.last))
            .filter(|record| record.denial().is_some());
        let records = self.views_back_from(person.last).chain(denials);
        (records, self.all_subjects.and(readability))
    }
}
