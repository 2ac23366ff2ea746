//! People, their consents and the gate, from a fixed seed. The benches share them.

use consent_gate::{
    Actor, Capacity, Channels, ConsentRecord, ConsentType, DataCategories, Details, Gate,
    GrantStatus, Granularity, Method, Notice, Purposes, Statement, SubjectId,
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

/// The one consent of somebody. It is good, unless its evidence is not named.
pub(crate) fn consent(person: usize, subject: String, has_evidence: bool) -> ConsentRecord {
    let purposes = Purposes::TRAIN_GENERATIVE;
    let acme = "acme".parse().expect("a party");
    let notice = Notice {
        id: "ai".parse().ok(),
        version: "3".parse().ok(),
        shown_at: Some(utc_datetime!(2024-09-10 8:59)),
        purposes,
        controller: "acme".parse().ok(),
    };
    let details = Details {
        purposes,
        data: DataCategories::POSTS,
        consent_type: Some(ConsentType::ExplicitlyExpressed),
        method: Some(Method::Confirmation),
        actor: Some(Actor::Subject),
        capacity: Some(Capacity::OfAge),
        granular: Some(Granularity::Separate),
        notice: Some(notice),
        evidence: has_evidence.then(|| format!("log:{person}").parse().expect("evidence")),
        given_via: Channels::WEB,
        withdraw_via: Channels::WEB | Channels::APP,
        valid_until: Some(utc_datetime!(2025-09-10 0:00)),
        ..Details::default()
    };
    let statement = Statement::Grant {
        status: GrantStatus::Given,
        controller: acme,
        at: GRANTED,
    };
    let id = format!("g{person}").parse().expect("an id");
    ConsentRecord::new(
        id,
        SubjectId::new(subject).expect("an id"),
        statement,
        details,
    )
    .expect("a record")
}
