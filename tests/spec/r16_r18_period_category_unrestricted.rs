//! R16 to R18: when the row was collected, what kind of data it is, and what signals it bears.

use consent_gate::{
    DataCategories, DataPeriod, Decision, Ledger, Purposes, Restrictions, Rules as Rule, UserRecord,
};
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::world::{
    AS_OF, COLLECTED_AT, GIVEN_AT, NANOSECOND, NOTHING, as_of, gate, gate_of, grant, on_file,
};

/// R16 · EDPB Guidelines 05/2020, 123: the start included.
#[test]
fn a_row_collected_at_the_instant_of_the_grant_is_covered() {
    on_file([grant().record()]).collected_at(GIVEN_AT).permits();
}

/// R16 · EDPB Guidelines 05/2020, 123.
#[test]
fn a_row_collected_a_nanosecond_after_the_grant_is_covered() {
    on_file([grant().record()])
        .collected_at(GIVEN_AT + NANOSECOND)
        .permits();
}

/// R16 · EDPB Guidelines 05/2020, 123: no repair backwards.
#[test]
fn a_row_collected_a_nanosecond_before_the_grant_is_not_covered() {
    on_file([grant().record()])
        .collected_at(GIVEN_AT - NANOSECOND)
        .contradicts(Rule::PERIOD);
}

/// R16 · EDPB Guidelines 05/2020, 123: absence means from the grant on.
#[test]
fn a_grant_that_names_no_period_covers_what_comes_after_it() {
    assert_eq!(DataPeriod::default(), DataPeriod::FromGrant);
    let later = COLLECTED_AT + NANOSECOND;
    on_file([grant().at(later).record()])
        .collected_at(COLLECTED_AT)
        .contradicts(Rule::PERIOD);
}

/// R16 · the law of absence.
#[test]
fn it_has_to_be_known_when_the_row_was_collected() {
    for period in [
        DataPeriod::FromGrant,
        DataPeriod::AllExisting,
        DataPeriod::From(GIVEN_AT),
    ] {
        on_file([grant().but(|details| details.data_period = period)])
            .where_row(|row| row.collected_at = None)
            .leaves_unproven(Rule::PERIOD);
    }
}

/// R16 · a period that is named begins when it says.
#[test]
fn a_grant_for_data_from_an_instant_on_covers_that_instant_and_nothing_before() {
    let since = utc_datetime!(2020-01-01 0:00);
    let given = || grant().but(|details| details.data_period = DataPeriod::From(since));
    on_file([given()]).collected_at(since).permits();
    on_file([given()])
        .collected_at(since + NANOSECOND)
        .permits();
    on_file([given()])
        .collected_at(since - NANOSECOND)
        .contradicts(Rule::PERIOD);
}

/// R16 · a period may begin after the grant.
#[test]
fn a_grant_for_data_of_a_later_time_does_not_cover_what_came_before() {
    let later = COLLECTED_AT + NANOSECOND;
    on_file([grant().but(|details| details.data_period = DataPeriod::From(later))])
        .contradicts(Rule::PERIOD);
}

/// R16 · whenever it was collected, the first instant included.
#[test]
fn a_grant_for_all_existing_data_covers_everything() {
    for at in [UtcDateTime::MIN, utc_datetime!(1970-01-01 0:00), AS_OF] {
        on_file([grant().but(|details| details.data_period = DataPeriod::AllExisting)])
            .collected_at(at)
            .permits();
    }
}

/// R16 · the period has a start and no end: not even the instant asked for ends it.
#[test]
fn a_row_collected_after_the_instant_asked_for_is_in_the_period() {
    on_file([grant().record()])
        .collected_at(AS_OF + NANOSECOND)
        .permits();
}

/// Every category there is, by itself.
fn each_category() -> impl Iterator<Item = DataCategories> {
    let singles = DataCategories::all().bits();
    (0..u32::BITS)
        .map(|place| 1 << place)
        .filter(move |bit| singles & bit != 0)
        .map(DataCategories::from_bits_truncate)
}

