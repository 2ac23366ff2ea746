//! A waiver of what cannot be waived.

use consent_gate::{Rules, Waivers};

fn main() {
    let _forged = Waivers {
        0: Rules::EXPLICIT,
    };
}
