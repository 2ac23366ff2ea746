//! Generic code that takes a gate or a replay cannot make a gate of either.

use consent_gate::{Asks, Gate};

fn forge<Q: Asks>(asker: &Q) -> &Gate {
    asker.terms()
}

fn main() {}
