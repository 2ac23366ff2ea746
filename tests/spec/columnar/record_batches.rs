//! Record batches: which columns are read, what NULL means, and that a batch is decided on as its rows
//! are. *Source: the docs of `consent_gate::arrow`.*

use std::sync::Arc;

use arrow_array::builder::{
    FixedSizeBinaryBuilder, FixedSizeListBuilder, LargeListBuilder, ListBuilder, StringBuilder,
    StringDictionaryBuilder,
};
use arrow_array::types::{Int32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    LargeStringArray, RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt32Array,
    UInt64Array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use consent_gate::arrow::{BatchesError, ColumnError, Columns};
use consent_gate::interchange::TableReader;
use consent_gate::{
    DataCategories, Decision, EmbeddedRecords, Gate, Ledger, Purposes, Rules, Snapshot,
};
use time::UtcOffset;
use time::macros::offset;

use crate::columns_of_worlds::array;
use crate::world::{COLLECTED_AT, WITHDRAWN_AT, gate, grant, withdrawal};

/// A UUID, and its 16 bytes.
const UUID: &str = "00000000-0000-4000-8000-00000000abcd";
const BYTES: [u8; 16] = 0x0000_0000_0000_4000_8000_0000_0000_abcd_u128.to_be_bytes();

/// The people who granted, one with each form of an id.
const PEOPLE: [&str; 3] = ["7", UUID, "alice"];

fn filed() -> (Gate, Ledger) {
    let records = PEOPLE.map(|id| grant().id(id).by(id).record());
    (gate().build().unwrap(), records.into_iter().collect())
}

fn columns() -> Columns {
    Columns::new("who")
        .collected_at("at")
        .data_unless_named(DataCategories::POSTS)
        .without_signals()
}

fn seconds() -> i64 {
    COLLECTED_AT.unix_timestamp()
}

/// A batch of these people and a time at which all of them had consented.
fn batch_of(people: ArrayRef) -> RecordBatch {
    let times = TimestampSecondArray::from(vec![seconds(); people.len()]).with_timezone("UTC");
    RecordBatch::try_from_iter_with_nullable([("who", people, true), ("at", array(times), true)])
        .unwrap()
}

/// The outcome of each row: `None` is unreadable. A snapshot and a ledger have to agree.
fn decided(columns: &Columns, batch: &RecordBatch) -> Result<Vec<Option<Rules>>, ColumnError> {
    let (gate, ledger) = filed();
    let snapshot = Snapshot::new(&gate, &ledger);
    let failed = |decision: Option<&Decision<'_>>| {
        decision.map(|decision| match decision {
            Decision::Permit(_) => Rules::empty(),
            Decision::Deny(reasons) => reasons.failed(),
        })
    };
    let at_once = columns.decide(batch, &snapshot)?;
    let one_by_one = columns.decide(batch, gate.with(&ledger))?;
    let found: Vec<_> = at_once.decisions().map(failed).collect();
    assert!(one_by_one.decisions().map(failed).eq(found.iter().copied()));
    let embedded = gate.with(EmbeddedRecords::added_to(&ledger));
    let beside = columns.decide(batch, embedded)?;
    assert!(beside.decisions().map(failed).eq(found.iter().copied()));
    assert_eq!(at_once.mask(), one_by_one.mask());
    Ok(found)
}

/// Which rows of a column of people pass. `None` is unreadable.
fn passing(people: ArrayRef) -> Vec<Option<bool>> {
    let found = decided(&columns(), &batch_of(people)).unwrap();
    let passes = |failed: Option<Rules>| failed.map(|rules| rules.is_empty());
    found.into_iter().map(passes).collect()
}

/// A list of texts, each of which may be NULL as the list may be.
type List<'a> = Option<&'a [Option<&'a str>]>;

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);
const UNREADABLE: Option<bool> = None;

