//! What the program is asked to do.

use std::collections::HashSet;
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use consent_gate::json::{OnUnreadable, Pointer, RowField, RowReader};
use consent_gate::{
    DataCategories, Gate, NoticeId, NoticeVersion, PartyId, Purposes, Requirements, parse_instant,
};
use time::{Duration, UtcDateTime};

/// Lets rows of user data pass only when the person they are about said yes, explicitly, to AI
/// training by this party for this purpose.
///
/// Rows and consent records are JSON Lines; `-` is standard input or output; `.gz` and `.zst` are
/// read and written by extension. Output appears under its name only when all of it is complete.
#[derive(Debug, Parser)]
#[command(name = "gate", version)]
pub(crate) struct Args {
    /// The rows. May be given several times.
    ///
    /// Each file is then a shard: what is written of it goes into the folders that --out and
    /// --withheld name, under the name of the file. No two may have the same name, and none may be
    /// `-`. No file appears under its name before the rows of all of them are decided.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) rows: Vec<PathBuf>,
    /// The consent records.
    #[arg(long, value_name = "FILE", required_unless_present = "snapshot")]
    pub(crate) consents: Option<PathBuf>,
    /// The form of the consent records; their own, unless given.
    ///
    /// All but `csv` are documents, one a line. Receipts of `kantara` grant nothing, since nobody
    /// says what became of them.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        conflicts_with = "snapshot"
    )]
    pub(crate) format: Format,
    /// The party that consents of the format `fides` were given to, since they do not name it.
    #[arg(
        long,
        value_name = "PARTY",
        required_if_eq("format", "fides"),
        conflicts_with = "snapshot"
    )]
    pub(crate) controller: Option<PartyId>,
    /// What an earlier run with the same question made of its consent records and saved, instead
    /// of these.
    ///
    /// It is refused when it is damaged, or was made for another question. Rows that bring consent
    /// records of their own are withheld then, since what these are worth beside the others cannot
    /// be told without the others.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["consents", "quarantine", "save_snapshot"])]
    pub(crate) snapshot: Option<PathBuf>,
    /// Where to save what is made of the consent records, for other runs with the same question.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_snapshot: Option<PathBuf>,
    /// The party that will train.
    #[arg(long, value_name = "PARTY")]
    trainer: String,
    /// The purposes asked for.
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',', required = true)]
    purpose: Vec<Purposes>,
    /// The instant that the question is asked for: RFC 3339 with a zone.
    #[arg(long, value_name = "TIME", value_parser = parse_instant)]
    as_of: UtcDateTime,
    /// Where consented rows go, byte for byte: a file, or a folder for a file of each shard.
    ///
    /// Several shards need a folder. One that is missing is made; for a single file of rows, its
    /// name has to end with a slash.
    #[arg(
        long,
        value_name = "FILE OR FOLDER",
        required_unless_present = "replay"
    )]
    pub(crate) out: Option<PathBuf>,
    /// Where withheld and unreadable rows are listed, with reasons and without content.
    ///
    /// A file or a folder, as for the rows that pass. Lines are counted within their shard.
    #[arg(long, value_name = "FILE OR FOLDER")]
    pub(crate) withheld: Option<PathBuf>,
    /// Where the report goes, as JSON: one for all rows.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// A notice that informs; once one is given, no other does. May be given several times.
    #[arg(long, value_name = "ID@VERSION", value_parser = notice)]
    accept_notice: Vec<(NoticeId, NoticeVersion)>,
    /// How many days a consent lasts at most.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    max_age: Option<Duration>,
    /// Rules that count as met when they are unproven, by name. A contradicted rule still withholds.
    ///
    /// These can be waived: GRANULAR, INFORMED, EVIDENCED, WITHDRAWABLE, CAPACITY, CURRENT, PERIOD,
    /// CATEGORY, UNRESTRICTED. The others always need proof.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = waivable)]
    waive: Vec<Requirements>,
    /// Go on when consent records cannot be read: keep their subjects from passing, as long as at
    /// most so many do not even say whom they are about.
    #[arg(long, value_name = "NUMBER")]
    quarantine: Option<u64>,
    /// Say what would have been decided at the as-of instant. No rows are written.
    #[arg(long)]
    pub(crate) replay: bool,
    /// Where a field stands in the rows: a JSON Pointer. May be given for several fields.
    #[arg(long, value_name = "NAME=POINTER", value_parser = field)]
    field: Vec<(RowField, Pointer)>,
    /// The categories of rows that name none.
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',')]
    data: Vec<DataCategories>,
    /// How many threads decide; as many as there are cores, unless given.
    ///
    /// What is written does not depend on it.
    #[arg(long, value_name = "NUMBER", value_parser = threads)]
    threads: Option<NonZeroUsize>,
}

