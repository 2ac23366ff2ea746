//! The program, a folder for it to work in, and the outcome of a run.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use consent_gate::Rules;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::world::{AS_OF, Object, row};

/// Appears in values only. Nothing that is said about a row or a record may repeat it.
pub(crate) const SECRET: &str = "hunter2-is-my-password";

/// The path at which `cargo` built the example, next to the folder of this test's executable.
pub(crate) fn executable() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let profile = this.parent().and_then(Path::parent).unwrap();
    let name = format!("gate{}", std::env::consts::EXE_SUFFIX);
    let gate = profile.join("examples").join(name);
    assert!(
        gate.is_file(),
        "the example is not there: run `cargo build --example gate` in the profile of this test"
    );
    gate
}

/// A folder that is removed at the end.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).unwrap()
    }

    /// The names of everything in it, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort_unstable();
        names
    }

    /// The program, about to be started here.
    pub(crate) fn gate<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        self.command(&executable(), arguments)
    }

    pub(crate) fn command<A: AsRef<OsStr>>(
        &self,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path());
        command
    }
}

/// The exit status of a process, and its output.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    /// Asserts status 0, and a summary without notes.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        let is_of_summary = |line: &str| !line.contains("gate:") || line.contains("no row passed");
        assert!(self.stderr.lines().all(is_of_summary), "{}", self.stderr);
    }
}

/// Runs to the end, with these bytes on standard input.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A program that does not read to the end closes the pipe.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    });
    Ended {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A question about rows, from the starting point of every scenario.
#[derive(Clone)]
pub(crate) struct Job {
    rows: Vec<u8>,
    consents: Vec<u8>,
    trainer: String,
    purpose: String,
    as_of: String,
    more: Vec<String>,
}

/// These records on file, and one post of `u1`.
pub(crate) fn on_file(records: impl IntoIterator<Item = Object>) -> Job {
    Job::raw(row().line(), lines(records))
}

pub(crate) fn lines(objects: impl IntoIterator<Item = Object>) -> String {
    objects.into_iter().map(|object| object.line()).collect()
}

impl Job {
    pub(crate) fn raw(rows: impl Into<Vec<u8>>, consents: impl Into<Vec<u8>>) -> Self {
        Self {
            rows: rows.into(),
            consents: consents.into(),
            trainer: "acme".to_owned(),
            purpose: "train-generative".to_owned(),
            as_of: AS_OF.to_owned(),
            more: Vec::new(),
        }
    }

    pub(crate) fn rows(self, rows: impl IntoIterator<Item = Object>) -> Self {
        let rows = lines(rows).into();
        Self { rows, ..self }
    }

    pub(crate) fn raw_rows(self, rows: impl Into<Vec<u8>>) -> Self {
        let rows = rows.into();
        Self { rows, ..self }
    }

    pub(crate) fn trainer(self, trainer: &str) -> Self {
        let trainer = trainer.to_owned();
        Self { trainer, ..self }
    }

    pub(crate) fn purpose(self, purpose: &str) -> Self {
        let purpose = purpose.to_owned();
        Self { purpose, ..self }
    }

    pub(crate) fn asked_at(self, as_of: &str) -> Self {
        let as_of = as_of.to_owned();
        Self { as_of, ..self }
    }

    pub(crate) fn option(mut self, name: &str, value: &str) -> Self {
        self.more.push(format!("{name}={value}"));
        self
    }

    pub(crate) fn replay(mut self) -> Self {
        self.more.push("--replay".to_owned());
        self
    }

    /// Every argument except the names of the files.
    pub(crate) fn question(&self) -> Vec<&str> {
        let mut arguments = vec!["--trainer", &self.trainer, "--purpose", &self.purpose];
        arguments.extend(["--as-of", &self.as_of]);
        arguments.extend(self.more.iter().map(String::as_str));
        arguments
    }

    /// Writes the rows and the consents to a folder.
    pub(crate) fn laid_down(&self) -> Folder {
        let folder = Folder::new();
        folder.write("rows.jsonl", &self.rows);
        folder.write("consents.jsonl", &self.consents);
        folder
    }

    pub(crate) fn run(&self) -> Outcome {
        let folder = self.laid_down();
        let mut arguments = vec!["--rows", "rows.jsonl", "--consents", "consents.jsonl"];
        arguments.extend(["--out", "out.jsonl", "--withheld", "withheld.jsonl"]);
        arguments.extend(["--report", "report.json"]);
        arguments.extend(self.question());
        let ended = run(&mut folder.gate(arguments), b"");
        Outcome {
            ended,
            folder,
            rows: self.rows.clone(),
            is_replay: self.more.iter().any(|option| option == "--replay"),
        }
    }

    /// Runs, and asserts the outcome of the rows, line by line.
    #[track_caller]
    pub(crate) fn tells(&self, fates: &[Fate<'_>]) -> Outcome {
        let outcome = self.run();
        outcome.tells(fates);
        outcome
    }

    #[track_caller]
    pub(crate) fn permits(&self) {
        self.tells(&[Fate::Passes]);
    }

    #[track_caller]
    pub(crate) fn denies(&self, unproven: &[&str], contradicted: &[&str]) {
        self.tells(&[Fate::Withheld(unproven, contradicted)]);
    }

    /// Runs, and asserts that it fails with this message and leaves no files.
    #[track_caller]
    pub(crate) fn fails(&self, says: &[&str]) -> Outcome {
        let outcome = self.run();
        outcome.failed(says);
        outcome
    }
}

/// The outcome for a line of the rows.
#[derive(Clone, Copy)]
pub(crate) enum Fate<'a> {
    Passes,
    /// For these rules unproven, and for these rules contradicted.
    Withheld(&'a [&'a str], &'a [&'a str]),
    /// With these words somewhere in the message.
    Unreadable(&'a str),
}

