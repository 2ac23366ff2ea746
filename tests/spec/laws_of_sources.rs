//! The laws of what is stated besides records: other names, how complete a source is, how old it may
//! be, and what conditions are kept.

use std::collections::BTreeSet;

use consent_gate::Rules;
use proptest::prelude::*;
use time::{Duration, UtcDateTime};

use crate::oracle::Answer;
use crate::strategies::{
    Ask, World, a_lag, a_permitting_world, a_world, any_aliases, any_conditions, any_instant,
    any_party_aliases,
};

/// The decision on each row of a world.
fn answers(ask: &Ask, world: &World) -> Vec<Answer> {
    let (gate, ledger) = (ask.gate(), world.ledger());
    let answer = |row| Answer::of(&gate.with(&ledger).decide(row));
    world.rows.iter().map(answer).collect()
}

fn is_permit(answer: &Answer) -> bool {
    matches!(answer, Answer::Permit(_))
}

/// Asserts that whatever the stricter one permits, the other permits as well.
fn permits_no_more(strict: &[Answer], lenient: &[Answer]) -> Result<(), TestCaseError> {
    for (strict, lenient) in strict.iter().zip(lenient) {
        prop_assert!(
            !is_permit(strict) || is_permit(lenient),
            "{strict:?}, {lenient:?}"
        );
    }
    Ok(())
}

fn worlds() -> impl Strategy<Value = World> {
    prop_oneof![a_world(), a_permitting_world()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// R15 · a name that joins two people, or two parties, brings them each other's noes and never a
    /// yes.
    #[test]
    fn an_alias_never_grants(
        world in worlds(),
        people in any_aliases(),
        parties in any_party_aliases(),
    ) {
        let mut joined = world.clone();
        joined.stated.aliases.extend(people);
        let mut ask = world.ask.clone();
        ask.party_aliases.extend(parties);
        let apart = answers(&world.ask, &world);
        permits_no_more(&answers(&world.ask, &joined), &apart)?;
        permits_no_more(&answers(&ask, &world), &apart)?;
        permits_no_more(&answers(&ask, &joined), &apart)?;
    }

    /// R19 · a gate that takes older consents takes newer ones too; one that asks for no age takes all.
    #[test]
    fn raising_the_lag_never_denies_more(world in worlds(), one in a_lag(), other in a_lag()) {
        let within = |max_lag: Option<Duration>| {
            answers(&Ask { max_lag, ..world.ask.clone() }, &world)
        };
        let (less, more) = (one.min(other), one.max(other));
        permits_no_more(&within(Some(less)), &within(Some(more)))?;
        permits_no_more(&within(Some(more)), &within(None))?;
    }

    /// R19 · a source that is complete up to an earlier instant permits no more; nor does one that does
    /// not say up to when, unless that silence is waived.
    #[test]
    fn an_earlier_source_never_permits_more(
        world in worlds(),
        lag in a_lag(),
        one in any_instant(),
        other in any_instant(),
    ) {
        let ask = Ask { max_lag: Some(lag), ..world.ask.clone() };
        let through = |at: Option<UtcDateTime>| {
            let mut world = world.clone();
            world.stated.complete_through = at;
            answers(&ask, &world)
        };
        permits_no_more(&through(Some(one.min(other))), &through(Some(one.max(other))))?;
        if !ask.waived.contains(Rules::FRESH) {
            permits_no_more(&through(None), &through(Some(one)))?;
        }
    }

    /// R20 · a gate that keeps more conditions denies no more, and one that keeps none permits no
    /// grant with a condition.
    #[test]
    fn assuring_more_never_denies_more(
        world in worlds(),
        fewer in any_conditions(),
        more in any_conditions(),
        conditions in any_conditions(),
    ) {
        let world = world.with_conditions(&conditions);
        let keeping = |assured: BTreeSet<&'static str>| {
            answers(&Ask { assured, ..world.ask.clone() }, &world)
        };
        let all = fewer.union(&more).copied().collect();
        permits_no_more(&keeping(fewer), &keeping(all))?;
        if !conditions.is_empty() && !world.ask.waived.contains(Rules::CONDITIONS) {
            let none = keeping(BTreeSet::new());
            prop_assert!(!none.iter().any(is_permit));
        }
    }
}
