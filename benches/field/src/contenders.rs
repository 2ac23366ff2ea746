//! Who is compared.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::hint::black_box;

use consent_gate::{DataCategories, Ledger, Restrictions, Snapshot, UserRecord};
use ptr_hash::{FastPtrHash, PtrHashParams};
use roaring::RoaringTreemap;
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::Run;
use crate::ids::Id;
use crate::people::{self, consent, gate};

/// Whether the person at a place has said yes; the others have said it with too little proof.
pub(crate) fn has_consented(place: usize) -> bool {
    !place.is_multiple_of(4)
}

/// Those who have said yes.
pub(crate) fn consenting<I: Id>(people: &[I]) -> HashSet<&I> {
    yes(people).collect()
}

fn yes<I>(people: &[I]) -> impl Iterator<Item = &I> {
    let all = people.iter().enumerate();
    all.filter_map(|(place, id)| has_consented(place).then_some(id))
}

/// The facts of each row, in addition to its person.
struct Post;

impl UserRecord for Post {
    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(utc_datetime!(2024-10-01 0:00))
    }

    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::none()
    }
}

/// What a programmer who keeps the facts in a map would write.
struct Record {
    at: UtcDateTime,
    valid_until: UtcDateTime,
    data: DataCategories,
    is_for_training: bool,
    is_explicit: bool,
    is_affirmative: bool,
    has_evidence: bool,
}

impl Record {
    fn of(place: usize) -> Self {
        Self {
            at: people::GRANTED,
            valid_until: utc_datetime!(2025-09-10 0:00),
            data: DataCategories::POSTS,
            is_for_training: true,
            is_explicit: true,
            is_affirmative: true,
            has_evidence: has_consented(place),
        }
    }

    fn permits(&self, row: &Post) -> bool {
        self.is_for_training
            && self.is_explicit
            && self.is_affirmative
            && self.has_evidence
            && utc_datetime!(2024-11-01 0:00) < self.valid_until
            && row.collected_at().is_some_and(|at| at >= self.at)
            && self.data.contains(row.data())
    }
}

fn ledger<I: Id>(people: &[I]) -> Ledger {
    let all = people.iter().enumerate();
    all.map(|(place, id)| consent(place, id.text(), has_consented(place)))
        .collect()
}

/// The last of all, which has nothing to decide.
pub(crate) const LIMIT: &str = "memory touched, nothing decided";

pub(crate) fn all<I: Id>(run: &mut Run, people: &[I], rows: &[I::Asked<'_>]) {
    snapshots(run, people, rows);
    I::others(run, people, rows);
    sorted(run, people, rows);
    let sip = std::hash::RandomState::new;
    let fold = hashbrown::DefaultHashBuilder::default;
    set("HashSet (SipHash, as in std)", run, people, rows, sip());
    set("HashSet (hashbrown, foldhash)", run, people, rows, fold());
    map(
        "HashMap of records (SipHash, as in std)",
        run,
        people,
        rows,
        sip(),
    );
    map(
        "HashMap of records (hashbrown, foldhash)",
        run,
        people,
        rows,
        fold(),
    );
    touches(run);
}

fn snapshots<I: Id>(run: &mut Run, people: &[I], rows: &[I::Asked<'_>]) {
    let gate = gate();
    let ledger = ledger(people);
    let mask = |snapshot: &Snapshot| snapshot.mask_ids(rows, &Post);
    run.time(
        "snapshot, grants only",
        || Snapshot::of_grants_only(&gate, &ledger),
        mask,
    );
    run.time(
        "snapshot with reasons",
        || Snapshot::new(&gate, &ledger),
        mask,
    );
}

fn sorted<I: Id>(run: &mut Run, people: &[I], rows: &[I::Asked<'_>]) {
    let build = || {
        let mut all: Vec<I> = yes(people).cloned().collect();
        all.sort_unstable();
        all
    };
    run.time("sorted Vec", build, |all| {
        rows.iter()
            .map(|id| {
                let id = I::form(id);
                all.binary_search_by(|one| one.borrow().cmp(id)).is_ok()
            })
            .collect()
    })
}

fn set<I: Id, S: BuildHasher>(
    name: &'static str,
    run: &mut Run,
    people: &[I],
    rows: &[I::Asked<'_>],
    hasher: S,
) {
    let build = || {
        let mut all = hashbrown::HashSet::with_hasher(hasher);
        all.extend(yes(people).cloned());
        all
    };
    run.time(name, build, |all| {
        rows.iter().map(|id| all.contains(I::form(id))).collect()
    })
}

fn map<I: Id, S: BuildHasher>(
    name: &'static str,
    run: &mut Run,
    people: &[I],
    rows: &[I::Asked<'_>],
    hasher: S,
) {
    let build = || {
        let mut all = hashbrown::HashMap::with_hasher(hasher);
        let records = people.iter().enumerate();
        all.extend(records.map(|(place, id)| (id.clone(), Record::of(place))));
        all
    };
    run.time(name, build, |all| {
        let permits = |id| {
            all.get(I::form(id))
                .is_some_and(|record| record.permits(&Post))
        };
        rows.iter().map(permits).collect()
    })
}

/// The limit: one byte of as much memory is read for each row, at a random address, and nothing is
/// decided.
fn touches(run: &mut Run) {
    let bytes = run.lines.first().map_or(1, |line| line.bytes.max(1));
    let places: Vec<usize> = {
        let mut random = crate::ids::Random::new();
        (0..run.rows)
            .map(|_| random.below(bytes as u64) as usize)
            .collect()
    };
    let build = || vec![1_u8; bytes];
    run.time(LIMIT, build, |memory| {
        places
            .iter()
            .map(|place| black_box(memory[*place]) == 1)
            .collect()
    });
    if let Some(line) = run.lines.last_mut().filter(|line| line.name == LIMIT) {
        line.wrong = 0;
    }
}

pub(crate) fn of_numbers(run: &mut Run, people: &[u64], rows: &[u64]) {
    let bitmap = || yes(people).copied().collect::<RoaringTreemap>();
    let perfect = || {
        let keys: Vec<u64> = yes(people).copied().collect();
        let places = <FastPtrHash>::new(&keys, PtrHashParams::default());
        let mut ids = vec![0; places.max_index() + 1];
        let mut is_used = vec![false; ids.len()];
        for key in &keys {
            ids[places.index(key)] = *key;
            is_used[places.index(key)] = true;
        }
        // An index that no key has holds a key that leads to another index.
        let other = keys.first().copied().unwrap_or(0);
        for (id, _) in ids.iter_mut().zip(is_used).filter(|(_, used)| !used) {
            *id = other;
        }
        (places, ids)
    };
    run.time("roaring", bitmap, |all| {
        rows.iter().map(|id| all.contains(*id)).collect()
    });
    run.time("ptr_hash, keys verified", perfect, |(places, ids)| {
        // Its iterator can only be folded.
        let mut answers = Vec::with_capacity(rows.len());
        let mut ids_of_rows = rows.iter();
        places.index_stream::<32, _>(rows).for_each(|place| {
            answers.push(ids_of_rows.next() == Some(&ids[place]));
        });
        answers
    });
}
