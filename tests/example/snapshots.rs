//! What one run made of the consent records serves other runs with the same question.

use serde_json::Value;

use crate::program::{Folder, Job, lines as lines_of, on_file, run};
use crate::world::{grant, row, withdrawal};

fn job() -> Job {
    let rows = [
        row(),
        row().by("u2"),
        row().by("u3"),
        row().by("7"),
        row().by("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    ];
    let consents = [
        grant(),
        grant().id("g3").by("u3"),
        withdrawal().by("u3"),
        grant().id("g7").by("7"),
        grant().id("g8").by("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    ];
    on_file(consents).raw_rows(lines_of(rows))
}

/// Runs with these arguments in addition to the rows and the question.
fn ended(folder: &Folder, job: &Job, arguments: &[&str]) -> (Option<i32>, String) {
    let mut all = vec!["--rows", "rows.jsonl", "--out", "out.jsonl"];
    all.extend(["--withheld", "withheld.jsonl", "--report", "report.json"]);
    all.extend(["--overwrite", "--quiet"]);
    all.extend(arguments);
    all.extend(job.question());
    let ended = run(&mut folder.gate(all), b"");
    (ended.code, ended.stderr)
}

/// What a run wrote. A snapshot does not say how many near misses it was made with.
fn written(folder: &Folder) -> (Vec<u8>, Vec<u8>, Value) {
    let mut report = folder.json("report.json");
    report["near_misses"].take();
    (
        folder.read("out.jsonl"),
        folder.read("withheld.jsonl"),
        report,
    )
}

const SAVE: [&str; 2] = ["--consents", "consents.jsonl"];

#[test]
fn a_run_on_a_saved_snapshot_writes_what_the_run_on_the_consents_wrote() {
    for name in ["saved.snapshot", "saved.zst", "saved.gz"] {
        let job = job();
        let folder = job.laid_down();
        let saving = [&SAVE[..], &["--save-snapshot", name]].concat();
        assert_eq!(ended(&folder, &job, &saving), (Some(0), String::new()));
        let expected = written(&folder);
        assert_eq!(folder.text("out.jsonl").lines().count(), 3);
        for threads in ["--threads=1", "--threads=3"] {
            let loading = ["--snapshot", name, threads];
            assert_eq!(ended(&folder, &job, &loading), (Some(0), String::new()));
            assert_eq!(written(&folder), expected, "{name} {threads}");
        }
    }
}

#[test]
fn a_snapshot_of_another_question_is_refused_and_nothing_is_written() {
    let folder = job().laid_down();
    let saving = [&SAVE[..], &["--save-snapshot", "saved"]].concat();
    assert_eq!(ended(&folder, &job(), &saving).0, Some(0));
    for name in ["out.jsonl", "withheld.jsonl", "report.json"] {
        std::fs::remove_file(folder.path(name)).unwrap();
    }
    let other = job().trainer("another");
    let (code, says) = ended(&folder, &other, &["--snapshot", "saved"]);
    assert_eq!(code, Some(1));
    assert!(
        says.contains("saved: the snapshot is for another gate"),
        "{says}"
    );
    let (code, says) = ended(&folder, &job(), &["--snapshot", "saved", "--replay"]);
    assert_eq!(code, Some(1), "{says}");
    assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl", "saved"]);
}

#[test]
fn a_snapshot_that_is_none_or_damaged_is_refused_by_its_name() {
    let job = job();
    let folder = job.laid_down();
    let saving = [&SAVE[..], &["--save-snapshot", "saved"]].concat();
    assert_eq!(ended(&folder, &job, &saving).0, Some(0));
    let whole = folder.read("saved");
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    for (bytes, what) in [
        (&damaged[..], "the snapshot is damaged"),
        (&whole[..middle], "the snapshot is truncated"),
        (b"{}\n", "not a snapshot"),
        (b"", "not a snapshot"),
    ] {
        folder.write("bad", bytes);
        let (code, says) = ended(&folder, &job, &["--snapshot", "bad"]);
        assert_eq!(code, Some(1));
        assert!(says.contains(&format!("bad: {what}")), "{says}");
    }
}

#[test]
fn rows_with_embedded_records_are_withheld_with_a_snapshot() {
    let own = row()
        .by("u9")
        .with("consents", vec![grant().id("g9").by("u9").value()]);
    let job = on_file([grant()]).raw_rows(lines_of([row(), own]));
    let folder = job.laid_down();
    let saving = [&SAVE[..], &["--save-snapshot", "saved"]].concat();
    assert_eq!(ended(&folder, &job, &saving).0, Some(0));
    assert_eq!(folder.json("report.json")["consented"], 2);
    assert_eq!(ended(&folder, &job, &["--snapshot", "saved"]).0, Some(0));
    assert_eq!(folder.json("report.json")["consented"], 1);
    let withheld = folder.text("withheld.jsonl");
    assert!(
        withheld.contains(r#""contradicted":["READABLE"]"#),
        "{withheld}"
    );
}

#[test]
fn a_snapshot_and_consents_are_not_asked_for_together_and_one_of_them_is() {
    let job = job();
    let folder = job.laid_down();
    for wrong in [
        &["--consents", "consents.jsonl", "--snapshot", "saved"][..],
        &["--snapshot", "saved", "--save-snapshot", "other"],
        &["--snapshot", "saved", "--quarantine", "1"],
        &[],
        &[
            "--consents",
            "consents.jsonl",
            "--save-snapshot",
            "rows.jsonl",
        ],
        &[
            "--consents",
            "consents.jsonl",
            "--save-snapshot",
            "out.jsonl",
        ],
    ] {
        let (code, says) = ended(&folder, &job, wrong);
        assert_eq!(code, Some(2), "{wrong:?}: {says}");
    }
    assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl"]);
}
