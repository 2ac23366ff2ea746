//! Other names of people and parties, from a file.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use consent_gate::{Ledger, PartyId, SubjectId};
use serde::Deserialize;

use crate::failure::Failure;
use crate::input;

/// The aliases of a file, in its order.
#[derive(Debug, Default)]
pub(crate) struct Aliases {
    pub(crate) subjects: Vec<(SubjectId, SubjectId)>,
    pub(crate) parties: Vec<(PartyId, PartyId)>,
}

/// A line of the file. What it cannot be read as stops the run: it may be what makes a no count.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Alias {
    Subject { name: SubjectId, of: SubjectId },
    Party { name: PartyId, of: PartyId },
}

impl Aliases {
    /// Reads a file, one alias a line.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let (file, bar) = input::open(path).map_err(|error| Failure::at(path, error))?;
        let mut aliases = Self::default();
        for (number, line) in (1_u64..).zip(BufReader::new(file).lines()) {
            let failed = |words: &str| Failure::at(path, format_args!("line {number}: {words}"));
            let line = line.map_err(|error: io::Error| failed(&error.to_string()))?;
            // The error of the parser may show what is in the line.
            match serde_json::from_str(&line).map_err(|_| failed(EXPECTED))? {
                Alias::Subject { name, of } => aliases.subjects.push((name, of)),
                Alias::Party { name, of } => aliases.parties.push((name, of)),
            }
        }
        bar.finish_and_clear();
        Ok(aliases)
    }

    /// States the other names of people in a ledger.
    pub(crate) fn state_in(&self, ledger: &mut Ledger) {
        for (name, of) in &self.subjects {
            ledger.alias(name, of);
        }
    }
}

const EXPECTED: &str = "expected an object with the fields `kind` (`subject` or `party`), `name` and \
                        `of`, each once, and no others";
