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
    assert!(stderr.contains("gate: note: 1 unreadable consent records do not name a person"));
    assert!(!ran(&on_file([grant()]), &[Fate::Passes]).contains("gate:"));
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
        stderr.contains(
            "gate: note: none of the 2 rows could be read: rows.jsonl: line 1: column 2: expected a row"
        ),
        "{stderr}"
    );
}

/// A file that begins with a byte order mark is read without it.
#[test]
fn a_byte_order_mark_at_the_start_is_taken_off() {
    let marked = |text: String| format!("\u{feff}{text}");
    let rows = Job::raw(marked(row().line()), grant().line());
    let said = "rows.jsonl: a byte order mark at the start was taken off";
    let ended = rows.run().ended;
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert!(ended.stderr.contains("1  consented"), "{}", ended.stderr);
    Job::raw(row().line(), marked(grant().line())).permits();
    let second = Job::raw(row().line() + &marked(row().line()), grant().line());
    second.tells(&[Fate::Passes, Fate::Unreadable("a byte order mark")]);
}

/// JSON of another shape is one error, and not an unreadable row for each line.
#[test]
fn json_that_is_not_json_lines_is_refused_before_anything_is_written() {
    for (text, said) in [
        (
            "{\n  \"subject\": \"u1\"\n}\n",
            "an object over several lines",
        ),
        (
            "[\n  {\n    \"subject\": \"u1\"\n  }\n]\n",
            "a list over several lines",
        ),
        (
            "[\n  {\"subject\": \"u1\"},\n  {\"subject\": \"u2\"}\n]",
            "a list over several lines",
        ),
        (
            "[{\"subject\": \"u1\"}, {\"subject\": \"u2\"}]\n",
            "a list of objects",
        ),
        (
            "window.YTD.tweets.part0 = [\n  {\n",
            "a program that sets a variable",
        ),
        (
            "\u{feff}var rows = [{}];\n",
            "a program that sets a variable",
        ),
    ] {
        let expected = "expected JSON Lines, which is one JSON object a line, and found ";
        let rows = Job::raw(text, grant().line()).run();
        let ended = &rows.ended;
        assert_eq!(ended.code, Some(1), "{text}");
        assert!(
            ended
                .stderr
                .contains(&format!("rows.jsonl: {expected}{said}")),
            "{}",
            ended.stderr
        );
        assert_eq!(rows.folder.names(), ["consents.jsonl", "rows.jsonl"]);
        let consents = Job::raw(row().line(), text)
            .option("--quarantine", "100")
            .run();
        assert_eq!(consents.ended.code, Some(1), "{text}");
        assert!(
            consents.ended.stderr.contains(said),
            "{}",
            consents.ended.stderr
        );
    }
    // A line that was cut off is a line.
    let cut = Job::raw(format!("{{\n{}", row().line()), grant().line());
    cut.tells(&[Fate::Unreadable("the line ends before"), Fate::Passes]);
}

/// The summary is on standard error wherever that goes, unless it is not wanted.
#[test]
fn a_run_says_what_it_did() {
    let job = on_file([grant()]).rows([row(), row().by("u2")]);
    let said = ran(&job, &[Fate::Passes, Fate::Withheld(&["ON_RECORD"], &[])]);
    assert_eq!(
        said,
        "           2  rows seen\n           1  consented\n           1  withheld\n           \
         0  unreadable\n           1  withheld for R1 ON_RECORD\n"
    );
    let flagged = |flag: &str, job: Job| {
        let folder = job.laid_down();
        let mut arguments = job.question();
        arguments.extend(["--rows", "rows.jsonl", "--consents", "consents.jsonl"]);
        arguments.extend(["--out", "out.jsonl", flag]);
        let ended = run(&mut folder.gate(arguments), b"");
        (ended.code, ended.stderr, folder.path("out.jsonl").exists())
    };
    assert_eq!(flagged("--quiet", job), (Some(0), String::new(), true));
    let none = ran(&on_file([]), &[Fate::Withheld(&["ON_RECORD"], &[])]);
    assert!(none.contains("gate: note: no row passed"), "{none}");
    let unreadable = || on_file([grant()]).raw_rows(row().line() + "[]\n");
    let (code, says, is_there) = flagged("--fail-on-unreadable", unreadable());
    assert_eq!((code, is_there), (Some(1), true));
    assert!(
        says.ends_with("gate: --fail-on-unreadable: 1 rows are unreadable\n"),
        "{says}"
    );
    let (code, ..) = flagged("--fail-on-unreadable", on_file([grant()]));
    assert_eq!(code, Some(0));
}

/// A thousand rows at the start that cannot be read are not kept until the end.
#[test]
fn a_run_that_begins_with_unreadable_rows_says_so_at_once() {
    let said = "gate: note: none of the first 1000 rows could be read: line 1: ";
    for threads in ["1", "2"] {
        let rows = "{\"subject\":7.5}\n".repeat(1200) + &row().line();
        let job = on_file([grant()])
            .raw_rows(rows.as_str())
            .option("--threads", threads);
        assert!(job.run().ended.stderr.contains(said));
        let job = on_file([grant()]).raw_rows(row().line() + &rows);
        assert!(
            !job.option("--threads", threads)
                .run()
                .ended
                .stderr
                .contains(said)
        );
    }
}

/// A folder where a file should be, and a file in a folder that is not there.
#[test]
fn folders_are_named_in_the_words_of_the_user() {
    let folder = on_file([grant()]).laid_down();
    std::fs::create_dir(folder.path("rows")).unwrap();
    let job = on_file([grant()]);
    let says = |rows: &str, out: &str| {
        let mut arguments = job.question();
        arguments.extend(["--rows", rows, "--consents", "consents.jsonl", "--out", out]);
        let ended = run(&mut folder.gate(arguments), b"");
        assert_eq!(ended.code, Some(1));
        ended.stderr
    };
    let expected =
        "gate: rows: is a folder; name a file, and several files of rows each with --rows\n";
    assert_eq!(says("rows", "out.jsonl"), expected);
    let expected = "gate: no/out.jsonl: its folder does not exist; create it first\n";
    assert_eq!(says("rows.jsonl", "no/out.jsonl"), expected);
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

/// Only the rules that can be waived are listed. An id is as good as a name.
#[test]
fn a_rule_that_cannot_be_waived_is_refused_with_those_that_can() {
    let refused = |rule| on_file([grant()]).option("--waive", rule).run().ended;
    assert_eq!(refused("R11").code, Some(0));
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
