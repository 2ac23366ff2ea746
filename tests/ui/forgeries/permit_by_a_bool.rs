//! A permit made from `true`.

use consent_gate::Decision;

fn forge<'g>() -> Decision<'g> {
    true
}

fn main() {}
