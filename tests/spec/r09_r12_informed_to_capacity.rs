//! R9 to R12: what the person was told, what proves it, whether it can be taken back where it was
//! given, and whether the person was old enough.

use consent_gate::{Actor, Capacity, Channel, Channels, Notice, Purposes, Rules as Rule};

use crate::world::{AS_OF, GIVEN_AT, NANOSECOND, gate, gate_of, grant, name, on_file, parties};

/// R9 · GDPR Art. 13; EDPB Guidelines 05/2020, 64.
#[test]
fn a_complete_notice_shown_before_the_act_informs() {
    on_file([grant().record()]).permits();
}

/// R9 · GDPR Rec. 42.
#[test]
fn a_person_who_was_shown_nothing_was_not_informed() {
    on_file([grant().but(|details| details.notice = None)]).leaves_unproven(Rule::INFORMED);
}

/// R9 · GDPR Art. 13.
#[test]
fn a_notice_of_which_nothing_is_known_informs_of_nothing() {
    on_file([grant().but(|details| details.notice = Some(Notice::default()))])
        .leaves_unproven(Rule::INFORMED);
}

/// R9 · GDPR Art. 13: all five parts.
#[test]
fn a_notice_without_an_id_is_incomplete() {
    on_file([grant().notice(|notice| notice.id = None)]).leaves_unproven(Rule::INFORMED);
}

/// R9 · GDPR Art. 13: all five parts.
#[test]
fn a_notice_without_a_version_is_incomplete() {
    on_file([grant().notice(|notice| notice.version = None)]).leaves_unproven(Rule::INFORMED);
}

/// R9 · GDPR Art. 13: all five parts.
#[test]
fn a_notice_that_does_not_say_when_it_was_shown_is_incomplete() {
    on_file([grant().notice(|notice| notice.shown_at = None)]).leaves_unproven(Rule::INFORMED);
}

/// R9 · GDPR Art. 13(1)(c): all five parts.
#[test]
fn a_notice_without_purposes_is_incomplete() {
    on_file([grant().notice(|notice| notice.purposes = Purposes::empty())])
        .leaves_unproven(Rule::INFORMED);
}

/// R9 · GDPR Art. 13(1)(a): all five parts.
#[test]
fn a_notice_without_a_controller_is_incomplete() {
    on_file([grant().notice(|notice| notice.controller = None)]).leaves_unproven(Rule::INFORMED);
}

/// R9 · GDPR Rec. 42: no later than the act.
#[test]
fn a_notice_shown_at_the_very_instant_of_the_act_is_in_time() {
    on_file([grant().notice(|notice| notice.shown_at = Some(GIVEN_AT))]).permits();
}

/// R9 · GDPR Rec. 42: no later than the act.
#[test]
fn a_notice_shown_a_nanosecond_before_the_act_is_in_time() {
    on_file([grant().notice(|notice| notice.shown_at = Some(GIVEN_AT - NANOSECOND))]).permits();
}

/// R9 · GDPR Rec. 42: no later than the act.
#[test]
fn a_notice_shown_a_nanosecond_after_the_act_came_too_late() {
    on_file([grant().notice(|notice| notice.shown_at = Some(GIVEN_AT + NANOSECOND))])
        .contradicts(Rule::INFORMED);
}

/// R9 · GDPR Rec. 42: the identity of the controller.
#[test]
fn a_notice_by_a_controller_that_is_not_a_party_does_not_inform() {
    on_file([grant().notice(|notice| notice.controller = Some(name("x")))])
        .contradicts(Rule::INFORMED);
}

/// R9 · GDPR Rec. 42: a party of the grant, which a recipient is.
#[test]
fn a_notice_that_names_a_recipient_of_the_grant_as_controller_informs() {
    on_file([grant().but(|details| {
        details.recipients = parties(["partner"]);
        details.notice.as_mut().unwrap().controller = Some(name("partner"));
    })])
    .permits();
}

/// R9 · GDPR Art. 13(1)(c): every purpose asked for.
#[test]
fn a_notice_that_lists_one_of_two_purposes_asked_for_informs_of_one() {
    let both = Purposes::TRAIN_GENERATIVE | Purposes::AI_INPUT;
    for told in [Purposes::TRAIN_GENERATIVE, Purposes::AI_INPUT] {
        on_file([grant().told(told).but(|details| details.purposes = both)])
            .gate(gate_of("acme", both, AS_OF))
            .contradicts(Rule::INFORMED);
    }
    on_file([grant().told(both).but(|details| details.purposes = both)])
        .gate(gate_of("acme", both, AS_OF))
        .permits();
}

