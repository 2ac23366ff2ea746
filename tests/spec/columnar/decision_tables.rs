//! The decision as a table: whose rows it has, what its columns say, and which queries can be asked.
//! *Source: the docs of `consent_gate::decision_table`.*

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use consent_gate::arrow::Columns;
use consent_gate::decision_table::{Dialect, PredicateError};
use consent_gate::interchange::TableReader;
use consent_gate::{DataCategories, DataPeriod, Gate, Ledger, Rules, Snapshot};
use time::{Duration, UtcDateTime, UtcOffset};

use crate::world::{
    AS_OF, GIVEN_AT, NANOSECOND, WITHDRAWN_AT, cannot_read, gate, grant, withdrawal,
};

fn table(gate: &Gate, ledger: &Ledger) -> RecordBatch {
    whole(&Snapshot::new(gate, ledger), ledger)
}

fn whole(snapshot: &Snapshot, ledger: &Ledger) -> RecordBatch {
    let table = snapshot.to_table(ledger.digest());
    let schema = table.schema();
    let batches: Vec<RecordBatch> = table.collect::<Result<_, _>>().unwrap();
    arrow_select::concat::concat_batches(&schema, &batches).unwrap()
}

fn texts(table: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let texts = table.column_by_name(column).unwrap().as_string::<i32>();
    texts.iter().map(|text| text.map(str::to_owned)).collect()
}

fn truths(table: &RecordBatch, column: &str) -> Vec<bool> {
    let truths = table.column_by_name(column).unwrap().as_boolean();
    truths.iter().map(Option::unwrap).collect()
}

fn rules(table: &RecordBatch, column: &str) -> Vec<Vec<String>> {
    let lists = table.column_by_name(column).unwrap().as_list::<i32>();
    let names = lists.iter().map(|list| {
        let list = list.unwrap();
        let names = list.as_string::<i32>().iter().flatten();
        names.map(str::to_owned).collect()
    });
    names.collect()
}

fn times(table: &RecordBatch, column: &str) -> Vec<Option<i64>> {
    let times = table.column_by_name(column).unwrap();
    times
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .collect()
}

fn microseconds(at: UtcDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap()
}

/// R1 · Everyone on file is in the table under their own id, whatever its form, and nobody else.
#[test]
fn everyone_on_file_is_in_the_table() {
    let numbers = |count: u64, step: u64| (0..count).map(move |number| (number * step).to_string());
    let uuids = (0..300_u128).map(|number| {
        let digits = format!(
            "{:032x}",
            number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
        );
        [0..8, 8..12, 12..16, 16..20, 20..32]
            .map(|part| &digits[part])
            .join("-")
    });
    let texts_ = (0..300).map(|number| format!("person-{number}"));
    let edges = [
        0,
        1,
        u64::MAX,
        u64::MAX - 1,
        1 << 63,
        1 << 32,
        (1 << 32) - 1,
    ]
    .map(|edge: u64| edge.to_string());
    let people: [Vec<String>; 7] = [
        Vec::new(),
        vec!["0".to_owned()],
        numbers(1_000, 1).collect(),
        numbers(1_000, 0x1234_5678_9ABC).collect(),
        numbers(20_000, 7).collect(),
        edges.to_vec(),
        uuids.chain(texts_).chain(edges).collect(),
    ];
    let gate = gate().build().unwrap();
    for ids in people {
        let records = ids.iter().map(|id| grant().id(id).by(id).record());
        let ledger: Ledger = records.collect();
        let table = table(&gate, &ledger);
        let found: Vec<String> = texts(&table, "subject")
            .into_iter()
            .map(Option::unwrap)
            .collect();
        assert_eq!(found.len(), ids.len());
        let same: BTreeSet<_> = found.iter().collect();
        assert_eq!(same, ids.iter().collect(), "{} people", ids.len());
        // Each person's grant has the person's name here.
        assert_eq!(
            texts(&table, "grant"),
            found.into_iter().map(Some).collect::<Vec<_>>()
        );
    }
}

