//! Who is compared.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::hint::black_box;

use consent_gate::{DataCategories, Ledger, Restrictions, Snapshot, UserRecord};
use ptr_hash::{FastPtrHash, PtrHashParams};
use roaring::RoaringTreemap;
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::ids::Id;
use crate::people::{self, consent, gate};
use crate::{Line, Run};

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

/// What there is to know of every row beside whom it is of.
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

/// What somebody would write who keeps the facts in a map.
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

pub(crate) fn all<I: Id>(run: &Run, people: &[I], rows: &[I]) -> Vec<Line> {
    let gate = gate();
    let asked: Vec<I::Asked<'_>> = rows.iter().map(Id::asked).collect();
    let ledger = ledger(people);
    let mask = |snapshot: &Snapshot<'_>| snapshot.mask_ids(&asked, &Post);
    let mut lines = vec![
        run.time(
            "snapshot, grants only",
            || Snapshot::of_grants_only(&gate, &ledger),
            mask,
        ),
        run.time(
            "snapshot with reasons",
            || Snapshot::new(&gate, &ledger),
            mask,
        ),
    ];
    drop(ledger);
    drop(asked);
    lines.extend(I::others(run, people, rows));
    lines.push(sorted(run, people, rows));
    lines.push(set(
        "HashSet (SipHash, as in std)",
        run,
        people,
        rows,
        std::hash::RandomState::new(),
    ));
    lines.push(set(
        "HashSet (hashbrown, foldhash)",
        run,
        people,
        rows,
        foldhash(),
    ));
    lines.push(map(
        "HashMap of records (SipHash, as in std)",
        run,
        people,
        rows,
        std::hash::RandomState::new(),
    ));
    lines.push(map(
        "HashMap of records (hashbrown, foldhash)",
        run,
        people,
        rows,
        foldhash(),
    ));
    lines.push(touches(run, lines.first().map_or(0, |line| line.bytes)));
    lines
}

fn foldhash() -> hashbrown::DefaultHashBuilder {
    hashbrown::DefaultHashBuilder::default()
}

fn sorted<I: Id>(run: &Run, people: &[I], rows: &[I]) -> Line {
    let build = || {
        let mut all: Vec<I> = yes(people).cloned().collect();
        all.sort_unstable();
        all
    };
    run.time("sorted Vec", build, |all| {
        rows.iter()
            .map(|id| all.binary_search(id).is_ok())
            .collect()
    })
}

fn set<I: Id, S: BuildHasher>(
    name: &'static str,
    run: &Run,
    people: &[I],
    rows: &[I],
    hasher: S,
) -> Line {
    let build = || {
        let mut all = hashbrown::HashSet::with_hasher(hasher);
        all.extend(yes(people).cloned());
        all
    };
    run.time(name, build, |all| {
        rows.iter().map(|id| all.contains(id)).collect()
    })
}

fn map<I: Id, S: BuildHasher>(
    name: &'static str,
    run: &Run,
    people: &[I],
    rows: &[I],
    hasher: S,
) -> Line {
    let build = || {
        let mut all = hashbrown::HashMap::with_hasher(hasher);
        let records = people.iter().enumerate();
        all.extend(records.map(|(place, id)| (id.clone(), Record::of(place))));
        all
    };
    run.time(name, build, |all| {
        let permits = |id| all.get(id).is_some_and(|record| record.permits(&Post));
        rows.iter().map(permits).collect()
    })
}

/// The limit: one byte of as much memory is read for each row, wherever chance has it, and nothing
/// is decided.
fn touches(run: &Run, bytes: usize) -> Line {
    let places: Vec<usize> = {
        let mut random = crate::ids::Random::new();
        (0..run.rows)
            .map(|_| random.below(bytes.max(1) as u64) as usize)
            .collect()
    };
    let build = || vec![1_u8; bytes.max(1)];
    let mut line = run.time("memory touched, nothing decided", build, |memory| {
        places
            .iter()
            .map(|place| black_box(memory[*place]) == 1)
            .collect()
    });
    line.wrong = 0;
    line
}

pub(crate) fn of_numbers(run: &Run, people: &[u64], rows: &[u64]) -> Vec<Line> {
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
        // A place that no key has holds one that leads elsewhere.
        let other = keys.first().copied().unwrap_or(0);
        for (id, _) in ids.iter_mut().zip(is_used).filter(|(_, used)| !used) {
            *id = other;
        }
        (places, ids)
    };
    vec![
        run.time("roaring", bitmap, |all| {
            rows.iter().map(|id| all.contains(*id)).collect()
        }),
        run.time("ptr_hash, keys verified", perfect, |(places, ids)| {
            // Its iterator can only be folded.
            let mut answers = Vec::with_capacity(rows.len());
            let mut ids_of_rows = rows.iter();
            places.index_stream::<32, _>(rows).for_each(|place| {
                answers.push(ids_of_rows.next() == Some(&ids[place]));
            });
            answers
        }),
    ]
}
