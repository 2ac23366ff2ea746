//! The gate below SQL: functions and tables decide as the rules do, and no query gets round a table.

mod catalogs;
mod functions;
mod getting_round;
mod laws;
mod posts;

// The worlds and the rules of the crate's own tests.
#[path = "../../../spec/support/columns_of_worlds.rs"]
mod columns_of_worlds;
#[path = "../../../spec/oracle.rs"]
#[expect(dead_code, reason = "some of it is for the crate's own tests alone")]
mod oracle;
#[path = "../../../spec/support/rows_for_sql.rs"]
mod rows_for_sql;
#[path = "../../../spec/support/strategies.rs"]
#[expect(dead_code, reason = "some of it is for the crate's own tests alone")]
mod strategies;
#[path = "../../../spec/support/world.rs"]
#[expect(dead_code, reason = "some of it is for the crate's own tests alone")]
mod world;
