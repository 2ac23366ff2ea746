//! The laws of the readers of other formats: no yes out of a no, and no yes that is younger than its
//! act.

use consent_gate::interchange::{
    Answers, Documents, Fides, PreferenceMap, PreferenceMapBuilder, TimePlace, Yes,
};
use consent_gate::{ConsentRecord, DataPeriod, Statement};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};

use crate::world::{grant, name};

/// How a law ends.
type Law = Result<(), TestCaseError>;

/// The name of the one switch.
const SWITCH: &str = "AI training";

/// Noes, as words that a system joins in some way.
const NOES: [&[&str]; 27] = [
    &["no"],
    &["off"],
    &["out"],
    &["0"],
    &["false"],
    &["none"],
    &["deny"],
    &["denied"],
    &["refuse"],
    &["refused"],
    &["reject"],
    &["rejected"],
    &["withdraw"],
    &["withdrawn"],
    &["revoke"],
    &["revoked"],
    &["object"],
    &["objected"],
    &["declined"],
    &["cancel"],
    &["disabled"],
    &["opt", "out"],
    &["hard", "opt", "out"],
    &["no", "consent"],
    &["no", "choice"],
    &["not", "given"],
    &["consent", "withdrawn"],
];

/// A no in some letter case and with some separators.
fn a_no() -> impl Strategy<Value = String> {
    let separator = select(vec!["", " ", "-", "_", ".", " / "]);
    let case = prop::collection::vec(any::<bool>(), 24);
    let around = select(vec!["", " ", "\t", "!"]);
    (select(&NOES[..]), separator, case, around).prop_map(|(words, separator, case, around)| {
        let text = words.join(separator);
        let letters = text.chars().zip(case.into_iter().cycle());
        let cased = letters.map(|(letter, is_upper)| {
            if is_upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        });
        format!("{around}{}{around}", cased.collect::<String>())
    })
}

/// Some instant of a few days, or none.
fn a_time() -> impl Strategy<Value = Option<UtcDateTime>> {
    let days = prop::option::weighted(0.8, 0..6_i64);
    days.prop_map(|days| Some(utc_datetime!(2024-09-10 9:00) + Duration::days(days?)))
}

fn builders() -> [PreferenceMapBuilder; 4] {
    let didomi = Answers::List {
        name: "id".to_owned(),
        answer: "enabled".to_owned(),
    };
    let didomi = PreferenceMap::builder(name("acme"), name("/user"), (name("/purposes"), didomi))
        .at(TimePlace::document(name("/created_at")))
        .confirmed_by(name("/status"), "confirmed")
        .yes(Yes::True);
    [
        PreferenceMap::transcend(name("acme")),
        PreferenceMap::klaro(name("acme")),
        PreferenceMap::onetrust(name("acme")),
        didomi,
    ]
}

fn maps() -> [PreferenceMap; 4] {
    let switched = |map: PreferenceMapBuilder| {
        let map = map.switch(SWITCH, grant().record().details().clone());
        map.build().unwrap()
    };
    builders().map(switched)
}

/// An object of the fields that have a value.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    let fields = fields.map(|(key, value)| (key.to_owned(), value));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn text(at: Option<UtcDateTime>) -> Value {
    at.map_or(Value::Null, |at| json!(at.format(&Rfc3339).unwrap()))
}

/// The times that a document states for an answer: its own, the earliest, and the latest ones.
#[derive(Clone, Copy, Debug)]
struct Times {
    own: Option<UtcDateTime>,
    earliest: Option<UtcDateTime>,
    latest: [Option<UtcDateTime>; 2],
}

fn times() -> impl Strategy<Value = Times> {
    (a_time(), a_time(), [a_time(), a_time()]).prop_map(|(own, earliest, latest)| Times {
        own,
        earliest,
        latest,
    })
}

impl Times {
    /// The times that a record says the answer has, of those that its format has.
    fn allow(self, record: &ConsentRecord) -> Law {
        let at = record.statement().at().unwrap();
        let stated = [self.own, self.earliest, self.latest[0], self.latest[1]];
        let stated: Vec<UtcDateTime> = stated.into_iter().flatten().collect();
        prop_assert!(stated.iter().all(|time| at <= *time));
        let covered_from = match record.details().data_period {
            DataPeriod::From(from) => from,
            DataPeriod::FromGrant => at,
            DataPeriod::AllExisting => return Err(TestCaseError::fail("all data")),
        };
        match self.own {
            Some(own) => prop_assert!(covered_from >= own),
            None => prop_assert!(stated.iter().all(|time| covered_from >= *time)),
        }
        let has_both = self.earliest.is_some() && self.latest.iter().any(Option::is_some);
        prop_assert!(self.own.is_some() || has_both);
        Ok(())
    }
}

