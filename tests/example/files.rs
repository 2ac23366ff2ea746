//! Files: streams and compressed files, rows byte for byte, and only complete files under their
//! names.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::program::{Ended, Fate, Folder, Job, lines, on_file, run};
use crate::world::{AS_OF, Object, grant, row, withdrawal};

const IN_AND_OUT: [(&str, &str); 5] = [
    ("--rows", "rows.jsonl"),
    ("--consents", "consents.jsonl"),
    ("--out", "out.jsonl"),
    ("--withheld", "withheld.jsonl"),
    ("--report", "report.json"),
];

const QUESTION: [&str; 6] = [
    "--trainer",
    "acme",
    "--purpose",
    "train-generative",
    "--as-of",
    AS_OF,
];

/// The usual files, except these.
fn but<'a>(changes: &[(&'a str, &'a str)]) -> Vec<&'a str> {
    let mut arguments = QUESTION.to_vec();
    for (option, name) in IN_AND_OUT {
        let other = changes.iter().find(|(each, _)| *each == option);
        arguments.extend([option, other.map_or(name, |(_, other)| other)]);
    }
    arguments
}

/// The grant of `u1` and three rows, of which the second is withheld and the third is unreadable.
fn laid_down() -> Folder {
    on_file([grant()]).raw_rows(three_rows()).laid_down()
}

fn three_rows() -> String {
    lines([row(), row().by("u2"), row().with("collected_at", 7)])
}

fn ends_in(folder: &Folder, changes: &[(&str, &str)]) -> Ended {
    run(&mut folder.gate(but(changes)), b"")
}

#[track_caller]
fn succeeds_in(folder: &Folder, changes: &[(&str, &str)]) -> Ended {
    let ended = ends_in(folder, changes);
    ended.is_clean();
    ended
}

/// Asserts status 1, a message with these words, and that the folder is unchanged.
#[track_caller]
fn fails_in(folder: &Folder, changes: &[(&str, &str)], says: &str) {
    let before = folder.names();
    let ended = ends_in(folder, changes);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
    assert_eq!(ended.stdout, b"");
    assert_eq!(folder.names(), before);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut text).unwrap();
    text
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 0).unwrap()
}

/// This many rows of `u1`, which do not compress well.
fn many(rows: u32) -> String {
    let mut state: u32 = 1;
    let mut word = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        format!("{state:08x}")
    };
    let text = (0..rows).map(|_| row().with("text", [word(), word(), word(), word()].concat()));
    lines(text)
}

mod streams {
    use super::*;

    #[test]
    fn rows_come_from_standard_input() {
        let folder = laid_down();
        let command = &mut folder.gate(but(&[("--rows", "-")]));
        let ended = run(command, lines([row(), row()]).as_bytes());
        ended.is_clean();
        assert_eq!(folder.text("out.jsonl"), lines([row(), row()]));
        assert_eq!(ended.stdout, b"");
    }

    #[test]
    fn consents_come_from_standard_input() {
        let folder = laid_down();
        let command = &mut folder.gate(but(&[("--consents", "-")]));
        let ended = run(command, lines([grant(), withdrawal()]).as_bytes());
        ended.is_clean();
        assert_eq!(folder.text("out.jsonl"), "");
    }

    #[test]
    fn each_output_goes_to_standard_output() {
        let usual = laid_down();
        succeeds_in(&usual, &[]);
        for (option, name) in &IN_AND_OUT[2..] {
            let folder = laid_down();
            let ended = succeeds_in(&folder, &[(option, "-")]);
            assert!(ended.stdout == usual.read(name), "{option}");
            assert!(!folder.path(name).exists(), "{option}");
            assert!(!folder.path("-").exists(), "{option}");
        }
    }

    #[test]
    fn rows_go_from_standard_input_to_standard_output() {
        let folder = laid_down();
        let command = &mut folder.gate(but(&[("--rows", "-"), ("--out", "-")]));
        let ended = run(command, three_rows().as_bytes());
        ended.is_clean();
        assert_eq!(ended.stdout, row().line().as_bytes());
    }

    #[test]
    fn a_reader_that_goes_away_is_an_error() {
        let folder = on_file([grant()]).raw_rows(many(4000)).laid_down();
        let mut command = folder.gate(but(&[("--out", "-")]));
        command.stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        assert!(!ended.stderr.is_empty());
        assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl"]);
    }

    #[test]
    fn a_file_whose_name_is_a_dash_can_be_named_by_its_folder() {
        let folder = laid_down();
        folder.write("-", lines([row(), row(), row()]));
        succeeds_in(&folder, &[("--rows", "./-")]);
        assert_eq!(folder.text("out.jsonl"), lines([row(), row(), row()]));
    }
}

