//! A permit because somebody says it is true.

use consent_gate::Decision;

fn forge<'g>() -> Decision<'g> {
    true
}

fn main() {}
