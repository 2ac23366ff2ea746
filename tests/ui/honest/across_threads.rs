//! A gate and its snapshot live in one `Arc`, are sent to threads, outlive the function that made
//! them, and what passed is sent on with its witness.

use std::collections::HashMap;
use std::sync::mpsc;
use std::sync::{Arc, RwLock};
use std::thread;

use consent_gate::{
    Assessment, Consented, Decided, Gate, GateError, GatedIterator, Ledger, OnFile, Purposes,
    Replay, Report, Snapshot, UserRecord,
};
use time::macros::utc_datetime;

struct Row;

impl UserRecord for Row {
    fn subjects(&self) -> impl Iterator<Item = &str> {
        ["alice"].into_iter()
    }
}

/// What a service keeps: no lifetime, no leak.
struct State {
    gate: Gate,
    ledger: RwLock<Ledger>,
    snapshot: RwLock<Arc<Snapshot>>,
    /// Outlives every call.
    assessed: RwLock<HashMap<String, Assessment>>,
}

fn is_shared<T: Send + Sync + 'static>() {}

fn load() -> Result<Snapshot, GateError> {
    let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
    Ok(Snapshot::new(&gate, &Ledger::new()))
}

fn remember(state: &State, id: &str) {
    let on_file: OnFile<'static> = state.ledger.read().unwrap().on_file(id);
    let assessment = Assessment::new(&state.gate, id, on_file);
    state.assessed.write().unwrap().insert(id.to_owned(), assessment);
}

fn write(row: Consented<'static, Row>) -> usize {
    row.grants().iter().count() + row.gate().trainer().as_str().len()
}

fn main() -> Result<(), GateError> {
    is_shared::<Gate>();
    is_shared::<Replay>();
    is_shared::<Ledger>();
    is_shared::<Snapshot>();
    is_shared::<Snapshot<Replay>>();
    is_shared::<Assessment>();
    is_shared::<Report>();
    is_shared::<State>();
    is_shared::<Consented<'static, String>>();

    let snapshot = load()?;
    let state = Arc::new(State {
        gate: snapshot.gate().clone(),
        ledger: RwLock::default(),
        snapshot: RwLock::new(Arc::new(snapshot)),
        assessed: RwLock::default(),
    });
    remember(&state, "alice");

    let (sender, receiver) = mpsc::channel::<Consented<'static, Row>>();
    let writer = thread::spawn(move || receiver.into_iter().map(write).sum::<usize>());
    let asked = Arc::clone(&state);
    let asker = thread::spawn(move || {
        let snapshot = Arc::clone(&asked.snapshot.read().unwrap());
        for row in [Row, Row].into_iter().consented(&*snapshot) {
            sender.send(row.into_owned()).unwrap();
        }
        let assessed = asked.assessed.read().unwrap();
        let cached = |_: &Row, id: &str| &assessed[id];
        match asked.gate.with(cached).admit(Row).into_owned() {
            Decided::Consented(row) => sender.send(row).unwrap(),
            Decided::Withheld(row) => assert!(row.reasons().to_string().contains("R1")),
        }
    });
    asker.join().unwrap();
    assert_eq!(writer.join().unwrap(), 0);
    Ok(())
}
