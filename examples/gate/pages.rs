//! The two outputs of a run: the rows that pass, and a list of the others.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::path::Path;

use consent_gate::json::Row;
use consent_gate::{Reasons, Rules};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::output::{Finished, Output, Published};
use crate::passage::Fate;
use crate::shards::Shard;

/// The two outputs, each of which is optional.
#[derive(Clone)]
pub(crate) struct Pages<'p, W> {
    /// The rows that pass, byte for byte.
    pub(crate) out: Option<Page<'p, W>>,
    /// The list of those that do not.
    pub(crate) withheld: Option<Page<'p, W>>,
    unreadable: Unreadable,
}

/// The first row of a file that could not be read, and why.
#[derive(Clone)]
pub(crate) struct FirstUnreadable {
    line: u64,
    why: String,
}

impl Display for FirstUnreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// What is known of the rows that could not be read.
#[derive(Clone, Default)]
struct Unreadable {
    first: Option<FirstUnreadable>,
    /// The number of rows until one could be read.
    until_readable: u64,
    is_any_readable: bool,
    is_said: bool,
}

/// So many rows that cannot be read, at the start of a file, are said at once.
const MANY: u64 = 1000;

impl Unreadable {
    fn count(&mut self, line: u64, fate: &Fate<'_, '_>) {
        if let Fate::Unreadable(error) = fate {
            self.first.get_or_insert_with(|| FirstUnreadable {
                line,
                why: error.to_string(),
            });
        } else {
            self.is_any_readable = true;
        }
        if !self.is_any_readable {
            self.until_readable = self.until_readable.saturating_add(1);
        }
    }

    /// Adds what is known of the rows after these.
    fn add(&mut self, mut later: Self) {
        if self.first.is_none() {
            self.first = later.first.take();
        }
        if !self.is_any_readable {
            self.until_readable = self.until_readable.saturating_add(later.until_readable);
            self.is_any_readable = later.is_any_readable;
        }
    }

    /// Says that none of the first rows could be read, once.
    fn say(&mut self) {
        if let Some(first) = &self.first
            && self.until_readable >= MANY
            && !self.is_said
        {
            self.is_said = true;
            eprintln!("gate: note: none of the first {MANY} rows could be read: {first}");
        }
    }
}

/// A file to write to, and the name that it will have.
#[derive(Clone)]
pub(crate) struct Page<'p, W> {
    path: &'p Path,
    file: W,
}

impl<'p> Page<'p, Output> {
    pub(crate) fn create(path: &'p Path) -> Result<Self, Failure> {
        let file = Output::create(path).map_err(|error| Failure::at(path, error))?;
        Ok(Self { path, file })
    }

    /// Completes the file, down to the disk.
    pub(crate) fn finish(self) -> Result<Page<'p, Finished>, Failure> {
        let Self { path, file } = self;
        let file = file.finish().map_err(|error| Failure::at(path, error))?;
        Ok(Page { path, file })
    }
}

impl Page<'_, Finished> {
    /// Gives the file its name.
    pub(crate) fn publish(self) -> Result<Published, Failure> {
        let Self { path, file } = self;
        file.publish().map_err(|error| Failure::at(path, error))
    }
}

impl<W: Write> Page<'_, W> {
    pub(crate) fn write(
        &mut self,
        write: impl FnOnce(&mut W) -> io::Result<()>,
    ) -> Result<(), Failure> {
        write(&mut self.file).map_err(|error| Failure::at(self.path, error))
    }
}

impl<W: Write> Pages<'_, W> {
    /// Writes the outcome of a line.
    pub(crate) fn tell(&mut self, line: u64, fate: Fate<'_, '_>) -> Result<(), Failure> {
        self.unreadable.count(line, &fate);
        match (fate, &mut self.out, &mut self.withheld) {
            (Fate::Consented(row), Some(page), _) => page.write(|file| file.write_all(row.line())),
            (Fate::Withheld(row, reasons), _, Some(page)) => {
                page.write(|file| list_withheld(file, line, &row, reasons))
            }
            (Fate::Unreadable(error), _, Some(page)) => {
                let unreadable = error.to_string();
                page.write(|file| list(file, &UnreadableLine { line, unreadable }))
            }
            _ => Ok(()),
        }
    }
}

impl<'p> Pages<'p, Output> {
    /// The pages of a shard.
    pub(crate) fn create(shard: &'p Shard<'_>) -> Result<Self, Failure> {
        Ok(Self {
            out: shard.out.as_deref().map(Page::create).transpose()?,
            withheld: shard.withheld.as_deref().map(Page::create).transpose()?,
            unreadable: Unreadable::default(),
        })
    }

    /// Empty pages in memory, which a thread writes to first.
    pub(crate) fn draft(&self) -> Pages<'p, Vec<u8>> {
        let empty = |page: &Page<'p, Output>| Page {
            path: page.path,
            file: Vec::new(),
        };
        Pages {
            out: self.out.as_ref().map(empty),
            withheld: self.withheld.as_ref().map(empty),
            unreadable: Unreadable::default(),
        }
    }

    /// Writes the content of a draft, and empties the draft.
    pub(crate) fn add(&mut self, draft: &mut Pages<'_, Vec<u8>>) -> Result<(), Failure> {
        self.unreadable.add(std::mem::take(&mut draft.unreadable));
        self.unreadable.say();
        let out = self.out.iter_mut().zip(&mut draft.out);
        let withheld = self.withheld.iter_mut().zip(&mut draft.withheld);
        for (page, draft) in out.chain(withheld) {
            page.write(|file| file.write_all(&draft.file))?;
            draft.file.clear();
        }
        Ok(())
    }

    /// The first row that could not be read.
    pub(crate) fn first_unreadable(&self) -> Option<FirstUnreadable> {
        self.unreadable.first.clone()
    }

    /// Writes the outcome of a line that is not in a draft.
    pub(crate) fn tell_at_once(&mut self, line: u64, fate: Fate<'_, '_>) -> Result<(), Failure> {
        self.tell(line, fate)?;
        self.unreadable.say();
        Ok(())
    }

    /// Completes both files.
    pub(crate) fn finish(self) -> Result<Pages<'p, Finished>, Failure> {
        Ok(Pages {
            out: self.out.map(Page::finish).transpose()?,
            withheld: self.withheld.map(Page::finish).transpose()?,
            unreadable: self.unreadable,
        })
    }
}

/// A line of the list of withheld rows.
#[derive(Serialize)]
struct WithheldLine<'a> {
    line: u64,
    id: Option<&'a RawValue>,
    unproven: Rules,
    contradicted: Rules,
}

/// A line of the same list for a row that could not be read.
#[derive(Serialize)]
struct UnreadableLine {
    line: u64,
    unreadable: String,
}

fn list_withheld(
    file: &mut impl Write,
    line: u64,
    row: &Row<'_>,
    reasons: Reasons,
) -> io::Result<()> {
    let id = row.id().map(serde_json::from_str).transpose()?;
    let (unproven, contradicted) = (reasons.unproven(), reasons.contradicted());
    list(
        file,
        &WithheldLine {
            line,
            id,
            unproven,
            contradicted,
        },
    )
}

fn list(file: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *file, line)?;
    file.write_all(b"\n")
}
