//! A gate, a ledger and a snapshot are shared between threads, and what passed is sent to another.

use consent_gate::{Consented, Gate, Ledger, Purposes, Replay, Report, Snapshot, Standings};
use time::macros::utc_datetime;

fn is_shared<T: Send + Sync>(_: &T) {}

fn is_sent<T: Send + Sync>() {}

fn main() -> Result<(), consent_gate::GateError> {
    let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    let ledger = Ledger::new();
    let snapshot = Snapshot::new(&gate, &ledger);
    is_shared(&gate);
    is_shared(&ledger);
    is_shared(&snapshot);
    is_sent::<Replay>();
    is_sent::<Report>();
    is_sent::<Standings<'_>>();
    is_sent::<Consented<'_, String>>();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| gate.trainer().as_str().len());
        assert!(asked.join().is_ok());
    });
    Ok(())
}