/// R1 · A person is found by an id of each type. *Rows: a whole number stands for its decimal text.*
#[test]
fn people_are_found_by_ids_of_each_type() {
    let uuids = FixedSizeBinaryBuilder::with_capacity(3, 16);
    let uuids = [Some(BYTES), None, Some([7; 16])]
        .into_iter()
        .fold(uuids, |mut uuids, id| {
            match id {
                Some(id) => uuids.append_value(id).unwrap(),
                None => uuids.append_null(),
            }
            uuids
        })
        .finish();
    let texts = vec![
        Some("alice"),
        None,
        Some("bob"),
        Some("7"),
        Some(UUID),
        Some(" "),
    ];
    let of_texts = vec![YES, NO, NO, YES, YES, UNREADABLE];
    let decimals = Decimal128Array::from(vec![Some(7), None, Some(8), Some(-7), Some(1 << 64)]);
    let all: [(ArrayRef, Vec<Option<bool>>); 9] = [
        (
            Arc::new(UInt64Array::from(vec![7, 8, u64::MAX])),
            vec![YES, NO, NO],
        ),
        (
            Arc::new(UInt64Array::from(vec![Some(7), None])),
            vec![YES, NO],
        ),
        (
            Arc::new(UInt32Array::from(vec![Some(7), None])),
            vec![YES, NO],
        ),
        (
            Arc::new(Int64Array::from(vec![Some(7), None, Some(-7)])),
            vec![YES, NO, UNREADABLE],
        ),
        (
            Arc::new(decimals.with_precision_and_scale(20, 0).unwrap()),
            vec![YES, NO, NO, UNREADABLE, UNREADABLE],
        ),
        (Arc::new(uuids), vec![YES, NO, NO]),
        (Arc::new(StringArray::from(texts.clone())), of_texts.clone()),
        (
            Arc::new(LargeStringArray::from(texts.clone())),
            of_texts.clone(),
        ),
        (Arc::new(StringViewArray::from(texts)), of_texts),
    ];
    for (people, expected) in all {
        let found = people.data_type().clone();
        assert_eq!(passing(people), expected, "{found}");
    }
}

/// R1 · A dictionary names people as its values do, and a NULL key or value names nobody.
#[test]
fn a_dictionary_is_read_as_its_values() {
    let mut texts = StringDictionaryBuilder::<Int32Type>::new();
    for id in ["alice", "bob", "alice"] {
        texts.append_value(id);
    }
    texts.append_null();
    assert_eq!(passing(Arc::new(texts.finish())), [YES, NO, YES, NO]);

    let keys = Int32Array::from(vec![Some(1), Some(0), None, Some(2)]);
    let values = Arc::new(Int64Array::from(vec![None, Some(7), Some(-1)]));
    let numbers = DictionaryArray::<Int32Type>::try_new(keys, values).unwrap();
    assert_eq!(passing(Arc::new(numbers)), [YES, NO, NO, UNREADABLE]);

    let nothing = DictionaryArray::<Int32Type>::try_new(
        Int32Array::from(vec![None, None]),
        Arc::new(UInt64Array::from(Vec::<u64>::new())),
    );
    assert_eq!(passing(Arc::new(nothing.unwrap())), [NO, NO]);
}

