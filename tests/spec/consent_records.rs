//! Reading and writing consent records: strictly, and never only a part of one. Errors name the field and
//! never repeat its value.

use consent_gate::{
    Actor, Capacity, Channel, Channels, Condition, ConsentRecord, ConsentType, DataCategories,
    DataPeriod, DenialStatus, Details, GrantStatus, Granularity, Ledger, Method, NonDecisionStatus,
    Notice, Purposes, RecordError, Rules as Rule, Statement, parse_instant,
};
use serde_json::{Map, Value, json};
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::world::{
    DENIALS, GIVEN_AT, NON_DECISIONS, NOTHING, VALID_UNTIL, denies, gate, grant, name, parties,
    post, withdrawal,
};

type Object = Map<String, Value>;

/// A grant that says everything that a record can say.
fn full() -> Object {
    let record = json!({
        "id": "g1",
        "subject": "u1",
        "controller": "acme",
        "recipients": ["agent", "partner"],
        "status": "given",
        "purposes": ["train-generative", "search"],
        "data": ["posts", "media"],
        "data_period": "2020-01-01T00:00:00Z",
        "consent_type": "explicitly-expressed",
        "method": "confirmation",
        "actor": "subject",
        "capacity": "of-age",
        "granular": true,
        "notice": {
            "id": "ai",
            "version": "3",
            "shown_at": "2024-09-10T08:59:00Z",
            "purposes": ["train-generative"],
            "controller": "acme"
        },
        "evidence": "log:4711",
        "given_via": "web",
        "withdraw_via": ["web", "app"],
        "conditions": ["de-identified", "non-commercial"],
        "at": "2024-09-10T09:00:00Z",
        "valid_until": "2025-09-10T00:00:00Z"
    });
    object(record)
}

fn object(value: Value) -> Object {
    let Value::Object(object) = value else {
        panic!("not an object");
    };
    object
}

const NOTICE_FIELDS: [&str; 5] = ["id", "version", "shown_at", "purposes", "controller"];

/// The object that contains `field`: a field of the notice is written `notice.id`.
fn place_of<'a>(record: &'a mut Object, field: &'a str) -> (&'a mut Object, &'a str) {
    match field.strip_prefix("notice.") {
        Some(part) => (record["notice"].as_object_mut().unwrap(), part),
        None => (record, field),
    }
}

fn with(mut record: Object, field: &str, value: Value) -> Object {
    let (object, part) = place_of(&mut record, field);
    object.insert(part.to_owned(), value);
    record
}

fn without(mut record: Object, field: &str) -> Object {
    let (object, part) = place_of(&mut record, field);
    object.remove(part).unwrap();
    record
}

fn read_text(text: &str) -> Result<ConsentRecord, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Read from a text and from a parsed value: both must agree.
#[track_caller]
fn read(record: &Object) -> Result<ConsentRecord, String> {
    let value = Value::Object(record.clone());
    let from_text = read_text(&value.to_string());
    let from_value: Result<ConsentRecord, _> = serde_json::from_value(value);
    assert_eq!(from_text.is_ok(), from_value.is_ok());
    if let (Ok(one), Ok(other)) = (&from_text, &from_value) {
        assert_eq!(one, other);
    }
    from_text
}

#[track_caller]
fn full_with(field: &str, value: Value) -> Result<ConsentRecord, String> {
    read(&with(full(), field, value))
}

/// The error names the field.
#[track_caller]
fn refuses(field: &str, value: Value) -> String {
    let shown = value.to_string();
    let error = full_with(field, value).expect_err(&shown);
    let named = format!("field `{field}`: expected ");
    assert!(error.starts_with(&named), "{field} {shown}: {error}");
    error
}

const IDS: [&str; 6] = [
    "id",
    "controller",
    "evidence",
    "notice.id",
    "notice.version",
    "notice.controller",
];
const TIMES: [&str; 3] = ["at", "valid_until", "notice.shown_at"];
const PURPOSES: [&str; 2] = ["purposes", "notice.purposes"];
const SETS: [&str; 4] = ["purposes", "notice.purposes", "data", "withdraw_via"];
const TERMS: [&str; 5] = ["status", "consent_type", "method", "actor", "capacity"];

fn every_field() -> Vec<String> {
    let notice = NOTICE_FIELDS.map(|part| format!("notice.{part}"));
    full().keys().cloned().chain(notice).collect()
}

