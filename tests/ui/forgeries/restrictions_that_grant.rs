//! A signal that grants.

use consent_gate::{Purposes, Restrictions};

fn main() {
    let _forged = Restrictions::none().granting(Purposes::TRAIN_GENERATIVE);
}
