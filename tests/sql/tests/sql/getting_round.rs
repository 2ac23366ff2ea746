//! Queries that try to see a row that did not pass. Each is tried on rows in memory, in Parquet and in CSV,
//! with statistics collected and filters pushed down.

use std::fs;
use std::sync::{Arc, Mutex};

use consent_gate::datafusion::GatedTable;
use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::common::stats::Precision;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::physical_plan::displayable;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::prelude::{CsvReadOptions, SessionContext};

use crate::posts::{Kept, SECRET, Session, columns, config, snapshot};

const KEPT: [Kept; 3] = [Kept::Memory, Kept::Parquet, Kept::Csv];

/// The first column of the answer, for rows wherever they are kept.
async fn answers(sql: &str, expected: &[&str]) {
    for kept in KEPT {
        let session = Session::new(kept).await;
        assert_eq!(session.column(sql).await, expected, "{kept:?}: {sql}");
    }
}

/// The query is an error, and neither that nor anything else of it has what no query may see.
async fn refuses(sql: &str, why: &str) {
    for kept in KEPT {
        let session = Session::new(kept).await;
        let error = session.answer(sql).await.unwrap_err();
        assert!(error.contains(why), "{kept:?}: {error}");
        assert!(!error.contains(SECRET), "{kept:?}: {error}");
    }
}

/// A function that writes down what it sees, and is true.
fn spy(context: &SessionContext) -> Arc<Mutex<Vec<String>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let function = move |values: &[ColumnarValue]| {
        let array = values[0].to_array(1)?;
        let texts = datafusion::arrow::compute::cast(&array, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        let mut seen = noted.lock().unwrap();
        seen.extend(texts.iter().flatten().map(str::to_owned));
        Ok(ColumnarValue::Array(Arc::new(BooleanArray::from(
            vec![true; texts.len()],
        ))))
    };
    let text = vec![DataType::Utf8];
    // One that claims to be immutable is moved as far down as it goes.
    let udf = create_udf(
        "spy",
        text,
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(function),
    );
    context.register_udf(udf);
    seen
}

async fn is_spied_on_public_rows(sql: &str) {
    for kept in KEPT {
        let session = Session::new(kept).await;
        let seen = spy(&session.context);
        session.answer(sql).await.unwrap();
        let mut seen = seen.lock().unwrap().clone();
        seen.sort();
        seen.dedup();
        assert_eq!(
            seen,
            ["public 2", "public 4", "public 6"],
            "{kept:?}: {sql}"
        );
    }
}

/// 1 · A filter with a side effect.
#[tokio::test]
async fn a_filter_with_a_side_effect_sees_rows_that_passed() {
    is_spied_on_public_rows("SELECT count(*) FROM posts WHERE spy(text)").await;
}

/// 2 · A filter with a side effect before one that is cheaper.
#[tokio::test]
async fn a_filter_that_is_moved_before_another_sees_rows_that_passed() {
    is_spied_on_public_rows("SELECT x FROM posts WHERE spy(text) AND user_id >= 0").await;
}

/// 3 · A side effect in what is selected.
#[tokio::test]
async fn a_projection_with_a_side_effect_sees_rows_that_passed() {
    is_spied_on_public_rows("SELECT spy(text) FROM posts").await;
}

/// 4 · A side effect in the condition of a join.
#[tokio::test]
async fn the_condition_of_a_join_sees_rows_that_passed() {
    is_spied_on_public_rows("SELECT 1 FROM people JOIN posts ON column1 <> x AND spy(text)").await;
}

/// 5 · An error that only a withheld row causes.
#[tokio::test]
async fn a_division_that_fails_on_a_withheld_row_does_not_fail() {
    answers(
        "SELECT 1 / (x - 5) FROM posts ORDER BY x",
        &["0", "-1", "1"],
    )
    .await;
}