/// R1 · Of a list of people all have to permit. An empty list and NULL are nobody, and a list with a
/// NULL in it is unreadable.
#[test]
fn of_several_people_all_have_to_permit() {
    let rows: [(List<'_>, Option<bool>); 8] = [
        (Some(&[Some("alice"), Some("7"), Some("alice")]), YES),
        (Some(&[Some("alice"), Some("bob")]), NO),
        (Some(&[]), NO),
        (None, NO),
        (Some(&[Some("alice"), None]), UNREADABLE),
        (Some(&[Some("alice"), Some("")]), UNREADABLE),
        (Some(&[Some("bob"), Some("alice")]), NO),
        (Some(&[Some(UUID)]), YES),
    ];
    let mut small = ListBuilder::new(StringBuilder::new());
    let mut large = LargeListBuilder::new(StringBuilder::new());
    for (row, _) in rows {
        for id in row.unwrap_or_default() {
            small.values().append_option(*id);
            large.values().append_option(*id);
        }
        small.append(row.is_some());
        large.append(row.is_some());
    }
    let expected = rows.map(|(_, expected)| expected);
    assert_eq!(passing(Arc::new(small.finish())), expected);
    assert_eq!(passing(Arc::new(large.finish())), expected);
    // A part of an array, whose lists start in the middle.
    let mut part = ListBuilder::new(StringBuilder::new());
    for id in ["bob", "alice", "bob"] {
        part.values().append_value(id);
        part.append(true);
    }
    assert_eq!(passing(Arc::new(part.finish().slice(1, 1))), [YES]);

    let mut pairs = FixedSizeListBuilder::new(StringBuilder::new(), 2);
    for (one, other, is_valid) in [
        ("alice", "7", true),
        ("alice", "bob", true),
        ("alice", "7", false),
    ] {
        pairs.values().append_value(one);
        pairs.values().append_value(other);
        pairs.append(is_valid);
    }
    assert_eq!(passing(Arc::new(pairs.finish())), [YES, NO, NO]);
}

/// R1 · A row is about the people of all columns that are named, and is unreadable when one of them has
/// nobody.
#[test]
fn people_of_several_columns_all_have_to_permit() {
    let authors: ArrayRef = Arc::new(StringArray::from(vec!["alice", "alice", "alice"]));
    let quoted: ArrayRef = Arc::new(UInt64Array::from(vec![Some(7), Some(8), None]));
    let batch = batch_of(authors);
    let mut all = batch.columns().to_vec();
    all.push(quoted);
    let fields = batch.schema_ref().fields().iter().cloned();
    let quoted = Arc::new(Field::new("quoted", DataType::UInt64, true));
    let schema = Schema::new(fields.chain([quoted]).collect::<Vec<_>>());
    let batch = RecordBatch::try_new(Arc::new(schema), all).unwrap();
    let found = decided(&columns().people_in("quoted"), &batch).unwrap();
    let passes = found
        .iter()
        .map(|failed| failed.map(|rules| rules.is_empty()));
    assert_eq!(passes.collect::<Vec<_>>(), [YES, NO, UNREADABLE]);
}

/// R1 · A column of floating-point numbers is refused, because it rounds ids above 2^53, and so is any
/// other type that is not one of ids.
#[test]
fn a_column_that_rounds_ids_is_refused() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![7.0]));
    let error = decided(&columns(), &batch_of(floats)).unwrap_err();
    let message = "column `who`: expected ids of people, found Float64, which rounds ids above 2^53 to \
                   those of others; read the ids from their source as whole numbers or as texts";
    assert_eq!(error.to_string(), message);
    let keys = Int32Array::from(vec![0]);
    let values = Arc::new(Float64Array::from(vec![7.0]));
    let floats = DictionaryArray::<Int32Type>::try_new(keys, values).unwrap();
    let error = decided(&columns(), &batch_of(Arc::new(floats))).unwrap_err();
    assert!(matches!(error, ColumnError::Rounded { .. }));
    let others: [ArrayRef; 2] = [
        Arc::new(arrow_array::BooleanArray::from(vec![true])),
        Arc::new(
            Decimal128Array::from(vec![70])
                .with_precision_and_scale(10, 1)
                .unwrap(),
        ),
    ];
    for other in others {
        let error = decided(&columns(), &batch_of(other)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("column `who`: expected ids of people")
        );
    }
}

