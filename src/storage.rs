//! How ids are stored, in the ledger and in the snapshot alike.

pub(crate) mod arena;
pub(crate) mod record_ids;
pub(crate) mod subject_key;
