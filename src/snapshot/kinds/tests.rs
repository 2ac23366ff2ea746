//! A stranger who shares bucket and tag with a person on file is told apart by the last comparison
//! alone. Such ids are constructed here: the mixing of numbers and of UUIDs can be inverted, and
//! that of texts can be steered with their second word.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeSet;
use std::fmt::Debug;

use time::UtcDateTime;
use time::macros::utc_datetime;

use super::super::instants::InstantCollector;
use super::super::table::{FACTORS, NOT_FOUND, find_many, find_one};
use super::*;
use crate::decision::answer::Decision;
use crate::decision::question::BLOCK;
use crate::gate::Gate;
use crate::ledger::Ledger;
use crate::record::{ConsentRecord, Details, Notice, Statement};
use crate::row::{Restrictions, UserRecord};
use crate::snapshot::{AskedId, Snapshot};
use crate::storage::subject_key::SubjectKey;
use crate::vocabulary::purpose::{Channels, DataCategories, Purposes};
use crate::vocabulary::term::{
    Actor, Capacity, Channel, ConsentType, GrantStatus, Granularity, Method,
};

const GIVEN_AT: UtcDateTime = utc_datetime!(2024-09-10 9:00);

/// Another text of sixteen printable characters that is mixed into the same number as `text`.
fn colliding_text(text: &str, factor: u64) -> String {
    let words = |text: &str| {
        let (words, _) = text.as_bytes().as_chunks::<8>();
        [words[0], words[1]].map(u64::from_le_bytes)
    };
    let start = u64::try_from(text.len()).unwrap() ^ factor;
    let [first, second] = words(text);
    let sum = folded_product(start ^ first, factor) ^ second;
    let found = (0_u64..1_000_000).find_map(|number| {
        let first = format!("s{number:07}");
        let (word, _) = first.as_bytes().as_chunks::<8>();
        let second = sum ^ folded_product(start ^ u64::from_le_bytes(word[0]), factor);
        let second = second.to_le_bytes();
        let is_printable = second.iter().all(u8::is_ascii_graphic);
        let other = is_printable.then(|| first + str::from_utf8(&second).unwrap())?;
        (other != text).then_some(other)
    });
    let found = found.expect("one in about 3,000 is printable");
    assert_eq!(mixed_text(&found, factor), mixed_text(text, factor));
    found
}

fn people<I: Copy>(ids: &[I]) -> Vec<Person<I>> {
    let person = |id: &I| Person {
        id: *id,
        entry: EntryIndex(0),
        first_record_id: RecordIdIndex(0),
        starts: Starts::None,
    };
    ids.iter().map(person).collect()
}

fn known(people: usize) -> Known {
    Known {
        entries: Packing::new(0, people),
        first_names: Packing::new(0, people),
        instants: InstantCollector::default().encoder(people),
    }
}

/// Every person is found, and no stranger, one at a time and many at once. Returns how many
/// strangers share bucket and tag with the person that they are listed with.
fn strangers_sharing_a_probe<'i, T: Ids>(
    table: &T,
    ids: &[T::Id<'i>],
    strangers: &[(T::Id<'i>, T::Id<'i>)],
) -> usize
where
    T::Id<'i>: Ord + Debug,
{
    let on_file: BTreeSet<_> = ids.iter().copied().collect();
    for id in ids {
        assert_ne!(find_one(table, *id), NOT_FOUND, "{id:?}");
    }
    let strangers: Vec<_> = strangers
        .iter()
        .filter(|(_, stranger)| !on_file.contains(stranger))
        .collect();
    for block in strangers.chunks(BLOCK) {
        let block: Vec<_> = block.iter().map(|(_, stranger)| *stranger).collect();
        let mut indices = vec![0; block.len()];
        find_many(table, &block, &mut indices);
        for (stranger, index) in block.iter().zip(indices) {
            assert_eq!(index, NOT_FOUND, "{stranger:?}");
            assert_eq!(find_one(table, *stranger), NOT_FOUND, "{stranger:?}");
        }
    }
    let level = &table.levels()[0];
    let probe = |id: T::Id<'i>| table.probe(level, id, FACTORS[0]).bucket_and_tag();
    let shares = |(person, stranger): &&&(_, _)| probe(*person) == probe(*stranger);
    strangers.iter().filter(shares).count()
}

