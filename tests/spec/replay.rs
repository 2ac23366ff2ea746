//! Replay: what would have been decided at that time, for audits.

use consent_gate::{
    DenialStatus, GatedIterator, Ledger, NonDecisionStatus, Replayed, Rules as Rule, Snapshot,
};
use time::macros::utc_datetime;

use crate::world::{
    AS_OF, COLLECTED_AT, DENIALS, GIVEN_AT, NANOSECOND, WITHDRAWN_AT, as_of, gate, grant, neither,
    on_file, post, post_of, withdrawal,
};

/// R15 · what is stated later was not known then.
#[test]
fn a_no_a_nanosecond_after_the_instant_asked_for_had_not_been_said() {
    on_file([grant().record(), withdrawal().record()])
        .replay(as_of(WITHDRAWN_AT - NANOSECOND))
        .permits();
}

/// R15 · what is stated at that instant was known.
#[test]
fn a_no_at_the_instant_asked_for_had_been_said() {
    for at in [WITHDRAWN_AT, WITHDRAWN_AT + NANOSECOND] {
        on_file([grant().record(), withdrawal().record()])
            .replay(as_of(at))
            .contradicts(Rule::STANDING);
    }
}

/// R15 · every status but one.
#[test]
fn every_later_no_is_left_out_but_for_the_one_that_voids_the_past() {
    for status in DENIALS {
        let case = on_file([grant().record(), withdrawal().status(status).record()])
            .replay(as_of(COLLECTED_AT));
        if status == DenialStatus::Invalidated {
            case.contradicts(Rule::STANDING);
        } else {
            case.permits();
        }
    }
}

/// R15 · it voids what it touches, as every denial.
#[test]
fn what_was_found_invalid_voids_what_it_touches_and_nothing_else() {
    let invalidated = || withdrawal().status(DenialStatus::Invalidated);
    on_file([grant().record(), invalidated().to("stranger").record()])
        .replay(as_of(COLLECTED_AT))
        .permits();
    on_file([
        grant().record(),
        invalidated().at(GIVEN_AT - NANOSECOND).record(),
    ])
    .replay(as_of(COLLECTED_AT))
    .permits();
}

/// R15 · an undated denial stays in.
#[test]
fn a_no_without_a_date_may_have_been_said_before() {
    on_file([grant().record(), withdrawal().undated().record()])
        .replay(as_of(COLLECTED_AT))
        .contradicts(Rule::STANDING);
}

/// R1, R13 · a grant that is left out is not on record, rather than not given yet.
#[test]
fn a_grant_a_nanosecond_after_the_instant_asked_for_was_not_on_record() {
    let before = GIVEN_AT - NANOSECOND;
    on_file([grant().record()])
        .replay(as_of(before))
        .leaves_unproven(Rule::ON_RECORD);
    on_file([grant().record()])
        .gate(as_of(before))
        .contradicts(Rule::GIVEN);
}

/// R1, R13 · a grant of that instant was on record.
#[test]
fn a_grant_at_the_instant_asked_for_was_on_record() {
    on_file([grant().record()])
        .replay(as_of(GIVEN_AT))
        .permits();
}

/// R1 · the grant on which a permit rests is one of that time.
#[test]
fn a_replay_rests_on_the_latest_grant_of_that_time() {
    let records = || {
        [
            grant().record(),
            grant().id("g2").at(utc_datetime!(2024-09-20 9:00)).record(),
            grant().id("g3").at(utc_datetime!(2024-10-20 9:00)).record(),
        ]
    };
    on_file(records())
        .replay(as_of(COLLECTED_AT))
        .permits_by(["g2"]);
    on_file(records())
        .replay(gate())
        .collected_at(AS_OF)
        .permits_by(["g3"]);
}

/// R2 · replay looks for conflicts before it leaves records out.
#[test]
fn a_record_that_was_changed_afterwards_is_a_conflict_already_then() {
    let rewritten = grant().at(utc_datetime!(2024-10-20 9:00)).record();
    on_file([grant().record(), rewritten])
        .replay(as_of(COLLECTED_AT))
        .contradicts(Rule::READABLE);
    let no = withdrawal().id("g1").record();
    on_file([grant().record(), no])
        .replay(as_of(COLLECTED_AT))
        .contradicts(Rule::READABLE);
}

/// R1, R2 · also where both records are of a later time.
#[test]
fn a_conflict_between_later_records_is_a_conflict_already_then() {
    let refused = withdrawal().status(DenialStatus::Refused);
    on_file([grant().record(), withdrawal().record(), refused.record()])
        .replay(as_of(COLLECTED_AT))
        .contradicts(Rule::READABLE);
}

/// R1, R15 · a person who said nothing but no, later.
#[test]
fn who_said_no_later_had_said_nothing_then() {
    on_file([withdrawal().record()])
        .replay(as_of(COLLECTED_AT))
        .leaves_unproven(Rule::ON_RECORD);
    on_file([withdrawal().status(DenialStatus::Invalidated).record()])
        .replay(as_of(COLLECTED_AT))
        .denies(Rule::ON_RECORD, Rule::STANDING);
}

/// R1 · neither then nor now.
#[test]
fn a_request_is_no_consent_in_a_replay() {
    on_file([neither(NonDecisionStatus::Requested)])
        .replay(gate())
        .leaves_unproven(Rule::ON_RECORD);
}

/// R14 · EDPB Guidelines 05/2020, 110: the limits are asked about as of that time.
#[test]
fn what_has_run_out_since_had_not_run_out_then() {
    let short = || grant().but(|details| details.valid_until = Some(COLLECTED_AT));
    on_file([short()])
        .replay(as_of(COLLECTED_AT))
        .contradicts(Rule::CURRENT);
    on_file([short()])
        .replay(as_of(COLLECTED_AT - NANOSECOND))
        .permits();
}

/// R10 · everything else about the gate stays as it is.
#[test]
fn a_replay_waives_what_its_gate_waives() {
    let silent = || grant().but(|details| details.evidence = None);
    on_file([silent()])
        .replay(gate())
        .leaves_unproven(Rule::EVIDENCED);
    on_file([silent()])
        .replay(gate().waive(Rule::EVIDENCED))
        .permits();
}

/// R1 · a snapshot is for one question, and the past is another one: a snapshot of a replay says what
/// would have passed and lets nothing pass (`tests/ui/forgeries/replay_in_a_snapshot.rs`).
#[test]
fn a_snapshot_of_a_replay_decides_as_the_replay() {
    let gate = gate().build().unwrap();
    let replay = gate.replay();
    let at = gate.as_of() + time::Duration::SECOND;
    let ledger = Ledger::from_iter([grant().record(), withdrawal().at(at).record()]);
    let now = Snapshot::new(&gate, &ledger);
    let then = Snapshot::new(&replay, &ledger);
    assert_eq!(then.replay(), &replay);
    assert!(!now.decide(&post()).is_permit());
    assert!(then.decide(&post()).is_permit());
    let mut rows = [post(), post_of(["u2"])].into_iter().decided(&then);
    assert!(matches!(rows.next(), Some(Replayed::WouldPass(_))));
    assert!(matches!(rows.next(), Some(Replayed::Withheld(_))));
    assert_eq!(
        (rows.report().consented(), rows.report().withheld()),
        (1, 1)
    );
}

/// Two replays of one gate are the same question.
#[test]
fn a_replay_is_known_by_its_gate() {
    let gate = gate().build().unwrap();
    assert_eq!(gate.replay(), gate.clone().replay());
    assert_ne!(gate.replay(), as_of(COLLECTED_AT).build().unwrap().replay());
}
