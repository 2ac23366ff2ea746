//! Consents and rows as JSON Lines: where an error is in a line, how an unreadable record is
//! handled, and which parts of a row are read.

use std::io::{self, Read};

use consent_gate::json::{
    LineChunks, OnUnreadable, ReadError, RowField, RowReader, RowsError, read_consents, rows,
};
use consent_gate::{
    CarriesConsents, ConsentRecord, DataCategories, EmbeddedRecords, Ledger, Purposes,
    Rules as Rule, UserRecord,
};
use time::macros::utc_datetime;

use crate::world::{gate, grant, post, withdrawal};

fn line_of(record: &ConsentRecord) -> String {
    serde_json::to_string(record).unwrap()
}

fn stopped(file: &str) -> String {
    read_consents(file.as_bytes(), OnUnreadable::Stop)
        .unwrap_err()
        .to_string()
}

fn quarantined(file: &[u8], unattributed_at_most: u64) -> Result<Ledger, ReadError> {
    read_consents(
        file,
        OnUnreadable::Quarantine {
            unattributed_at_most,
        },
    )
}

/// R2 · GDPR Art. 7(1): what was read is what was written, line by line.
#[test]
fn every_line_is_a_record() {
    let records = [grant().record(), withdrawal().record()];
    let file: String = records
        .iter()
        .map(|record| line_of(record) + "\n")
        .collect();
    let ledger = read_consents(file.as_bytes(), OnUnreadable::Stop).unwrap();
    assert_eq!(ledger.records().collect::<Vec<_>>(), records);
    let decision = gate().build().unwrap();
    let decision = decision.with(&ledger).decide(&post()).into_owned();
    assert!(decision.to_string().contains("(R15)"), "{decision}");
}

/// R2 · GDPR Art. 7(1): the last line needs no line feed, and an empty file holds nothing.
#[test]
fn the_last_line_needs_no_line_feed() {
    let file = line_of(&grant().record());
    assert_eq!(
        read_consents(file.as_bytes(), OnUnreadable::Stop)
            .unwrap()
            .len(),
        1
    );
    assert!(
        read_consents(&b""[..], OnUnreadable::Stop)
            .unwrap()
            .is_empty()
    );
}

/// R2 · GDPR Art. 7(1): a record that cannot be read may be a withdrawal, so reading stops there.
#[test]
fn reading_stops_at_the_first_line_that_cannot_be_read() {
    let good = line_of(&grant().record());
    let file = format!("{good}\n{{\"id\":\"w\",\"status\":\"Withdrawn\"}}\n{good}\n");
    assert!(
        stopped(&file).starts_with("line 2, column 31: field `status`: expected one of: given")
    );
    assert_eq!(OnUnreadable::default(), OnUnreadable::Stop);
}

/// R2 · A blank line at the end holds no record; anywhere else it may be one that was lost.
#[test]
fn a_blank_last_line_is_no_record() {
    let good = line_of(&grant().record());
    for end in ["\n\n", "\n\r\n"] {
        let file = format!("{good}{end}");
        let ledger = read_consents(file.as_bytes(), OnUnreadable::Stop).unwrap();
        assert_eq!(ledger.len(), 1);
        let again = format!("{file}{good}\n");
        assert!(stopped(&again).starts_with("line 2, column 1: the line is blank"));
    }
    assert!(stopped(&format!("{good}\n\n\n")).starts_with("line 2, column 1: "));
    assert!(stopped(&format!("{good}\n \n")).starts_with("line 2, column "));
}

/// R2 · GDPR Art. 7(1): the position of an error is a line and a byte, both counted from 1.
#[test]
fn an_error_names_its_place() {
    let cases = [
        (
            "\n\n",
            "line 1, column 1: the line is blank: expected one JSON object",
        ),
        (
            "{\n",
            "line 1, column 1: the line ends before its JSON object does",
        ),
        ("{}{}\n", "line 1, column 2: field `status`: missing"),
        (
            "[]\n",
            "line 1, column 2: expected a consent record, which is an object",
        ),
        (
            "{\"id\":\"a\",\"id\":\"a\"}\n",
            "line 1, column 14: field `id`: repeated",
        ),
    ];
    for (file, message) in cases {
        assert_eq!(stopped(file), message, "{file:?}");
    }
    let error = read_consents(&b"{}\xff\n"[..], OnUnreadable::Stop).unwrap_err();
    assert_eq!(error.to_string(), "line 1, column 3: not UTF-8");
}

