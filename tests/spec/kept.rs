//! What a ledger keeps, and how: every statement comes out as it went in, two ledgers become one,
//! and a statement takes tens of bytes.

use std::collections::BTreeSet;

use consent_gate::{
    ConsentRecord, DataPeriod, DenialStatus, Details, Ledger, Notice, Statement, SubjectId,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::strategies::a_record;
use crate::world::{grant, name, withdrawal};

/// Ids and texts that a shorter form could mistake for others.
const AWKWARD: [&str; 16] = [
    "0",
    "7",
    "007",
    "18446744073709551615",
    "18446744073709551616",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "g1",
    "g01",
    "a\0b",
    " a",
    "é",
    "e\u{301}",
    "\u{10ffff}",
    "-1",
];

const INSTANTS: [UtcDateTime; 6] = [
    utc_datetime!(0000-01-01 0:00),
    utc_datetime!(9999-12-31 23:59:59.999_999_999),
    utc_datetime!(1969-12-31 23:59:59.999_999_999),
    utc_datetime!(1970-01-01 0:00),
    utc_datetime!(2024-09-10 9:00),
    utc_datetime!(2024-09-10 9:00:00.000_000_001),
];

fn ledger_of(records: &[ConsentRecord]) -> Ledger {
    records.iter().cloned().collect()
}

/// A record of texts and times that are awkward to keep.
fn awkward() -> impl Strategy<Value = ConsentRecord> {
    let text = || select(&AWKWARD[..]);
    let instant = || select(&INSTANTS[..]);
    let period = prop_oneof![
        Just(DataPeriod::FromGrant),
        Just(DataPeriod::AllExisting),
        instant().prop_map(DataPeriod::From),
    ];
    let times = (
        proptest::option::of(instant()),
        proptest::option::of(instant()),
        proptest::option::of(instant()),
        period,
    );
    let texts = (text(), text(), proptest::option::of(text()));
    (texts, times, proptest::option::of(text())).prop_map(
        |((id, subject, evidence), (at, valid_until, shown_at, data_period), controller)| {
            let statement = match (at, controller) {
                (Some(at), Some(controller)) if id.len() > 2 => Statement::Grant {
                    status: consent_gate::GrantStatus::Given,
                    controller: name(controller),
                    at,
                },
                (at, controller) => Statement::Denial {
                    status: DenialStatus::Withdrawn,
                    controller: controller.map(name),
                    at,
                },
            };
            let details = Details {
                data_period,
                evidence: evidence.map(name),
                valid_until,
                notice: shown_at.map(|shown_at| Notice {
                    id: evidence.map(name),
                    shown_at: Some(shown_at),
                    ..Notice::default()
                }),
                ..Details::default()
            };
            ConsentRecord::new(name(id), name(subject), statement, details).unwrap()
        },
    )
}

fn different(records: &[ConsentRecord]) -> Vec<ConsentRecord> {
    let mut seen = Vec::new();
    for record in records {
        if !seen.contains(record) {
            seen.push(record.clone());
        }
    }
    seen
}

fn unreadable(ledger: &Ledger) -> BTreeSet<String> {
    let subjects = ledger.unreadable_subjects();
    subjects
        .map(|subject| subject.as_str().to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Every statement comes out exactly as it went in, for audits: all of them in the order of
    /// arrival, and those of each person.
    #[test]
    fn a_ledger_gives_back_what_was_put_into_it(
        records in vec(prop_oneof![a_record(), awkward()], 0..24)
    ) {
        let ledger = ledger_of(&records);
        let expected = different(&records);
        prop_assert_eq!(ledger.len(), expected.len());
        prop_assert_eq!(&ledger.records().collect::<Vec<_>>(), &expected);
        for subject in expected.iter().map(ConsentRecord::subject) {
            let theirs = expected.iter().rev().filter(|record| record.subject() == subject);
            let found: Vec<_> = ledger.records_of(subject.as_str()).collect();
            prop_assert_eq!(found, theirs.cloned().collect::<Vec<_>>());
        }
    }

    /// Merging is the same as inserting everything, whichever of two ledgers takes in the other:
    /// no record, no conflict and no mark is lost, and the digest of the set is the same.
    #[test]
    fn merging_is_inserting_everything(
        one in vec(prop_oneof![a_record(), awkward()], 0..12),
        other in vec(prop_oneof![a_record(), awkward()], 0..12),
        marked in select(&AWKWARD[..]),
        unnamed in 0..3_u64,
    ) {
        let (mut left, mut right) = (ledger_of(&one), ledger_of(&other));
        let mut all = ledger_of(&[one, other].concat());
        let marked: SubjectId = name(marked);
        right.mark_unreadable(&marked);
        all.mark_unreadable(&marked);
        for _ in 0..unnamed {
            left.mark_unreadable_unnamed();
            all.mark_unreadable_unnamed();
        }
        let mut turned = right.clone();
        turned.merge(&left);
        left.merge(&right);
        for merged in [&left, &turned] {
            prop_assert_eq!(merged.len(), all.len());
            prop_assert_eq!(merged.subjects(), all.subjects());
            prop_assert_eq!(merged.unreadable_unnamed(), unnamed);
            prop_assert_eq!(unreadable(merged), unreadable(&all));
            prop_assert_eq!(merged.digest(), all.digest());
        }
        prop_assert!(left.is_unreadable(marked.as_str()));
    }
}

/// A ledger that takes in its own copy has nothing new.
#[test]
fn a_ledger_merged_with_its_copy_is_the_same() {
    let mut ledger = ledger_of(&[grant().record(), withdrawal().record()]);
    let digest = ledger.digest();
    ledger.merge(&ledger.clone());
    assert_eq!((ledger.len(), ledger.digest()), (2, digest));
    ledger.merge(&Ledger::new());
    assert_eq!((ledger.len(), ledger.digest()), (2, digest));
}

/// A conflict of which each half is in another ledger is found when they are merged.
#[test]
fn a_conflict_between_two_ledgers_is_found() {
    let mut one = ledger_of(&[grant().record()]);
    let other = ledger_of(&[grant().by("u2").record()]);
    assert!(unreadable(&one).is_empty() && unreadable(&other).is_empty());
    one.merge(&other);
    assert_eq!(
        unreadable(&one),
        ["u1", "u2"].map(str::to_owned).into_iter().collect()
    );
}

/// A long text is kept as a short one is.
#[test]
fn texts_of_any_length_come_back() {
    for length in [1, 127, 128, 4_095, 4_096, 70_000, 3 << 20] {
        let text = "x".repeat(length);
        let record = grant()
            .by(&text)
            .id(&text)
            .but(|details| details.evidence = Some(name(&text)));
        let ledger = ledger_of(&[grant().record(), record.clone(), withdrawal().record()]);
        assert_eq!(ledger.records().nth(1).unwrap(), record, "{length}");
        assert_eq!(ledger.records_of(&text).next().unwrap(), record, "{length}");
    }
}

/// A typical statement of its own person takes less than a hundred bytes, its share of what
/// statements have in common included.
#[test]
fn a_statement_takes_tens_of_bytes() {
    let people: u32 = 20_000;
    let good = (0..people).map(|person| {
        let id = format!("g{person}");
        grant()
            .by(&format!("{}", 1_000_000_u64 + u64::from(person) * 7_919))
            .id(&id)
            .but(|details| details.evidence = Some(name(&format!("log:{person}"))))
    });
    let ledger: Ledger = good.collect();
    let each = ledger.size_in_bytes() / usize::try_from(people).unwrap();
    assert!((20..100).contains(&each), "{each} bytes");
    assert!(Ledger::new().size_in_bytes() < 1_000);
}
