//! The end of a run that is interrupted (SIGINT, SIGTERM, SIGHUP): it leaves no unfinished file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The exit status of a program that was interrupted, as shells count it.
const INTERRUPTED: i32 = 130;

/// The files that have no name of their own yet.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes unfinished files when the program is interrupted, and ends it.
pub(crate) fn handle() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        for path in &*unfinished() {
            // It may be removed already.
            fs::remove_file(path).unwrap_or_default();
        }
        exit(INTERRUPTED);
    })
}

/// Says that a file is unfinished.
pub(crate) fn remove_later(path: &Path) {
    unfinished().insert(path.to_owned());
}

/// Does something that an interruption waits for: it happens whole or not at all.
pub(crate) fn uninterrupted<T>(step: impl FnOnce() -> T) -> T {
    let _waits = unfinished();
    step()
}
