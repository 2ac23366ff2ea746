//! The arguments of the program.

use std::collections::HashSet;
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use consent_gate::json::{OnUnreadable, Pointer, RowField, RowReader, TimeForm, parse_zone};
use consent_gate::{
    Condition, DataCategories, Gate, NoticeId, NoticeVersion, PartyId, Purposes, Rules,
    parse_instant,
};
use time::{Duration, UtcDateTime, UtcOffset};

/// Passes rows of user data only when the person they are about said yes, explicitly, to AI training
/// by this party for this purpose.
///
/// Rows and consent records are JSON Lines. `-` is standard input or output. Files with the extension
/// `.gz` or `.zst` are compressed. Output appears under its name only when all of it is complete.
#[derive(Debug, Parser)]
#[command(name = "gate", version)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub(crate) struct Args {
    /// The file of rows. May be repeated.
    ///
    /// Each file is then a shard, and its output goes to the folders that --out and --withheld name,
    /// under the name of the file. No two shards may have the same name, and none may be `-`. No
    /// output appears before the rows of all shards are decided.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) rows: Vec<PathBuf>,
    /// The file of consent records.
    #[arg(long, value_name = "FILE", required_unless_present = "snapshot")]
    pub(crate) consents: Option<PathBuf>,
    /// The format of the consent records.
    ///
    /// All but `csv` have one document a line. A `kantara` receipt grants nothing, because it does
    /// not say whether the consent is still in force.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        conflicts_with = "snapshot"
    )]
    pub(crate) format: Format,
    /// The party that consents in the format `fides` were given to, because fides does not name it.
    #[arg(
        long,
        value_name = "PARTY",
        required_if_eq("format", "fides"),
        conflicts_with = "snapshot"
    )]
    pub(crate) controller: Option<PartyId>,
    /// A map of the consent records, in TOML, or in JSON by the extension `.json`. It takes the place of `--format`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "snapshot"])]
    pub(crate) map: Option<PathBuf>,
    /// The field of an entry of `--format fides` that names the person. The default is `external_id`.
    #[arg(long, value_name = "NAME")]
    pub(crate) subject_field: Option<String>,
    /// The versions of notices of `--format fides`, as JSON, where entries have only the ids of theirs.
    #[arg(long, value_name = "FILE")]
    pub(crate) notices: Option<PathBuf>,
    /// How references of `--format fhir` become ids of people and parties. The default is `literal`.
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) references: Option<References>,
    /// The columns of `--format csv` whose names are not those of fields. May be repeated.
    ///
    /// NAME is the name of a column, and FIELD a field of a consent record, such as `user_id=subject`, or `-` for a
    /// column that is not read.
    #[arg(long, value_name = "NAME=FIELD", value_parser = column)]
    pub(crate) columns: Vec<(String, String)>,
    /// The character between the columns of `--format csv`. The default is a comma.
    #[arg(long, value_name = "NAME")]
    pub(crate) delimiter: Option<Delimiter>,
    /// A snapshot that an earlier run with the same question saved, in place of --consents.
    ///
    /// It is refused when it is damaged, or was made for another question. Rows with embedded consent
    /// records are then withheld, because those can only be assessed together with the records on
    /// file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["consents", "quarantine", "save_snapshot"])]
    pub(crate) snapshot: Option<PathBuf>,
    /// The file to save a snapshot of the consent records to, for later runs with the same question.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_snapshot: Option<PathBuf>,
    /// The file of other names of people and parties, for which denials count as well.
    ///
    /// One a line: {"kind":"subject","name":"old-name","of":"u1"}, or "kind":"party". A grant counts
    /// only for the name that it was given under. With --snapshot the file may name only parties: the
    /// other names of people are in the snapshot.
    #[arg(long, value_name = "FILE")]
    pub(crate) aliases: Option<PathBuf>,
    /// What happens where a denial is by an id that differs only in form from that of a grant.
    ///
    /// The form is letter case, white space, Unicode form, `mailto:`, and the zeros of numbers.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value_t,
        conflicts_with = "snapshot"
    )]
    pub(crate) near_misses: NearMisses,
    /// The instant up to which every statement is among the consent records (R19): RFC 3339 with a
    /// zone.
    #[arg(long, value_name = "TIME", value_parser = parse_instant, conflicts_with = "snapshot")]
    pub(crate) complete_through: Option<UtcDateTime>,
    /// How old the consent records may be at the as-of instant (R19): 90s, 30m, 36h or 7d.
    ///
    /// Rows are then withheld unless --complete-through is given and recent enough, and so are rows
    /// that were collected after it.
    #[arg(long, value_name = "DURATION", value_parser = lag)]
    max_lag: Option<Duration>,
    /// The conditions that you keep (R20), separated by commas, such as de-identified.
    #[arg(long, value_name = "CONDITION", value_delimiter = ',')]
    assure: Vec<Condition>,
    /// The party that will train.
    #[arg(long, value_name = "PARTY")]
    trainer: String,
    /// The purposes asked for, separated by commas, such as train-generative.
    #[arg(long, value_name = "PURPOSE", value_delimiter = ',', required = true)]
    purpose: Vec<Purposes>,
    /// The instant for which the question is asked: RFC 3339 with a zone, such as
    /// 2024-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = parse_instant)]
    as_of: UtcDateTime,
    /// The file for consented rows, byte for byte, or a folder for one file of each shard.
    ///
    /// Several shards need a folder. A missing folder is created; with a single file of rows, the
    /// name of the folder must end with a slash.
    #[arg(
        long,
        value_name = "FILE OR FOLDER",
        required_unless_present = "replay"
    )]
    pub(crate) out: Option<PathBuf>,
    /// The file that lists withheld and unreadable rows, with reasons and without content.
    ///
    /// Or a folder, as for --out. Line numbers count within the shard. The `id` of a row is copied as
    /// it is: with --field id=POINTER choose a field that does not name the person.
    #[arg(long, value_name = "FILE OR FOLDER")]
    pub(crate) withheld: Option<PathBuf>,
    /// The file for the report, as JSON. All shards are counted together.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Remove outputs that exist, before anything is read. Without it they are refused.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// A notice that counts as informing (R9). May be repeated. Without it any complete notice counts.
    #[arg(long, value_name = "ID@VERSION", value_parser = notice)]
    accept_notice: Vec<(NoticeId, NoticeVersion)>,
    /// The number of days that a consent lasts at most (R14).
    #[arg(long, value_name = "DAYS", value_parser = days)]
    max_age: Option<Duration>,
    /// Rules that count as met when they are unproven, by name or id. A contradicted rule still withholds.
    ///
    /// Several names are separated by commas. These can be waived: GRANULAR, INFORMED, EVIDENCED, WITHDRAWABLE, CAPACITY, CURRENT, PERIOD,
    /// CATEGORY, UNRESTRICTED, FRESH. The others always need proof.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = waivable)]
    waive: Vec<Rules>,
    /// Continue past unreadable consent records, and keep their subjects from passing.
    ///
    /// NUMBER is the limit (inclusive) for unreadable records that do not name a subject. They keep
    /// no one from passing, so a withdrawal among them has no effect.
    #[arg(long, value_name = "NUMBER")]
    quarantine: Option<u64>,
    /// Report what would have been decided at the as-of instant. No rows are written.
    #[arg(long)]
    pub(crate) replay: bool,
    /// The position of a field in the rows, as a JSON Pointer. May be repeated for other fields.
    ///
    /// NAME is `id`, `subject`, `subjects`, `collected_at`, `data`, `signals` or `consents`. Example:
    /// `subject=/user/id`. A pointer to `subjects` may have `*`, every member of a list or an object, and once
    /// `**`, any depth: `subjects=/**/user_id`. Given several times, `subjects` is at all of these positions.
    #[arg(long, value_name = "NAME=POINTER", value_parser = field)]
    field: Vec<(RowField, String)>,
    /// The form of times in rows. It is never guessed.
    ///
    /// FORM is `rfc3339` (the default), `epoch-s`, `epoch-ms`, `epoch-us`, `epoch-ns` (numbers or texts), `rfc2822`,
    /// `sql` (such as `2024-09-10 09:00:00+00`), or a pattern of strftime such as `%a %b %d %H:%M:%S %z %Y`.
    #[arg(long, value_name = "FORM")]
    time: Option<TimeForm>,
    /// The zone of times that state none, in rows with `--time` and in `--format csv`, such as `UTC` or
    /// `+02:00`. Without it such times are unreadable.
    #[arg(long, value_name = "ZONE", value_parser = parse_zone, allow_hyphen_values = true)]
    pub(crate) zone: Option<UtcOffset>,
    /// The data categories of rows that name none, separated by commas, such as posts.
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',')]
    data: Vec<DataCategories>,
    /// Write no summary to standard error. Notes and errors are written.
    #[arg(long)]
    pub(crate) quiet: bool,
    /// End with status 1 when a row is unreadable. The outputs are written all the same.
    #[arg(long)]
    pub(crate) fail_on_unreadable: bool,
    /// The number of threads. The default is the number of cores.
    ///
    /// The output does not depend on it.
    #[arg(long, value_name = "NUMBER", value_parser = threads)]
    threads: Option<NonZeroUsize>,
}

