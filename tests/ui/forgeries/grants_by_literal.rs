//! The grants that a permit rests on, made up.

use consent_gate::Grants;

fn whatever<T>() -> T {
    loop {}
}

fn forge<'g>() -> Grants<'g> {
    Grants { 0: whatever() }
}

fn main() {}
