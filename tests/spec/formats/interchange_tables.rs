//! Consent records as the rows of a table in CSV.

use std::io::{self, Read};

use consent_gate::interchange::{Delimiter, TableError, TableReader, read_table};
use consent_gate::json::OnUnreadable;
use consent_gate::{ConsentRecord, Ledger, Purposes};
use proptest::prelude::*;
use serde_json::Value;
use time::macros::offset;

use crate::strategies::a_record;
use crate::world::{gate, grant, post, withdrawal};

const FIELDS: [&str; 24] = [
    "id",
    "subject",
    "controller",
    "recipients",
    "conditions",
    "status",
    "purposes",
    "data",
    "data_period",
    "consent_type",
    "method",
    "actor",
    "capacity",
    "granular",
    "notice.id",
    "notice.version",
    "notice.shown_at",
    "notice.purposes",
    "notice.controller",
    "evidence",
    "given_via",
    "withdraw_via",
    "at",
    "valid_until",
];

fn row_of(record: &ConsentRecord) -> String {
    let record = serde_json::to_value(record).unwrap();
    let cell = |field: &str| match record.pointer(&format!("/{}", field.replace('.', "/"))) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items: Vec<&str> = items.iter().map(|item| item.as_str().unwrap()).collect();
            items.join(";")
        }
        Some(other) => other.to_string(),
    };
    FIELDS.map(cell).join(",")
}

fn table_of<'a>(records: impl IntoIterator<Item = &'a ConsentRecord>) -> String {
    let rows: String = records
        .into_iter()
        .map(|record| row_of(record) + "\n")
        .collect();
    format!("{}\n{rows}", FIELDS.join(","))
}

fn read(table: &str) -> Result<Ledger, TableError> {
    read_table(table.as_bytes(), OnUnreadable::Stop)
}

fn quarantined(table: &[u8], unattributed_at_most: u64) -> Result<Ledger, TableError> {
    read_table(
        table,
        OnUnreadable::Quarantine {
            unattributed_at_most,
        },
    )
}

/// R1, R15 · The columns are the fields of a record, and decide as the record does.
#[test]
fn a_table_decides_as_its_records_do() {
    let gate = gate().build().unwrap();
    let yes = read(&table_of([&grant().record()])).unwrap();
    assert!(gate.with(&yes).decide(&post()).is_permit());
    let both = read(&table_of([&grant().record(), &withdrawal().record()])).unwrap();
    let decision = gate.with(&both).decide(&post()).into_owned();
    assert!(decision.to_string().contains("(R15)"), "{decision}");
}

/// R2 · A column that is unknown or repeated would leave something unread.
#[test]
fn a_column_that_is_no_field_is_refused() {
    for (names, column) in [
        ("id,Subject", 2),
        ("id,subject,status,id", 4),
        ("notice", 1),
        ("id,,", 2),
        ("id, subject", 2),
    ] {
        let error = read(&format!("{names}\n")).unwrap_err();
        assert!(
            matches!(error, TableError::Name { column: found, .. } if found == column),
            "{error}"
        );
    }
}

/// R2 · Cells are read as strictly as in JSON, and an error names the field.
#[test]
fn a_cell_is_read_as_strictly_as_in_json() {
    for (cells, field) in [
        ("w1,u1,Withdrawn,", "status"),
        ("w1,u1, withdrawn,", "status"),
        ("w1,u1,withdrawn,search;;posts", "purposes"),
        ("w1,u1,withdrawn,everything", "purposes"),
        (" ,u1,withdrawn,", "id"),
        ("w1,,withdrawn,", "subject"),
        ("g1,u1,given,search", "controller"),
    ] {
        let error = read(&format!("id,subject,status,purposes\n{cells}\n"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("line 2, column 1: field `{field}`: ")),
            "{error}"
        );
    }
    let granular = "id,subject,status,granular\nw1,u1,withdrawn,TRUE\n";
    assert!(
        read(granular)
            .unwrap_err()
            .to_string()
            .contains("field `granular`: expected true or false")
    );
}

