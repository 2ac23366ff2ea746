//! A snapshot of a replay says what would have passed, and lets nothing pass.

use consent_gate::{Consented, GatedIterator, Replay, Snapshot, UserRecord};

struct Row;

impl UserRecord for Row {}

fn forge<'g>(rows: Vec<Row>, snapshot: &'g Snapshot<Replay>) -> Vec<Consented<'g, Row>> {
    rows.into_iter().consented(snapshot).collect()
}

fn main() {}