/// The forms of consent records.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// JSON Lines of the gate's own consent records.
    #[default]
    Native,
    /// A table of them.
    Csv,
    /// ISO/IEC TS 27560 in DPV.
    Dpv,
    /// Kantara consent receipts 1.1.
    Kantara,
    /// The privacy preference history of fides.
    Fides,
}

/// What is asked of every row, and how rows are read.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) gate: Gate,
    pub(crate) reader: RowReader,
    pub(crate) on_unreadable: OnUnreadable,
}

impl Args {
    /// The question, or the error of somebody who asks for what cannot be asked.
    pub(crate) fn question(&self) -> Result<Question, clap::Error> {
        let purposes = self.purpose.iter().copied().collect();
        let mut gate = Gate::builder(self.trainer.as_str(), purposes, self.as_of)
            .waive(self.waive.iter().copied().collect());
        for (id, version) in &self.accept_notice {
            gate = gate.accept_notice(id.clone(), version.clone());
        }
        if let Some(age) = self.max_age {
            gate = gate.maximum_age(age);
        }
        let on_unreadable = self
            .quarantine
            .map_or(OnUnreadable::Stop, |unnamed_at_most| {
                OnUnreadable::Quarantine { unnamed_at_most }
            });
        Ok(Question {
            gate: gate.build().map_err(wrong)?,
            reader: self.reader()?,
            on_unreadable,
        })
    }

    pub(crate) fn threads(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(cores)
    }

    fn reader(&self) -> Result<RowReader, clap::Error> {
        let data = self.data.iter().copied().collect();
        let mut reader = RowReader::new().data_unless_named(data);
        let mut placed = HashSet::new();
        for (field, pointer) in &self.field {
            if !placed.insert(field) {
                return Err(wrong(format!("--field {}: given twice", field.as_str())));
            }
            reader = reader.field(*field, pointer.clone());
        }
        Ok(reader)
    }
}

/// The error of somebody who asks for what cannot be done.
pub(crate) fn wrong(message: impl Display) -> clap::Error {
    Args::command().error(ErrorKind::ValueValidation, message)
}

fn notice(text: &str) -> Result<(NoticeId, NoticeVersion), &'static str> {
    let (id, version) = text.rsplit_once('@').ok_or("expected ID@VERSION")?;
    let named = |_| "expected an id and a version that are not blank";
    Ok((id.parse().map_err(named)?, version.parse().map_err(named)?))
}

/// Reads the name of a rule that can be waived; the error lists these and no others.
fn waivable(text: &str) -> Result<Requirements, String> {
    let all = Requirements::waivable();
    if let Ok(rule) = text.parse::<Requirements>()
        && all.contains(rule)
    {
        return Ok(rule);
    }
    let by_id = all.each().find(|rule| rule.ids().any(|id| id == text));
    let names: Vec<_> = by_id.unwrap_or(all).names().collect();
    Err(match by_id {
        Some(_) => format!("expected a name: for {text} write {}", names.join(", ")),
        None => format!(
            "expected one of the rules that can be waived: {}",
            names.join(", ")
        ),
    })
}

fn days(text: &str) -> Result<Duration, &'static str> {
    let days = text.parse::<u32>().ok().filter(|days| *days > 0);
    days.map(|days| Duration::days(days.into()))
        .ok_or("expected a whole number of days above zero")
}

fn threads(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse()
        .map_err(|_| "expected a whole number above zero")
}

fn field(text: &str) -> Result<(RowField, Pointer), String> {
    let (name, pointer) = text.split_once('=').ok_or("expected NAME=POINTER")?;
    let field = RowField::from_str(name).map_err(|error| error.to_string())?;
    Ok((field, pointer.parse().map_err(|error| format!("{error}"))?))
}