/// Everything that a record can say, read.
#[test]
fn a_record_that_says_everything_is_read() {
    let statement = Statement::Grant {
        status: GrantStatus::Given,
        controller: name("acme"),
        at: GIVEN_AT,
    };
    let notice = Notice::builder()
        .id("ai")
        .version("3")
        .shown_at(utc_datetime!(2024-09-10 8:59))
        .purposes(Purposes::TRAIN_GENERATIVE)
        .controller("acme");
    let mut details = Details::default();
    details.recipients = parties(["agent", "partner"]);
    details.purposes = Purposes::TRAIN_GENERATIVE | Purposes::SEARCH;
    details.data = DataCategories::POSTS | DataCategories::MEDIA;
    details.data_period = DataPeriod::From(utc_datetime!(2020-01-01 0:00));
    details.consent_type = Some(ConsentType::ExplicitlyExpressed);
    details.method = Some(Method::Confirmation);
    details.actor = Some(Actor::Subject);
    details.capacity = Some(Capacity::OfAge);
    details.granular = Some(Granularity::Separate);
    details.notice = Some(notice.clone().build().unwrap());
    details.evidence = Some(name("log:4711"));
    details.given_via = Some(Channel::Web);
    details.withdraw_via = Channels::WEB | Channels::APP;
    details.conditions = vec![name("de-identified"), name("non-commercial")];
    details.valid_until = Some(VALID_UNTIL);
    let made = ConsentRecord::new(name("g1"), name("u1"), statement.clone(), details.clone());
    let record = read(&full()).unwrap();
    assert_eq!(record, made.unwrap());
    let built = ConsentRecord::grant("g1", "u1", "acme", GIVEN_AT)
        .recipient("partner")
        .recipients(["agent", "partner"])
        .purposes(Purposes::TRAIN_GENERATIVE | Purposes::SEARCH)
        .data(DataCategories::POSTS | DataCategories::MEDIA)
        .data_period(DataPeriod::From(utc_datetime!(2020-01-01 0:00)))
        .consent_type(ConsentType::ExplicitlyExpressed)
        .method(Method::Confirmation)
        .actor(Actor::Subject)
        .capacity(Capacity::OfAge)
        .granular(Granularity::Separate)
        .notice(notice)
        .evidence("log:4711")
        .given_via(Channel::Web)
        .withdraw_via(Channels::WEB | Channels::APP)
        .condition("non-commercial")
        .condition("de-identified")
        .valid_until(VALID_UNTIL);
    assert_eq!(record, built.build().unwrap());
    assert_eq!(record.id().as_str(), "g1");
    assert_eq!(record.subject().as_str(), "u1");
    assert_eq!(record.statement(), &statement);
    assert_eq!(record.details(), &details);
}

/// R5 · GDPR Rec. 43: `granular` is `true` for a switch of its own and `false` for one that was
/// shared. The first proves R5, the second contradicts it.
#[test]
fn granular_is_a_switch_of_its_own_or_a_shared_one() {
    let gate = gate().build().unwrap();
    let decided = |granular: bool| {
        let mut consent = without(full(), "conditions");
        consent.insert("granular".to_owned(), json!(granular));
        let ledger = Ledger::from_iter([read(&consent).unwrap()]);
        gate.with(&ledger).decide(&post()).into_owned()
    };
    assert!(decided(true).is_permit());
    denies(&decided(false), NOTHING, Rule::GRANULAR);
}

/// Reading what was written gives it back, and writing what was read does.
#[test]
fn a_record_is_written_as_it_was_read() {
    let record = read(&full()).unwrap();
    assert_eq!(
        serde_json::to_value(&record).unwrap(),
        json!(with(
            with(full(), "purposes", json!(["train-generative", "search"])),
            "recipients",
            json!(["agent", "partner"]),
        )),
    );
    for status in ["renewed", "refused", "withdrawn", "objected", "revoked"] {
        let record = full_with("status", json!(status)).unwrap();
        let written = serde_json::to_string(&record).unwrap();
        assert_eq!(read_text(&written).unwrap(), record);
    }
}

/// Absent fields are left out.
#[test]
fn a_record_that_says_little_is_written_short() {
    let no = withdrawal().naming_nobody().undated();
    let written = serde_json::to_string(&no.but(|details| *details = Details::default())).unwrap();
    assert_eq!(
        written,
        r#"{"id":"w1","subject":"u1","status":"withdrawn"}"#
    );
    let yes = grant().but(|details| *details = Details::default());
    let written = serde_json::to_string(&yes).unwrap();
    assert_eq!(
        written,
        concat!(
            r#"{"id":"g1","subject":"u1","controller":"acme","status":"given","#,
            r#""at":"2024-09-10T09:00:00Z"}"#,
        ),
    );
    assert_eq!(read_text(&written).unwrap(), yes);
}

/// The order of keys does not matter.
#[test]
fn a_record_is_the_same_in_any_order_of_its_fields() {
    let record = read(&full()).unwrap();
    let fields: Vec<String> = full()
        .iter()
        .map(|(key, value)| format!("{}:{value}", json!(key)))
        .collect();
    for start in 0..fields.len() {
        let (end, begin) = fields.split_at(start);
        let turned = [begin, end].concat();
        let text = format!("{{{}}}", turned.join(","));
        assert_eq!(read_text(&text).unwrap(), record);
        let backwards: Vec<String> = turned.into_iter().rev().collect();
        let text = format!("{{ {} }}", backwards.join(" ,\n\t "));
        assert_eq!(read_text(&text).unwrap(), record);
    }
}

/// R2 · a record is an object.
#[test]
fn what_is_not_an_object_is_not_a_record() {
    for other in ["null", "true", "1", "-1", "1.5", "\"g1\"", "[]", "[{}]"] {
        let error = read_text(other).unwrap_err();
        assert!(
            error.starts_with("expected a consent record, which is an object"),
            "{error}"
        );
    }
    for broken in ["", "{", "{}{}", "{'id':1}", "{\"id\":\"g1\",}"] {
        assert!(read_text(broken).is_err(), "{broken}");
    }
}

/// R2 · required of every record: whose it is, and what it says.
#[test]
fn a_record_without_id_subject_or_status_is_unreadable() {
    for field in ["id", "subject", "status"] {
        for status in ["given", "withdrawn", "requested"] {
            let record = with(full(), "status", json!(status));
            for absent in [
                without(record.clone(), field),
                with(record.clone(), field, json!(null)),
            ] {
                let error = read(&absent).unwrap_err();
                assert!(
                    error.starts_with(&format!("field `{field}`: missing")),
                    "{error}"
                );
            }
        }
    }
}