/// R9 · GDPR Art. 13(1)(c): more is not less.
#[test]
fn a_notice_that_lists_more_purposes_than_are_asked_for_informs() {
    on_file([grant().told(Purposes::all()).record()]).permits();
}

/// R9 · the purposes asked for, not all those that the grant names.
#[test]
fn a_notice_has_to_list_what_is_asked_for_and_not_all_that_was_granted() {
    let more = Purposes::TRAIN_GENERATIVE | Purposes::SEARCH;
    on_file([grant().but(|details| details.purposes = more)]).permits();
}

/// R9 · EDPB Guidelines 05/2020, 110: the gate may list the notices that inform.
#[test]
fn an_accepted_notice_informs_at_any_place_of_the_list() {
    let listed = gate()
        .accept_notice(name("ai"), name("2"))
        .accept_notice(name("ai"), name("3"))
        .accept_notice(name("terms"), name("9"));
    on_file([grant().record()]).gate(listed).permits();
}

/// R9 · EDPB Guidelines 05/2020, 110: id and version, of one and the same notice.
#[test]
fn a_notice_that_is_not_listed_does_not_inform() {
    for listed in [
        gate().accept_notice(name("ai"), name("2")),
        gate().accept_notice(name("terms"), name("3")),
        gate().accept_notice(name("AI"), name("3")),
        gate().accept_notice(name("ai"), name("3 ")),
        gate()
            .accept_notice(name("ai"), name("2"))
            .accept_notice(name("terms"), name("3")),
    ] {
        on_file([grant().record()])
            .gate(listed)
            .contradicts(Rule::INFORMED);
    }
}

/// R9 · an absent part is never a proof of the opposite.
#[test]
fn a_notice_of_unknown_version_may_be_the_accepted_one() {
    on_file([grant().notice(|notice| notice.version = None)])
        .gate(gate().accept_notice(name("ai"), name("4")))
        .leaves_unproven(Rule::INFORMED);
    on_file([grant().notice(|notice| notice.id = None)])
        .gate(gate().accept_notice(name("other"), name("3")))
        .leaves_unproven(Rule::INFORMED);
    on_file([grant().but(|details| details.notice = Some(Notice::default()))])
        .gate(gate().accept_notice(name("ai"), name("4")))
        .leaves_unproven(Rule::INFORMED);
    on_file([grant().but(|details| details.notice = None)])
        .gate(gate().accept_notice(name("ai"), name("4")))
        .leaves_unproven(Rule::INFORMED);
}

/// R9 · what is there of it may already be proof that it is not an accepted one.
#[test]
fn a_notice_of_another_id_and_no_version_is_none_of_the_accepted_ones() {
    on_file([grant().notice(|notice| notice.version = None)])
        .gate(gate().accept_notice(name("terms"), name("3")))
        .contradicts(Rule::INFORMED);
    on_file([grant().notice(|notice| notice.id = None)])
        .gate(gate().accept_notice(name("ai"), name("4")))
        .contradicts(Rule::INFORMED);
}

/// R9 · contradicted is tried before unproven.
#[test]
fn a_notice_that_is_incomplete_and_late_is_late() {
    on_file([grant().notice(|notice| {
        notice.version = None;
        notice.shown_at = Some(GIVEN_AT + NANOSECOND);
    })])
    .contradicts(Rule::INFORMED);
}

/// R9 · contradicted is tried before unproven.
#[test]
fn a_notice_that_is_incomplete_and_about_something_else_is_about_something_else() {
    on_file([grant()
        .told(Purposes::SEARCH)
        .notice(|notice| notice.id = None)])
    .contradicts(Rule::INFORMED);
    on_file([grant().notice(|notice| {
        notice.controller = Some(name("x"));
        notice.shown_at = None;
    })])
    .contradicts(Rule::INFORMED);
}

/// R10 · GDPR Art. 7(1): the controller shall be able to demonstrate it.
#[test]
fn a_consent_whose_proof_is_named_is_evidenced() {
    on_file([grant().but(|details| details.evidence = Some(name("sha256:00")))]).permits();
}

/// R10 · GDPR Art. 7(1).
#[test]
fn a_consent_without_a_named_proof_is_not_evidenced() {
    on_file([grant().but(|details| details.evidence = None)]).leaves_unproven(Rule::EVIDENCED);
}