/// A grant that holds says what it covers, from when on, and who asked.
#[test]
fn a_grant_says_what_it_covers() {
    let gate = gate().build().unwrap();
    let mut ledger: Ledger = [grant().record()].into_iter().collect();
    ledger.set_complete_through(AS_OF);
    let table = table(&gate, &ledger);
    assert_eq!(texts(&table, "subject"), [Some("u1".to_owned())]);
    assert_eq!(texts(&table, "grant"), [Some("g1".to_owned())]);
    assert_eq!(truths(&table, "holds"), [true]);
    assert_eq!(times(&table, "covers_from"), [Some(microseconds(GIVEN_AT))]);
    assert_eq!(
        times(&table, "complete_through"),
        [Some(microseconds(AS_OF))]
    );
    assert_eq!(texts(&table, "gate"), [Some(gate.digest().to_string())]);
    assert_eq!(
        texts(&table, "consents"),
        [Some(ledger.digest().to_string())]
    );
    for (category, covers) in [
        ("posts", true),
        ("messages", false),
        ("ai_conversations", false),
    ] {
        assert_eq!(truths(&table, &format!("covers_{category}")), [covers]);
        assert_eq!(truths(&table, &format!("denied_{category}")), [false]);
    }
}

/// R15 · A withdrawal denies every category, and one of some categories denies these.
#[test]
fn denied_categories_are_marked() {
    let gate = gate().build().unwrap();
    let all = withdrawal().at(WITHDRAWN_AT).record();
    let ledger: Ledger = [grant().record(), all].into_iter().collect();
    let table_ = table(&gate, &ledger);
    assert_eq!(truths(&table_, "denied_posts"), [true]);
    assert_eq!(truths(&table_, "denied_location"), [true]);
    assert_eq!(truths(&table_, "holds"), [true], "R15 needs the row");

    let some = withdrawal().at(WITHDRAWN_AT);
    let some = some.but(|details| details.data = DataCategories::LOCATION);
    let ledger: Ledger = [grant().record(), some].into_iter().collect();
    let table = table(&gate, &ledger);
    assert_eq!(truths(&table, "denied_posts"), [false]);
    assert_eq!(truths(&table, "denied_location"), [true]);
}

/// Each grant has its own row, and a person without one has a row that does not hold.
#[test]
fn each_grant_has_a_row() {
    let gate = gate().build().unwrap();
    let later = GIVEN_AT + Duration::DAY;
    let second = grant().id("g2").at(later);
    let second = second.but(|details| details.data = DataCategories::MEDIA);
    let no = withdrawal().id("w2").by("u2").record();
    let mut ledger: Ledger = [grant().record(), second, no].into_iter().collect();
    cannot_read(&mut ledger, "u3");
    let table = table(&gate, &ledger);
    let mut rows: Vec<_> = texts(&table, "subject")
        .into_iter()
        .zip(texts(&table, "grant"))
        .zip(truths(&table, "holds"))
        .zip(rules(&table, "unproven"))
        .map(|(((subject, grant), holds), unproven)| (subject.unwrap(), grant, holds, unproven))
        .collect();
    rows.sort();
    let text = |text: &str| Some(text.to_owned());
    let no_rules = Vec::<String>::new();
    assert_eq!(
        rows[..3],
        [
            ("u1".to_owned(), text("g1"), true, no_rules.clone()),
            ("u1".to_owned(), text("g2"), true, no_rules),
            ("u2".to_owned(), None, false, vec!["ON_RECORD".to_owned()]),
        ]
    );
    assert_eq!((rows[3].0.as_str(), rows[3].2), ("u3", false));
    let starts: BTreeSet<_> = times(&table, "covers_from").into_iter().flatten().collect();
    assert!(starts.contains(&microseconds(GIVEN_AT)) && starts.contains(&microseconds(later)));
}

/// A rule that the grant does not meet is named, by how it fails.
#[test]
fn failed_rules_are_named() {
    let gate = gate().build().unwrap();
    let bad = grant().but(|details| {
        details.evidence = None;
        details.granular = Some(consent_gate::Granularity::Bundled);
    });
    let table = table(&gate, &[bad].into_iter().collect());
    assert_eq!(truths(&table, "holds"), [false]);
    assert_eq!(rules(&table, "unproven"), [["EVIDENCED"]]);
    assert_eq!(rules(&table, "contradicted"), [["GRANULAR"]]);
}

