//! A waiver of what cannot be waived.

use consent_gate::{Requirements, Waivers};

fn main() {
    let _forged = Waivers {
        0: Requirements::EXPLICIT,
    };
}
