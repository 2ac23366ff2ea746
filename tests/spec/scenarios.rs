//! What happens to people, one story a test, and what the gate answers.

use consent_gate::signal::content_usage;
use consent_gate::{
    Actor, Capacity, Channels, ConsentRecord, DataCategories, DataPeriod, Decision, DenialStatus,
    GatedIterator, Granularity, Ledger, Method, Purposes, Rules as Rule, parse_instant,
};
use time::Duration;
use time::macros::utc_datetime;

use crate::world::{
    AS_OF, COLLECTED_AT, GIVEN_AT, Grant, NOTHING, Row, SECOND, VALID_UNTIL, as_of, gate, gate_of,
    grant, name, on_file, parties, post, post_of, withdrawal,
};

const JULY_26: time::UtcDateTime = utc_datetime!(2024-07-26 9:00);

/// The grant as X wrote it when the switch appeared, turned on, in July 2024.
fn on_by_default() -> ConsentRecord {
    let given: Grant = grant().to("x").at(JULY_26);
    given.but(|details| {
        details.method = Some(Method::DefaultSetting);
        details.consent_type = None;
    })
}

/// The mission: a full consent, and nothing against it.
#[test]
fn who_said_yes_to_this_explicitly_is_let_through() {
    on_file([grant().record()]).permits();
}

/// R6, R7 · Planet49 C-673/17; X, 26 July 2024.
#[test]
fn a_switch_that_appeared_turned_on_is_no_consent() {
    on_file([on_by_default()])
        .gate(gate_of("x", Purposes::TRAIN_GENERATIVE, AS_OF))
        .denies(Rule::EXPLICIT, Rule::AFFIRMATIVE);
}

/// R6 · Planet49 C-673/17.
#[test]
fn a_ticked_box_left_ticked_is_no_consent_though_the_record_calls_it_explicit() {
    on_file([grant().but(|details| details.method = Some(Method::PreTicked))])
        .contradicts(Rule::AFFIRMATIVE);
}

/// R1 · GDPR Rec. 32.
#[test]
fn a_public_post_of_a_person_who_never_objected_has_no_consent() {
    on_file([]).leaves_unproven(Rule::ON_RECORD);
}

/// R6, R7, R15 · Planet49 C-673/17; GDPR Art. 7(3).
#[test]
fn turning_the_switch_off_is_a_no_on_top_of_what_never_was_a_yes() {
    let switched_off = withdrawal()
        .status(DenialStatus::Refused)
        .to("x")
        .at(utc_datetime!(2024-07-27 9:00));
    let asked_at = utc_datetime!(2024-08-05 0:00);
    on_file([on_by_default(), switched_off.record()])
        .gate(gate_of("x", Purposes::TRAIN_GENERATIVE, asked_at))
        .denies(Rule::EXPLICIT, Rule::AFFIRMATIVE | Rule::STANDING);
}

/// R3 · GDPR Rec. 42.
#[test]
fn a_grant_to_x_is_not_a_grant_to_its_affiliate_xai() {
    on_file([grant().to("x").record()])
        .gate(gate_of("xai", Purposes::TRAIN_GENERATIVE, AS_OF))
        .contradicts(Rule::PARTY);
}

/// R3 · GDPR Rec. 42.
#[test]
fn a_grant_to_x_that_names_xai_as_recipient_is_a_grant_to_xai() {
    let named = |details: &mut consent_gate::Details| details.recipients = parties(["xai"]);
    on_file([grant().to("x").but(named)])
        .gate(gate_of("xai", Purposes::TRAIN_GENERATIVE, AS_OF))
        .permits();
}

/// R16 · EDPB Guidelines 05/2020, 123.
#[test]
fn a_grant_of_september_does_not_reach_back_to_a_post_of_june() {
    on_file([grant().record()])
        .collected_at(utc_datetime!(2024-06-15 0:00))
        .contradicts(Rule::PERIOD);
}

/// R16 · EDPB Guidelines 05/2020, 123.
#[test]
fn a_grant_of_september_for_all_existing_data_reaches_back_to_a_post_of_june() {
    on_file([grant().but(|details| details.data_period = DataPeriod::AllExisting)])
        .collected_at(utc_datetime!(2024-06-15 0:00))
        .permits();
}

/// R11 · GDPR Art. 7(3).
#[test]
fn a_consent_given_on_the_web_that_only_the_app_can_take_back_is_withheld() {
    on_file([grant().but(|details| details.withdraw_via = Channels::APP)])
        .contradicts(Rule::WITHDRAWABLE);
}