/// R16 · An instant between two microseconds is the later one where a grant begins, and a grant for all
/// data begins with the year 1.
#[test]
fn a_grant_never_begins_earlier_than_it_does() {
    let gate = gate().build().unwrap();
    let starts = |period: DataPeriod| {
        let record = grant().but(|details| details.data_period = period);
        times(
            &table(&gate, &[record].into_iter().collect()),
            "covers_from",
        )
    };
    let at = microseconds(GIVEN_AT);
    assert_eq!(starts(DataPeriod::From(GIVEN_AT)), [Some(at)]);
    assert_eq!(
        starts(DataPeriod::From(GIVEN_AT + NANOSECOND)),
        [Some(at + 1)]
    );
    assert_eq!(starts(DataPeriod::From(GIVEN_AT - NANOSECOND)), [Some(at)]);
    let year_1 = "0001-01-01T00:00:00Z";
    let year_1 = microseconds(consent_gate::parse_instant(year_1).unwrap());
    assert_eq!(starts(DataPeriod::AllExisting), [Some(year_1)]);
}

/// R19 · What is too old for the gate holds for no row, and what is complete up to an instant between two
/// microseconds is so up to the earlier one.
#[test]
fn consents_that_are_too_old_do_not_hold() {
    let strict = gate().max_lag(Duration::HOUR).build().unwrap();
    let rows = |through: Option<UtcDateTime>, gate: &Gate| {
        let mut ledger: Ledger = [grant().record()].into_iter().collect();
        if let Some(through) = through {
            ledger.set_complete_through(through);
        }
        let table = table(gate, &ledger);
        let failed = [rules(&table, "unproven"), rules(&table, "contradicted")];
        (
            truths(&table, "holds")[0],
            failed.concat().concat(),
            times(&table, "complete_through")[0],
        )
    };
    let fresh = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(None, &strict), (false, fresh(&["FRESH"]), None));
    let old = AS_OF - Duration::HOUR - NANOSECOND;
    assert_eq!(
        rows(Some(old), &strict),
        (false, fresh(&["FRESH"]), Some(microseconds(old)))
    );
    let young = AS_OF - NANOSECOND;
    assert_eq!(
        rows(Some(young), &strict),
        (true, fresh(&[]), Some(microseconds(AS_OF) - 1))
    );
    let waived = gate()
        .max_lag(Duration::HOUR)
        .waive(Rules::FRESH)
        .build()
        .unwrap();
    assert_eq!(
        rows(None, &waived),
        (true, fresh(&[]), None),
        "silence is waived"
    );
    let is_no = rows(Some(old), &waived).0;
    assert!(!is_no, "a waiver forgives silence, never a no");
}

/// A snapshot of grants only has those that may let a row pass, without their names.
#[test]
fn a_table_of_grants_only_has_no_names() {
    let gate = gate().build().unwrap();
    let no = withdrawal().id("w2").by("u2").record();
    let ledger: Ledger = [grant().record(), no].into_iter().collect();
    let table = whole(&Snapshot::of_grants_only(&gate, &ledger), &ledger);
    assert_eq!(texts(&table, "subject"), [Some("u1".to_owned())]);
    assert_eq!(texts(&table, "grant"), [None]);
    assert_eq!(truths(&table, "holds"), [true]);
}

/// A snapshot that was saved and loaded has the same table.
#[test]
fn a_loaded_snapshot_has_the_same_table() {
    let gate = gate().build().unwrap();
    let people = (0..2_000).map(|number| number.to_string());
    let ledger: Ledger = people.map(|id| grant().id(&id).by(&id).record()).collect();
    let snapshot = Snapshot::new(&gate, &ledger);
    let mut file = Vec::new();
    snapshot.save(ledger.digest(), &mut file).unwrap();
    let (loaded, consents) = Snapshot::load(&gate, &*file).unwrap();
    assert_eq!(consents, ledger.digest());
    assert_eq!(whole(&loaded, &ledger), whole(&snapshot, &ledger));
}

/// What a query cannot ask about is an error that says what, in which dialect.
#[test]
fn what_a_query_cannot_ask_is_an_error() {
    let gate = gate().build().unwrap();
    let columns = || Columns::new("user_id").data_unless_named(DataCategories::POSTS);
    let error = |columns: &Columns, dialect: Dialect| {
        let query = gate.predicate(columns).query(dialect, "posts", "consents");
        let PredicateError::Unsupported { what, .. } = query.unwrap_err() else {
            panic!("another error");
        };
        what
    };
    let numbers = columns().collected_at_in("at", arrow_schema::TimeUnit::Second);
    assert!(error(&numbers, Dialect::DuckDb).starts_with("whole numbers as times"));
    let naive = columns().collected_at("at").zone(UtcOffset::UTC);
    assert!(error(&naive, Dialect::Spark).starts_with("times without a zone"));
    let embedded = columns().consents(TableReader::new());
    assert!(error(&embedded, Dialect::DataFusion).starts_with("consents in columns"));
    let signals = columns().restricted_purposes("restricted");
    assert_eq!(
        error(&signals, Dialect::Polars),
        "columns of restricted purposes"
    );
    let several = gate
        .predicate(&columns().people_in("other"))
        .people_in_lists("id");
    let several = several
        .query(Dialect::DuckDb, "posts", "consents")
        .unwrap_err();
    let words = "DuckDb: a query cannot decide on several columns of lists of people";
    assert_eq!(several.to_string(), words);
}

