//! Signals that were never read, marked as read.

use consent_gate::{Purposes, Restrictions};

fn main() {
    let _forged = Restrictions {
        purposes: Purposes::empty(),
        is_readable: true,
    };
}
