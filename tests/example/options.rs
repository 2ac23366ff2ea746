//! What each option changes.

use serde_json::{Value, json};

use crate::program::{Fate, Job, lines, on_file, run};
use crate::world::{AS_OF, Object, grant, row, withdrawal};

const PASSES: Fate<'_> = Fate::Passes;
const NOT_ON_RECORD: Fate<'_> = Fate::Withheld(&["ON_RECORD"], &[]);
const NOT_READABLE: Fate<'_> = Fate::Withheld(&[], &["READABLE"]);
const NOT_STANDING: Fate<'_> = Fate::Withheld(&[], &["STANDING"]);

mod notices {
    use super::*;

    #[test]
    fn one_of_several_accepted_notices_is_enough() {
        let job = on_file([grant()]);
        let several = job
            .option("--accept-notice", "ai@4")
            .option("--accept-notice", "other@3")
            .option("--accept-notice", "ai@3");
        several.permits();
    }

    #[test]
    fn the_id_of_one_and_the_version_of_another_do_not_add_up() {
        on_file([grant()])
            .option("--accept-notice", "ai@4")
            .option("--accept-notice", "other@3")
            .denies(&[], &["INFORMED"]);
    }

    #[test]
    fn an_id_may_hold_the_sign_that_stands_before_the_version() {
        let mailed = on_file([grant().noticed("id", "mail@home")]);
        mailed
            .clone()
            .option("--accept-notice", "mail@home@3")
            .permits();
        let other = mailed.option("--accept-notice", "mail@home@4");
        other.denies(&[], &["INFORMED"]);
    }

    #[test]
    fn a_notice_is_accepted_as_it_is_spelled() {
        for spelled in ["AI@3", "ai@3.0", "ai @3", "ai@03"] {
            on_file([grant()])
                .option("--accept-notice", spelled)
                .denies(&[], &["INFORMED"]);
        }
    }
}

mod age {
    use super::*;

    #[test]
    fn a_consent_ends_at_the_instant_that_it_reaches_the_maximum_age() {
        let job = on_file([grant()]).option("--max-age", "30");
        let before = job.clone().asked_at("2024-10-10T08:59:59Z");
        before.permits();
        let reached = job.asked_at("2024-10-10T09:00:00Z");
        reached.denies(&[], &["CURRENT"]);
    }

    #[test]
    fn the_earlier_of_the_two_limits_counts() {
        on_file([grant()])
            .option("--max-age", "4000")
            .asked_at("2025-09-10T00:00:00Z")
            .denies(&[], &["CURRENT"]);
    }

    #[test]
    fn a_maximum_age_is_a_limit_where_the_consent_has_none() {
        let without = on_file([grant().without("valid_until")]);
        without.denies(&["CURRENT"], &[]);
        without.option("--max-age", "365").permits();
    }

    #[test]
    fn the_longest_age_that_can_be_asked_for_lies_beyond_all_times() {
        on_file([grant().without("valid_until")])
            .option("--max-age", "4294967295")
            .permits();
    }
}

mod waivers {
    use super::*;

    fn silent() -> Object {
        grant()
            .without("evidence")
            .without("granular")
            .without("notice")
            .without("capacity")
            .without("given_via")
            .without("valid_until")
            .without("data")
    }

    const SILENT: [&str; 7] = [
        "GRANULAR",
        "INFORMED",
        "EVIDENCED",
        "WITHDRAWABLE",
        "CAPACITY",
        "CURRENT",
        "CATEGORY",
    ];

    #[test]
    fn what_is_unproven_is_forgiven_for_the_rules_in_the_list_and_no_others() {
        let job = on_file([silent()]);
        job.denies(&SILENT, &[]);
        for left_out in SILENT {
            let list: Vec<_> = SILENT
                .into_iter()
                .filter(|rule| *rule != left_out)
                .collect();
            let waiving = job.clone().option("--waive", &list.join(","));
            waiving.denies(&[left_out], &[]);
        }
        job.option("--waive", &SILENT.join(",")).permits();
    }

    #[test]
    fn several_lists_add_up() {
        let mut job = on_file([silent()]);
        for rule in SILENT {
            job = job.option("--waive", rule);
        }
        job.permits();
    }

