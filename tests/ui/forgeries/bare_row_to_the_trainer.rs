//! A row that no gate has seen.

use consent_gate::Consented;

struct Row;

fn train(_: Consented<'_, Row>) {}

fn main() {
    train(Row);
}