mod compression {
    use super::*;

    type Pack = fn(&[u8]) -> Vec<u8>;

    #[test]
    fn every_file_is_read_and_written_by_its_extension() {
        let usual = laid_down();
        succeeds_in(&usual, &[]);
        let formats: [(&str, Pack, Pack); 2] = [
            (".gz", gzip, gunzip),
            (".zst", zstd, |bytes| zstd::decode_all(bytes).unwrap()),
        ];
        for (extension, pack, unpack) in formats {
            let folder = laid_down();
            let names = IN_AND_OUT.map(|(option, name)| (option, format!("{name}{extension}")));
            for (input, (_, packed)) in IN_AND_OUT.iter().zip(&names).take(2) {
                folder.write(packed, pack(&folder.read(input.1)));
                fs::remove_file(folder.path(input.1)).unwrap();
            }
            let changes: Vec<_> = names
                .iter()
                .map(|(option, name)| (*option, name.as_str()))
                .collect();
            succeeds_in(&folder, &changes);
            assert_eq!(folder.names().len(), 5, "{extension}");
            for (output, (_, packed)) in IN_AND_OUT.iter().zip(&names).skip(2) {
                let unpacked = unpack(&folder.read(packed));
                assert!(unpacked == usual.read(output.1), "{packed}");
            }
        }
    }

    #[test]
    fn concatenated_files_are_read_to_the_last() {
        let rows: Vec<String> = (0..4).map(|_| row().line()).collect();
        let packs: [(&str, Pack); 2] = [("rows.gz", gzip), ("rows.zst", zstd)];
        for (name, pack) in packs {
            let folder = laid_down();
            let members: Vec<_> = rows.iter().map(|row| pack(row.as_bytes())).collect();
            folder.write(name, members.concat());
            succeeds_in(&folder, &[("--rows", name)]);
            assert_eq!(folder.text("out.jsonl"), rows.concat(), "{name}");
        }
    }

    #[test]
    fn a_withdrawal_in_the_second_part_of_the_consents_counts() {
        let packs: [(&str, Pack); 2] = [("consents.gz", gzip), ("consents.zst", zstd)];
        for (name, pack) in packs {
            let folder = laid_down();
            let parts = [grant(), withdrawal()].map(|record| pack(record.line().as_bytes()));
            folder.write(name, parts.concat());
            succeeds_in(&folder, &[("--consents", name)]);
            assert_eq!(folder.text("out.jsonl"), "", "{name}");
        }
    }

    /// Truncates a compressed file at many offsets, and appends bytes to it.
    fn damaged(whole: &[u8]) -> Vec<Vec<u8>> {
        let length = whole.len();
        let ends = [1, 2, 3, 4, 9, 10, 11, 17, length / 4, length / 2];
        let from_behind = [9, 8, 7, 5, 4, 3, 2, 1].map(|bytes| length - bytes);
        let cut = ends.iter().chain(&from_behind);
        let mut damaged: Vec<_> = cut.map(|end| whole[..*end].to_vec()).collect();
        damaged.push([whole, b"{}\n"].concat());
        damaged.push([whole, &whole[..length / 2]].concat());
        damaged
    }

    #[test]
    fn rows_that_are_cut_off_end_the_run_and_leave_nothing() {
        let text = many(40);
        for (name, whole) in [
            ("rows.gz", gzip(text.as_bytes())),
            ("rows.zst", zstd(text.as_bytes())),
        ] {
            for bytes in damaged(&whole) {
                let folder = laid_down();
                folder.write(name, bytes);
                fails_in(&folder, &[("--rows", name)], name);
            }
        }
    }

    #[test]
    fn consents_that_are_cut_off_end_the_run_and_leave_nothing() {
        let text = lines([grant(), grant().id("g2").by("u2"), withdrawal()]);
        for (name, whole) in [
            ("consents.gz", gzip(text.as_bytes())),
            ("consents.zst", zstd(text.as_bytes())),
        ] {
            for bytes in damaged(&whole) {
                let folder = laid_down();
                folder.write(name, bytes);
                fails_in(&folder, &[("--consents", name)], name);
            }
        }
    }

    #[test]
    fn text_under_the_name_of_a_compressed_file_is_an_error() {
        for name in ["rows.gz", "rows.zst"] {
            let folder = laid_down();
            folder.write(name, three_rows());
            fails_in(&folder, &[("--rows", name)], name);
        }
    }
}

mod bytes {
    use super::*;

