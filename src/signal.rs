#![doc = include_str!("docs/signals.md")]

#[cfg(feature = "signal")]
mod dictionary;
#[cfg(feature = "signal")]
mod fields;
mod kind;
#[cfg(feature = "signal")]
mod object;
#[cfg(feature = "signal")]
mod preferences;
#[cfg(feature = "signal")]
mod rsl;
#[cfg(feature = "signal")]
mod training_mining;

#[cfg(feature = "signal")]
pub use dictionary::{content_signal, content_usage};
#[cfg(feature = "signal")]
pub use fields::{gpc, tdm_reservation, x_robots_tag};
pub use kind::Kind;
#[cfg(feature = "signal")]
pub use preferences::{preference_ai, user_intents};
#[cfg(feature = "signal")]
pub use rsl::rsl;
#[cfg(feature = "signal")]
pub use training_mining::training_mining;

/// The "AI purposes", for a vocabulary that names AI without a finer distinction.
#[cfg(feature = "signal")]
const AI: crate::vocabulary::purpose::Purposes = crate::vocabulary::purpose::Purposes::AI_TRAINING
    .union(crate::vocabulary::purpose::Purposes::AI_INPUT)
    .union(crate::vocabulary::purpose::Purposes::EMBEDDING)
    .union(crate::vocabulary::purpose::Purposes::AI_EVALUATION);

/// The names of a vocabulary, each with the purposes that a no to it restricts.
#[cfg(feature = "signal")]
type Names = [(&'static str, crate::vocabulary::purpose::Purposes)];

#[cfg(feature = "signal")]
fn named(names: &Names, name: &str) -> Option<crate::vocabulary::purpose::Purposes> {
    let found = names.iter().find(|(each, _)| *each == name);
    found.map(|(_, purposes)| *purposes)
}
