//! A consented row out of nothing.

use consent_gate::Consented;

#[derive(Default)]
struct Row;

fn main() {
    let _forged: Consented<'_, Row> = Consented::default();
}
