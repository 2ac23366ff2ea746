//! The ledger, and what is added to it by rows that bring records of their own: in any order, any
//! number of times, wherever they are kept.

use consent_gate::{
    Assessment, ConsentRecord, Decision, DenialStatus, EmbeddedRecords, Gate, Ledger, OnFile,
    Purposes, Rules as Rule, Snapshot,
};
use time::Duration;

use crate::world::{
    GIVEN_AT, NANOSECOND, NOTHING, Row, as_of, cannot_read, denies, gate, grant, name, on_file,
    parties, post, post_by, post_of, withdrawal,
};

fn ledger_of(records: &[ConsentRecord]) -> Ledger {
    records.iter().cloned().collect()
}

fn unreadable(ledger: &Ledger) -> Vec<String> {
    let mut subjects: Vec<String> = ledger
        .unreadable_subjects()
        .map(|subject| subject.as_str().to_owned())
        .collect();
    subjects.sort_unstable();
    subjects
}

/// Records may come in any order and any number of times.
#[test]
fn a_ledger_keeps_each_record_once() {
    let records = [
        grant().record(),
        withdrawal().record(),
        grant().by("u2").id("g2").record(),
    ];
    let mut ledger = ledger_of(&[records.clone(), records.clone()].concat());
    ledger.extend(records.clone());
    assert_eq!(ledger.len(), 3);
    assert_eq!(ledger.subjects(), 2);
    assert_eq!(ledger.records().collect::<Vec<_>>(), records);
    assert!(unreadable(&ledger).is_empty());
}

/// A person's records, and no one else's.
#[test]
fn a_ledger_gives_the_records_of_a_person_the_last_to_arrive_first() {
    let ledger = ledger_of(&[
        grant().record(),
        grant().by("u2").id("g2").record(),
        withdrawal().record(),
        grant().record(),
    ]);
    let ids = |subject| -> Vec<String> {
        let records = ledger.records_of(subject);
        records.map(|record| record.id().to_string()).collect()
    };
    assert_eq!(ids("u1"), ["w1", "g1"]);
    assert_eq!(ids("u2"), ["g2"]);
    assert!(ids("u3").is_empty());
    assert!(ids("U1").is_empty());
    assert!(ids("").is_empty());
}

/// A record read twice, the second time in another spelling, is one record.
#[test]
fn a_ledger_takes_a_record_in_another_spelling_for_the_same() {
    let spelled = |text: &str| serde_json::from_str::<ConsentRecord>(text).unwrap();
    let ledger = ledger_of(&[
        spelled(r#"{"id":"w","subject":7,"status":"refused","purposes":["ai-training"]}"#),
        spelled(
            r#"{"purposes":["train-non-generative","train-generative"],"data":[],"at":null,
                "status":"refused","subject":"7","id":"w","data_period":"from-grant"}"#,
        ),
    ]);
    assert_eq!(ledger.len(), 1);
    assert!(unreadable(&ledger).is_empty());
}

/// An empty ledger knows nothing, and one that knows of something unreadable does.
#[test]
fn a_ledger_is_empty_when_nothing_at_all_is_known() {
    let mut ledger = Ledger::new();
    assert!(ledger.is_empty());
    assert_eq!((ledger.len(), ledger.subjects()), (0, 0));
    cannot_read(&mut ledger, "u1");
    assert!(!ledger.is_empty());
    assert_eq!((ledger.len(), ledger.subjects()), (0, 1));
    let mut ledger = Ledger::default();
    ledger.mark_unattributed();
    assert!(!ledger.is_empty());
    assert_eq!((ledger.len(), ledger.subjects()), (0, 0));
    assert_eq!(ledger.unattributed(), 1);
}

/// R2 · GDPR Art. 7(1): what was said once stays, and both are kept.
#[test]
fn two_records_of_one_id_that_differ_are_both_kept_and_make_their_subject_unreadable() {
    let ledger = ledger_of(&[
        grant().record(),
        grant().but(|details| details.evidence = None),
        grant().by("u2").id("g2").record(),
    ]);
    assert_eq!(ledger.len(), 3);
    assert_eq!(ledger.records_of("u1").count(), 2);
    assert_eq!(unreadable(&ledger), ["u1"]);
    assert!(ledger.is_unreadable("u1"));
    assert!(!ledger.is_unreadable("u2"));
    assert!(!ledger.is_unreadable("u3"));
}

