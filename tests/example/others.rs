//! What the program is told of the consents besides them: other names, how complete they are, and
//! what conditions are kept.

use crate::program::{Fate, Folder, Job, lines, on_file, run};
use crate::world::{AS_OF, Object, grant, row, withdrawal};

const PASSES: Fate<'_> = Fate::Passes;

/// A person who granted by one id and denied by another.
fn by_two_ids(granted: &str, denied: &str) -> [Object; 2] {
    [
        grant().id(&format!("g {granted}")).by(granted),
        withdrawal().id(&format!("w {granted}")).by(denied),
    ]
}

/// The forms in which a no was lost.
const NEAR: [(&str, &str); 5] = [
    ("alice@example.org", "Alice@Example.org"),
    ("ann@example.org", "ann@example.org "),
    ("jos\u{E9}", "jose\u{301}"),
    ("7", "007"),
    ("8", "8.0"),
];

fn near() -> Job {
    let pairs = NEAR.into_iter().chain([("bob-old", "bob-new")]);
    let consents = pairs
        .clone()
        .flat_map(|(granted, denied)| by_two_ids(granted, denied));
    on_file(consents).rows(pairs.map(|(granted, _)| row().by(granted)))
}

/// A folder with the files of this job and a file of aliases.
fn run_with(job: &Job, aliases: &str) -> (Folder, Option<i32>, String) {
    let folder = job.laid_down();
    folder.write("aliases.jsonl", aliases);
    let mut arguments = vec!["--rows", "rows.jsonl", "--consents", "consents.jsonl"];
    arguments.extend(["--out", "out.jsonl", "--report", "report.json"]);
    arguments.extend(["--aliases", "aliases.jsonl"]);
    arguments.extend(job.question());
    let ended = run(&mut folder.gate(arguments), b"");
    (folder, ended.code, ended.stderr)
}

/// R2 · a no under an id in another form withholds whoever granted, and is counted.
#[test]
fn near_misses_are_withheld_and_counted() {
    let outcome = near().run();
    assert_eq!(outcome.report()["near_misses"], 5);
    assert_eq!(outcome.report()["any"]["READABLE"], 5);
    assert_eq!(outcome.report()["consented"], 1);
    assert!(
        outcome
            .ended
            .stderr
            .contains("5 ids of denials differ only in form")
    );
    for (granted, denied) in NEAR {
        assert!(!outcome.ended.stderr.contains(granted.trim()) || granted.len() < 3);
        assert!(!outcome.ended.stderr.contains(denied.trim()) || denied.len() < 4);
    }
    let listed = outcome.folder.text("withheld.jsonl");
    assert_eq!(listed.matches("[\"READABLE\"]").count(), 5);
}

#[test]
fn near_misses_are_only_counted_where_that_is_asked_for() {
    let counted = near().option("--near-misses", "count");
    let outcome = counted.tells(&[PASSES; 6]);
    assert_eq!(outcome.report()["near_misses"], 5);
    let none = on_file([grant(), withdrawal()]).run();
    assert_eq!(none.report()["near_misses"], 0);
    none.ended.is_clean();
}

/// R15 · the person said no under another name.
#[test]
fn an_alias_makes_a_no_count_and_no_yes() {
    let alias = "{\"kind\":\"subject\",\"name\":\"old\",\"of\":\"u1\"}\n";
    let no = on_file([grant(), withdrawal().by("old")]);
    no.tells(&[PASSES]);
    let (folder, code, says) = run_with(&no, alias);
    assert_eq!(code, Some(0));
    assert!(says.contains("withheld for R15 STANDING"), "{says}");
    assert_eq!(folder.json("report.json")["any"]["STANDING"], 1);
    let (folder, code, _) = run_with(&on_file([grant().by("old")]), alias);
    assert_eq!(code, Some(0));
    assert_eq!(folder.json("report.json")["any"]["ON_RECORD"], 1);
    let (folder, ..) = run_with(
        &near(),
        "{\"kind\":\"subject\",\"name\":\"bob-new\",\"of\":\"bob-old\"}",
    );
    assert_eq!(folder.json("report.json")["any"]["STANDING"], 1);
    assert_eq!(folder.json("report.json")["consented"], 0);
}

/// R15 · the party was told under another name, which the question then states.
#[test]
fn an_alias_of_a_party_reaches_the_question() {
    let alias = "{\"of\":\"acme\",\"kind\":\"party\",\"name\":\"Acme Ltd\"}\n";
    let no = on_file([grant(), withdrawal().to("acme ltd")]);
    no.tells(&[PASSES]);
    let (folder, code, _) = run_with(&no, alias);
    assert_eq!(code, Some(0));
    let report = folder.json("report.json");
    assert_eq!(report["any"]["STANDING"], 1);
    assert_eq!(report["gate"]["party_aliases"][0][0], "acme");
    assert_eq!(report["gate"]["party_aliases"][0][1], "acme ltd");
}

