//! A consented row, replaced in place by another.

use consent_gate::Consented;

struct Row;

fn put(place: &mut Row, other: Row) {
    *place = other;
}

fn forge(mut honest: Consented<'_, Row>, other: Row) {
    put(&mut honest, other);
}

fn main() {}
