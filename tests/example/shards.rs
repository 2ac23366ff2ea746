//! Several files of rows: a shard each, and one report.

use std::fs;

use serde_json::Value;

use crate::program::{Ended, Folder, on_file, run};
use crate::world::{AS_OF, grant, row, withdrawal};

const QUESTION: [&str; 7] = [
    "--consents=consents.jsonl",
    "--trainer",
    "acme",
    "--purpose",
    "train-generative",
    "--as-of",
    AS_OF,
];

/// The rows of three shards, one of them without rows. The second lacks its last line feed.
fn rows() -> [(&'static str, String); 3] {
    let passes = row().line();
    let fails = row().by("u2").line();
    let withdrawn = row().by("u3").line();
    let first = [passes.as_str(), &fails, "\n", &withdrawn]
        .concat()
        .repeat(9);
    let second = [fails.as_str(), "{\n", &passes, &row().text()].concat();
    [
        ("a.jsonl", first),
        ("b.jsonl", second),
        ("c.jsonl", String::new()),
    ]
}

fn laid_down() -> Folder {
    let folder = on_file([grant(), withdrawal().by("u3")]).laid_down();
    fs::create_dir(folder.path("in")).unwrap();
    for (name, rows) in rows() {
        folder.write(&format!("in/{name}"), rows);
    }
    folder
}

const SHARDS: [&str; 3] = [
    "--rows=in/a.jsonl",
    "--rows=in/b.jsonl",
    "--rows=in/c.jsonl",
];

fn ends_in(folder: &Folder, shards: &[&str], more: &[&str]) -> Ended {
    let arguments = [&QUESTION, shards, more].concat();
    run(&mut folder.gate(arguments), b"")
}

#[track_caller]
fn succeeds_in(folder: &Folder, shards: &[&str], more: &[&str]) {
    let ended = ends_in(folder, shards, more);
    ended.is_clean();
    assert_eq!(ended.stdout, b"");
}

/// Asserts this status, a message with these words, and that no file was added or removed.
#[track_caller]
fn fails_in(folder: &Folder, code: i32, shards: &[&str], more: &[&str], says: &str) {
    let before = everything_in(folder);
    let ended = ends_in(folder, shards, more);
    assert_eq!(ended.code, Some(code), "{more:?}: {}", ended.stderr);
    assert!(ended.stderr.contains(says), "{says:?}: {}", ended.stderr);
    assert_eq!(ended.stdout, b"");
    assert_eq!(everything_in(folder), before);
}

#[track_caller]
fn refused_in(folder: &Folder, shards: &[&str], more: &[&str], says: &str) {
    let before = folder.names();
    fails_in(folder, 2, shards, more, says);
    assert_eq!(folder.names(), before);
}

/// Every file, including those in subfolders.
fn everything_in(folder: &Folder) -> Vec<String> {
    let mut found = Vec::new();
    for name in folder.names() {
        match fs::read_dir(folder.path(&name)) {
            Ok(within) => found.extend(within.map(|entry| {
                let within = entry.unwrap().file_name().into_string().unwrap();
                format!("{name}/{within}")
            })),
            Err(_) => found.push(name),
        }
    }
    found.sort_unstable();
    found
}

/// The output for one shard when it is run alone.
fn alone(name: &str) -> (Vec<u8>, Vec<u8>, Value) {
    let folder = laid_down();
    let rows = format!("--rows=in/{name}");
    let more = ["--out=out", "--withheld=withheld", "--report=report"];
    succeeds_in(&folder, &[&rows], &more);
    let (out, withheld) = (folder.read("out"), folder.read("withheld"));
    (out, withheld, folder.json("report"))
}

#[test]
fn every_shard_is_written_as_if_it_were_alone_under_its_own_name() {
    for threads in ["--threads=1", "--threads=2", "--threads=7"] {
        let folder = laid_down();
        let more = [
            "--out=out",
            "--withheld=withheld",
            "--report=report",
            threads,
        ];
        succeeds_in(&folder, &SHARDS, &more);
        for (name, _) in rows() {
            let (out, withheld, _) = alone(name);
            assert!(folder.read(&format!("out/{name}")) == out, "{name}");
            assert!(
                folder.read(&format!("withheld/{name}")) == withheld,
                "{name}"
            );
        }
        assert_eq!(everything_in(&folder).len(), 3 + 3 + 3 + 3);
    }
}

#[test]
fn the_shards_add_up_to_the_whole() {
    let folder = laid_down();
    let more = ["--out=out", "--report=report"];
    succeeds_in(&folder, &SHARDS, &more);
    let whole = folder.json("report");
    let parts = rows().map(|(name, _)| alone(name).2);
    for name in ["seen", "consented", "withheld", "unreadable"] {
        let sum: u64 = parts.iter().map(|part| part[name].as_u64().unwrap()).sum();
        assert_eq!(whole[name], sum, "{name}");
    }
    assert_eq!(whole["seen"], 9 * 4 + 4);
    for name in ["primary", "any"] {
        for rule in ["ON_RECORD", "STANDING"] {
            let counts = parts.iter().filter_map(|part| part[name][rule].as_u64());
            let count = whole[name][rule].as_u64().unwrap_or(0);
            assert_eq!(count, counts.sum::<u64>(), "{name} {rule}");
        }
    }
    for name in ["gate", "gate_digest", "consents_digest", "as_of", "replay"] {
        assert_eq!(whole[name], parts[0][name], "{name}");
    }
}

#[test]
fn a_replay_of_shards_lists_each_and_writes_no_rows() {
    let folder = laid_down();
    let more = [
        "--out=out",
        "--withheld=withheld",
        "--report=report",
        "--replay",
    ];
    succeeds_in(&folder, &SHARDS, &more);
    assert!(!folder.path("out").exists());
    let listed = folder.read("withheld/a.jsonl");
    assert!(listed == alone("a.jsonl").1);
    assert_eq!(folder.json("report")["consented"], 9 + 2);
}

#[test]
fn one_file_goes_into_a_folder_that_is_there_or_whose_name_ends_with_a_slash() {
    for (is_there, target) in [
        (true, "to"),
        (true, "to/"),
        (false, "to/"),
        (false, "./to//"),
    ] {
        for option in ["--out", "--withheld"] {
            let folder = laid_down();
            if is_there {
                fs::create_dir(folder.path("to")).unwrap();
                folder.write("to/neighbour", "stays");
            }
            let mut more = vec![format!("{option}={target}")];
            if option == "--withheld" {
                more.push("--out=out".to_owned());
            }
            let more: Vec<_> = more.iter().map(String::as_str).collect();
            succeeds_in(&folder, &SHARDS[..1], &more);
            let (out, withheld, _) = alone("a.jsonl");
            let expected = if option == "--out" { out } else { withheld };
            assert!(folder.read("to/a.jsonl") == expected, "{option} {target}");
            if is_there {
                assert_eq!(folder.text("to/neighbour"), "stays");
            }
        }
    }
}

#[test]
fn a_single_file_goes_to_a_file_under_a_name_that_is_free() {
    let folder = laid_down();
    succeeds_in(&folder, &SHARDS[..1], &["--out=to"]);
    assert!(folder.read("to") == alone("a.jsonl").0);
}

#[test]
fn shards_are_compressed_where_their_rows_are() {
    let folder = laid_down();
    let plain = rows()[0].1.clone();
    folder.write("in/z.zst", zstd::encode_all(plain.as_bytes(), 0).unwrap());
    let shards = ["--rows=in/b.jsonl", "--rows=in/z.zst"];
    succeeds_in(&folder, &shards, &["--out=out", "--withheld=withheld"]);
    let (out, withheld, _) = alone("a.jsonl");
    let unpacked = |name| zstd::decode_all(&folder.read(name)[..]).unwrap();
    assert!(unpacked("out/z.zst") == out);
    assert!(unpacked("withheld/z.zst") == withheld);
}

#[test]
fn one_file_as_two_shards_is_refused() {
    let folder = laid_down();
    for twin in ["--rows=in/a.jsonl", "--rows=in/../in/a.jsonl"] {
        for more in [&["--out=out"][..], &["--replay"]] {
            let shards = [SHARDS[0], SHARDS[1], twin];
            refused_in(&folder, &shards, more, "name each shard once");
        }
    }
}

/// Shards keep the part of their path below the folder that all of them share.
#[test]
fn shards_of_one_name_go_to_folders_of_their_own() {
    let folder = laid_down();
    fs::create_dir_all(folder.path("in/2024/09")).unwrap();
    fs::create_dir_all(folder.path("in/2025")).unwrap();
    let passes = row().line();
    folder.write("in/2024/09/part.jsonl", &passes);
    folder.write("in/2025/part.jsonl", passes.repeat(2));
    let shards = ["--rows=in/2024/09/part.jsonl", "--rows=in/2025/part.jsonl"];
    succeeds_in(&folder, &shards, &["--out=out", "--withheld=withheld"]);
    assert_eq!(folder.text("out/2024/09/part.jsonl"), passes);
    assert_eq!(folder.text("out/2025/part.jsonl"), passes.repeat(2));
    assert_eq!(folder.text("withheld/2025/part.jsonl"), "");
    let third = [shards[0], shards[1], "--rows=in/a.jsonl"];
    succeeds_in(&folder, &third, &["--out=out2"]);
    assert_eq!(folder.text("out2/2025/part.jsonl"), passes.repeat(2));
    assert!(folder.path("out2/a.jsonl").exists());
}

/// A shard of an earlier run could be taken for one of this run.
#[test]
fn a_folder_with_a_file_that_the_run_does_not_write_is_refused() {
    for stale in ["out/z.jsonl", "out/.hidden", "out/deep/er/a.jsonl"] {
        for option in [&[][..], &["--overwrite"]] {
            let folder = laid_down();
            fs::create_dir_all(folder.path("out/deep/er")).unwrap();
            folder.write(stale, "before");
            let more = [&["--out=out"][..], option].concat();
            fails_in(
                &folder,
                1,
                &SHARDS,
                &more,
                "not a file that this run writes",
            );
            assert_eq!(folder.text(stale), "before");
        }
    }
    let folder = laid_down();
    fs::create_dir_all(folder.path("out/deep")).unwrap();
    folder.write("out/b.jsonl", "before");
    let says = "out/b.jsonl: exists already";
    fails_in(&folder, 1, &SHARDS, &["--out=out"], says);
    // What a killed run left is not taken for anything.
    folder.write("out/.gate.x.part", "");
    succeeds_in(&folder, &SHARDS, &["--out=out", "--overwrite"]);
    assert!(folder.text("out/b.jsonl") != "before");
}

#[test]
fn standard_input_is_no_shard_among_others_and_has_no_name_in_a_folder() {
    let folder = laid_down();
    refused_in(
        &folder,
        &[SHARDS[0], "--rows=-"],
        &["--out=out"],
        "--rows -",
    );
    refused_in(&folder, &["--rows=-"], &["--out=out/"], "--rows -");
    refused_in(&folder, &["--rows=-"], &["--out=in"], "--rows -");
}

#[test]
fn several_shards_need_a_folder() {
    let folder = laid_down();
    folder.write("there", "before");
    for target in ["there", "-"] {
        let out = format!("--out={target}");
        refused_in(
            &folder,
            &SHARDS,
            &[&out],
            &format!("--out {target}: not a folder"),
        );
        let withheld = format!("--withheld={target}");
        let more = ["--out=out", withheld.as_str()];
        refused_in(
            &folder,
            &SHARDS,
            &more,
            &format!("--withheld {target}: not a folder"),
        );
    }
    assert_eq!(folder.text("there"), "before");
}

#[test]
fn shards_that_would_be_written_over_one_another_or_over_what_is_read_are_refused() {
    let folder = laid_down();
    fs::create_dir(folder.path("there")).unwrap();
    folder.write("in/consents.jsonl", grant().line());
    let clashes = [
        &["--out=in"][..],
        &["--out=out", "--withheld=./in/"],
        &["--out=new", "--withheld=new"],
        &["--out=new", "--withheld=./new/"],
        &["--out=there", "--withheld=in/../there"],
        &["--out=there", "--report=there/b.jsonl"],
        &["--out=new", "--report=new/b.jsonl"],
    ];
    for more in clashes {
        refused_in(&folder, &SHARDS, more, "the same file");
    }
    let shards = [SHARDS[0], "--rows=in/consents.jsonl"];
    refused_in(&folder, &shards, &["--out=."], "the same file");
}

#[test]
fn a_shard_that_fails_leaves_nothing_of_the_others() {
    for threads in ["--threads=1", "--threads=3"] {
        let folder = laid_down();
        fs::create_dir(folder.path("out")).unwrap();
        let whole = zstd::encode_all(rows()[0].1.as_bytes(), 0).unwrap();
        folder.write("in/z.zst", &whole[..whole.len() - 3]);
        let more = ["--out=out", "--withheld=out2", "--report=report", threads];
        let broken = [SHARDS[0], SHARDS[1], "--rows=in/z.zst"];
        fails_in(&folder, 1, &broken, &more, "in/z.zst: ");
        let missing = [SHARDS[0], "--rows=in/nowhere.jsonl"];
        fails_in(&folder, 1, &missing, &more, "in/nowhere.jsonl: ");
        assert!(!folder.path("out/a.jsonl").exists());
        // A folder has the name that the file of the second shard needs.
        fs::create_dir(folder.path("out/b.jsonl")).unwrap();
        let more = ["--out=out", threads];
        fails_in(&folder, 1, &SHARDS, &more, "out/b.jsonl: ");
        assert!(!folder.path("out/a.jsonl").exists());
    }
}

#[test]
fn a_folder_within_one_that_is_missing_is_an_error_that_names_it() {
    let folder = laid_down();
    fails_in(&folder, 1, &SHARDS, &["--out=no/where"], "no/where: ");
    fails_in(
        &folder,
        1,
        &SHARDS,
        &["--out=rows.jsonl/where"],
        "rows.jsonl/where: ",
    );
}

#[cfg(unix)]
mod unix {
    use std::io::Write;
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::program::executable;

    #[test]
    fn more_shards_than_files_may_be_open_at_once_are_no_trouble() {
        let folder = laid_down();
        let names: Vec<_> = (0..100).map(|number| format!("in/{number}")).collect();
        for name in &names {
            folder.write(name, row().line());
        }
        let shards: Vec<_> = names.iter().map(|name| format!("--rows={name}")).collect();
        let script = "ulimit -n 40; exec \"$0\" \"$@\"";
        let gate = executable();
        let mut arguments = vec!["-c", script, gate.to_str().unwrap()];
        arguments.extend(QUESTION);
        arguments.extend(shards.iter().map(String::as_str));
        arguments.extend(["--out=out", "--withheld=withheld", "--report=report"]);
        let ended = run(&mut folder.command(Path::new("/bin/sh"), arguments), b"");
        ended.is_clean();
        assert_eq!(folder.json("report")["consented"], 100);
        assert_eq!(folder.text("out/99"), row().line());
    }

    #[test]
    fn a_run_that_is_killed_in_a_later_shard_leaves_no_file_that_looks_finished() {
        let folder = laid_down();
        let made = Command::new("mkfifo").arg(folder.path("in/pipe")).status();
        assert!(made.unwrap().success());
        let more = ["--out=out", "--withheld=withheld", "--report=report"];
        let shards = [SHARDS[0], SHARDS[1], "--rows=in/pipe"];
        let mut command = folder.gate([&QUESTION, &shards[..], &more].concat());
        let mut child = command.spawn().unwrap();
        // It opens the pipe when it has come to its third shard.
        let mut pipe = fs::File::options()
            .write(true)
            .open(folder.path("in/pipe"))
            .unwrap();
        pipe.write_all(rows()[0].1.as_bytes()).unwrap();
        child.kill().unwrap();
        assert_eq!(
            child.wait().unwrap().code(),
            None,
            "it was ended by a signal"
        );
        assert!(!folder.path("report").exists());
        for (name, _) in rows() {
            assert!(!folder.path(&format!("out/{name}")).exists(), "{name}");
            assert!(!folder.path(&format!("withheld/{name}")).exists(), "{name}");
        }
        succeeds_in(&folder, &SHARDS, &more);
        assert!(folder.read("out/a.jsonl") == alone("a.jsonl").0);
    }
}
