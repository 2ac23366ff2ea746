//! Names of a vocabulary and the purposes that they stand for.

use crate::vocabulary::purpose::Purposes;

/// The "AI purposes", for a vocabulary that names AI without a finer distinction.
pub(super) const AI: Purposes = Purposes::AI_TRAINING
    .union(Purposes::AI_INPUT)
    .union(Purposes::EMBEDDING)
    .union(Purposes::AI_EVALUATION);

/// The names of a vocabulary, each with the purposes that a no to it restricts.
pub(super) type Names = [(&'static str, Purposes)];

pub(super) fn named(names: &Names, name: &str) -> Option<Purposes> {
    let found = names.iter().find(|(each, _)| *each == name);
    found.map(|(_, purposes)| *purposes)
}