/// What cannot be read may be what makes a no count.
#[test]
fn an_alias_that_cannot_be_read_stops_the_run() {
    for wrong in [
        "",
        "{}",
        "[]",
        "\u{FEFF}{\"kind\":\"subject\",\"name\":\"a\",\"of\":\"b\"}",
        "{\"kind\":\"Subject\",\"name\":\"secret\",\"of\":\"u1\"}",
        "{\"kind\":\"person\",\"name\":\"secret\",\"of\":\"u1\"}",
        "{\"kind\":\"subject\",\"name\":\"secret\"}",
        "{\"kind\":\"subject\",\"name\":\"secret\",\"of\":\"\"}",
        "{\"kind\":\"subject\",\"name\":\"secret\",\"of\":\"u1\",\"secret\":1}",
        "{\"kind\":\"subject\",\"name\":\"secret\",\"name\":\"x\",\"of\":\"u1\"}",
        "{\"kind\":\"subject\",\"kind\":\"party\",\"name\":\"secret\",\"of\":\"u1\"}",
        "{\"kind\":\"party\",\"name\":7,\"of\":\"u1\"}",
        "{\"kind\":\"subject\",\"name\":\"secret\",\"of\":\"u1\"} x",
    ] {
        let good = "{\"kind\":\"subject\",\"name\":\"a\",\"of\":\"b\"}\n";
        let (folder, code, says) = run_with(&on_file([grant()]), &format!("{good}{wrong}\n"));
        assert_eq!(code, Some(1), "{wrong}: {says}");
        assert!(
            says.contains("aliases.jsonl: line 2: expected an object"),
            "{says}"
        );
        assert!(!says.contains("secret"), "{says}");
        assert!(!folder.path("out.jsonl").exists());
    }
}

/// A snapshot has the names that it was made with.
#[test]
fn a_snapshot_takes_no_other_names_of_people() {
    let job = on_file([grant()]);
    let saving = job.clone().option("--save-snapshot", "saved");
    let subject = "{\"kind\":\"subject\",\"name\":\"old\",\"of\":\"u1\"}\n";
    let (folder, code, says) = run_with(&saving, subject);
    assert_eq!(code, Some(0), "{says}");
    let mut arguments = vec![
        "--rows",
        "rows.jsonl",
        "--snapshot",
        "saved",
        "--out",
        "again.jsonl",
    ];
    arguments.extend(["--aliases", "aliases.jsonl"]);
    arguments.extend(job.question());
    let ended = run(&mut folder.gate(&arguments), b"");
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .stderr
            .contains("with --snapshot it may name only parties")
    );
    folder.write("aliases.jsonl", "");
    assert_eq!(run(&mut folder.gate(&arguments), b"").code, Some(0));
}

/// R19 · a withdrawal on its way.
#[test]
fn consents_have_to_be_complete_and_recent_where_a_lag_is_set() {
    let job = || on_file([grant()]).option("--max-lag", "1d");
    job().denies(&["FRESH"], &[]);
    let through = |at: &str| job().option("--complete-through", at);
    through("2024-10-31T01:00:00Z").permits();
    through("2024-10-30T23:00:00Z").denies(&[], &["FRESH"]);
    let newer = row().with("collected_at", "2024-10-31T02:00:00Z");
    through("2024-10-31T01:00:00Z")
        .rows([newer])
        .denies(&[], &["FRESH"]);
    job().option("--waive", "FRESH").permits();
    for same in ["24h", "1440m", "86400s", "1d"] {
        let outcome = on_file([grant()])
            .option("--max-lag", same)
            .option("--complete-through", AS_OF)
            .run();
        let report = outcome.report();
        assert_eq!(report["max_lag"], "PT86400S");
        assert_eq!(report["complete_through"], AS_OF);
        assert_eq!(report["consented"], 1);
    }
    let report = on_file([grant()]).run().report();
    assert!(report["max_lag"].is_null() && report["complete_through"].is_null());
}

/// R20 · the yes covers what was agreed and no more.
#[test]
fn conditions_have_to_be_kept() {
    let job = || on_file([grant().with("conditions", vec!["de-identified", "non-commercial"])]);
    job().denies(&[], &["CONDITIONS"]);
    job()
        .option("--assure", "de-identified")
        .denies(&[], &["CONDITIONS"]);
    let kept = job().option("--assure", "de-identified,non-commercial");
    kept.permits();
    let report = kept.run().report();
    assert_eq!(
        report["assured"],
        serde_json::json!(["de-identified", "non-commercial"])
    );
}

/// Options that cannot be meant.
#[test]
fn what_is_no_lag_no_instant_and_no_condition_is_refused() {
    for (option, values) in [
        (
            "--max-lag",
            &[
                "",
                "1",
                "d",
                "1w",
                "-1d",
                "1.5h",
                "1 d",
                "99999999999d",
                "1D",
            ][..],
        ),
        (
            "--complete-through",
            &["", "2024-11-01", "now", "2024-11-01T00:00:00"],
        ),
        ("--assure", &["", "De-identified", "a,,b", "a b"]),
        ("--near-misses", &["", "Count", "ignore"]),
    ] {
        for value in values {
            let outcome = on_file([grant()]).option(option, value).run();
            assert_eq!(outcome.ended.code, Some(2), "{option}={value}");
            assert!(
                outcome.ended.stderr.contains(option),
                "{}",
                outcome.ended.stderr
            );
        }
    }
}

/// R2 · a row of several people needs all of them.
#[test]
fn a_person_withheld_for_a_near_miss_is_withheld_with_others() {
    let both = row().without("subject").with("subjects", vec!["u1", "u2"]);
    let consents = [grant(), grant().id("g2").by("u2"), withdrawal().by("U2")];
    let rows = lines([row(), both]);
    let job = on_file(consents).raw_rows(rows);
    let outcome = job.run();
    assert_eq!(outcome.report()["consented"], 1);
    assert_eq!(outcome.report()["any"]["READABLE"], 1);
    job.option("--near-misses", "count")
        .tells(&[PASSES, PASSES]);
}
