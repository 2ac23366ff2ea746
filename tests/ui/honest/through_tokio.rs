//! A consented row goes through a tokio channel to a spawned task, and a function rather than a closure
//! returns what is on file.

use consent_gate::{Consented, Decided, Gate, OnFile, Purposes, UserRecord};
use time::macros::utc_datetime;

struct Row;

impl UserRecord for Row {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        ["alice"].into_iter()
    }
}

fn database(_: &Row, id: &str) -> OnFile<'static> {
    assert_eq!(id, "alice");
    OnFile::complete(Vec::new())
}

fn admit(row: Row) -> Decided<'static, Row> {
    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("acme", Purposes::SEARCH, as_of)
        .build()
        .unwrap();
    gate.with(database).admit(row).into_owned()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<Consented<'static, Row>>(1);
    let writer = tokio::spawn(async move {
        let mut grants = 0;
        while let Some(row) = receiver.recv().await {
            grants += row.grants().iter().count();
        }
        grants
    });
    let asker = tokio::spawn(async move {
        match admit(Row) {
            Decided::Consented(row) => sender.send(row).await.unwrap(),
            Decided::Withheld(row) => assert!(row.reasons().to_string().contains("R1")),
        }
    });
    asker.await.unwrap();
    assert_eq!(writer.await.unwrap(), 0);
}
