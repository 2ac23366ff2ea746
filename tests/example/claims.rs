//! The messages of the program that say what a successful run may hide, and how to go on.

use crate::program::{Fate, Job, Outcome, on_file, run};
use crate::world::{grant, row, withdrawal};

fn ran(job: &Job, fates: &[Fate<'_>]) -> String {
    let outcome: Outcome = job.tells(fates);
    outcome.ended.stderr
}

/// R2 · an unattributed record denies no one, so its number is on standard error.
#[test]
fn the_number_of_unattributed_records_is_on_standard_error() {
    let unattributed = withdrawal().line().replace("\"subject\"", "\"subjct\"");
    let job = Job::raw(row().line(), grant().line() + &unattributed).option("--quarantine", "1");
    let stderr = ran(&job, &[Fate::Passes]);
    assert!(stderr.starts_with("gate: note: 1 unreadable consent records do not name a person"));
    assert_eq!(ran(&on_file([grant()]), &[Fate::Passes]), "");
}

#[test]
fn a_run_in_which_no_row_could_be_read_says_so() {
    let stderr = ran(
        &on_file([grant()]).raw_rows("[]\n\n"),
        &[
            Fate::Unreadable("expected a row"),
            Fate::Unreadable("the line is blank"),
        ],
    );
    assert!(
        stderr.starts_with("gate: note: none of the 2 rows could be read"),
        "{stderr}"
    );
}

#[test]
fn a_byte_order_mark_is_named() {
    let job = on_file([]).raw_rows("\u{feff}{}\n");
    ran(
        &job,
        &[Fate::Unreadable(
            "column 1: the line starts with a byte order mark",
        )],
    );
    Job::raw(row().line(), format!("\u{feff}{}", grant().line()))
        .fails(&["line 1, column 1: the line starts with a byte order mark"]);
}

/// An error that stops the reading names the option that continues.
#[test]
fn an_unreadable_record_names_the_option_that_continues() {
    let unattributed = withdrawal().line().replace("\"subject\"", "\"subjct\"");
    let job = on_file([grant()]);
    job.permits();
    let job = Job::raw(row().line(), unattributed);
    job.fails(&[
        "did you mean `subject`?",
        "continue with --quarantine NUMBER",
    ]);
    job.option("--quarantine", "0").fails(&[
        "more than 0 unreadable records",
        "--quarantine NUMBER sets the limit",
    ]);
}

/// Only the rules that can be waived are listed, and an id is answered with its name.
#[test]
fn a_rule_that_cannot_be_waived_is_refused_with_those_that_can() {
    let refused = |rule| on_file([grant()]).option("--waive", rule).run().ended;
    let by_id = refused("R11");
    assert_eq!(by_id.code, Some(2));
    assert!(
        by_id.stderr.contains("for R11 write WITHDRAWABLE"),
        "{}",
        by_id.stderr
    );
    for rule in ["STANDING", "R15", "nonsense"] {
        let ended = refused(rule);
        assert_eq!(ended.code, Some(2));
        let (_, listed) = ended.stderr.split_once("can be waived: ").unwrap();
        assert!(
            listed.starts_with("GRANULAR, INFORMED, EVIDENCED, "),
            "{listed}"
        );
        assert!(!listed.contains("STANDING"), "{listed}");
    }
}

/// The page of rules explains each option that `--help` lists.
#[test]
fn the_page_of_rules_has_every_option() {
    let page = include_str!("../../src/docs/rules.md");
    let folder = on_file([]).laid_down();
    let help = String::from_utf8(run(&mut folder.gate(["--help"]), b"").stdout).unwrap();
    let options: Vec<_> = help
        .lines()
        .filter_map(|line| line.trim_start().split(' ').next())
        .filter(|word| word.starts_with("--"))
        .collect();
    assert!(options.len() >= 20, "{options:?}");
    for option in options {
        assert!(page.contains(&format!("\n| `{option}` | ")), "{option}");
    }
}

/// The command of the sample copies an `id` that does not name the person.
#[test]
fn the_list_of_withheld_posts_of_at_protocol_has_no_did() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/shapes");
    let page = std::fs::read_to_string(data.join("README.md")).unwrap();
    let fields = page
        .lines()
        .find(|line| line.contains("atproto.out"))
        .unwrap();
    assert!(fields.contains("--field id=/cid "));
    let read = |name: &str| std::fs::read(data.join(name)).unwrap();
    let outcome = Job::raw(read("atproto.jsonl"), read("atproto.consents.jsonl"))
        .option("--field", "id=/cid")
        .option("--field", "subject=/did")
        .option("--field", "collected_at=/value/createdAt")
        .option("--data", "posts")
        .run();
    let list = outcome.folder.text("withheld.jsonl");
    assert_eq!(list.lines().count(), 4);
    assert!(!list.contains("did:"), "{list}");
}
