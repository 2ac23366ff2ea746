//! The records on file: consent records, or a snapshot that an earlier run made of them.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use consent_gate::interchange::{
    self, Documents, Dpv, Fhir, Fides, Kantara, PreferenceMap, TableError, TableReader,
    read_consents,
};
use consent_gate::json::{self, ReadError};
use consent_gate::{Digest, Ledger, NearMiss, Snapshot, SnapshotWith};
use indicatif::ProgressBar;
use time::UtcDateTime;

use crate::aliases::Aliases;
use crate::args::{Args, Delimiter, Format, NearMisses, Question, References};
use crate::failure::Failure;
use crate::input;
use crate::pages::Page;
use crate::passage::Passage;

/// The part of a report that is about the consent records.
#[derive(Clone, Copy)]
pub(crate) struct Consents {
    pub(crate) digest: Digest,
    /// The number of unattributed records: unreadable, and without a subject.
    pub(crate) unattributed: u64,
    pub(crate) complete_through: Option<UtcDateTime>,
    /// The number of ids of denials that differ only in form from those of grants. `None` where it is not
    /// known, which is so for a snapshot that was loaded.
    pub(crate) near_misses: Option<u64>,
}

impl Consents {
    pub(crate) fn of(ledger: &Ledger, near_misses: u64) -> Self {
        Self {
            digest: ledger.digest(),
            unattributed: ledger.unattributed(),
            complete_through: ledger.complete_through(),
            near_misses: Some(near_misses),
        }
    }
}

/// The records on file, assessed for a passage.
pub(crate) struct OnFile<Q> {
    snapshot: Snapshot<Q>,
    /// `None` when the snapshot was loaded.
    ledger: Option<Ledger>,
    /// Computed only when a report or a snapshot is written.
    consents: Option<Consents>,
    near_misses: Option<u64>,
}

impl<Q: Passage> OnFile<Q> {
    /// Reads the consent records, or the snapshot, that the arguments name.
    pub(crate) fn read(
        args: &Args,
        aliases: &Aliases,
        question: &Question,
        asker: &Q,
    ) -> Result<Self, Failure> {
        if let Some(path) = &args.snapshot {
            if !aliases.subjects.is_empty() {
                return Err(Failure(
                    "--aliases: with --snapshot it may name only parties; make the snapshot again \
                     to state other names of people"
                        .to_owned(),
                ));
            }
            return Self::load(path, asker);
        }
        let mut ledger = match &args.consents {
            Some(path) => ledger(path, args, question)?,
            None => Ledger::new(),
        };
        aliases.state_in(&mut ledger);
        if let Some(at) = args.complete_through {
            ledger.set_complete_through(at);
        }
        let near_misses = near_misses(&mut ledger, args.near_misses);
        // Before the snapshot is made, so that the memory for both is not needed at once.
        let is_told = args.report.is_some() || args.save_snapshot.is_some();
        let consents = is_told.then(|| Consents::of(&ledger, near_misses));
        let sign_of_life = input::sign_of_life("assessing the consents");
        let snapshot = Snapshot::new(asker, &ledger);
        sign_of_life.finish_and_clear();
        Ok(Self {
            snapshot,
            ledger: Some(ledger),
            consents,
            near_misses: Some(near_misses),
        })
    }

    fn load(path: &Path, asker: &Q) -> Result<Self, Failure> {
        let (file, bar) = input::open(path).map_err(|error| Failure::at(path, error))?;
        let loaded = Snapshot::load(asker, file);
        bar.finish_and_clear();
        let (snapshot, digest) = loaded.map_err(|error| Failure::at(path, error))?;
        let consents = Consents {
            digest,
            unattributed: snapshot.unattributed(),
            complete_through: snapshot.complete_through(),
            near_misses: None,
        };
        Ok(Self {
            snapshot,
            ledger: None,
            consents: Some(consents),
            near_misses: None,
        })
    }

    /// Writes the snapshot. It is published later.
    pub(crate) fn save(&self, page: &mut Page<'_, crate::output::Output>) -> Result<(), Failure> {
        match &self.consents {
            Some(consents) => page.write(|file| self.snapshot.save(consents.digest, file)),
            None => Ok(()),
        }
    }

    /// The number of unreadable records that do not name a person.
    pub(crate) fn unattributed(&self) -> u64 {
        self.snapshot.unattributed()
    }

    /// The number of ids of denials that differ only in form from those of grants, where it is known.
    pub(crate) fn near_misses(&self) -> Option<u64> {
        self.near_misses
    }

    pub(crate) fn consents(&self) -> Option<&Consents> {
        self.consents.as_ref()
    }

    pub(crate) fn source(&self) -> SnapshotWith<'_, Q> {
        match &self.ledger {
            Some(ledger) => self.snapshot.with_embedded(ledger),
            None => self.snapshot.refusing_embedded(),
        }
    }
}