/// R17 · GDPR Art. 9: for each category.
#[test]
fn a_grant_covers_the_category_that_it_names() {
    for category in each_category() {
        on_file([grant().but(|details| details.data = category)])
            .where_row(|row| row.data = category)
            .permits();
    }
}

/// R17 · GDPR Art. 9: for each category, not even all the others together imply it.
#[test]
fn no_categories_imply_another() {
    for category in each_category() {
        on_file([grant().but(|details| details.data = DataCategories::all().difference(category))])
            .where_row(|row| row.data = category)
            .contradicts(Rule::CATEGORY);
    }
}

/// R17 · every category of the row.
#[test]
fn a_row_of_two_categories_needs_both() {
    let both = DataCategories::POSTS | DataCategories::MEDIA;
    on_file([grant().record()])
        .where_row(|row| row.data = both)
        .contradicts(Rule::CATEGORY);
    on_file([grant().but(|details| details.data = both)])
        .where_row(|row| row.data = both)
        .permits();
    on_file([grant().but(|details| details.data = both)]).permits();
}

/// R17 · one switch for posts, chats and results is several consents.
#[test]
fn a_grant_that_names_no_category_covers_none() {
    on_file([grant().but(|details| details.data = DataCategories::empty())])
        .leaves_unproven(Rule::CATEGORY);
}

/// R17 · the law of absence.
#[test]
fn a_row_that_names_no_category_may_be_anything() {
    on_file([grant().record()])
        .where_row(|row| row.data = DataCategories::empty())
        .leaves_unproven(Rule::CATEGORY);
    on_file([grant().but(|details| details.data = DataCategories::all())])
        .where_row(|row| row.data = DataCategories::empty())
        .leaves_unproven(Rule::CATEGORY);
}

/// R17 · the law of absence, on both sides.
#[test]
fn a_grant_and_a_row_that_name_no_category_do_not_meet() {
    on_file([grant().but(|details| details.data = DataCategories::empty())])
        .where_row(|row| row.data = DataCategories::empty())
        .leaves_unproven(Rule::CATEGORY);
}

/// R17 · a category that has no name yet is one that the grant lacks.
#[test]
fn a_row_of_an_unnamed_category_is_not_covered() {
    let unnamed = DataCategories::from_bits_retain(1 << 31);
    on_file([grant().but(|details| details.data = DataCategories::all())])
        .where_row(|row| row.data = DataCategories::POSTS | unnamed)
        .contradicts(Rule::CATEGORY);
}

/// R18 · the most restrictive preference wins: a restriction applies when it intersects.
#[test]
fn a_signal_that_restricts_any_purpose_asked_for_restricts() {
    let both = Purposes::TRAIN_GENERATIVE | Purposes::SEARCH;
    for restricted in [
        Purposes::SEARCH,
        Purposes::TRAIN_GENERATIVE,
        Purposes::AI_TRAINING,
        Purposes::all(),
    ] {
        on_file([grant().told(both).but(|details| details.purposes = both)])
            .gate(gate_of("acme", both, AS_OF))
            .where_row(|row| row.restrictions = Restrictions::of(restricted))
            .contradicts(Rule::UNRESTRICTED);
    }
}

/// R18 · what is not asked for may be restricted.
#[test]
fn a_signal_that_restricts_other_purposes_restricts_nothing_here() {
    let others = Purposes::all().difference(Purposes::TRAIN_GENERATIVE);
    on_file([grant().record()])
        .where_row(|row| row.restrictions = Restrictions::of(others))
        .permits();
}

/// R18 · no signals, read.
#[test]
fn a_row_without_signals_is_unrestricted() {
    for none in [Restrictions::none(), Restrictions::of(Purposes::empty())] {
        on_file([grant().record()])
            .where_row(|row| row.restrictions = none)
            .permits();
    }
}

/// R18 · everything, for a suppression list and for what was erased.
#[test]
fn a_signal_that_restricts_everything_restricts() {
    on_file([grant().record()])
        .where_row(|row| row.restrictions = Restrictions::everything())
        .contradicts(Rule::UNRESTRICTED);
}

/// R18 · a signal that could not be read may be a no.
#[test]
fn a_signal_that_could_not_be_read_is_not_known_to_allow() {
    on_file([grant().record()])
        .where_row(|row| row.restrictions = Restrictions::unread())
        .leaves_unproven(Rule::UNRESTRICTED);
}

