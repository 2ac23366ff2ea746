//! The words of consent records and rows: purposes, categories of data, terms, ids, instants, and
//! their names on the wire.

pub(crate) mod condition;
pub(crate) mod flags;
pub(crate) mod id;
pub(crate) mod instant;
pub(crate) mod purpose;
pub(crate) mod term;
pub(crate) mod wire;