/// Names of columns are quoted, whatever they contain.
#[test]
fn names_of_columns_cannot_leave_their_quotes() {
    let gate = gate().build().unwrap();
    let columns = Columns::new("a\" OR 1=1 --")
        .collected_at("b` OR 1=1 --")
        .without_signals();
    let columns = columns.data_unless_named(DataCategories::POSTS);
    let query = |dialect| {
        gate.predicate(&columns)
            .query(dialect, "posts", "consents")
            .unwrap()
    };
    for dialect in [Dialect::DuckDb, Dialect::DataFusion, Dialect::Polars] {
        assert!(
            query(dialect).contains("r.\"a\"\" OR 1=1 --\""),
            "{dialect:?}"
        );
    }
    assert!(query(Dialect::Spark).contains("r.`b`` OR 1=1 --`"));
}

/// R16, R17, R18 · What the columns do not say denies: then the query has a condition that nothing meets.
#[test]
fn a_query_denies_what_columns_do_not_say() {
    let never = "1 = 0";
    let query = |gate: &Gate, columns: &Columns| {
        gate.predicate(columns)
            .query(Dialect::DuckDb, "posts", "consents")
            .unwrap()
    };
    let strict = gate().build().unwrap();
    let columns = Columns::new("user_id").collected_at("at").without_signals();
    let columns = columns.data_unless_named(DataCategories::POSTS);
    assert!(!query(&strict, &columns).contains(never));
    let lacking = [
        Columns::new("user_id")
            .without_signals()
            .data_unless_named(DataCategories::POSTS),
        Columns::new("user_id").collected_at("at").without_signals(),
        Columns::new("user_id")
            .collected_at("at")
            .data_unless_named(DataCategories::POSTS),
    ];
    let rules = [Rules::PERIOD, Rules::CATEGORY, Rules::UNRESTRICTED];
    for (columns, rule) in lacking.iter().zip(rules) {
        assert!(query(&strict, columns).contains(never), "{rule}");
        let waiving = gate().waive(rule).build().unwrap();
        assert!(
            !query(&waiving, columns).contains(never),
            "{rule} is waived"
        );
    }
}

/// The filter for Iceberg is JSON, and names what the query names.
#[test]
fn the_filter_for_iceberg_is_an_expression() {
    let gate = gate().build().unwrap();
    let columns = Columns::new("user_id").data_unless_named(DataCategories::POSTS);
    let filter = gate.predicate(&columns).iceberg_filter();
    let filter: serde_json::Value = serde_json::from_str(&filter).unwrap();
    let mut equal = Vec::new();
    let mut open = vec![&filter];
    while let Some(expression) = open.pop() {
        match expression["type"].as_str().unwrap() {
            "and" => open.extend([&expression["left"], &expression["right"]]),
            kind => {
                assert_eq!(kind, "eq");
                equal.push((expression["term"].as_str().unwrap(), &expression["value"]));
            }
        }
    }
    equal.sort_by_key(|(term, _)| *term);
    let digest = serde_json::Value::from(gate.digest().to_string());
    let (yes, no) = (true.into(), false.into());
    let expected = [
        ("covers_posts", &yes),
        ("denied_posts", &no),
        ("gate", &digest),
        ("holds", &yes),
    ];
    assert_eq!(equal, expected);

    // Where rows name their categories, these are left to the join.
    let named = gate.predicate(&Columns::new("user_id").data("category"));
    assert!(!named.iceberg_filter().contains("covers_"));
}

/// Nothing of a person is in what a table shows of itself.
#[test]
fn a_table_shows_nobody() {
    let gate = gate().build().unwrap();
    let ledger: Ledger = [grant().by("alice-secret").record()].into_iter().collect();
    let snapshot = Snapshot::new(&gate, &ledger);
    let shown = format!("{:?}", snapshot.to_table(ledger.digest()));
    assert!(
        !shown.contains("alice-secret") && shown.contains("acme"),
        "{shown}"
    );
}
