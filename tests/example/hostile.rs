//! Files that no one would write by accident, and some that people do write.

use crate::program::{Fate, Job, SECRET, lines};
use crate::world::{grant, row, withdrawal};

const DEEP: usize = 100_000;

/// `open` many times, then `close` as many times.
fn deep(open: &str, close: &str) -> String {
    open.repeat(DEEP) + &close.repeat(DEEP)
}

fn utf_16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// An object with this text after its last field.
fn and(object: &str, more: &str) -> String {
    let open = object.trim_end().strip_suffix('}').unwrap();
    format!("{open},{more}}}")
}

mod consents {
    use super::*;

    /// The outcome in quarantine for `u9`, who has a grant.
    #[derive(Clone, Copy)]
    enum Whose {
        /// The line says that it is about `u9`.
        Named,
        /// It may be about anyone.
        Anybody,
        /// It names `u9`, and may be about others too.
        NamedAndAnybody,
    }

    use Whose::{Anybody, Named, NamedAndAnybody};

    /// Asserts that a line among good ones ends the run with these words, at a position in that
    /// line, and that in quarantine it affects exactly the people that it must.
    #[track_caller]
    fn stops(line: impl AsRef<[u8]>, says: &str, whose: Whose) {
        let line = line.as_ref();
        let before = grant().line();
        let after = grant().id("g9").by("u9").line();
        let consents = [before.as_bytes(), line, b"\n", after.as_bytes()].concat();
        let rows = lines([row().with("text", SECRET), row().by("u9")]);
        let job = Job::raw(rows, consents);

        let outcome = job.fails(&["consents.jsonl: line 2, column ", says]);
        outcome.keeps_the_secret();
        let (_, column) = outcome.ended.stderr.split_once("column ").unwrap();
        let (column, _) = column.split_once(": ").unwrap();
        let columns = 1..=line.len() + 2;
        assert!(columns.contains(&column.parse().unwrap()), "{column}");

        let unnamed = match whose {
            Named => 0,
            Anybody | NamedAndAnybody => 1,
        };
        let fate = match whose {
            Anybody => Fate::Passes,
            Named | NamedAndAnybody => Fate::Withheld(&[], &["READABLE"]),
        };
        if unnamed > 0 {
            let none = job.clone().option("--quarantine", "0");
            let outcome = none.fails(&["consents.jsonl: line 2, column ", says]);
            outcome.keeps_the_secret();
        }
        let outcome = job
            .option("--quarantine", &unnamed.to_string())
            .tells(&[Fate::Passes, fate]);
        outcome.keeps_the_secret();
        assert_eq!(outcome.report()["unreadable_consents"], unnamed);
    }

    /// A withdrawal by `u9` that keeps a secret in its evidence.
    fn no() -> String {
        withdrawal().by("u9").with("evidence", SECRET).text()
    }

    /// The same, without evidence and with this field.
    fn no_with(field: &str) -> String {
        and(&withdrawal().by("u9").text(), field)
    }

    #[test]
    fn blank_lines() {
        for line in ["", "   ", "\t", "\r"] {
            stops(line, "", Anybody);
        }
    }

    #[test]
    fn a_byte_order_mark() {
        stops(format!("\u{feff}{}", no()), "", Anybody);
        let consents = format!("{}\u{feff}{}", grant().line(), no());
        Job::raw(row().line(), consents).fails(&["line 2, column 1: "]);
    }

    #[test]
    fn nul_bytes() {
        stops([0; 100], "", Anybody);
        stops(no() + "\0", "", NamedAndAnybody);
        stops(
            no_with("\"evidence\":\"\0\""),
            "control character",
            NamedAndAnybody,
        );
    }

    #[test]
    fn bytes_that_are_not_text() {
        let mut line = no().replace(SECRET, "\u{1}").into_bytes();
        let place = line.iter().position(|byte| *byte == 1).unwrap();
        line[place] = 0xff;
        let column = format!("column {}: not UTF-8", place + 1);
        stops(line, &column, Named);

        let mut line = no().into_bytes();
        let place = no().find("u9").unwrap();
        line[place] = 0xff;
        stops(line, "not UTF-8", Anybody);
    }

