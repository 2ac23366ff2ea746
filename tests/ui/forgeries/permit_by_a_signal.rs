//! A permit that rests on a signal.

use consent_gate::{Decision, Restrictions};

fn forge<'g>() -> Decision<'g> {
    Decision::Permit(Restrictions::none())
}

fn main() {}
