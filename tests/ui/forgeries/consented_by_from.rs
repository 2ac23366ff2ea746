//! A bare row, converted.

use consent_gate::Consented;

struct Row;

fn forge<'g>(row: Row) -> Consented<'g, Row> {
    Consented::from(row)
}

fn main() {}
