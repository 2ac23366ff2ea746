//! Puts the gate between a `Vec` of posts and a dataset, and prints what was withheld and why.

use std::error::Error;
use std::io::{Write, stdout};

use consent_gate::json::{OnUnreadable, read_consents};
use consent_gate::{Gate, GatedIterator, Purposes};
use time::macros::utc_datetime;

mod post;

use post::{CONSENTS, Post};

fn main() -> Result<(), Box<dyn Error>> {
    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("xai", Purposes::TRAIN_GENERATIVE, as_of).build()?;
    let ledger = read_consents(CONSENTS, OnUnreadable::Stop)?;
    let mut out = stdout().lock();

    // Alice's setting was switched on for her, jonas withdrew, and no one asked zoe.
    let posts = ["alice", "jonas", "vera", "zoe"].map(Post);
    let mut rows = Vec::from(posts).into_iter().consented(gate.with(&ledger));
    for row in rows.by_ref() {
        writeln!(out, "{} said yes in {:?}", row.0, row.grants())?;
    }
    assert_eq!(
        (rows.report().consented(), rows.report().withheld()),
        (1, 3)
    );
    writeln!(out, "{}", rows.report())?;
    Ok(())
}
