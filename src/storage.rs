//! The storage of ids, which the ledger and the snapshot share.

pub(crate) mod arena;
pub(crate) mod groups;
pub(crate) mod record_ids;
pub(crate) mod subject_key;
