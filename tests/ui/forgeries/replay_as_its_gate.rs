//! The gate inside a replay.

use consent_gate::{Gate, Replay};

fn forge(replay: &Replay) -> &Gate {
    replay.question()
}

fn main() {}