    #[test]
    fn a_row_without_a_time_and_with_an_unknown_signal_can_be_forgiven() {
        let silent = row()
            .without("collected_at")
            .with("signals", json!([{"kind": "a-kind-that-nobody-knows"}]));
        let job = on_file([grant()]).rows([silent]);
        job.denies(&["PERIOD", "UNRESTRICTED"], &[]);
        job.option("--waive", "PERIOD,UNRESTRICTED").permits();
    }

    /// Source: a licence in RSL whose author wrote a no where RSL has none.
    #[test]
    fn a_licence_with_a_permission_that_rsl_does_not_have_withholds() {
        for permits in [
            r#"<permits type="search">yes</permits><permits type="ai-train">no</permits>"#,
            r#"<permits type="ai-train">no</permits>"#,
            r#"<permits type="training">none</permits>"#,
        ] {
            let licence = format!(
                r#"<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>{permits}</license></content></rsl>"#
            );
            let signalled = row().with("signals", json!([{"kind": "rsl", "value": licence}]));
            let job = on_file([grant()]).rows([signalled]);
            job.denies(&["UNRESTRICTED"], &[]);
        }
    }

    #[test]
    fn a_no_is_not_forgiven() {
        let against = grant()
            .with("granular", false)
            .with("capacity", "under-age")
            .with("withdraw_via", json!(["app"]))
            .with("data", json!(["messages"]))
            .with("data_period", "2024-10-31T00:00:00Z")
            .with("valid_until", AS_OF)
            .noticed("purposes", json!(["search"]));
        let no = ["GRANULAR", "INFORMED", "WITHDRAWABLE", "CAPACITY"];
        let no = [&no[..], &["CURRENT", "PERIOD", "CATEGORY", "UNRESTRICTED"]].concat();
        on_file([against])
            .rows([row().with("signals", json!([{"kind": "opt-out", "value": true}]))])
            .option("--waive", &no.join(","))
            .option("--waive", "EVIDENCED")
            .denies(&[], &no);
    }
}

mod quarantine {
    use super::*;

    /// Rows of `u1` and `u9`, and this line between the grants of the two.
    fn between(line: &str) -> Job {
        let consents = [&grant().line(), line, &grant().id("g9").by("u9").line()];
        Job::raw(lines([row(), row().by("u9")]), consents.concat())
    }

    const TWICE: &str =
        "{\"id\":\"w9\",\"subject\":\"u9\",\"status\":\"given\",\"status\":\"withdrawn\"}\n";

    #[test]
    fn a_record_that_names_its_subject_keeps_only_that_person_from_passing() {
        let job = between(TWICE).option("--quarantine", "0");
        let outcome = job.tells(&[PASSES, NOT_READABLE]);
        assert_eq!(outcome.report()["unreadable_consents"], 0);
    }

    #[test]
    fn without_quarantine_the_same_record_ends_the_run() {
        between(TWICE).fails(&[
            "consents.jsonl: line 2, column ",
            "field `status`: repeated",
        ]);
    }

    #[test]
    fn an_unattributed_record_is_counted_up_to_the_limit() {
        let nobody = "{\"id\":\"w9\",\"status\":\"withdrawn\"}\n".repeat(3);
        for limit in ["3", "4", "18446744073709551615"] {
            let job = between(&nobody).option("--quarantine", limit);
            let outcome = job.tells(&[PASSES, PASSES]);
            assert_eq!(outcome.report()["unreadable_consents"], 3);
        }
        for (limit, line) in [("0", "line 2, "), ("1", "line 3, "), ("2", "line 4, ")] {
            let job = between(&nobody).option("--quarantine", limit);
            job.fails(&["consents.jsonl: ", line, "field `subject`: missing"]);
        }
    }

    #[test]
    fn a_line_that_is_broken_counts_and_keeps_whom_it_names_from_passing() {
        let broken = "{\"id\":\"w9\",\"subject\":\"u9\",\"sta\n";
        between(broken)
            .option("--quarantine", "0")
            .fails(&["line 2, column "]);
        let outcome = between(broken)
            .option("--quarantine", "1")
            .tells(&[PASSES, NOT_READABLE]);
        assert_eq!(outcome.report()["unreadable_consents"], 1);
    }

