//! A snapshot decides as the gate on the ledger does, whatever the people are called, in both of
//! its forms, one row at a time and many at once.

use consent_gate::{
    AskedId, ConsentRecord, DataPeriod, Decision, DenialStatus, Details, EmbeddedRecords, Gate,
    Ledger, Rules as Rule, Snapshot, Statement, UserRecord,
};

use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

use crate::world::{
    AS_OF, GIVEN_AT, NANOSECOND, NOTHING, Row, cannot_read, denies, gate, grant, name, post_by,
    post_of, withdrawal,
};

fn consent_of(subject: &str) -> ConsentRecord {
    let id = format!("grant of {subject}");
    grant().id(&id).by(subject).record()
}

/// A UUID in its usual form.
fn hyphened(uuid: u128) -> String {
    let digits = format!("{uuid:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| &digits[part]).join("-")
}

/// Ids at and near the limits of each stored form.
fn borders() -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for bits in 0..64 {
        let power = 1_u64 << bits;
        ids.extend([power - 1, power, power + 1].map(|number| number.to_string()));
    }
    ids.extend([u64::MAX - 1, u64::MAX].map(|number| number.to_string()));
    for bits in 0..128 {
        let power = 1_u128 << bits;
        ids.extend([power - 1, power, !power].map(hyphened));
    }
    ids.push(hyphened(u128::MAX));
    let texts = [
        "00",
        "007",
        "01",
        "+1",
        "-1",
        "1 ",
        " 1",
        "1\0",
        "1.",
        "1e1",
        "0x1",
        "١",
        "a",
        "ab",
        "18446744073709551616",
        "18446744073709551615 ",
        "184467440737095516150",
        "99999999999999999999",
        "00000000000000000000000000000000",
        "00000000-0000-0000-0000-00000000000",
        "00000000-0000-0000-0000-0000000000000",
        "00000000-0000-0000-00000-00000000000",
        "0000000--0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "{ffffffff-ffff-ffff-ffff-ffffffffffff}",
        "gfffffff-ffff-ffff-ffff-ffffffffffff",
        "é",
        "e\u{301}",
        "\u{10ffff}",
    ];
    ids.extend(texts.map(str::to_owned));
    for length in 1..40 {
        ids.extend(["x", "é", "\u{1f600}"].map(|each| each.repeat(length)));
    }
    ids.sort();
    ids.dedup();
    ids
}

/// R1 · exactly that subject: every id is told from every other, in every form, when one half of
/// them has consented and the other half has not, and the other way round.
#[test]
fn every_id_is_found_and_no_other_however_it_is_kept() {
    let gate = gate().build().unwrap();
    let ids = borders();
    assert!(ids.len() > 600, "{}", ids.len());
    for half in 0..2 {
        let has_consented = |place: usize| place % 2 == half;
        let consented = ids
            .iter()
            .enumerate()
            .filter(|(place, _)| has_consented(*place));
        let ledger: Ledger = consented.map(|(_, id)| consent_of(id)).collect();
        let whole = Snapshot::new(&gate, &ledger);
        let grants = Snapshot::of_grants_only(&gate, &ledger);
        for (place, id) in ids.iter().enumerate() {
            let row = post_by(id);
            let expected = gate.with(&ledger).decide(&row);
            assert_eq!(expected.is_permit(), has_consented(place), "{id:?}");
            assert_eq!(whole.decide(&row), expected, "{id:?}");
            assert_eq!(
                grants.decide(&row).is_permit(),
                expected.is_permit(),
                "{id:?}"
            );
        }
    }
}

/// R1 · each id alone in a snapshot lets no one else pass.
#[test]
fn one_person_alone_lets_no_one_else_pass() {
    let gate = gate().build().unwrap();
    let ids: Vec<String> = borders().into_iter().step_by(7).collect();
    for one in &ids {
        let ledger = Ledger::from_iter([consent_of(one)]);
        let snapshot = Snapshot::of_grants_only(&gate, &ledger);
        for other in &ids {
            let decision = snapshot.decide(&post_by(other));
            assert_eq!(decision.is_permit(), one == other, "{one:?} {other:?}");
        }
    }
}