/// R18 · an unreadable part counts next to a restriction of something else.
#[test]
fn an_unreadable_signal_beside_a_no_to_something_else_is_not_known_to_allow() {
    let something_else = Restrictions::of(Purposes::SEARCH);
    for signals in [
        something_else.and(Restrictions::unread()),
        Restrictions::unread().and(something_else),
    ] {
        on_file([grant().record()])
            .where_row(|row| row.restrictions = signals)
            .leaves_unproven(Rule::UNRESTRICTED);
    }
}

/// R18 · a readable no counts even next to an unreadable part, in any order.
#[test]
fn an_unreadable_signal_beside_a_no_is_a_no() {
    let no = Restrictions::of(Purposes::TRAIN_GENERATIVE);
    for signals in [
        no.and(Restrictions::unread()),
        Restrictions::unread().and(no),
    ] {
        on_file([grant().record()])
            .where_row(|row| row.restrictions = signals)
            .contradicts(Rule::UNRESTRICTED);
        on_file([grant().record()])
            .gate(gate().waive(Rule::UNRESTRICTED))
            .where_row(|row| row.restrictions = signals)
            .contradicts(Rule::UNRESTRICTED);
    }
}

/// R18 · several signals add up, whatever order they come in.
#[test]
fn no_signal_takes_back_what_another_restricts() {
    let no = Restrictions::of(Purposes::TRAIN_GENERATIVE);
    for signals in [
        no.and(Restrictions::none()),
        Restrictions::none().and(no),
        no.and(Restrictions::of(Purposes::SEARCH)),
        no.and(no),
    ] {
        assert!(signals.is_readable());
        assert!(signals.purposes().contains(Purposes::TRAIN_GENERATIVE));
        on_file([grant().record()])
            .where_row(|row| row.restrictions = signals)
            .contradicts(Rule::UNRESTRICTED);
    }
}

/// R16, R17, R18 · a row of which only the person is known.
#[test]
fn a_row_of_which_only_the_person_is_known_leaves_three_rules_unproven() {
    on_file([grant().record()])
        .where_row(|row| {
            row.collected_at = None;
            row.data = DataCategories::empty();
            row.restrictions = Restrictions::unread();
        })
        .leaves_unproven(Rule::PERIOD | Rule::CATEGORY | Rule::UNRESTRICTED);
}

/// R16, R17, R18 · a method that was forgotten withholds the row.
#[test]
fn a_row_that_says_nothing_but_whom_it_is_about_leaves_three_rules_unproven() {
    struct Unsaid;
    impl UserRecord for Unsaid {
        fn subjects(&self) -> impl Iterator<Item = &str> {
            ["u1"].into_iter()
        }
    }
    assert_eq!(Unsaid.collected_at(), None);
    assert_eq!(Unsaid.data(), DataCategories::empty());
    assert_eq!(Unsaid.restrictions(), Restrictions::unread());
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([grant().record()]);
    for decision in [
        gate.with(&ledger).decide(&Unsaid),
        gate.with(&ledger).decide(&&Unsaid),
    ] {
        let Decision::Deny(reasons) = decision else {
            panic!("{decision}");
        };
        let expected = Rule::PERIOD | Rule::CATEGORY | Rule::UNRESTRICTED;
        assert_eq!(
            (reasons.unproven(), reasons.contradicted()),
            (expected, NOTHING)
        );
    }
}

/// R13, R16, R17, R18 · reasons of the grant and of the row are reported together.
#[test]
fn what_is_wrong_with_the_grant_and_with_the_row_is_reported_together() {
    on_file([grant().record()])
        .gate(as_of(GIVEN_AT - NANOSECOND))
        .where_row(|row| {
            row.collected_at = Some(GIVEN_AT - NANOSECOND);
            row.data = DataCategories::MEDIA;
            row.restrictions = Restrictions::everything();
        })
        .denies(
            NOTHING,
            Rule::GIVEN | Rule::PERIOD | Rule::CATEGORY | Rule::UNRESTRICTED,
        );
}
