//! What a ledger keeps, and how: every statement comes out as it went in, ledgers can be merged,
//! and a statement takes tens of bytes.

use std::collections::BTreeSet;

use consent_gate::{
    Channel, Channels, ConsentRecord, DataCategories, DataPeriod, Decision, DenialStatus, Details,
    Gate, GrantStatus, Ledger, NonDecisionStatus, Notice, OnFile, PartyId, Purposes, Restrictions,
    Rules as Rule, Snapshot, Statement, SubjectId,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

use crate::strategies::{ACTORS, CAPACITIES, GRANULARITIES, METHODS, Row, TYPES, a_record, record};
use crate::world::{GIVEN_AT, NOTHING, denies, gate, grant, name, post, withdrawal};

/// Ids and texts that a compact encoding could confuse with others.
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

fn any_text() -> impl Strategy<Value = String> {
    let short = any::<u64>().prop_map(|number| (number >> (number % 64)).to_string());
    let long = (127_usize..300).prop_map(|length| "n".repeat(length));
    prop_oneof![
        4 => select(&AWKWARD[..]).prop_map(str::to_owned),
        1 => "\\PC{1,12}".prop_filter("blank", |text| text.parse::<PartyId>().is_ok()),
        1 => short,
        1 => long,
    ]
}

fn any_party() -> impl Strategy<Value = PartyId> {
    any_text().prop_map(|text| text.parse().unwrap())
}

/// Whole seconds and not, near each other and at both ends.
fn any_time() -> impl Strategy<Value = UtcDateTime> {
    let [first, last, ..] = INSTANTS;
    let between = (0..=(last - first).whole_seconds(), 0_i64..1_000_000_000);
    let between = between.prop_map(move |(seconds, nanoseconds)| {
        (first + Duration::seconds(seconds) + Duration::nanoseconds(nanoseconds)).min(last)
    });
    prop_oneof![
        2 => select(&INSTANTS[..]),
        3 => (0_i64..5).prop_map(|days| GIVEN_AT + Duration::days(days)),
        1 => (0_i64..3).prop_map(|extra| GIVEN_AT + Duration::nanoseconds(extra)),
        1 => Just(utc_datetime!(1969-12-31 23:59:59.999_999_999)),
        2 => between,
    ]
}

fn any_flags<F: bitflags::Flags<Bits = u32> + std::fmt::Debug>() -> impl Strategy<Value = F> {
    any::<u32>().prop_map(F::from_bits_truncate)
}

fn any_notice() -> impl Strategy<Value = Option<Notice>> {
    let text = || option::of(any_text());
    let parts = (
        text(),
        text(),
        option::of(any_time()),
        any_flags(),
        option::of(any_party()),
    );
    let notice = parts.prop_map(|(id, version, shown_at, purposes, controller)| {
        let mut notice = Notice::default();
        notice.id = id.map(|text| text.parse().unwrap());
        notice.version = version.map(|text| text.parse().unwrap());
        notice.shown_at = shown_at;
        notice.purposes = purposes;
        notice.controller = controller;
        notice
    });
    option::of(notice)
}

fn any_details() -> impl Strategy<Value = Details> {
    let period = prop_oneof![
        Just(DataPeriod::FromGrant),
        Just(DataPeriod::AllExisting),
        any_time().prop_map(DataPeriod::From),
    ];
    let terms = (
        option::of(select(TYPES)),
        option::of(select(METHODS)),
        option::of(select(ACTORS)),
        option::of(select(CAPACITIES)),
        option::of(select(GRANULARITIES)),
    );
    let sets = (
        any_flags::<Purposes>(),
        any_flags::<DataCategories>(),
        any_flags::<Channels>().prop_map(|channels| {
            channels
                .iter()
                .next()
                .map(|channel| channel.to_string().parse::<Channel>().unwrap())
        }),
        any_flags::<Channels>(),
    );
    let others = (
        vec(any_party(), 0..3),
        period,
        any_notice(),
        option::of(any_text()),
        option::of(any_time()),
    );
    let some = (terms, sets, others).prop_map(|(terms, sets, others)| {
        let mut details = Details::default();
        details.recipients = others.0;
        details.purposes = sets.0;
        details.data = sets.1;
        details.data_period = others.1;
        details.consent_type = terms.0;
        details.method = terms.1;
        details.actor = terms.2;
        details.capacity = terms.3;
        details.granular = terms.4;
        details.notice = others.2;
        details.evidence = others.3.map(|text| text.parse().unwrap());
        details.given_via = sets.2;
        details.withdraw_via = sets.3;
        details.valid_until = others.4;
        details
    });
    prop_oneof![5 => some, 1 => Just(Details::default())]
}

fn any_statement() -> impl Strategy<Value = Statement> {
    let parts = (0..11_usize, any_party(), any_time(), any::<[bool; 2]>());
    parts.prop_map(|(status, controller, at, [is_named, is_dated])| {
        let grants = [GrantStatus::Given, GrantStatus::Renewed];
        let denials = [
            DenialStatus::Refused,
            DenialStatus::Withdrawn,
            DenialStatus::Objected,
            DenialStatus::Revoked,
            DenialStatus::Expired,
            DenialStatus::Invalidated,
        ];
        let others = [
            NonDecisionStatus::Requested,
            NonDecisionStatus::Deferred,
            NonDecisionStatus::Unknown,
        ];
        match status {
            0..2 => Statement::Grant {
                status: grants[status],
                controller,
                at,
            },
            2..8 => Statement::Denial {
                status: denials[status - 2],
                controller: is_named.then_some(controller),
                at: is_dated.then_some(at),
            },
            _ => Statement::NonDecision {
                status: others[status - 8],
                controller,
                at,
            },
        }
    })
}

/// Whatever a record can say, in texts and times that are awkward to keep. Some share their ids,
/// and some their people.
fn awkward() -> impl Strategy<Value = ConsentRecord> {
    let parts = (any_text(), any_text(), any_statement(), any_details());
    parts.prop_map(|(id, subject, statement, details)| record(&id, &subject, statement, details))
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
            left.mark_unattributed();
            all.mark_unattributed();
        }
        let mut turned = right.clone();
        turned.merge(&left);
        left.merge(&right);
        for merged in [&left, &turned] {
            prop_assert_eq!(merged.len(), all.len());
            prop_assert_eq!(merged.subjects(), all.subjects());
            prop_assert_eq!(merged.unattributed(), unnamed);
            prop_assert_eq!(unreadable(merged), unreadable(&all));
            prop_assert_eq!(merged.digest(), all.digest());
        }
        prop_assert!(left.is_unreadable(marked.as_str()));
    }

    /// R2 · the same records give the same decision in a ledger and in a list.
    #[test]
    fn a_ledger_decides_as_its_records_do(records in vec(awkward(), 0..6)) {
        let asked = Purposes::TRAIN_GENERATIVE;
        let gate = Gate::builder("7", asked, GIVEN_AT + Duration::days(2)).build().unwrap();
        let replay = gate.replay();
        let ledger: Ledger = records.iter().cloned().collect();
        let snapshot = Snapshot::new(&gate, &ledger);
        for subject in AWKWARD {
            let row = Row {
                subjects: vec![subject],
                collected_at: Some(GIVEN_AT),
                data: DataCategories::POSTS,
                restrictions: Restrictions::none(),
                own: Vec::new(),
            };
            let all = |_: &Row, _: &str| OnFile::complete(records.clone());
            let decision = gate.with(&ledger).decide(&row);
            prop_assert_eq!(&snapshot.decide(&row), &decision);
            if !ledger.is_unreadable(subject) {
                prop_assert_eq!(gate.with(all).decide(&row), decision);
                prop_assert_eq!(replay.with(all).decide(&row), replay.with(&ledger).decide(&row));
            }
        }
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

/// R15 · a merged no is a no.
#[test]
fn a_denial_that_is_merged_ends_the_grant() {
    let gate = gate().build().unwrap();
    let mut ledger = Ledger::from_iter([grant().record()]);
    assert!(gate.with(&ledger).decide(&post()).is_permit());
    ledger.merge(&Ledger::from_iter([withdrawal().record()]));
    denies(&gate.with(&ledger).decide(&post()), NOTHING, Rule::STANDING);
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

/// Many conflicts about one id, many records of one person: nothing is lost and nothing added.
#[test]
fn a_ledger_that_grows_loses_nothing() {
    let mut ledger = Ledger::new();
    let said = |number: usize| {
        let (id, subject) = match number % 4 {
            0 => ("same".to_owned(), format!("person-{number}")),
            1 => (format!("r{number}"), "same".to_owned()),
            _ => (format!("r{number}"), number.to_string()),
        };
        let statement = Statement::Denial {
            status: DenialStatus::Withdrawn,
            controller: None,
            at: Some(GIVEN_AT),
        };
        record(&id, &subject, statement, Details::default())
    };
    for number in 0..800 {
        ledger.insert(said(number));
        ledger.insert(said(number / 2));
    }
    assert!(ledger.records().eq((0..800).map(said)));
    assert_eq!(ledger.records_of("same").count(), 200);
    assert_eq!(unreadable(&ledger).len(), 200);
    assert_eq!(ledger.subjects(), 601);
}

/// A decision travels in two registers.
#[test]
fn a_decision_takes_two_words() {
    assert_eq!(size_of::<Decision<'_>>(), 16);
}
