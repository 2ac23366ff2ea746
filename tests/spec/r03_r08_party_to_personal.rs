//! R3 to R8: to whom the person said yes, to what, how, and that it was the person who said it.

use consent_gate::{
    Actor, Capacity, ConsentType, Granularity, Method, PartyId, Purposes, Rules as Rule,
};

use crate::world::{AS_OF, gate, gate_of, grant, name, on_file, parties};

fn asking(purposes: Purposes) -> consent_gate::GateBuilder {
    gate_of("acme", purposes, AS_OF)
}

/// R3 · GDPR Rec. 42: the controller.
#[test]
fn a_consent_given_to_the_trainer_is_for_the_trainer() {
    on_file([grant().to("acme").record()]).permits();
}

/// R3 · GDPR Rec. 42: a recipient, at any index of the list.
#[test]
fn a_consent_that_names_the_trainer_among_the_recipients_is_for_the_trainer() {
    let named = parties(["a", "acme", "z"]);
    on_file([grant().to("x").but(|details| details.recipients = named)]).permits();
}

/// R3 · GDPR Rec. 42.
#[test]
fn a_consent_given_to_another_party_is_for_that_party() {
    on_file([grant().to("x").record()]).contradicts(Rule::PARTY);
}

/// R3 · compared exactly.
#[test]
fn a_party_of_almost_the_same_name_is_another_party() {
    for other in [
        "Acme",
        "ACME",
        "acme ",
        " acme",
        "acme-ai",
        "acm",
        "acme.example",
    ] {
        on_file([grant().to(other).record()]).contradicts(Rule::PARTY);
        let recipients = vec![name::<PartyId>(other)];
        on_file([grant()
            .to("x")
            .but(|details| details.recipients = recipients)])
        .contradicts(Rule::PARTY);
    }
}

/// R3 · GDPR Rec. 42: being named by the notice does not make a party.
#[test]
fn a_trainer_that_only_the_notice_names_is_no_party() {
    on_file([grant()
        .to("x")
        .notice(|notice| notice.controller = Some(name("acme")))])
    .contradicts(Rule::PARTY | Rule::INFORMED);
}

/// R3 · the party that consent was given to cannot be waived.
#[test]
fn the_party_is_never_waived() {
    on_file([grant().to("x").record()])
        .gate(gate().waive(Rule::waivable()))
        .contradicts(Rule::PARTY);
}

/// Every purpose there is, by itself.
fn each_purpose() -> impl Iterator<Item = Purposes> {
    let singles = Purposes::all().bits();
    (0..u32::BITS)
        .map(|place| 1 << place)
        .filter(move |bit| singles & bit != 0)
        .map(Purposes::from_bits_truncate)
}

/// R4 · GDPR Art. 6(1)(a): for each purpose.
#[test]
fn a_consent_to_the_purpose_asked_for_is_enough() {
    for asked in each_purpose() {
        on_file([grant().told(asked).but(|details| details.purposes = asked)])
            .gate(asking(asked))
            .permits();
    }
}

/// R4 · GDPR Art. 6(1)(a): for each purpose, no other one implies it.
#[test]
fn no_purpose_implies_another() {
    for asked in each_purpose() {
        for given in each_purpose().filter(|given| *given != asked) {
            on_file([grant().told(asked).but(|details| details.purposes = given)])
                .gate(asking(asked))
                .contradicts(Rule::PURPOSE);
        }
    }
}

/// R4 · not even all the others together imply it.
#[test]
fn all_other_purposes_together_do_not_imply_one() {
    for asked in each_purpose() {
        let given = Purposes::all().difference(asked);
        on_file([grant().told(asked).but(|details| details.purposes = given)])
            .gate(asking(asked))
            .contradicts(Rule::PURPOSE);
    }
}

/// R4 · a grant contains every purpose asked for, and may contain more.
#[test]
fn a_consent_to_more_than_what_is_asked_for_is_enough() {
    let more = Purposes::TRAIN_GENERATIVE | Purposes::SEARCH;
    on_file([grant().but(|details| details.purposes = more)]).permits();
}

