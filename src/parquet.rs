//! Parquet files: the rows that may be used are read, and the text of the others is not decoded.
//!
//! Of each row group the columns that the gate has to know are read first. Only the rows that pass are
//! then read with all columns.
//!
//! ```
//! use std::sync::Arc;
//!
//! use arrow_array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
//! use consent_gate::arrow::Columns;
//! use consent_gate::parquet::GatedFile;
//! use consent_gate::{Gate, Ledger, Purposes, Snapshot};
//! use parquet::arrow::ArrowWriter;
//! use time::macros::utc_datetime;
//!
//! let users: ArrayRef = Arc::new(UInt64Array::from(vec![7, 12]));
//! let texts: ArrayRef = Arc::new(StringArray::from(vec!["hi", "hello"]));
//! let batch = RecordBatch::try_from_iter([("user_id", users), ("text", texts)])?;
//! let mut file = Vec::new();
//! let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None)?;
//! writer.write(&batch)?;
//! writer.close()?;
//!
//! let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
//! let snapshot = Snapshot::new(&gate, &Ledger::new());
//! let file = GatedFile::from_bytes(file, Columns::new("user_id"))?;
//! let mut batches = file.consented(&snapshot);
//! assert!(batches.next().is_none());
//! assert_eq!(batches.report().withheld(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing is decided by what the file says of itself: neither statistics nor bloom filters are looked
//! at. A file must not be written to while it is read. The parser panics on some damaged files; that is
//! caught and is an error as any other, unless the program is built with `panic = "abort"`.

mod error;
mod file;
mod reader;
mod row_group;

pub use self::error::{FileError, FileProblem};
pub use self::file::{ConsentedRows, GatedFile};
pub use self::row_group::RowGroup;
