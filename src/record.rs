//! The consent record: what it holds, how it is built, read and written, and how the rules see it.

mod builder;
mod error;
mod model;
mod reading;
pub(crate) mod view;
mod writing;

pub use builder::{NoticeBuilder, RecordBuilder};
pub use error::RecordError;
#[cfg(feature = "interchange")]
pub(crate) use error::shown_key;
pub use model::{ConsentRecord, DataPeriod, Details, Notice, Statement};
pub(crate) use model::{Times, times, times_mut};
