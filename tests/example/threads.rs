//! Several threads: their output is that of one thread, and no failure leaves any of them waiting.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::program::{Fate, Folder, Job, on_file, run};
use crate::world::{grant, row, withdrawal};

const SEVERAL: [&str; 3] = ["--threads=2", "--threads=7", "--threads=40"];

/// The lines that many rows are made of, in turn: the outcome of each is known.
fn each_kind() -> [(String, Fate<'static>); 6] {
    let row = || row().with("text", "Plums, at last. ".repeat(50));
    [
        (row().line(), Fate::Passes),
        (row().by("u2").line(), Fate::Withheld(&["ON_RECORD"], &[])),
        ("\n".to_owned(), Fate::Unreadable("")),
        (row().id("Zwetschge 🍑").line(), Fate::Passes),
        (row().by("u3").line(), Fate::Withheld(&[], &["STANDING"])),
        ("{\"subject\":\n".to_owned(), Fate::Unreadable("")),
    ]
}

/// Several megabytes: more chunks than the seven threads that some tests have.
const MANY: usize = 12_000;

fn lines_and_fates(lines: usize) -> (String, Vec<Fate<'static>>) {
    let kinds = each_kind();
    kinds.into_iter().cycle().take(lines).unzip()
}

fn job(lines: usize) -> (Job, Vec<Fate<'static>>) {
    let (rows, fates) = lines_and_fates(lines);
    let consents = [grant(), withdrawal().by("u3"), grant().id("g3").by("u3")];
    (on_file(consents).raw_rows(rows), fates)
}

/// Arguments for files that have these extensions at the end of their names.
fn arguments<'a>(job: &'a Job, extension: &str, more: &[&'a str]) -> Vec<String> {
    let mut arguments = vec![format!("--rows=rows.jsonl{extension}")];
    arguments.push("--consents=consents.jsonl".to_owned());
    arguments.push(format!("--out=out.jsonl{extension}"));
    arguments.push(format!("--withheld=withheld.jsonl{extension}"));
    arguments.push("--report=report.json".to_owned());
    arguments.push("--overwrite".to_owned());
    arguments.extend(job.question().into_iter().map(str::to_owned));
    arguments.extend(more.iter().map(|&option| option.to_owned()));
    arguments
}

/// What a run wrote.
fn written(folder: &Folder, job: &Job, extension: &str, more: &[&str]) -> [Vec<u8>; 3] {
    let ended = run(&mut folder.gate(arguments(job, extension, more)), b"");
    ended.is_clean();
    let name = |name: &str| folder.read(&format!("{name}.jsonl{extension}"));
    [name("out"), name("withheld"), folder.read("report.json")]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes the rows both plain and compressed.
fn laid_down(job: &Job) -> Folder {
    let folder = job.laid_down();
    let rows = folder.read("rows.jsonl");
    folder.write("rows.jsonl.gz", gzip(&rows));
    folder.write("rows.jsonl.zst", zstd::encode_all(&rows[..], 1).unwrap());
    folder
}

/// Waits for the end of a run, and does not wait for ever.
#[track_caller]
fn ends_in_time(child: &mut Child) -> Option<i32> {
    for _ in 0..6000 {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("the program did not come to its end");
}

/// Asserts that a run ends with status 1, and returns its message.
#[track_caller]
fn fails_in_time(command: &mut Command) -> String {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let code = ends_in_time(&mut child);
    let mut says = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut says).unwrap();
    assert_eq!(code, Some(1), "{says}");
    says
}

#[test]
fn every_line_has_its_fate_and_its_number() {
    let (job, fates) = job(MANY);
    for threads in ["1", "2", "7"] {
        job.clone().option("--threads", threads).tells(&fates);
    }
    job.tells(&fates);
}

#[test]
fn several_threads_write_what_one_writes_compressed_or_not() {
    let (job, _) = job(MANY);
    let folder = laid_down(&job);
    for extension in ["", ".gz", ".zst"] {
        let one = written(&folder, &job, extension, &["--threads=1"]);
        for threads in SEVERAL {
            let several = written(&folder, &job, extension, &[threads]);
            assert!(several == one, "{extension} {threads}");
        }
    }
}

#[test]
fn several_threads_replay_what_one_replays() {
    let (job, fates) = job(MANY);
    for threads in ["1", "2", "7"] {
        let job = job.clone().replay();
        job.option("--threads", threads).tells(&fates);
    }
}

#[test]
fn few_lines_and_none_are_enough_for_many_threads() {
    for lines in 0..9 {
        let (job, fates) = job(lines);
        for threads in ["1", "2", "7"] {
            job.clone().option("--threads", threads).tells(&fates);
        }
    }
}

#[test]
fn the_last_of_many_lines_needs_no_line_feed() {
    let (rows, mut fates) = lines_and_fates(MANY);
    fates.push(Fate::Passes);
    let (job, _) = job(0);
    for threads in ["1", "2", "7"] {
        let job = job.clone().raw_rows(rows.clone() + &row().text());
        job.option("--threads", threads).tells(&fates);
    }
}

#[test]
fn lines_that_are_longer_than_a_chunk_come_whole() {
    let long = row().with("text", "plums ".repeat(200_000)).line();
    let (rows, short) = lines_and_fates(6);
    let fates: Vec<_> = [&short[..], &[Fate::Passes]].concat().repeat(3);
    let (job, _) = job(0);
    for threads in ["1", "2", "7"] {
        let job = job.clone().raw_rows((rows.clone() + &long).repeat(3));
        job.option("--threads", threads).tells(&fates);
    }
}

#[test]
fn rows_come_from_a_pipe_and_go_to_one() {
    let (job, _) = job(MANY);
    let folder = laid_down(&job);
    let rows = folder.read("rows.jsonl");
    let [out, withheld, _] = written(&folder, &job, "", &["--threads=1"]);
    for (option, expected) in [("--out=-", out), ("--withheld=-", withheld)] {
        for threads in SEVERAL {
            let mut arguments = vec!["--rows=-", "--consents=consents.jsonl", option, threads];
            arguments.push("--overwrite");
            if option == "--withheld=-" {
                arguments.push("--out=out.jsonl");
            }
            arguments.extend(job.question());
            let ended = run(&mut folder.gate(arguments), &rows);
            ended.is_clean();
            assert!(ended.stdout == expected, "{option} {threads}");
        }
    }
}

#[test]
fn a_line_that_is_too_long_is_one_unreadable_row() {
    let (job, _) = job(0);
    let folder = job.laid_down();
    let mut rows = std::fs::File::create(folder.path("rows.jsonl")).unwrap();
    rows.write_all(row().line().as_bytes()).unwrap();
    let before = rows.metadata().unwrap().len();
    // A hole, which is read as zeros and takes no space on the disk.
    let longest = u64::try_from(consent_gate::json::LONGEST_LINE).unwrap();
    rows.set_len(before + longest + 1).unwrap();
    let mut rows = std::fs::File::options()
        .append(true)
        .open(folder.path("rows.jsonl"))
        .unwrap();
    rows.write_all(format!("\n{}{}", row().line(), row().by("u9").line()).as_bytes())
        .unwrap();
    for threads in ["--threads=1", "--threads=2"] {
        let [out, withheld, _] = written(&folder, &job, "", &[threads]);
        assert_eq!(out, row().line().repeat(2).as_bytes(), "{threads}");
        let withheld = String::from_utf8(withheld).unwrap();
        let mut listed = withheld.lines();
        let too_long =
            r#"{"line":2,"unreadable":"column 1: the line is too long: expected at most 256 MiB"}"#;
        assert_eq!(listed.next(), Some(too_long), "{threads}");
        let next = listed.next().unwrap();
        assert!(next.starts_with(r#"{"line":4,"#), "{next}");
        assert_eq!(folder.json("report.json")["seen"], 4);
    }
}

#[test]
fn truncated_rows_end_the_run_with_the_message_of_a_single_thread() {
    let (job, _) = job(MANY);
    let folder = laid_down(&job);
    let before = folder.names();
    for extension in [".gz", ".zst"] {
        let whole = folder.read(&format!("rows.jsonl{extension}"));
        for length in [10, whole.len() / 2, whole.len() - 1] {
            folder.write(&format!("rows.jsonl{extension}"), &whole[..length]);
            let says = ["--threads=1", "--threads=2", "--threads=7"].map(|threads| {
                let arguments = arguments(&job, extension, &[threads]);
                fails_in_time(&mut folder.gate(arguments))
            });
            let start = format!("gate: rows.jsonl{extension}: ");
            for words in &says {
                assert!(words.starts_with(&start), "{words}");
                assert_eq!(words, &says[0]);
            }
            assert_eq!(folder.names(), before);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_ends_every_thread() {
    let (job, _) = job(MANY);
    let folder = laid_down(&job);
    let before = folder.names();
    for option in ["--out=", "--withheld="] {
        for threads in SEVERAL {
            for rows in ["rows.jsonl", "rows.jsonl.zst"] {
                let mut arguments = arguments(&job, "", &[threads]);
                arguments.retain(|each| !each.starts_with(option) && !each.starts_with("--rows"));
                arguments.extend([format!("--rows={rows}"), format!("{option}/dev/full")]);
                let says = fails_in_time(&mut folder.gate(arguments));
                assert!(says.starts_with("gate: /dev/full: "), "{says}");
                assert_eq!(says.lines().count(), 1, "{says}");
                assert_eq!(folder.names(), before);
            }
        }
    }
}

#[test]
fn a_reader_that_goes_away_ends_every_thread() {
    let (job, _) = job(MANY);
    let folder = laid_down(&job);
    let before = folder.names();
    for threads in SEVERAL {
        let mut arguments = arguments(&job, "", &[threads]);
        arguments.retain(|each| !each.starts_with("--out="));
        arguments.push("--out=-".to_owned());
        let says = fails_in_time(&mut folder.gate(arguments));
        assert!(says.starts_with("gate: -: "), "{says}");
        assert_eq!(folder.names(), before);
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_no_file_that_looks_finished() {
    let (job, _) = job(MANY);
    for threads in SEVERAL {
        let folder = job.laid_down();
        let mut arguments = arguments(&job, "", &[threads]);
        arguments[0] = "--rows=-".to_owned();
        let mut command = folder.gate(arguments);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        // Far more than a pipe and the program's buffers can hold.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&folder.read("rows.jsonl")).unwrap();
        child.kill().unwrap();
        assert_eq!(ends_in_time(&mut child), None, "it was ended by a signal");
        for name in ["out.jsonl", "withheld.jsonl", "report.json"] {
            assert!(!folder.path(name).exists(), "{threads} {name}");
        }
    }
}
