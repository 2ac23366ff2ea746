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

mod admit;
mod ahead;
mod arena;
mod consented;
mod decide;
mod decision;
#[cfg(feature = "digest")]
mod digest;
mod door;
mod embedded;
mod flags;
mod gate;
mod id;
mod instant;
#[cfg(feature = "interchange")]
pub mod interchange;
mod iter;
#[cfg(feature = "json")]
pub mod json;
mod key;
mod ledger;
mod names;
#[cfg(feature = "rayon")]
pub mod parallel;
mod purpose;
mod record;
mod report;
mod requirement;
mod row;
mod said;
#[cfg(any(feature = "json", feature = "signal"))]
pub mod signal;
mod snapshot;
mod source;
mod standing;
#[cfg(feature = "stream")]
pub mod stream;
mod term;
mod wire;

/// In a service: a ledger behind a lock, snapshots that are swapped, and asynchronous code.
#[doc = include_str!("docs/service.md")]
pub mod in_a_service {}

pub use admit::{Asks, GatedSource};
pub use consented::{Consented, ConsentedBatch, Decided, IntoRows, Replayed, Withheld, WouldPass};
pub use decision::{Decision, Grants, Reasons};
#[cfg(feature = "digest")]
pub use digest::Digest;
pub use embedded::{EmbeddedRecords, SnapshotWith};
pub use gate::{Gate, GateBuilder, GateError, Replay};
pub use id::{BlankText, Evidence, NoticeId, NoticeVersion, PartyId, RecordId, SubjectId};
pub use instant::{InvalidInstant, parse_instant};
pub use iter::{ConsentedOk, ConsentedRows, DecidedOk, DecidedRows, GatedIterator};
pub use ledger::Ledger;
#[cfg(feature = "rayon")]
pub use parallel::ParallelGatedIterator;
pub use purpose::{Channels, DataCategories, Purposes};
pub use record::{ConsentRecord, DataPeriod, Details, Notice, RecordError, Statement};
pub use report::Report;
pub use requirement::{NotWaivable, Requirements, Waivers, rules};
pub use row::{CarriesConsents, Restrictions, UserRecord};
#[cfg(feature = "snapshot-file")]
pub use snapshot::SnapshotError;
pub use snapshot::{AskedId, Snapshot};
pub use source::{ConsentSource, GateWith, IntoOnFile, OnFile};
pub use standing::Assessment;
#[cfg(feature = "stream")]
pub use stream::GatedStream;
pub use term::{
    Actor, Capacity, ConsentType, DenialStatus, GrantStatus, Granularity, Method,
    NonDecisionStatus, UnknownName,
};
