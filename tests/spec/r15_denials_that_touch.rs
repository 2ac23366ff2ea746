//! R15, at length: which denials touch a grant. By party (telling one link of the chain is
//! enough), by purpose, and by category of data.

use consent_gate::{DataCategories, Details, Purposes, Rules as Rule};

use crate::world::{AS_OF, gate_of, grant, on_file, parties, post_of, withdrawal};

fn to_partners(details: &mut Details) {
    details.recipients = parties(["partner", "agent"]);
}

/// R15 · by the same subject.
#[test]
fn a_no_of_another_person_does_not_touch() {
    on_file([grant().record(), withdrawal().by("u2").record()]).permits();
}

/// R15 · by exactly the same subject.
#[test]
fn a_no_of_a_person_with_almost_the_same_id_does_not_touch() {
    for other in ["U1", "u1 ", "u", "u11"] {
        on_file([grant().record(), withdrawal().by(other).record()]).permits();
    }
}

/// R15 · Proximus C-129/21: the trainer.
#[test]
fn a_no_told_to_the_trainer_touches_a_grant_to_another_controller() {
    let through_x = grant()
        .to("x")
        .but(|details| details.recipients = parties(["acme"]));
    on_file([through_x, withdrawal().to("acme").record()]).contradicts(Rule::STANDING);
}

/// R15 · Proximus C-129/21: the grant's controller.
#[test]
fn a_no_told_to_the_controller_of_the_grant_touches_what_its_recipient_does() {
    let through_x = grant()
        .to("x")
        .but(|details| details.recipients = parties(["acme"]));
    on_file([through_x, withdrawal().to("x").record()]).contradicts(Rule::STANDING);
}

/// R15 · Proximus C-129/21: any recipient of the grant.
#[test]
fn a_no_told_to_any_recipient_of_the_grant_touches() {
    for told in ["partner", "agent"] {
        on_file([grant().but(to_partners), withdrawal().to(told).record()])
            .contradicts(Rule::STANDING);
    }
}

/// R15 · Proximus C-129/21: a recipient of the denial is a party of it.
#[test]
fn a_no_told_to_a_stranger_that_names_a_link_of_the_chain_as_recipient_touches() {
    for named in ["acme", "partner", "agent"] {
        let no = withdrawal()
            .to("stranger")
            .but(|details| details.recipients = parties([named]));
        on_file([grant().but(to_partners), no]).contradicts(Rule::STANDING);
    }
}

/// R15 · a party outside the chain.
#[test]
fn a_no_told_to_a_stranger_does_not_touch() {
    on_file([
        grant().but(to_partners),
        withdrawal().to("stranger").record(),
    ])
    .permits();
    let strangers = withdrawal()
        .to("stranger")
        .but(|details| details.recipients = parties(["other"]));
    on_file([grant().but(to_partners), strangers]).permits();
}

/// R15 · the chain is that of the grant, not that of another grant.
#[test]
fn a_no_told_to_a_recipient_of_another_grant_does_not_touch_this_one() {
    let other = grant().id("g2").to("x").but(|details| {
        details.recipients = parties(["partner"]);
        details.purposes = Purposes::SEARCH;
    });
    on_file([grant().record(), other, withdrawal().to("partner").record()]).permits();
}

/// R15 · a party of almost the same name is another.
#[test]
fn a_no_told_to_a_party_of_almost_the_same_name_does_not_touch() {
    for told in ["acme.example", "acme-", "ac me", "me"] {
        on_file([grant().record(), withdrawal().to(told).record()]).permits();
    }
}

/// R15 · a denial reaches a party whatever the letter case of its name and the white space around it.
#[test]
fn a_no_told_to_a_party_in_another_spelling_touches() {
    for told in ["Acme", "acme ", "\tACME\u{A0}"] {
        on_file([grant().record(), withdrawal().to(told).record()]).contradicts(Rule::STANDING);
    }
    let to_others = grant().but(|details| details.recipients = parties(["Straße AG"]));
    on_file([to_others, withdrawal().to("STRASSE AG").record()]).contradicts(Rule::STANDING);
}

/// R15 · absent in a denial means everything is denied: every party.
#[test]
fn a_no_that_names_no_controller_touches_every_grant() {
    on_file([grant().record(), withdrawal().naming_nobody().record()]).contradicts(Rule::STANDING);
    let through_x = grant()
        .to("x")
        .but(|details| details.recipients = parties(["acme"]));
    on_file([through_x, withdrawal().naming_nobody().record()]).contradicts(Rule::STANDING);
}

/// R15 · it names no controller, and so the recipients that it names narrow nothing.
#[test]
fn a_no_that_names_recipients_and_no_controller_touches_every_grant() {
    let no = withdrawal()
        .naming_nobody()
        .but(|details| details.recipients = parties(["stranger"]));
    on_file([grant().record(), no]).contradicts(Rule::STANDING);
}

