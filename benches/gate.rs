//! Placeholder of the bench target until the bench is written.
fn main() {}
