//! The two outputs of a run: the rows that pass, and a list of the others.

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
        }
    }

    /// Writes the content of a draft, and empties the draft.
    pub(crate) fn add(&mut self, draft: &mut Pages<'_, Vec<u8>>) -> Result<(), Failure> {
        let out = self.out.iter_mut().zip(&mut draft.out);
        let withheld = self.withheld.iter_mut().zip(&mut draft.withheld);
        for (page, draft) in out.chain(withheld) {
            page.write(|file| file.write_all(&draft.file))?;
            draft.file.clear();
        }
        Ok(())
    }

    /// Completes both files.
    pub(crate) fn finish(self) -> Result<Pages<'p, Finished>, Failure> {
        Ok(Pages {
            out: self.out.map(Page::finish).transpose()?,
            withheld: self.withheld.map(Page::finish).transpose()?,
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
