//! A denial without a reason.

use consent_gate::{Decision, Reasons, Requirements};

fn main() {
    let _forged = Decision::Deny(Reasons {
        contradicted: Requirements::empty(),
        unproven: Requirements::empty(),
    });
}
