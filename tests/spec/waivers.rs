//! Waivers: a gate may be told to forgive silence about some rules, and never a no.

use consent_gate::{
    Actor, Capacity, Channels, DataCategories, Details, GateError, Granularity, NotWaivable,
    Restrictions, Rules as Rule, Waivers,
};
use time::Duration;

use crate::world::{
    AS_OF, GIVEN_AT, NANOSECOND, NOTHING, Row, gate, grant, name, on_file, withdrawal,
};

/// The waivable rules but R19, which only a gate with a maximum lag asks about: its chapter is
/// `r19_r20_fresh_conditions`.
const WAIVABLE: [Rule; 9] = [
    Rule::GRANULAR,
    Rule::INFORMED,
    Rule::EVIDENCED,
    Rule::WITHDRAWABLE,
    Rule::CAPACITY,
    Rule::CURRENT,
    Rule::PERIOD,
    Rule::CATEGORY,
    Rule::UNRESTRICTED,
];

const NEVER_WAIVED: [Rule; 10] = [
    Rule::ON_RECORD,
    Rule::READABLE,
    Rule::PARTY,
    Rule::PURPOSE,
    Rule::AFFIRMATIVE,
    Rule::EXPLICIT,
    Rule::PERSONAL,
    Rule::GIVEN,
    Rule::STANDING,
    Rule::CONDITIONS,
];

/// What to change of the grant and of the row.
type Change = (fn(&mut Details), fn(&mut Row));

/// Silence about this rule, and about no other.
fn silent(rule: Rule) -> Change {
    match rule {
        Rule::GRANULAR => (|details| details.granular = None, |_| ()),
        Rule::INFORMED => (|details| details.notice = None, |_| ()),
        Rule::EVIDENCED => (|details| details.evidence = None, |_| ()),
        Rule::WITHDRAWABLE => (|details| details.given_via = None, |_| ()),
        Rule::CAPACITY => (|details| details.capacity = None, |_| ()),
        Rule::CURRENT => (|details| details.valid_until = None, |_| ()),
        Rule::PERIOD => (|_| (), |row| row.collected_at = None),
        Rule::CATEGORY => (|_| (), |row| row.data = DataCategories::empty()),
        Rule::UNRESTRICTED => (|_| (), |row| row.restrictions = Restrictions::unread()),
        other => panic!("{other} is never waived"),
    }
}

/// A no about this rule, and about no other. There is none about `EVIDENCED`.
fn contrary(rule: Rule) -> Change {
    match rule {
        Rule::GRANULAR => (
            |details| details.granular = Some(Granularity::Bundled),
            |_| (),
        ),
        Rule::INFORMED => (
            |details| details.notice.as_mut().unwrap().controller = Some(name("x")),
            |_| (),
        ),
        Rule::WITHDRAWABLE => (|details| details.withdraw_via = Channels::APP, |_| ()),
        Rule::CAPACITY => (
            |details| details.capacity = Some(Capacity::UnderAge),
            |_| (),
        ),
        Rule::CURRENT => (|details| details.valid_until = Some(AS_OF), |_| ()),
        Rule::PERIOD => (|_| (), |row| row.collected_at = Some(GIVEN_AT - NANOSECOND)),
        Rule::CATEGORY => (|_| (), |row| row.data = DataCategories::MEDIA),
        Rule::UNRESTRICTED => (|_| (), |row| row.restrictions = Restrictions::everything()),
        other => panic!("{other} has no contrary"),
    }
}

/// R5, R9, R10, R11, R12, R14, R16, R17, R18 · a waiver forgives silence about its own rule.
#[test]
fn each_waiver_forgives_silence_about_its_rule() {
    for rule in WAIVABLE {
        let (vary, vary_row) = silent(rule);
        on_file([grant().but(vary)])
            .where_row(vary_row)
            .gate(gate().waive(rule))
            .permits();
    }
}

/// R5, R9, R10, R11, R12, R14, R16, R17, R18 · and is needed for it.
#[test]
fn without_its_waiver_silence_is_not_forgiven() {
    for rule in WAIVABLE {
        let (vary, vary_row) = silent(rule);
        on_file([grant().but(vary)])
            .where_row(vary_row)
            .leaves_unproven(rule);
    }
}

/// R5, R9, R10, R11, R12, R14, R16, R17, R18 · all the other waivers do not help.
#[test]
fn a_waiver_forgives_silence_about_no_other_rule() {
    for rule in WAIVABLE {
        let (vary, vary_row) = silent(rule);
        on_file([grant().but(vary)])
            .where_row(vary_row)
            .gate(gate().waive(Rule::waivable().difference(rule)))
            .leaves_unproven(rule);
    }
}

/// R5, R9, R11, R12, R14, R16, R17, R18 · a waiver forgives silence, never a no.
#[test]
fn no_waiver_forgives_a_no() {
    for rule in WAIVABLE.into_iter().filter(|rule| *rule != Rule::EVIDENCED) {
        let (vary, vary_row) = contrary(rule);
        on_file([grant().but(vary)])
            .where_row(vary_row)
            .gate(gate().waive(Rule::waivable()))
            .contradicts(rule);
    }
}

/// R5, R9, R10, R11, R12, R14, R16, R17, R18 · all at once.
#[test]
fn with_every_waiver_a_grant_needs_nothing_but_what_is_never_waived() {
    on_file([grant().but(|details| {
        let mut never_waived = Details::default();
        never_waived.purposes = details.purposes;
        never_waived.method = details.method;
        never_waived.consent_type = details.consent_type;
        never_waived.actor = details.actor;
        *details = never_waived;
    })])
    .where_row(|row| {
        row.collected_at = None;
        row.data = DataCategories::empty();
        row.restrictions = Restrictions::unread();
    })
    .gate(gate().waive(Rule::waivable()))
    .permits();
}

