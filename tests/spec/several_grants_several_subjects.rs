//! Several grants and several people: each grant is judged alone, and each person must permit.

use consent_gate::{
    ConsentRecord, ConsentType, DataCategories, DataPeriod, Granularity, Ledger, Method, Purposes,
    Rules as Rule,
};

use crate::world::{
    AS_OF, GIVEN_AT, Grant, NANOSECOND, SECOND, cannot_read, gate, gate_of, grant, on_file,
    post_of, withdrawal,
};

fn later() -> Grant<'static> {
    grant().at(GIVEN_AT + SECOND)
}

fn without_evidence(grant: Grant) -> ConsentRecord {
    grant.but(|details| details.evidence = None)
}

/// R4 · parts of two grants never add up.
#[test]
fn two_grants_for_one_purpose_each_are_none_for_both() {
    let both = Purposes::AI_TRAINING;
    let one_each = [
        grant().told(both).record(),
        later()
            .id("g2")
            .told(both)
            .but(|details| details.purposes = Purposes::TRAIN_NON_GENERATIVE),
    ];
    on_file(one_each)
        .gate(gate_of("acme", both, AS_OF))
        .contradicts(Rule::PURPOSE);
}

/// R17 · parts of two grants never add up.
#[test]
fn two_grants_for_one_category_each_are_none_for_both() {
    let one_each = [
        grant().record(),
        later()
            .id("g2")
            .but(|details| details.data = DataCategories::MEDIA),
    ];
    on_file(one_each)
        .where_row(|row| row.data = DataCategories::POSTS | DataCategories::MEDIA)
        .contradicts(Rule::CATEGORY);
}

/// R10, R5 · parts of two grants never add up.
#[test]
fn two_grants_that_each_lack_something_else_do_not_make_a_whole_one() {
    on_file([
        without_evidence(grant().id("g1")),
        grant().id("g2").but(|details| details.granular = None),
    ])
    .leaves_unproven(Rule::EVIDENCED);
}

/// R1 · one whole grant is enough, whatever else is on file.
#[test]
fn one_grant_that_meets_every_rule_carries_beside_others_that_do_not() {
    on_file([
        grant().record(),
        later()
            .id("g2")
            .but(|details| details.method = Some(Method::Scrolling)),
        later().id("g3").to("x").record(),
        without_evidence(later().id("g4")),
    ])
    .permits_by(["g1"]);
}

/// R16 · an older grant may carry where a newer one does not.
#[test]
fn an_older_grant_carries_the_row_that_is_too_old_for_the_newer_one() {
    on_file([grant().record(), later().id("g2").record()])
        .collected_at(GIVEN_AT)
        .permits_by(["g1"]);
}

/// Permit names the latest grant that carries.
#[test]
fn a_permit_rests_on_the_latest_grant_that_carries() {
    for (older, newer) in [("g1", "g2"), ("g2", "g1")] {
        on_file([
            grant().id(older).record(),
            grant().id(newer).at(GIVEN_AT + NANOSECOND).record(),
        ])
        .permits_by([newer]);
    }
}

/// Permit names the smallest id of the latest.
#[test]
fn a_permit_rests_on_the_smallest_id_of_grants_of_one_instant() {
    on_file(["g2", "g10", "g1"].map(|id| grant().id(id).record())).permits_by(["g1"]);
    on_file(["b", "B", "a\u{e9}", "az"].map(|id| grant().id(id).record())).permits_by(["B"]);
}

/// Every denial tells of the grant that came closest: fewest rules contradicted first.
#[test]
fn the_closest_grant_is_the_one_with_the_fewest_rules_contradicted() {
    let two_against = later().id("a").but(|details| {
        details.granular = Some(Granularity::Bundled);
        details.method = Some(Method::Scrolling);
    });
    let one_against_and_much_unknown = grant().id("b").but(|details| {
        details.consent_type = Some(ConsentType::Implied);
        details.evidence = None;
        details.notice = None;
        details.granular = None;
        details.method = None;
    });
    on_file([two_against, one_against_and_much_unknown]).denies(
        Rule::EVIDENCED | Rule::INFORMED | Rule::GRANULAR | Rule::AFFIRMATIVE,
        Rule::EXPLICIT,
    );
}

