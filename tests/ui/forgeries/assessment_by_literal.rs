//! An assessment for a lenient gate taken for one for a strict gate.

use consent_gate::{Assessment, Gate};

fn forge(lenient: Assessment, strict: Gate) -> Assessment {
    Assessment {
        gate: strict,
        ..lenient
    }
}

fn main() {}
