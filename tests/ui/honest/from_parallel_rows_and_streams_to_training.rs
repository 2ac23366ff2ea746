//! Rows in parallel, and rows of a stream, are trained on as those of an iterator are.

use std::pin::pin;

use consent_gate::{
    Consented, Gate, GateError, GatedStream, Ledger, ParallelGatedIterator, Purposes, UserRecord,
};
use futures_core::Stream;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use time::macros::utc_datetime;

struct Row;

impl UserRecord for Row {}

fn train(row: Consented<'_, Row>) {
    drop(row);
}

fn main() -> Result<(), GateError> {
    let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    let ledger = Ledger::new();
    let rows = vec![Row].into_par_iter().consented(gate.with(&ledger));
    let ((), report) = rows.counted(|rows| rows.for_each(train));
    assert_eq!(report.withheld(), 1);
    Ok(())
}

#[allow(dead_code, reason = "compiled and not run")]
async fn train_later(rows: impl Stream<Item = Row>, gate: &Gate, ledger: &Ledger) {
    let mut rows = pin!(rows.consented(gate.with(ledger)));
    while let Some(row) = std::future::poll_fn(|context| rows.as_mut().poll_next(context)).await {
        train(row);
    }
}
