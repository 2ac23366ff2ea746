//! Other names of people and of parties: a no counts for all of them, a yes for the one that it was
//! given under.

use consent_gate::{
    Assessment, ConsentRecord, Decision, DenialStatus, EmbeddedRecords, Gate, GateBuilder, Ledger,
    OnFile, Rules as Rule, Snapshot,
};

use crate::world::{
    AS_OF, NOTHING, Row, denies, gate, grant, name, on_file, parties, post, post_by, withdrawal,
};

/// A ledger of these records in which these names are joined.
fn ledger(records: &[ConsentRecord], aliases: &[(&str, &str)]) -> Ledger {
    let mut ledger: Ledger = records.iter().cloned().collect();
    for (other, of) in aliases {
        ledger.alias(&name(other), &name(of));
    }
    ledger
}

/// The answer about a row: the same from every source that can state other names.
#[track_caller]
fn decide(ledger: &Ledger, row: &Row) -> Decision<'static> {
    let gate: Gate = gate().build().unwrap();
    let decision = gate.with(ledger).decide(row).into_owned();
    let snapshot = Snapshot::new(&gate, ledger);
    assert_eq!(snapshot.decide(row), decision, "a snapshot");
    let grants = Snapshot::of_grants_only(&gate, ledger);
    assert_eq!(grants.decide(row).is_permit(), decision.is_permit());
    let handed_on = |_: &Row, id: &str| ledger.on_file(id);
    assert_eq!(gate.with(handed_on).decide(row), decision, "handed on");
    let subject = row.subjects[0];
    let assessment = Assessment::new(&gate, subject, ledger.on_file(subject));
    let cached = |_: &Row, _: &str| &assessment;
    assert_eq!(gate.with(cached).decide(row), decision, "an assessment");
    let added = EmbeddedRecords::added_to(ledger);
    assert_eq!(gate.with(added).decide(row), decision, "embedded records");
    decision
}

/// R15 · the person said no under an older name.
#[test]
fn a_no_by_an_older_name_is_a_no() {
    let records = [grant().record(), withdrawal().by("old").record()];
    assert!(decide(&ledger(&records, &[]), &post()).is_permit());
    for pair in [("old", "u1"), ("u1", "old")] {
        let decision = decide(&ledger(&records, &[pair]), &post());
        denies(&decision, NOTHING, Rule::STANDING);
    }
}

/// R15 · a chain of names is one person, in whatever order it is told.
#[test]
fn names_of_names_are_names() {
    let records = [grant().record(), withdrawal().by("c").record()];
    for chain in [
        [("a", "u1"), ("b", "a"), ("c", "b")],
        [("c", "b"), ("a", "u1"), ("a", "b")],
    ] {
        let decision = decide(&ledger(&records, &chain), &post());
        denies(&decision, NOTHING, Rule::STANDING);
    }
    let others = [("a", "u2"), ("c", "b")];
    assert!(decide(&ledger(&records, &others), &post()).is_permit());
}

/// R1 · a grant counts only for the name that it was given under.
#[test]
fn a_yes_by_an_older_name_is_no_yes() {
    let records = [grant().by("old").record()];
    let ledger = ledger(&records, &[("old", "u1")]);
    denies(&decide(&ledger, &post()), Rule::ON_RECORD, NOTHING);
    assert!(decide(&ledger, &post_by("old")).is_permit());
}

/// R1, R15 · a no by another name is reported where there is no grant.
#[test]
fn a_no_by_an_older_name_is_reported_without_a_grant() {
    let ledger = ledger(&[withdrawal().by("old").record()], &[("old", "u1")]);
    denies(&decide(&ledger, &post()), Rule::ON_RECORD, Rule::STANDING);
}

/// R15 · the rules for what touches and when are those of any denial.
#[test]
fn a_no_by_an_older_name_has_its_own_scope_and_date() {
    let early = withdrawal()
        .by("old")
        .at(crate::world::GIVEN_AT - crate::world::NANOSECOND);
    let of_search = withdrawal()
        .by("old")
        .but(|details| details.purposes = consent_gate::Purposes::SEARCH);
    for no in [early.record(), of_search] {
        let ledger = ledger(&[grant().record(), no], &[("old", "u1")]);
        assert!(decide(&ledger, &post()).is_permit());
    }
}

/// R2 · a record of either name that could not be read may be a no.
#[test]
fn an_unreadable_record_by_an_older_name_reaches_the_person() {
    let mut ledger = ledger(&[grant().record()], &[("old", "u1")]);
    ledger.mark_unreadable(&name("old"));
    assert!(ledger.is_unreadable("u1") && ledger.is_unreadable("old"));
    let mut unreadable: Vec<_> = ledger.unreadable_subjects().collect();
    unreadable.sort_unstable();
    assert_eq!(unreadable, [name("old"), name("u1")]);
    denies(&decide(&ledger, &post()), NOTHING, Rule::READABLE);
}

/// R2 · a conflict of an older name reaches the person.
#[test]
fn a_conflict_of_an_older_name_reaches_the_person() {
    let records = [
        grant().record(),
        withdrawal().by("old").record(),
        withdrawal().by("u3").record(),
    ];
    let ledger = ledger(&records, &[("old", "u1")]);
    denies(
        &decide(&ledger, &post()),
        NOTHING,
        Rule::READABLE | Rule::STANDING,
    );
    assert!(!ledger.is_unreadable("u2"));
}