/// R3, R13 · required of a grant: to whom, and when.
#[test]
fn a_grant_without_controller_or_time_is_unreadable() {
    for field in ["controller", "at"] {
        for status in ["given", "renewed"] {
            let record = with(full(), "status", json!(status));
            for absent in [
                without(record.clone(), field),
                with(record.clone(), field, json!(null)),
            ] {
                let error = read(&absent).unwrap_err();
                assert!(
                    error.starts_with(&format!("field `{field}`: missing")),
                    "{error}"
                );
            }
        }
    }
}

/// R15 · absent in a denial means everything is denied.
#[test]
fn a_denial_without_controller_or_time_is_to_every_party_for_ever() {
    for (token, status) in [
        ("refused", DenialStatus::Refused),
        ("withdrawn", DenialStatus::Withdrawn),
        ("objected", DenialStatus::Objected),
        ("revoked", DenialStatus::Revoked),
        ("expired", DenialStatus::Expired),
        ("invalidated", DenialStatus::Invalidated),
    ] {
        let record = object(json!({ "id": "w1", "subject": "u1", "status": token }));
        let expected = Statement::Denial {
            status,
            controller: None,
            at: None,
        };
        let record = read(&record).unwrap();
        assert_eq!(record.statement(), &expected);
        assert_eq!(record.details(), &Details::default());
    }
}

/// R1 · a statement that decides nothing says to whom and when, as a grant does.
#[test]
fn a_statement_that_decides_nothing_names_controller_and_time() {
    for (token, status) in [
        ("requested", NonDecisionStatus::Requested),
        ("deferred", NonDecisionStatus::Deferred),
        ("unknown", NonDecisionStatus::Unknown),
    ] {
        let record = with(full(), "status", json!(token));
        let expected = Statement::NonDecision {
            status,
            controller: name("acme"),
            at: GIVEN_AT,
        };
        assert_eq!(read(&record).unwrap().statement(), &expected);
        for field in ["controller", "at"] {
            let error = read(&without(record.clone(), field)).unwrap_err();
            assert!(
                error.starts_with(&format!("field `{field}`: missing")),
                "{error}"
            );
        }
    }
}

/// R2 · null, an empty list and absence are the same.
#[test]
fn null_an_empty_list_and_absence_are_the_same() {
    let required = ["id", "subject", "status", "controller", "at"];
    for field in every_field() {
        if required.contains(&field.as_str()) {
            continue;
        }
        let absent = read(&without(full(), &field)).unwrap();
        assert_ne!(absent, read(&full()).unwrap(), "{field}");
        assert_eq!(
            full_with(&field, json!(null)),
            Ok(absent.clone()),
            "{field}"
        );
        if SETS.contains(&field.as_str()) || ["recipients", "conditions"].contains(&field.as_str())
        {
            assert_eq!(full_with(&field, json!([])), Ok(absent), "{field}");
        }
    }
}

/// R2 · wrong types, in every field.
#[test]
fn a_field_of_another_type_is_refused_by_its_name() {
    let objects = [json!({}), json!({ "id": "g1" })];
    for field in every_field() {
        let is = |fields: &[&str]| fields.contains(&field.as_str());
        for wrong in [
            json!(1.5),
            json!(-1),
            json!([[]]),
            json!([1]),
            json!([null]),
        ] {
            refuses(&field, wrong);
        }
        if field != "notice" {
            objects
                .iter()
                .cloned()
                .for_each(|wrong| drop(refuses(&field, wrong)));
        }
        if field != "granular" {
            refuses(&field, json!(true));
        }
        if field != "subject" {
            refuses(&field, json!(7));
        }
        if !is(&SETS) && !is(&["recipients", "conditions"]) {
            refuses(&field, json!([]));
            refuses(&field, json!(["web"]));
        }
        if is(&SETS) || is(&["recipients", "conditions", "granular", "notice"]) {
            refuses(&field, json!("web"));
        }
    }
}

/// R2 · a record is never half-read: each field at most once.
#[test]
fn a_repeated_field_is_refused_even_when_it_says_the_same() {
    for field in every_field() {
        let mut record = full();
        let (object, part) = place_of(&mut record, &field);
        let same = format!("{}:{}", json!(part), object[part]);
        let once = Value::Object(object.clone()).to_string();
        let twice = once.replacen('{', &format!("{{{same},"), 1);
        let text = Value::Object(record).to_string().replacen(&once, &twice, 1);
        let error = read_text(&text).unwrap_err();
        assert!(
            error.starts_with(&format!("field `{field}`: repeated")),
            "{field}: {error}"
        );
    }
}

/// R2 · null counts as having been there.
#[test]
fn a_field_repeated_with_null_is_refused() {
    for twice in [
        r#"{"id":"w1","subject":"u1","status":"withdrawn","at":null,"at":null}"#,
        r#"{"id":"w1","subject":"u1","status":"withdrawn","purposes":[],"purposes":null}"#,
        r#"{"id":"w1","subject":"u1","status":"withdrawn","notice":null,"notice":{}}"#,
    ] {
        assert!(
            read_text(twice).unwrap_err().contains(": repeated"),
            "{twice}"
        );
    }
}

/// R2 · a key is the same in whatever way its letters are escaped.
#[test]
fn a_field_repeated_in_another_spelling_is_refused() {
    let escaped = r#"{"id":"w1","subject":"u1","status":"refused","st\u0061tus":"given"}"#;
    assert!(
        read_text(escaped)
            .unwrap_err()
            .starts_with("field `status`: repeated")
    );
}

