//! A permit that rests on the name of a record.

use consent_gate::{Decision, RecordId};

fn forge<'g>(id: RecordId) -> Decision<'g> {
    Decision::Permit(id)
}

fn main() {}
