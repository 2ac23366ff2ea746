//! The example `gate` as a program: its command line, the files that it writes, its messages, and
//! its exit status.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may stop"
)]

mod claims;
mod files;
mod formats;
mod hostile;
mod options;
mod others;
mod program;
mod reports;
mod scenarios;
mod shapes;
mod shards;
mod snapshots;
mod story;
mod threads;
mod usage;
mod world;
