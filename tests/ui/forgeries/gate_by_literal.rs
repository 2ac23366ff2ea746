//! A gate that was not built.

use consent_gate::{Gate, Replay};

fn forge(replay: Replay) -> Gate {
    Gate { 0: replay }
}

fn main() {}
