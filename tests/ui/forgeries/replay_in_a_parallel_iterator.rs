//! A replay where a gate is required: rows would come out, on many threads.

use consent_gate::{Consented, Ledger, ParallelGatedIterator, Replay, UserRecord};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

struct Row;

impl UserRecord for Row {}

fn forge<'g>(rows: Vec<Row>, replay: &'g Replay, ledger: &'g Ledger) -> Vec<Consented<'g, Row>> {
    rows.into_par_iter().consented(replay.with(ledger)).collect()
}

fn main() {}