/// The formats of consent records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Consent records as the page of rules defines them, in JSON Lines
    #[default]
    Native,
    /// The same fields as the columns of a table
    Csv,
    /// ISO/IEC TS 27560 in DPV
    Dpv,
    /// Kantara consent receipts 1.1
    Kantara,
    /// The privacy preference history of fides
    Fides,
    /// Consents of HL7 FHIR R4 and R5
    Fhir,
}

/// How a reference of `--format fhir` becomes the id of a person or of a party.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum References {
    /// The reference as it is, such as `Patient/alice`
    #[default]
    Literal,
    /// The id in it, such as `alice`
    LogicalId,
    /// The value of its identifier
    Identifier,
}

/// The character between the columns of a table.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Delimiter {
    /// A comma
    #[default]
    Comma,
    /// A semicolon
    Semicolon,
    /// A tab
    Tab,
}

/// What happens where a denial is by an id that differs only in form from that of a grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum NearMisses {
    /// The people who granted do not pass (R2)
    #[default]
    Withhold,
    /// They are only counted
    Count,
}

/// The question that is asked of each row, and the reader of rows.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) gate: Gate,
    pub(crate) reader: RowReader,
    pub(crate) on_unreadable: OnUnreadable,
}

impl Args {
    /// Returns the question, or a usage error for one that cannot be asked.
    ///
    /// `parties` are the other names of parties.
    pub(crate) fn question(&self, parties: &[(PartyId, PartyId)]) -> Result<Question, clap::Error> {
        self.check_formats()?;
        let purposes = self.purpose.iter().copied().collect();
        let mut gate = Gate::builder(self.trainer.as_str(), purposes, self.as_of)
            .waive(self.waive.iter().copied().collect());
        for (id, version) in &self.accept_notice {
            gate = gate.accept_notice(id.clone(), version.clone());
        }
        if let Some(age) = self.max_age {
            gate = gate.maximum_age(age);
        }
        for condition in &self.assure {
            gate = gate.assure(condition.clone());
        }
        if let Some(lag) = self.max_lag {
            gate = gate.max_lag(lag);
        }
        for (name, of) in parties {
            gate = gate.party_alias(name, of);
        }
        let on_unreadable = self
            .quarantine
            .map_or(OnUnreadable::Stop, |unattributed_at_most| {
                OnUnreadable::Quarantine {
                    unattributed_at_most,
                }
            });
        Ok(Question {
            gate: gate.build().map_err(wrong)?,
            reader: self.reader()?,
            on_unreadable,
        })
    }

