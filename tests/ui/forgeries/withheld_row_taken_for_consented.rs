//! A row that was withheld, called consented.

use consent_gate::{Decided, Withheld};

struct Row;

fn forge<'g>(withheld: Withheld<Row>) -> Decided<'g, Row> {
    Decided::Consented(withheld)
}

fn main() {}