/// A column that is missing is an error that names one of nearly the same name, and a name that is
/// there twice is one too.
#[test]
fn a_column_is_there_once() {
    let people: ArrayRef = Arc::new(UInt64Array::from(vec![7]));
    let batch = RecordBatch::try_from_iter([("user_id", people.clone())]).unwrap();
    let error = decided(&Columns::new("userid"), &batch).unwrap_err();
    let message = "column `userid`: not in the batch; did you mean `user_id`?";
    assert_eq!(error.to_string(), message);
    let batch = RecordBatch::try_from_iter([("who", people.clone()), ("who", people)]).unwrap();
    let error = decided(&Columns::new("who"), &batch).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `who`: the batch has two of this name"
    );
}

/// The outcomes of rows of one person with these times.
fn at(columns: &Columns, times: ArrayRef) -> Result<Vec<Option<Rules>>, ColumnError> {
    let people = UInt64Array::from(vec![7; times.len()]);
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("who", array(people), false),
        ("at", times, true),
    ]);
    decided(columns, &batch.unwrap())
}

/// R16 · Timestamps of each unit are read, with whatever zone they have. NULL leaves R16 unproven, and a
/// time before the grant does not pass.
#[test]
fn timestamps_of_each_unit_are_read() {
    let before = crate::world::GIVEN_AT.unix_timestamp() - 1;
    let expected = [
        Some(Rules::empty()),
        Some(Rules::PERIOD),
        Some(Rules::PERIOD),
    ];
    let of = |parts: i64| vec![Some(seconds() * parts), None, Some(before * parts)];
    let zone = "+02:00";
    let all: [ArrayRef; 4] = [
        Arc::new(TimestampSecondArray::from(of(1)).with_timezone(zone)),
        Arc::new(TimestampMillisecondArray::from(of(1_000)).with_timezone(zone)),
        Arc::new(TimestampMicrosecondArray::from(of(1_000_000)).with_timezone("Europe/Berlin")),
        Arc::new(TimestampNanosecondArray::from(of(1_000_000_000)).with_timezone(zone)),
    ];
    for times in all {
        let found = times.data_type().clone();
        assert_eq!(at(&columns(), times).unwrap(), expected, "{found}");
    }
    let impossible = TimestampSecondArray::from(vec![i64::MAX, i64::MIN]).with_timezone("UTC");
    assert_eq!(at(&columns(), Arc::new(impossible)).unwrap(), [None, None]);
}

/// R16 · Timestamps without a zone are refused until a zone is named, and are then at the time that
/// clocks in it showed.
#[test]
fn timestamps_without_a_zone_need_one() {
    let given = crate::world::GIVEN_AT.unix_timestamp();
    let times = || -> ArrayRef { Arc::new(TimestampSecondArray::from(vec![given])) };
    let error = at(&columns(), times()).unwrap_err();
    let message = "column `at`: its timestamps have no zone; name it, if it is known";
    assert_eq!(error.to_string(), message);
    let failed = |zone: UtcOffset| at(&columns().zone(zone), times()).unwrap();
    assert_eq!(failed(offset!(UTC)), [Some(Rules::empty())]);
    assert_eq!(failed(offset!(-02:00)), [Some(Rules::empty())]);
    assert_eq!(failed(offset!(+02:00)), [Some(Rules::PERIOD)]);
}

/// R16 · Whole numbers are times of the unit that is named. One before 1990 is mostly in another unit,
/// and makes its row unreadable.
#[test]
fn whole_numbers_need_a_unit() {
    let times = |time: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![time])) };
    let error = at(&columns(), times(seconds())).unwrap_err();
    let message = "column `at`: expected timestamps, found whole numbers; name their unit";
    assert_eq!(error.to_string(), message);
    let in_unit = |unit, time| {
        let columns = columns().collected_at_in("at", unit);
        at(&columns, times(time)).unwrap()
    };
    let passes = [Some(Rules::empty())];
    assert_eq!(in_unit(TimeUnit::Second, seconds()), passes);
    assert_eq!(in_unit(TimeUnit::Millisecond, seconds() * 1_000), passes);
    assert_eq!(in_unit(TimeUnit::Millisecond, seconds()), [None]);
    assert_eq!(in_unit(TimeUnit::Second, seconds() * 1_000), [None]);
    let large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let columns = columns().collected_at_in("at", TimeUnit::Nanosecond);
    assert_eq!(at(&columns, large).unwrap().len(), 1);
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["2024-10-01T00:00:00Z"]));
    let error = at(&columns, texts).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `at`: expected timestamps, found Utf8"
    );
}

