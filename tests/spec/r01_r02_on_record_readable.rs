//! R1 and R2: there is a grant by exactly this person on file, and everything on file was read.

use std::fmt;

use consent_gate::{
    ConsentRecord, DataCategories, Decision, DenialStatus, EmbeddedRecords, GrantStatus, Ledger,
    OnFile, PartyId, Purposes, Restrictions, Rules as Rule, Snapshot, UserRecord,
};

use crate::world::{
    AS_OF, DENIALS, NON_DECISIONS, NOTHING, Row, SECOND, as_of, cannot_read, gate, grant, name,
    neither, on_file, parties, post, post_of, withdrawal,
};

/// R1 · GDPR Rec. 32; DPV consent statuses valid for processing.
#[test]
fn a_consent_given_or_renewed_by_the_person_is_on_record() {
    for status in [GrantStatus::Given, GrantStatus::Renewed] {
        on_file([grant().status(status).record()]).permits();
    }
}

/// R1 · GDPR Rec. 32: silence is not consent.
#[test]
fn nothing_on_file_is_silence() {
    on_file([]).leaves_unproven(Rule::ON_RECORD);
}

/// R1 · what a row does not say is taken to be what asks for most.
#[test]
fn a_row_that_names_no_one_has_no_consent() {
    on_file([grant().record()])
        .row(post_of([]))
        .leaves_unproven(Rule::ON_RECORD);
}

/// R1 · a row that says nothing of itself has no subject.
#[test]
fn a_row_of_which_nothing_is_known_has_no_consent() {
    struct Silent;
    impl UserRecord for Silent {}
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([grant().record()]);
    let decision = gate.with(&ledger).decide(&Silent);
    assert_eq!(
        decision.to_string(),
        "denied: no consent by this person is on file (R1)"
    );
}

/// R1 · exactly that subject: nothing is trimmed, no case is folded, no form is normalized.
#[test]
fn a_consent_of_a_person_with_almost_the_same_id_is_not_theirs() {
    let others = [
        "U1",
        "u1 ",
        " u1",
        "u1\n",
        "u",
        "u11",
        "u\u{ff11}",
        "\u{fc}1",
        "01",
    ];
    for other in others {
        on_file([grant().by(other).record()]).leaves_unproven(Rule::ON_RECORD);
        on_file([grant().record()])
            .row(post_of([other]))
            .leaves_unproven(Rule::ON_RECORD);
    }
    let composed = grant().by("caf\u{e9}").record();
    on_file([composed])
        .row(post_of(["cafe\u{301}"]))
        .leaves_unproven(Rule::ON_RECORD);
}

/// R1 · the empty id is the id of no one.
#[test]
fn a_row_about_the_empty_id_has_no_consent() {
    on_file([grant().record()])
        .row(post_of([""]))
        .leaves_unproven(Rule::ON_RECORD);
}

/// R1 · DPV: a status that is neither valid nor invalid for processing.
#[test]
fn being_asked_putting_it_off_and_not_knowing_are_no_consent() {
    for status in NON_DECISIONS {
        on_file([neither(status)]).leaves_unproven(Rule::ON_RECORD);
    }
}

/// R1 · DPV: a status that is neither valid nor invalid for processing.
#[test]
fn being_asked_again_takes_nothing_back() {
    for status in NON_DECISIONS {
        on_file([grant().record(), neither(status)]).permits();
    }
}

/// R1, R15 · GDPR Art. 7(3): the report says that there was a no.
#[test]
fn who_only_ever_said_no_is_reported_as_silent_and_as_having_said_no() {
    for status in DENIALS {
        on_file([withdrawal().status(status).record()]).denies(Rule::ON_RECORD, Rule::STANDING);
    }
}

/// R1, R15 · where there is no grant, a denial touches the request.
#[test]
fn a_no_to_something_else_without_any_yes_is_reported_as_silence_only() {
    let others = [
        withdrawal().to("somebody").record(),
        withdrawal().but(|details| details.purposes = Purposes::SEARCH),
        withdrawal().but(|details| details.data = DataCategories::MEDIA),
        withdrawal().by("u2").record(),
    ];
    for other in others {
        on_file([other]).leaves_unproven(Rule::ON_RECORD);
    }
}