/// R10, R15 · a waived rule is not reported with another that failed.
#[test]
fn a_waived_rule_is_not_reported() {
    on_file([
        grant().but(|details| details.evidence = None),
        withdrawal().record(),
    ])
    .gate(gate().waive(Rule::EVIDENCED))
    .contradicts(Rule::STANDING);
}

/// R5, R9, R12 · COPPA as amended: for a child, silence about these is not forgiven.
#[test]
fn the_waivers_of_three_rules_do_not_reach_a_grant_by_a_guardian() {
    for rule in [Rule::GRANULAR, Rule::INFORMED, Rule::CAPACITY] {
        let (vary, _) = silent(rule);
        for actor in [Actor::Guardian, Actor::VerifiedGuardian] {
            let records = [grant().but(|details| {
                vary(details);
                details.actor = Some(actor);
            })];
            let case = on_file(records).gate(gate().waive(Rule::waivable()));
            match (actor, rule) {
                // A verified guardian answers for the capacity.
                (Actor::VerifiedGuardian, Rule::CAPACITY) => case.permits(),
                (Actor::VerifiedGuardian, _) => case.leaves_unproven(rule),
                _ => case.denies(rule, Rule::PERSONAL),
            }
        }
        on_file([grant().but(vary)])
            .gate(gate().waive(rule))
            .permits();
    }
}

/// R10, R11, R14 · the other waivers reach a grant by a verified guardian.
#[test]
fn the_other_waivers_reach_a_grant_by_a_verified_guardian() {
    for rule in [Rule::EVIDENCED, Rule::WITHDRAWABLE, Rule::CURRENT] {
        let (vary, _) = silent(rule);
        let records = [grant().but(|details| {
            vary(details);
            details.actor = Some(Actor::VerifiedGuardian);
        })];
        on_file(records).gate(gate().waive(rule)).permits();
    }
}

/// R16, R17, R18 · nor are those about the row.
#[test]
fn a_waived_rule_about_the_row_is_not_reported() {
    on_file([grant().but(|details| details.evidence = None)])
        .where_row(|row| {
            row.collected_at = None;
            row.data = DataCategories::empty();
            row.restrictions = Restrictions::unread();
        })
        .gate(gate().waive(Rule::PERIOD | Rule::CATEGORY | Rule::UNRESTRICTED))
        .denies(Rule::EVIDENCED, NOTHING);
}

/// R17 · a grant that is silent and one that says no are not the same.
#[test]
fn a_waived_category_covers_a_silent_grant_and_not_one_that_lacks_it() {
    let waived = || gate().waive(Rule::CATEGORY);
    on_file([grant().but(|details| details.data = DataCategories::empty())])
        .gate(waived())
        .permits();
    on_file([grant().but(|details| details.data = DataCategories::MEDIA)])
        .gate(waived())
        .contradicts(Rule::CATEGORY);
}

/// R14 · with a maximum age there is a limit, and so no silence to forgive.
#[test]
fn a_waived_limit_does_not_forgive_that_the_maximum_age_is_reached() {
    on_file([grant().but(|details| details.valid_until = None)])
        .gate(gate().waive(Rule::CURRENT).maximum_age(Duration::DAY))
        .contradicts(Rule::CURRENT);
}

/// R12 · silence about the age is forgiven, a child is not.
#[test]
fn a_waived_capacity_lets_an_unknown_age_pass_and_not_a_child() {
    let waived = || gate().waive(Rule::CAPACITY);
    on_file([grant().but(|details| details.capacity = None)])
        .gate(waived())
        .permits();
    on_file([grant().but(|details| details.capacity = Some(Capacity::UnderAge))])
        .gate(waived())
        .contradicts(Rule::CAPACITY);
}

/// R1, R2, R3, R4, R6, R7, R8, R13, R15 · nothing waives them.
#[test]
fn the_other_rules_cannot_be_waived() {
    for rule in NEVER_WAIVED {
        let error = Waivers::new(rule).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot be waived: {rule}"));
        let refused = gate().waive(rule).build().unwrap_err();
        assert_eq!(refused, GateError::Waivers(error));
        assert_eq!(
            refused.to_string(),
            format!("waivers: cannot be waived: {rule}")
        );
    }
}

/// Every rule is on one of the two lists, and the library's own list agrees.
#[test]
fn a_rule_is_waivable_or_it_is_not() {
    let waivable: Rule = WAIVABLE.into_iter().collect();
    let never: Rule = NEVER_WAIVED.into_iter().collect();
    let waivable = waivable | Rule::FRESH;
    assert_eq!(Rule::waivable(), waivable);
    assert!(waivable.intersection(never).is_empty());
    assert_eq!(waivable.union(never), Rule::all());
}

/// A list with one rule that cannot be waived waives none of them.
#[test]
fn a_list_of_waivers_with_one_that_cannot_be_is_refused_whole() {
    let error: NotWaivable = Waivers::new(Rule::EVIDENCED | Rule::EXPLICIT).unwrap_err();
    assert_eq!(error.to_string(), "cannot be waived: R7 EXPLICIT");
    assert!(gate().waive(Rule::all()).build().is_err());
    let unnamed = Rule::from_bits_retain(1 << 31);
    assert!(Waivers::new(unnamed).is_err());
}

/// Nothing is waived by default.
#[test]
fn a_gate_waives_nothing_unless_it_is_told_to() {
    assert_eq!(gate().build().unwrap().waivers(), Waivers::default());
    assert_eq!(Waivers::default().rules(), NOTHING);
}
