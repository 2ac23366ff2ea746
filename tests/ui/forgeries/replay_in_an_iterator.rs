//! A replay where a gate is required: rows would come out.

use consent_gate::{Consented, GatedIterator, Ledger, Replay, UserRecord};

struct Row;

impl UserRecord for Row {}

fn forge<'g>(rows: Vec<Row>, replay: &'g Replay, ledger: &'g Ledger) -> Vec<Consented<'g, Row>> {
    rows.into_iter().consented(replay.with(ledger)).collect()
}

fn main() {}
