//! Tables and functions of DataFusion: the gate below SQL.
//!
//! A [`GatedTable`] wraps any table, and no query sees more of it than the rows that pass. It is not a
//! condition that a query may leave out: the table is read without filters and limits, the gate decides,
//! and everything else of the query works on what is left.
//!
//! ```
//! use std::sync::Arc;
//!
//! use consent_gate::arrow::Columns;
//! use consent_gate::datafusion::GatedTable;
//! use consent_gate::{Gate, Ledger, Purposes, Snapshot};
//! use datafusion_session::TableProvider;
//! use time::macros::utc_datetime;
//!
//! fn gated(posts: Arc<dyn TableProvider>) -> Result<GatedTable, Box<dyn std::error::Error>> {
//!     let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
//!     let snapshot = Arc::new(Snapshot::new(&gate, &Ledger::new()));
//!     let columns = Columns::new("user_id").collected_at("created_at").without_signals();
//!     Ok(GatedTable::new(posts, columns, snapshot)?)
//! }
//! ```
//!
//! Register it under the only name that queries get:
//! `context.register_table("posts", Arc::new(gated(posts)?))`. A [`GatedCatalog`] does that for all tables of
//! a catalog, and refuses those that it cannot gate.
//!
//! # What it keeps from a query
//!
//! | a query may try | what happens |
//! |---|---|
//! | a filter with a side effect or an error, such as `1/(x-5)` | it is computed on rows that passed, and on no others |
//! | `COUNT(*)`, `min` and `max` from statistics of a file | the table has no statistics; rows that passed are counted |
//! | a `LIMIT` that is pushed down | it counts rows that passed |
//! | `EXPLAIN`, `EXPLAIN ANALYZE` | they show that a gate is there, and nothing below it |
//! | an error of the reader, such as a line of CSV that it quotes | the error says that the table could not be read |
//! | `INSERT`, `UPDATE`, `DELETE` | not supported |
//!
//! Whoever can read the files, or register them as tables, needs no gate to get around: keep the table
//! below out of the session, and let users run queries and not DDL (`SQLOptions`).
//!
//! # In the text of a query
//!
//! [`consent_gate`] and [`consent_reasons`] are functions for queries that want the decision as a column.
//! They keep nothing from a query that leaves them out.

mod arguments;
mod catalog;
mod error;
mod exec;
mod functions;
mod source;
#[cfg(feature = "snapshot-file")]
mod stored;
mod table;

pub use self::catalog::GatedCatalog;
#[cfg(feature = "snapshot-file")]
pub use self::functions::consent_gate_by_file;
pub use self::functions::{consent_gate, consent_reasons};
pub use self::source::SharedSource;
#[cfg(feature = "snapshot-file")]
pub use self::stored::StoredSnapshotError;
pub use self::table::GatedTable;