/// R2 · unknown fields may be what narrows a consent.
#[test]
fn an_unknown_field_is_refused_by_its_name() {
    for (unknown, words) in [
        ("Purposes", "`Purposes` (did you mean `purposes`?)"),
        ("valid-until", "`valid-until` (did you mean `valid_until`?)"),
        (
            "subjct",
            "`…` (its name is not shown; did you mean `subject`?)",
        ),
        ("territory", "`…` (its name is not shown)"),
        ("x", "`…` (its name is not shown)"),
        (
            "notice.Version",
            "`notice.Version` (did you mean `notice.version`?)",
        ),
        ("notice.url", "`notice.…` (its name is not shown)"),
    ] {
        let error = full_with(unknown, json!("anything")).unwrap_err();
        let named = format!("field {words}: not a field of a consent record");
        assert!(error.starts_with(&named), "{error}");
    }
}

/// No report contains content: an unknown key may be the id of a person.
#[test]
fn an_unknown_field_that_is_no_spelling_of_a_known_one_is_not_repeated() {
    for person in ["alice", "dana", "date", "acto", "evidences"] {
        let error = full_with(person, json!(1)).unwrap_err();
        assert!(error.contains("its name is not shown"), "{error}");
        assert!(!error.contains(&format!("`{person}`")), "{error}");
    }
    for secret in [
        "alice@s3cr3t.example",
        "s3cr3t person",
        "s3cr3t",
        "",
        &"secret".repeat(9),
    ] {
        for error in [
            full_with(secret, json!(1)).unwrap_err(),
            full_with(&format!("notice.{secret}"), json!(1)).unwrap_err(),
        ] {
            assert!(error.contains("(its name is not shown)"), "{error}");
            assert!(
                !error.contains("s3cr3t") && !error.contains("secretsecret"),
                "{error}"
            );
        }
    }
}

/// R2 · tokens are matched exactly: no trimming, no case folding, no synonyms.
#[test]
fn an_unknown_token_is_refused_by_the_name_of_its_field() {
    for field in TERMS.into_iter().chain(["given_via"]) {
        let token = full()[field].as_str().unwrap().to_owned();
        for wrong in [
            "unheard-of".to_owned(),
            token.to_uppercase(),
            format!("{token} "),
            format!(" {token}"),
            token.replace('-', "_") + "_",
            "all".to_owned(),
            String::new(),
            " ".to_owned(),
            "0".to_owned(),
        ] {
            let error = refuses(field, json!(wrong));
            assert!(error.contains("expected one of: "), "{error}");
            assert!(error.contains(&token), "{error}");
        }
    }
}

/// R2 · an unknown name makes any consent record unreadable, including a denial.
#[test]
fn an_unknown_name_in_a_list_is_refused_by_the_name_of_its_field() {
    for field in SETS {
        for wrong in [
            json!(["unheard-of"]),
            json!([full_first(field), "unheard-of"]),
            json!([full_first(field).to_uppercase()]),
            json!([format!("{} ", full_first(field))]),
            json!(["all"]),
            json!([""]),
            json!([1]),
            json!(["0x1"]),
            json!([null]),
        ] {
            let error = refuses(field, wrong);
            assert!(error.contains("expected a list of: "), "{error}");
        }
    }
    let no = json!({ "id": "w1", "subject": "u1", "status": "refused", "purposes": ["ai"] });
    assert!(
        read(&object(no))
            .unwrap_err()
            .starts_with("field `purposes`: ")
    );
}

fn full_first(field: &str) -> String {
    let mut record = full();
    let (object, part) = place_of(&mut record, field);
    object[part][0].as_str().unwrap().to_owned()
}

/// R2 · a blank text is unreadable.
#[test]
fn a_blank_text_is_refused_by_the_name_of_its_field() {
    for field in IDS.into_iter().chain(["subject"]) {
        for blank in ["", " ", "\t\r\n", "\u{a0}\u{3000}", "\u{0}", "\u{1b}"] {
            refuses(field, json!(blank));
        }
    }
    for blank in ["", " ", "\u{0}"] {
        refuses("recipients", json!([blank]));
        refuses("recipients", json!(["partner", blank]));
    }
    for field in TIMES.into_iter().chain(["data_period"]) {
        refuses(field, json!(""));
        refuses(field, json!(" "));
    }
}

/// R1 · nothing is trimmed.
#[test]
fn a_text_is_taken_exactly_as_it_is() {
    for text in [" u1", "u1 ", "U1", "u\n1", "\u{feff}u1", "u1\u{0}"] {
        let record = full_with("subject", json!(text)).unwrap();
        assert_eq!(record.subject().as_str(), text);
        let written = serde_json::to_value(&record).unwrap();
        assert_eq!(written["subject"], text);
    }
}

/// R1 · a whole number up to 2^64 − 1 stands for its decimal text.
#[test]
fn a_subject_may_be_a_whole_number() {
    for (number, text) in [
        ("0", "0"),
        ("7", "7"),
        ("9007199254740993", "9007199254740993"),
        ("9223372036854775808", "9223372036854775808"),
        ("18446744073709551615", "18446744073709551615"),
    ] {
        let numeric = full_numeric(number).unwrap();
        assert_eq!(numeric.subject().as_str(), text);
        assert_eq!(full_with("subject", json!(text)), Ok(numeric.clone()));
        let written = serde_json::to_value(&numeric).unwrap();
        assert_eq!(written["subject"], text);
    }
}

fn full_numeric(number: &str) -> Result<ConsentRecord, String> {
    let text = Value::Object(full()).to_string();
    let quoted = r#""subject":"u1""#;
    assert!(text.contains(quoted));
    read_text(&text.replacen(quoted, &format!("\"subject\":{number}"), 1))
}