/// R6 · EDPB Guidelines 05/2020, 75 and following.
#[test]
fn accepting_terms_of_service_is_no_consent() {
    on_file([grant().but(|details| details.method = Some(Method::TermsAcceptance))])
        .contradicts(Rule::AFFIRMATIVE);
}

/// R6 · GDPR Rec. 32.
#[test]
fn going_on_to_use_the_service_is_no_consent() {
    on_file([grant().but(|details| details.method = Some(Method::ContinuedUse))])
        .contradicts(Rule::AFFIRMATIVE);
}

/// R6 · GDPR Rec. 32.
#[test]
fn closing_the_banner_is_no_consent() {
    on_file([grant().but(|details| details.method = Some(Method::Dismissed))])
        .contradicts(Rule::AFFIRMATIVE);
}

/// R8 · Orange România C-61/19.
#[test]
fn a_box_ticked_by_sales_staff_is_no_consent() {
    on_file([grant().but(|details| details.actor = Some(Actor::Controller))])
        .contradicts(Rule::PERSONAL);
}

/// R8 · Orange România C-61/19.
#[test]
fn a_consent_written_by_a_migration_is_no_consent() {
    on_file([grant().but(|details| details.actor = Some(Actor::System))])
        .contradicts(Rule::PERSONAL);
}

/// R4 · GDPR Art. 6(1)(a).
#[test]
fn a_consent_to_personalisation_is_none_to_training() {
    on_file([grant().but(|details| details.purposes = Purposes::PERSONALISATION)])
        .contradicts(Rule::PURPOSE);
}

/// R4 · GDPR Art. 6(1)(a).
#[test]
fn a_consent_to_service_improvement_is_none_to_training() {
    on_file([grant().but(|details| details.purposes = Purposes::SERVICE_IMPROVEMENT)])
        .contradicts(Rule::PURPOSE);
}

/// R4 · GDPR Art. 6(1)(a).
#[test]
fn a_consent_to_being_input_of_a_model_is_none_to_training() {
    on_file([grant().but(|details| details.purposes = Purposes::AI_INPUT)])
        .contradicts(Rule::PURPOSE);
}

/// R4 · GDPR Art. 6(1)(a): a grant contains every purpose asked for.
#[test]
fn a_consent_to_one_half_of_ai_training_is_none_to_the_whole() {
    for half in [Purposes::TRAIN_GENERATIVE, Purposes::TRAIN_NON_GENERATIVE] {
        let given = grant().told(Purposes::AI_TRAINING);
        on_file([given.but(|details| details.purposes = half)])
            .gate(gate_of("acme", Purposes::AI_TRAINING, AS_OF))
            .contradicts(Rule::PURPOSE);
    }
}

/// R5 · GDPR Rec. 32 and 43.
#[test]
fn one_switch_for_several_things_is_no_consent_to_any() {
    on_file([grant().but(|details| details.granular = Some(Granularity::Bundled))])
        .contradicts(Rule::GRANULAR);
}

/// R9 · GDPR Art. 13.
#[test]
fn who_was_told_of_search_only_was_not_told_of_training() {
    on_file([grant().told(Purposes::SEARCH).record()]).contradicts(Rule::INFORMED);
}

/// R9 · GDPR Rec. 42.
#[test]
fn a_notice_shown_one_second_after_the_act_came_too_late() {
    on_file([grant().notice(|notice| notice.shown_at = Some(GIVEN_AT + SECOND))])
        .contradicts(Rule::INFORMED);
}

/// R9 · EDPB Guidelines 05/2020, 110.
#[test]
fn who_saw_the_third_notice_has_not_seen_the_fourth() {
    on_file([grant().record()])
        .gate(gate().accept_notice(name("ai"), name("4")))
        .contradicts(Rule::INFORMED);
}

/// R13 · EDPB Guidelines 05/2020, 90.
#[test]
fn a_second_before_the_act_there_is_no_consent_yet() {
    on_file([grant().record()])
        .gate(as_of(GIVEN_AT - SECOND))
        .contradicts(Rule::GIVEN);
}

/// R13, R16 · EDPB Guidelines 05/2020, 90 and 123.
#[test]
fn at_the_instant_of_the_act_the_consent_covers_what_is_collected_at_that_instant() {
    on_file([grant().record()])
        .gate(as_of(GIVEN_AT))
        .collected_at(GIVEN_AT)
        .permits();
}

