//! A custom source that gives a permit that was meant for another row.

use consent_gate::{ConsentSource, Decision, Gate, UserRecord};

struct Stale<'g>(Decision<'g>);

impl<'g, R: UserRecord + ?Sized> ConsentSource<'g, R> for Stale<'g> {}

fn pass<'g, R: UserRecord>(gate: &'g Gate, row: R, permit: Decision<'g>) {
    let _ = gate.with(Stale(permit)).admit(row).consented();
}

fn main() {}
