//! A row that was withheld.

use consent_gate::{Consented, Withheld};

struct Row;

fn train(_: Consented<'_, Row>) {}

fn forge(withheld: Withheld<Row>) {
    train(withheld);
}

fn main() {}