/// R1, R15 · any date will do, since there is no grant that it could come before.
#[test]
fn a_no_of_any_date_without_any_yes_is_reported() {
    let years = time::Duration::days(3650);
    for no in [
        withdrawal().undated().record(),
        withdrawal().at(AS_OF - years).record(),
        withdrawal().at(AS_OF + years).record(),
        withdrawal().naming_nobody().record(),
        withdrawal().but(|details| details.recipients = parties(["acme"])),
    ] {
        on_file([no]).denies(Rule::ON_RECORD, Rule::STANDING);
    }
}

/// R1 · where there is no grant, nothing else is asked.
#[test]
fn without_a_grant_the_row_is_not_asked_about_period_category_and_signals() {
    on_file([])
        .where_row(|row| {
            row.collected_at = None;
            row.data = DataCategories::empty();
            row.restrictions = Restrictions::everything();
        })
        .leaves_unproven(Rule::ON_RECORD);
}

/// R1 · GDPR Rec. 32: silence cannot be forgiven here.
#[test]
fn that_nothing_is_on_file_is_never_waived() {
    on_file([])
        .gate(gate().waive(Rule::waivable()))
        .leaves_unproven(Rule::ON_RECORD);
}

/// Two records of one id that differ in this.
#[track_caller]
fn conflict(one: ConsentRecord, other: ConsentRecord) {
    assert_eq!(one.id(), other.id());
    assert_ne!(one, other);
    on_file([one, other]).contradicts(Rule::READABLE);
}

/// R2 · GDPR Art. 7(1): one of the two is not what was said.
#[test]
fn two_different_grants_of_one_id_cannot_be_relied_on() {
    conflict(
        grant().record(),
        grant().but(|details| details.evidence = Some(name("log:4712"))),
    );
    conflict(
        grant().record(),
        grant().status(GrantStatus::Renewed).record(),
    );
    conflict(
        grant().record(),
        grant().but(|details| details.recipients = parties(["partner"])),
    );
    conflict(
        grant().record(),
        grant().notice(|notice| notice.version = Some(name("4"))),
    );
}

/// R2 · GDPR Art. 7(1): also where neither of the two says anything about this request.
#[test]
fn two_different_records_of_one_id_about_something_else_cannot_be_relied_on() {
    let about = |purposes| withdrawal().but(|details| details.purposes = purposes);
    on_file([
        grant().record(),
        about(Purposes::SEARCH),
        about(Purposes::ADVERTISING),
    ])
    .contradicts(Rule::READABLE);
}

/// R2 · GDPR Art. 7(1): the conflict is between the two kinds of statement.
#[test]
fn a_grant_and_a_denial_of_one_id_cannot_be_relied_on() {
    let no = withdrawal()
        .id("g1")
        .but(|details| details.purposes = Purposes::SEARCH);
    on_file([grant().record(), no]).contradicts(Rule::READABLE);
}

/// R2 · GDPR Art. 7(1): and each of the two is a grant.
#[test]
fn neither_person_can_rely_on_an_id_that_two_people_share() {
    for subject in ["u1", "u2"] {
        on_file([grant().record(), grant().by("u2").record()])
            .row(post_of([subject]))
            .contradicts(Rule::READABLE);
    }
}

/// R2 · GDPR Art. 7(1): people who are in neither record are unaffected.
#[test]
fn a_conflict_between_two_people_is_nothing_to_a_third() {
    let theirs = [
        grant().id("g2").by("u2").record(),
        grant().id("g2").by("u3").record(),
    ];
    on_file([grant().record()].into_iter().chain(theirs)).permits();
}

/// R1, R2 · where there is no grant, both are reported.
#[test]
fn a_conflict_without_any_grant_is_reported_with_the_silence() {
    let about = |purposes| withdrawal().but(|details| details.purposes = purposes);
    on_file([about(Purposes::SEARCH), about(Purposes::ADVERTISING)])
        .denies(Rule::ON_RECORD, Rule::READABLE);
}

/// R1, R2, R15 · where there is no grant, all three are reported.
#[test]
fn a_conflict_in_which_one_says_no_is_reported_as_both() {
    let refused = withdrawal().status(DenialStatus::Refused);
    on_file([withdrawal().record(), refused.record()])
        .denies(Rule::ON_RECORD, Rule::READABLE | Rule::STANDING);
}