/// R1 · and no other number does.
#[test]
fn a_subject_may_be_no_other_number() {
    for number in [
        "-1",
        "-0",
        "1.0",
        "1.5",
        "1e3",
        "0.0",
        "18446744073709551616",
        "99999999999999999999999999",
    ] {
        let error = full_numeric(number).unwrap_err();
        assert!(
            error.starts_with("field `subject`: expected "),
            "{number}: {error}"
        );
    }
    for not_json in ["007", "+7", "0x7", "7_000"] {
        assert!(full_numeric(not_json).is_err(), "{not_json}");
    }
}

/// R1 · a text of digits stays the text that it is.
#[test]
fn a_subject_of_digits_is_not_a_number() {
    let padded = full_with("subject", json!("007")).unwrap();
    assert_eq!(padded.subject().as_str(), "007");
    assert_ne!(padded, full_numeric("7").unwrap());
}

/// R2 · times are instants: the same one in another zone or with zeros after it is the same.
#[test]
fn a_time_is_an_instant_in_whatever_zone_it_was_written() {
    for text in [
        "2024-09-10T09:00:00Z",
        "2024-09-10T09:00:00.0Z",
        "2024-09-10T09:00:00.000000000Z",
        "2024-09-10T09:00:00+00:00",
        "2024-09-10T09:00:00-00:00",
        "2024-09-10T11:00:00+02:00",
        "2024-09-10T03:30:00-05:30",
        "2024-09-11T08:59:00+23:59",
        "2024-09-10t09:00:00z",
    ] {
        assert_eq!(parse_instant(text), Ok(GIVEN_AT), "{text}");
        assert_eq!(full_with("at", json!(text)), read(&full()), "{text}");
    }
}

/// R13 · down to the nanosecond.
#[test]
fn a_time_has_up_to_nine_digits_of_fraction() {
    for (text, at) in [
        (
            "2024-09-10T09:00:00.1Z",
            utc_datetime!(2024-09-10 9:00:00.1),
        ),
        (
            "2024-09-10T09:00:00.123456789Z",
            utc_datetime!(2024-09-10 9:00:00.123_456_789),
        ),
        (
            "2024-09-10T09:00:00.000000001+00:00",
            utc_datetime!(2024-09-10 9:00:00.000_000_001),
        ),
    ] {
        assert_eq!(parse_instant(text), Ok(at));
        let record = full_with("at", json!(text)).unwrap();
        assert_eq!(record.statement().at(), Some(at));
        let written = serde_json::to_string(&record).unwrap();
        assert_eq!(read_text(&written).unwrap(), record);
    }
}

/// R2 · texts that are not an RFC 3339 time with a zone.
const NOT_TIMES: [&str; 36] = [
    "2024-09-10",
    "2024-09-10T09:00:00",
    "2024-09-10T09:00",
    "2024-09-10T09:00Z",
    "2024-09-10 09:00:00Z",
    "2024-09-10_09:00:00Z",
    "2024-09-10T09:00:00 Z",
    " 2024-09-10T09:00:00Z",
    "2024-09-10T09:00:00Z ",
    "2024-09-10T09:00:00Z\n",
    "2024-09-10T09:00:00.Z",
    "2024-09-10T09:00:00,5Z",
    "2024-09-10T09:00:00.0000000001Z",
    "2024-09-10T09:00:00.0000000000Z",
    "2024-09-10T09:00:00.1234567890+02:00",
    "2024-09-10T09:00:00+02",
    "2024-09-10T09:00:00+0200",
    "2024-09-10T09:00:00+2:00",
    "2024-09-10T09:00:00+24:00",
    "2024-09-10T09:00:00+02:60",
    "2024-09-10T09:00:00+02:00:00",
    "2024-09-10T09:00:00 Europe/Berlin",
    "2024-09-10T09:00:00UTC",
    "2024-09-10T24:00:00Z",
    "2024-09-10T09:60:00Z",
    "2024-09-10T09:00:61Z",
    "2024-02-30T09:00:00Z",
    "2023-02-29T09:00:00Z",
    "2024-13-01T09:00:00Z",
    "2024-00-10T09:00:00Z",
    "24-09-10T09:00:00Z",
    "+2024-09-10T09:00:00Z",
    "12024-09-10T09:00:00Z",
    "20240910T090000Z",
    "1725958800",
    "Tue, 10 Sep 2024 09:00:00 GMT",
];

/// R2 · a time without a zone, a space for the T, ten digits of fraction, and the like.
#[test]
fn a_time_that_is_not_an_rfc_3339_time_with_a_zone_is_refused() {
    for text in NOT_TIMES {
        assert!(parse_instant(text).is_err(), "{text}");
        for field in TIMES.into_iter().chain(["data_period"]) {
            refuses(field, json!(text));
        }
    }
    for field in TIMES {
        refuses(field, json!(1_725_958_800));
        refuses(field, json!("from-grant"));
    }
}

/// R2 · an instant that is outside the years that can be written once it is converted to UTC.
#[test]
fn a_time_that_its_zone_puts_beyond_the_years_0_to_9999_is_refused() {
    for text in [
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59.999999999-00:01",
    ] {
        assert!(parse_instant(text).is_err(), "{text}");
        for field in TIMES.into_iter().chain(["data_period"]) {
            refuses(field, json!(text));
        }
    }
    for text in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"] {
        let record = full_with("at", json!(text)).unwrap();
        assert_eq!(record.statement().at(), Some(parse_instant(text).unwrap()));
        let written = serde_json::to_string(&record).unwrap();
        assert_eq!(read_text(&written).unwrap(), record);
    }
}

