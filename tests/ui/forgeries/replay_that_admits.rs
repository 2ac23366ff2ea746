//! A replay that takes a row.

use consent_gate::{Ledger, Replay, UserRecord};

struct Row;

impl UserRecord for Row {}

fn forge<'g>(row: Row, replay: &'g Replay, ledger: &'g Ledger) {
    let _ = replay.with(&ledger).admit(row);
}

fn main() {}
