//! A consented row, read from a text that says it is one.

use consent_gate::Consented;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
struct Row {}

fn forge<'de, D: Deserializer<'de>>(text: D) -> Result<Consented<'static, Row>, D::Error> {
    Consented::deserialize(text)
}

fn main() {}