/// R2 · GDPR Art. 7(1): a second value on a line is not part of the record, and is not a record.
#[test]
fn a_line_is_one_record() {
    let good = line_of(&grant().record());
    let message = stopped(&format!("{good} {good}\n"));
    let column = good.len() + 2;
    assert_eq!(
        message,
        format!("line 1, column {column}: trailing characters: expected one JSON object a line")
    );
}

/// R2 · GDPR Art. 7(1): in quarantine the subject of an unreadable record does not pass.
#[test]
fn in_quarantine_the_subject_fails_and_the_others_are_decided() {
    let good = line_of(&grant().record());
    for broken in [
        r#"{"subject":"u1","status":"given","status":"withdrawn"}"#,
        r#"{"subject":"u1","status":"withdrew"}"#,
        r#"{"id":7,"sub\u006aect":"u1"}"#,
        r#"{"subject":"u1","subject":"u2"}"#,
    ] {
        let ledger = quarantined(format!("{good}\n{broken}\n").as_bytes(), 0).unwrap();
        assert!(ledger.is_unreadable("u1"), "{broken}");
        assert_eq!(ledger.unattributed(), 0, "{broken}");
        assert!(!ledger.is_unreadable("u3"), "{broken}");
        let gate = gate().build().unwrap();
        let decision = gate.with(&ledger).decide(&post());
        let consent_gate::Decision::Deny(reasons) = decision else {
            panic!("{broken}")
        };
        assert_eq!(reasons.contradicted(), Rule::READABLE, "{broken}");
    }
}

/// R2 · GDPR Art. 7(1): a whole number stands for its decimal text there too.
#[test]
fn in_quarantine_a_number_is_a_subject() {
    let ledger = quarantined(br#"{"subject":18446744073709551615,"status":"no"}"#, 0).unwrap();
    assert!(ledger.is_unreadable("18446744073709551615"));
}

/// R2 · GDPR Art. 7(1): a record that does not even say whom it is about counts toward the limit.
#[test]
fn in_quarantine_unattributed_records_are_counted_up_to_the_limit() {
    for broken in [
        &b"{\"status\":\"withdrawn\"}"[..],
        b"{\"subject\":null}",
        b"{\"subject\":\"  \"}",
        b"{\"subject\":[\"u1\"]}",
        b"{\"subject\":-1}",
        b"\"u1\"",
        b"[\"u1\"]",
        b"null",
        b" ",
        b"\x00",
        b"{\"subject\":\"\xff\"}",
    ] {
        let two = [broken, b"\n", broken, b"\n"].concat();
        let ledger = quarantined(&two, 2).unwrap();
        assert_eq!(ledger.unattributed(), 2, "{broken:?}");
        let error = quarantined(&two, 1).unwrap_err();
        assert!(matches!(
            error,
            ReadError::TooManyUnattributed {
                line: 2,
                unattributed_at_most: 1,
                ..
            }
        ));
        assert!(error.to_string().starts_with("line 2, column "), "{error}");
        assert!(
            quarantined(&two, 0)
                .unwrap_err()
                .to_string()
                .starts_with("line 1, column ")
        );
    }
}

/// R2 · GDPR Art. 7(1): a broken line keeps the subject that it names from passing, and also
/// counts, because the content of the rest is not known.
#[test]
fn in_quarantine_a_truncated_line_does_both() {
    for broken in [
        &br#"{"subject":"u1","status":"withdr"#[..],
        br#"{"subject":"u1"} {"#,
        br#"{"subject":"u1","subject":null}"#,
    ] {
        let ledger = quarantined(broken, 1).unwrap();
        assert!(ledger.is_unreadable("u1"), "{broken:?}");
        assert_eq!(ledger.unattributed(), 1, "{broken:?}");
        assert!(quarantined(broken, 0).is_err(), "{broken:?}");
    }
}

/// R2, R15 · GDPR Art. 7(1): a carriage return alone ends no line, and nothing stands behind a record,
/// so the reading stops there. In quarantine each record that the line may hold counts.
#[test]
fn each_record_that_a_broken_line_may_hold_counts() {
    let no = |subject: &str| format!(r#"{{"id":"w","subject":"{subject}","status":"withdrawn"}}"#);
    let (one, two) = (no("u1"), no("u2"));
    for (line, people, unattributed) in [
        (format!("{one}\r{two}"), &["u1", "u2"][..], 1),
        (format!("{one}\r{two}\r\n"), &["u1", "u2"], 1),
        (format!("{one}{two}\n"), &["u1", "u2"], 1),
        (format!("{one} {two} {{"), &["u1", "u2"], 1),
        (format!("{one},{two}"), &["u1"], 1),
        (format!("x\r{one}\r{two}"), &["u1", "u2"], 1),
        (format!("{{\"id\":,}}{one}"), &["u1"], 1),
        (
            format!("{one}\r{{\"subject\":\"u2\",\"at\":\r{two}"),
            &["u1", "u2"],
            1,
        ),
        (format!("{one}\r"), &["u1"], 0),
        (one.replace(",\"status", ",\r\"status"), &["u1"], 0),
    ] {
        assert!(
            read_consents(line.as_bytes(), OnUnreadable::Stop).is_err(),
            "{line:?}"
        );
        let ledger = quarantined(line.as_bytes(), unattributed).unwrap();
        for person in people {
            assert!(ledger.is_unreadable(person), "{line:?}");
        }
        assert_eq!(ledger.unattributed(), unattributed, "{line:?}");
        assert_eq!(ledger.len(), 0, "{line:?}");
        if let Some(fewer) = unattributed.checked_sub(1) {
            assert!(quarantined(line.as_bytes(), fewer).is_err(), "{line:?}");
        }
    }
    // A carriage return and a line feed end a line.
    let ledger = read_consents(format!("{one}\r\n{two}\r\n").as_bytes(), OnUnreadable::Stop);
    assert_eq!(ledger.unwrap().len(), 2);
}

/// R2 · GDPR Art. 7(1): a reader that fails is an error, whatever was read before.
#[test]
fn a_reader_that_fails_ends_the_reading() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("cut off"))
        }
    }
    let good = line_of(&grant().record()) + "\n";
    let reader = good.as_bytes().chain(Failing);
    let lenient = OnUnreadable::Quarantine {
        unattributed_at_most: u64::MAX,
    };
    let error = read_consents(reader, lenient).unwrap_err();
    assert_eq!(error.to_string(), "after line 1: cut off");
}