/// 6 · The same in a filter.
#[tokio::test]
async fn a_filter_that_fails_on_a_withheld_row_does_not_fail() {
    answers(
        "SELECT x FROM posts WHERE 1 / (x - 5) < 1 ORDER BY x",
        &["2", "4"],
    )
    .await;
}

/// 7 · An error that quotes the value.
#[tokio::test]
async fn a_cast_that_fails_on_a_withheld_row_does_not_fail() {
    answers(
        "SELECT CAST(amount AS BIGINT) AS n FROM posts ORDER BY n",
        &["2", "4", "6"],
    )
    .await;
}

/// 8 · The number of rows, from statistics.
#[tokio::test]
async fn rows_that_passed_are_counted() {
    answers("SELECT count(*) FROM posts", &["3"]).await;
    answers("SELECT count(text) FROM posts", &["3"]).await;
    answers("SELECT count(1) FROM posts WHERE x > 0", &["3"]).await;
}

/// 9 · The least and the greatest, from statistics.
#[tokio::test]
async fn the_least_and_the_greatest_are_of_rows_that_passed() {
    answers("SELECT min(x) FROM posts", &["2"]).await;
    answers("SELECT max(text) FROM posts", &["public 6"]).await;
    answers("SELECT min(text) FROM posts", &["public 2"]).await;
    answers("SELECT sum(x) FROM posts", &["12"]).await;
}

/// 10 · A limit that counts withheld rows.
#[tokio::test]
async fn a_limit_counts_rows_that_passed() {
    answers("SELECT count(*) FROM (SELECT x FROM posts LIMIT 3)", &["3"]).await;
    answers(
        "SELECT count(*) FROM (SELECT x FROM posts LIMIT 9 OFFSET 2)",
        &["1"],
    )
    .await;
    answers("SELECT x FROM posts ORDER BY x LIMIT 1 OFFSET 1", &["4"]).await;
}

/// 11 · The top of an order, whose threshold is pushed down while the query runs.
#[tokio::test]
async fn the_top_of_an_order_is_of_rows_that_passed() {
    answers(
        "SELECT text FROM posts ORDER BY text LIMIT 1",
        &["public 2"],
    )
    .await;
    answers(
        "SELECT text FROM posts ORDER BY x DESC LIMIT 2",
        &["public 6", "public 4"],
    )
    .await;
}

/// What EXPLAIN says: a gate, and nothing below it.
async fn explains_nothing_below(explain: &str) {
    for kept in KEPT {
        let session = Session::new(kept).await;
        let sql = format!("{explain} SELECT text FROM posts WHERE text > 'A' AND x > 1 LIMIT 5");
        let answer = session.answer(&sql).await.unwrap();
        assert!(answer.contains("GateExec"), "{answer}");
        let folder = session.folder.path().file_name().unwrap();
        for hidden in [
            SECRET,
            "DataSource",
            "parquet",
            "csv",
            folder.to_str().unwrap(),
        ] {
            assert!(!answer.contains(hidden), "{kept:?}: {hidden} in {answer}");
        }
        // Six rows were read. A limit of five is the query's own number.
        for count in ["output_rows=6", "Exact(6)", "Inexact(6)"] {
            assert!(!answer.contains(count), "{kept:?}: {count} in {answer}");
        }
        let gates = answer.lines().filter(|line| line.contains("GateExec"));
        for gate in gates.filter(|line| line.contains("statistics=")) {
            assert!(gate.contains("Rows=Absent"), "{kept:?}: {gate}");
        }
    }
}

/// 12 · The plan.
#[tokio::test]
async fn explain_shows_a_gate_and_nothing_below() {
    explains_nothing_below("EXPLAIN").await;
    explains_nothing_below("EXPLAIN VERBOSE").await;
}

/// 13 · The numbers of a run.
#[tokio::test]
async fn explain_analyze_counts_rows_that_passed() {
    explains_nothing_below("EXPLAIN ANALYZE").await;
    explains_nothing_below("EXPLAIN ANALYZE VERBOSE").await;
}

