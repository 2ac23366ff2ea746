//! The decision as a table and as SQL, for engines in which this crate cannot run.
//!
//! [`Snapshot::to_table`](crate::Snapshot::to_table) writes what one gate makes of everyone's consents: a row
//! for each grant of each person. [`Gate::predicate`](crate::Gate::predicate) writes the query that joins it
//! with rows and leaves those that pass. DuckDB, Spark, DataFusion and Polars are asked the same question as
//! this crate and give the same answer.
//!
//! ```
//! use consent_gate::arrow::Columns;
//! use consent_gate::decision_table::Dialect;
//! use consent_gate::{DataCategories, Gate, Ledger, Purposes, Snapshot};
//! use time::macros::utc_datetime;
//!
//! let gate = Gate::builder("acme", Purposes::SEARCH, utc_datetime!(2024-11-01 0:00)).build()?;
//! let ledger = Ledger::new();
//! let snapshot = Snapshot::new(&gate, &ledger);
//! for batch in snapshot.to_table(ledger.digest()) {
//!     println!("{} grants", batch?.num_rows()); // an `ArrowWriter` writes them to a Parquet file
//! }
//!
//! let columns = Columns::new("user_id")
//!     .collected_at("created_at")
//!     .data_unless_named(DataCategories::POSTS)
//!     .without_signals();
//! let query = gate.predicate(&columns).query(Dialect::DuckDb, "posts", "consents")?;
//! assert!(query.starts_with("SELECT r.*"));
//! assert!(query.contains(&gate.digest().to_string()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The columns of the table
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `subject` | text | the id of the person, as a text |
//! | `grant` | text, or NULL | the id of the grant; NULL for a person without one |
//! | `holds` | Boolean | whether the grant meets every rule that does not need the row |
//! | `unproven`, `contradicted` | lists of texts | the names of the rules that it does not |
//! | `covers_from` | timestamp (UTC, microseconds) | rows collected from then on are covered, inclusive |
//! | `covers_to` | timestamp | the last instant of the year 9999: a later time is none |
//! | `covers_posts` and so on | Boolean | for each category of data, whether the grant covers it |
//! | `denied_posts` and so on | Boolean | for each category, whether a denial takes it away |
//! | `complete_through` | timestamp, or NULL | every statement up to then is on file, inclusive |
//! | `gate`, `consents` | texts | the digests of the gate and of the consents |
//!
//! Only the query decides: that a person is in the table, and also that `holds` is true, says nothing of a
//! row. A table that was made for another gate has another digest, and then no row passes.
//!
//! # Where the two could differ, and do not permit
//!
//! Engines keep microseconds. An instant between two of them is written as the later one where a grant begins,
//! and as the earlier one in `complete_through`. **Times of rows that are finer than a microsecond** have to
//! be compared as they are, which DuckDB and Spark do not do: they cut them. A row is then dated earlier, by
//! less than a microsecond, which R16 only denies more for, and R19, where the gate sets a maximum lag, may not.
//!
//! A value that this crate calls unreadable does not pass either: a number as a float, an unknown category,
//! a time without a zone.

mod dialect;
mod export;
mod predicate;

pub use self::dialect::Dialect;
pub use self::export::SnapshotTable;
pub use self::predicate::{Predicate, PredicateError};
