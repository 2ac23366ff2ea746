//! The forms in which exports write the times of their rows.

use consent_gate::UserRecord;
use consent_gate::json::{RowReader, TimeForm};
use serde_json::json;
use time::macros::{offset, utc_datetime};
use time::{UtcDateTime, UtcOffset};

const AT: UtcDateTime = utc_datetime!(2024-10-15 13:46:40);

/// The time of a row with this JSON text as its time.
fn read(form: &str, zone: Option<UtcOffset>, time: &str) -> Option<UtcDateTime> {
    let form: TimeForm = form.parse().unwrap();
    let form = zone.into_iter().fold(form, TimeForm::in_zone);
    let row = format!(r#"{{"subject":"u1","collected_at":{time}}}"#);
    let read = RowReader::new()
        .times(form)
        .read(row.as_bytes())
        .ok()?
        .collected_at();
    assert!(read.is_some(), "a time that is taken for none");
    read
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

/// R16 · A number is a time in one unit only, from 1990 on, to the nanosecond.
#[test]
fn numbers_are_read_in_their_unit_only() {
    for (name, text) in [
        ("epoch-s", "1729000000"),
        ("epoch-s", "1729000000.000"),
        ("epoch-ms", "1729000000000"),
        ("epoch-us", "1729000000000000"),
        ("epoch-ns", "1729000000000000000"),
    ] {
        for other in ["epoch-s", "epoch-ms", "epoch-us", "epoch-ns"] {
            let expected = (name == other).then_some(AT);
            assert_eq!(read(other, None, text), expected, "{text} {other}");
            assert_eq!(read(other, None, &quoted(text)), expected);
        }
        assert_eq!(read("rfc3339", None, text), None);
    }
    let half = read("epoch-s", None, "1729000000.5");
    assert_eq!(read("epoch-s", None, &quoted(" 1729000000")), None);
    assert_eq!(half, Some(utc_datetime!(2024-10-15 13:46:40.5)));
    for text in [
        "",
        "-1",
        "+1729000000",
        "1.729e9",
        "1729000000.",
        ".5",
        "1_729_000_000",
        "1729000000.1234567891",
        "0",
        "99999999999999999999999999999999999999999",
    ] {
        assert_eq!(read("epoch-s", None, text), None, "{text}");
        assert_eq!(read("epoch-s", None, &quoted(text)), None, "{text}");
    }
}

/// R16 · A time of a database states its zone, or the caller does.
#[test]
fn times_of_databases_need_a_zone() {
    for text in [
        "2024-10-15 13:46:40+00",
        "2024-10-15 13:46:40.000000+00",
        "2024-10-15 13:46:40+0000",
        "2024-10-15 13:46:40 +0000",
        "2024-10-15 13:46:40 UTC",
        "2024-10-15 15:46:40+02",
        "2024-10-15 08:16:40-05:30",
        "2024-10-15T13:46:40Z",
    ] {
        assert_eq!(read("sql", None, &quoted(text)), Some(AT), "{text}");
    }
    let local = "2024-10-15 15:46:40";
    assert_eq!(read("sql", None, &quoted(local)), None);
    let here = |text: &str| read("sql", Some(offset!(+2)), &quoted(text));
    assert_eq!(here(local), Some(AT));
    // What states its zone keeps it.
    assert_eq!(here("2024-10-15 13:46:40+00"), Some(AT));
    for text in [
        "2024-10-15",
        "2024-10-15 13:46",
        "2024-10-15 13:46:40+",
        "2024-10-15 13:46:40+0",
        "2024-10-15 13:46:40+000",
        "2024-10-15 13:46:40 CEST",
        "15/10/2024 13:46:40",
        "2024-10-15  13:46:40+00",
        "2024-10-15 13:46:40+00 ",
        "infinity",
        "2024-10-15 25:00:00+00",
    ] {
        assert_eq!(here(text), None, "{text}");
    }
}

/// R16 · A pattern has to state the whole time and match the whole text.
#[test]
fn a_pattern_has_a_date_a_time_and_a_zone() {
    let twitter = |text: &str| read("%a %b %d %H:%M:%S %z %Y", None, &quoted(text));
    let text = "Tue Oct 15 13:46:40 +0000 2024";
    assert_eq!(twitter(text), Some(AT));
    assert_eq!(read("rfc2822", None, &quoted(text)), None);
    assert_eq!(
        read("rfc2822", None, &quoted("Tue, 15 Oct 2024 13:46:40 +0000")),
        Some(AT)
    );
    let german = |zone, text: &str| read("%d.%m.%Y %H:%M:%S", zone, &quoted(text));
    assert_eq!(german(None, "15.10.2024 15:46:40"), None);
    let here = Some(offset!(+2));
    assert_eq!(german(here, "15.10.2024 15:46:40"), Some(AT));
    assert_eq!(german(here, "15.10.2024 15:46:40 "), None);
    let date = read("%Y-%m-%d", Some(UtcOffset::UTC), &quoted("2024-10-15"));
    assert_eq!(date, None);
}

/// R16 · A form is named as it is documented.
#[test]
fn what_is_no_form_is_refused() {
    for text in ["", "epoch", "seconds", "RFC3339", "%", "%Q"] {
        assert!(text.parse::<TimeForm>().is_err(), "{text}");
    }
}