    /// Refuses an option that is for another format of consent records, and files of Parquet.
    fn check_formats(&self) -> Result<(), clap::Error> {
        let options = [
            (
                "--subject-field",
                self.subject_field.is_some(),
                Format::Fides,
            ),
            ("--notices", self.notices.is_some(), Format::Fides),
            ("--references", self.references.is_some(), Format::Fhir),
            ("--columns", !self.columns.is_empty(), Format::Csv),
            ("--delimiter", self.delimiter.is_some(), Format::Csv),
        ];
        let mut files = self.rows.iter().chain(&self.consents);
        if let Some(file) = files.find(|file| file.extension().is_some_and(|end| end == "parquet"))
        {
            let program =
                "Parquet is for the example gate_parquet (--features decision-table,parquet)";
            return Err(wrong(format!("{}: {program}", file.display())));
        }
        for (option, is_given, format) in options {
            if is_given && self.format != format {
                let name = format.to_possible_value();
                let name = name.as_ref().map_or("", PossibleValue::get_name);
                return Err(wrong(format!("{option}: only with --format {name}")));
            }
        }
        Ok(())
    }

    pub(crate) fn threads(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(cores)
    }

    fn reader(&self) -> Result<RowReader, clap::Error> {
        let data = self.data.iter().copied().collect();
        let mut reader = RowReader::new().data_unless_named(data);
        if let Some(form) = &self.time {
            reader = reader.times(match self.zone {
                Some(zone) => form.clone().in_zone(zone),
                None => form.clone(),
            });
        }
        let of_people = |(field, _): &&(RowField, String)| *field == RowField::Subjects;
        let is_of_many = self.field.iter().filter(of_people).count() > 1;
        let mut placed = HashSet::new();
        for (field, pointer) in &self.field {
            let positioned = if is_of_many && *field == RowField::Subjects {
                reader.people_at(pointer)
            } else if placed.insert(field) {
                reader.field(*field, pointer)
            } else {
                return Err(wrong(format!(
                    "--field {}: given twice; give one position",
                    field.as_str()
                )));
            };
            reader = positioned
                .map_err(|error| wrong(format!("--field {}: {error}", field.as_str())))?;
        }
        Ok(reader)
    }
}

