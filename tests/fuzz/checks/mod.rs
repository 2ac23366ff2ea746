//! The guarantees of each reader for any bytes: no panic, no grant from
//! bytes that do not say so, and what was written is read again equal.
//!
//! The fuzz targets look for bytes for which it does not hold. A plain test asks again about those
//! that they found worth keeping.

#![allow(dead_code, reason = "each target asks for one of these")]

mod documents;
mod native;
mod rows;
mod said;
mod signals;
mod snapshots;
mod table;

pub(crate) use documents::{dpv, fhir, fides, kantara, map_files, maps};
pub(crate) use native::consents;
pub(crate) use rows::rows;
pub(crate) use signals::signals;
pub(crate) use snapshots::snapshots;
pub(crate) use table::csv;

/// Gives a reader some bytes, and fails when it breaks a guarantee.
pub(crate) type Check = fn(&[u8]);

/// All of them, by the names of the targets.
pub(crate) const CHECKS: [(&str, Check); 11] = [
    ("consents", consents),
    ("csv", csv),
    ("dpv", dpv),
    ("fhir", fhir),
    ("fides", fides),
    ("kantara", kantara),
    ("map_files", map_files),
    ("maps", maps),
    ("rows", rows),
    ("signals", signals),
    ("snapshots", snapshots),
];
