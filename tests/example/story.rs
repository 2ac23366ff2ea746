//! Without arguments: the story, told with the data that the program ships with.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::program::{Folder, run};

/// What the program prints when it is started without arguments, far from its sources.
fn page() -> String {
    let folder = Folder::new();
    let ended = run(&mut folder.gate([""; 0]), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr, "");
    assert!(folder.names().is_empty());
    String::from_utf8(ended.stdout).unwrap()
}

fn posts() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let posts = std::fs::read_to_string(folder.join("posts.jsonl")).unwrap();
    posts
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The report at the end of the page.
fn report(page: &str) -> Value {
    let start = page.find("\n{\n").unwrap();
    serde_json::from_str(&page[start..]).unwrap()
}

/// The name and the outcome of each row of the table.
fn table(page: &str) -> Vec<(&str, &str)> {
    let fates = ["passes", "withheld", "unreadable"];
    let starts_a_row = |line: &&str| !line.starts_with(' ');
    page.lines()
        .filter(starts_a_row)
        .filter_map(|line| {
            let (name, rest) = line.split_once("  ")?;
            let fate = rest.split_whitespace().next()?;
            fates.contains(&fate).then_some((name, fate))
        })
        .collect()
}

#[test]
fn each_post_is_listed_once_and_in_order() {
    let page = page();
    let posts = posts();
    let table = table(&page);
    assert_eq!(table.len(), posts.len());
    for ((number, post), (name, fate)) in (1..).zip(&posts).zip(table) {
        if fate == "unreadable" {
            assert_eq!(name, format!("line {number}"));
        } else {
            assert_eq!(post["id"], name);
        }
    }
}

#[test]
fn the_table_and_the_report_add_up() {
    let page = page();
    let table = table(&page);
    let report = report(&page);
    let counted = |fate| table.iter().filter(|(_, each)| *each == fate).count();
    assert_eq!(report["consented"], counted("passes"));
    assert_eq!(report["withheld"], counted("withheld"));
    assert_eq!(report["unreadable"], counted("unreadable"));
    assert_eq!(report["seen"], table.len());
    let sum = |name: &str| -> u64 {
        let counts = report[name].as_object().unwrap();
        counts.values().map(|count| count.as_u64().unwrap()).sum()
    };
    assert_eq!(report["withheld"], sum("primary"));

    let reasons = page.lines().filter(|line| {
        let (_, id) = line.rsplit_once(" (R").unwrap_or_default();
        id.strip_suffix(')')
            .is_some_and(|id| id.parse::<u8>().is_ok())
    });
    assert_eq!(u64::try_from(reasons.count()).unwrap(), sum("any"));
    let any = report["any"].as_object().unwrap();
    for (rule, count) in any {
        let told = page.lines().any(|line| {
            line.trim_start().starts_with(&format!("{count} "))
                && line.ends_with(&format!(" {rule}"))
                && line.contains(" withheld for R")
        });
        assert!(told, "{rule} is withheld for {count} times");
    }
}

#[test]
fn the_story_fits_a_page() {
    let page = page();
    let (story, _) = page.split_once("\n{\n").unwrap();
    for line in story.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn every_fate_is_shown() {
    let page = page();
    let fates: HashSet<&str> = table(&page).into_iter().map(|(_, fate)| fate).collect();
    assert_eq!(
        fates,
        HashSet::from(["passes", "withheld", "unreadable"]),
        "the story shows each"
    );
}

#[test]
fn nothing_that_people_wrote_and_none_of_their_names_is_printed() {
    let page = page();
    let words: HashSet<&str> = page
        .split(|each: char| !(each.is_alphanumeric() || matches!(each, '-' | '_')))
        .collect();
    for post in posts() {
        let text = post["text"].as_str().unwrap();
        assert!(!page.contains(text), "{text}");
        let several = post["subjects"].as_array();
        let subjects = several.into_iter().flatten().chain(post.get("subject"));
        for subject in subjects {
            let subject = subject.as_str().unwrap();
            assert!(!words.contains(subject), "{subject}");
        }
    }
}