/// R2 · GDPR Art. 7(1): the subjects of both.
#[test]
fn two_records_of_one_id_by_two_people_make_both_unreadable() {
    let ledger = ledger_of(&[grant().record(), grant().by("u2").record()]);
    assert_eq!(unreadable(&ledger), ["u1", "u2"]);
}

/// R2 · GDPR Art. 7(1): each differs from the two others.
#[test]
fn three_records_of_one_id_make_all_their_subjects_unreadable() {
    let three = [
        grant().record(),
        grant().by("u2").record(),
        grant().by("u3").record(),
    ];
    for turned in 0..3 {
        let mut records = three.clone();
        records.rotate_left(turned);
        let ledger = ledger_of(&[records.clone(), records].concat());
        assert_eq!(ledger.len(), 3);
        assert_eq!(unreadable(&ledger), ["u1", "u2", "u3"]);
    }
}

/// R2 · a record that comes again after its rival is not a third.
#[test]
fn a_record_that_comes_again_after_its_rival_is_kept_once() {
    let [one, other] = [
        grant().record(),
        grant().but(|details| details.evidence = None),
    ];
    let ledger = ledger_of(&[one.clone(), other.clone(), one, other]);
    assert_eq!(ledger.len(), 2);
    assert_eq!(unreadable(&ledger), ["u1"]);
}

/// R2 · the mark stays, whatever comes after it.
#[test]
fn a_subject_who_was_marked_unreadable_stays_so() {
    let mut ledger = Ledger::new();
    cannot_read(&mut ledger, "u1");
    ledger.insert(grant().record());
    ledger.insert(grant().id("g2").record());
    cannot_read(&mut ledger, "u1");
    assert_eq!(unreadable(&ledger), ["u1"]);
    assert_eq!(ledger.subjects(), 1);
    let gate = gate().build().unwrap();
    denies(&gate.with(&ledger).decide(&post()), NOTHING, Rule::READABLE);
}

/// R2 · the mark holds for exactly that id.
#[test]
fn a_mark_is_for_the_very_person() {
    let gate = gate().build().unwrap();
    let mut ledger = ledger_of(&[grant().record()]);
    cannot_read(&mut ledger, "U1");
    cannot_read(&mut ledger, "u1 ");
    assert!(gate.with(&ledger).decide(&post()).is_permit());
}

/// Clones of a ledger are independent.
#[test]
fn a_clone_of_a_ledger_is_another_ledger() {
    let ledger = ledger_of(&[grant().record()]);
    let mut other = ledger.clone();
    other.insert(withdrawal().record());
    assert_eq!((ledger.len(), other.len()), (1, 2));
    let gate = gate().build().unwrap();
    assert!(gate.with(&ledger).decide(&post()).is_permit());
    denies(&gate.with(&other).decide(&post()), NOTHING, Rule::STANDING);
}

fn bringing(row: Row, consents: Vec<ConsentRecord>) -> Row {
    Row { consents, ..row }
}

/// The answer on a row that brings `own`, over a snapshot of `others`.
#[track_caller]
fn answer(row: Row, own: Vec<ConsentRecord>, others: &[ConsentRecord]) -> Decision<'static> {
    let gate = gate().build().unwrap();
    let ledger = ledger_of(others);
    let snapshot = Snapshot::new(&gate, &ledger);
    let source = EmbeddedRecords::added_to(&ledger);
    let row = bringing(row, own);
    let decision = gate.with(source).decide(&row).into_owned();
    assert_eq!(snapshot.with_embedded(&ledger).decide(&row), decision);
    let all_alone = EmbeddedRecords::only();
    let all = bringing(post(), vec![grant().record()]);
    assert!(gate.with(all_alone).decide(&all).is_permit());
    decision
}

/// R15 · GDPR Art. 7(3): a withdrawal in the row ends a grant in the ledger.
#[test]
fn a_withdrawal_that_the_row_brings_ends_the_grant_on_file() {
    let decision = answer(post(), vec![withdrawal().record()], &[grant().record()]);
    denies(&decision, NOTHING, Rule::STANDING);
}

