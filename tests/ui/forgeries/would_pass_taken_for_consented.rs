//! A row that would have passed a replay has no witness.

use consent_gate::{Consented, WouldPass};

struct Row;

fn forge<'g>(row: WouldPass<'g, Row>) -> Consented<'g, Row> {
    row
}

fn main() {}