    #[test]
    fn rows_are_written_byte_for_byte() {
        let rows = [
            "  {\t\"text\" : \"plums\" ,\"subject\":   \"u1\",\"collected_at\"\
             : \"2024-10-01T12:00:00Z\" , \"data\" :[ \"posts\" ] }  \t \n",
            r#"{"z":1,"subject":"u1","a":2,"data":["posts"],"#,
            r#""collected_at":"2024-10-01T12:00:00Z"}"#,
            "\n",
            r#"{"\u0073ubject":"\u00751","data":["po\u0073ts"],"#,
            r#""collected\u005fat":"2024-10-01T12\u003a00:00Z","text":"\/\b\f\n\r\t\"\\\u0000"}"#,
            "\n",
            r#"{"subject":"u1","text":"Zwetschgen 李子 🍑 é e\u0301","data":["posts"],"#,
            "\"collected_at\":\"2024-10-01T14:00:00.000+02:00\",\"\u{2028}\":\"\u{7f}\u{feff}\"}\n",
            r#"{"":0,"n":[1e999,-0,-0.0,1E+2,0.10,123456789012345678901234567890123456789],"#,
            r#""subject":"u1","data":["posts","posts"],"collected_at":"2024-10-01T12:00:00Z"}"#,
            "\n",
            r#"{"text":"once","text":"twice","subject":"u1","data":["posts"],"signals":null,"#,
            r#""collected_at":"2024-10-01t12:00:00z","consents":[],"subjects":null}"#,
            "\n",
        ]
        .concat();
        Job::raw(rows, grant().line()).tells(&[Fate::Passes; 6]);
    }

    #[test]
    fn very_long_numbers_are_not_read_where_nothing_asks_for_them() {
        let digits = "9".repeat(100_000);
        let text = row().text();
        let open = text.strip_suffix('}').unwrap();
        let rows = format!("{open},\"n\":{digits},\"m\":0.{digits}e-{digits}}}\n");
        Job::raw(rows, grant().line()).tells(&[Fate::Passes]);
    }