/// R7, R10 · none contradicted is closer than one.
#[test]
fn a_grant_with_nothing_against_it_is_closer_than_one_with_one_rule_contradicted() {
    let unknown = grant().id("b").but(|details| {
        details.evidence = None;
        details.notice = None;
        details.granular = None;
    });
    let against = later()
        .id("a")
        .but(|details| details.consent_type = Some(ConsentType::Implied));
    on_file([against, unknown]).leaves_unproven(Rule::EVIDENCED | Rule::INFORMED | Rule::GRANULAR);
}

/// Then fewest unproven.
#[test]
fn of_grants_with_as_many_rules_contradicted_the_closest_is_the_one_with_the_fewest_unproven() {
    let more_unknown = later().id("a").but(|details| {
        details.evidence = None;
        details.granular = None;
    });
    let less_unknown = grant().id("b").but(|details| details.notice = None);
    on_file([more_unknown, less_unknown]).leaves_unproven(Rule::INFORMED);
}

/// Then the latest.
#[test]
fn of_grants_as_close_as_each_other_the_latest_is_reported() {
    for (older, newer) in [("a", "b"), ("b", "a")] {
        on_file([
            grant().id(older).but(|details| details.granular = None),
            without_evidence(grant().id(newer).at(GIVEN_AT + NANOSECOND)),
        ])
        .leaves_unproven(Rule::EVIDENCED);
    }
}

/// Then the smallest id.
#[test]
fn of_grants_as_close_and_of_one_instant_the_smallest_id_is_reported() {
    on_file([
        grant().id("b").but(|details| details.granular = None),
        without_evidence(grant().id("a")),
    ])
    .leaves_unproven(Rule::EVIDENCED);
    on_file([
        grant().id("a").but(|details| details.granular = None),
        without_evidence(grant().id("b")),
    ])
    .leaves_unproven(Rule::GRANULAR);
}

/// R2 · then the smaller set of rules contradicted, as a number; only a conflict gets that far.
#[test]
fn of_two_grants_of_one_id_and_instant_the_smaller_set_contradicted_is_reported() {
    on_file([
        grant().but(|details| details.method = Some(Method::Scrolling)),
        grant().but(|details| details.granular = Some(Granularity::Bundled)),
    ])
    .contradicts(Rule::READABLE | Rule::GRANULAR);
    on_file([
        grant().but(|details| {
            details.method = Some(Method::Scrolling);
            details.evidence = None;
        }),
        grant().but(|details| {
            details.granular = Some(Granularity::Bundled);
            details.capacity = None;
        }),
    ])
    .denies(Rule::CAPACITY, Rule::READABLE | Rule::GRANULAR);
}

/// R2 · and last the smaller set of rules unproven, as a number.
#[test]
fn of_two_grants_of_one_id_and_instant_the_smaller_set_unproven_is_reported() {
    on_file([
        without_evidence(grant()),
        grant().but(|details| details.granular = None),
    ])
    .denies(Rule::GRANULAR, Rule::READABLE);
}

/// R5, R10 · a waived rule is not counted: with it, the other grant would be closer.
#[test]
fn a_waived_rule_does_not_make_a_grant_less_close() {
    let records = || {
        [
            grant().id("a").but(|details| {
                details.evidence = None;
                details.notice = None;
            }),
            grant().id("b").but(|details| details.granular = None),
        ]
    };
    on_file(records()).leaves_unproven(Rule::GRANULAR);
    on_file(records())
        .gate(gate().waive(Rule::EVIDENCED))
        .leaves_unproven(Rule::INFORMED);
}

/// R16, R17 · which one is closest depends on the row.
#[test]
fn the_closest_grant_is_found_for_each_row() {
    let for_posts = || grant().id("a").but(|details| details.evidence = None);
    let for_media = || {
        grant().id("b").but(|details| {
            details.data = DataCategories::MEDIA;
            details.data_period = DataPeriod::AllExisting;
            details.granular = None;
        })
    };
    on_file([for_posts(), for_media()]).leaves_unproven(Rule::EVIDENCED);
    on_file([for_posts(), for_media()])
        .where_row(|row| row.data = DataCategories::MEDIA)
        .leaves_unproven(Rule::GRANULAR);
}

/// R15 · a denial ends the grants before it, and not those after it.
#[test]
fn a_withdrawal_ends_the_grants_before_it_and_leaves_those_after_it() {
    let between = withdrawal().at(GIVEN_AT + NANOSECOND);
    on_file([
        grant().record(),
        between.record(),
        later().id("g2").record(),
    ])
    .permits_by(["g2"]);
}