/// R2 · In quarantine the person of a row does not pass; a row that names no one is counted.
#[test]
fn in_quarantine_the_person_of_a_row_does_not_pass() {
    let table =
        b"id,subject,status\nw1,u1,withdrew\nw2,,withdrawn\nw3,\xff,withdrawn\nw4,u4,withdrawn\n";
    assert!(quarantined(table, 1).is_err());
    let ledger = quarantined(table, 2).unwrap();
    assert!(ledger.is_unreadable("u1") && !ledger.is_unreadable("u4"));
    assert_eq!((ledger.len(), ledger.unattributed()), (1, 2));
}

/// R15 · Never lose a no: a missing quotation mark swallows the rows after it.
#[test]
fn a_row_that_may_have_swallowed_others_stops_everything() {
    for table in [
        "id,subject,status\nw1,u1,\"withdrawn\nw2,u2,withdrawn\n",
        "id,subject,status\n\"w1,u1,withdrawn\nw2,u2,withdrawn\n",
        "id,subject,status\nw1,u1\n",
        "id,subject,status\nw1,u1,withdrawn,\n",
    ] {
        let error = quarantined(table.as_bytes(), 100).unwrap_err();
        assert!(matches!(error, TableError::Shape { line: 2 }), "{error}");
    }
}

/// R2 · A quotation mark where RFC 4180 allows none is a broken table, as a missing one is: the cells
/// and rows behind it may be others than they seem.
#[test]
fn a_quotation_mark_at_the_wrong_place_stops_everything() {
    let good = "id,subject,status\nw1,u1,withdrawn\n";
    for (row, problem) in [
        ("w2, \"u2\",withdrawn\n", "within a cell"),
        ("w2,u\"2,withdrawn\n", "within a cell"),
        ("w2,u2\",withdrawn\n", "within a cell"),
        ("w2,\"u2\" ,withdrawn\n", "behind the closing"),
        ("w2,\"u2\"3,withdrawn\n", "behind the closing"),
        ("w2,u2,\"withdrawn\"\"", "ends within"),
        ("w2,u2,\"withdrawn", "ends within"),
        ("w2,u2,withdrawn\rw3,u3,withdrawn\n", "a carriage return"),
        ("w2,u2,withdrawn\r", "a carriage return"),
        ("w2,u2,withdrawn\r\r\n", "a carriage return"),
    ] {
        let table = format!("{good}{row}");
        let error = quarantined(table.as_bytes(), 100).unwrap_err();
        assert!(
            matches!(error, TableError::Quotation { line: 3, .. }),
            "{row:?}: {error}"
        );
        assert!(error.to_string().contains(problem), "{row:?}: {error}");
        assert!(!error.to_string().contains("u2"), "{error}");
    }
}

/// R2 · Cells that RFC 4180 allows are read, with either end of a line and a byte order mark.
#[test]
fn quotation_marks_of_the_standard_are_read() {
    for table in [
        "id,subject,status\r\n\"w1\",\"u\"\"1,x\",withdrawn\r\n",
        "\u{feff}\"id\",\"subject\",\"status\"\nw1,\"u\"\"1,x\",\"withdrawn\"",
        "id,subject,status,controller\nw1,\"u\"\"1,x\",withdrawn,\"\"\n",
    ] {
        let ledger = read(table).unwrap();
        assert_eq!(ledger.records_of("u\"1,x").count(), 1, "{table:?}");
    }
}

