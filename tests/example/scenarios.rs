//! What happens to people, one story a test, and how the program decides.

use serde_json::json;

use crate::program::{Fate, Job, lines, on_file};
use crate::world::{GIVEN_AT, Object, grant, row, withdrawal};

/// The grant as X wrote it when the switch appeared, turned on, in July 2024.
fn on_by_default() -> Object {
    let given = grant().to("x").given_at("2024-07-26T09:00:00Z");
    given
        .with("method", "default-setting")
        .without("consent_type")
}

fn post_of_june() -> Object {
    row().with("collected_at", "2024-06-15T00:00:00Z")
}

fn signalled(kind: &str, value: impl Into<serde_json::Value>) -> Object {
    row().with("signals", json!([{"kind": kind, "value": value.into()}]))
}

#[test]
fn who_said_yes_to_this_explicitly_is_let_through() {
    on_file([grant()]).permits();
}

#[test]
fn a_switch_that_appeared_turned_on_is_no_consent() {
    on_file([on_by_default()])
        .trainer("x")
        .denies(&["EXPLICIT"], &["AFFIRMATIVE"]);
}

#[test]
fn a_ticked_box_left_ticked_is_no_consent_though_the_record_calls_it_explicit() {
    on_file([grant().with("method", "pre-ticked")]).denies(&[], &["AFFIRMATIVE"]);
}

#[test]
fn a_public_post_of_a_person_who_never_objected_has_no_consent() {
    on_file([])
        .rows([row().with("visibility", "public")])
        .denies(&["ON_RECORD"], &[]);
}

#[test]
fn turning_the_switch_off_is_a_no_on_top_of_what_never_was_a_yes() {
    let switched_off = withdrawal()
        .with("status", "refused")
        .with("controller", "x")
        .with("at", "2024-07-27T09:00:00Z");
    on_file([on_by_default(), switched_off])
        .trainer("x")
        .asked_at("2024-08-05T00:00:00Z")
        .denies(&["EXPLICIT"], &["AFFIRMATIVE", "STANDING"]);
}

#[test]
fn a_grant_to_x_is_not_a_grant_to_its_affiliate_xai() {
    on_file([grant().to("x")])
        .trainer("xai")
        .denies(&[], &["PARTY"]);
}

#[test]
fn a_grant_to_x_that_names_xai_as_recipient_is_a_grant_to_xai() {
    on_file([grant().to("x").with("recipients", json!(["xai"]))])
        .trainer("xai")
        .permits();
}

#[test]
fn a_grant_of_september_does_not_reach_back_to_a_post_of_june() {
    on_file([grant()])
        .rows([post_of_june()])
        .denies(&[], &["PERIOD"]);
}

#[test]
fn a_grant_of_september_for_all_existing_data_reaches_back_to_a_post_of_june() {
    on_file([grant().with("data_period", "all-existing")])
        .rows([post_of_june()])
        .permits();
}

#[test]
fn a_consent_given_on_the_web_that_only_the_app_can_take_back_is_withheld() {
    on_file([grant().with("withdraw_via", json!(["app"]))]).denies(&[], &["WITHDRAWABLE"]);
}

#[test]
fn accepting_terms_of_service_is_no_consent() {
    on_file([grant().with("method", "terms-acceptance")]).denies(&[], &["AFFIRMATIVE"]);
}

#[test]
fn going_on_to_use_the_service_is_no_consent() {
    on_file([grant().with("method", "continued-use")]).denies(&[], &["AFFIRMATIVE"]);
}

#[test]
fn closing_the_banner_is_no_consent() {
    on_file([grant().with("method", "dismissed")]).denies(&[], &["AFFIRMATIVE"]);
}

#[test]
fn a_box_ticked_by_sales_staff_is_no_consent() {
    on_file([grant().with("actor", "controller")]).denies(&[], &["PERSONAL"]);
}

#[test]
fn a_consent_written_by_a_migration_is_no_consent() {
    on_file([grant().with("actor", "system")]).denies(&[], &["PERSONAL"]);
}

#[test]
fn a_consent_to_personalisation_is_none_to_training() {
    on_file([grant().with("purposes", json!(["personalisation"]))]).denies(&[], &["PURPOSE"]);
}

#[test]
fn a_consent_to_service_improvement_is_none_to_training() {
    on_file([grant().with("purposes", json!(["service-improvement"]))]).denies(&[], &["PURPOSE"]);
}

#[test]
fn a_consent_to_being_input_of_a_model_is_none_to_training() {
    on_file([grant().with("purposes", json!(["ai-input"]))]).denies(&[], &["PURPOSE"]);
}

#[test]
fn a_consent_to_one_half_of_ai_training_is_none_to_the_whole() {
    for half in ["train-generative", "train-non-generative"] {
        let told_of_both = grant().noticed("purposes", json!(["ai-training"]));
        on_file([told_of_both.with("purposes", json!([half]))])
            .purpose("ai-training")
            .denies(&[], &["PURPOSE"]);
    }
}