/// R15 · GDPR Art. 7(3): and the other way round.
#[test]
fn a_withdrawal_on_file_ends_the_grant_that_the_row_brings() {
    let decision = answer(post(), vec![grant().record()], &[withdrawal().record()]);
    denies(&decision, NOTHING, Rule::STANDING);
}

/// R1 · a grant that the row brings is on file.
#[test]
fn a_grant_that_the_row_brings_is_as_good_as_one_on_file() {
    let brought = answer(post(), vec![grant().record()], &[]);
    assert_eq!(brought.to_string(), "permitted by g1");
    let on_file = answer(post(), vec![], &[grant().record()]);
    assert_eq!(on_file.to_string(), "permitted by g1");
    denies(&answer(post(), vec![], &[]), Rule::ON_RECORD, NOTHING);
}

/// R1 · those of other people grant nothing.
#[test]
fn an_embedded_grant_of_another_person_grants_nothing() {
    let theirs = vec![grant().by("u2").record()];
    denies(
        &answer(post(), theirs.clone(), &[]),
        Rule::ON_RECORD,
        NOTHING,
    );
    let gate = gate().build().unwrap();
    let decision = gate
        .with(EmbeddedRecords::only())
        .decide(&bringing(post(), theirs));
    denies(&decision, Rule::ON_RECORD, NOTHING);
}

/// R2 · GDPR Art. 7(1): two that share an id and differ are a conflict, wherever they are.
#[test]
fn a_record_that_the_row_brings_may_conflict_with_one_on_file() {
    let changed = grant().but(|details| details.recipients = parties(["partner"]));
    let decision = answer(post(), vec![changed], &[grant().record()]);
    denies(&decision, NOTHING, Rule::READABLE);
    let same = answer(post(), vec![grant().record()], &[grant().record()]);
    assert_eq!(same.to_string(), "permitted by g1");
}

/// R2 · GDPR Art. 7(1): both of them may come with the row.
#[test]
fn two_records_that_the_row_brings_may_conflict() {
    let search = |purposes| withdrawal().but(|details| details.purposes = purposes);
    let both = vec![search(Purposes::SEARCH), search(Purposes::ADVERTISING)];
    let decision = answer(post(), both.clone(), &[grant().record()]);
    denies(&decision, NOTHING, Rule::READABLE);
    let gate = gate().build().unwrap();
    let all = [both, vec![grant().record()]].concat();
    let decision = gate
        .with(EmbeddedRecords::only())
        .decide(&bringing(post(), all));
    denies(&decision, NOTHING, Rule::READABLE);
}

/// R2 · GDPR Art. 7(1): the subjects of both, also where one of the two belongs to another person.
#[test]
fn an_embedded_record_of_another_person_may_conflict_with_one_on_file() {
    let decision = answer(post(), vec![grant().by("u2").record()], &[grant().record()]);
    denies(&decision, NOTHING, Rule::READABLE);
    let decision = answer(post(), vec![grant().record()], &[grant().by("u2").record()]);
    denies(&decision, NOTHING, Rule::READABLE);
}

/// R2 · a conflict between other people does not affect this person.
#[test]
fn a_conflict_between_others_that_the_row_brings_is_nothing_to_this_person() {
    let own = vec![grant().id("g2").by("u2").record()];
    let others = [grant().record(), grant().id("g2").by("u3").record()];
    assert_eq!(answer(post(), own, &others).to_string(), "permitted by g1");
}

/// R1, R15 · each of two people is judged by their own records, in the row or on file.
#[test]
fn a_row_about_two_people_may_bring_the_consent_of_one() {
    let others = [grant().record()];
    let brought = || grant().id("g2").by("u2").record();
    let decision = answer(post_of(["u1", "u2"]), vec![brought()], &others);
    assert_eq!(decision.to_string(), "permitted by g1 and g2");
    let no = vec![brought(), withdrawal().by("u2").record()];
    let decision = answer(post_of(["u1", "u2"]), no, &others);
    denies(&decision, NOTHING, Rule::STANDING);
}