#[test]
fn a_number_that_shares_bucket_and_tag_with_a_person_is_not_found() {
    for (width, count) in [(64, 1), (64, 10), (64, 1_000), (48, 1), (41, 100), (33, 1)] {
        let greatest = u64::MAX >> (64 - width);
        let spread = |number: u64| number.wrapping_mul(0xA24B_AED4_963E_E407) & greatest;
        let mut ids: Vec<u64> = (1..count).map(spread).collect();
        ids.push(greatest);
        let numbers = Numbers::of(people(&ids), 0, &mut known(ids.len()));
        assert_eq!(numbers.width, width);
        // The numbers of one slot are next to each other when they are mixed.
        let steps = [-3_i64, -2, -1, 1, 2, 3].map(|step| step << (64 - width));
        let neighbours = |id: u64| {
            let mixed = mixed_number(id, width, FACTORS[0]);
            steps.map(|step| {
                let mixed = mixed.wrapping_add_signed(step);
                (id, unmixed_number(mixed, width, FACTORS[0]))
            })
        };
        let strangers: Vec<_> = ids.iter().copied().flat_map(neighbours).collect();
        let sharing = strangers_sharing_a_probe(&numbers, &ids, &strangers);
        assert!(sharing >= ids.len(), "{sharing} of {width} bits");
    }
}

#[test]
fn a_number_wider_than_every_person_is_not_found() {
    for width in [1, 7, 32, 40, 63] {
        let greatest = u64::MAX >> (64 - width);
        let ids = [greatest];
        let numbers = Numbers::of(people(&ids), 0, &mut known(1));
        let wider = (width..64).map(|bit| (greatest, greatest | 1 << bit));
        strangers_sharing_a_probe(&numbers, &ids, &wider.collect::<Vec<_>>());
    }
}

#[test]
fn a_uuid_that_shares_bucket_and_tag_with_a_person_is_not_found() {
    for count in [1, 10, 1_000_u128] {
        let spread = |number: u128| number.wrapping_mul(0xA24B_AED4_963E_E407_9FB2_1C65_1E98_DF25);
        let ids: Vec<u128> = (1..=count).map(spread).collect();
        let uuids = Uuids::of(people(&ids), 0, &mut known(ids.len()));
        let strangers = |id: u128| {
            let mixed = mixed_uuid(id, FACTORS[0]);
            let [low, _] = halves(id);
            let same_low = [-2, -1, 1, 2].map(|step| (mixed.wrapping_add_signed(step), low));
            let same_mixed = [1, 1 << 31, 1 << 63].map(|bit| (mixed, low ^ bit));
            let all = same_low.into_iter().chain(same_mixed);
            all.map(move |(mixed, low)| (id, unmixed_uuid(mixed, low, FACTORS[0])))
        };
        let strangers: Vec<_> = ids.iter().copied().flat_map(strangers).collect();
        let sharing = strangers_sharing_a_probe(&uuids, &ids, &strangers);
        assert!(sharing >= ids.len() * 6, "{sharing} of {}", strangers.len());
    }
}

#[test]
fn a_text_that_shares_bucket_and_tag_with_a_person_is_not_found() {
    for count in [1, 10, 100] {
        let ids: Vec<String> = (0..count).map(|n| format!("person number{n:3}")).collect();
        let colliding = ids.iter().map(|id| colliding_text(id, FACTORS[0]));
        let others: Vec<String> = colliding.collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let texts = Texts::of(people(&ids), 0, &mut known(ids.len()));
        let others = others.iter().map(String::as_str);
        let strangers: Vec<_> = ids.iter().copied().zip(others).collect();
        let sharing = strangers_sharing_a_probe(&texts, &ids, &strangers);
        assert_eq!(sharing, ids.len());
    }
}

struct Post(String);

impl UserRecord for Post {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.0.as_str())
    }

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