/// R4 · a grant contains every purpose asked for: the classic bug is to ask for any.
#[test]
fn a_consent_to_one_of_two_purposes_asked_for_is_not_enough() {
    let both = Purposes::TRAIN_GENERATIVE | Purposes::SEARCH;
    for one in [Purposes::TRAIN_GENERATIVE, Purposes::SEARCH] {
        on_file([grant().told(both).but(|details| details.purposes = one)])
            .gate(asking(both))
            .contradicts(Rule::PURPOSE);
    }
    on_file([grant().told(both).but(|details| details.purposes = both)])
        .gate(asking(both))
        .permits();
}

/// R4 · both halves of `ai-training`, by either name.
#[test]
fn a_consent_to_both_kinds_of_training_is_one_to_ai_training() {
    let both = Purposes::TRAIN_GENERATIVE | Purposes::TRAIN_NON_GENERATIVE;
    for asked in [both, Purposes::AI_TRAINING, Purposes::TRAIN_GENERATIVE] {
        on_file([grant().told(both).but(|details| details.purposes = both)])
            .gate(asking(asked))
            .permits();
    }
}

/// R4 · absent in a grant means nothing is granted.
#[test]
fn a_consent_that_names_no_purpose_grants_none() {
    on_file([grant().but(|details| details.purposes = Purposes::empty())])
        .leaves_unproven(Rule::PURPOSE);
}

/// R4 · silence about the purpose cannot be waived.
#[test]
fn the_purpose_is_never_waived() {
    on_file([grant().but(|details| details.purposes = Purposes::empty())])
        .gate(gate().waive(Rule::waivable()))
        .leaves_unproven(Rule::PURPOSE);
}

/// R5 · GDPR Rec. 43.
#[test]
fn a_purpose_with_a_switch_of_its_own_was_chosen() {
    on_file([grant().but(|details| details.granular = Some(Granularity::Separate))]).permits();
}

/// R5 · GDPR Rec. 43.
#[test]
fn it_has_to_be_known_that_the_purpose_had_a_switch_of_its_own() {
    on_file([grant().but(|details| details.granular = None)]).leaves_unproven(Rule::GRANULAR);
}

/// R5 · GDPR Rec. 43: separate consent to different operations.
#[test]
fn a_purpose_bundled_with_another_was_not_chosen() {
    on_file([grant().but(|details| details.granular = Some(Granularity::Bundled))])
        .contradicts(Rule::GRANULAR);
}

const AFFIRMATIVE: [Method; 4] = [
    Method::Statement,
    Method::Signature,
    Method::Confirmation,
    Method::OptInControl,
];

const NOT_AFFIRMATIVE: [Method; 13] = [
    Method::PreTicked,
    Method::DefaultSetting,
    Method::AcceptAll,
    Method::TermsAcceptance,
    Method::Acknowledgement,
    Method::ContinuedUse,
    Method::Scrolling,
    Method::Dismissed,
    Method::Inactivity,
    Method::Publication,
    Method::Script,
    Method::Import,
    Method::Signal,
];

/// R6 · GDPR Art. 4(11), Rec. 32: a statement or clear affirmative action.
#[test]
fn a_statement_a_signature_a_confirmation_and_a_switch_turned_on_are_affirmative_acts() {
    for method in AFFIRMATIVE {
        assert!(method.is_affirmative());
        on_file([grant().but(|details| details.method = Some(method))]).permits();
    }
}

/// R6 · Planet49 C-673/17; GDPR Rec. 32.
#[test]
fn no_other_method_is_an_affirmative_act() {
    for method in NOT_AFFIRMATIVE {
        assert!(!method.is_affirmative());
        on_file([grant().but(|details| details.method = Some(method))])
            .contradicts(Rule::AFFIRMATIVE);
    }
}

/// R6 · GDPR Rec. 32.
#[test]
fn it_has_to_be_known_how_the_person_said_yes() {
    on_file([grant().but(|details| details.method = None)]).leaves_unproven(Rule::AFFIRMATIVE);
}

/// R6 · no waiver reaches it.
#[test]
fn how_the_person_said_yes_is_never_waived() {
    on_file([grant().but(|details| details.method = None)])
        .gate(gate().waive(Rule::waivable()))
        .leaves_unproven(Rule::AFFIRMATIVE);
}

