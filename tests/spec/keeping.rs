//! How a ledger keeps what it is given: exactly, in little room, and the same whether it came one
//! by one or from another ledger.

use std::collections::BTreeSet;

use consent_gate::{
    Actor, Capacity, Channels, ConsentRecord, ConsentType, DataCategories, DataPeriod, Decision,
    DenialStatus, Details, Gate, GrantStatus, Granularity, Ledger, Method, NonDecisionStatus,
    Notice, PartyId, Purposes, Requirements as Rule, Snapshot, Statement,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

use crate::strategies::{
    ACTORS, CAPACITIES, EXTREMES, GRANULARITIES, METHODS, TYPES, World, a_world, record,
};
use crate::world::{GIVEN_AT, NOTHING, cannot_read, denies, gate, grant, post, withdrawal};

/// Texts that are easily taken for others, or kept in another way.
const TEXTS: &[&str] = &[
    "alice",
    "0",
    "7",
    "007",
    "-7",
    "255",
    "256",
    "18446744073709551615",
    "18446744073709551616",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
    "00000000-0000-0000-0000-000000000000",
    "f81d4fae7dec11d0a76500a0c91e6bf6",
    "\u{0}a",
    "a\u{0}",
    "é",
    "名前",
    " a ",
    "\u{10ffff}",
];

fn any_text() -> impl Strategy<Value = String> {
    let short = any::<u64>().prop_map(|number| (number >> (number % 64)).to_string());
    let long = (127_usize..300).prop_map(|length| "n".repeat(length));
    prop_oneof![
        4 => select(TEXTS).prop_map(str::to_owned),
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
    let [first, last] = EXTREMES;
    let between = (0..=(last - first).whole_seconds(), 0_i64..1_000_000_000);
    let between = between.prop_map(move |(seconds, nanoseconds)| {
        (first + Duration::seconds(seconds) + Duration::nanoseconds(nanoseconds)).min(last)
    });
    prop_oneof![
        2 => select(&EXTREMES[..]),
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
    let notice = parts.prop_map(|(id, version, shown_at, purposes, controller)| Notice {
        id: id.map(|text| text.parse().unwrap()),
        version: version.map(|text| text.parse().unwrap()),
        shown_at,
        purposes,
        controller,
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
        any_flags::<Channels>(),
        any_flags::<Channels>(),
    );
    let others = (
        vec(any_party(), 0..3),
        period,
        any_notice(),
        option::of(any_text()),
        option::of(any_time()),
    );
    let some = (terms, sets, others).prop_map(|(terms, sets, others)| Details {
        recipients: others.0,
        purposes: sets.0,
        data: sets.1,
        data_period: others.1,
        consent_type: terms.0,
        method: terms.1,
        actor: terms.2,
        capacity: terms.3,
        granular: terms.4,
        notice: others.2,
        evidence: others.3.map(|text| text.parse().unwrap()),
        given_via: sets.2.iter().next().unwrap_or_default(),
        withdraw_via: sets.3,
        valid_until: others.4,
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

/// Whatever a record can say. Some share their ids, and some their people.
fn anything_said() -> impl Strategy<Value = ConsentRecord> {
    let parts = (any_text(), any_text(), any_statement(), any_details());
    parts.prop_map(|(id, subject, statement, details)| record(&id, &subject, statement, details))
}

fn by_arrival(records: &[ConsentRecord]) -> Vec<ConsentRecord> {
    let mut different = Vec::new();
    for record in records {
        if !different.contains(record) {
            different.push(record.clone());
        }
    }
    different
}

fn unreadable(ledger: &Ledger) -> BTreeSet<String> {
    let subjects = ledger.unreadable_subjects();
    subjects
        .map(|subject| subject.as_str().to_owned())
        .collect()
}

/// Two ledgers that were filled in different ways hold the same.
fn hold_the_same(one: &Ledger, other: &Ledger) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.len(), other.len());
    prop_assert_eq!(one.subjects(), other.subjects());
    prop_assert_eq!(one.unreadable_unnamed(), other.unreadable_unnamed());
    prop_assert_eq!(unreadable(one), unreadable(other));
    prop_assert_eq!(one.digest(), other.digest());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever a record says, it comes out of the ledger as it went in, in the order of arrival,
    /// and each person's from the last one back.
    #[test]
    fn records_come_out_exactly_as_they_went_in(records in vec(anything_said(), 0..12)) {
        let ledger: Ledger = records.iter().cloned().collect();
        let different = by_arrival(&records);
        prop_assert_eq!(ledger.records().collect::<Vec<_>>(), different.clone());
        prop_assert_eq!(ledger.len(), different.len());
        let subjects: BTreeSet<&str> =
            different.iter().map(|record| record.subject().as_str()).collect();
        prop_assert_eq!(ledger.subjects(), subjects.len());
        for subject in subjects {
            let theirs = different.iter().rev();
            let theirs = theirs.filter(|record| record.subject().as_str() == subject);
            prop_assert!(ledger.records_of(subject).eq(theirs.cloned()), "of {subject:?}");
        }
        let again: Ledger = records.iter().rev().chain(&records).cloned().collect();
        hold_the_same(&ledger, &again)?;
    }

    /// R2 · in a ledger or in a list, what was said is worth the same.
    #[test]
    fn a_ledger_is_worth_what_its_records_are(records in vec(anything_said(), 0..6)) {
        let asked = Purposes::TRAIN_GENERATIVE;
        let gate = Gate::builder("alice", asked, GIVEN_AT + Duration::days(2)).build().unwrap();
        let replay = gate.replay();
        let ledger: Ledger = records.iter().cloned().collect();
        let snapshot = Snapshot::new(&gate, &ledger);
        for record in &records {
            let row = crate::strategies::Row {
                subjects: Vec::from([TEXTS
                    .iter()
                    .find(|text| **text == record.subject().as_str())
                    .copied()
                    .unwrap_or("alice")]),
                collected_at: Some(GIVEN_AT),
                data: DataCategories::POSTS,
                restrictions: consent_gate::Restrictions::none(),
                own: Vec::new(),
            };
            let subject = row.subjects[0];
            let all = |_: &crate::strategies::Row, _: &str| records.clone();
            let decision = gate.decide(&row, &ledger);
            prop_assert_eq!(&gate.decide(&row, &snapshot), &decision);
            if !ledger.is_unreadable(subject) {
                prop_assert_eq!(gate.decide(&row, all), decision);
                prop_assert_eq!(replay.decide(&row, all), replay.decide(&row, &ledger));
            }
        }
    }

    /// Merging is the same as inserting everything, in either order and more than once.
    #[test]
    fn merging_is_the_same_as_inserting_everything(
        world in a_world(),
        other in a_world(),
        unnamed in any::<[u8; 2]>(),
    ) {
        let filled = |world: &World, unnamed: u8| {
            let mut ledger = world.ledger();
            (0..unnamed).for_each(|_| ledger.mark_unreadable_unnamed());
            ledger
        };
        let [one, two] = [filled(&world, unnamed[0]), filled(&other, unnamed[1])];
        let mut all: Ledger = world.records.iter().chain(&other.records).cloned().collect();
        for subject in world.unreadable.iter().chain(&other.unreadable) {
            cannot_read(&mut all, subject);
        }
        for _ in 0..u16::from(unnamed[0]) + u16::from(unnamed[1]) {
            all.mark_unreadable_unnamed();
        }
        let mut there = one.clone();
        there.merge(&two);
        hold_the_same(&there, &all)?;
        prop_assert!(there.records().eq(all.records()));
        let mut back = two.clone();
        back.merge(&one);
        hold_the_same(&back, &all)?;
        let gate = world.ask.gate();
        for row in &world.rows {
            prop_assert_eq!(gate.decide(row, &there), gate.decide(row, &all));
            prop_assert_eq!(gate.decide(row, &back), gate.decide(row, &all));
        }
        let mut again = there.clone();
        again.merge(&Ledger::new());
        again.extend(two.records());
        hold_the_same(&again, &there)?;
    }
}

/// R15 · a merged no is a no.
#[test]
fn a_denial_that_is_merged_ends_the_grant() {
    let gate = gate().build().unwrap();
    let mut ledger = Ledger::from_iter([grant().record()]);
    assert!(gate.decide(&post(), &ledger).is_permit());
    ledger.merge(&Ledger::from_iter([withdrawal().record()]));
    denies(&gate.decide(&post(), &ledger), NOTHING, Rule::STANDING);
}

/// R2 · two ledgers may each be without a conflict, and conflict with each other.
#[test]
fn a_conflict_between_ledgers_is_found_when_they_are_merged() {
    let mut ledger = Ledger::from_iter([grant().record()]);
    ledger.merge(&Ledger::from_iter([grant().by("u2").record()]));
    assert_eq!(unreadable(&ledger), ["u1", "u2"].map(str::to_owned).into());
    let mut marked = Ledger::new();
    cannot_read(&mut marked, "u3");
    ledger.merge(&marked);
    assert!(ledger.is_unreadable("u3"));
}

/// The record of somebody, as a service would keep it.
fn consent(person: usize) -> ConsentRecord {
    let purposes = Purposes::TRAIN_GENERATIVE;
    let seconds = i64::try_from(person * 7919 % 40_000_000).unwrap();
    let at = GIVEN_AT + Duration::seconds(seconds);
    let details = Details {
        purposes,
        data: DataCategories::POSTS,
        consent_type: Some(ConsentType::ExplicitlyExpressed),
        method: Some(Method::Confirmation),
        actor: Some(Actor::Subject),
        capacity: Some(Capacity::OfAge),
        granular: Some(Granularity::Separate),
        notice: Some(Notice {
            id: "ai".parse().ok(),
            version: "3".parse().ok(),
            shown_at: Some(at - Duration::seconds(seconds % 100)),
            purposes,
            controller: "acme".parse().ok(),
        }),
        evidence: format!("log:{person}").parse().ok(),
        given_via: Channels::WEB,
        withdraw_via: Channels::WEB | Channels::APP,
        valid_until: Some(at + Duration::days(365)),
        ..Details::default()
    };
    let statement = Statement::Grant {
        status: GrantStatus::Given,
        controller: "acme".parse().unwrap(),
        at,
    };
    let subject = (person * 7919).to_string();
    record(&format!("consent-{person}"), &subject, statement, details)
}

/// A statement takes tens of bytes, all that is kept to find it again included.
#[test]
fn a_statement_takes_tens_of_bytes() {
    let ledger: Ledger = (0..10_000).map(consent).collect();
    assert_eq!((ledger.len(), ledger.subjects()), (10_000, 10_000));
    let each = ledger.size_in_bytes() / ledger.len();
    assert!((40..80).contains(&each), "{each} bytes");
    assert!(ledger.records().eq((0..10_000).map(consent)));
    assert!(Ledger::new().size_in_bytes() < 1024);
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
