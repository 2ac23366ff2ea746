//! R19 and R20: how old the consents on file may be, and what a yes holds under.

use consent_gate::{
    Assessment, Condition, DataPeriod, Decision, EmbeddedRecords, GateBuilder, Ledger, OnFile,
    Rules as Rule, Snapshot,
};
use time::{Duration, UtcDateTime};

use crate::world::{
    AS_OF, COLLECTED_AT, NANOSECOND, NOTHING, Row, gate, grant, on_file, post, withdrawal,
};

const DAY: Duration = Duration::DAY;

/// The answer of every source that can state how complete it is: the same one.
#[track_caller]
fn decide(
    gate: GateBuilder,
    complete_through: Option<UtcDateTime>,
    row: &Row,
) -> Decision<'static> {
    let gate = gate.build().unwrap();
    let grant = grant().record();
    let mut ledger = Ledger::from_iter([grant.clone()]);
    let mut beside = Ledger::new();
    for ledger in [&mut ledger, &mut beside] {
        if let Some(at) = complete_through {
            ledger.set_complete_through(at);
        }
        assert_eq!(ledger.complete_through(), complete_through);
    }
    let snapshot = Snapshot::new(&gate, &ledger);
    assert_eq!(snapshot.complete_through(), complete_through);
    let decision = gate.with(&ledger).decide(row).into_owned();
    assert_eq!(snapshot.decide(row), decision, "a snapshot");
    assert_eq!(
        snapshot.decide_batch(std::slice::from_ref(row))[0],
        decision,
        "a batch"
    );
    assert_eq!(
        snapshot.decide_ids(&["u1"], |_| row)[0],
        decision,
        "a column"
    );
    assert_eq!(
        snapshot.mask_ids(&["u1"], row),
        [decision.is_permit()],
        "a mask"
    );
    let grants = Snapshot::of_grants_only(&gate, &ledger);
    assert_eq!(
        grants.decide(row).is_permit(),
        decision.is_permit(),
        "grants only"
    );

    let handed_on = |_: &Row, id: &str| ledger.on_file(id);
    assert_eq!(gate.with(handed_on).decide(row), decision, "handed on");
    let records = [grant];
    let listed = |_: &Row, _: &str| {
        let on_file = OnFile::complete(records.as_slice());
        complete_through.map_or(on_file.clone(), |at| on_file.complete_through(at))
    };
    assert_eq!(gate.with(listed).decide(row), decision, "a list");
    let assessment = Assessment::new(&gate, "u1", ledger.on_file("u1"));
    assert_eq!(assessment.complete_through(), complete_through);
    let cached = |_: &Row, _: &str| &assessment;
    assert_eq!(gate.with(cached).decide(row), decision, "an assessment");

    let carrier = Row {
        consents: records.to_vec(),
        ..row.clone()
    };
    let added = EmbeddedRecords::added_to(&beside);
    assert_eq!(
        gate.with(added).decide(&carrier),
        decision,
        "embedded records"
    );
    let snapshot = Snapshot::new(&gate, &beside);
    let on_snapshot = snapshot.with_embedded(&beside).decide(&carrier);
    assert_eq!(on_snapshot, decision, "embedded records beside a snapshot");
    decision
}

fn of_a_day() -> GateBuilder {
    gate().max_lag(DAY)
}

#[track_caller]
fn denies(decision: &Decision<'_>, unproven: Rule, contradicted: Rule) {
    crate::world::denies(decision, unproven, contradicted);
}

/// R19 · a gate that sets no lag asks for nothing.
#[test]
fn without_a_lag_nothing_need_be_stated() {
    for through in [None, Some(UtcDateTime::MIN), Some(AS_OF)] {
        assert!(decide(gate(), through, &post()).is_permit());
    }
}

/// R19 · complete through as-of less the lag, to the nanosecond.
#[test]
fn consents_as_old_as_the_lag_are_fresh() {
    for through in [AS_OF - DAY, AS_OF, AS_OF + DAY, UtcDateTime::MAX] {
        assert!(decide(of_a_day(), Some(through), &post()).is_permit());
    }
    let exact = gate().max_lag(Duration::ZERO);
    assert!(decide(exact, Some(AS_OF), &post()).is_permit());
    let of_any_age = gate().max_lag(Duration::MAX);
    assert!(decide(of_any_age, Some(COLLECTED_AT), &post()).is_permit());
}

/// R19 · a withdrawal may be on its way for longer.
#[test]
fn consents_older_than_the_lag_are_not_fresh() {
    for through in [AS_OF - DAY - NANOSECOND, COLLECTED_AT] {
        denies(
            &decide(of_a_day(), Some(through), &post()),
            NOTHING,
            Rule::FRESH,
        );
    }
    let exact = gate().max_lag(Duration::ZERO);
    let through = Some(AS_OF - NANOSECOND);
    denies(&decide(exact, through, &post()), NOTHING, Rule::FRESH);
}

/// R19 · a source that states nothing proves nothing.
#[test]
fn a_source_that_states_nothing_is_not_known_to_be_fresh() {
    denies(&decide(of_a_day(), None, &post()), Rule::FRESH, NOTHING);
}

/// R19 · Zanzibar's new enemy: an old answer is not for new content.
#[test]
fn a_row_newer_than_the_consents_is_not_covered_by_them() {
    let through = AS_OF - DAY;
    let collected = |at| Row {
        collected_at: Some(at),
        ..post()
    };
    assert!(decide(of_a_day(), Some(through), &collected(through)).is_permit());
    let newer = decide(of_a_day(), Some(through), &collected(through + NANOSECOND));
    denies(&newer, NOTHING, Rule::FRESH);
}