fn grant_of(subject: &str) -> ConsentRecord {
    let details = Details {
        purposes: Purposes::TRAIN_GENERATIVE,
        data: DataCategories::POSTS,
        consent_type: Some(ConsentType::ExplicitlyExpressed),
        method: Some(Method::Confirmation),
        actor: Some(Actor::Subject),
        capacity: Some(Capacity::OfAge),
        granular: Some(Granularity::Separate),
        notice: Some(Notice {
            id: Some("ai".parse().unwrap()),
            version: Some("3".parse().unwrap()),
            shown_at: Some(utc_datetime!(2024-09-10 8:59)),
            purposes: Purposes::TRAIN_GENERATIVE,
            controller: Some("acme".parse().unwrap()),
        }),
        evidence: Some("log:4711".parse().unwrap()),
        given_via: Some(Channel::Web),
        withdraw_via: Channels::WEB,
        valid_until: Some(utc_datetime!(2025-09-10 0:00)),
        ..Details::default()
    };
    let statement = Statement::Grant {
        status: GrantStatus::Given,
        controller: "acme".parse().unwrap(),
        at: GIVEN_AT,
    };
    let id = "g1".parse().unwrap();
    ConsentRecord::new(id, subject.parse().unwrap(), statement, details).unwrap()
}

/// R1 · asked as a row and as a column, in both forms of a snapshot.
#[track_caller]
fn only_the_person_passes<I: AskedId>(person: (I, String), stranger: (I, String)) {
    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("acme", Purposes::TRAIN_GENERATIVE, as_of)
        .build()
        .unwrap();
    let ledger = Ledger::from_iter([grant_of(&person.1)]);
    let ids = [person.0, stranger.0];
    let rows = [Post(person.1), Post(stranger.1)];
    for snapshot in [
        Snapshot::new(&gate, &ledger),
        Snapshot::of_grants_only(&gate, &ledger),
    ] {
        let decisions = snapshot.decide_batch(&rows);
        let permits: Vec<bool> = decisions.iter().map(Decision::is_permit).collect();
        assert_eq!(permits, [true, false], "{decisions:?}");
        assert_eq!(snapshot.mask_ids(&ids, &rows[0]), [true, false]);
    }
}

#[test]
fn a_stranger_who_shares_bucket_and_tag_with_a_consenting_person_is_denied() {
    let number = 0xFEDC_BA98_7654_3210_u64;
    let mixed = mixed_number(number, 64, FACTORS[0]);
    let stranger = unmixed_number(mixed ^ 1, 64, FACTORS[0]);
    only_the_person_passes(
        (number, number.to_string()),
        (stranger, stranger.to_string()),
    );

    let uuid = 0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6_u128;
    let [low, _] = halves(uuid);
    let mixed = mixed_uuid(uuid, FACTORS[0]);
    for (mixed, low) in [(mixed ^ 1, low), (mixed, low ^ 1)] {
        let stranger = unmixed_uuid(mixed, low, FACTORS[0]);
        let named = |uuid: u128| {
            (
                uuid.to_be_bytes(),
                SubjectKey::Uuid(uuid).to_text().into_owned(),
            )
        };
        only_the_person_passes(named(uuid), named(stranger));
    }

    let text = "alice@example.eu";
    let stranger = colliding_text(text, FACTORS[0]);
    only_the_person_passes(
        (text, text.to_owned()),
        (stranger.as_str(), stranger.clone()),
    );
}

#[cfg(feature = "snapshot-file")]
#[test]
fn an_overflow_is_valid_only_if_it_is_sorted_and_begins_with_the_next_index() {
    let overflow = |ids: &[u64], first| Overflow {
        ids: ids.to_vec(),
        first,
    };
    let is_valid = |overflow: &Overflow<u64>| {
        let mut next = 7;
        let is_valid = overflow.is_valid(&mut next);
        assert_eq!(next, 7 + overflow.ids.len());
        is_valid
    };
    assert!(is_valid(&overflow(&[], 7)));
    assert!(is_valid(&overflow(&[3], 7)));
    assert!(is_valid(&overflow(&[3, 4, 9], 7)));
    for ids in [&[4, 3][..], &[3, 3], &[3, 9, 4]] {
        assert!(!is_valid(&overflow(ids, 7)), "{ids:?}");
    }
    for first in [0, 6, 8, usize::MAX] {
        assert!(!is_valid(&overflow(&[3, 4], first)), "{first}");
    }
}