/// R1 · numbers of few bits, all sets of them that have the same greatest one: each is told from
/// the others.
#[test]
fn the_smallest_numbers_are_kept_apart() {
    const GREATEST: u32 = 6;
    let gate = gate().build().unwrap();
    for consented in 1_u32..1 << (GREATEST + 1) {
        let people = 0..=GREATEST;
        let has_consented = |person: u32| consented >> person & 1 == 1;
        let names = people.clone().filter(|person| has_consented(*person));
        let ledger: Ledger = names
            .map(|person| consent_of(&person.to_string()))
            .collect();
        let whole = Snapshot::new(&gate, &ledger);
        let grants = Snapshot::of_grants_only(&gate, &ledger);
        for person in people {
            let row = post_by(&person.to_string());
            for snapshot in [&whole, &grants] {
                let decision = snapshot.decide(&row);
                assert_eq!(
                    decision.is_permit(),
                    has_consented(person),
                    "{person} {consented:b}"
                );
            }
        }
    }
}

/// R1 · a snapshot without people finds no one.
#[test]
fn an_empty_snapshot_has_nothing_on_file() {
    let gate = gate().build().unwrap();
    for snapshot in [
        Snapshot::new(&gate, &Ledger::new()),
        Snapshot::of_grants_only(&gate, &Ledger::new()),
    ] {
        assert_eq!(snapshot.subjects(), 0);
        for id in borders() {
            denies(&snapshot.decide(&post_by(&id)), Rule::ON_RECORD, NOTHING);
        }
    }
}

/// A ledger of numbers: every third has withdrawn, every fifth cannot be read, and some have two
/// grants of which only one is good.
fn crowd(people: u64) -> Ledger {
    let mut ledger = Ledger::new();
    for person in 0..people {
        let subject = (person * person).to_string();
        ledger.insert(consent_of(&subject));
        if person % 3 == 0 {
            let id = format!("withdrawal of {subject}");
            ledger.insert(withdrawal().id(&id).by(&subject).record());
        }
        if person % 5 == 0 {
            cannot_read(&mut ledger, &subject);
        }
        if person % 7 == 0 {
            let id = format!("worse of {subject}");
            let worse = grant().id(&id).by(&subject);
            ledger.insert(worse.but(|details| details.evidence = None));
        }
    }
    ledger
}

/// R1, R2, R15 · people of many standings keep theirs.
#[test]
fn a_crowd_is_kept_apart() {
    let gate = gate().build().unwrap();
    let ledger = crowd(1_000);
    let whole = Snapshot::new(&gate, &ledger);
    let grants = Snapshot::of_grants_only(&gate, &ledger);
    assert_eq!(whole.subjects(), 1_000);
    let rows: Vec<Row> = (0..3_000_u64).map(|id| post_by(&id.to_string())).collect();
    let mut permits = 0;
    for row in &rows {
        let expected = gate.with(&ledger).decide(row);
        permits += usize::from(expected.is_permit());
        assert_eq!(whole.decide(row), expected);
        assert_eq!(grants.decide(row).is_permit(), expected.is_permit());
    }
    // Of the 54 numbers whose squares are below 3,000, 29 are multiples of neither three nor five.
    assert_eq!(permits, 29);
    assert!(grants.subjects() < whole.subjects());
    assert!(grants.size_in_bytes() < whole.size_in_bytes());
}

/// How many are asked about: none, as many as one block or two blocks hold, and one more or one less.
const LENGTHS: [usize; 11] = [0, 1, 63, 64, 65, 127, 128, 255, 256, 257, 513];

/// A batch says of every row what the gate says of it alone, in the order of the rows, however
/// many there are.
#[test]
fn a_batch_is_decided_as_its_rows_are() {
    let gate = gate().build().unwrap();
    let ledger = crowd(100);
    let snapshot = Snapshot::new(&gate, &ledger);
    for count in LENGTHS {
        let rows: Vec<Row> = (0..count).map(|id| post_by(&id.to_string())).collect();
        let expected: Vec<_> = rows
            .iter()
            .map(|row| gate.with(&ledger).decide(row))
            .collect();
        assert_eq!(snapshot.decide_batch(&rows), expected, "{count} rows");
    }
}