/// 14 · Statistics and filters, asked for in code.
#[tokio::test]
async fn the_plan_has_no_statistics_and_takes_no_filters() {
    for kept in KEPT {
        let session = Session::new(kept).await;
        assert_eq!(session.table.statistics(), None);
        assert_eq!(session.table.constraints(), None);
        let frame = session.context.table("posts").await.unwrap();
        let plan = frame.create_physical_plan().await.unwrap();
        // The engine puts a step on top that yields to other tasks.
        let plan = Arc::clone(plan.children()[0]);
        let shown = displayable(&*plan).one_line().to_string();
        assert_eq!(shown.trim(), "GateExec: trainer=acme");
        assert!(plan.children().is_empty() && plan.metrics().is_none());
        let statistics = StatisticsContext::new().compute(&*plan, &StatisticsArgs::new());
        let statistics = statistics.unwrap();
        assert_eq!(statistics.num_rows, Precision::Absent);
        let columns = statistics.column_statistics.iter();
        assert!(
            columns
                .clone()
                .all(|column| column.max_value == Precision::Absent)
        );
        assert!(
            columns
                .clone()
                .all(|column| column.min_value == Precision::Absent)
        );
    }
}

/// 15 · Joins, which leave traces of rows that do not match.
#[tokio::test]
async fn joins_are_with_rows_that_passed() {
    let join = |kind: &str| {
        format!("SELECT column1 FROM people {kind} JOIN posts ON column1 = x ORDER BY column1")
    };
    answers(&join("INNER"), &["2", "4", "6"]).await;
    answers(&join("LEFT ANTI"), &["1", "3", "5"]).await;
    answers(&join("LEFT SEMI"), &["2", "4", "6"]).await;
    answers(
        "SELECT count(*) FROM people FULL JOIN posts ON column1 = x + 10",
        &["9"],
    )
    .await;
    answers("SELECT count(*) FROM posts a CROSS JOIN posts b", &["9"]).await;
}

/// 16 · Queries within queries.
#[tokio::test]
async fn queries_within_queries_see_rows_that_passed() {
    answers("SELECT (SELECT max(text) FROM posts)", &["public 6"]).await;
    let sql = "SELECT column1 FROM people WHERE column1 IN (SELECT x FROM posts) ORDER BY 1";
    answers(sql, &["2", "4", "6"]).await;
    let sql = "SELECT column1 FROM people p WHERE NOT EXISTS \
               (SELECT 1 FROM posts WHERE x = p.column1) ORDER BY 1";
    answers(sql, &["1", "3", "5"]).await;
}

/// 17 · The table with itself.
#[tokio::test]
async fn unions_and_intersections_are_of_rows_that_passed() {
    let union = "SELECT count(*) FROM (SELECT x FROM posts UNION ALL SELECT x FROM posts)";
    answers(union, &["6"]).await;
    let sql = "SELECT x FROM posts INTERSECT SELECT column1 FROM people ORDER BY x";
    answers(sql, &["2", "4", "6"]).await;
    let sql = "SELECT column1 FROM people EXCEPT SELECT x FROM posts ORDER BY 1";
    answers(sql, &["1", "3", "5"]).await;
}

/// 18 · Windows, which look at the rows around.
#[tokio::test]
async fn windows_are_over_rows_that_passed() {
    let sql = "SELECT lag(text, 1, 'none') OVER (ORDER BY x) AS t FROM posts ORDER BY x";
    answers(sql, &["none", "public 2", "public 4"]).await;
    let sql = "SELECT count(*) OVER () AS n FROM posts";
    answers(sql, &["3", "3", "3"]).await;
}

