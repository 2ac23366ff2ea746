//! The witness of one row, put on another by struct update.

use consent_gate::Consented;

struct Row;

fn forge<'g>(honest: Consented<'g, Row>, other: Row) -> Consented<'g, Row> {
    Consented {
        row: other,
        ..honest
    }
}

fn main() {}