/// The documents of a person who answers the switch, in the order of the maps, each with the times
/// that its format has.
fn documents(of_transcend: &Value, of_onetrust: &Value, times: Times) -> [(Value, Times); 4] {
    let (own, [first, second]) = (text(times.own), times.latest.map(text));
    let answer = of_transcend;
    let only_own = Times {
        earliest: None,
        latest: [None, None],
        ..times
    };
    let transcend = object([
        ("purpose", json!(SWITCH)),
        ("enabled", answer.clone()),
        ("timestamp", own.clone()),
    ]);
    let onetrust = object([
        ("Name", json!(SWITCH)),
        ("Status", of_onetrust.clone()),
        ("ConsentDate", own.clone()),
        ("FirstTransactionDate", text(times.earliest)),
        ("LastTransactionDate", first.clone()),
    ]);
    let transcend = object([
        ("userId", json!("u1")),
        ("confirmed", json!(true)),
        ("timestamp", first),
        ("purposes", json!([transcend])),
    ]);
    let klaro = object([
        ("subject", json!("u1")),
        ("confirmed", json!(true)),
        ("at", own.clone()),
        ("consents", json!({ SWITCH: answer })),
    ]);
    let onetrust = object([
        ("Identifier", json!("u1")),
        ("LastUpdatedDate", second),
        ("Purposes", json!([onetrust])),
    ]);
    let didomi = object([
        ("user", json!("u1")),
        ("status", json!("confirmed")),
        ("created_at", own),
        ("purposes", json!([{ "id": SWITCH, "enabled": answer }])),
    ]);
    let of_transcend = Times {
        latest: [times.latest[0], None],
        ..only_own
    };
    [
        (transcend, of_transcend),
        (klaro, only_own),
        (onetrust, times),
        (didomi, only_own),
    ]
}

fn read<F: Documents>(format: &F, document: &Value) -> Option<ConsentRecord> {
    let imported = format.read(document.to_string().as_bytes()).ok()?;
    let mut records = imported.into_records();
    assert_eq!(records.len(), 1);
    records.pop()
}

fn is_grant(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Grant { .. })
}

fn is_denial(record: &ConsentRecord) -> bool {
    matches!(record.statement(), Statement::Denial { .. })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// R15 · a value that says no denies in every map, confirmed or not, and no map can be built that
    /// makes something else of it.
    #[test]
    fn no_map_grants_from_a_value_that_says_no(no in a_no(), times in times()) {
        let documents = documents(&json!(no), &json!(no), times);
        for (map, (document, _)) in maps().iter().zip(&documents) {
            let record = read(map, document);
            prop_assert!(record.as_ref().is_some_and(is_denial), "{document}");
        }
        for map in builders() {
            prop_assert!(map.clone().yes(no.as_str()).build().is_err());
            prop_assert!(map.clone().neither(no.as_str()).build().is_err());
            prop_assert!(map.confirmed_by(name("/status"), no.as_str()).build().is_err());
        }
    }

    /// R13, R16 · the grant that a map reads is no later than any time that the document states for it,
    /// and covers no data from before the act.
    #[test]
    fn no_reader_dates_a_grant_later_than_its_act(times in times()) {
        let documents = documents(&json!(true), &json!("ACTIVE"), times);
        for (map, (document, times)) in maps().iter().zip(&documents) {
            if let Some(record) = read(map, document).filter(is_grant) {
                times.allow(&record)?;
            }
        }
        let entry = object([
            ("id", json!("e1")),
            ("external_id", json!("u1")),
            ("preference", json!("opt_in")),
            ("request_timestamp", text(times.own)),
            ("received_at", text(times.latest[0])),
            ("created_at", text(times.latest[1])),
        ]);
        if let Some(record) = read(&Fides::new(name("acme")), &entry).filter(is_grant) {
            Times { earliest: None, ..times }.allow(&record)?;
        }
    }

    /// R15 · the no that a map reads is no earlier than any time that the document states for it.
    #[test]
    fn no_reader_dates_a_denial_earlier_than_its_act(times in times()) {
        let documents = documents(&json!(false), &json!("WITHDRAWN"), times);
        for (map, (document, times)) in maps().iter().zip(&documents) {
            let record = read(map, document).unwrap();
            prop_assert!(is_denial(&record));
            let stated = [times.own, times.earliest, times.latest[0], times.latest[1]];
            prop_assert_eq!(record.statement().at(), stated.into_iter().flatten().max());
        }
    }
}