    #[test]
    fn a_record_that_names_two_people_keeps_both_from_passing() {
        let both = "{\"subject\":\"u1\",\"id\":\"w9\",\"subject\":\"u9\"}\n";
        let outcome = between(both)
            .option("--quarantine", "0")
            .tells(&[NOT_READABLE, NOT_READABLE]);
        assert_eq!(outcome.report()["unreadable_consents"], 0);
    }

    #[test]
    fn a_person_with_no_other_record_fails_both_rules() {
        Job::raw(row().by("u9").line(), TWICE)
            .option("--quarantine", "0")
            .denies(&["ON_RECORD"], &["READABLE"]);
    }

    #[test]
    fn the_limit_is_not_for_rows() {
        let rows = row().line() + "{\n";
        Job::raw(rows, grant().line())
            .option("--quarantine", "0")
            .tells(&[PASSES, Fate::Unreadable("")]);
    }

    #[test]
    fn the_limit_is_not_for_files_that_cannot_be_read() {
        let folder = on_file([grant()]).laid_down();
        folder.write("cut.zst", [0x28, 0xb5, 0x2f, 0xfd, 0x00]);
        let job = on_file([]).option("--quarantine", "1000");
        let mut arguments = job.question();
        arguments.extend(["--rows", "rows.jsonl", "--consents", "cut.zst"]);
        arguments.extend(["--out", "out.jsonl"]);
        let ended = run(&mut folder.gate(arguments), b"");
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(!folder.path("out.jsonl").exists());
    }
}

mod replay {
    use super::*;

    const EARLIER: &str = "2024-10-14T00:00:00Z";

    fn earlier(records: impl IntoIterator<Item = Object>) -> Job {
        on_file(records).replay().asked_at(EARLIER)
    }

    #[test]
    fn no_rows_are_written_and_existing_files_stay() {
        let job = earlier([grant(), withdrawal()]);
        let folder = job.laid_down();
        folder.write("out.jsonl", "before");
        let mut arguments = job.question();
        arguments.extend(["--rows", "rows.jsonl", "--consents", "consents.jsonl"]);
        arguments.extend(["--out", "out.jsonl", "--report", "report.json"]);
        let ended = run(&mut folder.gate(arguments), b"");
        ended.is_clean();
        assert_eq!(folder.json("report.json")["consented"], 1);
        assert_eq!(folder.text("out.jsonl"), "before");
    }

    #[test]
    fn no_rows_are_printed() {
        for out in [&["--out", "-"][..], &[]] {
            let job = earlier([grant()]);
            let folder = job.laid_down();
            let mut arguments = job.question();
            arguments.extend(["--rows", "rows.jsonl", "--consents", "consents.jsonl"]);
            arguments.extend(out);
            let ended = run(&mut folder.gate(arguments), b"");
            ended.is_clean();
            assert_eq!(ended.stdout, b"");
            assert_eq!(folder.names(), ["consents.jsonl", "rows.jsonl"]);
        }
    }

    #[test]
    fn the_past_decision_on_each_row_is_reported() {
        let rows = lines([row(), row().by("u2"), row().with("data", 7), row()]);
        earlier([grant(), withdrawal()]).raw_rows(rows).tells(&[
            PASSES,
            NOT_ON_RECORD,
            Fate::Unreadable("field `data`: expected "),
            PASSES,
        ]);
    }

    #[test]
    fn on_the_day_of_the_withdrawal_the_answer_was_no() {
        on_file([grant(), withdrawal()])
            .replay()
            .asked_at("2024-10-15T00:00:00Z")
            .denies(&[], &["STANDING"]);
    }

    #[test]
    fn a_later_record_that_voids_the_consent_voids_the_past_too() {
        let voided = withdrawal().with("status", "invalidated");
        earlier([grant(), voided]).denies(&[], &["STANDING"]);
    }

    #[test]
    fn a_withdrawal_without_a_time_stays_in() {
        earlier([grant(), withdrawal().without("at")]).denies(&[], &["STANDING"]);
    }

