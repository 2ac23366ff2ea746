//! Consent records and rows from JSON Lines (feature `json`).
//!
//! A line is one JSON value in UTF-8 and ends with a line feed, or with the end of the file. A
//! blank line is not a value, so it is unreadable. Lines and columns count from 1, and columns count
//! bytes. The column of an error is the position at which reading stopped, which is just after the
//! problem. No error repeats the content of a line.

mod anywhere;
mod consents;
mod lines;
mod owned_rows;
mod pointer;
mod problem;
mod rows;
mod time_form;
mod unreadable;

pub use consents::{OnUnreadable, ReadError, read_consents};
#[cfg(feature = "interchange")]
pub(crate) use consents::{quarantine, read_lines};
pub use lines::{Chunk, LONGEST_LINE, LineChunks, lines};
pub use owned_rows::{OwnedRow, Rows, RowsError, rows};
pub use pointer::{InvalidPointer, Pointer};
#[cfg(feature = "interchange")]
pub(crate) use problem::Problem;
pub use rows::{Row, RowError, RowField, RowReader};
pub use time_form::{InvalidTimeForm, InvalidZone, TimeForm, parse_zone};