/// R14 · EDPB Guidelines 05/2020, 110.
#[test]
fn at_the_instant_that_it_is_valid_until_the_consent_has_run_out() {
    on_file([grant().record()])
        .gate(as_of(VALID_UNTIL))
        .contradicts(Rule::CURRENT);
}

/// R14 · EDPB Guidelines 05/2020, 110.
#[test]
fn a_second_before_it_runs_out_the_consent_lasts() {
    on_file([grant().record()])
        .gate(as_of(VALID_UNTIL - SECOND))
        .permits();
}

/// R13, R16 · times are instants, whatever the zone they were written in.
#[test]
fn half_past_midnight_in_berlin_is_the_day_before_in_utc() {
    let written = parse_instant("2024-09-10T00:30:00+02:00").unwrap();
    let same = parse_instant("2024-09-09T22:30:00Z").unwrap();
    on_file([grant().at(written).record()])
        .gate(as_of(same))
        .collected_at(same)
        .permits();
}

/// R15 · GDPR Art. 7(3).
#[test]
fn what_was_withdrawn_is_withheld() {
    on_file([grant().record(), withdrawal().record()]).contradicts(Rule::STANDING);
}

/// R15 · GDPR Art. 7(3): a withdrawal ends what it is about.
#[test]
fn a_withdrawal_for_search_leaves_the_consent_to_training() {
    let from_search = withdrawal().but(|details| details.purposes = Purposes::SEARCH);
    on_file([grant().record(), from_search]).permits();
}

/// R15 · GDPR Art. 7(3): absent in a denial means everything is denied.
#[test]
fn a_withdrawal_that_names_no_purpose_ends_all_of_them() {
    let from_everything = withdrawal().but(|details| details.purposes = Purposes::empty());
    on_file([grant().record(), from_everything]).contradicts(Rule::STANDING);
}

/// R15 · replay: what would have been decided at that time.
#[test]
fn on_the_day_before_the_withdrawal_the_answer_was_yes() {
    on_file([grant().record(), withdrawal().record()])
        .replay(as_of(utc_datetime!(2024-10-14 0:00)))
        .permits();
}

/// R15 · a tie goes to the no.
#[test]
fn a_withdrawal_at_the_very_instant_of_the_grant_wins() {
    on_file([grant().record(), withdrawal().at(GIVEN_AT).record()]).contradicts(Rule::STANDING);
}

/// R15 · an undated denial outlasts every grant.
#[test]
fn a_withdrawal_without_a_time_counts() {
    on_file([grant().record(), withdrawal().undated().record()]).contradicts(Rule::STANDING);
}

/// R15 · a denial dated in the future counts at once.
#[test]
fn a_withdrawal_dated_2030_counts_today() {
    let dated = withdrawal().at(utc_datetime!(2030-01-01 0:00));
    on_file([grant().record(), dated.record()]).contradicts(Rule::STANDING);
}

/// The person withdrew on 15 October and said yes again on 20 October.
fn given_again() -> [ConsentRecord; 3] {
    let again = grant().id("g2").at(utc_datetime!(2024-10-20 9:00));
    [grant().record(), withdrawal().record(), again.record()]
}

/// R16 · EDPB Guidelines 05/2020, 123: no repair backwards.
#[test]
fn a_consent_given_again_does_not_reach_back_to_a_post_before_it() {
    on_file(given_again())
        .collected_at(COLLECTED_AT)
        .contradicts(Rule::PERIOD);
}

/// R15, R16 · a later grant stands on its own.
#[test]
fn a_consent_given_again_covers_a_post_after_it() {
    on_file(given_again())
        .collected_at(utc_datetime!(2024-10-21 0:00))
        .permits_by(["g2"]);
}

/// R15 · GDPR Art. 7(3): order is by the time of the act, never by that of the import.
#[test]
fn an_old_grant_that_is_imported_again_after_the_withdrawal_stays_dead() {
    let old = grant().record();
    on_file([old.clone(), withdrawal().record(), old]).contradicts(Rule::STANDING);
}

/// R15 · GDPR Art. 7(3): the same under another id.
#[test]
fn an_old_grant_that_is_imported_under_a_new_id_stays_dead() {
    on_file([
        grant().record(),
        withdrawal().record(),
        grant().id("g2").record(),
    ])
    .contradicts(Rule::STANDING);
}

