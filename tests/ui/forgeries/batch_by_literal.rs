//! Rows without consent, paired with the permits of others.

use consent_gate::ConsentedBatch;

struct Row;

fn forge<'g>(honest: ConsentedBatch<'g, Row>, others: Vec<Row>) -> ConsentedBatch<'g, Row> {
    ConsentedBatch {
        rows: others,
        ..honest
    }
}

fn main() {}
