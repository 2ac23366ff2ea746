//! The functions of SQL: the answer is true or false and never NULL, and a function without its snapshot is an
//! error.

use std::fs;
use std::sync::Arc;

use consent_gate::datafusion::{consent_gate, consent_gate_by_file, consent_reasons};
use consent_gate::{Ledger, Purposes, Snapshot};
use datafusion::arrow::array::AsArray;
use datafusion::prelude::{SessionContext, ident, lit};

use crate::posts::{Kept, Session, columns, filed, snapshot};
use crate::world::{AS_OF, gate_of};

const ARGUMENTS: [&str; 2] = ["user_id", "created_at"];

/// A session in which `raw` is the table without a gate, and the functions are registered.
async fn session() -> Session {
    let session = Session::new(Kept::Parquet).await;
    let raw = crate::posts::below(Kept::Memory, session.folder.path()).await;
    session.context.register_table("raw", raw).unwrap();
    session
        .context
        .register_udf(consent_gate(columns(), ARGUMENTS, snapshot()));
    session
        .context
        .register_udf(consent_reasons(columns(), ARGUMENTS, snapshot()));
    session
}

/// Rows pass, or not, wherever the function stands.
#[tokio::test]
async fn the_answer_is_the_same_in_each_clause() {
    let session = session().await;
    let even = ["2", "4", "6"];
    for sql in [
        "SELECT x FROM raw WHERE consent_gate(user_id, created_at) ORDER BY x",
        "SELECT x FROM raw WHERE NOT NOT consent_gate(user_id, created_at) ORDER BY x",
        "SELECT x FROM (SELECT x, consent_gate(user_id, created_at) AS g FROM raw) WHERE g ORDER BY x",
        "SELECT x FROM raw GROUP BY x, user_id, created_at \
         HAVING consent_gate(user_id, created_at) ORDER BY x",
        "SELECT x FROM raw ORDER BY NOT consent_gate(user_id, created_at), x LIMIT 3",
        "SELECT column1 FROM people JOIN raw ON column1 = x AND consent_gate(user_id, created_at) \
         ORDER BY 1",
    ] {
        assert_eq!(session.column(sql).await, even, "{sql}");
    }
}

/// NULL is an absent value, and the answer is false.
#[tokio::test]
async fn the_answer_is_never_null() {
    let session = session().await;
    for sql in [
        "SELECT consent_gate(NULLIF(user_id, 2), created_at) FROM raw WHERE x = 2",
        "SELECT consent_gate(user_id, NULLIF(created_at, created_at)) FROM raw WHERE x = 2",
        "SELECT consent_gate(CAST(NULL AS BIGINT UNSIGNED), NULLIF(created_at, created_at)) AS g FROM raw WHERE x = 2",
        "SELECT consent_gate(-1, created_at) FROM raw WHERE x = 2",
        "SELECT consent_gate('', created_at) FROM raw WHERE x = 2",
    ] {
        assert_eq!(session.column(sql).await, ["false"], "{sql}");
    }
    let frame = session
        .context
        .sql("SELECT consent_gate(user_id, created_at) FROM raw");
    assert!(!frame.await.unwrap().schema().field(0).is_nullable());
}

/// The rules that a row fails, by their names.
#[tokio::test]
async fn reasons_are_the_names_of_rules() {
    let session = session().await;
    let sql = "SELECT consent_reasons(user_id, created_at) FROM raw ORDER BY x LIMIT 2";
    assert_eq!(session.column(sql).await, ["[ON_RECORD]", "[]"]);
    let sql =
        "SELECT consent_reasons(user_id, NULLIF(created_at, created_at)) FROM raw WHERE x = 2";
    assert_eq!(session.column(sql).await, ["[PERIOD]"]);
    let sql = "SELECT consent_reasons(-1, created_at) IS NULL FROM raw WHERE x = 2";
    assert_eq!(session.column(sql).await, ["true"], "an unreadable row");
}

/// Arguments that cannot be decided on are an error of the query, not an answer.
#[tokio::test]
async fn wrong_arguments_are_errors() {
    let session = session().await;
    for (arguments, why) in [
        ("user_id", "consent_gate"),
        (
            "CAST(user_id AS DOUBLE), created_at",
            "rounds ids above 2^53",
        ),
        ("created_at, user_id", "column `user_id`"),
        ("user_id, NULL", "column `created_at`"),
        ("NULL, created_at", "column `user_id`"),
    ] {
        let sql = format!("SELECT consent_gate({arguments}) FROM raw");
        let error = session.answer(&sql).await.unwrap_err();
        assert!(error.contains(why), "{arguments}: {error}");
    }
}

