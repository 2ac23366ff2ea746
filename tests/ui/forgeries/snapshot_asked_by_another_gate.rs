//! A snapshot answers for the gate that it was made for, and for no other one.

use consent_gate::{Decision, Gate, Snapshot, UserRecord};

struct Row;

impl UserRecord for Row {}

fn forge<'g>(row: &Row, other: &'g Gate, snapshot: &'g Snapshot) -> Decision<'g> {
    other.with(snapshot).decide(row)
}

fn main() {}
