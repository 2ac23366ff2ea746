//! No rule is without tests: each is the subject of several, by its id, and is asked about by its
//! name. The page of rules leads from each rule to its check and its tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use consent_gate::Rules;

/// How many tests a rule has at least.
const AT_LEAST: usize = 3;

const MAIN: &str = include_str!("main.rs");

const PAGE: &str = include_str!("../../src/docs/rules.md");

/// Modules that are not chapters: what chapters share, and the rules written a second time.
const HELPERS: [&str; 12] = [
    "columnar/laws_of_columns",
    "coverage",
    "exhaustive_walks",
    "laws",
    "laws_of_readers",
    "laws_of_sources",
    "oracle",
    "support/columns_of_worlds",
    "support/numbered",
    "support/rows_for_sql",
    "support/strategies",
    "support/world",
];

macro_rules! chapters {
    ($($name:literal,)*) => {
        [$(($name, include_str!(concat!($name, ".rs"))),)*]
    };
}

const CHAPTERS: [(&str, &str); 45] = chapters![
    "r01_r02_on_record_readable",
    "r03_r08_party_to_personal",
    "r09_r12_informed_to_capacity",
    "r13_r15_given_current_standing",
    "r15_denials_that_touch",
    "r16_r18_period_category_unrestricted",
    "r19_r20_fresh_conditions",
    "aliases",
    "consent_records",
    "gates",
    "ledger_additions",
    "ledger_storage",
    "near_misses",
    "readme_claims",
    "replay",
    "reports",
    "scenarios",
    "several_grants_several_subjects",
    "vocabulary",
    "waivers",
    "formats/dpv_generated",
    "formats/dpv_places",
    "formats/dpv_purposes",
    "formats/fhir",
    "formats/fhir_generated",
    "formats/interchange_dpv",
    "formats/interchange_preferences",
    "formats/interchange_receipts",
    "formats/interchange_strings",
    "formats/interchange_tables",
    "formats/json_lines",
    "formats/licences",
    "formats/signals",
    "formats/times_of_rows",
    "adapters/iterators",
    "adapters/parallel",
    "adapters/read_ahead",
    "adapters/streams",
    "snapshot/snapshot_files",
    "snapshot/snapshots",
    "columnar/consents_in_batches",
    "columnar/decision_tables",
    "columnar/parquet_files",
    "columnar/record_batches",
    "fuzzed",
];

/// The words of a text: ids and names of rules are words.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// Each test of a chapter: its name, and the doc comment before it.
fn tests_of(chapter: &str) -> Vec<(&str, String)> {
    let mut tests = Vec::new();
    let mut doc = String::new();
    let mut is_test = false;
    for line in chapter.lines().map(str::trim_start) {
        if let Some(said) = line.strip_prefix("///") {
            doc.push_str(said);
        } else if line == "#[test]" {
            is_test = true;
        } else if !line.starts_with("#[") {
            if let Some(name) = line.strip_prefix("fn ").filter(|_| is_test) {
                let end = name.find('(').unwrap_or(name.len());
                tests.push((&name[..end], std::mem::take(&mut doc)));
            }
            doc.clear();
            is_test = false;
        }
    }
    tests
}

/// For each test of a chapter, the doc comment before it.
fn docs_of_tests(chapter: &str) -> Vec<String> {
    let tests = tests_of(chapter).into_iter();
    tests.map(|(_, doc)| doc).collect()
}

/// The part of a doc comment that names rules: the text before the dot.
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
    Rules::all()
        .ids()
        .filter(|id| tests.get(*id).is_none_or(|count| *count < AT_LEAST))
        .collect()
}

/// The rules that no chapter asks about by name.
fn unnamed<'a>(chapters: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let text: Vec<&str> = chapters.into_iter().flat_map(words).collect();
    Rules::all()
        .names()
        .filter(|name| !text.contains(name))
        .collect()
}

/// The rows of the table under a heading of a page, each as its cells.
fn table<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    page.lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .skip(1)
        .map(|row| row.split(" | ").collect())
        .collect()
}

/// The row of a table that begins with `id`, if there is exactly one.
fn only_row<'r, 'a>(rows: &'r [Vec<&'a str>], id: &str) -> Option<&'r [&'a str]> {
    let mut rows = rows.iter().filter(|row| row[0] == id);
    let row = rows.next()?;
    rows.next().is_none().then_some(row.as_slice())
}

/// What is wrong with the table of a page that leads from each rule to its check and its tests.
/// A rule has no test for an outcome exactly when the page says that it never has that outcome.
fn astray(page: &str, chapters: &[(&str, &str)]) -> Vec<String> {
    let rules = table(page, "## The twenty rules");
    let leads = table(page, "## From each rule to its check and its tests");
    let mut astray = Vec::new();
    for id in Rules::all().ids() {
        let (Some(rule), Some(lead)) = (only_row(&rules, id), only_row(&leads, id)) else {
            astray.push(format!("{id}: not one row"));
            continue;
        };
        let [_, check, chapter, outcomes @ ..] = lead else {
            astray.push(format!("{id}: too few columns"));
            continue;
        };
        if *check != format!("`{id} ·`") {
            astray.push(format!("{id}: check {check}"));
        }
        let Some((_, text)) = chapters.iter().find(|(c, _)| *chapter == format!("`{c}`")) else {
            astray.push(format!("{id}: chapter {chapter}"));
            continue;
        };
        let tests = tests_of(text);
        let is_test = |named: &str| {
            let mut tests = tests.iter();
            tests.any(|(test, doc)| named == format!("`{test}`") && ids(doc).any(|of| of == id))
        };
        let met_unproven_contradicted = &rule[2..5];
        if outcomes.len() != met_unproven_contradicted.len() {
            astray.push(format!("{id}: not three outcomes"));
        }
        for (when, named) in met_unproven_contradicted.iter().zip(outcomes) {
            let leads = match *when {
                "never" => *named == "–",
                _ => is_test(named),
            };
            if !leads {
                astray.push(format!("{id}: test {named}"));
            }
        }
    }
    astray
}