    #[test]
    fn conflicts_are_found_before_later_records_are_left_out() {
        earlier([grant(), withdrawal().id("g1")]).denies(&[], &["READABLE"]);
    }

    #[test]
    fn a_later_grant_is_left_out() {
        let later = grant().given_at("2024-10-20T09:00:00Z");
        earlier([later]).denies(&["ON_RECORD"], &[]);
    }

    #[test]
    fn later_records_embedded_in_rows_are_left_out_too() {
        let brings = row().with("consents", json!([grant().value(), withdrawal().value()]));
        let job = on_file([]).rows([brings]);
        job.denies(&[], &["STANDING"]);
        job.replay().asked_at(EARLIER).permits();
    }

    #[test]
    fn consents_that_cannot_be_read_end_a_replay_too() {
        let consents = withdrawal().line() + &grant().with("status", "Given").line();
        let job = Job::raw(row().line(), consents).replay();
        job.fails(&["line 2, column ", "field `status`"]);
    }
}

mod fields {
    use super::*;

    /// The outcome of rows whose fields are at other positions.
    fn placed(fields: &[&str], row: &str) -> Job {
        let mut job = Job::raw(row.to_owned() + "\n", grant().line());
        for field in fields {
            job = job.option("--field", field);
        }
        job
    }

    #[test]
    fn a_field_may_be_nested_in_others() {
        let fields = [
            "subject=/meta/author/id",
            "collected_at=/meta/when",
            "data=/meta/kinds",
        ];
        let row =
            r#"{"meta":{"when":"2024-10-01T12:00:00Z","author":{"id":"u1"},"kinds":["posts"]}}"#;
        placed(&fields, row).permits();
    }

