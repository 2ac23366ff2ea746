//! A tokio task sends rows with their witness through a channel to the task that writes them.

use std::error::Error;

use consent_gate::json::{OnUnreadable, read_consents};
use consent_gate::{Consented, Gate, GatedIterator, Purposes};
use time::macros::utc_datetime;
use tokio::sync::mpsc::{self, Receiver};

mod post;

use post::{CONSENTS, Post};

/// Takes no row without its witness.
async fn write(mut rows: Receiver<Consented<'static, Post>>) -> Vec<String> {
    let mut written = Vec::new();
    while let Some(row) = rows.recv().await {
        written.push(format!(
            "{} {:?} {}",
            row.0,
            row.grants(),
            row.gate().trainer().as_str()
        ));
    }
    written
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("xai", Purposes::TRAIN_GENERATIVE, as_of).build()?;
    let ledger = read_consents(CONSENTS, OnUnreadable::Stop)?;

    let (sender, receiver) = mpsc::channel(16);
    let writer = tokio::spawn(write(receiver));
    let posts = ["alice", "jonas", "vera"].map(Post);
    for row in posts.into_iter().consented(gate.with(&ledger)) {
        // `into_owned` borrows nothing of the gate and the ledger.
        sender.send(row.into_owned()).await?;
    }
    drop(sender);
    assert_eq!(writer.await?, [r#"vera ["record-24"] xai"#]);
    Ok(())
}