/// R1 · in a batch too all subjects of a row have to permit, and a row without any has no
/// consent.
#[test]
fn a_batch_asks_every_subject_of_a_row() {
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter(["a", "b"].map(consent_of));
    let snapshot = Snapshot::new(&gate, &ledger);
    let rows = [
        post_of(["a", "b"]),
        post_of(["a", "c"]),
        post_of(["c", "a"]),
        post_of([]),
        post_of(["b"]),
    ];
    let decisions = snapshot.decide_batch(&rows);
    let permits: Vec<bool> = decisions.iter().map(Decision::is_permit).collect();
    assert_eq!(permits, [true, false, false, false, true]);
    for (row, decision) in rows.iter().zip(&decisions) {
        assert_eq!(*decision, gate.with(&ledger).decide(row));
    }
}

/// A permit by the form that keeps only grants names none: the ledger does.
#[test]
fn the_smallest_form_names_no_grant() {
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([consent_of("7")]);
    let names = |snapshot: &Snapshot| match snapshot.decide(&post_by("7")).into_owned() {
        Decision::Permit(grants) => grants.iter().map(ToString::to_string).collect::<Vec<_>>(),
        Decision::Deny(reasons) => panic!("{reasons}"),
    };
    assert_eq!(names(&Snapshot::new(&gate, &ledger)), ["grant of 7"]);
    assert_eq!(names(&Snapshot::of_grants_only(&gate, &ledger)), [""; 0]);
}

/// R1 · a person without a grant that could carry is not stored in the smallest form, whatever the reason.
#[test]
fn the_smallest_form_keeps_no_one_without_a_grant_that_carries() {
    let gate = gate().build().unwrap();
    let denial = Statement::Denial {
        status: DenialStatus::Refused,
        controller: None,
        at: None,
    };
    let refusal = ConsentRecord::new(name("r"), name("2"), denial, Details::default()).unwrap();
    let mut ledger = Ledger::from_iter([
        grant()
            .id("g")
            .by("1")
            .but(|details| details.evidence = None),
        refusal,
    ]);
    cannot_read(&mut ledger, "3");
    let snapshot = Snapshot::of_grants_only(&gate, &ledger);
    assert_eq!(snapshot.subjects(), 0);
    for id in ["1", "2", "3"] {
        denies(&snapshot.decide(&post_by(id)), Rule::ON_RECORD, NOTHING);
    }
}

/// R2 · beside a snapshot without its ledger, a row that brings records of its own may contradict
/// records that cannot be looked up, so it is withheld.
#[test]
fn a_row_with_embedded_records_is_withheld_with_a_snapshot_alone() {
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([consent_of("1")]);
    let snapshot = Snapshot::new(&gate, &ledger);
    let source = snapshot.refusing_embedded();
    assert!(source.decide(&post_by("1")).is_permit());
    for subject in ["1", "2"] {
        let consents = vec![consent_of(subject)];
        let row = Row {
            consents,
            ..post_by(subject)
        };
        denies(&source.decide(&row), Rule::ON_RECORD, Rule::READABLE);
    }
}

/// R15 · a row that is lent brings its records too: a no among them counts.
#[test]
fn the_embedded_records_of_a_borrowed_row_count() {
    let gate = gate().build().unwrap();
    let consents = vec![consent_of("1"), withdrawal().by("1").record()];
    let row = Row {
        consents,
        ..post_by("1")
    };
    denies(
        &gate.with(EmbeddedRecords::only()).decide(&&row),
        NOTHING,
        Rule::STANDING,
    );
    let consents = vec![consent_of("1")];
    let row = Row {
        consents,
        ..post_by("1")
    };
    assert!(gate.with(EmbeddedRecords::only()).decide(&&row).is_permit());
}

