//! The rules, told a second time: an oracle, random worlds, laws, and exhaustive walks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "tests may stop"
)]

mod laws;
mod oracle;
mod strategies;
mod walks;