/// 19 · Groups, distinct values and sketches.
#[tokio::test]
async fn aggregates_are_of_rows_that_passed() {
    let sql = "SELECT string_agg(text, ';' ORDER BY x) FROM posts";
    answers(sql, &["public 2;public 4;public 6"]).await;
    answers("SELECT approx_distinct(text) FROM posts", &["3"]).await;
    answers("SELECT count(DISTINCT text) FROM posts", &["3"]).await;
    answers("SELECT median(x) FROM posts", &["4.0"]).await;
    let sql = "SELECT x % 2 AS odd FROM posts GROUP BY 1 HAVING count(*) > 0";
    answers(sql, &["0"]).await;
}

/// 20 · A query that refers to itself, and reads the table once for each round.
#[tokio::test]
async fn each_round_of_a_recursive_query_sees_rows_that_passed() {
    let sql = "WITH RECURSIVE walk AS (SELECT 0 AS n UNION ALL \
               SELECT n + 1 FROM walk WHERE n < 3 AND EXISTS (SELECT 1 FROM posts WHERE x = 2)) \
               SELECT count(*) FROM walk, posts";
    answers(sql, &["12"]).await;
}

/// 21 · A copy of the table: a view, a table, a file.
#[tokio::test]
async fn a_copy_has_the_rows_that_passed() {
    for kept in KEPT {
        let session = Session::new(kept).await;
        for sql in [
            "CREATE VIEW seen AS SELECT * FROM posts",
            "CREATE TABLE copied AS SELECT * FROM posts",
        ] {
            session.answer(sql).await.unwrap();
        }
        for name in ["seen", "copied"] {
            let sql = format!("SELECT text FROM {name} ORDER BY text");
            assert_eq!(
                session.column(&sql).await,
                ["public 2", "public 4", "public 6"]
            );
        }
        let file = session.folder.path().join("copy.csv");
        let sql = format!("COPY posts TO '{}' STORED AS CSV", file.display());
        session.answer(&sql).await.unwrap();
        let copied = fs::read_to_string(&file).unwrap();
        assert!(!copied.contains(SECRET) && copied.lines().count() == 4);
    }
}

/// 22 · A result that is kept and asked again.
#[tokio::test]
async fn a_cached_frame_has_the_rows_that_passed() {
    for kept in KEPT {
        let session = Session::new(kept).await;
        let frame = session.context.table("posts").await.unwrap();
        let cached = frame.cache().await.unwrap();
        assert_eq!(cached.count().await.unwrap(), 3);
    }
}

/// 23 · Writing, which says how many rows were hit.
#[tokio::test]
async fn nothing_is_written_through_a_gate() {
    refuses("INSERT INTO posts SELECT * FROM posts", "not implemented").await;
    refuses("DELETE FROM posts WHERE x = 5", "not supported").await;
    refuses("UPDATE posts SET x = 1 WHERE x = 5", "not supported").await;
    refuses("TRUNCATE TABLE posts", "not supported").await;
}

/// 24 · A sample of the table.
#[tokio::test]
async fn a_sample_is_of_rows_that_passed_or_refused() {
    for kept in KEPT {
        let session = Session::new(kept).await;
        match session
            .answer("SELECT text FROM posts TABLESAMPLE BERNOULLI (100)")
            .await
        {
            Ok(answer) => assert!(!answer.contains(SECRET)),
            Err(error) => assert!(!error.contains(SECRET)),
        }
    }
}

/// 25 · What the session knows of its tables.
#[tokio::test]
async fn the_information_schema_says_nothing_of_files_or_rows() {
    for kept in KEPT {
        let session = Session::new(kept).await;
        let folder = session.folder.path().file_name().unwrap().to_str().unwrap();
        for sql in [
            "SELECT * FROM information_schema.tables",
            "SELECT * FROM information_schema.columns",
            "SELECT * FROM information_schema.views",
            "SHOW CREATE TABLE posts",
            "DESCRIBE posts",
        ] {
            let answer = session.answer(sql).await.unwrap();
            assert!(
                !answer.contains(SECRET) && !answer.contains(folder),
                "{answer}"
            );
        }
    }
}