/// A usage error with this message.
pub(crate) fn wrong(message: impl Display) -> clap::Error {
    Args::command().error(ErrorKind::ValueValidation, message)
}

fn notice(text: &str) -> Result<(NoticeId, NoticeVersion), &'static str> {
    let (id, version) = text
        .rsplit_once('@')
        .ok_or("expected ID@VERSION, such as ai@3")?;
    let named = |_| "expected an id and a version that are not blank";
    Ok((id.parse().map_err(named)?, version.parse().map_err(named)?))
}

/// Reads the name or the id of a rule that can be waived; the error lists these and no others.
fn waivable(text: &str) -> Result<Rules, String> {
    let all = Rules::waivable();
    let by_id = || all.iter().find(|rule| rule.ids().any(|id| id == text));
    let rule = text.parse::<Rules>().ok();
    let rule = rule.filter(|rule| all.contains(*rule)).or_else(by_id);
    rule.ok_or_else(|| {
        let names: Vec<_> = all.names().collect();
        let names = names.join(", ");
        format!("expected one of the rules that can be waived: {names}")
    })
}

fn days(text: &str) -> Result<Duration, &'static str> {
    let days = text.parse::<u32>().ok().filter(|days| *days > 0);
    days.map(|days| Duration::days(days.into()))
        .ok_or("expected a whole number of days above zero")
}

fn lag(text: &str) -> Result<Duration, &'static str> {
    let expected = "expected a whole number and a unit: 90s, 30m, 36h or 7d";
    let units = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let unit = units.into_iter().find_map(|(unit, seconds)| {
        let number = text.strip_suffix(unit)?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some((number, seconds))
    });
    let (number, seconds) = unit.ok_or(expected)?;
    let number = number.parse::<u32>().map_err(|_| expected)?;
    Ok(Duration::seconds(i64::from(number).saturating_mul(seconds)))
}

fn column(text: &str) -> Result<(String, String), &'static str> {
    let expected =
        "expected NAME=FIELD, such as user_id=subject, or NAME=- for a column that is not read";
    let (name, field) = text.rsplit_once('=').ok_or(expected)?;
    Ok((name.to_owned(), field.to_owned()))
}

fn threads(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse()
        .map_err(|_| "expected a whole number above zero")
}

fn field(text: &str) -> Result<(RowField, String), String> {
    let expected = "expected NAME=POINTER, such as subject=/user/id";
    let (name, pointer) = text.split_once('=').ok_or(expected)?;
    let field = RowField::from_str(name).map_err(|error| error.to_string())?;
    Pointer::from_str(pointer).map_err(|error| error.to_string())?;
    Ok((field, pointer.to_owned()))
}
