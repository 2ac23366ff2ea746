//! What is written of the rows while they are decided on: those that pass, and a list of the others.

use std::io::{self, Write};
use std::path::Path;

use consent_gate::json::Row;
use consent_gate::{Reasons, Requirements};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::output::Output;
use crate::passage::Fate;

/// Two places to write to, each where it is wanted.
#[derive(Clone)]
pub(crate) struct Pages<'p, W> {
    /// The rows that pass, byte for byte.
    out: Option<Page<'p, W>>,
    /// The list of those that do not.
    withheld: Option<Page<'p, W>>,
}

/// A place to write to, and the name of the file that is in the end written.
#[derive(Clone)]
pub(crate) struct Page<'p, W> {
    pub(crate) path: &'p Path,
    pub(crate) file: W,
}

impl<'p> Page<'p, Output> {
    pub(crate) fn create(path: &'p Path) -> Result<Self, Failure> {
        let file = Output::create(path).map_err(|error| Failure::at(path, error))?;
        Ok(Self { path, file })
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
    /// Writes what became of a line.
    pub(crate) fn tell(&mut self, line: u64, fate: Fate<'_>) -> Result<(), Failure> {
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
    pub(crate) fn create(
        out: Option<&'p Path>,
        withheld: Option<&'p Path>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            out: out.map(Page::create).transpose()?,
            withheld: withheld.map(Page::create).transpose()?,
        })
    }

    /// Empty pages in memory, to be written on first.
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

    /// Writes what stands in a draft, and empties it.
    pub(crate) fn add(&mut self, draft: &mut Pages<'_, Vec<u8>>) -> Result<(), Failure> {
        let out = self.out.iter_mut().zip(&mut draft.out);
        let withheld = self.withheld.iter_mut().zip(&mut draft.withheld);
        for (page, draft) in out.chain(withheld) {
            page.write(|file| file.write_all(&draft.file))?;
            draft.file.clear();
        }
        Ok(())
    }

    /// The list, and the rows that passed.
    pub(crate) fn into_parts(self) -> [Option<Page<'p, Output>>; 2] {
        [self.withheld, self.out]
    }
}

/// A line of the list of withheld rows.
#[derive(Serialize)]
struct WithheldLine<'a> {
    line: u64,
    id: Option<&'a RawValue>,
    unproven: Requirements,
    contradicted: Requirements,
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
