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

/// The parts of words in which a person can read something about AI.
const ABOUT_AI: [&[u8]; 15] = [
    b"ai",
    b"genai",
    b"llm",
    b"llms",
    b"ml",
    b"tdm",
    b"train",
    b"training",
    b"notrain",
    b"notraining",
    b"nollm",
    b"nogenai",
    b"noai",
    b"noimageai",
    b"noml",
];

/// Returns true for a word in which a person can read something about AI, such as `ai-train`.
pub(super) fn is_about_ai(word: &[u8]) -> bool {
    let is_separator = |byte: &u8| matches!(byte, b'-' | b'_' | b'.');
    let mut parts = word.split(is_separator);
    parts.any(|part| ABOUT_AI.iter().any(|name| part.eq_ignore_ascii_case(name)))
}