/// R1, R16, R17, R18 · the law of absence: what a row does not say is not known.
#[test]
fn what_the_gate_must_know_of_a_row_is_read() {
    let line = br#"{"id":[1],"subject":"u1","collected_at":"2024-10-01T02:00:00+02:00",
        "data":["posts","media"],"signals":[{"kind":"opt-out","value":false}],"text":"x"}"#;
    let row = RowReader::new().read(line).unwrap();
    assert_eq!(row.line(), line);
    assert_eq!(row.id(), Some("[1]"));
    assert_eq!(row.subjects().collect::<Vec<_>>(), ["u1"]);
    assert_eq!(row.collected_at(), Some(utc_datetime!(2024-10-01 0:00)));
    assert_eq!(row.data(), DataCategories::POSTS | DataCategories::MEDIA);
    assert!(row.restrictions().is_readable() && row.restrictions().purposes().is_empty());
    assert!(row.consents().is_empty());

    let row = RowReader::new().read(b"{}").unwrap();
    assert_eq!(
        (row.id(), row.subjects().count(), row.collected_at()),
        (None, 0, None)
    );
    assert!(row.data().is_empty());
}

/// R18 · the most restrictive preference wins, and an unknown signal is unreadable.
#[test]
fn signals_restrict_or_are_unreadable() {
    let read = |signals: &str| {
        let line = format!(r#"{{"signals":[{signals}]}}"#);
        let restrictions = RowReader::new()
            .read(line.as_bytes())
            .unwrap()
            .restrictions();
        (restrictions.purposes(), restrictions.is_readable())
    };
    let nothing = Purposes::empty();
    assert_eq!(read(""), (nothing, true));
    assert_eq!(
        read(r#"{"kind":"opt-out","value":true}"#),
        (Purposes::all(), true)
    );
    assert_eq!(read(r#"{"kind":"opt-out","value":1}"#), (nothing, false));
    assert_eq!(read(r#"{"kind":"opt-out"}"#), (nothing, false));
    assert_eq!(
        read(r#"{"kind":"erased","value":"2024-10-01T00:00:00Z"}"#),
        (Purposes::all(), true)
    );
    assert_eq!(
        read(r#"{"kind":"erased","value":"yesterday"}"#),
        (nothing, false)
    );
    assert_eq!(
        read(r#"{"kind":"consented","value":true}"#),
        (nothing, false)
    );
    let both = r#"{"kind":"unheard-of","value":"1"},{"value":true,"kind":"opt-out"}"#;
    assert_eq!(read(both), (Purposes::all(), false));
}

/// R1 · Rec. 32: a field that the gate reads and that has the wrong form makes the row unreadable.
#[test]
fn a_field_of_the_wrong_form_is_named() {
    let cases = [
        (
            r#"{"subject":1.5}"#,
            "column 15: field `subject`: expected a text",
        ),
        (
            r#"{"subjects":["u1",""]}"#,
            "column 22: field `subjects`: expected a list of texts",
        ),
        (
            r#"{"collected_at":"2024-10-01"}"#,
            "column 29: field `collected_at`: expected an RFC",
        ),
        (
            r#"{"data":["Posts"]}"#,
            "column 18: field `data`: expected a list of: posts",
        ),
        (
            r#"{"data":"posts"}"#,
            "column 15: field `data`: expected a list",
        ),
        (
            r#"{"signals":[{"kind":"gpc","kind":"gpc"}]}"#,
            "column 39: field `signals`: expected",
        ),
        (
            r#"{"consents":[{"id":""}]}"#,
            "column 22: field `consents`: field `id`: expected a text",
        ),
        (
            r#"{"subject":"u1","subject":"u1"}"#,
            "column 25: field `subject`: repeated",
        ),
        (
            r#"{"subject":"u1","subjects":["u1"]}"#,
            "column 34: fields `subject` and `subjects`",
        ),
        ("[]", "column 2: expected a row, which is an object"),
    ];
    for (line, message) in cases {
        let error = RowReader::new().read(line.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with(message), "{line}: {error}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("column {}:", error.column()))
        );
    }
}

/// R1 · Rec. 32: a field is read at its pointer, and no longer under its own name.
#[test]
fn fields_may_be_at_other_positions() {
    let reader = RowReader::new()
        .field(RowField::Subject, "/users/1/id")
        .unwrap()
        .field(RowField::Id, "/users/1/id")
        .unwrap()
        .data_unless_named(DataCategories::MESSAGES);
    let row = reader
        .read(br#"{"subject":"u9","users":[{"id":"u8"},{"id":"u1"}]}"#)
        .unwrap();
    assert_eq!(row.subjects().collect::<Vec<_>>(), ["u1"]);
    assert_eq!(row.id(), Some("\"u1\""));
    assert_eq!(row.data(), DataCategories::MESSAGES);
    let row = reader.read(br#"{"users":"u1","data":["posts"]}"#).unwrap();
    assert_eq!(
        (row.subjects().count(), row.data()),
        (0, DataCategories::POSTS)
    );
}

/// R1, R15, R18 · the law of absence: where a field that can only deny more, or widen what the row is
/// about, cannot be at its pointer because a value on the way has another shape, the row is unreadable.
#[test]
fn a_value_of_another_shape_is_no_absence() {
    for (field, value) in [
        (RowField::Signals, r#"[{"kind":"opt-out","value":true}]"#),
        (RowField::Consents, "[]"),
        (RowField::Data, r#"["posts"]"#),
        (RowField::Subjects, r#"["u1"]"#),
    ] {
        let reader = RowReader::new().field(field, "/meta/more/it").unwrap();
        let read = |meta: &str| {
            let line = format!(r#"{{"meta":{meta}}}"#);
            reader.read(line.as_bytes()).map(|_| ())
        };
        for other in [
            "[]",
            r#""text""#,
            "7",
            "-7",
            "0.5",
            "true",
            r#"{"more":[]}"#,
            r#"{"more":"text"}"#,
            &format!(r#"{{"more":[{{"it":{value}}}]}}"#),
            &format!(r#"[{{"more":{{"it":{value}}}}}]"#),
        ] {
            let error = read(other).unwrap_err().to_string();
            let named = format!("field `{}`: expected an object", field.as_str());
            assert!(error.contains(&named), "{other}: {error}");
        }
        for absent in [
            "null",
            "{}",
            r#"{"more":null}"#,
            r#"{"more":{}}"#,
            r#"{"more":{"it":null}}"#,
        ] {
            assert!(read(absent).is_ok(), "{absent}");
        }
        assert!(read(&format!(r#"{{"more":{{"it":{value}}}}}"#)).is_ok());

        let reader = RowReader::new().field(field, "/meta/0").unwrap();
        let read = |meta: &str| {
            let line = format!(r#"{{"meta":{meta}}}"#);
            reader.read(line.as_bytes()).map(|_| ())
        };
        assert!(read("[]").is_ok() && read(&format!("[{value}]")).is_ok());
        assert!(read("\"text\"").is_err());
    }
    // Without a person or a time the gate denies, so these may be absent in any way.
    let reader = RowReader::new()
        .field(RowField::Subject, "/user/id")
        .unwrap();
    assert_eq!(
        reader.read(br#"{"user":"u1"}"#).unwrap().subjects().count(),
        0
    );
}

/// R1 · a row is an object, wherever its fields are.
#[test]
fn a_row_is_an_object_whatever_the_pointers_are() {
    for field in RowField::ALL {
        let reader = RowReader::new().field(field, "").unwrap();
        for row in [
            "[]",
            "\"u1\"",
            "7",
            "null",
            "true",
            "[\"u1\"]",
            " [{\"id\":1}]",
        ] {
            let error = reader.read(row.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("expected a row"), "{row}: {error}");
        }
    }
}

/// Nothing that is logged holds row content: neither the lines nor their readers.
#[test]
fn lines_are_not_shown_by_what_holds_them() {
    let mut chunks = LineChunks::new(&b"secret one\nsecret two\nsecret"[..]);
    let shown = format!("{:?}", chunks.next_chunk().unwrap());
    assert_eq!(shown, "Some(Lines(22 bytes))");
    assert!(!format!("{chunks:?}").contains("secret"));
    // Nor as the numbers of their bytes.
    assert!(!format!("{chunks:?}").contains("115"));
}

/// Owned rows of any reader are those that the lines hold, with the numbers of the lines; what is
/// unreadable is an error with its number, and a reader that fails ends them.
#[test]
fn owned_rows_are_the_rows_of_the_lines() {
    struct Failing<'a>(&'a [u8]);
    impl Read for Failing<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            match self.0.read(room)? {
                0 => Err(io::Error::other("the disk is gone")),
                read => Ok(read),
            }
        }
    }
    let text = b"{\"id\":1,\"subject\":\"u1\",\"data\":[\"posts\"]}\n\n{\"subject\":7}\n{";
    let fields = RowReader::new();
    let told: Vec<_> = rows(&text[..], &fields)
        .map(|row| match row {
            Ok(row) => {
                let borrowed = fields.read(row.line()).unwrap();
                assert!(row.subjects().eq(borrowed.subjects()));
                assert_eq!(row.id(), borrowed.id());
                assert_eq!(row.data(), borrowed.data());
                assert_eq!(row.restrictions(), borrowed.restrictions());
                (row.number(), row.subjects().next().map(str::to_owned))
            }
            Err(RowsError::Row { line, error }) => {
                assert!(error.column() > 0);
                (line, None)
            }
            Err(error) => panic!("{error}"),
        })
        .collect();
    let named = |id: &str| Some(id.to_owned());
    assert_eq!(
        told,
        [(1, named("u1")), (2, None), (3, named("7")), (4, None)]
    );
    let mut failing = rows(Failing(b"{}\n{}\n"), &fields);
    assert_eq!(failing.by_ref().take(2).flatten().count(), 2);
    let mut failing = rows(Failing(b"{}\n"), &fields).skip(1);
    let error = failing.next().unwrap().unwrap_err().to_string();
    assert_eq!(error, "after line 1: the disk is gone");
    assert!(failing.next().is_none());
}

/// R1 · a row about several people who stand deep in it needs a yes of each of them.
#[test]
fn people_are_collected_wherever_a_pointer_leads() {
    let read = |pointer: &str, row: &str| {
        let reader = RowReader::new().field(RowField::Subjects, pointer).unwrap();
        let row = reader
            .read(row.as_bytes())
            .map_err(|error| error.to_string())?;
        Ok::<Vec<String>, String>(row.subjects().map(str::to_owned).collect())
    };
    let tree = r#"{"user_id":"u1","replies":[{"user_id":2,"replies":[{"user_id":"u1"},{}]}]}"#;
    let lists = r#"{"mentions":[{"id":"u1"},{"id":"u2","id":"u3"}],"a":{"x":["u4"],"y":["u5"]}}"#;
    for (pointer, row, people) in [
        ("/**/user_id", tree, &["u1", "2"][..]),
        ("/replies/**/user_id", tree, &["2", "u1"]),
        ("/replies/*/user_id", tree, &["2"]),
        (
            "/replies/0/user_id",
            r#"{"replies":[{"user_id":["u1","u2"]}]}"#,
            &["u1", "u2"],
        ),
        ("/mentions/*/id", lists, &["u1", "u2", "u3"]),
        ("/a/*/*", lists, &["u4", "u5"]),
        ("/a/**/0", lists, &["u4", "u5"]),
        ("/**/x/*", lists, &["u4"]),
        ("/**/nobody", tree, &[]),
        ("/none/*/id", tree, &[]),
        ("/mentions/*", r#"{"mentions":null}"#, &[]),
        ("/mentions/*", r#"{"mentions":[]}"#, &[]),
    ] {
        assert_eq!(read(pointer, row).unwrap(), people, "{pointer}");
    }
    let id =
        "field `subjects`: expected at each position a text that is not blank, or a whole number";
    let nobody = "field `subjects`: expected a person at each position, and in each member";
    let shape = "field `subjects`: expected an object or a list on the way of its pointer";
    for (pointer, row, expected) in [
        (
            "/**/user_id",
            r#"{"user_id":"u1","replies":[{"user_id":null}]}"#,
            id,
        ),
        ("/**/user_id", r#"{"user_id":{"id":"u1"}}"#, id),
        ("/**/user_id", r#"{"x":{"user_id":" "}}"#, id),
        ("/**/user_id", r#"{"x":{"user_id":1.5}}"#, id),
        ("/mentions/*", r#"{"mentions":["u1",null]}"#, id),
        (
            "/mentions/*/id",
            r#"{"mentions":[{"id":"u1"},{"name":"u2"}]}"#,
            nobody,
        ),
        (
            "/mentions/*/id",
            r#"{"mentions":[{"id":"u1"},null]}"#,
            nobody,
        ),
        ("/mentions/*/id", r#"{"mentions":[{"id":null}]}"#, nobody),
        ("/mentions/*/id", r#"{"mentions":["u1"]}"#, shape),
        ("/mentions/*/id", r#"{"mentions":"u1"}"#, shape),
        ("/mentions/*/id", r#"{"mentions":false}"#, shape),
        ("/meta/users/*", r#"{"meta":[]}"#, shape),
        ("/**/user/id", r#"{"x":{"user":"u1"}}"#, shape),
    ] {
        let error = read(pointer, row).unwrap_err();
        assert!(error.contains(expected), "{pointer} {row}: {error}");
    }
    for pointer in ["/**", "/a/**", "/**/a/**/b", "a/*"] {
        assert!(RowReader::new().field(RowField::Subjects, pointer).is_err());
    }
    for field in [RowField::Subject, RowField::CollectedAt, RowField::Signals] {
        assert!(RowReader::new().field(field, "/a/*").is_err());
    }
}

/// R1 · a row about people at several positions is about all of them; one whose author is not there may
/// be about anybody.
#[test]
fn people_are_collected_at_several_positions() {
    let reader = RowReader::new().people_at("/author/id").unwrap();
    let reader = reader.people_at("/mentions/*/id").unwrap();
    let read = |row: &str| {
        let row = reader.read(row.as_bytes()).ok()?;
        Some(row.subjects().map(str::to_owned).collect::<Vec<_>>())
    };
    let both = read(r#"{"author":{"id":1},"mentions":[{"id":"u2"},{"id":"1"}],"subject":"u9"}"#);
    assert_eq!(both.unwrap(), ["1", "u2"]);
    assert_eq!(read(r#"{"author":{"id":1}}"#).unwrap(), ["1"]);
    for row in [
        r#"{"mentions":[{"id":"u2"}]}"#,
        r#"{"author":null,"mentions":[{"id":"u2"}]}"#,
        r#"{"author":{},"mentions":[{"id":"u2"}]}"#,
        r#"{"author":{"id":null},"mentions":[{"id":"u2"}]}"#,
        r#"{"author":{"id":["u1"]}}"#,
        r#"{"author":"u1"}"#,
    ] {
        assert_eq!(read(row), None, "{row}");
    }
    let last = reader.clone().field(RowField::Subjects, "/people").unwrap();
    let row = last.read(br#"{"people":["u1"]}"#).unwrap();
    assert_eq!(row.subjects().collect::<Vec<_>>(), ["u1"]);
}

/// R16 · a time is in the form that the caller names, and in no other.
#[test]
fn the_time_of_a_row_is_in_the_form_that_is_named() {
    let at = utc_datetime!(2024-10-15 13:46:40);
    let forms = [
        ("rfc3339", r#""2024-10-15T13:46:40Z""#),
        ("epoch-s", "1729000000"),
        ("epoch-s", r#""1729000000.000""#),
        ("epoch-ms", "1729000000000"),
        ("epoch-us", "1729000000000000"),
        ("epoch-ns", r#""1729000000000000000""#),
        ("rfc2822", r#""Tue, 15 Oct 2024 13:46:40 +0000""#),
        (
            "%a %b %d %H:%M:%S %z %Y",
            r#""Tue Oct 15 13:46:40 +0000 2024""#,
        ),
        ("sql", r#""2024-10-15 15:46:40+02""#),
    ];
    for (form, _) in forms {
        let reader = RowReader::new().times(form.parse().unwrap());
        for (other, time) in forms {
            let row = format!(r#"{{"subject":"u1","collected_at":{time}}}"#);
            let read = reader.read(row.as_bytes());
            if form == other || (form, other) == ("sql", "rfc3339") {
                assert_eq!(read.unwrap().collected_at(), Some(at), "{form} {time}");
            } else {
                let error = read.unwrap_err().to_string();
                assert!(error.contains("field `collected_at`: expected "), "{error}");
            }
        }
        let none = reader
            .read(br#"{"subject":"u1","collected_at":null}"#)
            .unwrap();
        assert_eq!(none.collected_at(), None);
        for time in ["true", "[]", "{}", r#""""#, r#""yesterday""#] {
            let row = format!(r#"{{"subject":"u1","collected_at":{time}}}"#);
            assert!(reader.read(row.as_bytes()).is_err(), "{form} {time}");
        }
    }
}

/// R15 · The records that a row carries are those of its line, also where the row owns its text.
#[test]
fn the_records_of_a_row_are_asked() {
    let line = format!(
        r#"{{"subject":"u1","collected_at":"2024-10-01T00:00:00Z","data":["posts"],"consents":[{}]}}"#,
        serde_json::to_string(&withdrawal().record()).unwrap()
    );
    let ledger: Ledger = [grant().record()].into_iter().collect();
    let gate = gate().build().unwrap();
    let asked = gate.with(EmbeddedRecords::added_to(&ledger));
    let row = RowReader::new().read(line.as_bytes()).unwrap();
    assert_eq!(row.consents(), [withdrawal().record()]);
    assert!(gate.with(&ledger).decide(&row).is_permit());
    assert!(!asked.decide(&row).is_permit());
    let fields = RowReader::new();
    let owned = rows(line.as_bytes(), &fields).next().unwrap().unwrap();
    assert_eq!(owned.consents(), [withdrawal().record()]);
    assert!(gate.with(&ledger).decide(&owned).is_permit());
    assert!(!asked.decide(&owned).is_permit());
    assert_eq!(owned.collected_at(), Some(utc_datetime!(2024-10-01 0:00)));
}

/// R18 · Where one field stands within the value of another one, both are read.
#[test]
fn a_field_within_another_field_is_read() {
    let reader = RowReader::new()
        .field(RowField::Id, "/meta")
        .unwrap()
        .field(RowField::Signals, "/meta/signals")
        .unwrap();
    let row = reader
        .read(br#"{"subject":"u1","meta":{"signals":[{"kind":"opt-out","value":true}]}}"#)
        .unwrap();
    assert_eq!(row.restrictions().purposes(), Purposes::all());
    assert!(row.id().unwrap().contains("signals"));
}

/// R1, R17, R18 · A field of another name is not read, however much its name is like that of a field.
#[test]
fn a_field_of_a_similar_name_is_another_field() {
    let line =
        br#"{"text":["posts"],"date":["posts"],"subjest":"u9","sigmals":7,"ie":2,"subject":"u1"}"#;
    let row = RowReader::new().read(line).unwrap();
    assert_eq!(row.subjects().collect::<Vec<_>>(), ["u1"]);
    assert_eq!((row.data(), row.id()), (DataCategories::empty(), None));
    assert!(row.restrictions().is_readable());
}
