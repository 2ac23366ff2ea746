//! Asks a past question again, with what the ledger knows: which rows would have passed, and why the
//! others would not. A replay lets no row pass.

use std::error::Error;
use std::io::{Write, stdout};

use consent_gate::json::{OnUnreadable, read_consents};
use consent_gate::{Gate, GatedIterator, Purposes, Replayed};
use time::macros::utc_datetime;

mod post;

use post::{CONSENTS, Post};

fn main() -> Result<(), Box<dyn Error>> {
    // Jonas withdrew on 15 October, after this instant.
    let as_of = utc_datetime!(2024-10-01 0:00);
    let gate = Gate::builder("xai", Purposes::TRAIN_GENERATIVE, as_of).build()?;
    let replay = gate.replay();
    let ledger = read_consents(CONSENTS, OnUnreadable::Stop)?;
    let mut out = stdout().lock();

    let posts = vec![Post("alice"), Post("jonas"), Post("vera")];
    let mut rows = posts.into_iter().decided(replay.with(&ledger));
    for row in rows.by_ref() {
        match row {
            Replayed::WouldPass(row) => writeln!(out, "{} would have passed", row.row().0)?,
            Replayed::Withheld(row) => writeln!(out, "{}: {}", row.row().0, row.reasons())?,
        }
    }
    writeln!(out, "{}", rows.report())?;
    // The gate itself knows of the withdrawal, whatever instant it asks for.
    assert!(!gate.with(&ledger).decide(&Post("jonas")).is_permit());
    assert!(replay.with(&ledger).decide(&Post("jonas")).is_permit());
    Ok(())
}
