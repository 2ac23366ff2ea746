//! The rules as an auditor reads them: a chapter for each group of rules, a sentence for each
//! test, and before each the id of the rule and its source. Then the rules
//! written a second time: an oracle, random worlds, laws, and exhaustive walks.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

// The rules in their order, then what they are read from, kept in and counted by.
mod r01_r02_on_record_readable;
mod r03_r08_party_to_personal;
mod r09_r12_informed_to_capacity;
mod r13_r15_given_current_standing;
mod r15_denials_that_touch;
mod r16_r18_period_category_unrestricted;
mod r19_r20_fresh_conditions;

mod aliases;
mod consent_records;
mod gates;
mod ledger_additions;
mod ledger_storage;
mod near_misses;
mod readme_claims;
mod replay;
mod reports;
mod scenarios;
mod several_grants_several_subjects;
mod vocabulary;
mod waivers;

mod formats {
    mod dpv_generated;
    mod dpv_places;
    mod dpv_purposes;
    mod fhir;
    mod fhir_generated;
    mod interchange_dpv;
    mod interchange_preferences;
    mod interchange_receipts;
    mod interchange_strings;
    mod interchange_tables;
    mod json_lines;
    mod licences;
    mod signals;
    mod times_of_rows;
}

mod adapters {
    mod iterators;
    mod parallel;
    mod read_ahead;
    mod streams;
}

mod snapshot {
    mod snapshot_files;
    mod snapshots;
}

#[cfg(feature = "arrow")]
mod columnar {
    mod consents_in_batches;
    #[cfg(feature = "decision-table")]
    mod decision_tables;
    mod laws_of_columns;
    #[cfg(feature = "parquet")]
    mod parquet_files;
    mod record_batches;
}

mod fuzzed;

// The rules a second time.
mod exhaustive_walks;
mod laws;
mod laws_of_readers;
mod laws_of_sources;
mod oracle;

// What chapters share, and the check that no rule is without tests.
mod coverage;
mod support {
    #[cfg(feature = "arrow")]
    pub(crate) mod columns_of_worlds;
    pub(crate) mod numbered;
    pub(crate) mod strategies;
    pub(crate) mod world;
}
#[cfg(feature = "arrow")]
use support::columns_of_worlds;
use support::{numbered, strategies, world};
