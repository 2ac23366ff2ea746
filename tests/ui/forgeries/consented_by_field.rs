//! A consented row, replaced through its field.

use consent_gate::Consented;

struct Row;

fn forge(mut honest: Consented<'_, Row>, other: Row) {
    honest.row = other;
}

fn main() {}