/// R2, R10, R15 · The NULL marker of another system is neither a text nor an absent value: the record
/// is unreadable, and the error names the line, the column and the marker. Source: a copy out of
/// PostgreSQL, and tables of pandas.
#[test]
fn a_null_marker_is_unreadable() {
    for (marker, system) in [
        ("\\N", "PostgreSQL"),
        ("NULL", "SQL"),
        ("null", "SQL"),
        ("Null", "SQL"),
        ("None", "Python"),
        ("nan", "pandas"),
        ("NaN", "pandas"),
        ("NaT", "pandas"),
        ("<NA>", "pandas"),
        ("N/A", "a spreadsheet"),
        ("#N/A", "a spreadsheet"),
        (" NULL ", "SQL"),
    ] {
        for (column, cells) in [
            ("controller", format!("w1,u1,withdrawn,{marker},,")),
            ("evidence", format!("w1,u1,withdrawn,,{marker},")),
            ("id", format!("{marker},u1,withdrawn,,,")),
            ("recipients", format!("w1,u1,withdrawn,,,acme;{marker}")),
        ] {
            let table = format!("id,subject,status,controller,evidence,recipients\n{cells}\n");
            let error = read(&table).unwrap_err().to_string();
            let place = format!("line 2, column 1: column `{column}`: expected a value");
            assert!(error.starts_with(&place), "{error}");
            assert!(error.contains(system) && !error.contains("u1"), "{error}");
            let ledger = quarantined(table.as_bytes(), 0).unwrap();
            assert!(ledger.is_unreadable("u1"), "{table}");
        }
    }
    // A marker is nobody, so the record names no one.
    let ledger = quarantined(b"id,subject,status\nw1,None,withdrawn\n", 1).unwrap();
    assert_eq!(ledger.unattributed(), 1);
    assert!(!ledger.is_unreadable("None"));
    // A text that contains one is a text.
    assert!(read("id,subject,status\nw1,nano,withdrawn\n").is_ok());
}

/// R2 · An empty table holds nothing, and hostile bytes are refused.
#[test]
fn hostile_tables_are_refused() {
    assert!(read("").unwrap().is_empty());
    assert!(read("id,subject,status\n").unwrap().is_empty());
    for bytes in [
        &b"\0"[..],
        b"\xff\xfe",
        b"{}",
        b"\xef\xbb\xbfsubject,nothing\n",
    ] {
        assert!(read_table(bytes, OnUnreadable::Stop).is_err());
    }
    let wide = "id,".repeat(100_000);
    assert!(read(&wide).is_err());
}

/// R13, R14, R16 · Values are read in the forms in which databases write them, and decide as in the
/// form of records. Source: a copy out of PostgreSQL, and exports of BigQuery and Snowflake.
#[test]
fn values_of_databases_are_read() {
    let expected = read(&table_of([&grant().record()])).unwrap().digest();
    let [names, values] = [FIELDS.join(","), row_of(&grant().record())];
    let but = |replaced: &[(&str, &str)]| {
        let mut values = values.clone();
        for (from, to) in replaced {
            assert!(values.contains(from), "{from} in {values}");
            values = values.replace(from, to);
        }
        format!("{names}\n{values}\n")
    };
    for zone in ["+00", "+0000", "+00:00", " +0000", " UTC", "Z"] {
        let table = but(&[
            (
                "2024-09-10T09:00:00Z",
                &format!("2024-09-10 09:00:00{zone}"),
            ),
            (",true,", ",t,"),
            (",posts,", ",{posts},"),
            (",train-generative,", r#","[""train-generative""]","#),
        ]);
        assert_eq!(read(&table).unwrap().digest(), expected, "{table}");
    }
    let local = but(&[("2024-09-10T09:00:00Z", "2024-09-10 11:00:00")]);
    let error = read(&local).unwrap_err().to_string();
    let said = "line 2, column 1: field `at`: expected a time with a zone, such as \
                2024-09-10 09:00:00+00; the zone of times that state none can be given";
    assert_eq!(error, said);
    let here = TableReader::new().zone(offset!(+2));
    let read_here = here.read(local.as_bytes(), OnUnreadable::Stop).unwrap();
    assert_eq!(read_here.digest(), expected);
    for (from, to, field) in [
        (",true,", ",TRUE,", "granular"),
        (",true,", ",yes,", "granular"),
        (",posts,", ",{posts,", "data"),
        (",posts,", r#","{posts,}","#, "data"),
        ("2024-09-10T09:00:00Z", "2024-09-10", "at"),
        ("2024-09-10T09:00:00Z", "1725958800", "at"),
    ] {
        let error = read(&but(&[(from, to)])).unwrap_err().to_string();
        assert!(
            error.contains(&format!("field `{field}`: expected ")),
            "{error}"
        );
    }
    let error = read(&but(&[(",posts,", ",{NULL},")])).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("column `data`: expected a value"),
        "{error}"
    );
}

/// R2 · A column of another name is read as the field that it is said to be, or passed over; what is
/// said of a column that is not there is a mistake.
#[test]
fn columns_of_other_names_are_said_to_be_fields() {
    let table = "no\tuser\tstate\tnote\nw1\tu1\twithdrawn\tby phone\n";
    let reader = || {
        let reader = TableReader::new().delimiter(Delimiter::Tab);
        reader
            .column("no", "id")
            .unwrap()
            .column("user", "subject")
            .unwrap()
    };
    let read = |reader: TableReader| reader.read(table.as_bytes(), OnUnreadable::Stop);
    let state = || reader().column("state", "status").unwrap();
    let ledger = read(state().pass_over("note")).unwrap();
    assert_eq!(ledger.records_of("u1").count(), 1);
    let error = read(state()).unwrap_err();
    assert!(
        matches!(error, TableError::Name { column: 4, .. }),
        "{error}"
    );
    assert!(!error.to_string().contains("note"), "{error}");
    let error = read(state().pass_over("notes").pass_over("note")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `notes`: not a column of the table"
    );
    let twice = state().column("note", "subject").unwrap();
    assert!(matches!(
        read(twice).unwrap_err(),
        TableError::Name { column: 4, .. }
    ));
    let error = TableReader::new().column("user", "person").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`person` is not a field of a consent record"
    );
    // The names of a table with another delimiter are one name.
    for (delimiter, letters) in [(";", "semicolons"), ("\t", "tabs")] {
        let names = ["id", "subject", "status"].join(delimiter);
        let error = read_table(names.as_bytes(), OnUnreadable::Stop)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("separated by {letters}")),
            "{error}"
        );
    }
    let table = "id;subject;status;purposes\nw1;u1;withdrawn;\"search;analytics\"\n";
    let reader = TableReader::new().delimiter(Delimiter::Semicolon);
    let ledger = reader.read(table.as_bytes(), OnUnreadable::Stop).unwrap();
    let record = ledger.records().next().unwrap();
    let both = Purposes::SEARCH | Purposes::ANALYTICS;
    assert_eq!(record.details().purposes, both);
    let error = reader.read(
        &b"id;subject;status\nw1;u\"1;withdrawn\n"[..],
        OnUnreadable::Stop,
    );
    assert!(matches!(error, Err(TableError::Quotation { line: 2, .. })));
}

