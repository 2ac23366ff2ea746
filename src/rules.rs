#![cfg_attr(
    any(feature = "json", feature = "signal"),
    doc = "\n[signals]: crate::signal\n"
)]
#![doc = include_str!("docs/rules.md")]

mod bits;
pub(crate) mod facts;
pub(crate) mod grant;
pub(crate) mod parties;
pub(crate) mod readability;
mod reasons;
pub(crate) mod standing;
mod terms;
mod waivers;

pub use bits::Rules;
pub use reasons::Reasons;
pub(crate) use reasons::outcomes;
pub use terms::Terms;
pub(crate) use terms::{Tense, duration_text};
pub use waivers::{NotWaivable, Waivers};