/// R15 · embedded records of a row count for the names that a ledger states.
#[test]
fn an_embedded_no_by_an_older_name_is_a_no() {
    let gate = gate().build().unwrap();
    let ledger = ledger(&[grant().record()], &[("old", "u1")]);
    let row = Row {
        consents: vec![withdrawal().by("old").record()],
        ..post()
    };
    let decision = gate.with(EmbeddedRecords::added_to(&ledger)).decide(&row);
    denies(&decision, NOTHING, Rule::STANDING);
    let snapshot = Snapshot::new(&gate, &ledger);
    let decision = snapshot.with_embedded(&ledger).decide(&row);
    denies(&decision, NOTHING, Rule::STANDING);
    let alone = gate.with(EmbeddedRecords::only()).decide(&row);
    denies(&alone, Rule::ON_RECORD, NOTHING);
}

/// R15 · a closure states other names itself.
#[test]
fn a_closure_can_state_another_name() {
    let gate = gate().build().unwrap();
    let records = [
        grant().record(),
        withdrawal().by("old").record(),
        grant().by("old").id("g2").at(AS_OF).record(),
    ];
    let bare = |_: &Row, _: &str| OnFile::complete(records.as_slice());
    assert!(gate.with(bare).decide(&post()).is_permit());
    let stating = |_: &Row, _: &str| OnFile::complete(records.as_slice()).other_name(name("old"));
    let decision = gate.with(stating).decide(&post());
    denies(&decision, NOTHING, Rule::STANDING);
}

/// R15 · a replay leaves out what was stated later, by whichever name.
#[test]
fn a_replay_knows_the_other_names() {
    let records = [grant().record(), withdrawal().by("old").record()];
    let ledger = ledger(&records, &[("old", "u1")]);
    let before = crate::world::as_of(crate::world::WITHDRAWN_AT - crate::world::SECOND);
    let replay = before.build().unwrap().replay();
    assert!(replay.with(&ledger).decide(&post()).is_permit());
    assert!(Snapshot::new(&replay, &ledger).decide(&post()).is_permit());
    let after = gate().build().unwrap().replay();
    assert!(!replay_permits(&after, &ledger));
}

fn replay_permits(replay: &consent_gate::Replay, ledger: &Ledger) -> bool {
    let is_permit = replay.with(ledger).decide(&post()).is_permit();
    assert_eq!(
        Snapshot::new(replay, ledger).decide(&post()).is_permit(),
        is_permit
    );
    is_permit
}

/// R15 · names are merged with the ledgers that state them, in either direction.
#[test]
fn merged_ledgers_have_the_names_of_both() {
    let yes = ledger(&[grant().record()], &[("a", "u1")]);
    let no = ledger(&[withdrawal().by("old").record()], &[("old", "a")]);
    for (one, other) in [(&yes, &no), (&no, &yes)] {
        let mut both = one.clone();
        both.merge(other);
        denies(&decide(&both, &post()), NOTHING, Rule::STANDING);
    }
}

/// The digest of the consents depends on the names, and not on the order in which they are told.
#[test]
fn the_digest_depends_on_the_names_and_on_no_order() {
    let digest = |aliases: &[(&str, &str)]| {
        let records = [grant().record(), withdrawal().by("old").record()];
        let mut ledger = ledger(&records, &[]);
        for id in ["a", "b"] {
            ledger.mark_unreadable(&name(id));
        }
        for (other, of) in aliases {
            ledger.alias(&name(other), &name(of));
        }
        ledger.digest()
    };
    let joined = digest(&[("a", "b"), ("old", "a")]);
    assert_eq!(digest(&[("b", "old"), ("b", "a")]), joined);
    assert_ne!(digest(&[("a", "b")]), joined);
    assert_ne!(digest(&[]), joined);
    assert_eq!(digest(&[("a", "a")]), digest(&[]));
}

/// R15 · the trainer, or a party of the grant, by another name.
fn told(told: &str) -> GateBuilder {
    gate().party_alias(&name("facebook"), &name(told))
}

/// R15 · a party was told under its older name.
#[test]
fn a_no_told_to_a_party_by_an_older_name_touches() {
    let no = || withdrawal().to("Facebook ").record();
    on_file([grant().record(), no()]).permits();
    on_file([grant().record(), no()])
        .gate(told("acme"))
        .contradicts(Rule::STANDING);
    let with_recipient = grant().but(|details| details.recipients = parties(["meta"]));
    on_file([with_recipient, no()])
        .gate(told("META"))
        .contradicts(Rule::STANDING);
}

/// R1, R15 · the request is touched as well.
#[test]
fn a_no_told_to_the_trainer_by_an_older_name_touches_the_request() {
    let no = withdrawal()
        .to("facebook")
        .status(DenialStatus::Refused)
        .record();
    on_file([no])
        .gate(told("acme"))
        .denies(Rule::ON_RECORD, Rule::STANDING);
}

/// R3, R9 · a yes to a party counts only for the name that it was given to.
#[test]
fn a_yes_to_a_party_by_an_older_name_is_no_yes() {
    on_file([grant().to("facebook").record()])
        .gate(told("acme"))
        .contradicts(Rule::PARTY);
    for spelt in ["Acme", "acme "] {
        on_file([grant().to(spelt).record()]).contradicts(Rule::PARTY);
    }
    on_file([grant().notice(|notice| notice.controller = Some(name("facebook")))])
        .gate(told("acme"))
        .contradicts(Rule::INFORMED);
}