/// R2 · An error names the line of the row, whatever ends the lines before it.
#[test]
fn an_error_names_the_line_of_its_row() {
    for end in ["\n", "\r\n"] {
        let table = ["id,subject,status", "w1,u1,withdrawn", "w2,u2,gone", ""].join(end);
        let error = read(&table).unwrap_err().to_string();
        assert!(
            error.starts_with("line 3, column 1: field `status`: "),
            "{error}"
        );
        let table = ["id,subject,status", "w1,u1,withdrawn", "w2,u2", ""].join(end);
        let error = read(&table).unwrap_err();
        assert!(matches!(error, TableError::Shape { line: 3 }), "{error}");
    }
}

proptest! {
    /// R2 · The law of the same name, for tables.
    #[test]
    fn a_written_table_is_read_back_equal(record in a_record()) {
        let table = table_of([&record]);
        let back: Vec<ConsentRecord> = read(&table).unwrap().records().collect();
        prop_assert_eq!(back, [record], "{}", table);
    }
}

/// R2 · A fault is told however few bytes the source gives at a time: what is behind it is not dropped.
#[test]
fn a_fault_is_told_whatever_the_source_gives_at_a_time() {
    struct ByteByByte<'a>(&'a [u8]);
    impl Read for ByteByByte<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let one = room.len().min(1);
            self.0.read(&mut room[..one])
        }
    }
    let whole = table_of([&grant().record(), &withdrawal().record()]);
    let ledger = read_table(ByteByByte(whole.as_bytes()), OnUnreadable::Stop).unwrap();
    assert_eq!(ledger.len(), 2);
    for broken in [
        format!("\"a\"b,{whole}"),
        whole.replacen("acme", "\"ac\"me", 1),
        whole.replacen("acme", "ac\"me", 1),
        format!("{whole}\"u1"),
    ] {
        let at_once = read(&broken).unwrap_err().to_string();
        let slowly = read_table(ByteByByte(broken.as_bytes()), OnUnreadable::Stop);
        assert_eq!(slowly.unwrap_err().to_string(), at_once);
    }
}
