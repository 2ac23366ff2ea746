//! Rows of random worlds as a query is asked about them: a number for each row, times in microseconds, and one
//! category a row, or the same for all rows.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, TimestampNanosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::filter::filter_record_batch;
use consent_gate::arrow::Columns;
use consent_gate::decision_table::Predicate;
use consent_gate::{DataCategories, Gate, Snapshot};

use crate::columns_of_worlds::{Case, array};

/// Rows, the query about them, and the rows that pass.
pub(crate) struct Asked {
    /// `row`, `people`, `at`, `restricted` and, where rows name them, `data`.
    pub(crate) rows: RecordBatch,
    pub(crate) predicate: Predicate,
    pub(crate) expected: Vec<i64>,
    /// An engine may refuse it.
    pub(crate) may_fail: bool,
}

/// What the gate makes of everyone's consents.
pub(crate) fn table(case: &Case) -> Vec<RecordBatch> {
    let snapshot = Snapshot::new(&case.gate, &case.ledger);
    let table = snapshot.to_table(case.ledger.digest());
    table.collect::<Result<_, _>>().unwrap()
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    batch.column_by_name(name).unwrap()
}

/// The names in each list, or `None` for NULL.
fn names(lists: &ArrayRef) -> Vec<Option<Vec<String>>> {
    let lists = lists.as_list::<i32>().iter();
    let names = lists.map(|list| {
        let list = list?;
        let names = list.as_string::<i32>().iter().flatten();
        Some(names.map(str::to_owned).collect())
    });
    names.collect()
}

/// The rows for which `is_asked` is true, numbered.
fn only(case: &Case, is_asked: impl Fn(usize) -> bool) -> (RecordBatch, Vec<i64>) {
    let times = column(&case.batch, "at").as_primitive::<TimestampNanosecondType>();
    let in_microseconds = times.iter().map(|at| at.map(|at| at.div_euclid(1_000)));
    let in_microseconds: TimestampMicrosecondArray = in_microseconds.collect();
    let is_whole = |row: usize| times.is_null(row) || times.value(row) % 1_000 == 0;
    let asked = (0..case.batch.num_rows()).map(|row| is_whole(row) && is_asked(row));
    let asked: BooleanArray = asked.map(Some).collect();
    let numbers = 0..i64::try_from(case.batch.num_rows()).unwrap();
    let passing = case
        .mask()
        .into_iter()
        .zip(numbers.clone())
        .zip(asked.values().iter());
    let passing =
        passing.filter_map(|((passes, row), is_asked)| (passes && is_asked).then_some(row));
    let passing = passing.collect();
    let rows = RecordBatch::try_from_iter_with_nullable([
        ("row", array(Int64Array::from_iter_values(numbers)), false),
        ("people", column(&case.batch, "people").clone(), true),
        ("at", array(in_microseconds.with_timezone("UTC")), true),
        ("data", column(&case.batch, "data").clone(), true),
        (
            "restricted",
            column(&case.batch, "restricted").clone(),
            true,
        ),
    ]);
    (
        filter_record_batch(&rows.unwrap(), &asked).unwrap(),
        passing,
    )
}

