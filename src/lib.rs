#![cfg_attr(docsrs, feature(doc_cfg))]
// Where the README links to the text of a page, the docs link to the page: the first one counts.
#![doc = "[rules]: crate::rules\n[service]: crate::in_a_service"]
#![cfg_attr(
    any(feature = "json", feature = "signal"),
    doc = "[signals]: crate::signal"
)]
#![cfg_attr(feature = "interchange", doc = "[formats]: crate::interchange")]
#![doc = ""]
#![doc = include_str!("../README.md")]

mod adapters;
#[cfg(feature = "arrow")]
pub mod arrow;
#[cfg(feature = "datafusion")]
pub mod datafusion;
mod decision;
#[cfg(feature = "decision-table")]
pub mod decision_table;
#[cfg(feature = "digest")]
mod digest;
mod gate;
#[cfg(feature = "interchange")]
pub mod interchange;
#[cfg(feature = "json")]
pub mod json;
mod ledger;
#[cfg(feature = "parquet")]
pub mod parquet;
mod record;
mod row;
pub mod rules;
pub mod serde_instant;
#[cfg(any(feature = "json", feature = "signal"))]
pub mod signal;
mod snapshot;
mod storage;
mod vocabulary;

pub use adapters::iterator::{ConsentedOk, ConsentedRows, DecidedOk, DecidedRows, GatedIterator};
#[cfg(feature = "rayon")]
pub use adapters::parallel;
#[cfg(feature = "rayon")]
pub use adapters::parallel::ParallelGatedIterator;
#[cfg(feature = "stream")]
pub use adapters::stream;
#[cfg(feature = "stream")]
pub use adapters::stream::GatedStream;
pub use decision::admit::{Asks, GatedSource};
pub use decision::answer::{Decision, Grants};
pub use decision::assessment::Assessment;
pub use decision::consented::{
    Consented, ConsentedBatch, Decided, IntoRows, Replayed, Withheld, WouldPass,
};
pub use decision::on_file::{IntoOnFile, OnFile};
pub use decision::report::Report;
pub use decision::source::{ConsentSource, GateWith};
/// The crate whose instants this crate takes and returns, so that a dependent needs no version of its
/// own.
///
/// ```
/// use consent_gate::time::UtcDateTime;
///
/// let at: UtcDateTime = consent_gate::parse_instant("2024-09-10T09:00:00Z")?;
/// assert_eq!(at.year(), 2024);
/// # Ok::<(), consent_gate::InvalidInstant>(())
/// ```
pub use time;

/// In a service: a ledger behind a lock, snapshots that are swapped, and asynchronous code.
#[doc = include_str!("docs/service.md")]
pub mod in_a_service {}

#[cfg(feature = "digest")]
pub use digest::Digest;
pub use gate::{Gate, GateBuilder, GateError, Replay};
pub use ledger::Ledger;
pub use ledger::embedded::EmbeddedRecords;
#[cfg(feature = "near-misses")]
pub use ledger::near_misses::NearMiss;
pub use record::{
    ConsentRecord, DataPeriod, Details, Notice, NoticeBuilder, RecordBuilder, RecordError,
    Statement,
};
pub use row::{CarriesConsents, Restrictions, UserRecord};
pub use rules::{NotWaivable, Reasons, Rules, Waivers};
pub use snapshot::Snapshot;
pub use snapshot::asked::AskedId;
pub use snapshot::embedded::SnapshotWith;
#[cfg(feature = "snapshot-file")]
pub use snapshot::file::SnapshotError;
pub use vocabulary::condition::{Condition, InvalidCondition};
pub use vocabulary::id::{
    BlankText, Evidence, NoticeId, NoticeVersion, PartyId, RecordId, SubjectId,
};
pub use vocabulary::instant::{InvalidInstant, parse_instant};
pub use vocabulary::purpose::{Channels, DataCategories, Purposes};
pub use vocabulary::term::{
    Actor, Capacity, Channel, ConsentType, DenialStatus, GrantStatus, Granularity, Method,
    NonDecisionStatus, UnknownName, UnknownNames,
};
