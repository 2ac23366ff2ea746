//! The grants that a permit rests on, made up.

use consent_gate::{Grants, RecordId};

fn forge<'g>(id: RecordId) -> Grants<'g> {
    Grants { 0: id }
}

fn main() {}
