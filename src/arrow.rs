//! Record batches of Arrow: the gate on columns.
//!
//! [`Columns`] says which columns have what the gate has to know of a row. A batch is decided on as a
//! whole, and the rows of it that pass are a [`Consented`](crate::Consented) batch:
//!
//! ```
//! use std::sync::Arc;
//!
//! use arrow_array::{ArrayRef, RecordBatch, TimestampMillisecondArray, UInt64Array};
//! use consent_gate::arrow::Columns;
//! use consent_gate::{DataCategories, Gate, Ledger, Purposes, Snapshot};
//! use time::macros::utc_datetime;
//!
//! let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
//! let snapshot = Snapshot::new(&gate, &Ledger::new());
//!
//! let users: ArrayRef = Arc::new(UInt64Array::from(vec![7, 12]));
//! let times = TimestampMillisecondArray::from(vec![1_727_740_800_000; 2]).with_timezone("UTC");
//! let times: ArrayRef = Arc::new(times);
//! let batch = RecordBatch::try_from_iter([("user_id", users), ("created_at", times)])?;
//!
//! let columns = Columns::new("user_id")
//!     .collected_at("created_at")
//!     .data_unless_named(DataCategories::POSTS)
//!     .without_signals();
//! let decided = columns.decide(&batch, &snapshot)?;
//! assert_eq!(decided.report().withheld(), 2);
//! assert_eq!(decided.consented()?.num_rows(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! | | types |
//! |---|---|
//! | people | whole numbers, texts, `FixedSizeBinary(16)` for UUIDs, `Decimal128` of scale 0; a list of one of these |
//! | time of collection | timestamps of any unit, with a zone or [in one that is named](Columns::zone); whole numbers of [a named unit](Columns::collected_at_in) |
//! | categories, restricted purposes | texts, or lists of texts |
//!
//! Each may be a dictionary. Texts are `Utf8`, `LargeUtf8` or `Utf8View`. **A column of floating-point
//! numbers is refused for people**: it rounds ids above 2^53 to those of others.
//!
//! # NULL
//!
//! NULL is an absent value and never a yes. A row whose person is NULL has no subject (R1), one whose
//! time is NULL leaves R16 unproven, and one whose restricted purposes are NULL has signals that were not
//! read (R18). A value that cannot be what the column is about, such as a negative id, makes its row
//! unreadable: it does not pass, and is counted as unreadable.

mod batches;
mod columns;
mod decided;
mod embedded;
mod error;
mod facts;
mod people;
mod row;

pub use self::batches::{BatchesError, ConsentedBatches};
pub use self::columns::Columns;
#[cfg(feature = "decision-table")]
pub(crate) use self::columns::Described;
pub use self::decided::DecidedBatch;
pub use self::error::{ColumnError, UnreadableCell};
#[cfg(feature = "interchange")]
pub(crate) use self::facts::instant_at;
#[cfg(feature = "interchange")]
pub(crate) use self::people::keys;
pub use self::row::BatchRow;
