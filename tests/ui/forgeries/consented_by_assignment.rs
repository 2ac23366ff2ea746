//! A consented row, changed in place.

use consent_gate::Consented;

struct Row {
    text: &'static str,
}

fn forge(honest: Consented<'_, Row>) {
    honest.text = "somebody else's";
}

fn main() {}