/// 26 · Columns of which none is one that the gate has to know.
#[tokio::test]
async fn columns_of_the_gate_need_not_be_asked_for() {
    answers(
        "SELECT text FROM posts ORDER BY text",
        &["public 2", "public 4", "public 6"],
    )
    .await;
    answers("SELECT 'row' FROM posts", &["row", "row", "row"]).await;
    answers(
        "SELECT created_at = created_at FROM posts",
        &["true", "true", "true"],
    )
    .await;
}

/// 27 · The error of the reader below, which quotes what it could not read.
#[tokio::test]
async fn an_error_of_the_reader_has_no_content() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("posts.csv");
    let rows = format!("user_id,created_at,text\n1,2024-10-01T00:00:00Z,a\n{SECRET},x,b\n");
    fs::write(&file, rows).unwrap();
    let utc = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let schema = Schema::new(vec![
        Field::new("user_id", DataType::UInt64, true),
        Field::new("created_at", utc, true),
        Field::new("text", DataType::Utf8, true),
    ]);
    let context = SessionContext::new_with_config(config());
    let options = CsvReadOptions::new().schema(&schema);
    context
        .register_csv("below", file.to_str().unwrap(), options)
        .await
        .unwrap();
    let below = context.table_provider("below").await.unwrap();
    let told = context
        .sql("SELECT * FROM below")
        .await
        .unwrap()
        .collect()
        .await;
    assert!(
        told.unwrap_err().to_string().contains(SECRET),
        "the reader tells"
    );

    let gated = GatedTable::new(below, columns(), snapshot()).unwrap();
    context.register_table("posts", Arc::new(gated)).unwrap();
    for sql in [
        "SELECT * FROM posts",
        "EXPLAIN ANALYZE SELECT count(*) FROM posts",
    ] {
        let error = context.sql(sql).await.unwrap().collect().await.unwrap_err();
        let error = format!("{error} {error:?}");
        assert!(!error.contains(SECRET), "{error}");
        assert!(
            error.contains("the table below the gate could not be read"),
            "{error}"
        );
    }
}

/// 28 · A file that is gone while the table is there.
#[tokio::test]
async fn a_table_whose_file_is_gone_is_an_error_without_its_path() {
    let session = Session::new(Kept::Parquet).await;
    for entry in fs::read_dir(session.folder.path()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let folder = session.folder.path().file_name().unwrap().to_str().unwrap();
    match session.answer("SELECT text FROM posts").await {
        Ok(answer) => assert!(!answer.contains("public")),
        Err(error) => assert!(!error.contains(folder), "{error}"),
    }
}

/// The owner of the table sees how many rows were read, and queries do not.
#[tokio::test]
async fn the_report_counts_what_was_read() {
    for kept in KEPT {
        let session = Session::new(kept).await;
        assert_eq!(session.table.report().seen(), 0);
        session.answer("SELECT x FROM posts").await.unwrap();
        assert_eq!(session.table.report().seen(), 6);
        assert_eq!(session.table.report().consented(), 3);
        let shown = format!("{:?}", session.table);
        assert!(
            !shown.contains(SECRET) && shown.contains("consented: 3"),
            "{shown}"
        );
    }
}

/// A column that is missing or of the wrong type is an error when the table is made.
#[tokio::test]
async fn a_table_that_cannot_be_decided_on_is_refused() {
    use consent_gate::arrow::Columns;

    let session = Session::new(Kept::Memory).await;
    let people = session.context.table_provider("people").await.unwrap();
    let error = GatedTable::new(people, columns(), snapshot()).unwrap_err();
    assert_eq!(error.to_string(), "column `user_id`: not in the batch");
    let below = crate::posts::below(Kept::Memory, session.folder.path()).await;
    let columns = Columns::new("user_id").collected_at("x");
    let error = GatedTable::new(below, columns, snapshot()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("column `x`: expected timestamps"),
        "{error}"
    );
}