/// A snapshot outlives its ledger, and a second one of the same ledger knows as many people.
#[test]
fn a_snapshot_needs_its_ledger_no_longer() {
    fn of(gate: &Gate) -> Snapshot {
        Snapshot::new(gate, &crowd(50))
    }
    let gate = gate().build().unwrap();
    let snapshot = of(&gate);
    assert!(snapshot.decide(&post_by("1")).is_permit());
    assert_eq!(snapshot.subjects(), of(&gate).subjects());
}

/// Nothing that is shown of a snapshot says who is in it.
#[test]
fn a_snapshot_shows_no_one() {
    struct Nobody;
    impl UserRecord for Nobody {}
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([consent_of("secret"), consent_of("4242424242")]);
    let snapshot = Snapshot::new(&gate, &ledger);
    let shown = format!("{snapshot:?}");
    assert!(
        !shown.contains("secret") && !shown.contains("4242"),
        "{shown}"
    );
    assert!(!snapshot.decide(&Nobody).is_permit());
}

/// A column of ids and their texts, of which every other one has consented, at each length.
#[track_caller]
fn is_decided_as_texts<I: AskedId>(snapshot: &Snapshot, ids: &[I], names: &[String]) {
    let rows: Vec<Row> = names.iter().map(|name| post_by(name)).collect();
    let expected = snapshot.decide_batch(&rows);
    let good = post_by("nobody");
    let early = Row {
        collected_at: None,
        ..post_by("nobody")
    };
    for length in LENGTHS {
        let (ids, expected) = (&ids[..length], &expected[..length]);
        let mask: Vec<bool> = expected.iter().map(Decision::is_permit).collect();
        let every_other = (0..length).map(|place| place % 2 == 0);
        assert!(mask.iter().copied().eq(every_other), "{length}");
        assert_eq!(snapshot.decide_ids(ids, |_| post_by("nobody")), expected);
        assert_eq!(snapshot.decide_ids(ids, |place| &rows[place]), expected);
        assert_eq!(snapshot.mask_ids(ids, &good), mask);
        assert_eq!(snapshot.mask_ids(ids, &early), vec![false; length]);
    }
}

/// R1 · a column of numbers, of UUIDs or of texts is asked about as the texts of its ids are, and
/// the mask has its length.
#[test]
fn a_column_of_ids_is_decided_as_their_texts_are() {
    let gate = gate().build().unwrap();
    let numbers: Vec<u64> = (0..513)
        .map(|n: u64| n.wrapping_mul(0x0123_4567_89AB_CDEF))
        .collect();
    let uuids: Vec<u128> = numbers
        .iter()
        .map(|number| u128::from(*number).wrapping_mul(0xFEDC_BA98_7654_3210_F00D))
        .collect();
    let in_bytes: Vec<[u8; 16]> = uuids.iter().map(|uuid| uuid.to_be_bytes()).collect();
    let numbered: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let hyphened: Vec<String> = uuids.iter().copied().map(hyphened).collect();
    let texts: Vec<String> = (0..513).map(|n| format!("person {n}")).collect();
    let every_other = [&numbered, &hyphened, &texts]
        .into_iter()
        .flat_map(|names| names.iter().step_by(2));
    let ledger: Ledger = every_other.map(|name| consent_of(name)).collect();
    for snapshot in [
        Snapshot::new(&gate, &ledger),
        Snapshot::of_grants_only(&gate, &ledger),
    ] {
        is_decided_as_texts(&snapshot, &numbers, &numbered);
        is_decided_as_texts(&snapshot, &in_bytes, &hyphened);
        for names in [&numbered, &hyphened, &texts] {
            let column: Vec<&str> = names.iter().map(String::as_str).collect();
            is_decided_as_texts(&snapshot, &column, names);
        }
    }
}