/// R7 · EDPB Guidelines 05/2020, 93: an express statement of consent.
#[test]
fn an_explicit_consent_is_explicit() {
    let explicit = Some(ConsentType::ExplicitlyExpressed);
    on_file([grant().but(|details| details.consent_type = explicit)]).permits();
}

/// R7 · EDPB Guidelines 05/2020, 93; DPV consent types.
#[test]
fn a_consent_of_any_lesser_type_is_not_explicit() {
    for lesser in [
        ConsentType::Expressed,
        ConsentType::Implied,
        ConsentType::Uninformed,
    ] {
        on_file([grant().but(|details| details.consent_type = Some(lesser))])
            .contradicts(Rule::EXPLICIT);
    }
}

/// R7 · EDPB Guidelines 05/2020, 93.
#[test]
fn a_consent_of_unknown_type_is_not_known_to_be_explicit() {
    on_file([grant().but(|details| details.consent_type = None)]).leaves_unproven(Rule::EXPLICIT);
}

/// R7 · what this gate is for cannot be waived.
#[test]
fn explicitness_is_never_waived() {
    on_file([grant().but(|details| details.consent_type = None)])
        .gate(gate().waive(Rule::waivable()))
        .leaves_unproven(Rule::EXPLICIT);
}

/// R8 · GDPR Art. 4(11): the data subject's wishes; Art. 8 for the guardian.
#[test]
fn the_person_and_a_verified_guardian_can_say_yes() {
    for actor in [Actor::Subject, Actor::VerifiedGuardian] {
        on_file([grant().but(|details| details.actor = Some(actor))]).permits();
    }
}

/// R8 · Orange România C-61/19.
#[test]
fn no_one_else_can_say_yes() {
    for actor in [
        Actor::Guardian,
        Actor::Agent,
        Actor::Controller,
        Actor::Authority,
        Actor::System,
    ] {
        on_file([grant().but(|details| details.actor = Some(actor))]).contradicts(Rule::PERSONAL);
    }
}

/// R8 · Orange România C-61/19: the controller has to prove it.
#[test]
fn it_has_to_be_known_who_said_yes() {
    on_file([grant().but(|details| details.actor = None)]).leaves_unproven(Rule::PERSONAL);
}

/// R8 · no waiver reaches it.
#[test]
fn who_said_yes_is_never_waived() {
    on_file([grant().but(|details| details.actor = None)])
        .gate(gate().waive(Rule::waivable()))
        .leaves_unproven(Rule::PERSONAL);
}

/// R4, R5, R6, R7, R8, R9, R10, R11, R12, R14, R17 · absent in a grant means nothing is granted.
#[test]
fn a_grant_that_says_nothing_but_yes_proves_nothing() {
    on_file([grant().but(|details| *details = consent_gate::Details::default())]).leaves_unproven(
        Rule::PURPOSE
            | Rule::GRANULAR
            | Rule::AFFIRMATIVE
            | Rule::EXPLICIT
            | Rule::PERSONAL
            | Rule::INFORMED
            | Rule::EVIDENCED
            | Rule::WITHDRAWABLE
            | Rule::CAPACITY
            | Rule::CURRENT
            | Rule::CATEGORY,
    );
}

/// R3, R4, R5, R6, R7, R8, R12 · no early return: everything that is wrong is reported.
#[test]
fn a_grant_in_which_everything_is_wrong_has_every_reason() {
    on_file([grant().to("x").but(|details| {
        details.purposes = Purposes::SEARCH;
        details.granular = Some(Granularity::Bundled);
        details.method = Some(Method::Scrolling);
        details.consent_type = Some(ConsentType::Implied);
        details.actor = Some(Actor::System);
        details.capacity = Some(Capacity::UnderAge);
    })])
    .contradicts(
        Rule::PARTY
            | Rule::PURPOSE
            | Rule::GRANULAR
            | Rule::AFFIRMATIVE
            | Rule::EXPLICIT
            | Rule::PERSONAL
            | Rule::CAPACITY,
    );
}
