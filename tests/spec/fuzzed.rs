//! What the fuzz targets found worth keeping, asked again: whatever the bytes are, no panic, no
//! grant from bytes that do not say so, and what was written is read again equal.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[path = "../fuzz/checks/mod.rs"]
mod checks;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names in a folder, without their extensions.
fn names_in(name: &str) -> BTreeSet<String> {
    let found = fs::read_dir(folder(name)).unwrap();
    found
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// A reader that is not fuzzed is found here, and so is a corpus that is not asked. The published
/// package does not contain the targets, which are a package of their own.
#[test]
fn every_check_has_a_target_and_a_corpus() {
    let checks: BTreeSet<String> = checks::CHECKS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(names_in("tests/fuzz/corpus"), checks);
    if folder("fuzz").exists() {
        assert_eq!(names_in("fuzz/fuzz_targets"), checks);
    }
}

/// Every file of every corpus.
#[test]
fn what_was_found_worth_keeping_is_read_as_the_bytes_say() {
    for (name, check) in checks::CHECKS {
        let corpus = folder("tests/fuzz/corpus").join(name);
        let files: Vec<PathBuf> = fs::read_dir(corpus)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!files.is_empty(), "nothing is kept for {name}");
        for file in files {
            let bytes = fs::read(&file).unwrap();
            let holds = catch_unwind(|| check(&bytes)).is_ok();
            assert!(holds, "{}", file.display());
        }
    }
}