#[test]
fn a_consent_to_both_halves_of_ai_training_is_one_to_the_whole() {
    let halves = json!(["train-generative", "train-non-generative"]);
    on_file([grant()
        .noticed("purposes", json!(["ai-training"]))
        .with("purposes", halves)])
    .purpose("ai-training")
    .permits();
}

#[test]
fn one_switch_for_several_things_is_no_consent_to_any() {
    on_file([grant().with("granular", false)]).denies(&[], &["GRANULAR"]);
}

#[test]
fn who_was_told_of_search_only_was_not_told_of_training() {
    on_file([grant().noticed("purposes", json!(["search"]))]).denies(&[], &["INFORMED"]);
}

#[test]
fn a_notice_shown_one_second_after_the_act_came_too_late() {
    on_file([grant().noticed("shown_at", "2024-09-10T09:00:01Z")]).denies(&[], &["INFORMED"]);
}

#[test]
fn who_saw_the_third_notice_has_not_seen_the_fourth() {
    on_file([grant()])
        .option("--accept-notice", "ai@4")
        .denies(&[], &["INFORMED"]);
}

#[test]
fn a_second_before_the_act_there_is_no_consent_yet() {
    on_file([grant()])
        .asked_at("2024-09-10T08:59:59Z")
        .denies(&[], &["GIVEN"]);
}

#[test]
fn at_the_instant_of_the_act_the_consent_covers_what_is_collected_at_that_instant() {
    on_file([grant()])
        .asked_at(GIVEN_AT)
        .rows([row().with("collected_at", GIVEN_AT)])
        .permits();
}

#[test]
fn at_the_instant_that_it_is_valid_until_the_consent_has_run_out() {
    on_file([grant()])
        .asked_at("2025-09-10T00:00:00Z")
        .denies(&[], &["CURRENT"]);
}

#[test]
fn a_second_before_it_runs_out_the_consent_lasts() {
    on_file([grant()])
        .asked_at("2025-09-09T23:59:59Z")
        .permits();
}

#[test]
fn half_past_midnight_in_berlin_is_the_day_before_in_utc() {
    let same = "2024-09-09T22:30:00Z";
    on_file([grant().given_at("2024-09-10T00:30:00+02:00")])
        .asked_at(same)
        .rows([row().with("collected_at", same)])
        .permits();
}

#[test]
fn what_was_withdrawn_is_withheld() {
    on_file([grant(), withdrawal()]).denies(&[], &["STANDING"]);
}

#[test]
fn a_withdrawal_for_search_leaves_the_consent_to_training() {
    on_file([grant(), withdrawal().with("purposes", json!(["search"]))]).permits();
}

#[test]
fn a_withdrawal_that_names_no_purpose_ends_all_of_them() {
    on_file([grant(), withdrawal().without("purposes")]).denies(&[], &["STANDING"]);
}

#[test]
fn on_the_day_before_the_withdrawal_the_answer_was_yes() {
    on_file([grant(), withdrawal()])
        .replay()
        .asked_at("2024-10-14T00:00:00Z")
        .permits();
}

#[test]
fn a_withdrawal_at_the_very_instant_of_the_grant_wins() {
    on_file([grant(), withdrawal().with("at", GIVEN_AT)]).denies(&[], &["STANDING"]);
}

#[test]
fn a_withdrawal_without_a_time_counts() {
    on_file([grant(), withdrawal().without("at")]).denies(&[], &["STANDING"]);
}

#[test]
fn a_withdrawal_dated_2030_counts_today() {
    on_file([grant(), withdrawal().with("at", "2030-01-01T00:00:00Z")]).denies(&[], &["STANDING"]);
}

/// The person withdrew on 15 October and said yes again on 20 October.
fn given_again() -> [Object; 3] {
    let again = grant().id("g2").given_at("2024-10-20T09:00:00Z");
    [grant(), withdrawal(), again]
}

#[test]
fn a_consent_given_again_does_not_reach_back_to_a_post_before_it() {
    on_file(given_again()).denies(&[], &["PERIOD"]);
}

#[test]
fn a_consent_given_again_covers_a_post_after_it() {
    on_file(given_again())
        .rows([row().with("collected_at", "2024-10-21T00:00:00Z")])
        .permits();
}

#[test]
fn an_old_grant_that_is_imported_again_after_the_withdrawal_stays_dead() {
    on_file([grant(), withdrawal(), grant()]).denies(&[], &["STANDING"]);
}

#[test]
fn an_old_grant_that_is_imported_under_a_new_id_stays_dead() {
    on_file([grant(), withdrawal(), grant().id("g2")]).denies(&[], &["STANDING"]);
}

