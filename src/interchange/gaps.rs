//! The statements of a document, and the rules that they leave unproven.

use std::fmt;

use crate::decision::assessment::Assessment;
use crate::decision::on_file::OnFile;
use crate::gate::Gate;
use crate::record::{ConsentRecord, Statement};
use crate::rules::Rules;
use crate::vocabulary::purpose::Purposes;

/// The statements of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported(Vec<ConsentRecord>);

impl Imported {
    pub(super) fn new(records: Vec<ConsentRecord>) -> Self {
        Self(records)
    }

    /// The statements, in the order of the document.
    #[must_use]
    pub fn records(&self) -> &[ConsentRecord] {
        &self.0
    }

    /// Returns the statements by value, for a ledger.
    #[must_use]
    pub fn into_records(self) -> Vec<ConsentRecord> {
        self.0
    }

    /// The gaps of each statement, in the same order.
    pub fn gaps(&self) -> impl ExactSizeIterator<Item = Gaps> {
        self.0.iter().map(Gaps::of)
    }
}

/// The rules that a statement leaves unproven for any gate, because it does not contain the facts
/// that they need. Its `Display` gives the reasons in words.
///
/// A denial has no gaps: what it leaves out is denied. A statement that neither grants nor denies
/// leaves R1 unproven, because it is not a grant.
///
/// ```
/// use consent_gate::interchange::{Gaps, dpv};
///
/// let document = br#"{"record_id": "r1", "pii_principal_id": "alice",
///     "pii_processing": {"purpose": "train_ai_system", "pii_controllers": ["acme"]},
///     "events": {"event_state": "given", "event_time": "2024-09-10T09:00:00Z"}}"#;
/// let imported = dpv::read(document)?;
/// let gaps = Gaps::of(&imported.records()[0]);
/// assert!(gaps.to_string().starts_with("R5 GRANULAR: it is not known whether the purpose had"));
/// # Ok::<(), dpv::DpvError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gaps(Rules);

impl Gaps {
    /// The gaps of a statement.
    #[must_use]
    pub fn of(record: &ConsentRecord) -> Self {
        let (Some(controller), Some(at)) =
            (record.statement().controller(), record.statement().at())
        else {
            return Self(Rules::empty());
        };
        if matches!(record.statement(), Statement::Denial { .. }) {
            return Self(Rules::empty());
        }
        // The most lenient question there is about this statement: by its own controller, for a
        // purpose of its own, at the instant of the act. What it leaves unproven, every gate misses.
        let purposes = record.details().purposes;
        let purpose = purposes.iter().next().unwrap_or(Purposes::TRAIN_GENERATIVE);
        let gate = Gate::builder(controller.as_str(), purpose, at).build();
        Self(gate.map_or(Rules::all(), |gate| {
            let on_file = OnFile::complete(std::slice::from_ref(record));
            let assessment = Assessment::new(&gate, record.subject().as_str(), on_file);
            assessment.unproven()
        }))
    }

    /// The rules that are unproven.
    #[must_use]
    pub fn rules(self) -> Rules {
        self.0
    }
}

impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing is left unproven");
        }
        let rules = self.0.iter().zip(self.0.unproven_in_words());
        for (position, (rule, words)) in rules.enumerate() {
            let separator = if position > 0 { "; " } else { "" };
            write!(f, "{separator}{rule}: {words}")?;
        }
        Ok(())
    }
}
