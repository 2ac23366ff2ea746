//! The row of the short examples: a post of one author, and the consents that are on file.

use consent_gate::{DataCategories, Restrictions, UserRecord};
use time::UtcDateTime;
use time::macros::utc_datetime;

pub(crate) const CONSENTS: &[u8] = include_bytes!("../data/consents.jsonl");

pub(crate) struct Post(pub(crate) &'static str);

impl UserRecord for Post {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        [self.0].into_iter()
    }
    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(utc_datetime!(2024-09-20 9:00))
    }
    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }
    fn restrictions(&self) -> Restrictions {
        Restrictions::none() // these posts carry no signals
    }
}
