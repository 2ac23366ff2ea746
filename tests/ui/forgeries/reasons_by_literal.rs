//! A denial without a reason.

use consent_gate::{Decision, Reasons, Rules};

fn main() {
    let _forged = Decision::Deny(Reasons {
        contradicted: Rules::empty(),
        unproven: Rules::empty(),
    });
}