/// R2 · RFC 3339, 5.7: a leap second is within its day, and is nowhere else.
#[test]
fn a_leap_second_is_the_end_of_its_day() {
    let last = utc_datetime!(2016-12-31 23:59:59.999_999_999);
    for text in ["2016-12-31T23:59:60Z", "2017-01-01T00:59:60+01:00"] {
        assert_eq!(parse_instant(text), Ok(last), "{text}");
    }
    for text in [
        "2016-12-31T22:59:60Z",
        "2016-12-30T23:59:60Z",
        "2016-12-31T23:59:60+01:00",
    ] {
        assert!(parse_instant(text).is_err(), "{text}");
        refuses("at", json!(text));
    }
}

/// R16 · every form of a data period.
#[test]
fn a_data_period_is_from_the_grant_all_existing_or_from_an_instant() {
    let period = |value: Value| {
        let record = full_with("data_period", value).unwrap();
        let written = serde_json::to_string(&record).unwrap();
        assert_eq!(read_text(&written).unwrap(), record);
        record.details().data_period
    };
    assert_eq!(period(json!("from-grant")), DataPeriod::FromGrant);
    assert_eq!(period(json!(null)), DataPeriod::FromGrant);
    assert_eq!(period(json!("all-existing")), DataPeriod::AllExisting);
    assert_eq!(
        period(json!("2024-09-10T11:00:00+02:00")),
        DataPeriod::From(GIVEN_AT)
    );
    let absent = read(&without(full(), "data_period")).unwrap();
    assert_eq!(absent.details().data_period, DataPeriod::FromGrant);
    for wrong in [
        "From-Grant",
        "from_grant",
        "from-grant ",
        "all",
        "existing",
        "none",
        "",
    ] {
        refuses("data_period", json!(wrong));
    }
}

/// R4 · `ai-training` is a name of its two halves.
#[test]
fn ai_training_in_a_record_is_both_of_its_halves() {
    for field in PURPOSES {
        let whole = full_with(field, json!(["ai-training"])).unwrap();
        for halves in [
            json!(["train-generative", "train-non-generative"]),
            json!(["train-non-generative", "train-generative"]),
            json!(["ai-training", "train-generative"]),
        ] {
            assert_eq!(full_with(field, halves), Ok(whole.clone()));
        }
        for half in ["train-generative", "train-non-generative"] {
            assert_ne!(full_with(field, json!([half])), Ok(whole.clone()));
        }
    }
    let written = serde_json::to_value(full_with("purposes", json!(["ai-training"])).unwrap());
    assert_eq!(
        written.unwrap()["purposes"],
        json!(["train-generative", "train-non-generative"]),
    );
}

/// R2 · lists are sets.
#[test]
fn a_list_in_another_order_or_with_repetitions_is_the_same_list() {
    let record = read(&full()).unwrap();
    for (field, same) in [
        ("recipients", json!(["partner", "agent"])),
        ("recipients", json!(["partner", "agent", "partner"])),
        ("purposes", json!(["search", "train-generative", "search"])),
        ("data", json!(["media", "posts", "media"])),
        ("withdraw_via", json!(["app", "web", "app"])),
        (
            "conditions",
            json!(["non-commercial", "de-identified", "non-commercial"]),
        ),
        (
            "notice.purposes",
            json!(["train-generative", "train-generative"]),
        ),
    ] {
        assert_eq!(full_with(field, same), Ok(record.clone()), "{field}");
    }
    assert_eq!(record.details().recipients, parties(["agent", "partner"]));
    let made = grant().but(|details| details.recipients = parties(["b", "a", "b"]));
    assert_eq!(made.details().recipients, parties(["a", "b"]));
}

/// R2, R20 · a condition is a token of lower-case letters and digits, with single hyphens between
/// them, of at most 64 bytes. The list is open.
#[test]
fn a_condition_is_any_short_token() {
    let longest = "a".repeat(64);
    for token in [
        "de-identified",
        "no-redistribution",
        "k5-anonymous",
        "7",
        "a-1-b",
        &longest,
    ] {
        let record = full_with("conditions", json!([token])).unwrap();
        assert_eq!(record.details().conditions, [name(token)]);
    }
    let too_long = "a".repeat(65);
    for wrong in [
        "",
        " ",
        "De-identified",
        "de_identified",
        "de--identified",
        "-a",
        "a-",
        "a b",
        "a ",
        "\0",
        "d\u{E9}",
        "a,b",
        &too_long,
    ] {
        let error = full_with("conditions", json!(["a", wrong])).unwrap_err();
        assert!(
            error
                .starts_with("field `conditions`: expected a list of tokens of lower-case letters"),
            "{error}"
        );
        assert!(wrong.parse::<Condition>().is_err());
        let built = ConsentRecord::grant("g1", "u1", "acme", GIVEN_AT).condition(wrong);
        let error = built.build().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("field `conditions`: expected"),
            "{error}"
        );
    }
}

/// R2, R20 · the conditions of a denial mean nothing, and are read as strictly.
#[test]
fn the_conditions_of_a_denial_are_read_all_the_same() {
    let denial = |conditions: Value| {
        read(&object(json!({
            "id": "w1", "subject": "u1", "status": "withdrawn", "conditions": conditions,
        })))
    };
    assert_eq!(
        denial(json!(["a"])).unwrap().details().conditions,
        [name("a")]
    );
    assert_ne!(denial(json!(["a"])), denial(json!([])));
    assert!(denial(json!(["A"])).is_err());
}

