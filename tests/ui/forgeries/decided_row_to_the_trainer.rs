//! A row that was decided on, whatever the decision.

use consent_gate::{Consented, Decided};

struct Row;

fn train(_: Consented<'_, Row>) {}

fn forge(decided: Decided<'_, Row>) {
    train(decided);
}

fn main() {}