/// Counts the ids of denials that differ only in form from those of grants. Whoever granted does not
/// pass, if they are withheld.
fn near_misses(ledger: &mut Ledger, what: NearMisses) -> u64 {
    let found = ledger.near_misses();
    if what == NearMisses::Withhold {
        for id in found.iter().flat_map(NearMiss::granted) {
            ledger.mark_unreadable(id);
        }
    }
    let denied = found.iter().map(|each| each.denied().len()).sum::<usize>();
    u64::try_from(denied).unwrap_or(u64::MAX)
}

/// Reads the consent records in the format that the arguments name.
fn ledger(path: &Path, args: &Args, question: &Question) -> Result<Ledger, Failure> {
    if let Some(map) = &args.map {
        return documents(path, &preference_map(map)?, question);
    }
    match (args.format, &args.controller) {
        (Format::Native, _) => opened(path, input::open_lines(path), |file| {
            json::read_consents(file, question.on_unreadable).map_err(hinted)
        }),
        (Format::Csv, _) => {
            let table = table(args)?;
            opened(path, input::open_text(path), |file| {
                let read = table.read(file, question.on_unreadable);
                read.map_err(|error| match error {
                    TableError::Read(error) => hinted(error),
                    error @ (TableError::Name { .. } | TableError::Missing { .. }) => {
                        format!(
                            "{error}; --columns NAME=FIELD, or NAME=-, says what a column is, and \
                                 --delimiter what is between columns"
                        )
                    }
                    error => error.to_string(),
                })
            })
        }
        (Format::Fhir, _) => {
            let references = match args.references.unwrap_or_default() {
                References::Literal => interchange::References::Literal,
                References::LogicalId => interchange::References::LogicalId,
                References::Identifier => interchange::References::Identifier,
            };
            documents(path, &Fhir::new().references(references), question)
        }
        (Format::Dpv, _) => documents(path, &Dpv, question),
        (Format::Kantara, _) => documents(path, &Kantara::new(), question),
        (Format::Fides, Some(controller)) => {
            let named = args.subject_field.iter();
            let mut format = named.fold(Fides::new(controller.clone()), |format, name| {
                format.subject_field(name.as_str())
            });
            if let Some(path) = &args.notices {
                let notices = fs::read(path).map_err(|error| Failure::at(path, error))?;
                let with = format.notices(&notices);
                format = with.map_err(|error| Failure::at(path, error))?;
            }
            documents(path, &format, question)
        }
        (Format::Fides, None) => Err(Failure(
            "--controller: missing; --format fides needs the party".to_owned(),
        )),
    }
}

/// The map in a file.
fn preference_map(path: &Path) -> Result<PreferenceMap, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    let map = if is_json {
        PreferenceMap::from_json(&text)
    } else {
        PreferenceMap::from_toml(&text)
    };
    map.map_err(|error| Failure::at(path, error))
}

/// The reader of tables that the arguments describe.
fn table(args: &Args) -> Result<TableReader, Failure> {
    let mut reader = TableReader::new().delimiter(match args.delimiter.unwrap_or_default() {
        Delimiter::Comma => interchange::Delimiter::Comma,
        Delimiter::Semicolon => interchange::Delimiter::Semicolon,
        Delimiter::Tab => interchange::Delimiter::Tab,
    });
    if let Some(zone) = args.zone {
        reader = reader.zone(zone);
    }
    for (name, field) in &args.columns {
        reader = match field.as_str() {
            "-" => reader.pass_over(name.as_str()),
            field => {
                let named = reader.column(name.as_str(), field);
                named.map_err(|error| Failure(format!("--columns {name}: {error}")))?
            }
        };
    }
    Ok(reader)
}

fn documents(path: &Path, format: &impl Documents, question: &Question) -> Result<Ledger, Failure> {
    opened(path, input::open_lines(path), |file| {
        read_consents(format, file, question.on_unreadable).map_err(hinted)
    })
}

/// The words for an error, with the option that continues past an unreadable record.
fn hinted(error: ReadError) -> String {
    match error {
        ReadError::Record { .. } => {
            format!("{error}; repair the record, or continue with --quarantine NUMBER (see --help)")
        }
        ReadError::TooManyUnattributed { .. } => {
            format!("{error}; --quarantine NUMBER sets the limit")
        }
        error => error.to_string(),
    }
}

/// Reads an opened file to its end.
fn opened(
    path: &Path,
    file: io::Result<(Box<dyn Read + Send>, ProgressBar)>,
    read: impl FnOnce(Box<dyn Read + Send>) -> Result<Ledger, String>,
) -> Result<Ledger, Failure> {
    let (file, bar) = file.map_err(|error| Failure::at(path, error))?;
    let ledger = read(file);
    bar.finish_and_clear();
    ledger.map_err(|error| Failure::at(path, error))
}