/// R15 · the notice names no party of the denial or the grant.
#[test]
fn the_controller_of_a_notice_is_no_link_of_the_chain() {
    let given = grant().but(|details| {
        details.notice.as_mut().unwrap().controller = Some("stranger".parse().unwrap());
    });
    on_file([given, withdrawal().to("stranger").record()]).contradicts(Rule::INFORMED);
}

/// R15 · for any of the purposes asked for: denials are asked by intersection.
#[test]
fn a_no_to_one_of_two_purposes_asked_for_touches() {
    let both = Purposes::TRAIN_GENERATIVE | Purposes::SEARCH;
    for denied in [
        Purposes::SEARCH,
        Purposes::TRAIN_GENERATIVE,
        both,
        Purposes::SEARCH | Purposes::ADVERTISING,
        Purposes::all(),
        Purposes::empty(),
    ] {
        on_file([
            grant().told(both).but(|details| details.purposes = both),
            withdrawal().but(|details| details.purposes = denied),
        ])
        .gate(gate_of("acme", both, AS_OF))
        .contradicts(Rule::STANDING);
    }
}

/// R15 · no purpose implies another.
#[test]
fn a_no_to_all_other_purposes_does_not_touch() {
    let others = Purposes::all().difference(Purposes::TRAIN_GENERATIVE);
    on_file([
        grant().record(),
        withdrawal().but(|details| details.purposes = others),
    ])
    .permits();
}

/// R15 · a purpose asked for, whatever else the grant names.
#[test]
fn a_no_to_a_purpose_that_was_granted_and_is_not_asked_for_does_not_touch() {
    let more = Purposes::TRAIN_GENERATIVE | Purposes::SEARCH;
    on_file([
        grant().but(|details| details.purposes = more),
        withdrawal().but(|details| details.purposes = Purposes::SEARCH),
    ])
    .permits();
}

/// R15 · GDPR Art. 7(3): a category that the row has.
#[test]
fn a_no_to_the_category_of_the_row_touches() {
    for denied in [
        DataCategories::POSTS,
        DataCategories::POSTS | DataCategories::LOCATION,
        DataCategories::all(),
        DataCategories::empty(),
    ] {
        on_file([
            grant().record(),
            withdrawal().but(|details| details.data = denied),
        ])
        .contradicts(Rule::STANDING);
    }
}

/// R15 · a category that the row does not have.
#[test]
fn a_no_to_other_categories_does_not_touch() {
    let others = DataCategories::all().difference(DataCategories::POSTS);
    on_file([
        grant().record(),
        withdrawal().but(|details| details.data = others),
    ])
    .permits();
}

/// R15 · one of the categories that the row has.
#[test]
fn a_no_to_one_of_two_categories_of_the_row_touches() {
    let both = DataCategories::POSTS | DataCategories::MEDIA;
    for denied in [DataCategories::POSTS, DataCategories::MEDIA] {
        on_file([
            grant().but(|details| details.data = both),
            withdrawal().but(|details| details.data = denied),
        ])
        .where_row(|row| row.data = both)
        .contradicts(Rule::STANDING);
    }
}

/// R15, R17 · a row that names no category has all of them.
#[test]
fn a_no_to_any_category_touches_a_row_that_names_none() {
    on_file([
        grant().record(),
        withdrawal().but(|details| details.data = DataCategories::CONTACTS),
    ])
    .where_row(|row| row.data = DataCategories::empty())
    .denies(Rule::CATEGORY, Rule::STANDING);
}

/// R15 · a category that has no name yet is reached by a no to everything.
#[test]
fn a_no_to_everything_touches_a_row_of_an_unnamed_category() {
    let unnamed = DataCategories::from_bits_retain(1 << 31);
    on_file([grant().record(), withdrawal().record()])
        .where_row(|row| row.data = unnamed)
        .contradicts(Rule::STANDING | Rule::CATEGORY);
}

/// R15 · party, purpose and category all have to meet in one denial.
#[test]
fn parts_of_several_denials_never_add_up_to_one_that_touches() {
    on_file([
        grant().record(),
        withdrawal().id("w1").to("stranger").record(),
        withdrawal()
            .id("w2")
            .but(|details| details.purposes = Purposes::SEARCH),
        withdrawal()
            .id("w3")
            .but(|details| details.data = DataCategories::MEDIA),
        withdrawal().id("w4").by("u2").record(),
        withdrawal()
            .id("w5")
            .at(crate::world::GIVEN_AT - crate::world::SECOND)
            .record(),
    ])
    .permits();
}

/// R15 · by the same subject, of a row that has several.
#[test]
fn a_no_of_one_of_two_people_is_a_no_for_the_row() {
    on_file([
        grant().record(),
        grant().id("g2").by("u2").record(),
        withdrawal().by("u2").record(),
    ])
    .row(post_of(["u1", "u2"]))
    .contradicts(Rule::STANDING);
}
