//! A row of no consent added to a batch.

use consent_gate::ConsentedBatch;

struct Row;

fn forge(mut honest: ConsentedBatch<'_, Row>, other: Row) {
    honest[0] = other;
}

fn main() {}
