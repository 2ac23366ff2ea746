#![doc = include_str!("docs/signals.md")]

#[cfg(feature = "signal")]
mod dictionary;
#[cfg(feature = "signal")]
mod fields;
mod kind;
#[cfg(feature = "signal")]
mod names;
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
