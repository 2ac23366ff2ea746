//! A consented row written down field by field.

use consent_gate::{Consented, Gate, Grants};

struct Row;

fn whatever<T>() -> T {
    loop {}
}

fn forge<'g>(gate: &'g Gate, grants: Grants<'g>) -> Consented<'g, Row> {
    Consented {
        row: Row,
        gate,
        grants,
        proof: whatever(),
    }
}

fn main() {}