/// R2 · records may come any number of times.
#[test]
fn the_same_record_any_number_of_times_is_no_conflict() {
    on_file([grant().record(), grant().record(), grant().record()]).permits();
}

/// R2 · lists are sets, times are instants.
#[test]
fn the_same_record_in_another_spelling_is_no_conflict() {
    let recipients = |list: Vec<PartyId>| grant().but(|details| details.recipients = list);
    on_file([
        recipients(parties(["b", "a"])),
        recipients(parties(["a", "b", "a"])),
    ])
    .permits();
}

/// R2 · it has no *unproven* that a waiver could forgive, and no waiver forgives a no.
#[test]
fn a_conflict_is_never_waived() {
    let other = grant().status(GrantStatus::Renewed).record();
    on_file([grant().record(), other])
        .gate(gate().waive(Rule::waivable()))
        .contradicts(Rule::READABLE);
}

/// R2 · a record that could not be read may be a person's withdrawal.
#[test]
fn a_record_of_theirs_that_could_not_be_read_holds_against_a_full_consent() {
    let gate = gate().build().unwrap();
    let mut ledger = Ledger::from_iter([grant().record()]);
    cannot_read(&mut ledger, "u1");
    assert_every_source_denies(&gate, &ledger, NOTHING);
}

/// R1, R2 · what could not be read is all that is known of them.
#[test]
fn a_record_that_could_not_be_read_is_reported_with_the_silence() {
    let gate = gate().build().unwrap();
    let mut ledger = Ledger::new();
    cannot_read(&mut ledger, "u1");
    assert_every_source_denies(&gate, &ledger, Rule::ON_RECORD);
}

#[track_caller]
fn assert_every_source_denies(gate: &consent_gate::Gate, ledger: &Ledger, unproven: Rule) {
    let snapshot = Snapshot::new(gate, ledger);
    let added = EmbeddedRecords::added_to(ledger);
    let handed_on = |_: &Row, subject: &str| ledger.on_file(subject);
    let mut own = post();
    own.consents = vec![grant().by("u2").id("g2").record()];
    for decision in [
        gate.with(ledger).decide(&post()),
        snapshot.decide(&post()),
        snapshot.with_embedded(ledger).decide(&post()),
        snapshot.with_embedded(ledger).decide(&own),
        gate.with(handed_on).decide(&post()),
        gate.with(added).decide(&post()),
        gate.with(added).decide(&own),
    ] {
        assert_reasons(&decision, unproven, Rule::READABLE);
    }
}

#[track_caller]
fn assert_reasons(decision: &Decision<'_>, unproven: Rule, contradicted: Rule) {
    let Decision::Deny(reasons) = decision else {
        panic!("permitted");
    };
    let found = (reasons.unproven(), reasons.contradicted());
    assert_eq!(found, (unproven, contradicted));
}

/// R1, R2 · an error never upgrades an answer.
#[test]
fn a_database_that_fails_to_answer_is_taken_for_a_record_that_cannot_be_read() {
    let gate = gate().build().unwrap();
    let database = |_: &Row, _: &str| Err::<OnFile<'_>, _>(fmt::Error);
    let decision = gate.with(database).decide(&post());
    assert_reasons(&decision, Rule::ON_RECORD, Rule::READABLE);
}

/// R2 · what a database did answer is read as any other list.
#[test]
fn a_database_that_answers_is_believed() {
    let gate = gate().build().unwrap();
    let database = |_: &Row, _: &str| Ok::<_, fmt::Error>(OnFile::complete(vec![grant().record()]));
    assert!(gate.with(database).decide(&post()).is_permit());
}

/// R2 · an unattributed record is counted and changes no decision.
#[test]
fn an_unattributed_record_is_counted_and_not_guessed_at() {
    let gate = gate().build().unwrap();
    let mut ledger = Ledger::from_iter([grant().record()]);
    ledger.mark_unattributed();
    assert_eq!(ledger.unattributed(), 1);
    assert!(gate.with(&ledger).decide(&post()).is_permit());
}

/// R1 · a grant dated in the future is on record, and is reported as not given yet.
#[test]
fn a_grant_of_tomorrow_is_on_record() {
    on_file([grant().at(AS_OF + SECOND).record()])
        .gate(as_of(AS_OF))
        .collected_at(AS_OF + SECOND)
        .contradicts(Rule::GIVEN);
}
