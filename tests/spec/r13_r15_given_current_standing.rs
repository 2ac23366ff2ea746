//! R13 to R15: the consent was given before, has not run out, and nothing ended it since. Time is
//! an argument, and each boundary is looked at from a nanosecond on either side.

use consent_gate::{Rules as Rule, parse_instant};
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

use crate::world::{
    AS_OF, COLLECTED_AT, DENIALS, GIVEN_AT, NANOSECOND, NOTHING, VALID_UNTIL, as_of, gate, grant,
    on_file, withdrawal,
};

/// The first and the last instant that a record can write.
const DAWN: UtcDateTime = utc_datetime!(0000-01-01 0:00);
const DUSK: UtcDateTime = utc_datetime!(9999-12-31 23:59:59.999_999_999);

/// R13 · EDPB Guidelines 05/2020, 90: consent comes before processing.
#[test]
fn a_consent_given_a_nanosecond_ago_is_given() {
    on_file([grant().record()])
        .gate(as_of(GIVEN_AT + NANOSECOND))
        .permits();
}

/// R13 · EDPB Guidelines 05/2020, 90.
#[test]
fn a_consent_given_at_this_instant_is_given() {
    on_file([grant().record()]).gate(as_of(GIVEN_AT)).permits();
}

/// R13 · EDPB Guidelines 05/2020, 90.
#[test]
fn a_consent_given_in_a_nanosecond_is_not_given_yet() {
    on_file([grant().record()])
        .gate(as_of(GIVEN_AT - NANOSECOND))
        .contradicts(Rule::GIVEN);
}

/// R13 · it is never waived: it is never silent either, since every grant has a date.
#[test]
fn a_consent_that_is_not_given_yet_is_never_waived() {
    on_file([grant().record()])
        .gate(as_of(GIVEN_AT - NANOSECOND).waive(Rule::waivable()))
        .contradicts(Rule::GIVEN);
}

/// R13 · the ends of time.
#[test]
fn a_consent_of_the_first_instant_and_a_question_at_the_last_are_decided() {
    let first = grant().at(DAWN).but(|details| {
        details.valid_until = Some(DUSK);
        details.notice.as_mut().unwrap().shown_at = Some(DAWN);
    });
    on_file([first.clone()])
        .gate(as_of(DUSK))
        .contradicts(Rule::CURRENT);
    on_file([first.clone()])
        .gate(as_of(DUSK - NANOSECOND))
        .permits();
    on_file([first]).gate(as_of(DAWN)).permits();
    on_file([grant().at(DUSK).record()])
        .gate(as_of(DAWN))
        .collected_at(DUSK)
        .contradicts(Rule::GIVEN);
}

/// R14 · EDPB Guidelines 05/2020, 110.
#[test]
fn a_consent_lasts_until_the_nanosecond_before_its_end() {
    on_file([grant().record()])
        .gate(as_of(VALID_UNTIL - NANOSECOND))
        .permits();
}

/// R14 · EDPB Guidelines 05/2020, 110: the end is exclusive.
#[test]
fn a_consent_has_run_out_at_its_end() {
    for late in [VALID_UNTIL, VALID_UNTIL + NANOSECOND, DUSK] {
        on_file([grant().record()])
            .gate(as_of(late))
            .contradicts(Rule::CURRENT);
    }
}

/// R14 · EDPB Guidelines 05/2020, 110 and 111: without any limit.
#[test]
fn a_consent_without_an_end_is_not_known_to_last() {
    on_file([grant().but(|details| details.valid_until = None)]).leaves_unproven(Rule::CURRENT);
}

/// R14 · a consent that ends before it begins was never in force.
#[test]
fn a_consent_that_ends_when_it_is_given_never_lasts() {
    for end in [GIVEN_AT, GIVEN_AT - NANOSECOND] {
        on_file([grant().but(|details| details.valid_until = Some(end))])
            .gate(as_of(GIVEN_AT))
            .contradicts(Rule::CURRENT);
    }
}

/// The age of the grant, at the instant that the gate asks for.
const AGE: Duration = Duration::seconds(51 * 86_400 + 15 * 3_600);

/// R14 · EDPB Guidelines 05/2020, 111: the gate's maximum age, counted from the act.
#[test]
fn a_consent_a_nanosecond_younger_than_the_maximum_age_lasts() {
    assert_eq!(AS_OF - GIVEN_AT, AGE);
    on_file([grant().record()])
        .gate(gate().maximum_age(AGE + NANOSECOND))
        .permits();
}

/// R14 · EDPB Guidelines 05/2020, 111: the limit is reached.
#[test]
fn a_consent_that_reaches_the_maximum_age_has_run_out() {
    for age in [AGE, AGE - NANOSECOND, NANOSECOND] {
        on_file([grant().record()])
            .gate(gate().maximum_age(age))
            .contradicts(Rule::CURRENT);
    }
}

/// R14 · EDPB Guidelines 05/2020, 111: the maximum age is a limit like any other.
#[test]
fn the_maximum_age_is_the_end_of_a_consent_that_names_none() {
    let endless = || grant().but(|details| details.valid_until = None);
    on_file([endless()])
        .gate(gate().maximum_age(AGE + NANOSECOND))
        .permits();
    on_file([endless()])
        .gate(gate().maximum_age(AGE))
        .contradicts(Rule::CURRENT);
}

