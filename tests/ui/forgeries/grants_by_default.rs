//! A permit that rests on no grants at all.

use consent_gate::{Decision, Grants};

fn main() {
    let _forged = Decision::Permit(Grants::default());
}