    #[test]
    fn a_field_may_be_in_a_list() {
        let fields = ["subject=/authors/1/id", "collected_at=/times/0"];
        let authors = r#""authors":[{"id":"u2"},{"id":"u1"},{"id":"u3"}]"#;
        let times = r#""times":["2024-10-01T12:00:00Z",7]"#;
        let row = format!(r#"{{{authors},"data":["posts"],{times}}}"#);
        placed(&fields, &row).permits();
    }

    #[test]
    fn a_number_in_a_pointer_is_a_name_in_an_object_and_an_index_in_a_list() {
        let rest = r#""data":["posts"],"collected_at":"2024-10-01T12:00:00Z"}"#;
        let object = format!(r#"{{"by":{{"0":"u1"}},{rest}"#);
        placed(&["subject=/by/0"], &object).permits();
        let list = format!(r#"{{"by":["u1"],{rest}"#);
        placed(&["subject=/by/0"], &list).permits();
        for place in ["subject=/by/00", "subject=/by/-", "subject=/by/1"] {
            placed(&[place], &list).denies(&["ON_RECORD"], &[]);
        }
    }

    #[test]
    fn special_characters_in_a_pointer_are_escaped() {
        let rest = r#""data":["posts"],"collected_at":"2024-10-01T12:00:00Z"}"#;
        for (place, name) in [
            ("/a~1b", "a/b"),
            ("/a~0b", "a~b"),
            ("/~01", "~1"),
            ("/", ""),
            ("/a b=c", "a b=c"),
            ("/Zwetschge", r"Zwet\u0073chge"),
        ] {
            let row = format!(r#"{{"{name}":"u1",{rest}"#);
            placed(&[&format!("subject={place}")], &row).permits();
        }
    }

    #[test]
    fn a_field_with_a_pointer_is_not_read_under_its_own_name() {
        let fields = ["subject=/author", "collected_at=/when"];
        let others = r#""subject":["not","a","subject"],"collected_at":7"#;
        let row = r#""author":"u1","when":"2024-10-01T12:00:00Z","data":["posts"]"#;
        let row = format!("{{{row},{others}}}");
        placed(&fields, &row).permits();
        let only_under_its_own_name = row.replace("author", "writer");
        placed(&fields, &only_under_its_own_name).denies(&["ON_RECORD"], &[]);
    }

    #[test]
    fn a_pointer_finds_nothing_in_a_row_of_another_shape() {
        for user in [
            "null",
            "7",
            "true",
            "-1.5",
            r#""u1""#,
            "[]",
            "{}",
            r#"["u1"]"#,
        ] {
            let row = format!(r#"{{"user":{user},"data":["posts"]}}"#);
            placed(&["subject=/user/id"], &row).denies(&["ON_RECORD"], &[]);
        }
    }

    #[test]
    fn two_fields_may_have_the_same_pointer() {
        let rest = r#""data":["posts"],"collected_at":"2024-10-01T12:00:00Z"}"#;
        let fields = ["id=/user", "subject=/user"];
        placed(&fields, &format!(r#"{{"user":"u1",{rest}"#)).permits();
        let outcome = placed(&fields, &format!(r#"{{"user":  2,{rest}"#)).run();
        let listed: Value = outcome.folder.json("withheld.jsonl");
        let why = json!({"line": 1, "id": 2, "unproven": ["ON_RECORD"], "contradicted": []});
        assert_eq!(listed, why);
    }

    #[test]
    fn a_field_may_be_inside_another() {
        let rest = r#""data":["posts"],"collected_at":"2024-10-01T12:00:00Z"}"#;
        for fields in [
            ["id=/user", "subject=/user/id"],
            ["subject=/user/id", "id=/user"],
        ] {
            placed(&fields, &format!(r#"{{"user":{{"id":"u1"}},{rest}"#)).permits();
            let outcome = placed(&fields, &format!(r#"{{"user":{{ "id" : "u2"}},{rest}"#)).run();
            assert_eq!(
                outcome.folder.text("withheld.jsonl"),
                "{\"line\":1,\"id\":{ \"id\" : \"u2\"},\"unproven\":[\"ON_RECORD\"],\
                 \"contradicted\":[]}\n"
            );
        }
    }

    #[test]
    fn a_repeated_key_on_the_way_to_a_field_is_unreadable() {
        for (row, fate) in [
            (
                r#"{"user":{"id":"u1"},"user":{"id":"u1"}}"#,
                "field `user`: repeated",
            ),
            (r#"{"user":{"id":"u1","id":"u1"}}"#, "field `id`: repeated"),
            (
                r#"{"user":{"id":"u1"},"us\u0065r":7}"#,
                "field `user`: repeated",
            ),
        ] {
            placed(&["subject=/user/id"], row).tells(&[Fate::Unreadable(fate)]);
        }
    }

    #[test]
    fn the_message_names_the_field_and_not_the_pointer() {
        let row = r#"{"user":{"name":[]}}"#;
        placed(&["subject=/user/name"], row)
            .tells(&[Fate::Unreadable("field `subject`: expected ")]);
    }

    #[test]
    fn every_field_can_have_a_pointer() {
        let brought = grant().id("g5").by("u5").value();
        let row = json!({"x": {
            "i": "r7", "s": ["u5"], "t": "2024-10-01T12:00:00Z", "d": ["posts"],
            "g": [{"kind": "opt-out", "value": false}], "c": [brought],
        }});
        let fields = [
            "id=/x/i",
            "subjects=/x/s",
            "collected_at=/x/t",
            "data=/x/d",
            "signals=/x/g",
            "consents=/x/c",
        ];
        placed(&fields, &row.to_string()).permits();
        let restricted = row.to_string().replace("false", "true");
        let outcome = placed(&fields, &restricted).run();
        assert_eq!(
            outcome.folder.json("withheld.jsonl"),
            json!({"line": 1, "id": "r7", "unproven": [], "contradicted": ["UNRESTRICTED"]})
        );
    }

    /// A shape that cannot contain signals does not mean that there are none.
    #[test]
    fn a_value_of_another_shape_on_the_way_is_no_absence() {
        let with = |meta: Value| row().with("meta", meta).text();
        for field in ["signals", "consents", "data", "subjects"] {
            for meta in [json!([]), json!("none"), json!(0), json!([{"signals": []}])] {
                let pointer = format!("{field}=/meta/{field}");
                let said = format!("field `{field}`: expected an object on the way");
                placed(&[&pointer], &with(meta)).tells(&[Fate::Unreadable(&said)]);
            }
        }
        for meta in [json!({}), Value::Null, json!({"signals": null})] {
            placed(&["signals=/meta/signals"], &with(meta)).permits();
        }
    }

    /// Source: a conversation as a tree, and a message with a list of mentions.
    #[test]
    fn people_deep_in_a_row_are_collected() {
        let job = |field: &str, row: &Value| {
            let rows = row.to_string();
            let consents = [grant(), grant().id("g2").by("u2")];
            let job = Job::raw(rows, lines(consents)).option("--data", "posts");
            job.option("--field", field)
                .option("--field", "collected_at=/at")
        };
        let tree = |other: &str| {
            let reply = json!({ "user_id": other, "replies": [] });
            json!({ "user_id": "u1", "at": "2024-10-01T00:00:00Z", "replies": [reply] })
        };
        job("subjects=/**/user_id", &tree("u2")).permits();
        job("subjects=/**/user_id", &tree("u9")).denies(&["ON_RECORD"], &[]);
        let mentions = |other: Value| json!({ "at": "2024-10-01T00:00:00Z", "mentions": [{ "id": "u1" }, other] });
        job("subjects=/mentions/*/id", &mentions(json!({ "id": "u2" }))).permits();
        job("subjects=/mentions/*/id", &mentions(json!({ "id": "u9" })))
            .denies(&["ON_RECORD"], &[]);
        let both = |author: &str| {
            let mut row = mentions(json!({ "id": "u2" }));
            row["author"] = json!(author);
            let job = job("subjects=/mentions/*/id", &row);
            job.option("--field", "subjects=/author")
        };
        both("u1").permits();
        both("u9").denies(&["ON_RECORD"], &[]);
        both(" ").tells(&[Fate::Unreadable("expected at each position")]);
        let said = "expected a person at each position";
        job(
            "subjects=/mentions/*/id",
            &mentions(json!({ "name": "u2" })),
        )
        .tells(&[Fate::Unreadable(said)]);
    }

    /// Source: the times of exports of Reddit, Slack, ChatGPT, Hugging Face, Jetstream, Twitter and
    /// MySQL.
    #[test]
    fn times_of_exports_are_read_in_the_form_that_is_named() {
        const TWITTER: &str = "%a %b %d %H:%M:%S %z %Y";
        let times = [
            (json!(1_729_000_000), "epoch-s"),
            (json!("1729000000.000200"), "epoch-s"),
            (json!(1_729_000_000.123), "epoch-s"),
            (json!(1_729_000_000_000_i64), "epoch-ms"),
            (json!(1_729_000_000_000_000_i64), "epoch-us"),
            (json!("Tue Oct 15 13:46:40 +0000 2024"), TWITTER),
        ];
        for form in [
            "rfc3339", "epoch-s", "epoch-ms", "epoch-us", "epoch-ns", "rfc2822", TWITTER,
        ] {
            for (time, fits) in &times {
                let job = on_file([grant()]).rows([row().with("collected_at", time.clone())]);
                let job = job.option("--time", form);
                if form == *fits {
                    job.permits();
                } else {
                    job.tells(&[Fate::Unreadable("field `collected_at`: expected ")]);
                }
            }
        }
        let mysql = row().with("collected_at", "2024-10-15 13:46:40");
        let job = || {
            on_file([grant()])
                .rows([mysql.clone()])
                .option("--time", "sql")
        };
        job().tells(&[Fate::Unreadable(
            "a time with a zone, such as 2024-09-10 09:00:00+00",
        )]);
        job().option("--zone", "UTC").permits();
        job().option("--zone", "-05:30").permits();
    }

    #[test]
    fn a_row_is_an_object_wherever_its_fields_are() {
        for row in ["[\"u1\"]", "7", "\"u1\"", "null"] {
            placed(&["subject=/0"], row).tells(&[Fate::Unreadable("an object")]);
        }
        for field in ["id", "subject", "collected_at", "signals"] {
            placed(&[&format!("{field}=")], "[]").tells(&[Fate::Unreadable("expected a row")]);
        }
        let whole = placed(&["subject="], &row().text());
        whole.tells(&[Fate::Unreadable("field `subject`: expected ")]);
    }
}

mod data {
    use super::*;

    #[test]
    fn rows_without_a_category_get_the_given_ones() {
        let silent = [
            row().without("data"),
            row().with("data", Value::Null),
            row().with("data", json!([])),
        ];
        let job = on_file([grant()]).rows(silent);
        job.tells(&[Fate::Withheld(&["CATEGORY"], &[]); 3]);
        job.clone().option("--data", "posts").tells(&[PASSES; 3]);
        let more = job.option("--data", "posts,messages");
        more.tells(&[Fate::Withheld(&[], &["CATEGORY"]); 3]);
    }

    #[test]
    fn several_lists_of_categories_add_up() {
        on_file([grant()])
            .rows([row().without("data")])
            .option("--data", "posts")
            .option("--data", "messages")
            .denies(&[], &["CATEGORY"]);
    }

    #[test]
    fn rows_that_name_a_category_are_of_that_one() {
        let named = [row(), row().with("data", json!(["messages"]))];
        let fates = [PASSES, Fate::Withheld(&[], &["CATEGORY"])];
        let job = on_file([grant()]).rows(named);
        job.clone().option("--data", "messages").tells(&fates);
        job.option("--data", "posts").tells(&fates);
    }
}

mod brought {
    use super::*;

    fn brings(row: &Object, records: &[Object]) -> Object {
        let records: Vec<Value> = records.iter().map(Object::value).collect();
        row.clone().with("consents", records)
    }

    #[test]
    fn a_row_passes_with_the_consent_that_it_brings() {
        on_file([]).rows([brings(&row(), &[grant()])]).permits();
    }

    #[test]
    fn what_a_row_brings_counts_for_that_row_only() {
        on_file([])
            .rows([row(), brings(&row(), &[grant()]), row()])
            .tells(&[NOT_ON_RECORD, PASSES, NOT_ON_RECORD]);
        on_file([grant()])
            .rows([row(), brings(&row(), &[withdrawal()]), row()])
            .tells(&[PASSES, NOT_STANDING, PASSES]);
    }

    #[test]
    fn a_withdrawal_in_the_file_ends_a_consent_that_the_row_brings() {
        let job = on_file([withdrawal()]).rows([brings(&row(), &[grant()])]);
        job.denies(&[], &["STANDING"]);
    }

    #[test]
    fn a_withdrawal_that_the_row_brings_ends_a_consent_in_the_file() {
        let job = on_file([grant()]).rows([brings(&row(), &[withdrawal()])]);
        job.denies(&[], &["STANDING"]);
    }

    #[test]
    fn records_of_one_id_that_differ_between_file_and_row_conflict() {
        let other = grant().with("evidence", "https://consent.example/log/2");
        let job = on_file([grant()]).rows([brings(&row(), &[other]), row()]);
        job.tells(&[NOT_READABLE, PASSES]);
    }

    #[test]
    fn records_of_one_id_that_differ_in_one_row_conflict() {
        let other = grant().with("evidence", "https://consent.example/log/2");
        let job = on_file([]).rows([brings(&row(), &[grant(), other])]);
        job.denies(&[], &["READABLE"]);
    }

    #[test]
    fn records_that_say_the_same_in_file_and_row_do_not_conflict() {
        let same = grant()
            .with("at", "2024-09-10T11:00:00+02:00")
            .with("withdraw_via", json!(["app", "web", "app"]))
            .with("recipients", json!([]));
        on_file([grant()]).rows([brings(&row(), &[same])]).permits();
    }

    #[test]
    fn an_embedded_consent_of_another_person_grants_nothing() {
        let job = on_file([]).rows([brings(&row(), &[grant().by("u2")])]);
        job.denies(&["ON_RECORD"], &[]);
    }

    #[test]
    fn a_row_with_an_unreadable_embedded_record_is_unreadable() {
        let half = grant().with("status", "Given");
        let rows = [
            brings(&row(), &[grant(), half]),
            row().with("consents", json!([grant().value(), 7])),
            row().with("consents", grant().value()),
            row().with("consents", "g1"),
            brings(&row(), &[grant().without("id")]),
        ];
        let fates = [
            "field `status`",
            "an object",
            "a list",
            "a list",
            "field `id`",
        ];
        on_file([grant()])
            .rows(rows)
            .tells(&fates.map(Fate::Unreadable));
    }
}

mod subjects {
    use super::*;

    fn of(subject: impl Into<Value>) -> Object {
        row().with("subject", subject)
    }

    fn of_several(subjects: Value) -> Object {
        row().without("subject").with("subjects", subjects)
    }

    #[test]
    fn a_row_of_several_people_needs_the_consent_of_each() {
        let records = [grant(), grant().id("g2").by("u2")];
        let rows = [
            of_several(json!(["u1", "u2"])),
            of_several(json!(["u2"])),
            of_several(json!(["u1", "u1", "u1"])),
            of_several(json!(["u1", "u3", "u2"])),
            of_several(json!([])),
            of_several(Value::Null),
        ];
        let fates = [PASSES, PASSES, PASSES];
        let fates = [fates, [NOT_ON_RECORD; 3]].concat();
        on_file(records).rows(rows).tells(&fates);
    }

    #[test]
    fn a_rule_may_be_unproven_for_one_and_contradicted_for_the_other() {
        let silent = grant().without("evidence").without("granular");
        let bundled = grant().id("g2").by("u2").with("granular", false);
        on_file([silent, bundled])
            .rows([of_several(json!(["u1", "u2"]))])
            .denies(&["GRANULAR", "EVIDENCED"], &["GRANULAR"]);
    }

    #[test]
    fn a_number_stands_for_its_decimal_text() {
        let largest = u64::MAX;
        let records = [
            grant().by("18446744073709551615"),
            grant().id("g2").with("subject", 7),
            grant().id("g3").with("subject", 0),
        ];
        let rows = [
            of(largest),
            of("18446744073709551615"),
            of(7),
            of("7"),
            of("07"),
            of(0),
            of_several(json!([7, "7", largest])),
        ];
        let fates = [
            PASSES,
            PASSES,
            PASSES,
            PASSES,
            NOT_ON_RECORD,
            PASSES,
            PASSES,
        ];
        on_file(records).rows(rows).tells(&fates);
    }

    #[test]
    fn a_withdrawal_by_number_ends_a_consent_by_text() {
        on_file([
            grant().by("18446744073709551615"),
            withdrawal().with("subject", u64::MAX),
        ])
        .rows([of(u64::MAX), of("18446744073709551615")])
        .tells(&[NOT_STANDING, NOT_STANDING]);
    }

    #[test]
    fn what_is_no_whole_number_up_to_the_largest_makes_a_row_unreadable() {
        let subjects = [
            "18446744073709551616",
            "-1",
            "1.5",
            "1e3",
            "true",
            "\"\"",
            "\" \"",
            "[]",
            "{}",
        ];
        let usual = row().line();
        for subject in subjects {
            let one = usual.replace(r#""u1""#, subject);
            let several = one.replace("\"subject\":", "\"subjects\":[\"u1\",");
            let several = several.replace(
                &format!("{subject},\"text\""),
                &format!("{subject}],\"text\""),
            );
            Job::raw(one + &several, grant().line()).tells(&[
                Fate::Unreadable("field `subject`: expected "),
                Fate::Unreadable("field `subjects`: expected "),
            ]);
        }
    }

    #[test]
    fn what_is_no_whole_number_up_to_the_largest_makes_a_record_unreadable() {
        for subject in ["18446744073709551616", "-1", "1.5", "true", "\"\"", "[]"] {
            let consents = grant().line().replace(r#""u1""#, subject);
            Job::raw(row().line(), consents)
                .fails(&["line 1, column ", "field `subject`: expected "]);
        }
    }

    #[test]
    fn a_row_with_both_fields_is_unreadable() {
        let both = row().with("subjects", json!(["u1"]));
        let text = both.text();
        let turned = format!(r#"{{"subjects":["u1"],{}"#, &row().line()[1..]);
        assert_ne!(text, turned);
        Job::raw(both.line() + &turned, grant().line())
            .tells(&[Fate::Unreadable("`subject` and `subjects`"); 2]);
    }
}