/// R14 · before each limit that there is: the earlier one decides.
#[test]
fn the_maximum_age_does_not_outlast_the_end_that_the_consent_names() {
    on_file([grant().but(|details| details.valid_until = Some(AS_OF))])
        .gate(gate().maximum_age(Duration::MAX))
        .contradicts(Rule::CURRENT);
    on_file([grant().record()])
        .gate(gate().maximum_age(Duration::MAX))
        .permits();
}

/// R14 · a limit beyond the end of time is never reached.
#[test]
fn a_maximum_age_beyond_the_end_of_time_is_a_limit_that_is_never_reached() {
    let late = DUSK - NANOSECOND;
    let endless = grant().at(late).but(|details| details.valid_until = None);
    on_file([endless])
        .gate(as_of(late).maximum_age(Duration::DAY))
        .collected_at(late)
        .permits();
}

/// R14 · a limit beyond the end of time is never reached, not even then.
#[test]
fn at_the_last_instant_there_is_a_consent_of_that_instant_lasts() {
    let endless = grant().at(DUSK).but(|details| details.valid_until = None);
    on_file([endless])
        .gate(as_of(DUSK).maximum_age(Duration::DAY))
        .collected_at(DUSK)
        .permits();
}

/// R15 · GDPR Art. 7(3): each status of a denial.
#[test]
fn every_kind_of_no_ends_the_consent() {
    for status in DENIALS {
        on_file([grant().record(), withdrawal().status(status).record()])
            .contradicts(Rule::STANDING);
    }
}

/// R15 · order is by the time of the act.
#[test]
fn a_no_a_nanosecond_before_the_grant_was_overtaken_by_it() {
    on_file([
        withdrawal().at(GIVEN_AT - NANOSECOND).record(),
        grant().record(),
    ])
    .permits();
}

/// R15 · a tie goes to the no.
#[test]
fn a_no_at_the_instant_of_the_grant_ends_it() {
    on_file([withdrawal().at(GIVEN_AT).record(), grant().record()]).contradicts(Rule::STANDING);
}

/// R15 · GDPR Art. 7(3).
#[test]
fn a_no_a_nanosecond_after_the_grant_ends_it() {
    let after = withdrawal().at(GIVEN_AT + NANOSECOND);
    on_file([after.record(), grant().record()]).contradicts(Rule::STANDING);
}

/// R15 · a denial dated in the future counts at once.
#[test]
fn a_no_a_nanosecond_after_the_instant_asked_for_counts() {
    for at in [AS_OF, AS_OF + NANOSECOND, DUSK] {
        on_file([grant().record(), withdrawal().at(at).record()]).contradicts(Rule::STANDING);
    }
}

/// R15 · an undated denial is dated at the end of time.
#[test]
fn a_no_without_a_date_outlasts_the_last_grant_there_can_be() {
    let last = grant().at(DUSK).but(|details| details.valid_until = None);
    on_file([last, withdrawal().undated().record()])
        .gate(as_of(DUSK).waive(Rule::CURRENT))
        .collected_at(DUSK)
        .contradicts(Rule::STANDING);
}

/// R15 · a no does not lapse.
#[test]
fn a_no_that_names_an_end_has_none() {
    let lapsed = withdrawal().but(|details| details.valid_until = Some(COLLECTED_AT));
    on_file([grant().record(), lapsed]).contradicts(Rule::STANDING);
}

/// R15 · it is never waived.
#[test]
fn a_no_is_never_waived() {
    on_file([grant().record(), withdrawal().record()])
        .gate(gate().waive(Rule::waivable()))
        .contradicts(Rule::STANDING);
}

/// R15 · order is by the time of the act, never by that of arrival: every order of four records.
#[test]
fn records_may_come_in_any_order() {
    let records = [
        grant().record(),
        withdrawal().record(),
        grant().id("g2").at(utc_datetime!(2024-10-20 9:00)).record(),
        withdrawal()
            .id("w2")
            .at(utc_datetime!(2024-10-21 9:00))
            .record(),
    ];
    let after = utc_datetime!(2024-10-22 0:00);
    for first in 0..4 {
        for second in (0..4).filter(|place| *place != first) {
            for third in (0..4).filter(|place| ![first, second].contains(place)) {
                let last = 6 - first - second - third;
                let order = [first, second, third, last].map(|place| records[place].clone());
                on_file(order.clone())
                    .collected_at(after)
                    .contradicts(Rule::STANDING);
                let repeated = [order.clone(), order].concat();
                on_file(repeated)
                    .collected_at(after)
                    .contradicts(Rule::STANDING);
            }
        }
    }
}

/// R13, R14 · both ends of a consent can be missed at once.
#[test]
fn a_consent_that_ran_out_before_it_was_given_misses_both_ends() {
    on_file([grant().but(|details| details.valid_until = Some(GIVEN_AT - NANOSECOND))])
        .gate(as_of(GIVEN_AT - NANOSECOND))
        .denies(NOTHING, Rule::GIVEN | Rule::CURRENT);
}

/// R13, R15 · times are instants: the zone that they were written in does not matter.
#[test]
fn a_withdrawal_is_ordered_by_instant_whatever_its_zone() {
    let in_tokyo = parse_instant("2024-09-10T17:59:59.999999999+09:00").unwrap();
    assert_eq!(in_tokyo, GIVEN_AT - NANOSECOND);
    on_file([grant().record(), withdrawal().at(in_tokyo).record()]).permits();
    let in_new_york = parse_instant("2024-09-10T05:00:00-04:00").unwrap();
    assert_eq!(in_new_york, GIVEN_AT);
    on_file([grant().record(), withdrawal().at(in_new_york).record()]).contradicts(Rule::STANDING);
}
