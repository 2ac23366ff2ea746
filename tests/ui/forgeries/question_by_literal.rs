//! The question of one gate, asked in the name of another.

use consent_gate::{Gate, Question};

fn forge<'g>(lenient: Question<'g>, strict: &'g Gate) -> Question<'g> {
    Question {
        gate: strict,
        ..lenient
    }
}

fn main() {}
