//! Wrong usage: status 2, a message on standard error, and nothing done.

use crate::program::{Ended, on_file, run};
use crate::world::{AS_OF, grant};

const USUAL: [(&str, &str); 8] = [
    ("--rows", "rows.jsonl"),
    ("--consents", "consents.jsonl"),
    ("--trainer", "acme"),
    ("--purpose", "train-generative"),
    ("--as-of", AS_OF),
    ("--out", "out.jsonl"),
    ("--withheld", "withheld.jsonl"),
    ("--report", "report.json"),
];

fn usual_without(left_out: &str) -> Vec<String> {
    let kept = USUAL.iter().filter(|(option, _)| *option != left_out);
    kept.map(|(option, value)| format!("{option}={value}"))
        .collect()
}

/// The usual arguments, except one option, which has other values: several of them, or none.
fn usual_but(option: &str, values: &[&str]) -> Vec<String> {
    let mut arguments = usual_without(option);
    arguments.extend(values.iter().map(|value| format!("{option}={value}")));
    arguments
}

/// Asserts status 2, a message with these words, and that nothing else happened.
#[track_caller]
fn refused(arguments: &[String], says: &str) {
    let folder = on_file([grant()]).laid_down();
    let before = folder.names();
    let Ended {
        code,
        stdout,
        stderr,
    } = run(&mut folder.gate(arguments), b"");
    assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
    assert_eq!(stdout, b"");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert!(stderr.contains(says), "{says:?} is not in {stderr:?}");
    assert_eq!(folder.names(), before);
}

#[track_caller]
fn refuses(option: &str, values: &[&str]) {
    refused(&usual_but(option, values), option);
}

#[test]
fn the_usual_arguments_are_not_refused() {
    let folder = on_file([grant()]).laid_down();
    let ended = run(&mut folder.gate(usual_without("")), b"");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(folder.names().len(), 5);
}

#[test]
fn an_unknown_option_is_refused() {
    refuses("--invert", &["true"]);
    let mut arguments = usual_without("");
    arguments.push("--allow-all".to_owned());
    refused(&arguments, "--allow-all");
    arguments.pop();
    arguments.push("more-rows.jsonl".to_owned());
    refused(&arguments, "more-rows.jsonl");
}

#[test]
fn a_missing_required_option_is_refused() {
    let needed = [
        "--rows",
        "--consents",
        "--trainer",
        "--purpose",
        "--as-of",
        "--out",
    ];
    for option in needed {
        refused(&usual_without(option), option);
    }
}

#[test]
fn rows_without_an_output_are_refused_except_in_a_replay() {
    let mut arguments = usual_without("--out");
    refused(&arguments, "--out");
    arguments.push("--replay".to_owned());
    let folder = on_file([grant()]).laid_down();
    assert_eq!(run(&mut folder.gate(arguments), b"").code, Some(0));
}

#[test]
fn an_option_that_may_not_be_repeated_is_refused_the_second_time() {
    for (option, value) in USUAL {
        if option != "--purpose" {
            refuses(option, &[value, value]);
        }
    }
    refuses("--max-age", &["1", "2"]);
    refuses("--quarantine", &["1", "2"]);
    refuses("--threads", &["1", "2"]);
}

#[test]
fn a_trainer_without_a_name_is_refused() {
    for blank in ["", " ", "\t", "\u{a0}\u{2003}"] {
        refused(&usual_but("--trainer", &[blank]), "");
    }
}

#[test]
fn asking_for_no_purpose_is_refused() {
    refused(&usual_without("--purpose"), "--purpose");
    refuses("--purpose", &[""]);
    refuses("--purpose", &["train-generative,"]);
}

#[test]
fn an_unknown_purpose_is_refused() {
    let unknown = [
        "all",
        "*",
        "training",
        "Train-Generative",
        " train-generative",
        "train_generative",
        "TRAIN_GENERATIVE",
        "1",
        "0x1",
        "train-generative|search",
        "train-generative,everything",
    ];
    for purpose in unknown {
        refuses("--purpose", &[purpose]);
    }
}

#[test]
fn a_rule_that_nothing_can_waive_is_refused() {
    let never = [
        "ON_RECORD",
        "READABLE",
        "PARTY",
        "PURPOSE",
        "AFFIRMATIVE",
        "EXPLICIT",
        "PERSONAL",
        "GIVEN",
        "STANDING",
    ];
    for rule in never {
        refused(&usual_but("--waive", &[rule]), rule);
        refused(&usual_but("--waive", &[&format!("EVIDENCED,{rule}")]), rule);
    }
}

#[test]
fn an_unknown_rule_is_refused() {
    for rule in [
        "",
        "ALL",
        "R7",
        "r10",
        "evidenced",
        "EVIDENCED ",
        "EVIDENCED,,CAPACITY",
    ] {
        refuses("--waive", &[rule]);
    }
}

#[test]
fn a_question_without_a_definite_instant_is_refused() {
    let uncertain = [
        "",
        "now",
        "2024-11-01",
        "2024-11-01T00:00:00",
        "2024-11-01 00:00:00Z",
        "2024-11-01T00:00:00+99:00",
        "2024-11-31T00:00:00Z",
        "1730419200",
    ];
    for time in uncertain {
        refuses("--as-of", &[time]);
    }
}

