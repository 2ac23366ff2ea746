//! The arguments of the program.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use arrow_schema::TimeUnit;
use clap::{Parser, ValueEnum};
use consent_gate::arrow::Columns;
use consent_gate::decision_table::Dialect;
use consent_gate::json::parse_zone;
use consent_gate::time::{UtcDateTime, UtcOffset};
use consent_gate::{DataCategories, Purposes, parse_instant};

/// Passes rows of Parquet files only when the person they are about said yes, explicitly, to AI training
/// by this party for this purpose.
///
/// No file appears before the rows of all files are decided, and none that is there is replaced.
#[derive(Debug, Parser)]
#[command(name = "gate_parquet", version)]
pub(crate) struct Args {
    /// A file of rows. May be repeated. No two may have the same name.
    #[arg(long, value_name = "FILE", required_unless_present = "table")]
    pub(crate) rows: Vec<PathBuf>,
    /// The file of consent records: JSON Lines, or Parquet with the fields of a record as columns where the
    /// name ends with `.parquet`.
    #[arg(long, value_name = "FILE")]
    pub(crate) consents: PathBuf,
    /// The column of the person, or of the list of people, that a row is about. May be repeated: a row is
    /// then about the people of all of them.
    #[arg(long, value_name = "COLUMN", required = true)]
    pub(crate) subject: Vec<String>,
    /// The column of the time at which a row was collected (R16).
    #[arg(long, value_name = "COLUMN")]
    pub(crate) collected_at: Option<String>,
    /// The unit of times that are whole numbers.
    #[arg(long, value_enum, value_name = "UNIT", requires = "collected_at")]
    pub(crate) unit: Option<Unit>,
    /// The zone of timestamps that state none: `UTC`, or an offset such as `+02:00`.
    #[arg(long, value_name = "ZONE", value_parser = parse_zone, allow_hyphen_values = true)]
    pub(crate) zone: Option<UtcOffset>,
    /// The column of the categories of data of a row (R17), by their names.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) categories: Option<String>,
    /// The categories of rows that name none, separated by commas, such as posts.
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',')]
    pub(crate) data: Vec<DataCategories>,
    /// The column of the purposes that signals on a row restrict (R18), by their names.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) restricted: Option<String>,
    /// The rows have no signals on them (R18).
    #[arg(long, conflicts_with = "restricted")]
    pub(crate) without_signals: bool,
    /// The party that will train.
    #[arg(long, value_name = "PARTY")]
    pub(crate) trainer: String,
    /// The purposes asked for, separated by commas, such as train-generative.
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',', required = true)]
    pub(crate) purpose: Vec<Purposes>,
    /// The instant for which the question is asked: RFC 3339 with a zone, such as 2024-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = parse_instant)]
    pub(crate) as_of: UtcDateTime,
    /// The folder for the rows that pass, one file for each file of rows, under its name.
    #[arg(long, value_name = "FOLDER", required_unless_present = "table")]
    pub(crate) out: Option<PathBuf>,
    /// Instead of rows: the file for the decision as a table, in Parquet. The query that joins it, as
    /// `consents`, with the rows, as `dataset`, goes to standard output.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rows", "out"])]
    pub(crate) table: Option<PathBuf>,
    /// The dialect of the query.
    #[arg(
        long,
        value_enum,
        value_name = "DIALECT",
        default_value = "duckdb",
        requires = "table"
    )]
    pub(crate) query: Engine,
    /// The column of `--subject` has lists, and this one another value in each row.
    #[arg(long, value_name = "COLUMN", requires = "table")]
    pub(crate) key: Option<String>,
    /// The number of threads. The default is the number of cores. The output does not depend on it.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Unit {
    S,
    Ms,
    Us,
    Ns,
}

/// An engine that asks the question itself.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Engine {
    Duckdb,
    Spark,
    Datafusion,
    Polars,
}

impl From<Engine> for Dialect {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Duckdb => Self::DuckDb,
            Engine::Spark => Self::Spark,
            Engine::Datafusion => Self::DataFusion,
            Engine::Polars => Self::Polars,
        }
    }
}

impl Args {
    pub(crate) fn columns(&self) -> Columns {
        let mut names = self.subject.iter();
        let first = names.next().map_or("", String::as_str);
        let mut columns = names.fold(Columns::new(first), Columns::people_in);
        if let Some(name) = &self.collected_at {
            columns = match self.unit {
                Some(unit) => columns.collected_at_in(name, unit.into()),
                None => columns.collected_at(name),
            };
        }
        if let Some(zone) = self.zone {
            columns = columns.zone(zone);
        }
        if let Some(name) = &self.categories {
            columns = columns.data(name);
        }
        if let Some(name) = &self.restricted {
            columns = columns.restricted_purposes(name);
        }
        if self.without_signals {
            columns = columns.without_signals();
        }
        columns.data_unless_named(self.data.iter().copied().collect())
    }

    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(cores).get()
    }
}

impl From<Unit> for TimeUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::S => Self::Second,
            Unit::Ms => Self::Millisecond,
            Unit::Us => Self::Microsecond,
            Unit::Ns => Self::Nanosecond,
        }
    }
}
