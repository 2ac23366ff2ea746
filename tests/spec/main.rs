//! The rules as an auditor reads them: a chapter for each group of rules, a sentence for each
//! test, and in front of each the id of the rule and where it comes from. Then the rules told a
//! second time: an oracle, random worlds, laws, and exhaustive walks.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod ahead;
mod claims;
mod coverage;
mod fuzzed;
mod gates;
mod interchange_dpv;
mod interchange_preferences;
mod interchange_receipts;
mod interchange_strings;
mod interchange_tables;
mod iterators;
mod json_lines;
mod kept;
mod laws;
mod ledgers;
mod licences;
mod numbered;
mod on_file;
mod oracle;
mod parallel;
mod records;
mod replay;
mod reports;
mod row;
mod scenarios;
mod several;
mod signals;
mod snapshot_files;
mod snapshots;
mod strategies;
mod streams;
mod time;
mod told_and_proven;
mod touching;
mod vocabulary;
mod waivers;
mod walks;
mod what_was_said;
mod world;