    #[test]
    fn another_encoding() {
        let consents = utf_16(&lines([grant(), withdrawal()]));
        let job = Job::raw(row().line(), consents);
        job.fails(&["line 1, column 1: not UTF-8"]);
        let outcome = job
            .option("--quarantine", "3")
            .tells(&[Fate::Withheld(&["ON_RECORD"], &[])]);
        assert_eq!(outcome.report()["unreadable_consents"], 3);
    }

    #[test]
    fn objects_that_are_cut_off() {
        let whole = no();
        let about = whole.find(r#""subject":"u9""#).unwrap() + r#""subject":"u9""#.len();
        for end in 1..whole.len() {
            // Every fourth offset, and each offset near the subject.
            if end.is_multiple_of(4) || end.abs_diff(about) < 3 {
                let named = if end < about {
                    Anybody
                } else {
                    NamedAndAnybody
                };
                stops(&whole[..end], "", named);
            }
        }
    }

    #[test]
    fn things_after_an_object() {
        for more in ["}", "]", ",", " x", "\"", "0", "{}", "// a comment"] {
            stops(no() + more, "trailing characters", NamedAndAnybody);
        }
    }

    #[test]
    fn two_objects_on_one_line() {
        let line = no() + &grant().id("g7").by("u7").text();
        stops(line, "trailing characters", NamedAndAnybody);
    }

    #[test]
    fn values_that_are_not_objects() {
        let secret = format!("\"{SECRET}\"");
        for line in [
            "[]", "7", "-1.5", "true", "null", "\"\"", &secret, "1e999", "NaN",
        ] {
            stops(line, "", Anybody);
        }
        stops(format!("[{}]", no()), "an object", Anybody);
    }

    #[test]
    fn keys_that_are_repeated() {
        let evidence = format!(r#""evidence":"{SECRET}""#);
        let line = and(&no(), &evidence);
        stops(line, "field `evidence`: repeated", Named);
        stops(no_with(r#""at":null"#), "field `at`: repeated", Named);
        stops(
            no_with(r#""stat\u0075s":"withdrawn""#),
            "field `status`: repeated",
            Named,
        );
        stops(
            no_with(r#""subject":"u9""#),
            "field `subject`: repeated",
            Named,
        );
        stops(
            no_with(r#""subject":null"#),
            "field `subject`: repeated",
            NamedAndAnybody,
        );
        let twice = r#""notice":{"id":"ai","version":"3","id":"ai"}"#;
        stops(no_with(twice), "field `notice.id`: repeated", Named);
    }

    #[test]
    fn unknown_fields() {
        stops(no_with(r#""Status":"given""#), "field `Status`", Named);
        let in_a_notice = format!(r#""notice":{{"text":"{SECRET}"}}"#);
        stops(no_with(&in_a_notice), "field `notice.…`", Named);
        let secret = format!(r#""{SECRET}":"{SECRET}""#);
        stops(no_with(&secret), "not a field of a consent record", Named);
    }

    #[test]
    fn unknown_tokens() {
        for field in ["consent_type", "method", "actor", "capacity", "given_via"] {
            let unknown = format!(r#""{field}":"{SECRET}""#);
            let says = format!("field `{field}`: expected one of: ");
            stops(no_with(&unknown), &says, Named);
        }
        for field in ["data", "withdraw_via"] {
            let unknown = format!(r#""{field}":["{SECRET}"]"#);
            let says = format!("field `{field}`: expected a list of: ");
            stops(no_with(&unknown), &says, Named);
        }
        let line = no().replace("train-generative", SECRET);
        stops(line, "field `purposes`: expected a list of: ", Named);
        let line = no().replace("withdrawn", SECRET);
        stops(line, "field `status`: expected one of: ", Named);
    }

    #[test]
    fn names_that_are_almost_right() {
        for status in ["Withdrawn", " withdrawn", "withdrawn ", "WITHDRAWN", ""] {
            let line = no().replace("\"withdrawn\"", &format!("\"{status}\""));
            stops(line, "field `status`: expected one of: ", Named);
        }
        for purposes in ["[1]", "\"train-generative\"", "1", "[null]", "{}"] {
            let line = no().replace("[\"train-generative\"]", purposes);
            stops(line, "field `purposes`: expected a list of: ", Named);
        }
    }

    #[test]
    fn values_of_another_kind_keep_what_they_hold() {
        let secret = format!(r#"["{SECRET}",{{"{SECRET}":"{SECRET}"}}]"#);
        for field in [
            "method",
            "granular",
            "data_period",
            "valid_until",
            "data",
            "notice",
            "evidence",
            "given_via",
            "recipients",
        ] {
            let line = no_with(&format!(r#""{field}":{secret}"#));
            stops(line, &format!("field `{field}`: expected "), Named);
        }
        for field in ["granular", "data_period", "valid_until", "data", "notice"] {
            let line = no_with(&format!(r#""{field}":"{SECRET}""#));
            stops(line, &format!("field `{field}`: expected "), Named);
        }
    }

    #[test]
    fn times_without_a_zone() {
        for time in [
            "2024-10-15T00:00:00",
            "2024-10-15",
            "2024-10-15T00:00:00+99:00",
            "2024-10-15T00:00:00 Europe/Berlin",
            "2024-10-15T00:00:00UTC",
            "2024-10-15 00:00:00Z",
            "2024-13-15T00:00:00Z",
            "2024-10-15T24:00:00Z",
            SECRET,
            "",
        ] {
            let line = no().replace("2024-10-15T00:00:00Z", time);
            stops(line, "field `at`: expected ", Named);
        }
        let line = no().replace("\"2024-10-15T00:00:00Z\"", "1728950400");
        stops(line, "field `at`: expected ", Named);
    }

    #[test]
    fn deeply_nested_values() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = deep(open, if close == "}" { "}" } else { close });
            let nested = nested.replace(":}", ":0}");
            stops(no_with(&format!("\"notice\":{nested}")), "", Named);
            stops(no_with(&format!("\"evidence\":{nested}")), "", Named);
            stops(no_with(&format!("\"unknown\":{nested}")), "", Named);
            stops(&nested, "", Anybody);
            let about = format!("{{\"id\":\"w1\",\"subject\":{nested}}}");
            stops(about, "", Anybody);
        }
    }

    #[test]
    fn numbers_that_are_too_large() {
        let nines = "9".repeat(10_000);
        for number in ["1e999", "-1e999", &nines] {
            stops(no_with(&format!("\"granular\":{number}")), "", Named);
            let line = no().replace("\"u9\"", number);
            stops(line, "", Anybody);
        }
    }

    #[test]
    fn halves_of_characters() {
        let line = no_with(r#""evidence":"\ud83c""#);
        stops(line, "", Named);
        let line = no_with(r#""method":"\udf51""#);
        stops(line, "", Named);
        stops(no().replace("u9", r"u9\ud83c"), "", Anybody);
    }

    #[test]
    fn texts_that_are_blank() {
        for blank in ["", " ", "\\n", "\u{2003}"] {
            let line = no().replace(SECRET, blank);
            stops(line, "field `evidence`: expected ", Named);
            let line = no().replace("\"u9\"", &format!("\"{blank}\""));
            stops(line, "field `subject`: expected ", Anybody);
        }
    }

    #[test]
    fn a_line_of_two_mebibytes_is_read_like_any_other() {
        let long = "e".repeat(2 << 20);
        let consents = grant().with("evidence", long.as_str()).line();
        let job = Job::raw(row().line(), consents.clone());
        job.permits();
        let withdrawn = consents + &withdrawal().with("evidence", long.as_str()).line();
        Job::raw(row().line(), withdrawn).denies(&[], &["STANDING"]);
        let unknown = no_with(&format!(r#""method":"{}""#, SECRET.repeat(100_000)));
        stops(unknown, "field `method`: expected one of: ", Named);
    }
}

mod rows {
    use super::*;

    /// Asserts the outcome of a line, and that the lines around it pass.
    #[track_caller]
    fn becomes(line: impl AsRef<[u8]>, fate: Fate<'_>) {
        let usual = row().with("text", SECRET).line();
        let rows = [usual.as_bytes(), line.as_ref(), b"\n", usual.as_bytes()].concat();
        let outcome = Job::raw(rows, grant().line()).tells(&[Fate::Passes, fate, Fate::Passes]);
        outcome.keeps_the_secret();
    }

    #[track_caller]
    fn is_unreadable(line: impl AsRef<[u8]>, says: &str) {
        becomes(line, Fate::Unreadable(says));
    }

    #[track_caller]
    fn passes(line: impl AsRef<[u8]>) {
        becomes(line, Fate::Passes);
    }

    /// A row of `u1` with a secret in it.
    fn post() -> String {
        row().with("text", SECRET).text()
    }

    fn post_with(field: &str) -> String {
        and(&post(), field)
    }

    fn post_without(field: &str) -> String {
        row().with("text", SECRET).without(field).text()
    }

    #[test]
    fn blank_lines() {
        for line in ["", "   ", "\t", "\r"] {
            is_unreadable(line, "");
        }
        Job::raw("\n\n\n", grant().line()).tells(&[Fate::Unreadable(""); 3]);
    }

    #[test]
    fn a_byte_order_mark() {
        is_unreadable(format!("\u{feff}{}", post()), "column 1: ");
        let rows = format!("{}\u{feff}{}", row().line(), row().line());
        Job::raw(rows, grant().line()).tells(&[Fate::Passes, Fate::Unreadable("column 1: ")]);
    }

    #[test]
    fn nul_bytes() {
        is_unreadable([0; 100], "column 1: ");
        is_unreadable(post() + "\0", "trailing characters");
        is_unreadable(post_with("\"more\":\"\0\""), "control character");
        passes(post_with(r#""more":"\u0000""#));
    }

    #[test]
    fn bytes_that_are_not_text() {
        for place in ["u1", "hunter2"] {
            let mut line = post().into_bytes();
            let place = post().find(place).unwrap();
            line[place] = 0xff;
            is_unreadable(line, &format!("column {}: not UTF-8", place + 1));
        }
        let half_a_surrogate = [br#"{"text":""#, &[0xed, 0xa0, 0x80][..], b"\"}"].concat();
        is_unreadable(half_a_surrogate, "not UTF-8");
        let too_long = [br#"{"text":""#, &[0xc0, 0x80][..], b"\"}"].concat();
        is_unreadable(too_long, "not UTF-8");
    }

    #[test]
    fn another_encoding() {
        let rows = utf_16(&lines([row(), row()]));
        let many = rows.split_inclusive(|byte| *byte == b'\n').count();
        let outcome =
            Job::raw(rows, grant().line()).tells(&vec![Fate::Unreadable("column "); many]);
        outcome.keeps_the_secret();
    }

    #[test]
    fn objects_that_are_cut_off() {
        let whole = post();
        for end in (1..whole.len()).step_by(5) {
            is_unreadable(&whole[..end], "");
        }
    }

    #[test]
    fn things_after_an_object() {
        for more in ["}", "]", ",", " x", "\"", "0", "{}", "// a comment"] {
            is_unreadable(post() + more, "trailing characters");
        }
        is_unreadable(post() + SECRET, "trailing characters");
    }

    #[test]
    fn two_objects_on_one_line() {
        is_unreadable(post() + &post(), "trailing characters");
        is_unreadable(post() + "\r" + &post(), "trailing characters");
    }

    #[test]
    fn an_object_on_two_lines() {
        let rows = format!("{}\n{}\n", "{\"subject\":\"u1\",", "\"text\":1}");
        Job::raw(rows, grant().line()).tells(&[
            Fate::Unreadable("the line ends before"),
            Fate::Unreadable(""),
        ]);
    }

    #[test]
    fn values_that_are_not_objects() {
        let secret = format!("\"{SECRET}\"");
        for line in ["[]", "7", "-1.5", "true", "null", "\"\"", &secret] {
            is_unreadable(line, "expected a row, which is an object");
        }
        is_unreadable(
            format!("[{}]", post()),
            "expected a row, which is an object",
        );
        for line in ["NaN", "1e999", SECRET, "{'subject':'u1'}", "<row/>", "{}}"] {
            is_unreadable(line, "column ");
        }
    }

    #[test]
    fn keys_that_are_repeated() {
        for (field, value) in [
            ("id", "\"r1\""),
            ("subject", "\"u1\""),
            ("subject", "null"),
            ("collected_at", "\"2024-10-01T12:00:00Z\""),
            ("data", "[\"posts\"]"),
            (r"d\u0061ta", "null"),
        ] {
            let name = field.replace(r"\u0061", "a");
            let says = format!("field `{name}`: repeated");
            is_unreadable(post_with(&format!("\"{field}\":{value}")), &says);
        }
        let signals = r#""signals":[],"signals":[{"kind":"opt-out","value":true}]"#;
        is_unreadable(post_with(signals), "field `signals`: repeated");
        is_unreadable(
            post_with(r#""consents":[],"consents":[]"#),
            "field `consents`: repeated",
        );
        passes(post_with(r#""text":"again","more":{"a":1,"a":2}"#));
    }

    #[test]
    fn fields_of_another_kind_keep_what_they_hold() {
        let text = format!("\"{SECRET}\"");
        let list = format!("[\"{SECRET}\"]");
        let object = format!("{{\"{SECRET}\":\"{SECRET}\"}}");
        let number = "12345".to_owned();
        for (field, values) in [
            ("subject", vec![&list, &object]),
            ("collected_at", vec![&text, &list, &object, &number]),
            ("data", vec![&text, &list, &object, &number]),
        ] {
            for value in values {
                let line = and(&post_without(field), &format!("\"{field}\":{value}"));
                is_unreadable(line, &format!("field `{field}`: expected "));
            }
        }
        for value in [&text, &object, &number] {
            let line = and(&post_without("subject"), &format!("\"subjects\":{value}"));
            is_unreadable(line, "field `subjects`: expected ");
        }
        for field in ["signals", "consents"] {
            for value in [&text, &list, &object, &number] {
                let line = post_with(&format!("\"{field}\":{value}"));
                is_unreadable(line, &format!("field `{field}`: "));
            }
        }
    }

    #[test]
    fn signals_that_are_none() {
        for signal in [
            "{}".to_owned(),
            "null".to_owned(),
            r#"{"value":true}"#.to_owned(),
            r#"{"kind":null,"value":true}"#.to_owned(),
            format!(r#"{{"kind":["{SECRET}"],"value":true}}"#),
            format!(r#"{{"kind":"opt-out","value":false,"{SECRET}":"{SECRET}"}}"#),
            r#"{"kind":"opt-out","kind":"opt-out","value":false}"#.to_owned(),
            r#"{"kind":"opt-out","value":true,"value":false}"#.to_owned(),
            format!("\"{SECRET}\""),
        ] {
            is_unreadable(
                post_with(&format!("\"signals\":[{signal}]")),
                "field `signals`: expected ",
            );
        }
    }

    #[test]
    fn signals_that_cannot_be_understood_may_be_a_no() {
        for signal in [
            format!(r#"{{"kind":"{SECRET}","value":"{SECRET}"}}"#),
            format!(r#"{{"kind":"opt-out","value":"{SECRET}"}}"#),
            r#"{"kind":"opt-out"}"#.to_owned(),
            r#"{"kind":"opt-out","value":null}"#.to_owned(),
            r#"{"kind":"opt-out","value":0}"#.to_owned(),
            r#"{"kind":"OPT-OUT","value":false}"#.to_owned(),
            r#"{"kind":"erased","value":"yesterday"}"#.to_owned(),
            r#"{"kind":"","value":false}"#.to_owned(),
        ] {
            becomes(
                post_with(&format!("\"signals\":[{signal}]")),
                Fate::Withheld(&["UNRESTRICTED"], &[]),
            );
        }
        let no_beside_it = r#""signals":[{"kind":"x"},{"kind":"opt-out","value":true}]"#;
        becomes(
            post_with(no_beside_it),
            Fate::Withheld(&[], &["UNRESTRICTED"]),
        );
    }

    #[test]
    fn consents_of_their_own_keep_what_they_hold() {
        let own = grant().with("method", SECRET).text();
        let line = post_with(&format!("\"consents\":[{own}]"));
        is_unreadable(line, "field `method`: expected one of: ");
        let own = and(&grant().text(), &format!("\"{SECRET}\":\"{SECRET}\""));
        let line = post_with(&format!("\"consents\":[{own}]"));
        is_unreadable(line, "not a field of a consent record");
    }

    #[test]
    fn times_without_a_zone() {
        for time in [
            "2024-10-01T12:00:00",
            "2024-10-01",
            "2024-10-01T12:00:00+99:00",
            "2024-10-01T12:00:00 Europe/Berlin",
            "2024-10-01 12:00:00Z",
            "2024-10-32T12:00:00Z",
            "2024-10-01T12:00Z",
            "",
            " ",
        ] {
            let line = post().replace("2024-10-01T12:00:00Z", time);
            is_unreadable(line, "field `collected_at`: expected ");
        }
    }

    #[test]
    fn deeply_nested_values() {
        let lists = deep("[", "]");
        let objects = deep("{\"a\":", "}").replace(":}", ":0}");
        for nested in [&lists, &objects] {
            passes(post_with(&format!("\"more\":{nested}")));
            for field in ["signals", "consents"] {
                is_unreadable(post_with(&format!("\"{field}\":{nested}")), "");
                is_unreadable(post_with(&format!("\"{field}\":[{nested}]")), "");
            }
            for field in ["subject", "collected_at", "data"] {
                let line = and(&post_without(field), &format!("\"{field}\":{nested}"));
                is_unreadable(line, "");
            }
        }
        is_unreadable(lists, "expected a row, which is an object");
    }

    #[test]
    fn what_lies_deep_in_a_row_that_says_nothing_for_itself_lets_nothing_pass() {
        let (lists, objects) = (deep("[", "]"), deep("{\"a\":", "}").replace(":}", ":0}"));
        let signal = |value| format!(r#""signals":[{{"kind":"opt-out","value":{value}}}]"#);
        for line in [
            post_with(&signal(&lists)),
            post_with(&signal(&objects)),
            objects,
        ] {
            let outcome = Job::raw(line + "\n" + &row().line(), grant().line()).run();
            assert_eq!(outcome.ended.code, Some(0), "{}", outcome.ended.stderr);
            assert_eq!(outcome.folder.text("out.jsonl"), row().line());
            assert_eq!(outcome.folder.text("withheld.jsonl").lines().count(), 1);
            outcome.keeps_the_secret();
        }
    }

    #[test]
    fn an_id_within_lists_within_lists_is_copied() {
        let nested = deep("[", "]");
        let line = format!("{{\"id\":{nested},\"subject\":\"u2\"}}\n");
        let outcome = Job::raw(line, grant().line()).run();
        assert_eq!(outcome.ended.code, Some(0), "{}", outcome.ended.stderr);
        let listed = outcome.folder.text("withheld.jsonl");
        assert!(listed.starts_with(&format!("{{\"line\":1,\"id\":{nested},\"unproven\":")));
        assert_eq!(outcome.report()["any"]["ON_RECORD"], 1);
    }

    #[test]
    fn numbers_that_are_too_large() {
        let nines = "9".repeat(10_000);
        for number in ["1e999", "-1e999", &nines] {
            passes(post_with(&format!("\"more\":{number}")));
            is_unreadable(post().replace("\"u1\"", number), "");
            let line = post().replace("\"2024-10-01T12:00:00Z\"", number);
            is_unreadable(line, "");
            is_unreadable(post_with(&format!("\"signals\":[{number}]")), "");
        }
    }

    #[test]
    fn halves_of_characters() {
        passes(post_with(r#""more":{"\ud83c":"\udf51\ud83c"}"#));
        is_unreadable(post().replace("u1", r"u1\ud83c"), "");
        is_unreadable(post().replace("\"posts\"", r#""\udf51""#), "");
        let signals = r#""signals":[{"kind":"\ud83c"}]"#;
        is_unreadable(post_with(signals), "");
    }

    #[test]
    fn a_line_of_two_mebibytes_is_read_like_any_other() {
        let long = "z".repeat(2 << 20);
        passes(post_with(&format!("\"more\":\"{long}\"")));
        let line = row().with("text", long.as_str()).by("u2").text();
        becomes(line, Fate::Withheld(&["ON_RECORD"], &[]));
        is_unreadable(post().replace("u1", &format!("u1\u{1}{long}")), "control");
    }

    #[test]
    fn nothing_shows_the_people_or_texts_of_withheld_rows() {
        let line = row().with("text", SECRET).by(SECRET).text();
        becomes(line, Fate::Withheld(&["ON_RECORD"], &[]));
        let several = post_without("subject");
        let several = and(&several, &format!(r#""subjects":["u1","{SECRET}"]"#));
        becomes(several, Fate::Withheld(&["ON_RECORD"], &[]));
    }
}