/// The result of a run over files.
pub(crate) struct Outcome {
    pub(crate) ended: Ended,
    pub(crate) folder: Folder,
    rows: Vec<u8>,
    is_replay: bool,
}

impl Outcome {
    pub(crate) fn report(&self) -> Value {
        self.folder.json("report.json")
    }

    /// Asserts that every row was decided, and the outcome of each line.
    #[track_caller]
    pub(crate) fn tells(&self, fates: &[Fate<'_>]) {
        let Ended { code, stderr, .. } = &self.ended;
        assert_eq!(*code, Some(0), "{stderr}");
        let is_note = |line: &str| !line.starts_with("gate:") || line.starts_with("gate: note: ");
        assert!(stderr.lines().all(is_note), "{stderr}");
        assert_eq!(self.ended.stdout, b"");
        let mut expected = vec!["consents.jsonl", "out.jsonl", "report.json", "rows.jsonl"];
        expected.push("withheld.jsonl");
        expected.retain(|name| !(self.is_replay && *name == "out.jsonl"));
        assert_eq!(self.folder.names(), expected);
        assert_eq!(self.folder.read("rows.jsonl"), self.rows);

        let lines: Vec<&[u8]> = self.rows.split_inclusive(|byte| *byte == b'\n').collect();
        assert_eq!(lines.len(), fates.len(), "lines of the rows");
        self.lists(&lines, fates);
        self.counts(fates);
        if !self.is_replay {
            let passes = |fate: &Fate<'_>| matches!(fate, Fate::Passes);
            let passing = lines.iter().zip(fates).filter(|(_, fate)| passes(fate));
            let passing: Vec<u8> = passing.flat_map(|(line, _)| *line).copied().collect();
            let out = self.folder.read("out.jsonl");
            assert!(out == passing, "not byte for byte");
        }
    }

    #[track_caller]
    fn lists(&self, lines: &[&[u8]], fates: &[Fate<'_>]) {
        let list = self.folder.text("withheld.jsonl");
        assert!(list.is_empty() || list.ends_with('\n'));
        let mut listed = list.lines();
        for (number, (line, fate)) in (1..).zip(lines.iter().zip(fates)) {
            match fate {
                Fate::Passes => {}
                Fate::Withheld(unproven, contradicted) => {
                    let row: Value = serde_json::from_slice(line).unwrap();
                    let id = row.get("id").unwrap_or(&Value::Null);
                    let expected = format!(
                        r#"{{"line":{number},"id":{id},"unproven":{},"contradicted":{}}}"#,
                        serde_json::to_string(unproven).unwrap(),
                        serde_json::to_string(contradicted).unwrap(),
                    );
                    assert_eq!(listed.next(), Some(expected.as_str()));
                }
                Fate::Unreadable(words) => {
                    let text = listed.next().unwrap();
                    let found: Map<String, Value> = serde_json::from_str(text).unwrap();
                    assert_eq!(found.keys().collect::<Vec<_>>(), ["line", "unreadable"]);
                    assert!(
                        text.starts_with(&format!(r#"{{"line":{number},"#)),
                        "{text}"
                    );
                    let message = found["unreadable"].as_str().unwrap();
                    assert!(message.contains(words), "{message}");
                    let columns = 1..=line.len() + 1;
                    assert!(columns.contains(&column_of(message)), "{message}");
                }
            }
        }
        assert_eq!(listed.next(), None);
    }

    #[track_caller]
    fn counts(&self, fates: &[Fate<'_>]) {
        let mut expected = [fates.len(), 0, 0, 0];
        let (mut primary, mut any) = (Map::new(), Map::new());
        let add = |counts: &mut Map<String, Value>, rule: &str| {
            let before = counts.get(rule).and_then(Value::as_u64).unwrap_or(0);
            counts.insert(rule.to_owned(), (before + 1).into());
        };
        for fate in fates {
            match fate {
                Fate::Passes => expected[1] += 1,
                Fate::Withheld(unproven, contradicted) => {
                    expected[2] += 1;
                    let failed = rules(unproven) | rules(contradicted);
                    failed.names().for_each(|rule| add(&mut any, rule));
                    add(&mut primary, failed.names().next().unwrap());
                }
                Fate::Unreadable(_) => expected[3] += 1,
            }
        }
        let report = self.report();
        let fields = ["seen", "consented", "withheld", "unreadable"];
        assert_eq!(
            fields.map(|name| report[name].as_u64().unwrap()),
            expected.map(|count| u64::try_from(count).unwrap())
        );
        assert_eq!(report["primary"], Value::Object(primary));
        assert_eq!(report["any"], Value::Object(any));
        assert_eq!(report["replay"], self.is_replay);
    }

    /// Asserts status 1, a message with these words, and that the folder contains no output.
    #[track_caller]
    pub(crate) fn failed(&self, says: &[&str]) {
        let Ended { code, stderr, .. } = &self.ended;
        assert_eq!(*code, Some(1), "{stderr}");
        assert_eq!(self.ended.stdout, b"");
        assert!(stderr.starts_with("gate: "), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        for words in says {
            assert!(stderr.contains(words), "{words:?} is not in {stderr:?}");
        }
        assert_eq!(self.folder.names(), ["consents.jsonl", "rows.jsonl"]);
    }

    /// Asserts that nothing except the rows that passed repeats the secret.
    #[track_caller]
    pub(crate) fn keeps_the_secret(&self) {
        assert!(!self.ended.stderr.contains(SECRET), "{}", self.ended.stderr);
        for name in ["withheld.jsonl", "report.json"] {
            if self.folder.path(name).exists() {
                let text = self.folder.text(name);
                assert!(!text.contains(SECRET), "{name}: {text}");
            }
        }
    }
}

/// The column that a message starts with.
fn column_of(message: &str) -> usize {
    let after = message.strip_prefix("column ").unwrap();
    let (column, _) = after.split_once(": ").unwrap();
    column.parse().unwrap()
}

fn rules(names: &[&str]) -> Rules {
    names
        .iter()
        .map(|name| name.parse::<Rules>().unwrap())
        .collect()
}
