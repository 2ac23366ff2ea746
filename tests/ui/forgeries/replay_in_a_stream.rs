//! A replay where a gate is required: rows would come out, one after the other.

use consent_gate::{Consented, GatedStream, Ledger, Replay, UserRecord};
use futures_core::Stream;

struct Row;

impl UserRecord for Row {}

fn forge<'g>(
    rows: impl Stream<Item = Row>,
    replay: &'g Replay,
    ledger: &'g Ledger,
) -> impl Stream<Item = Consented<'g, Row>> {
    rows.consented(replay.with(ledger))
}

fn main() {}
