//! Readers of other consent formats (feature `interchange`).
//!
//! A reader takes bytes and returns [`Imported`]: the statements of the document, and for each of
//! them the [`Gaps`], which are the rules that it leaves unproven. No reader fills a gap: a fact that
//! a format does not contain stays unproven. An event that says no becomes a denial whatever other
//! problems the document has. Any other part that is not understood makes the document unreadable,
//! with an error that names the position and contains no content of the document.
//!
//! [`read_consents`] reads many documents, one a line, into a ledger. [`read_table`] reads a table.
//!
//! [From your consent platform to the gate in ten minutes](guide) is for engineers, [what each
//! format can prove](proof) for auditors.

/// The guide for engineers.
#[doc = include_str!("docs/cmp.md")]
pub mod guide {}

/// The page for auditors.
#[doc = include_str!("docs/proof.md")]
pub mod proof {}

mod documents;
pub mod dpv;
mod fhir;
mod fides;
mod gaps;
mod kantara;
mod limit;
mod no;
mod node;
mod preferences;
mod published;
mod signs;
mod table;
mod times;

pub use documents::{Documents, read_consents};
pub use dpv::Dpv;
pub use fhir::{Fhir, FhirError, References};
pub use fides::{Fides, FidesError};
pub use gaps::{Gaps, Imported};
pub use kantara::{Kantara, KantaraError, ReceiptStatus};
pub use node::{Malformed, Misfit, UnknownField};
pub use preferences::{
    Answers, InvalidMap, MapFileError, PreferenceError, PreferenceMap, PreferenceMapBuilder, Yes,
};
#[cfg(feature = "arrow")]
pub(crate) use table::BatchColumns;
pub use table::{Delimiter, NotAField, TableError, TableReader, read_table};
pub use times::TimePlace;
