//! No rule is without tests: each is the subject of several, by its id, and is asked about by its
//! name.

use std::collections::BTreeMap;

use consent_gate::Requirements;

/// How many tests a rule has at least.
const AT_LEAST: usize = 3;

const MAIN: &str = include_str!("main.rs");

/// Modules that are no chapters: what chapters share, and the rules told a second time.
const HELPERS: [&str; 7] = [
    "coverage",
    "exhaustive_walks",
    "laws",
    "oracle",
    "support/numbered",
    "support/strategies",
    "support/world",
];

macro_rules! chapters {
    ($($name:literal,)*) => {
        [$(($name, include_str!(concat!($name, ".rs"))),)*]
    };
}

const CHAPTERS: [(&str, &str); 32] = chapters![
    "r01_r02_on_record_readable",
    "r03_r08_party_to_personal",
    "r09_r12_informed_to_capacity",
    "r13_r15_given_current_standing",
    "r15_denials_that_touch",
    "r16_r18_period_category_unrestricted",
    "consent_records",
    "gates",
    "ledger_additions",
    "ledger_storage",
    "readme_claims",
    "replay",
    "reports",
    "scenarios",
    "several_grants_several_subjects",
    "vocabulary",
    "waivers",
    "formats/interchange_dpv",
    "formats/interchange_preferences",
    "formats/interchange_receipts",
    "formats/interchange_strings",
    "formats/interchange_tables",
    "formats/json_lines",
    "formats/licences",
    "formats/signals",
    "adapters/iterators",
    "adapters/parallel",
    "adapters/read_ahead",
    "adapters/streams",
    "snapshot/snapshot_files",
    "snapshot/snapshots",
    "fuzzed",
];

/// The words of a text: ids and names of rules are words.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// For each test of a chapter, the doc comment that stands in front of it.
fn docs_of_tests(chapter: &str) -> Vec<String> {
    let mut docs = Vec::new();
    let mut doc = String::new();
    let mut is_test = false;
    for line in chapter.lines().map(str::trim_start) {
        if let Some(said) = line.strip_prefix("///") {
            doc.push_str(said);
        } else if line == "#[test]" {
            is_test = true;
        } else if !line.starts_with("#[") {
            if is_test && line.starts_with("fn ") {
                docs.push(std::mem::take(&mut doc));
            }
            doc.clear();
            is_test = false;
        }
    }
    docs
}

/// The part of a doc comment that names rules: what stands before the dot.
fn ids(doc: &str) -> impl Iterator<Item = &str> {
    words(doc.split_once('·').map_or("", |(ids, _)| ids))
}

/// How many tests name each rule in front of their source.
fn tests_by_rule<'a>(chapters: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut tests = BTreeMap::new();
    for doc in chapters.into_iter().flat_map(docs_of_tests) {
        let mut named: Vec<&str> = ids(&doc).collect();
        named.sort_unstable();
        named.dedup();
        for id in named {
            *tests.entry(id.to_owned()).or_default() += 1;
        }
    }
    tests
}

/// The rules that have fewer tests than they should.
fn untested<'a>(chapters: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let tests = tests_by_rule(chapters);
    Requirements::all()
        .ids()
        .filter(|id| tests.get(*id).is_none_or(|count| *count < AT_LEAST))
        .collect()
}

/// The rules that no chapter asks about by name.
fn unnamed<'a>(chapters: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let text: Vec<&str> = chapters.into_iter().flat_map(words).collect();
    Requirements::all()
        .names()
        .filter(|name| !text.contains(name))
        .collect()
}

/// The files of the modules that a text declares, without their ending.
fn modules(text: &str) -> Vec<String> {
    let mut folder = String::new();
    let mut files = Vec::new();
    for line in text.lines().map(str::trim_start) {
        let module = line.trim_start_matches("pub(crate) ").strip_prefix("mod ");
        if let Some(name) = module.and_then(|module| module.strip_suffix(';')) {
            files.push(format!("{folder}{name}"));
        } else if let Some(name) = module.and_then(|module| module.strip_suffix(" {")) {
            folder = format!("{name}/");
        } else if line == "}" {
            folder.clear();
        }
    }
    files
}