/// R10 · GDPR Art. 7(1): it is never contradicted, so silence is all there is to waive.
#[test]
fn a_missing_proof_is_forgiven_where_it_is_waived() {
    on_file([grant().but(|details| details.evidence = None)])
        .gate(gate().waive(Rule::EVIDENCED))
        .permits();
}

const CHANNELS: [Channel; 7] = [
    Channel::Web,
    Channel::App,
    Channel::Api,
    Channel::Email,
    Channel::Phone,
    Channel::Paper,
    Channel::InPerson,
];

/// R11 · GDPR Art. 7(3): as easy to withdraw as to give.
#[test]
fn a_consent_that_can_be_taken_back_where_it_was_given_is_withdrawable() {
    for channel in CHANNELS {
        on_file([grant().but(|details| {
            details.given_via = Some(channel);
            details.withdraw_via = channel.into();
        })])
        .permits();
    }
}

/// R11 · GDPR Art. 7(3): more channels do no harm.
#[test]
fn a_consent_that_can_be_taken_back_everywhere_is_withdrawable() {
    for channel in CHANNELS {
        on_file([grant().but(|details| {
            details.given_via = Some(channel);
            details.withdraw_via = Channels::all();
        })])
        .permits();
    }
}

/// R11 · GDPR Art. 7(3): in that channel; other channels do not count.
#[test]
fn a_consent_that_can_be_taken_back_everywhere_but_where_it_was_given_is_not_withdrawable() {
    for channel in CHANNELS {
        on_file([grant().but(|details| {
            details.given_via = Some(channel);
            details.withdraw_via = Channels::all().difference(channel.into());
        })])
        .contradicts(Rule::WITHDRAWABLE);
    }
}

/// R11 · GDPR Art. 7(3): either is absent.
#[test]
fn it_has_to_be_known_where_consent_was_given_and_where_it_can_be_taken_back() {
    on_file([grant().but(|details| details.given_via = None)]).leaves_unproven(Rule::WITHDRAWABLE);
    on_file([grant().but(|details| details.withdraw_via = Channels::empty())])
        .leaves_unproven(Rule::WITHDRAWABLE);
    on_file([grant().but(|details| {
        details.given_via = None;
        details.withdraw_via = Channels::empty();
    })])
    .leaves_unproven(Rule::WITHDRAWABLE);
}

/// R12 · GDPR Art. 8.
#[test]
fn a_person_of_age_consents_alone() {
    on_file([grant().but(|details| details.capacity = Some(Capacity::OfAge))]).permits();
}

/// R12 · GDPR Art. 8.
#[test]
fn it_has_to_be_known_whether_the_person_was_of_age() {
    on_file([grant().but(|details| details.capacity = None)]).leaves_unproven(Rule::CAPACITY);
}

/// R12 · GDPR Art. 8(2): a verified guardian acted, whatever is known of the age.
#[test]
fn where_a_verified_guardian_acted_the_age_does_not_matter() {
    for capacity in [None, Some(Capacity::UnderAge), Some(Capacity::OfAge)] {
        on_file([grant().but(|details| {
            details.capacity = capacity;
            details.actor = Some(Actor::VerifiedGuardian);
        })])
        .permits();
    }
}

/// R12 · GDPR Art. 8(1): no verified guardian acted, by everything that is known.
#[test]
fn under_age_and_not_known_who_acted_is_under_age() {
    on_file([grant().but(|details| {
        details.capacity = Some(Capacity::UnderAge);
        details.actor = None;
    })])
    .denies(Rule::PERSONAL, Rule::CAPACITY);
}

/// R8, R12 · GDPR Art. 8: anyone else's act does not count for the child.
#[test]
fn under_age_and_anybody_but_a_verified_guardian_acting_is_under_age() {
    for actor in [
        Actor::Guardian,
        Actor::Controller,
        Actor::Authority,
        Actor::System,
    ] {
        on_file([grant().but(|details| {
            details.capacity = Some(Capacity::UnderAge);
            details.actor = Some(actor);
        })])
        .contradicts(Rule::PERSONAL | Rule::CAPACITY);
    }
}

/// R12 · GDPR Art. 8: of age, no matter who acted.
#[test]
fn of_age_is_of_age_no_matter_who_acted() {
    on_file([grant().but(|details| details.actor = Some(Actor::Guardian))])
        .contradicts(Rule::PERSONAL);
}