/// R9 · a notice may be incomplete; it is still read strictly.
#[test]
fn a_notice_may_lack_any_of_its_parts() {
    for part in NOTICE_FIELDS {
        let field = format!("notice.{part}");
        let record = read(&without(full(), &field)).unwrap();
        let written = serde_json::to_string(&record).unwrap();
        assert_eq!(read_text(&written).unwrap(), record);
    }
}

/// R9 · an empty notice counts as no notice, whether it is read, made or built.
#[test]
fn a_notice_of_which_nothing_is_said_is_no_notice() {
    let absent = full_with("notice", Value::Null).unwrap();
    for empty in [json!({}), json!({ "id": null, "purposes": [] })] {
        let read = full_with("notice", empty).unwrap();
        assert_eq!(read, absent);
        assert_eq!(read.digest(), absent.digest());
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(written.get("notice"), None);
    }
    let made = new(|details| details.notice = Some(Notice::default()));
    assert_eq!(made, new(|details| details.notice = None));
    let start = || ConsentRecord::grant("g1", "u1", "acme", GIVEN_AT);
    let built = start().notice(Notice::builder()).build().unwrap();
    assert_eq!(built, start().build().unwrap());
    assert_eq!(built.details().notice, None);
    let part = start().notice(Notice::builder().id("ai")).build().unwrap();
    assert!(part.details().notice.is_some());
}

/// R2 · the builder names the text that is blank, and does not repeat it.
#[test]
fn a_builder_names_the_field_of_a_blank_text() {
    let start = || ConsentRecord::grant("g1", "u1", "acme", GIVEN_AT);
    let notice = Notice::builder;
    for (field, builder) in [
        ("id", ConsentRecord::grant(" ", "u1", "acme", GIVEN_AT)),
        (
            "subject",
            ConsentRecord::grant("g1", "\u{0}", "acme", GIVEN_AT),
        ),
        ("controller", ConsentRecord::grant("g1", "u1", "", GIVEN_AT)),
        ("recipients", start().recipients(["agent", "\t"])),
        ("recipients", start().recipient("")),
        ("evidence", start().evidence("\n")),
        ("notice.id", start().notice(notice().id(""))),
        (
            "notice.version",
            start().notice(notice().id("ai").version(" ")),
        ),
        (
            "notice.controller",
            start().notice(notice().controller(" ")),
        ),
    ] {
        let error = builder.build().unwrap_err().to_string();
        let expected = format!("field `{field}`: expected a text that is not blank");
        assert_eq!(error, expected);
    }
}

/// R3 · each kind of statement has a builder, and only a grant is renewed.
#[test]
fn every_kind_of_statement_can_be_built() {
    let renewed = ConsentRecord::grant("g1", "u1", "acme", GIVEN_AT).renewed();
    let Statement::Grant {
        status,
        controller,
        at,
    } = renewed.build().unwrap().statement().clone()
    else {
        panic!("not a grant");
    };
    assert_eq!(
        (status, controller, at),
        (GrantStatus::Renewed, name("acme"), GIVEN_AT)
    );

    for status in DENIALS {
        let bare = ConsentRecord::denial("d1", "u1", status);
        let expected = Statement::Denial {
            status,
            controller: None,
            at: None,
        };
        assert_eq!(bare.clone().build().unwrap().statement(), &expected);
        let full = bare
            .clone()
            .controller("acme")
            .at(GIVEN_AT)
            .build()
            .unwrap();
        let controller = Some(name("acme"));
        let expected = Statement::Denial {
            status,
            controller,
            at: Some(GIVEN_AT),
        };
        assert_eq!(full.statement(), &expected);
        assert_eq!(field_of(bare.renewed().build().unwrap_err()), "status");
    }
    for status in NON_DECISIONS {
        let neither = ConsentRecord::non_decision("n1", "u1", "acme", status, GIVEN_AT);
        let controller = name("acme");
        let expected = Statement::NonDecision {
            status,
            controller,
            at: GIVEN_AT,
        };
        assert_eq!(neither.clone().build().unwrap().statement(), &expected);
        assert_eq!(field_of(neither.renewed().build().unwrap_err()), "status");
    }
}

/// R2 · no `Debug` names a person.
#[test]
fn a_builder_does_not_show_whom_it_is_about() {
    let builder = ConsentRecord::grant("g1", SECRET, "acme", GIVEN_AT).evidence(SECRET);
    assert!(!format!("{builder:?}").contains(SECRET));
}

/// R11 · consent is given in one channel.
#[test]
fn a_consent_is_given_in_one_channel() {
    for channel in ["web", "app", "api", "email", "phone", "paper", "in-person"] {
        let record = full_with("given_via", json!(channel)).unwrap();
        assert_eq!(record.details().given_via.unwrap().to_string(), channel);
        let written = serde_json::to_value(&record).unwrap();
        assert_eq!(written["given_via"], channel);
    }
    let error = refuses("given_via", json!(["web"]));
    assert!(
        error.contains("expected one text and not a list, one of: web, app"),
        "{error}"
    );
    refuses("given_via", json!("web, app"));
}

const SECRET: &str = "s3cr3t-8675309";