/// The rows with another column of categories, or with none.
fn with_data(rows: &RecordBatch, data: Option<ArrayRef>) -> RecordBatch {
    let schema = rows.schema();
    let others = schema
        .fields()
        .iter()
        .cloned()
        .zip(rows.columns().iter().cloned());
    let mut all: Vec<(Arc<Field>, ArrayRef)> =
        others.filter(|(field, _)| field.name() != "data").collect();
    let data = data.map(|data| {
        (
            Arc::new(Field::new("data", data.data_type().clone(), true)),
            data,
        )
    });
    all.extend(data);
    let (fields, columns): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// The same rows with a table that was made for another gate, with times that state no zone, and with people
/// who are numbers with a fraction: none passes.
fn none_pass(case: &Case, asked: &Asked) -> Vec<Asked> {
    let with = |name: &str, column: ArrayRef| {
        let position = asked.rows.schema().index_of(name).unwrap();
        let mut fields = asked.rows.schema().fields().to_vec();
        fields[position] = Arc::new(Field::new(name, column.data_type().clone(), true));
        let mut columns = asked.rows.columns().to_vec();
        columns[position] = column;
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    };
    let none = |rows: RecordBatch, predicate: Predicate| Asked {
        rows,
        predicate,
        expected: Vec::new(),
        may_fail: true,
    };
    let another = Gate::builder("another", case.gate.purposes(), case.gate.as_of());
    let another = another.build().unwrap();
    let times = column(&asked.rows, "at").as_primitive::<TimestampMicrosecondType>();
    let naive = times.clone().with_timezone_opt(None::<String>);
    let floats: Float64Array = (0..asked.rows.num_rows()).map(|_| Some(7.0)).collect();
    let columns = Columns::new("people").collected_at("at").without_signals();
    let columns = columns.data_unless_named(DataCategories::POSTS);
    vec![
        Asked {
            predicate: another.predicate(&columns),
            may_fail: matches!(column(&asked.rows, "people").data_type(), DataType::List(_)),
            ..none(asked.rows.clone(), asked.predicate.clone())
        },
        none(with("at", array(naive)), asked.predicate.clone()),
        none(with("people", array(floats)), case.gate.predicate(&columns)),
    ]
}

/// The rows of a case as queries are asked about them. Rows whose people are bytes are in none: no engine takes
/// them for the text of an id.
pub(crate) fn asked(case: &Case) -> Vec<Asked> {
    let people = column(&case.batch, "people").data_type().clone();
    if matches!(people, DataType::FixedSizeBinary(_)) {
        return Vec::new();
    }
    let predicate = |columns: &Columns| {
        let predicate = case.gate.predicate(columns);
        match people {
            DataType::List(_) => predicate.people_in_lists("row"),
            _ => predicate,
        }
    };
    let columns = || Columns::new("people").collected_at("at");
    let data = names(column(&case.batch, "data"));
    let restricted = names(column(&case.batch, "restricted"));
    let mut all = Vec::new();

    // Rows that name one category, or none.
    let is_one = |row: usize| data[row].as_ref().is_none_or(|names| names.len() == 1);
    let (rows, expected) = only(case, is_one);
    let one: StringArray = names(column(&rows, "data"))
        .into_iter()
        .map(|names| names.and_then(|names| names.into_iter().next()))
        .collect();
    all.push(Asked {
        rows: with_data(&rows, Some(array(one))),
        predicate: predicate(&columns().data("data").restricted_purposes("restricted")),
        expected,
        may_fail: false,
    });

    // Rows of the same categories, with signals and without.
    let of_all: Vec<Vec<String>> = data
        .iter()
        .map(|names| names.clone().unwrap_or_default())
        .collect();
    let Some(some) = of_all.iter().max_by_key(|names| {
        let same = of_all.iter().filter(|other| other == names).count();
        (!names.is_empty(), same)
    }) else {
        return all;
    };
    let categories = some
        .iter()
        .map(|name| name.parse::<DataCategories>().unwrap());
    let categories = categories.collect::<DataCategories>();
    for has_no_signals in [false, true] {
        let is_asked = |row: usize| {
            let has_none = restricted[row].as_ref().is_some_and(Vec::is_empty);
            of_all[row] == *some && (has_none || !has_no_signals)
        };
        let (rows, expected) = only(case, is_asked);
        let columns = columns().data_unless_named(categories);
        let columns = if has_no_signals {
            columns.without_signals()
        } else {
            columns.restricted_purposes("restricted")
        };
        all.push(Asked {
            rows: with_data(&rows, None),
            predicate: predicate(&columns),
            expected,
            may_fail: false,
        });
    }
    all.extend(none_pass(case, &all[all.len() - 1]));
    all
}