/// The outcomes of rows of one person with a column of names.
fn named(columns: &Columns, names: ArrayRef) -> Result<Vec<Option<Rules>>, ColumnError> {
    let people: ArrayRef = Arc::new(UInt64Array::from(vec![7; names.len()]));
    let times = TimestampSecondArray::from(vec![seconds(); names.len()]).with_timezone("UTC");
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("who", people, false),
        ("at", array(times), true),
        ("names", names, true),
    ]);
    decided(columns, &batch.unwrap())
}

fn lists(rows: &[List<'_>]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in rows {
        for name in row.unwrap_or_default() {
            lists.values().append_option(*name);
        }
        lists.append(row.is_some());
    }
    Arc::new(lists.finish())
}

/// R17 · Categories are read by their names, alone or in a list. NULL is a row that names none, and an
/// unknown name makes its row unreadable.
#[test]
fn categories_are_read_by_their_names() {
    let columns = columns().data("names");
    let names = StringArray::from(vec![Some("posts"), Some("media"), None, Some("Posts")]);
    let expected = [
        Some(Rules::empty()),
        Some(Rules::CATEGORY),
        Some(Rules::empty()),
        None,
    ];
    assert_eq!(named(&columns, Arc::new(names)).unwrap(), expected);
    let names = lists(&[
        Some(&[Some("posts"), Some("media")]),
        Some(&[]),
        None,
        Some(&[Some("posts"), None]),
    ]);
    let expected = [
        Some(Rules::CATEGORY),
        Some(Rules::CATEGORY),
        Some(Rules::empty()),
        None,
    ];
    assert_eq!(named(&columns, names).unwrap(), expected);
    let mut names = StringDictionaryBuilder::<UInt64Type>::new();
    names.append_value("posts");
    names.append_null();
    let expected = [Some(Rules::empty()), Some(Rules::empty())];
    assert_eq!(named(&columns, Arc::new(names.finish())).unwrap(), expected);
    let error = named(&columns, Arc::new(UInt64Array::from(vec![1]))).unwrap_err();
    let message =
        "column `names`: expected names: texts, dictionaries or lists of texts, found UInt64";
    assert_eq!(error.to_string(), message);
}

/// R18 · Restricted purposes withhold, NULL is signals that were not read, and without a word about
/// signals no row passes.
#[test]
fn restricted_purposes_withhold() {
    let restricted = columns().restricted_purposes("names");
    let names = lists(&[
        Some(&[]),
        Some(&[Some("train-generative")]),
        Some(&[Some("search")]),
        None,
        Some(&[Some("everything")]),
    ]);
    let expected = [
        Some(Rules::empty()),
        Some(Rules::UNRESTRICTED),
        Some(Rules::empty()),
        Some(Rules::UNRESTRICTED),
        None,
    ];
    assert_eq!(named(&restricted, names).unwrap(), expected);
    let silent = Columns::new("who")
        .collected_at("at")
        .data_unless_named(DataCategories::POSTS);
    let found = decided(&silent, &batch_of(Arc::new(UInt64Array::from(vec![7]))));
    assert_eq!(found.unwrap(), [Some(Rules::UNRESTRICTED)]);
    let purposes = Purposes::from_names("train-generative").unwrap();
    assert!(gate().build().unwrap().purposes().contains(purposes));
}

/// What is not said about the columns denies.
#[test]
fn columns_that_are_not_named_deny() {
    let batch = batch_of(Arc::new(UInt64Array::from(vec![7])));
    let found = decided(&Columns::new("who"), &batch).unwrap();
    let silent = Rules::PERIOD | Rules::CATEGORY | Rules::UNRESTRICTED;
    assert_eq!(found, [Some(silent)]);
}

