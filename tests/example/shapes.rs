//! The samples of rows of other shapes: their commands run as they are printed, and what the page
//! says of each sample is true.

use std::path::{Path, PathBuf};

use consent_gate::Rules;
use serde_json::Value;

use crate::program::{Folder, executable, run};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One section of the page about the samples.
struct Sample {
    /// The file that its heading names.
    name: String,
    command: Vec<String>,
    /// What is said below the command.
    claim: String,
}

fn samples() -> Vec<Sample> {
    let folder = root().join("examples/data/shapes");
    let page = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let sections = page.split("\n## ").skip(1);
    sections
        .map(|section| {
            let name = section.split('`').nth(1).unwrap().to_owned();
            let (_, after) = section.split_once("```sh\n").unwrap();
            let (command, claim) = after.split_once("\n```\n").unwrap();
            assert_eq!(command.lines().count(), 1, "{name}: one command");
            Sample {
                name,
                command: command.split_whitespace().map(str::to_owned).collect(),
                claim: claim.trim().to_owned(),
            }
        })
        .collect()
}

/// The claims of the page about a sample: which lines are withheld for which rule, and which cannot be
/// read.
struct Claim {
    seen: u64,
    consented: u64,
    withheld: Vec<(usize, String)>,
    unreadable: Vec<usize>,
}

/// `7 seen = 3 consented + 3 withheld (line 4 R1, line 5 R16) + 1 unreadable (line 7: why)`.
fn parsed(claim: &str) -> Claim {
    let (seen, rest) = claim.split_once(" seen = ").unwrap();
    let (consented, rest) = rest.split_once(" consented + ").unwrap();
    let (withheld, rest) = rest.split_once(" withheld (").unwrap();
    let (lines, rest) = rest.split_once(") + ").unwrap();
    let (unreadable, rest) = rest.split_once(" unreadable (line ").unwrap();
    let (unreadable_line, _) = rest.split_once(": ").unwrap();
    let line = |each: &str| {
        let (line, rule) = each.strip_prefix("line ").unwrap().split_once(' ').unwrap();
        (line.parse().unwrap(), rule.to_owned())
    };
    let claimed = Claim {
        seen: seen.parse().unwrap(),
        consented: consented.parse().unwrap(),
        withheld: lines.split(", ").map(line).collect(),
        unreadable: vec![unreadable_line.parse().unwrap()],
    };
    assert_eq!(withheld.parse(), Ok(claimed.withheld.len()));
    assert_eq!(unreadable.parse(), Ok(claimed.unreadable.len()));
    claimed
}

/// The value of an option of a command.
fn value<'c>(command: &'c [String], option: &str) -> &'c str {
    let place = command.iter().position(|each| each == option);
    &command[place.unwrap_or_else(|| panic!("{option} is not given")) + 1]
}

/// Runs a command from the page, with its outputs in another folder.
fn result(sample: &Sample, folder: &Folder) {
    let start = ["cargo", "run", "--release", "--example", "gate", "--"];
    let (cargo, arguments) = sample.command.split_at(start.len());
    assert_eq!(cargo, start);
    let elsewhere = |argument: &String| match argument.strip_prefix("target/") {
        Some(name) => folder.path(name),
        None => PathBuf::from(argument),
    };
    let mut command = folder.command(&executable(), arguments.iter().map(elsewhere));
    let ended = run(command.current_dir(root()), b"");
    assert_eq!(
        ended.code,
        Some(0),
        "{}: {}",
        value(arguments, "--rows"),
        ended.stderr
    );
}

/// The path that the command on the page gives for an option, in the folder used instead.
fn output(sample: &Sample, option: &str) -> String {
    let path = value(&sample.command, option);
    path.strip_prefix("target/")
        .expect("outputs go to target")
        .to_owned()
}

fn ids(rules: &Value) -> Vec<&'static str> {
    let names = rules.as_array().unwrap().iter();
    let rules = names.map(|name| name.as_str().unwrap().parse::<Rules>().unwrap());
    rules.collect::<Rules>().ids().collect()
}

#[test]
fn each_sample_ends_as_the_page_says() {
    for sample in samples() {
        let folder = Folder::new();
        result(&sample, &folder);
        let claim = parsed(&sample.claim);
        let name = &sample.name;

        let report = folder.json(&output(&sample, "--report"));
        assert_eq!(report["seen"], claim.seen, "{name}");
        assert_eq!(report["consented"], claim.consented, "{name}");
        assert_eq!(report["withheld"], claim.withheld.len(), "{name}");
        assert_eq!(report["unreadable"], claim.unreadable.len(), "{name}");

        let (mut withheld, mut unreadable) = (Vec::new(), Vec::new());
        for line in folder.text(&output(&sample, "--withheld")).lines() {
            let listed: Value = serde_json::from_str(line).unwrap();
            let number = usize::try_from(listed["line"].as_u64().unwrap()).unwrap();
            if listed.get("unreadable").is_some() {
                unreadable.push(number);
            } else {
                let mut failed = ids(&listed["unproven"]);
                failed.extend(ids(&listed["contradicted"]));
                withheld.push((number, failed.join(" and ")));
            }
        }
        assert_eq!(withheld, claim.withheld, "{name}");
        assert_eq!(unreadable, claim.unreadable, "{name}");

        let rows = std::fs::read(root().join(value(&sample.command, "--rows"))).unwrap();
        let held = |line: &usize| {
            unreadable.contains(line) || withheld.iter().any(|(each, _)| each == line)
        };
        let lines = rows.split_inclusive(|byte| *byte == b'\n');
        let passing = (1..).zip(lines).filter(|(line, _)| !held(line));
        let passing: Vec<u8> = passing.flat_map(|(_, line)| line).copied().collect();
        assert!(
            folder.read(&output(&sample, "--out")) == passing,
            "{name}: not byte for byte"
        );
    }
}

#[test]
fn each_sample_is_on_the_page_under_its_name() {
    let folder = root().join("examples/data/shapes");
    let names = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut there: Vec<String> = names
        .filter(|name| {
            name.strip_suffix(".jsonl")
                .is_some_and(|name| !name.contains('.'))
        })
        .collect();
    there.sort_unstable();
    let samples = samples();
    let mut told: Vec<&str> = samples.iter().map(|sample| sample.name.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, there);
    for sample in &samples {
        let rows = Path::new(value(&sample.command, "--rows"));
        assert_eq!(rows.file_name().unwrap(), sample.name.as_str());
    }
}
