//! What records are worth to one gate, put before another.

use consent_gate::{Gate, Standings};

fn forge<'a>(lenient: Standings<'a>, strict: &'a Gate) -> Standings<'a> {
    Standings {
        gate: strict,
        ..lenient
    }
}

fn main() {}
