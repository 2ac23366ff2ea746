//! Preference stores, read with a map that gives the meaning of their fields and switches.

mod builder;
mod file;
mod map;
mod presets;

pub use self::builder::{InvalidMap, PreferenceMapBuilder};
pub use self::file::MapFileError;
pub use self::map::{Answers, PreferenceError, PreferenceMap, Yes};