/// R1 · every subject of the row.
#[test]
fn a_row_about_two_people_passes_when_both_said_yes() {
    let both = || [grant().record(), grant().id("g2").by("u2").record()];
    on_file(both())
        .row(post_of(["u1", "u2"]))
        .permits_by(["g1", "g2"]);
    on_file(both())
        .row(post_of(["u2", "u1"]))
        .permits_by(["g2", "g1"]);
}

/// R1 · any one of them is enough to withhold it.
#[test]
fn a_row_about_three_people_is_withheld_when_one_of_them_is_silent() {
    for silent in ["u1", "u2", "u3"] {
        let grants = [("g1", "u1"), ("g2", "u2"), ("g3", "u3")];
        let others = grants.into_iter().filter(|(_, subject)| *subject != silent);
        on_file(others.map(|(id, subject)| grant().id(id).by(subject).record()))
            .row(post_of(["u1", "u2", "u3"]))
            .leaves_unproven(Rule::ON_RECORD);
    }
}

/// R1, R10, R15 · the reasons of all of them.
#[test]
fn a_row_about_several_people_is_told_the_reasons_of_all() {
    on_file([
        without_evidence(grant()),
        grant().id("g2").by("u2").record(),
        withdrawal().by("u2").record(),
        grant().id("g4").by("u4").record(),
    ])
    .row(post_of(["u1", "u2", "u3", "u4"]))
    .denies(Rule::EVIDENCED | Rule::ON_RECORD, Rule::STANDING);
}

/// R5 · a rule may then be in both sets.
#[test]
fn a_rule_that_is_unproven_for_one_and_contradicted_for_the_other_is_both() {
    on_file([
        grant().but(|details| details.granular = None),
        grant()
            .id("g2")
            .by("u2")
            .but(|details| details.granular = Some(Granularity::Bundled)),
    ])
    .row(post_of(["u1", "u2"]))
    .denies(Rule::GRANULAR, Rule::GRANULAR);
}

/// R1 · a subject named twice counts once.
#[test]
fn a_person_who_is_named_twice_counts_once() {
    on_file([grant().record()])
        .row(post_of(["u1", "u1", "u1"]))
        .permits_by(["g1"]);
    on_file([grant().record(), grant().id("g2").by("u2").record()])
        .row(post_of(["u1", "u2", "u1", "u2"]))
        .permits_by(["g1", "g2"]);
}

/// R1, R2 · one of whom a record could not be read.
#[test]
fn a_row_about_two_people_is_withheld_when_a_record_of_one_could_not_be_read() {
    let gate = gate().build().unwrap();
    let mut ledger = Ledger::from_iter([grant().record(), grant().id("g2").by("u2").record()]);
    assert!(
        gate.with(&ledger)
            .decide(&post_of(["u1", "u2"]))
            .is_permit()
    );
    cannot_read(&mut ledger, "u2");
    let decision = gate.with(&ledger).decide(&post_of(["u1", "u2"]));
    assert_eq!(
        decision.to_string(),
        "denied: a record of this person cannot be read, or conflicts with another of the same id (R2)",
    );
    assert!(gate.with(&ledger).decide(&post_of(["u1"])).is_permit());
}

/// A rule that several subjects fail is listed once for each way of failing, in the order of the rules.
#[test]
fn a_decision_says_in_words_what_it_is() {
    let permitted = on_file([grant().record(), grant().id("g2").by("u2").record()])
        .row(post_of(["u1", "u2"]))
        .answer();
    assert_eq!(permitted.to_string(), "permitted by g1 and g2");
    let denied = on_file([
        grant().but(|details| details.granular = None),
        grant()
            .id("g2")
            .by("u2")
            .but(|details| details.granular = Some(Granularity::Bundled)),
    ])
    .row(post_of(["u2", "u3", "u1"]))
    .answer();
    assert_eq!(
        denied.to_string(),
        "denied: no consent by this person is on file (R1); \
         the purpose was bundled with others under one switch (R5); \
         it is not known whether the purpose had a switch of its own (R5)",
    );
}

/// R1 · a permit names the grant it rests on, so that two which rest on others are not the same.
#[test]
fn permits_that_rest_on_different_grants_differ() {
    let gate = gate().build().unwrap();
    let one: Ledger = [grant().id("g1").record()].into_iter().collect();
    let other: Ledger = [grant().id("g2").record()].into_iter().collect();
    let decision = gate.with(&one).decide(&post_of(["u1"]));
    assert_ne!(decision, gate.with(&other).decide(&post_of(["u1"])));
    assert_eq!(decision, decision.clone().into_owned());
    assert_eq!(decision.to_string(), "permitted by g1");
}