fn texts() -> impl Iterator<Item = &'static str> {
    CHAPTERS.into_iter().map(|(_, text)| text)
}

/// A rule without tests, or one that was added without any, fails here.
#[test]
fn every_rule_has_tests_that_name_its_id() {
    assert_eq!(untested(texts()), [""; 0]);
}

/// A rule that is never expected by name fails here.
#[test]
fn every_rule_is_asked_about_by_its_name() {
    assert_eq!(unnamed(texts()), [""; 0]);
}

/// Every test says where what it asks for comes from, or at least what it is about.
#[test]
fn every_test_has_a_sentence_in_front_of_it() {
    for (name, text) in CHAPTERS {
        for doc in docs_of_tests(text) {
            assert!(
                !doc.trim().is_empty(),
                "a test of {name} has no doc comment"
            );
            assert!(
                !doc.contains('·')
                    || ids(&doc).all(|id| Requirements::all().ids().any(|r| r == id)),
                "{name}:{doc}"
            );
        }
    }
}

/// A chapter that is not counted here would not be missed.
#[test]
fn every_chapter_is_counted() {
    let mut modules = modules(MAIN);
    modules.retain(|module| !HELPERS.contains(&module.as_str()));
    assert_eq!(modules, CHAPTERS.map(|(name, _)| name));
    for (name, text) in CHAPTERS {
        assert!(!docs_of_tests(text).is_empty(), "{name}");
        let attributes = text.lines().filter(|line| line.trim() == "#[test]");
        assert_eq!(docs_of_tests(text).len(), attributes.count(), "{name}");
    }
}

/// A small chapter, on which the checks can be seen to fail.
const SAMPLE: &str = "
/// R1 · a source.
#[test]
fn one() {}

/// R1, R10 · a source, about R2 and R100.
#[test]
#[should_panic]
fn two() {}

/// R1 · a helper, which is no test.
fn not_a_test() {}

/// R11, R1
/// · a source.
#[test]
fn three() {}

/// Of R3, without a source.
#[test]
fn four() {}

// R4 · not a doc comment.
#[test]
fn five() { Rule::ON_RECORD; /* UNREADABLE */ }
";

/// The check can fail: each rule that is named too seldom is told.
#[test]
fn a_rule_with_too_few_tests_is_found() {
    let tests = tests_by_rule([SAMPLE]);
    let count = |id: &str| tests.get(id).copied().unwrap_or_default();
    assert_eq!(["R1", "R10", "R11"].map(count), [3, 1, 1]);
    assert_eq!(["R2", "R3", "R4", "R100"].map(count), [0, 0, 0, 0]);
    let missing = untested([SAMPLE]);
    assert_eq!(missing.len(), 17);
    assert!(!missing.contains(&"R1"));
    assert_eq!(untested([SAMPLE, SAMPLE, SAMPLE]).len(), 15);
    assert_eq!(untested([""]).len(), 18);
}

/// The check can fail: a name counts as a whole word only.
#[test]
fn a_rule_that_is_never_named_is_found() {
    let missing = unnamed([SAMPLE]);
    assert_eq!(missing.len(), 17);
    assert!(missing.contains(&"READABLE"));
    assert!(!missing.contains(&"ON_RECORD"));
}

/// The check can fail: the docs are those of the tests and of nothing else.
#[test]
fn the_docs_of_tests_are_told_from_those_of_helpers() {
    let docs = docs_of_tests(SAMPLE);
    assert_eq!(docs.len(), 5);
    assert_eq!(docs[0], " R1 · a source.");
    assert_eq!(docs[2], " R11, R1 · a source.");
    assert_eq!(docs[4], "");
}