/// The rules whose mark, which is their id and a dot, is not the start of exactly one line of the
/// doc comments.
fn unmarked<'a>(files: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let docs = files.into_iter().flat_map(str::lines).filter_map(|line| {
        let line = line.trim_start();
        let doc = line.strip_prefix("///").or(line.strip_prefix("//!"))?;
        Some(doc.trim_start())
    });
    let docs: Vec<&str> = docs.collect();
    let marks = |id: &str| {
        let after = docs.iter().filter_map(|doc| doc.strip_prefix(id));
        after.filter(|rest| rest.starts_with(" ·")).count()
    };
    let ids = Rules::all().ids();
    ids.filter(|id| marks(id) != 1).collect()
}

/// The text of every file in a folder and in the folders within it.
fn files_in(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_in(&path));
        } else {
            files.push(fs::read_to_string(path).unwrap());
        }
    }
    files
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

/// Every test has a doc comment, which gives its source or at least its subject.
#[test]
fn every_test_has_a_sentence_in_front_of_it() {
    for (name, text) in CHAPTERS {
        for doc in docs_of_tests(text) {
            assert!(
                !doc.trim().is_empty(),
                "a test of {name} has no doc comment"
            );
            assert!(
                !doc.contains('·') || ids(&doc).all(|id| Rules::all().ids().any(|r| r == id)),
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

/// The page of rules names a test for each outcome that a rule can have.
#[test]
fn the_page_leads_from_every_rule_to_its_tests() {
    assert_eq!(astray(PAGE, &CHAPTERS), [""; 0]);
}

/// A search for the mark of a rule finds exactly one check.
#[test]
fn every_rule_is_checked_in_one_place() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let files = files_in(&rules);
    assert_eq!(unmarked(files.iter().map(String::as_str)), [""; 0]);
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

/// R1 · a helper, which is not a test.
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

/// The check can fail: each rule that has too few tests is reported.
#[test]
fn a_rule_with_too_few_tests_is_found() {
    let tests = tests_by_rule([SAMPLE]);
    let count = |id: &str| tests.get(id).copied().unwrap_or_default();
    assert_eq!(["R1", "R10", "R11"].map(count), [3, 1, 1]);
    assert_eq!(["R2", "R3", "R4", "R100"].map(count), [0, 0, 0, 0]);
    let missing = untested([SAMPLE]);
    assert_eq!(missing.len(), 19);
    assert!(!missing.contains(&"R1"));
    assert_eq!(untested([SAMPLE, SAMPLE, SAMPLE]).len(), 17);
    assert_eq!(untested([""]).len(), 20);
}

/// The check can fail: a name counts as a whole word only.
#[test]
fn a_rule_that_is_never_named_is_found() {
    let missing = unnamed([SAMPLE]);
    assert_eq!(missing.len(), 19);
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

/// The check can fail: a row that is missing, repeated or short, and a chapter, a test or an
/// outcome that does not exist.
#[test]
fn a_page_that_leads_nowhere_is_found() {
    let lead = "| R1 | `R1 ·` | `r01_r02_on_record_readable` | `a_consent_given_or_renewed_by_the\
                _person_is_on_record` | `nothing_on_file_is_silence` | – |\n";
    assert!(PAGE.contains(lead));
    let said_of = |changed: &str| astray(&PAGE.replace(lead, changed), &CHAPTERS);
    assert_eq!(said_of(lead), [""; 0]);
    assert_eq!(said_of(""), ["R1: not one row"]);
    assert_eq!(said_of(&lead.repeat(2)), ["R1: not one row"]);
    assert_eq!(said_of("| R1 | `R1 ·` |\n"), ["R1: too few columns"]);
    assert_eq!(
        said_of(&lead.replace(" | –", "")),
        ["R1: not three outcomes"]
    );
    for (right, wrong, said) in [
        ("`R1 ·`", "`R2 ·`", "R1: check `R2 ·`"),
        ("`r01_r02_on", "`on", "R1: chapter `on_record_readable`"),
        ("`nothing_on_file", "`it", "R1: test `it_is_silence`"),
        ("`nothing_on_file_is_silence`", "–", "R1: test –"),
        (
            "–",
            "`nothing_on_file_is_silence`",
            "R1: test `nothing_on_file_is_silence`",
        ),
        (
            "nothing_on_file_is_silence",
            "a_conflict_is_never_waived",
            "R1: test `a_conflict_is_never_waived`",
        ),
    ] {
        assert_eq!(said_of(&lead.replace(right, wrong)), [said]);
    }
    assert_eq!(astray("", &CHAPTERS).len(), 20);
    assert_eq!(astray(PAGE, &[]).len(), 20);
}

/// The check can fail: a mark that is missing, or that is there twice.
#[test]
fn a_rule_without_one_check_is_found() {
    let once = "/// R1 · a check.\n    //! R10 · another, not of R2 · at all.\n// R3 · no doc.";
    let missing = unmarked([once]);
    assert_eq!(missing.len(), 18);
    assert!(!missing.contains(&"R1") && !missing.contains(&"R10"));
    assert_eq!(unmarked([once, once]).len(), 20);
}