/// The closest grant is found among those of both.
#[test]
fn a_permit_rests_on_the_latest_grant_wherever_it_is_kept() {
    let later = || grant().id("g2").at(GIVEN_AT + NANOSECOND).record();
    let brought = answer(post(), vec![later()], &[grant().record()]);
    assert_eq!(brought.to_string(), "permitted by g2");
    let on_file = answer(post(), vec![grant().record()], &[later()]);
    assert_eq!(on_file.to_string(), "permitted by g2");
}

/// R2 · a mark on file holds against what the row brings.
#[test]
fn a_record_on_file_that_could_not_be_read_holds_against_a_grant_that_the_row_brings() {
    let gate = gate().build().unwrap();
    let mut ledger = Ledger::new();
    cannot_read(&mut ledger, "u1");
    let snapshot = Snapshot::new(&gate, &ledger);
    let row = bringing(post(), vec![grant().record()]);
    let source = EmbeddedRecords::added_to(&ledger);
    denies(&gate.with(source).decide(&row), NOTHING, Rule::READABLE);
    let source = snapshot.with_embedded(&ledger);
    denies(&source.decide(&row), NOTHING, Rule::READABLE);
}

/// R1 · a snapshot answers for the gate that it was made for, and no other gate can ask it
/// (`tests/ui/forgeries/snapshot_asked_by_another_gate.rs`).
#[test]
fn a_snapshot_decides_as_the_gate_it_was_made_for() {
    let ledger = ledger_of(&[grant().record()]);
    let gates: [Gate; 5] = [
        gate().waive(Rule::waivable()).build().unwrap(),
        gate().build().unwrap(),
        as_of(GIVEN_AT - Duration::SECOND).build().unwrap(),
        gate().maximum_age(Duration::WEEK).build().unwrap(),
        gate().accept_notice(name("ai"), name("4")).build().unwrap(),
    ];
    let permits = gates.each_ref().map(|gate| {
        let snapshot = Snapshot::new(gate, &ledger);
        assert_eq!(snapshot.gate(), gate);
        let decision = snapshot.decide(&post());
        assert_eq!(decision, gate.with(&ledger).decide(&post()));
        decision.is_permit()
    });
    assert_eq!(permits, [true, true, false, false, false]);
}

/// R1 · exactly that subject: a closure that returns the assessment of another person grants nothing.
#[test]
fn an_assessment_of_another_person_finds_nothing() {
    let gate = gate().build().unwrap();
    let records = [grant().record()];
    let of_u1 = Assessment::new(&gate, "u1", OnFile::complete(&records));
    let source = |_: &Row, _: &str| &of_u1;
    assert!(gate.with(source).decide(&post()).is_permit());
    let other = post_of(["u2"]);
    denies(&gate.with(source).decide(&other), Rule::ON_RECORD, NOTHING);
    let both = post_of(["u1", "u2"]);
    denies(&gate.with(source).decide(&both), Rule::ON_RECORD, NOTHING);
    let unreadable = Assessment::unreadable(&gate);
    let source = |_: &Row, _: &str| &unreadable;
    denies(
        &gate.with(source).decide(&other),
        Rule::ON_RECORD,
        Rule::READABLE,
    );
}

/// R1 · an assessment for one gate says nothing to another.
#[test]
fn an_assessment_for_another_gate_finds_nothing() {
    let lenient = gate().waive(Rule::waivable()).build().unwrap();
    let strict = gate().build().unwrap();
    let records = [grant().record()];
    let standings = Assessment::new(&lenient, "u1", OnFile::complete(&records));
    let source = |_: &Row, _: &str| &standings;
    assert!(lenient.with(source).decide(&post()).is_permit());
    denies(
        &strict.with(source).decide(&post()),
        Rule::ON_RECORD,
        NOTHING,
    );
    let theirs = Assessment::new(&strict, "u2", OnFile::complete(&records));
    let source = |_: &Row, _: &str| &theirs;
    denies(
        &strict.with(source).decide(&post()),
        Rule::ON_RECORD,
        NOTHING,
    );
}

