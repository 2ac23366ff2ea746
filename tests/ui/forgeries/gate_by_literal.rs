//! A gate that was not built.

use consent_gate::Gate;

fn whatever<T>() -> T {
    loop {}
}

fn forge() -> Gate {
    Gate { 0: whatever() }
}

fn main() {}
