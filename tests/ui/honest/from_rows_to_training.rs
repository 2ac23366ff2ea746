//! The way that is open: records, a gate, an iterator, and a function that takes what passed.

use consent_gate::{
    Actor, Capacity, Channels, ConsentRecord, ConsentType, Consented, DataCategories, Details,
    Gate, GatedIterator, GrantStatus, Granularity, Ledger, Method, Notice, Purposes, Restrictions,
    Statement, UserRecord,
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
    let statement = Statement::Grant {
        status: GrantStatus::Given,
        controller: "acme".parse()?,
        at,
    };
    let details = Details {
        purposes: Purposes::TRAIN_GENERATIVE,
        data: DataCategories::POSTS,
        consent_type: Some(ConsentType::ExplicitlyExpressed),
        method: Some(Method::Confirmation),
        actor: Some(Actor::Subject),
        capacity: Some(Capacity::OfAge),
        granular: Some(Granularity::Separate),
        notice: Some(Notice {
            id: Some("ai".parse()?),
            version: Some("3".parse()?),
            shown_at: Some(at),
            purposes: Purposes::TRAIN_GENERATIVE,
            controller: Some("acme".parse()?),
        }),
        evidence: Some("log:1".parse()?),
        given_via: Channels::WEB,
        withdraw_via: Channels::WEB,
        valid_until: Some(utc_datetime!(2025-09-10 0:00)),
        ..Details::default()
    };
    let record = ConsentRecord::new("g1".parse()?, "alice".parse()?, statement, details)?;
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