/// R19 · a row without a time is not known to be older; what is proven otherwise stays proven.
#[test]
fn it_has_to_be_known_that_the_row_is_older() {
    let row = Row {
        collected_at: None,
        ..post()
    };
    let silent = decide(of_a_day(), Some(AS_OF), &row);
    denies(&silent, Rule::FRESH | Rule::PERIOD, NOTHING);
    let old = decide(of_a_day(), Some(AS_OF - DAY - NANOSECOND), &row);
    denies(&old, Rule::PERIOD, Rule::FRESH);
}

/// R19 · a waiver forgives silence, never a no.
#[test]
fn a_waiver_forgives_a_source_that_states_nothing_and_no_other() {
    let waived = || of_a_day().waive(Rule::FRESH);
    assert!(decide(waived(), None, &post()).is_permit());
    let old = decide(waived(), Some(AS_OF - DAY - NANOSECOND), &post());
    denies(&old, NOTHING, Rule::FRESH);
    denies(
        &decide(of_a_day().waive(Rule::EVIDENCED), None, &post()),
        Rule::FRESH,
        NOTHING,
    );
}

/// R19 · where there is no grant, R1 is the reason.
#[test]
fn without_a_grant_nothing_is_asked_about_freshness() {
    let gate = of_a_day().build().unwrap();
    let decision = gate.with(&Ledger::new()).decide(&post()).into_owned();
    denies(&decision, Rule::ON_RECORD, NOTHING);
}

/// R19 · the embedded records of a row state nothing by themselves.
#[test]
fn embedded_records_alone_are_not_known_to_be_fresh() {
    let gate = of_a_day().build().unwrap();
    let row = Row {
        consents: vec![grant().record()],
        ..post()
    };
    let decision = gate.with(EmbeddedRecords::only()).decide(&row);
    denies(&decision, Rule::FRESH, NOTHING);
}

/// R19 · two ledgers in one are as complete as the one that is less so.
#[test]
fn merged_ledgers_are_complete_through_the_earlier_instant() {
    let through = |at: Option<UtcDateTime>| {
        let mut ledger = Ledger::new();
        if let Some(at) = at {
            ledger.set_complete_through(at);
        }
        ledger
    };
    for (one, other, both) in [
        (Some(AS_OF), Some(AS_OF - DAY), Some(AS_OF - DAY)),
        (Some(AS_OF - DAY), Some(AS_OF), Some(AS_OF - DAY)),
        (Some(AS_OF), None, None),
        (None, Some(AS_OF), None),
        (None, None, None),
    ] {
        let mut ledger = through(one);
        ledger.merge(&through(other));
        assert_eq!(ledger.complete_through(), both);
    }
}

/// R19 · the digest of the consents depends on what they are complete through.
#[test]
fn the_digest_depends_on_what_is_stated() {
    let mut digests = Vec::new();
    for through in [None, Some(AS_OF), Some(AS_OF + NANOSECOND)] {
        let mut ledger = Ledger::from_iter([grant().record()]);
        if let Some(at) = through {
            ledger.set_complete_through(at);
        }
        digests.push(ledger.digest());
    }
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 3);
}

fn condition(token: &str) -> Condition {
    token.parse().unwrap()
}

fn under(tokens: &[&str]) -> consent_gate::ConsentRecord {
    let conditions = tokens.iter().map(|token| condition(token));
    grant().but(|details| details.conditions = conditions.collect())
}

/// R20 · GDPR Rec. 32: a yes without a condition holds under none.
#[test]
fn a_consent_without_conditions_needs_none_assured() {
    on_file([grant().record()]).permits();
    let assured = gate().assure(condition("de-identified"));
    on_file([grant().record()]).gate(assured).permits();
}

/// R20 · GDPR Rec. 32 and 43: what was agreed is kept.
#[test]
fn a_consent_whose_conditions_are_all_assured_holds() {
    let assured = || {
        let gate = gate().assure(condition("non-commercial"));
        gate.assure(condition("de-identified"))
    };
    for tokens in [&["de-identified"][..], &["non-commercial", "de-identified"]] {
        on_file([under(tokens)]).gate(assured()).permits();
    }
}

/// R20 · GDPR Rec. 32 and 43: and no more than what was agreed.
#[test]
fn a_consent_with_a_condition_that_is_not_assured_does_not_hold() {
    on_file([under(&["de-identified"])]).contradicts(Rule::CONDITIONS);
    for assured in ["non-commercial", "de-identified-data", "de", "identified"] {
        on_file([under(&["de-identified"])])
            .gate(gate().assure(condition(assured)))
            .contradicts(Rule::CONDITIONS);
    }
    on_file([under(&["de-identified", "non-commercial"])])
        .gate(gate().assure(condition("de-identified")))
        .contradicts(Rule::CONDITIONS);
}

/// R20 · no waiver makes up for a condition.
#[test]
fn a_condition_is_never_waived() {
    on_file([under(&["de-identified"])])
        .gate(gate().waive(Rule::waivable()))
        .contradicts(Rule::CONDITIONS);
    assert!(gate().waive(Rule::CONDITIONS).build().is_err());
}

/// R20 · a no is a no under whatever condition.
#[test]
fn the_conditions_of_a_denial_are_ignored() {
    let no = withdrawal().but(|details| details.conditions = vec![condition("de-identified")]);
    on_file([grant().record(), no]).contradicts(Rule::STANDING);
}

/// R20 · each grant is judged alone.
#[test]
fn a_grant_without_the_condition_permits_beside_one_with_it() {
    let existing = |details: &mut consent_gate::Details| {
        details.data_period = DataPeriod::AllExisting;
    };
    let free = grant().id("g2").at(AS_OF - DAY).but(existing);
    on_file([under(&["de-identified"]), free]).permits_by(["g2"]);
}
