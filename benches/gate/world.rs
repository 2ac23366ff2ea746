//! People, their consents and their rows, from a fixed seed.

pub(crate) mod json;
pub(crate) mod memory;

use consent_gate::{
    Actor, Capacity, Channels, ConsentRecord, ConsentType, DataCategories, Details, Gate,
    GrantStatus, Granularity, Method, Notice, Purposes, Statement,
};
use time::UtcDateTime;
use time::macros::utc_datetime;

pub(crate) const PEOPLE: usize = 4096;
pub(crate) const GRANTED: UtcDateTime = utc_datetime!(2024-09-10 9:00);

/// A small generator (xorshift64*): the same numbers in every run.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % limit
    }
}

pub(crate) fn gate() -> Gate {
    let as_of = utc_datetime!(2024-11-01 0:00);
    Gate::builder("acme", Purposes::TRAIN_GENERATIVE, as_of)
        .build()
        .expect("a gate")
}

pub(crate) fn name(person: usize) -> String {
    format!("u{:07}", person * 7919)
}

/// The one consent of a person; every one of them is good.
pub(crate) fn consent(person: usize) -> ConsentRecord {
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
        evidence: format!("log:{person}").parse().ok(),
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
    ConsentRecord::new(id, name(person).parse().expect("an id"), statement, details)
        .expect("a record")
}
