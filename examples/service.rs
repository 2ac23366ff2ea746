//! A service: threads share a gate, a ledger that withdrawals reach, and a snapshot that a reload
//! swaps. What passed goes to a worker thread with its witness.

#![expect(
    clippy::unwrap_used,
    reason = "a thread that panicked ends the example"
)]

use std::error::Error;
use std::sync::{Arc, RwLock, mpsc};
use std::thread;

use consent_gate::json::{OnUnreadable, read_consents};
use consent_gate::{ConsentRecord, Consented, DenialStatus, Gate, Ledger, Purposes, Snapshot};
use time::macros::utc_datetime;

mod post;

use post::{CONSENTS, Post};

struct State {
    gate: Gate,
    ledger: RwLock<Ledger>,
    snapshot: RwLock<Arc<Snapshot>>,
}

impl State {
    /// Asks the ledger: a withdrawal takes effect on the next answer.
    fn now(&self, post: Post) -> Option<Consented<'static, Post>> {
        let on_file = |_: &Post, id: &str| self.ledger.read().unwrap().on_file(id);
        self.gate.with(on_file).admit(post).into_owned().consented()
    }

    /// Asks the snapshot that is there when the request comes: a reload waits for no one.
    fn fast(&self, post: Post) -> Option<Consented<'static, Post>> {
        let snapshot = Arc::clone(&self.snapshot.read().unwrap());
        snapshot.admit(post).into_owned().consented()
    }

    /// Makes a snapshot from a clone of the ledger, so that no withdrawal waits for it, and swaps it.
    fn reload(&self) {
        let ledger = self.ledger.read().unwrap().clone();
        let snapshot = Arc::new(Snapshot::new(&self.gate, &ledger));
        *self.snapshot.write().unwrap() = snapshot;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let as_of = utc_datetime!(2024-11-01 0:00);
    let gate = Gate::builder("xai", Purposes::TRAIN_GENERATIVE, as_of).build()?;
    let ledger = read_consents(CONSENTS, OnUnreadable::Stop)?;
    let snapshot = RwLock::new(Arc::new(Snapshot::new(&gate, &ledger)));
    let state = Arc::new(State {
        gate,
        ledger: RwLock::new(ledger),
        snapshot,
    });

    let (sender, receiver) = mpsc::channel::<Consented<'static, Post>>();
    let worker = thread::spawn(move || receiver.iter().map(|row| row.0).collect::<Vec<_>>());
    let requests = ["alice", "vera", "zoe"].map(|author| {
        let (state, sender) = (Arc::clone(&state), sender.clone());
        thread::spawn(move || state.now(Post(author)).map(|row| sender.send(row).unwrap()))
    });
    let answers = requests.map(|request| request.join().unwrap().is_some());
    assert_eq!(answers, [false, true, false]);

    let withdrawal = ConsentRecord::denial("w-1", "vera", DenialStatus::Withdrawn).build()?;
    state.ledger.write().unwrap().insert(withdrawal);
    assert!(state.now(Post("vera")).is_none());
    assert!(state.fast(Post("vera")).is_some()); // the snapshot is from before
    state.reload();
    assert!(state.fast(Post("vera")).is_none());

    drop(sender);
    assert_eq!(worker.join().unwrap(), ["vera"]);
    Ok(())
}
