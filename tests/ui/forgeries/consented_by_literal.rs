//! A witness put together from its parts.

use consent_gate::Consented;

struct Row;

fn whatever<T>() -> T {
    loop {}
}

fn forge<'g>() -> Consented<'g, Row> {
    Consented {
        row: Row,
        permit: whatever(),
    }
}

fn main() {}
