//! `map` may return anything: who calls it says so (`map_unchecked`).

use consent_gate::Consented;

struct Row;

fn forge(honest: Consented<'_, Row>, other: Row) -> Consented<'_, Row> {
    honest.map(|_| other)
}

fn main() {}