/// The rows that pass are a witness with the grant of each, and all others have their reasons.
#[test]
fn a_batch_is_taken_apart_into_a_witness_and_reasons() {
    let (gate, mut ledger) = filed();
    ledger.insert(withdrawal().id("w").by("alice").at(WITHDRAWN_AT).record());
    let snapshot = Snapshot::new(&gate, &ledger);
    let people = StringArray::from(vec![Some("7"), Some("alice"), Some(""), None, Some(UUID)]);
    let batch = batch_of(Arc::new(people));
    let decided = columns().decide(&batch, &snapshot).unwrap();

    let names = |lists: arrow_array::ListArray| -> Vec<Option<Vec<String>>> {
        let texts = |list: ArrayRef| {
            let texts = list.as_any().downcast_ref::<StringArray>().unwrap();
            texts.iter().flatten().map(str::to_owned).collect()
        };
        lists.iter().map(|list| list.map(texts)).collect()
    };
    let some = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
    let unproven = [some(&[]), some(&[]), None, some(&["ON_RECORD"]), some(&[])];
    assert_eq!(names(decided.unproven()), unproven);
    let contradicted = [some(&[]), some(&["STANDING"]), None, some(&[]), some(&[])];
    assert_eq!(names(decided.contradicted()), contradicted);
    let unreadable = decided.unreadable();
    assert_eq!(unreadable.null_count(), 4);
    assert_eq!(
        unreadable.value(2),
        "people: expected an id that is not blank"
    );
    let report = decided.report();
    let counts = [
        report.seen(),
        report.consented(),
        report.withheld(),
        report.unreadable(),
    ];
    assert_eq!(counts, [5, 2, 2, 1]);
    assert!(!format!("{decided:?}").contains("alice"));

    let consented = decided.consented().unwrap();
    assert_eq!(consented.num_rows(), 2);
    assert!(consented.grants().iter().eq(["7", UUID]));
    assert_eq!(consented.gate(), &gate);
    let owned = consented.into_owned();
    assert!(owned.grants().iter().eq(["7", UUID]));
    let people = owned.into_inner();
    let people = people.column(0).as_any().downcast_ref::<StringArray>();
    assert!(people.unwrap().iter().eq([Some("7"), Some(UUID)]));
}

/// Batches in, consented batches out: errors pass through, a batch without a row that passes is left
/// out, and the counts add up.
#[test]
fn batches_pass_one_after_the_other() {
    let (gate, ledger) = filed();
    let snapshot = Snapshot::new(&gate, &ledger);
    let batch = |ids: Vec<u64>| batch_of(Arc::new(UInt64Array::from(ids)));
    let torn = ArrowError::ParseError("torn".to_owned());
    let other = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let read = vec![
        Ok(batch(vec![7, 8])),
        Err(torn),
        Ok(batch(vec![9])),
        Ok(other),
        Ok(batch(vec![7])),
    ];
    let mut batches = columns().consented(read, &snapshot);
    assert_eq!(batches.next().unwrap().unwrap().num_rows(), 1);
    assert!(matches!(
        batches.next(),
        Some(Err(BatchesError::Reader(ArrowError::ParseError(_))))
    ));
    let missing = batches.next().unwrap().unwrap_err();
    assert_eq!(missing.to_string(), "column `who`: not in the batch");
    assert_eq!(batches.next().unwrap().unwrap().num_rows(), 1);
    assert!(batches.next().is_none());
    let report = batches.report();
    assert_eq!(
        [report.seen(), report.consented(), report.withheld()],
        [4, 2, 2]
    );
}

