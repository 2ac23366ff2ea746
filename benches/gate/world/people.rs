//! People, their consents and the gate, from a fixed seed. The benches share them.

use consent_gate::{
    Actor, Capacity, Channel, Channels, ConsentRecord, ConsentType, DataCategories, Gate,
    Granularity, Method, Notice, Purposes,
};
use time::UtcDateTime;
use time::macros::utc_datetime;

pub(crate) const GRANTED: UtcDateTime = utc_datetime!(2024-09-10 9:00);

pub(crate) fn gate() -> Gate {
    let as_of = utc_datetime!(2024-11-01 0:00);
    Gate::builder("acme", Purposes::TRAIN_GENERATIVE, as_of)
        .build()
        .expect("a gate")
}

/// The only consent of a person. It is good, unless its evidence is not named.
pub(crate) fn consent(person: usize, subject: String, has_evidence: bool) -> ConsentRecord {
    let purposes = Purposes::TRAIN_GENERATIVE;
    let notice = Notice::builder()
        .id("ai")
        .version("3")
        .shown_at(utc_datetime!(2024-09-10 8:59))
        .purposes(purposes)
        .controller("acme");
    let consent = ConsentRecord::grant(format!("g{person}"), subject, "acme", GRANTED)
        .purposes(purposes)
        .data(DataCategories::POSTS)
        .consent_type(ConsentType::ExplicitlyExpressed)
        .method(Method::Confirmation)
        .actor(Actor::Subject)
        .capacity(Capacity::OfAge)
        .granular(Granularity::Separate)
        .notice(notice)
        .given_via(Channel::Web)
        .withdraw_via(Channels::WEB | Channels::APP)
        .valid_until(utc_datetime!(2025-09-10 0:00));
    let consent = if has_evidence {
        consent.evidence(format!("log:{person}"))
    } else {
        consent
    };
    consent.build().expect("a record")
}