/// Nothing that is reported holds content: a secret put into every field, in every form.
#[test]
fn an_error_never_repeats_the_value_of_a_field() {
    let mut errors = 0;
    for field in every_field() {
        for value in [
            json!(SECRET),
            json!([SECRET]),
            json!([[SECRET]]),
            json!([null, SECRET]),
            json!({ SECRET: 1 }),
            json!({ "id": { SECRET: SECRET } }),
            json!({ "inner": [SECRET] }),
            json!(8_675_309),
            json!(-8_675_309),
            json!(8_675_309.5),
            json!([8_675_309]),
            json!(format!("2024-09-10T09:00:00{SECRET}")),
            json!(format!("  {SECRET}\u{0}")),
        ] {
            let record = with(full(), &field, value);
            let from_text = read_text(&Value::Object(record.clone()).to_string());
            let from_value: Result<ConsentRecord, _> =
                serde_json::from_value(Value::Object(record));
            let from_value = from_value.map_err(|error| error.to_string());
            for error in [from_text, from_value].into_iter().filter_map(Result::err) {
                errors += 1;
                let name = field.split('.').next().unwrap();
                assert!(error.contains(name), "{field}: {error}");
                assert!(!error.contains("s3cr3t"), "{field}: {error}");
                assert!(!error.contains("8675309"), "{field}: {error}");
            }
        }
    }
    assert!(errors > 400, "{errors}");
}

/// Nothing that is reported holds content: text that is not a record at all.
#[test]
fn an_error_never_repeats_a_value_that_is_not_a_record() {
    for text in [
        json!(SECRET).to_string(),
        json!([SECRET]).to_string(),
        json!({ SECRET: SECRET }).to_string(),
        "8675309".to_owned(),
        "-8675309".to_owned(),
        "8675309.5".to_owned(),
        format!("{{\"id\":\"{SECRET}"),
        format!("{{\"id\":{SECRET}}}"),
        format!("{{\"id\":\"{SECRET}\"}}"),
        format!("{{\"id\":\"w\",\"subject\":\"{SECRET}\",\"status\":\"withdrawn\"}} {SECRET}"),
    ] {
        let error = read_text(&text).unwrap_err();
        assert!(!error.contains("s3cr3t"), "{error}");
        assert!(!error.contains("8675309"), "{error}");
    }
}

fn new(vary: impl FnOnce(&mut Details)) -> Result<ConsentRecord, RecordError> {
    let record = grant().record();
    let mut details = record.details().clone();
    vary(&mut details);
    let statement = record.statement().clone();
    ConsentRecord::new(name("g1"), name("u1"), statement, details)
}

fn field_of(error: RecordError) -> &'static str {
    match error {
        RecordError::Unexpected { field, .. } => field,
        other => panic!("{other}"),
    }
}

/// R2 · a record that could not be written cannot be made.
#[test]
fn a_record_cannot_be_made_with_a_bit_that_has_no_name() {
    let field = |vary: fn(&mut Details)| field_of(new(vary).unwrap_err());
    assert_eq!(
        field(|details| details.purposes |= Purposes::from_bits_retain(1 << 31)),
        "purposes"
    );
    assert_eq!(
        field(|details| details.data |= DataCategories::from_bits_retain(1 << 31)),
        "data"
    );
    assert_eq!(
        field(|details| details.withdraw_via |= Channels::from_bits_retain(1 << 31)),
        "withdraw_via"
    );
    assert_eq!(
        field(|details| {
            details.notice.as_mut().unwrap().purposes |= Purposes::from_bits_retain(1 << 31);
        }),
        "notice.purposes"
    );
}

/// R11 · a channel is the set of that one channel, by the same name.
#[test]
fn a_channel_is_a_set_of_one() {
    let mut all = Channels::empty();
    for name in ["web", "app", "api", "email", "phone", "paper", "in-person"] {
        let channel: Channel = name.parse().unwrap();
        assert_eq!(Channels::from(channel), name.parse().unwrap());
        assert_eq!(Channels::from(channel).to_string(), channel.as_str());
        all |= channel.into();
    }
    assert_eq!(all, Channels::all());
}

/// R2 · a record that could not be written cannot be made.
#[test]
fn a_record_cannot_be_made_with_a_time_before_the_year_0() {
    let early = UtcDateTime::MIN;
    let field = |vary: fn(&mut Details)| field_of(new(vary).unwrap_err());
    assert_eq!(
        field(|details| details.valid_until = Some(UtcDateTime::MIN)),
        "valid_until"
    );
    assert_eq!(
        field(|details| details.data_period = DataPeriod::From(UtcDateTime::MIN)),
        "data_period"
    );
    assert_eq!(
        field(|details| details.notice.as_mut().unwrap().shown_at = Some(UtcDateTime::MIN)),
        "notice.shown_at"
    );
    for statement in [
        Statement::Grant {
            status: GrantStatus::Given,
            controller: name("acme"),
            at: early,
        },
        Statement::Denial {
            status: DenialStatus::Refused,
            controller: None,
            at: Some(early),
        },
        Statement::NonDecision {
            status: NonDecisionStatus::Unknown,
            controller: name("acme"),
            at: early,
        },
    ] {
        let made = ConsentRecord::new(name("x"), name("u1"), statement, Details::default());
        assert_eq!(field_of(made.unwrap_err()), "at");
    }
}

/// What a statement says is asked of it.
#[test]
fn a_statement_tells_to_whom_and_when_where_it_says_so() {
    let yes = grant().record();
    assert_eq!(yes.statement().controller(), Some(&name("acme")));
    assert_eq!(yes.statement().at(), Some(GIVEN_AT));
    let no = withdrawal().naming_nobody().undated().record();
    assert_eq!(no.statement().controller(), None);
    assert_eq!(no.statement().at(), None);
}