    #[test]
    fn the_id_of_a_withheld_row_is_copied_as_it_is() {
        let ids = [
            r#""a\u0062\/ \ud83c""#,
            "123456789012345678901234567890.10e+400",
            r#"{"b" : [1,  2] ,"a":null,"a":{}}"#,
            "null",
            "false",
            r#""Zwetschge 🍑""#,
        ];
        let row = |id| format!("{{\"subject\":\"u2\",\"id\":  {id} }}\n");
        let rows = ids.map(row).concat();
        let folder = on_file([]).raw_rows(rows).laid_down();
        succeeds_in(&folder, &[]);
        let listed = folder.text("withheld.jsonl");
        assert_eq!(listed.lines().count(), ids.len());
        for ((number, id), line) in (1..).zip(ids).zip(listed.lines()) {
            let why = r#""unproven":["ON_RECORD"],"contradicted":[]"#;
            assert_eq!(line, format!(r#"{{"line":{number},"id":{id},{why}}}"#));
        }
    }

    #[test]
    fn the_last_line_needs_no_line_feed() {
        let rows = row().line() + &row().text();
        let consents = withdrawal().by("u2").line() + &grant().text();
        Job::raw(rows, consents).tells(&[Fate::Passes; 2]);
    }

    #[test]
    fn a_withdrawal_in_a_last_line_without_a_line_feed_counts() {
        Job::raw(row().line(), grant().line() + &withdrawal().text()).denies(&[], &["STANDING"]);
    }

    #[test]
    fn lines_may_end_as_they_do_on_windows() {
        let windows = |objects: &[Object]| -> String {
            objects
                .iter()
                .map(|object| object.text() + "\r\n")
                .collect()
        };
        let rows = windows(&[row(), row().by("u2"), row()]);
        let consents = windows(&[grant(), withdrawal().by("u2")]);
        Job::raw(rows, consents).tells(&[
            Fate::Passes,
            Fate::Withheld(&["ON_RECORD"], &["STANDING"]),
            Fate::Passes,
        ]);
    }

    #[test]
    fn a_file_without_rows_gives_files_without_rows() {
        let outcome = Job::raw("", grant().line()).tells(&[]);
        assert_eq!(outcome.folder.read("out.jsonl"), b"");
        assert_eq!(outcome.folder.read("withheld.jsonl"), b"");
    }

    #[test]
    fn a_file_without_consents_lets_nothing_pass() {
        Job::raw(lines([row(), row()]), "").tells(&[Fate::Withheld(&["ON_RECORD"], &[]); 2]);
    }
}

mod inputs {
    use super::*;

    #[test]
    fn a_missing_input_is_an_error_that_names_it() {
        for option in ["--rows", "--consents"] {
            for name in ["nowhere.jsonl", "nowhere.gz", "nowhere.zst", "no/where"] {
                fails_in(&laid_down(), &[(option, name)], name);
            }
        }
    }

    #[test]
    fn an_input_that_is_a_folder_is_an_error_that_names_it() {
        for option in ["--rows", "--consents"] {
            for name in ["folder", "folder.gz", "folder.zst"] {
                let folder = laid_down();
                fs::create_dir(folder.path(name)).unwrap();
                fails_in(&folder, &[(option, name)], name);
            }
        }
    }
}

mod outputs {
    use super::*;

    #[test]
    fn an_output_in_a_missing_folder_is_an_error_that_names_it() {
        for option in ["--out", "--withheld", "--report"] {
            fails_in(&laid_down(), &[(option, "no/where")], "no/where");
            let in_a_file = [(option, "rows.jsonl/where")];
            fails_in(&laid_down(), &in_a_file, "rows.jsonl/where");
        }
    }

    #[test]
    fn an_output_that_is_a_folder_is_an_error_that_names_it() {
        let folder = laid_down();
        fs::create_dir(folder.path("folder")).unwrap();
        fails_in(&folder, &[("--report", "folder")], "folder: ");
        for option in ["--out", "--withheld"] {
            let folder = laid_down();
            fs::create_dir_all(folder.path("folder/rows.jsonl")).unwrap();
            fails_in(&folder, &[(option, "folder")], "folder/rows.jsonl: ");
        }
    }

    const NAMES: [&str; 3] = ["out.jsonl", "report.json", "withheld.jsonl"];

    fn overwriting<'a>(changes: &[(&'a str, &'a str)]) -> Vec<&'a str> {
        let mut arguments = but(changes);
        arguments.push("--overwrite");
        arguments
    }

    /// A file of an earlier run could be taken for one of this run.
    #[test]
    fn an_output_that_exists_is_refused_before_anything_is_read() {
        for name in NAMES {
            let folder = laid_down();
            folder.write(name, "before");
            // The rows are invalid, and the run stops before it reads them.
            folder.write("rows.jsonl", b"\xFF");
            let says = format!("{name}: exists already; with --overwrite");
            fails_in(&folder, &[], &says);
            assert_eq!(folder.text(name), "before");
        }
    }

    #[test]
    fn an_output_that_exists_is_replaced_where_that_is_asked_for() {
        let folder = laid_down();
        for name in NAMES {
            folder.write(name, "before\n".repeat(10_000));
        }
        let ended = run(&mut folder.gate(overwriting(&[])), b"");
        ended.is_clean();
        assert_eq!(folder.text("out.jsonl"), row().line());
        assert_eq!(folder.text("withheld.jsonl").lines().count(), 2);
        assert_eq!(folder.json("report.json")["seen"], 3);
        assert_eq!(folder.names().len(), 5);
    }

    /// A failed run with `--overwrite` leaves no file that could be taken for its own.
    #[test]
    fn a_run_that_overwrites_and_fails_leaves_nothing_of_an_earlier_run() {
        let cut = gzip(many(2000).as_bytes());
        let cut = &cut[..cut.len() - 5];
        let broken = grant().line() + "{";
        for changes in [("--rows", "cut.gz"), ("--consents", "broken.jsonl")] {
            let folder = laid_down();
            folder.write("cut.gz", cut);
            folder.write("broken.jsonl", &broken);
            for name in NAMES {
                folder.write(name, name);
            }
            let ended = run(&mut folder.gate(overwriting(&[changes])), b"");
            assert_eq!(ended.code, Some(1));
            assert!(ended.stderr.contains(changes.1), "{}", ended.stderr);
            let inputs = ["broken.jsonl", "consents.jsonl", "cut.gz", "rows.jsonl"];
            assert_eq!(folder.names(), inputs);
        }
        // Nothing is removed for a run that cannot begin.
        let folder = laid_down();
        folder.write("out.jsonl", "before");
        let changes = [("--consents", "nowhere.jsonl")];
        let ended = run(&mut folder.gate(overwriting(&changes)), b"");
        assert_eq!(ended.code, Some(1));
        assert_eq!(folder.text("out.jsonl"), "before");
    }

    /// The program, started, with pipes for its streams.
    fn started(folder: &Folder, arguments: &[&str]) -> Child {
        let mut command = folder.gate(arguments);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// When the last file cannot get its name, the others are taken back.
    #[test]
    fn a_run_names_all_of_its_files_or_none() {
        for taken in NAMES {
            let folder = laid_down();
            let mut child = started(&folder, &but(&[("--rows", "-")]));
            let parts = || {
                let names = folder.names().into_iter();
                names.filter(|name| name.contains(".part")).count()
            };
            for _ in 0..1000 {
                if parts() == 3 {
                    break;
                }
                sleep(Duration::from_millis(5));
            }
            folder.write(taken, "of another program");
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(three_rows().as_bytes()).unwrap();
            drop(stdin);
            let ended = child.wait_with_output().unwrap();
            let says = String::from_utf8(ended.stderr).unwrap();
            assert_eq!(ended.status.code(), Some(1), "{says}");
            assert!(says.contains(taken), "{says}");
            assert_eq!(folder.text(taken), "of another program");
            let mut left = ["consents.jsonl", "rows.jsonl", taken];
            left.sort_unstable();
            assert_eq!(folder.names(), left);
        }
    }

    /// Of two runs on the same names at most one writes its files, and writes all of them.
    #[test]
    fn two_runs_at_once_do_not_mix_their_files() {
        let mut successes = 0;
        for _ in 0..100 {
            let folder = laid_down();
            folder.write("few.jsonl", row().by("u2").line());
            let runs = ["few.jsonl", "rows.jsonl"];
            let runs = runs.map(|rows| started(&folder, &but(&[("--rows", rows)])));
            let codes = runs.map(|child| child.wait_with_output().unwrap().status.code());
            let written = NAMES.map(|name| fs::read_to_string(folder.path(name)).ok());
            match codes {
                [Some(0), Some(1)] => assert_eq!(written[0].as_deref(), Some("")),
                [Some(1), Some(0)] => assert_eq!(written[0], Some(row().line())),
                [Some(1), Some(1)] => assert_eq!(written, [None, None, None]),
                other => panic!("{other:?}"),
            }
            if let [Some(out), Some(_), Some(withheld)] = &written {
                let seen = folder.json("report.json")["seen"].as_u64().unwrap();
                let lines = out.lines().count() + withheld.lines().count();
                assert_eq!(u64::try_from(lines).unwrap(), seen);
                successes += 1;
            }
        }
        assert!(successes > 50, "{successes}");
    }

    /// A run that is killed at any step leaves no rows without the files about them, and no file
    /// that is not whole.
    #[test]
    fn a_run_that_is_killed_at_any_step_leaves_whole_files_or_none() {
        let whole = laid_down();
        succeeds_in(&whole, &[]);
        let (mut killed, mut finished) = (0, 0);
        for step in 0..120_u64 {
            let folder = laid_down();
            let mut child = started(&folder, &but(&[]));
            sleep(Duration::from_micros(step * 250));
            child.kill().unwrap();
            let ended = child.wait().unwrap();
            killed += u32::from(!ended.success());
            finished += u32::from(ended.success());
            let there = NAMES.map(|name| folder.path(name).exists());
            for (name, is_there) in NAMES.iter().zip(there) {
                assert!(!is_there || folder.read(name) == whole.read(name), "{name}");
            }
            let [out, report, withheld] = there;
            assert!(!out || withheld && report);
            assert!(!ended.success() || out);
        }
        assert!(killed > 5, "{killed} killed, {finished} finished");
    }

    #[track_caller]
    fn refused(folder: &Folder, changes: &[(&str, &str)], says: &str) {
        let before = folder.names();
        let ended = ends_in(folder, changes);
        assert_eq!(ended.code, Some(2), "{changes:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert_eq!(ended.stdout, b"");
        assert_eq!(folder.names(), before);
        assert_eq!(folder.text("rows.jsonl"), three_rows());
        assert_eq!(folder.text("consents.jsonl"), grant().line());
    }

    #[test]
    fn what_is_read_cannot_be_written_over() {
        for input in ["rows.jsonl", "consents.jsonl"] {
            for option in ["--out", "--withheld", "--report"] {
                let folder = laid_down();
                fs::create_dir(folder.path("folder")).unwrap();
                for spelling in ["", "./", ".//", "folder/../"] {
                    let other = format!("{spelling}{input}");
                    refused(&folder, &[(option, &other)], "the same file");
                }
                let full = folder.path(input);
                refused(
                    &folder,
                    &[(option, full.to_str().unwrap())],
                    "the same file",
                );
            }
        }
    }

    #[test]
    fn two_outputs_cannot_go_to_the_same_file() {
        let outputs = ["--out", "--withheld", "--report"];
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            for (left, right) in [("new", "./new"), ("-", "-"), ("there", "folder/../there")] {
                let folder = laid_down();
                folder.write("there", "before");
                fs::create_dir(folder.path("folder")).unwrap();
                let changes = [(outputs[one], left), (outputs[other], right)];
                refused(&folder, &changes, "the same file");
                assert_eq!(folder.text("there"), "before");
            }
        }
    }

    #[cfg(unix)]
    mod unix {
        use std::fs::Permissions;
        use std::os::unix::fs::{FileTypeExt, PermissionsExt, chown, symlink};
        use std::os::unix::process::CommandExt;

        use super::*;
        use crate::program::executable;

        #[test]
        fn what_is_read_cannot_be_written_over_through_a_link() {
            for input in ["rows.jsonl", "consents.jsonl"] {
                let folder = laid_down();
                symlink(input, folder.path("link")).unwrap();
                symlink("link", folder.path("link-to-link")).unwrap();
                symlink(".", folder.path("here")).unwrap();
                let through_the_folder = format!("here/{input}");
                for path in ["link", "./link", "link-to-link", &through_the_folder] {
                    for option in ["--out", "--withheld", "--report"] {
                        refused(&folder, &[(option, path)], "the same file");
                    }
                }
            }
        }

        #[test]
        fn rows_that_are_read_through_a_link_cannot_be_written_over() {
            let folder = laid_down();
            symlink("rows.jsonl", folder.path("link")).unwrap();
            let changes = [("--rows", "link"), ("--out", "rows.jsonl")];
            refused(&folder, &changes, "the same file");
        }

        #[test]
        fn two_outputs_cannot_go_to_the_same_file_through_a_link() {
            let folder = laid_down();
            folder.write("there", "before");
            symlink("there", folder.path("link")).unwrap();
            symlink(".", folder.path("here")).unwrap();
            refused(
                &folder,
                &[("--out", "there"), ("--report", "link")],
                "the same file",
            );
            refused(
                &folder,
                &[("--out", "new"), ("--report", "here/new")],
                "the same file",
            );
        }

        #[test]
        fn the_rows_stay_whole_when_the_output_is_another_name_of_theirs() {
            let folder = laid_down();
            fs::hard_link(folder.path("rows.jsonl"), folder.path("twin.jsonl")).unwrap();
            let changes = [("--out", "twin.jsonl")];
            let ended = run(&mut folder.gate(overwriting(&changes)), b"");
            ended.is_clean();
            assert_eq!(folder.text("rows.jsonl"), three_rows());
            assert_eq!(folder.text("twin.jsonl"), row().line());
        }

        #[test]
        fn an_output_that_is_a_link_is_refused_and_only_the_link_is_removed() {
            let folder = laid_down();
            fs::create_dir(folder.path("folder")).unwrap();
            folder.write("folder/there.jsonl", "before");
            for target in ["folder/there.jsonl", "nowhere"] {
                symlink(target, folder.path("link.jsonl")).unwrap();
                fails_in(
                    &folder,
                    &[("--out", "link.jsonl")],
                    "link.jsonl: exists already",
                );
                assert!(folder.path("link.jsonl").is_symlink());
                let changes = [
                    ("--out", "link.jsonl"),
                    ("--withheld", "/dev/null"),
                    ("--report", "/dev/null"),
                ];
                let ended = run(&mut folder.gate(overwriting(&changes)), b"");
                ended.is_clean();
                assert!(!folder.path("link.jsonl").is_symlink());
                assert_eq!(folder.text("link.jsonl"), row().line());
                assert_eq!(folder.text("folder/there.jsonl"), "before");
                fs::remove_file(folder.path("link.jsonl")).unwrap();
            }
        }

        /// Standard output has other names, and a report must not be put in the place of its file.
        #[test]
        fn standard_output_is_one_file_under_all_its_names() {
            for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
                let folder = laid_down();
                let says = "--out and --report: the same file, standard output";
                refused(&folder, &[("--out", "-"), ("--report", name)], says);
                let changes = [
                    ("--out", name),
                    ("--withheld", "/dev/null"),
                    ("--report", "/dev/null"),
                ];
                let ended = succeeds_in(&folder, &changes);
                assert_eq!(ended.stdout, row().line().into_bytes());
            }
            for more in [&[][..], &["--overwrite"]] {
                let folder = laid_down();
                let behind = fs::File::create(folder.path("behind")).unwrap();
                let mut arguments = but(&[("--out", "-"), ("--report", "behind")]);
                arguments.extend(more);
                let ended = folder.gate(arguments).stdout(behind).output().unwrap();
                let says = String::from_utf8(ended.stderr).unwrap();
                assert_eq!(ended.status.code(), Some(2), "{says}");
                assert!(says.contains("standard output"), "{says}");
                assert_eq!(folder.text("behind"), "");
            }
        }

        /// Standard input can be read once.
        #[test]
        fn standard_input_is_one_file_under_all_its_names() {
            let folder = laid_down();
            let changes = [("--rows", "/dev/stdin"), ("--consents", "-")];
            refused(&folder, &changes, "standard input can be only one of them");
        }

        #[test]
        fn a_device_stays_a_device() {
            let folder = laid_down();
            let nowhere = ["--out", "--withheld", "--report"].map(|option| (option, "/dev/null"));
            succeeds_in(&folder, &nowhere);
            let device = fs::symlink_metadata("/dev/null").unwrap();
            assert!(device.file_type().is_char_device());
            assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl"]);
        }

        fn mode(folder: &Folder, name: &str) -> u32 {
            let found = fs::metadata(folder.path(name)).unwrap();
            found.permissions().mode() & 0o7777
        }

        #[test]
        fn a_new_file_has_the_permissions_that_new_files_have() {
            let folder = laid_down();
            folder.write("neighbour", "");
            succeeds_in(&folder, &[]);
            for name in ["out.jsonl", "withheld.jsonl", "report.json"] {
                assert_eq!(mode(&folder, name), mode(&folder, "neighbour"), "{name}");
            }
        }

        /// Writes the rows to a folder with these permissions, as a user to whom they apply. Returns
        /// the result of the run and whether the folder contains anything.
        fn ends_in_a_folder_of(permissions: u32) -> (Ended, bool) {
            const NOBODY: u32 = 65_534;
            let folder = laid_down();
            fs::set_permissions(folder.path(""), Permissions::from_mode(0o755)).unwrap();
            // By another program: a file that this one writes may be open in one that it starts.
            let copied = Command::new("cp")
                .arg(executable())
                .arg(folder.path("gate"))
                .status();
            assert!(copied.unwrap().success());
            let closed = folder.path("closed");
            fs::create_dir(&closed).unwrap();
            fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
            // Permissions do not stop a user who may do everything.
            let is_privileged = fs::read_dir(&closed).is_ok();
            fs::set_permissions(&closed, Permissions::from_mode(permissions)).unwrap();

            let elsewhere = ["--withheld", "--report"].map(|option| (option, "/dev/null"));
            let changes = [&[("--out", "closed/out.jsonl")], elsewhere.as_slice()].concat();
            let mut command = folder.command(&folder.path("gate"), but(&changes));
            if is_privileged {
                chown(&closed, Some(NOBODY), Some(NOBODY)).unwrap();
                command.uid(NOBODY).gid(NOBODY);
            }
            let ended = run(&mut command, b"");
            fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
            let names = ["closed", "consents.jsonl", "gate", "rows.jsonl"];
            assert_eq!(folder.names(), names);
            let is_there = fs::read_dir(&closed).unwrap().next().is_some();
            (ended, is_there)
        }

        #[test]
        fn a_folder_that_cannot_be_written_to_is_an_error_that_names_the_file() {
            for permissions in [0o555, 0o666] {
                let (Ended { code, stderr, .. }, is_there) = ends_in_a_folder_of(permissions);
                assert_eq!(code, Some(1), "{stderr}");
                assert!(stderr.contains("closed/out.jsonl: "), "{stderr}");
                assert!(!is_there);
            }
        }

        #[test]
        fn in_a_folder_that_can_be_written_to_and_not_read_a_run_fails_or_leaves_its_file() {
            let (Ended { code, stderr, .. }, is_there) = ends_in_a_folder_of(0o333);
            assert_eq!(code == Some(0), is_there, "{stderr}");
        }
    }
}

#[cfg(unix)]
mod killed {
    use std::path::Path;

    use super::*;

    const OUTPUTS: [&str; 3] = ["out.jsonl", "withheld.jsonl", "report.json"];

    /// Starts the program on rows that never end, and waits until it has taken many of them.
    fn in_the_middle(folder: &Folder) -> Child {
        let mut arguments = but(&[("--rows", "-")]);
        arguments.push("--overwrite");
        let mut command = folder.gate(arguments);
        command.stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.as_mut().unwrap();
        // Far more than a pipe and the program's buffers can hold.
        stdin.write_all(many(8000).as_bytes()).unwrap();
        stdin.write_all(three_rows().as_bytes()).unwrap();
        stdin.flush().unwrap();
        wait_for_its_files(folder);
        child
    }

    fn wait_for_its_files(folder: &Folder) {
        let is_part = |name: &String| Path::new(name).extension().is_some_and(|end| end == "part");
        for _ in 0..1000 {
            if folder.names().iter().any(is_part) {
                return;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("the program did not begin to write");
    }

    /// Ends a run in the middle, and asserts that the folder contains no finished file, nor one from
    /// before, which was to be overwritten.
    fn ended_by(code: Option<i32>, end: impl Fn(&mut Child)) {
        for before in [None, Some("before")] {
            let folder = laid_down();
            for (name, text) in OUTPUTS.iter().zip(before.iter().cycle()) {
                folder.write(name, text);
            }
            let demand = || {
                for name in OUTPUTS {
                    assert!(!folder.path(name).exists(), "{name}");
                }
            };
            let mut child = in_the_middle(&folder);
            demand();
            end(&mut child);
            let status = child.wait().unwrap();
            assert_eq!(status.code(), code);
            demand();
            if code.is_some() {
                assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl"]);
            }
            succeeds_in(&folder, &[]);
            assert_eq!(folder.text("out.jsonl"), row().line());
        }
    }

    #[test]
    fn a_run_that_is_killed_leaves_no_file_that_looks_finished() {
        ended_by(None, |child| child.kill().unwrap());
    }

    /// It leaves no unfinished file either.
    #[test]
    fn a_run_that_is_told_to_end_leaves_nothing() {
        for signal in ["TERM", "INT", "HUP"] {
            ended_by(Some(130), |child| {
                let told = Command::new("kill")
                    .args(["-s", signal, &child.id().to_string()])
                    .status();
                assert!(told.unwrap().success());
            });
        }
    }

    #[test]
    fn rows_that_end_in_the_middle_of_a_line_are_reported() {
        let folder = laid_down();
        let mut child = in_the_middle(&folder);
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"{\"subject\":\"u1\"").unwrap();
        drop(stdin);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let report = folder.json("report.json");
        assert_eq!(report["seen"], 8004);
        assert_eq!(report["unreadable"], 2);
    }
}

#[cfg(unix)]
mod full {
    use std::path::Path;

    use super::*;
    use crate::program::executable;

    /// Runs with files that cannot grow beyond a few kilobytes: further writes fail where the
    /// signal is ignored, and end the program where it is not.
    fn limited(folder: &Folder, before: &str, changes: &[(&str, &str)]) -> Ended {
        let script = format!("{before}ulimit -c 0; ulimit -f 8; exec \"$0\" \"$@\"");
        let mut arguments = vec!["-c".to_owned(), script];
        arguments.push(executable().to_str().unwrap().to_owned());
        arguments.extend(but(changes).into_iter().map(str::to_owned));
        run(&mut folder.command(Path::new("/bin/sh"), arguments), b"")
    }

    const IGNORED: &str = "trap '' XFSZ; ";

    #[track_caller]
    fn fills_up(rows: u32, consent: &Object, changes: &[(&str, &str)], says: &str) {
        let job = on_file([consent.clone()]).raw_rows(many(rows));
        let folder = job.laid_down();
        let ended = limited(&folder, IGNORED, changes);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert_eq!(ended.stdout, b"");
        assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl"]);
    }

    #[test]
    fn a_disk_that_fills_up_is_an_error_that_names_the_file_and_leaves_nothing() {
        // The first fills up at the end, the second in the middle.
        for rows in [400, 8000] {
            fills_up(rows, &grant(), &[], "out.jsonl: ");
            let withdrawn = grant().with("status", "withdrawn");
            fills_up(rows, &withdrawn, &[], "withheld.jsonl: ");
        }
    }

    #[test]
    fn a_disk_that_fills_up_under_a_compressed_file_is_an_error_that_names_the_file() {
        for rows in [2000, 16_000] {
            for name in ["out.gz", "out.zst"] {
                fills_up(rows, &grant(), &[("--out", name)], &format!("{name}: "));
            }
        }
    }

    #[test]
    fn a_run_that_the_full_disk_kills_leaves_no_file_that_looks_finished() {
        for rows in [400, 8000] {
            let folder = on_file([grant()]).raw_rows(many(rows)).laid_down();
            let ended = limited(&folder, "", &[]);
            assert_eq!(ended.code, None, "it was ended by a signal");
            for name in ["out.jsonl", "withheld.jsonl", "report.json"] {
                assert!(!folder.path(name).exists(), "{name}");
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_that_is_full_is_an_error_that_names_it_and_leaves_nothing() {
        for option in ["--out", "--withheld", "--report"] {
            fails_in(&laid_down(), &[(option, "/dev/full")], "/dev/full: ");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_standard_output_is_an_error() {
        let full = || fs::File::options().write(true).open("/dev/full").unwrap();
        for option in ["--out", "--withheld", "--report"] {
            let folder = laid_down();
            let mut command = folder.gate(but(&[(option, "-")]));
            let ended = command.stdout(full()).output().unwrap();
            assert_eq!(ended.status.code(), Some(1), "{option}");
            assert!(!ended.stderr.is_empty());
            assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl"]);
        }
        let story = Folder::new();
        let mut command = story.gate([""; 0]);
        let ended = command.stdout(full()).output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
    }
}