#[test]
fn a_maximum_age_is_a_number_of_days() {
    for days in ["0", "-1", "+", "", "a year", "1.5", "30d", "4294967296"] {
        refuses("--max-age", &[days]);
    }
}

#[test]
fn a_notice_without_an_id_or_a_version_is_refused() {
    for notice in ["", "ai", "@", "ai@", "@3", " @3", "ai@ ", "\t@\t"] {
        refuses("--accept-notice", &[notice]);
    }
}

#[test]
fn a_field_with_two_pointers_is_refused() {
    for other in ["/a", "/b"] {
        refused(
            &usual_but("--field", &["subject=/a", &format!("subject={other}")]),
            "--field subject",
        );
    }
}

#[test]
fn a_field_that_the_gate_does_not_read_is_refused() {
    for field in ["text=/a", "Subject=/a", "=/a", "subject =/a", "user_id=/a"] {
        refuses("--field", &[field]);
    }
}

#[test]
fn a_text_that_is_not_a_json_pointer_is_refused() {
    for field in [
        "subject",
        "subject=a",
        "subject=a/b",
        "subject=#/a",
        "subject=/~",
        "subject=/~2",
        "subject=/a/~",
        "subject=$.a",
    ] {
        refuses("--field", &[field]);
    }
}

#[test]
fn an_unknown_category_is_refused() {
    for category in ["", "post", "Posts", "all", "posts,", "1"] {
        refuses("--data", &[category]);
    }
}

#[test]
fn a_limit_that_is_no_number_is_refused() {
    for limit in ["", "-1", "some", "1.0", "18446744073709551616"] {
        refuses("--quarantine", &[limit]);
    }
}

#[test]
fn a_number_of_threads_that_is_no_number_above_zero_is_refused() {
    for threads in ["0", "", "-1", "+", "all", "1.5", "99999999999999999999"] {
        refuses("--threads", &[threads]);
    }
}

#[test]
fn standard_input_cannot_be_both_the_rows_and_the_consents() {
    let mut arguments = usual_without("--rows");
    arguments.retain(|each| !each.starts_with("--consents"));
    arguments.extend(["--rows=-".to_owned(), "--consents=-".to_owned()]);
    refused(&arguments, "standard input");
}

/// What the program prints when it is asked about itself.
fn printed(option: &str) -> String {
    let folder = on_file([]).laid_down();
    let ended = run(&mut folder.gate([option]), b"");
    ended.is_clean();
    assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl"]);
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn help_lists_every_option() {
    let help = printed("--help");
    let told: Vec<&str> = help
        .lines()
        .filter_map(|line| line.trim_start().split(' ').find(|word| !word.is_empty()))
        .filter(|word| word.starts_with("--"))
        .collect();
    let options = [
        "--rows",
        "--consents",
        "--format",
        "--controller",
        "--map",
        "--subject-field",
        "--notices",
        "--references",
        "--columns",
        "--delimiter",
        "--snapshot",
        "--save-snapshot",
        "--aliases",
        "--near-misses",
        "--complete-through",
        "--max-lag",
        "--assure",
        "--trainer",
        "--purpose",
        "--as-of",
        "--out",
        "--withheld",
        "--report",
        "--overwrite",
        "--accept-notice",
        "--max-age",
        "--waive",
        "--quarantine",
        "--replay",
        "--field",
        "--time",
        "--zone",
        "--data",
        "--quiet",
        "--fail-on-unreadable",
        "--threads",
    ];
    assert_eq!(told, options);
    assert!(printed("-h").lines().count() > options.len());
}

#[test]
fn a_form_of_consents_that_does_not_fit_is_refused() {
    refuses("--format", &["Dpv"]);
    refuses("--format", &["tcf"]);
    refused(&usual_but("--format", &["fides"]), "--controller");
    refused(
        &usual_but("--references", &["identifier"]),
        "only with --format fhir",
    );
    refused(
        &usual_but("--notices", &["notices.json"]),
        "only with --format fides",
    );
    for option in ["--consents", "--rows"] {
        refused(&usual_but(option, &["u.parquet"]), "gate_parquet");
    }
    let mut blank = usual_but("--format", &["fides"]);
    blank.push("--controller= ".to_owned());
    refused(&blank, "--controller");
    let mut snapshot = usual_without("--consents");
    snapshot.extend(["--snapshot=s", "--format=csv"].map(str::to_owned));
    refused(&snapshot, "--format");
}

#[test]
fn the_version_is_that_of_the_crate() {
    for option in ["--version", "-V"] {
        assert_eq!(
            printed(option),
            format!("gate {}\n", env!("CARGO_PKG_VERSION"))
        );
    }
}

#[test]
fn options_of_a_table_need_a_table() {
    refuses("--columns", &["a=id", "a"]);
    refuses("--delimiter", &["tab", ";"]);
    refuses("--subject-field", &["email"]);
}

#[test]
fn a_form_of_times_and_a_zone_are_named_as_the_help_says() {
    for form in ["seconds", "", "RFC3339", "%"] {
        refuses("--time", &[form]);
    }
    for zone in ["Europe/Berlin", "CET", "02:00", "+2", ""] {
        refuses("--zone", &[zone]);
    }
}