#[test]
fn a_withdrawal_told_to_a_recipient_of_the_grant_ends_it() {
    let given = grant().with("recipients", json!(["partner"]));
    on_file([given, withdrawal().with("controller", "partner")]).denies(&[], &["STANDING"]);
}

#[test]
fn a_child_cannot_consent_alone() {
    on_file([grant().with("capacity", "under-age")]).denies(&[], &["CAPACITY"]);
}

#[test]
fn a_verified_guardian_consents_for_a_child() {
    on_file([grant()
        .with("capacity", "under-age")
        .with("actor", "verified-guardian")])
    .permits();
}

#[test]
fn an_unverified_guardian_does_not_consent_for_a_child() {
    let given = grant().with("capacity", "under-age");
    on_file([given.with("actor", "guardian")]).denies(&[], &["PERSONAL", "CAPACITY"]);
}

fn post_about_health() -> Object {
    row().with("data", json!(["posts", "special-category"]))
}

#[test]
fn a_consent_for_posts_does_not_cover_a_post_about_health() {
    on_file([grant()])
        .rows([post_about_health()])
        .denies(&[], &["CATEGORY"]);
}

#[test]
fn a_consent_that_names_special_categories_covers_a_post_about_health() {
    on_file([grant().with("data", json!(["special-category", "posts"]))])
        .rows([post_about_health()])
        .permits();
}

#[test]
fn one_person_cannot_consent_for_the_other_in_the_picture() {
    let picture = row().without("subject");
    on_file([grant()])
        .rows([picture.with("subjects", json!(["u1", "u2"]))])
        .denies(&["ON_RECORD"], &[]);
}

#[test]
fn a_signal_on_the_row_that_says_no_holds_against_the_consent() {
    on_file([grant()])
        .rows([signalled("opt-out", true)])
        .denies(&[], &["UNRESTRICTED"]);
}

#[test]
fn a_signal_of_an_unknown_kind_may_be_a_no() {
    on_file([grant()])
        .rows([signalled("a-kind-that-nobody-knows", "yes")])
        .denies(&["UNRESTRICTED"], &[]);
}

#[test]
fn a_signal_that_says_no_to_training_holds_against_the_consent() {
    on_file([grant()])
        .rows([signalled("content-usage", "train-ai=n")])
        .denies(&[], &["UNRESTRICTED"]);
}

#[test]
fn a_signal_on_the_row_that_says_yes_to_training_is_no_consent() {
    on_file([])
        .rows([signalled("content-usage", "train-ai=y")])
        .denies(&["ON_RECORD"], &[]);
    on_file([grant()])
        .rows([signalled("content-usage", "train-ai=y")])
        .permits();
    on_file([])
        .rows([signalled("opt-out", false)])
        .denies(&["ON_RECORD"], &[]);
}

#[test]
fn what_was_deleted_is_not_trained_on() {
    on_file([grant()])
        .rows([signalled("erased", "2024-10-30T00:00:00Z")])
        .denies(&[], &["UNRESTRICTED"]);
}

#[test]
fn a_yes_to_every_purpose_of_an_advertising_framework_is_no_consent_to_training() {
    on_file([])
        .rows([row().with(
            "tcf",
            json!({"purposes": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}),
        )])
        .denies(&["ON_RECORD"], &[]);
}

#[test]
fn a_record_that_states_its_status_twice_is_unreadable() {
    let twice = grant()
        .line()
        .replace(r#""status":"#, r#""status":"withdrawn","status":"#);
    Job::raw(row().line(), twice).fails(&[
        "consents.jsonl",
        "line 1, column ",
        "field `status`: repeated",
    ]);
}

#[test]
fn a_gate_that_waives_evidence_lets_a_consent_without_it_through() {
    let without = on_file([grant().without("evidence")]);
    without.denies(&["EVIDENCED"], &[]);
    without.option("--waive", "EVIDENCED").permits();
}

#[test]
fn a_gate_that_waives_capacity_does_not_let_a_child_consent_alone() {
    on_file([grant().with("capacity", "under-age")])
        .option("--waive", "CAPACITY")
        .denies(&[], &["CAPACITY"]);
}

#[test]
fn a_list_of_consents_with_one_that_cannot_be_read_ends_the_run() {
    let consents = grant().line() + "{\"id\":\"w1\",\"subject\":\"u2\"}\n" + &grant().line();
    Job::raw(row().line(), consents).fails(&["consents.jsonl", "line 2, column ", "`status`"]);
}

#[test]
fn a_row_that_cannot_be_read_is_counted_and_its_neighbours_are_decided() {
    let broken = row().with("collected_at", 1_727_773_200);
    let rows = lines([row(), broken, row().by("u2"), row()]);
    Job::raw(rows, grant().line()).tells(&[
        Fate::Passes,
        Fate::Unreadable("field `collected_at`: expected "),
        Fate::Withheld(&["ON_RECORD"], &[]),
        Fate::Passes,
    ]);
}
