//! The constructor that the gate itself uses.

use consent_gate::Consented;

struct Row;

fn main() {
    let _forge = Consented::<Row>::new;
}
