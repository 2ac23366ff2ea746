//! The permitted way: records, a gate, an iterator, and a function that takes what passed.

use consent_gate::{
    Actor, Capacity, Channel, ConsentRecord, ConsentType, Consented, DataCategories, Gate,
    GatedIterator, Granularity, Ledger, Method, Notice, Purposes, Restrictions, UserRecord,
};
use time::UtcDateTime;
use time::macros::utc_datetime;

struct Post {
    author: &'static str,
    text: String,
}

impl UserRecord for Post {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        [self.author].into_iter()
    }

    fn collected_at(&self) -> Option<UtcDateTime> {
        Some(utc_datetime!(2024-10-01 0:00))
    }

    fn data(&self) -> DataCategories {
        DataCategories::POSTS
    }

    fn restrictions(&self) -> Restrictions {
        Restrictions::none()
    }
}

fn train(row: Consented<'_, String>) -> usize {
    let grants: Vec<&str> = row.grants().iter().collect();
    assert_eq!(grants, ["g1"]);
    assert_eq!(row.gate().trainer().as_str(), "acme");
    row.into_inner().len()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gate = Gate::builder(
        "acme",
        Purposes::TRAIN_GENERATIVE,
        utc_datetime!(2024-11-01 0:00),
    )
    .build()?;
    let at = utc_datetime!(2024-09-10 9:00);
    let notice = Notice::builder()
        .id("ai")
        .version("3")
        .shown_at(at)
        .purposes(Purposes::TRAIN_GENERATIVE)
        .controller("acme");
    let record = ConsentRecord::grant("g1", "alice", "acme", at)
        .purposes(Purposes::TRAIN_GENERATIVE)
        .data(DataCategories::POSTS)
        .consent_type(ConsentType::ExplicitlyExpressed)
        .method(Method::Confirmation)
        .actor(Actor::Subject)
        .capacity(Capacity::OfAge)
        .granular(Granularity::Separate)
        .notice(notice)
        .evidence("log:1")
        .given_via(Channel::Web)
        .withdraw_via(Channel::Web)
        .valid_until(utc_datetime!(2025-09-10 0:00))
        .build()?;
    let ledger = Ledger::from_iter([record]);
    let posts = ["alice", "bob"].map(|author| Post {
        author,
        text: format!("by {author}"),
    });

    let mut rows = posts.into_iter().consented(gate.with(&ledger));
    let trained: Vec<usize> = rows
        .by_ref()
        .inspect(|row| assert_eq!(row.author, "alice"))
        .map(|row| train(row.map_unchecked(|post| post.text)))
        .collect();
    assert_eq!(trained, ["by alice".len()]);
    assert_eq!(rows.report().withheld(), 1);
    Ok(())
}