/// R15 · Proximus C-129/21.
#[test]
fn a_withdrawal_told_to_a_recipient_of_the_grant_ends_it() {
    let given = grant().but(|details| details.recipients = parties(["partner"]));
    on_file([given, withdrawal().to("partner").record()]).contradicts(Rule::STANDING);
}

/// R12 · GDPR Art. 8.
#[test]
fn a_child_cannot_consent_alone() {
    on_file([grant().but(|details| details.capacity = Some(Capacity::UnderAge))])
        .contradicts(Rule::CAPACITY);
}

/// R8, R12 · GDPR Art. 8.
#[test]
fn a_verified_guardian_consents_for_a_child() {
    on_file([grant().but(|details| {
        details.capacity = Some(Capacity::UnderAge);
        details.actor = Some(Actor::VerifiedGuardian);
    })])
    .permits();
}

/// R8, R12 · GDPR Art. 8.
#[test]
fn an_unverified_guardian_does_not_consent_for_a_child() {
    on_file([grant().but(|details| {
        details.capacity = Some(Capacity::UnderAge);
        details.actor = Some(Actor::Guardian);
    })])
    .contradicts(Rule::PERSONAL | Rule::CAPACITY);
}

const SENSITIVE_POST: DataCategories =
    DataCategories::POSTS.union(DataCategories::SPECIAL_CATEGORY);

/// R8 · Orange România C-61/19.
#[test]
fn software_that_acts_for_a_person_is_not_the_person() {
    on_file([grant().but(|details| details.actor = Some(Actor::Agent))])
        .contradicts(Rule::PERSONAL);
}

/// R5 · COPPA as amended.
#[test]
fn a_waiver_does_not_make_up_for_a_switch_that_a_guardian_may_not_have_had() {
    let acted = grant().but(|details| {
        details.actor = Some(Actor::VerifiedGuardian);
        details.capacity = Some(Capacity::UnderAge);
        details.granular = None;
    });
    on_file([acted])
        .gate(gate().waive(Rule::GRANULAR))
        .leaves_unproven(Rule::GRANULAR);
}

/// R20 · GDPR Rec. 32 and 43.
#[test]
fn a_consent_to_de_identified_data_holds_where_data_is_de_identified() {
    let condition = || grant().but(|details| details.conditions = vec![name("de-identified")]);
    on_file([condition()]).contradicts(Rule::CONDITIONS);
    on_file([condition()])
        .gate(gate().assure(name("de-identified")))
        .permits();
    on_file([condition()])
        .gate(gate().assure(name("non-commercial")))
        .contradicts(Rule::CONDITIONS);
}

/// R19 · a withdrawal on its way.
#[test]
fn consents_of_a_day_ago_are_fresh_for_25_hours_and_not_for_23() {
    let gate = gate().max_lag(Duration::DAY).build().unwrap();
    let reasons = |complete_through: Option<Duration>, row: &Row| {
        let mut ledger = Ledger::from_iter([grant().record()]);
        let through = complete_through.map(|lag| AS_OF - lag);
        if let Some(at) = through {
            ledger.set_complete_through(at);
        }
        match gate.with(&ledger).decide(row) {
            Decision::Permit(_) => NOTHING,
            Decision::Deny(reasons) => reasons.failed(),
        }
    };
    let hours = |hours| Some(Duration::hours(hours));
    assert_eq!(reasons(hours(23), &post()), NOTHING);
    assert_eq!(reasons(hours(25), &post()), Rule::FRESH);
    assert_eq!(reasons(None, &post()), Rule::FRESH);
    let newer = Row {
        collected_at: Some(AS_OF - Duration::hours(22)),
        ..post()
    };
    assert_eq!(reasons(hours(23), &newer), Rule::FRESH);
    on_file([grant().record()]).permits();
}

/// R15, R1 · an older name of the person.
#[test]
fn a_no_by_an_older_name_counts_and_a_yes_by_it_does_not() {
    let gate = gate().build().unwrap();
    let reasons = |records: &[ConsentRecord]| {
        let mut ledger: Ledger = records.iter().cloned().collect();
        ledger.alias(&name("old"), &name("u1"));
        match gate.with(&ledger).decide(&post()) {
            Decision::Permit(_) => NOTHING,
            Decision::Deny(reasons) => reasons.failed(),
        }
    };
    let no = withdrawal().by("old").record();
    assert_eq!(reasons(&[grant().record(), no]), Rule::STANDING);
    assert_eq!(reasons(&[grant().by("old").record()]), Rule::ON_RECORD);
}