/// Both forms and the replay say of a row collected at each instant, and just before, what the gate
/// says on the ledger, one at a time, many at once and as a mask.
#[track_caller]
fn is_decided_as_on(ledger: &Ledger, people: usize, instants: &[UtcDateTime]) {
    let gate = gate().build().unwrap();
    let replay = gate.replay();
    let whole = Snapshot::new(&gate, ledger);
    let grants = Snapshot::of_grants_only(&gate, ledger);
    let then = Snapshot::new(&replay, ledger);
    let ids: Vec<u64> = (0..people).map(|id| u64::try_from(id).unwrap()).collect();
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let before = instants.iter().filter_map(|at| at.checked_sub(NANOSECOND));
    for at in instants
        .iter()
        .copied()
        .chain(before)
        .map(Some)
        .chain([None])
    {
        let row = |name: &str| Row {
            collected_at: at,
            ..post_by(name)
        };
        let rows: Vec<Row> = names.iter().map(|name| row(name)).collect();
        let expected: Vec<_> = rows
            .iter()
            .map(|row| gate.with(ledger).decide(row))
            .collect();
        let permits: Vec<bool> = expected.iter().map(Decision::is_permit).collect();
        assert_eq!(whole.decide_batch(&rows), expected, "{at:?}");
        assert_eq!(whole.decide_ids(&ids, |_| row("")), expected, "{at:?}");
        assert_eq!(whole.mask_ids(&ids, &row("")), permits, "{at:?}");
        assert_eq!(grants.mask_ids(&ids, &row("")), permits, "{at:?}");
        let of_grants = grants.decide_batch(&rows);
        assert!(
            of_grants.iter().map(Decision::is_permit).eq(permits),
            "{at:?}"
        );
        for row in &rows {
            assert_eq!(then.decide(row), replay.with(ledger).decide(row));
        }
    }
}

fn grant_at(person: usize, id: &str, at: UtcDateTime, period: DataPeriod) -> ConsentRecord {
    let (id, subject) = (format!("{id} of {person}"), person.to_string());
    let grant = grant().id(&id).by(&subject).at(at);
    grant.but(|details| details.data_period = period)
}

/// R16 · EDPB Guidelines 05/2020, 123: dates of their own, fixed ones, none, and several of them,
/// down to the nanosecond and from the first year to the last.
#[test]
fn grants_from_many_instants_are_kept_apart() {
    let instants = [
        utc_datetime!(0000-01-01 0:01),
        utc_datetime!(1970-01-01 0:00),
        GIVEN_AT - Duration::SECOND,
        GIVEN_AT,
        GIVEN_AT + NANOSECOND,
        GIVEN_AT + Duration::MILLISECOND,
        AS_OF,
        utc_datetime!(9999-12-31 23:59:59.999_999_999),
    ];
    let mut ledger = Ledger::new();
    let mut people = 0;
    for at in instants {
        for period in instants
            .map(DataPeriod::From)
            .into_iter()
            .chain([DataPeriod::FromGrant, DataPeriod::AllExisting])
        {
            ledger.insert(grant_at(people, "only", at, period));
            people += 1;
            ledger.insert(grant_at(people, "one", at, period));
            ledger.insert(grant_at(people, "another", GIVEN_AT, DataPeriod::FromGrant));
            people += 1;
        }
    }
    is_decided_as_on(&ledger, people, &instants);
}

/// R16 · people with a date each, to the second within two years, take a few bytes each, and each
/// keeps theirs.
#[test]
fn a_date_of_their_own_takes_a_few_bytes_a_person() {
    const PEOPLE: usize = 10_000;
    fn at_of(person: usize) -> UtcDateTime {
        let seconds = i64::try_from(person * 6_301 + person % 11).unwrap();
        utc_datetime!(2022-11-01 0:00) + Duration::seconds(seconds)
    }
    let of = |at: fn(UtcDateTime) -> UtcDateTime| -> Ledger {
        let dates = (0..PEOPLE).map(|person| (person, at(at_of(person))));
        dates
            .map(|(person, at)| grant_at(person, "g", at, DataPeriod::FromGrant))
            .collect()
    };
    let gate = gate().build().unwrap();
    let (own, shared) = (of(|at| at), of(|_| GIVEN_AT));
    let size = |ledger| Snapshot::of_grants_only(&gate, ledger).size_in_bytes();
    let more = size(&own) - size(&shared);
    assert!((3 * PEOPLE..4 * PEOPLE).contains(&more), "{more}");
    is_decided_as_on(&own, 300, &[at_of(0), at_of(7), at_of(150), at_of(299)]);
}
