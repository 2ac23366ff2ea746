//! The gate on iterators, parallel iterators and streams.

mod door;
pub(crate) mod iterator;
#[cfg(feature = "rayon")]
pub mod parallel;
mod read_ahead;
#[cfg(feature = "stream")]
pub mod stream;