/// R17 · GDPR Art. 9.
#[test]
fn a_consent_for_posts_does_not_cover_a_post_about_health() {
    on_file([grant().record()])
        .where_row(|row| row.data = SENSITIVE_POST)
        .contradicts(Rule::CATEGORY);
}

/// R17 · GDPR Art. 9.
#[test]
fn a_consent_that_names_special_categories_covers_a_post_about_health() {
    on_file([grant().but(|details| details.data = SENSITIVE_POST)])
        .where_row(|row| row.data = SENSITIVE_POST)
        .permits();
}

/// R1 · all of the people that a row is about have to say yes.
#[test]
fn one_person_cannot_consent_for_the_other_in_the_picture() {
    on_file([grant().record()])
        .row(post_of(["u1", "u2"]))
        .leaves_unproven(Rule::ON_RECORD);
}

/// R18 · the most restrictive preference wins: `train-ai=n`.
#[test]
fn a_signal_on_the_row_that_says_no_to_training_holds_against_the_consent() {
    on_file([grant().record()])
        .where_row(|row| row.restrictions = content_usage(["train-ai=n"]))
        .contradicts(Rule::UNRESTRICTED);
}

/// R1 · only statements by people can grant: `train-ai=y`.
#[test]
fn a_signal_on_the_row_that_says_yes_to_training_is_no_consent() {
    on_file([])
        .where_row(|row| row.restrictions = content_usage(["train-ai=y"]))
        .leaves_unproven(Rule::ON_RECORD);
}

/// R1 · only a consent record can grant, and a TCF string is none.
#[test]
fn a_yes_to_every_purpose_of_an_advertising_framework_is_no_consent_to_training() {
    on_file([]).leaves_unproven(Rule::ON_RECORD);
}

/// R4 · and written down as a record, it is for those purposes.
#[test]
fn a_yes_to_advertising_and_analytics_is_no_consent_to_training() {
    let framework = Purposes::ADVERTISING
        | Purposes::ANALYTICS
        | Purposes::PERSONALISATION
        | Purposes::SERVICE_IMPROVEMENT;
    on_file([grant().but(|details| details.purposes = framework)]).contradicts(Rule::PURPOSE);
}

/// R2 · a record is never half-read.
#[test]
fn a_record_that_states_its_status_twice_is_unreadable() {
    let twice = r#"{"id":"w1","subject":"u1","status":"given","status":"withdrawn"}"#;
    let error = serde_json::from_str::<ConsentRecord>(twice).unwrap_err();
    assert!(error.to_string().starts_with("field `status`: repeated"));
}

/// R10 · a waiver forgives silence.
#[test]
fn a_gate_that_waives_evidence_lets_a_consent_without_it_through() {
    on_file([grant().but(|details| details.evidence = None)])
        .gate(gate().waive(Rule::EVIDENCED))
        .permits();
}

/// R12 · a waiver never forgives a no.
#[test]
fn a_gate_that_waives_capacity_does_not_let_a_child_consent_alone() {
    on_file([grant().but(|details| details.capacity = Some(Capacity::UnderAge))])
        .gate(gate().waive(Rule::CAPACITY))
        .denies(NOTHING, Rule::CAPACITY);
}

/// R2 · one record that cannot be read may be a person's withdrawal.
#[test]
fn a_list_of_consents_with_one_that_cannot_be_read_gives_no_ledger() {
    let good = serde_json::to_string(&grant().record()).unwrap();
    let lines = [good.as_str(), r#"{"id":"w1","subject":"u1"}"#];
    let read: Result<Ledger, _> = lines
        .iter()
        .map(|line| serde_json::from_str::<ConsentRecord>(line))
        .collect();
    assert!(read.is_err());
}

/// Counting: an unreadable row goes nowhere, and its neighbours are unaffected.
#[test]
fn a_row_that_cannot_be_read_is_counted_and_its_neighbours_are_decided() {
    let gate = gate().build().unwrap();
    let ledger = Ledger::from_iter([grant().record()]);
    let rows: [Result<Row, &str>; 3] = [Ok(post()), Err("not a row"), Ok(post_of(["u2"]))];
    let mut gated = rows.into_iter().consented_ok(gate.with(&ledger));
    assert_eq!(gated.by_ref().flatten().count(), 1);
    let report = gated.report();
    assert_eq!(report.seen(), 3);
    assert_eq!(report.consented(), 1);
    assert_eq!(report.withheld(), 1);
    assert_eq!(report.unreadable(), 1);
}
