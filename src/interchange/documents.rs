//! Reads many documents, one a line, into a ledger.

use std::error::Error;
use std::io::Read;

use super::gaps::Imported;
use crate::json::{OnUnreadable, Problem, ReadError, read_lines};
use crate::ledger::Ledger;
use crate::vocabulary::id::SubjectId;

/// A format whose documents contain statements.
pub trait Documents {
    /// The error for an unreadable document. It names the position and contains no content.
    type Error: Error;

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// When a part of the document that may limit consent is not understood.
    fn read(&self, document: &[u8]) -> Result<Imported, Self::Error>;

    /// Finds the people that an unreadable document is about. `None` when they are in doubt.
    fn subjects(&self, document: &[u8]) -> Option<Vec<SubjectId>>;
}

/// Reads a ledger from JSON Lines, one document of a format a line.
///
/// An unreadable document is handled as an unreadable record of the [gate's own
/// format](crate::json::read_consents): it stops the reading, or keeps its subjects from passing.
///
/// # Errors
///
/// The errors of [`json::read_consents`](crate::json::read_consents). The column is that of the end of
/// the line; the problem names the position in the document.
///
/// ```
/// use consent_gate::interchange::{Dpv, read_consents};
/// use consent_gate::json::OnUnreadable;
///
/// let file = br#"{"record_id":"r1","pii_principal_id":"alice","events":{"event_state":"refused"}}
/// {"record_id":"r2","pii_principal_id":"bob","events":{"event_state":"given"}}
/// "#;
/// let error = read_consents(&Dpv, &file[..], OnUnreadable::Stop).unwrap_err();
/// assert!(error.to_string().starts_with("line 2, column 76: record, event 1, data controller"));
///
/// let quarantine = OnUnreadable::Quarantine { unattributed_at_most: 0 };
/// let ledger = read_consents(&Dpv, &file[..], quarantine)?;
/// assert_eq!(ledger.records_of("alice").count(), 1);
/// assert!(ledger.is_unreadable("bob"));
/// # Ok::<(), consent_gate::json::ReadError>(())
/// ```
pub fn read_consents<F: Documents>(
    format: &F,
    reader: impl Read,
    on_unreadable: OnUnreadable,
) -> Result<Ledger, ReadError> {
    let read = |line: &[u8], ledger: &mut Ledger| match format.read(line) {
        Ok(imported) => {
            ledger.extend(imported.into_records());
            Ok(())
        }
        Err(error) => Err(Problem::of_document(line, error.to_string())),
    };
    read_lines(reader, on_unreadable, read, |line| {
        format.subjects(line).into()
    })
}