/// R15 · A row may have a consent record in columns of its own. A withdrawal in it counts for that row, a
/// record that cannot be read makes the row unreadable, and a snapshot alone withholds what it cannot
/// assess.
#[test]
fn a_row_may_have_a_consent_in_columns_of_its_own() {
    let texts = |texts: Vec<Option<&str>>| array(StringArray::from(texts));
    let rows = 4;
    let times = TimestampSecondArray::from(vec![seconds(); rows]).with_timezone("UTC");
    let withdrawn = TimestampSecondArray::from(vec![WITHDRAWN_AT.unix_timestamp(); rows]);
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("who", texts(vec![Some("7"); rows]), true),
        ("at_time", array(times), true),
        ("text", texts(vec![Some("hi"); rows]), true),
        (
            "consent",
            texts(vec![None, Some("w"), Some("n"), Some("x")]),
            true,
        ),
        (
            "of",
            texts(vec![None, Some("7"), Some("alice"), Some("7")]),
            true,
        ),
        (
            "status",
            texts(vec![
                None,
                Some("withdrawn"),
                Some("withdrawn"),
                Some("maybe"),
            ]),
            true,
        ),
        ("at", array(withdrawn.with_timezone("UTC")), true),
    ])
    .unwrap();
    let at = batch.column(6).slice(1, 3);
    let none = arrow_array::new_null_array(at.data_type(), 1);
    let at = arrow_select::concat::concat(&[&none, &at]).unwrap();
    let mut columns_of = batch.columns().to_vec();
    columns_of[6] = at;
    let batch = RecordBatch::try_new(batch.schema(), columns_of).unwrap();
    let reader = TableReader::new();
    let reader = reader
        .column("consent", "id")
        .unwrap()
        .column("of", "subject")
        .unwrap();
    let reader = ["who", "at_time", "text"]
        .into_iter()
        .fold(reader, TableReader::pass_over);
    let columns = columns().collected_at("at_time").consents(reader);
    let (gate, ledger) = filed();
    let outcomes = |decided: &consent_gate::arrow::DecidedBatch<'_>| -> Vec<Option<Rules>> {
        let failed = |decision: &Decision<'_>| match decision {
            Decision::Permit(_) => Rules::empty(),
            Decision::Deny(reasons) => reasons.failed(),
        };
        decided
            .decisions()
            .map(|decision| decision.map(failed))
            .collect()
    };
    let none = Rules::empty();
    let expected = [Some(none), Some(Rules::STANDING), Some(none), None];
    let added = gate.with(EmbeddedRecords::added_to(&ledger));
    assert_eq!(outcomes(&columns.decide(&batch, added).unwrap()), expected);
    let snapshot = Snapshot::new(&gate, &ledger);
    let beside = snapshot.with_embedded(&ledger);
    assert_eq!(outcomes(&columns.decide(&batch, beside).unwrap()), expected);
    let alone = outcomes(&columns.decide(&batch, &snapshot).unwrap());
    assert_eq!(alone[0], Some(none));
    assert!(
        alone[1..3]
            .iter()
            .all(|failed| failed.unwrap().contains(Rules::READABLE))
    );
    assert_eq!(alone[3], None);
    let names: Vec<&str> = columns.names().collect();
    assert!(names.contains(&"of") && !names.contains(&"text"));
    let unknown = columns
        .decide(&batch.project(&[0, 1, 2, 3]).unwrap(), &snapshot)
        .unwrap_err();
    assert!(
        unknown
            .to_string()
            .starts_with("embedded consents: column `of`"),
        "{unknown}"
    );
}

/// A replay says of columns what would have passed, and lets nothing pass.
#[test]
fn a_replay_decides_on_columns() {
    let (gate, ledger) = filed();
    let replay = gate.replay();
    let snapshot = Snapshot::new(&replay, &ledger);
    let batch = batch_of(Arc::new(UInt64Array::from(vec![7, 8])));
    let decided = columns().decide(&batch, &snapshot).unwrap();
    assert_eq!(
        decided.mask(),
        arrow_array::BooleanArray::from(vec![true, false])
    );
}