/// A list of people: all of them have to permit.
#[tokio::test]
async fn all_people_of_a_list_have_to_permit() {
    let session = session().await;
    for (people, passes) in [
        ("[2, 4]", "true"),
        ("[2, 3]", "false"),
        ("[2, NULL]", "false"),
    ] {
        let sql = format!("SELECT consent_gate({people}, created_at) FROM raw WHERE x = 2");
        assert_eq!(session.column(&sql).await, [passes], "{people}");
    }
}

/// A snapshot that is named by path and SHA-256.
#[tokio::test]
async fn a_snapshot_is_named_by_its_path_and_digest() {
    let session = session().await;
    let (gate, ledger) = filed();
    let path = session.folder.path().join("consents.snapshot");
    let mut file = Vec::new();
    Snapshot::new(&gate, &ledger)
        .save(ledger.digest(), &mut file)
        .unwrap();
    fs::write(&path, &file).unwrap();
    let path = path.to_str().unwrap();
    let sha256 = sha256(&file);

    let register = |context: &SessionContext| {
        let function = consent_gate_by_file(columns(), ARGUMENTS, gate.clone());
        context.register_udf(function);
    };
    register(&session.context);
    let query = |path: &str, sha256: &str| {
        format!(
            "SELECT x FROM raw WHERE consent_gate_by_file('{path}', '{sha256}', user_id, created_at) \
             ORDER BY x"
        )
    };
    assert_eq!(session.column(&query(path, &sha256)).await, ["2", "4", "6"]);
    assert_eq!(
        session.column(&query(path, &sha256.to_uppercase())).await,
        ["2", "4", "6"]
    );

    // A file is loaded once.
    fs::remove_file(path).unwrap();
    assert_eq!(session.column(&query(path, &sha256)).await, ["2", "4", "6"]);
    register(&session.context);
    let error = session.answer(&query(path, &sha256)).await.unwrap_err();
    assert!(error.contains("consents.snapshot"), "{error}");

    // Another file under its name, a damaged one, and one for another gate.
    let other = gate_of("other", Purposes::TRAIN_GENERATIVE, AS_OF)
        .build()
        .unwrap();
    let mut of_other = Vec::new();
    Snapshot::new(&other, &ledger)
        .save(ledger.digest(), &mut of_other)
        .unwrap();
    fs::write(path, &of_other).unwrap();
    let error = session.answer(&query(path, &sha256)).await.unwrap_err();
    assert!(error.contains("and the query asks for"), "{error}");
    let error = session
        .answer(&query(path, &self::sha256(&of_other)))
        .await
        .unwrap_err();
    assert!(error.contains("gate"), "{error}");
    fs::write(path, &file[..file.len() / 2]).unwrap();
    let half = self::sha256(&file[..file.len() / 2]);
    let error = session.answer(&query(path, &half)).await.unwrap_err();
    assert!(error.contains("consents.snapshot"), "{error}");

    // A name that is not a literal could be another one for each row.
    let sql = "SELECT consent_gate_by_file(text, text, user_id, created_at) FROM raw";
    let error = session.answer(sql).await.unwrap_err();
    assert!(error.contains("as literal texts"), "{error}");
    let sql = "SELECT consent_gate_by_file(NULL, NULL, user_id, created_at) FROM raw";
    let error = session.answer(sql).await.unwrap_err();
    assert!(error.contains("as literal texts"), "{error}");
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let bytes = Sha256::digest(bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Two functions are the same only if they have the same snapshot, so a query that asks both gets two answers.
#[tokio::test]
async fn functions_with_different_snapshots_are_kept_apart() {
    let session = session().await;
    let (gate, _) = filed();
    let nobody = Arc::new(Snapshot::new(&gate, &Ledger::new()));
    let strict = consent_gate(columns(), ARGUMENTS, nobody);
    let usual = consent_gate(columns(), ARGUMENTS, snapshot());
    assert_ne!(strict, usual);
    assert_eq!(usual, usual.clone());
    let frame = session.context.table("raw").await.unwrap();
    let arguments = || vec![ident("user_id"), ident("created_at")];
    let both = [
        strict.call(arguments()).alias("a"),
        usual.call(arguments()).alias("b"),
    ];
    let frame = frame
        .filter(ident("x").eq(lit(2)))
        .unwrap()
        .select(both)
        .unwrap();
    let answers = frame.collect().await.unwrap();
    let answer = |column: usize| answers[0].column(column).as_boolean().value(0);
    assert_eq!([answer(0), answer(1)], [false, true]);
}