/// R2 · a snapshot knows of people of whom only something unreadable is known.
#[test]
fn a_snapshot_decides_as_its_ledger_does() {
    let gate = gate().build().unwrap();
    let mut ledger = ledger_of(&[
        grant().record(),
        grant().id("g2").by("u2").record(),
        withdrawal().by("u2").record(),
        withdrawal()
            .id("w3")
            .by("u3")
            .status(DenialStatus::Refused)
            .record(),
        grant().id("g4").by("u4").record(),
        grant().id("g4").by("u5").record(),
    ]);
    cannot_read(&mut ledger, "u6");
    cannot_read(&mut ledger, "u1");
    let snapshot = Snapshot::new(&gate, &ledger);
    for subject in ["u1", "u2", "u3", "u4", "u5", "u6", "u7"] {
        let row = post_of([subject]);
        assert_eq!(snapshot.decide(&row), gate.with(&ledger).decide(&row));
    }
}

/// R15 · records in the same ledger as many others.
#[test]
fn a_ledger_of_many_people_keeps_them_apart() {
    let gate = gate().build().unwrap();
    let mut ledger = Ledger::new();
    let text = |kind: &str, number: u32| format!("{kind}{number}");
    let relabelled = |record: &ConsentRecord, number: u32| {
        let id = text(record.id().as_str(), number);
        let subject = text("person", number);
        let (statement, details) = (record.statement().clone(), record.details().clone());
        ConsentRecord::new(name(&id), name(&subject), statement, details).unwrap()
    };
    for number in 0..1000 {
        ledger.insert(relabelled(&grant().id("g").record(), number));
    }
    for number in (0..1000).step_by(3) {
        ledger.insert(relabelled(&withdrawal().id("w").record(), number));
    }
    assert_eq!((ledger.len(), ledger.subjects()), (1334, 1000));
    let snapshot = Snapshot::new(&gate, &ledger);
    let names: Vec<String> = (0..1000).map(|number| text("person", number)).collect();
    for (number, subject) in names.iter().enumerate() {
        let records: Vec<ConsentRecord> = ledger.records_of(subject).collect();
        let list = |_: &Row, _: &str| OnFile::complete(records.clone());
        let decision = snapshot.decide(&post_by(subject));
        assert_eq!(decision.is_permit(), number % 3 != 0);
        assert_eq!(gate.with(&ledger).decide(&post_by(subject)), decision);
        assert_eq!(gate.with(list).decide(&post_by(subject)), decision);
    }
}

/// R1 · exactly that subject, however long the name: short names may be kept in another way.
#[test]
fn a_name_of_any_length_is_told_from_its_neighbours() {
    let gate = gate().build().unwrap();
    let long = "n".repeat(300);
    let mut names: Vec<String> = (1..70)
        .chain([255, 256, 257])
        .map(|end| long[..end].into())
        .collect();
    let padded: Vec<String> = names.iter().map(|name| format!("{name}\u{0}")).collect();
    let other_end: Vec<String> = names.iter().map(|name| format!("{name}m")).collect();
    names.extend(padded);
    names.extend(other_end);
    for asked in &names {
        let others = names.iter().filter(|name| *name != asked);
        let given = |(place, subject): (usize, &String)| {
            let (statement, details) = {
                let record = grant().record();
                (record.statement().clone(), record.details().clone())
            };
            ConsentRecord::new(
                name(&format!("g{place}")),
                name(subject),
                statement,
                details,
            )
        };
        let mut ledger: Ledger = others.enumerate().map(given).map(Result::unwrap).collect();
        let row = post_by(asked);
        let snapshot = Snapshot::new(&gate, &ledger);
        denies(&snapshot.decide(&row), Rule::ON_RECORD, NOTHING);
        denies(&gate.with(&ledger).decide(&row), Rule::ON_RECORD, NOTHING);
        drop(snapshot);
        ledger.insert(given((names.len(), asked)).unwrap());
        let snapshot = Snapshot::new(&gate, &ledger);
        assert!(snapshot.decide(&row).is_permit());
    }
}

/// R2 · GDPR Art. 7(1): every order of three records of which two conflict.
#[test]
fn a_conflict_is_found_in_whatever_order_the_records_come() {
    let records = [
        grant().record(),
        grant().but(|details| details.evidence = None),
        grant().id("g2").record(),
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        on_file(order.map(|place| records[place].clone())).contradicts(Rule::READABLE);
    }
}
