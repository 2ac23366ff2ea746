//! A catalog in which every table has a gate.

use std::sync::Arc;

use consent_gate::datafusion::GatedCatalog;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider,
};
use datafusion::prelude::SessionContext;

use crate::posts::{Kept, SECRET, below, columns, config, snapshot};

/// A session whose default catalog has `posts`, `secrets`, of which nothing is declared, and `people`, which has
/// no such columns.
async fn session() -> SessionContext {
    let folder = tempfile::tempdir().unwrap();
    let posts = below(Kept::Memory, folder.path()).await;
    let other = SessionContext::new();
    other
        .sql("CREATE TABLE people AS VALUES (1), (2)")
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let schema = MemorySchemaProvider::new();
    schema
        .register_table("posts".into(), Arc::clone(&posts))
        .unwrap();
    schema.register_table("secrets".into(), posts).unwrap();
    let people = other.table_provider("people").await.unwrap();
    schema.register_table("people".into(), people).unwrap();
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema("public", Arc::new(schema)).unwrap();
    let catalog = GatedCatalog::new(Arc::new(catalog), snapshot(), |schema, table| {
        let is_declared = schema == "public" && matches!(table, "posts" | "people");
        is_declared.then(columns)
    });
    let context = SessionContext::new_with_config(config());
    context.register_catalog("datafusion", Arc::new(catalog));
    context
}

async fn error(context: &SessionContext, sql: &str) -> String {
    let error = match context.sql(sql).await {
        Ok(frame) => frame.collect().await.unwrap_err(),
        Err(error) => error,
    };
    let error = error.to_string();
    assert!(!error.contains(SECRET), "{error}");
    error
}

/// A table for which columns are declared has a gate.
#[tokio::test]
async fn a_declared_table_has_a_gate() {
    let context = session().await;
    for name in ["posts", "public.posts", "datafusion.public.posts"] {
        assert_eq!(context.table(name).await.unwrap().count().await.unwrap(), 3);
    }
}

/// A table that cannot be gated is an error, also where it is named in full.
#[tokio::test]
async fn a_table_that_cannot_be_gated_is_refused() {
    let context = session().await;
    for name in ["secrets", "datafusion.public.secrets"] {
        let error = error(&context, &format!("SELECT * FROM {name}")).await;
        assert!(
            error.contains("table `secrets`: no columns are declared for the gate"),
            "{error}"
        );
    }
    let error = error(&context, "SELECT * FROM people").await;
    assert!(
        error.contains("table `people`") && error.contains("column `user_id`"),
        "{error}"
    );
}

/// Nothing is added to it or taken out of it, so no query brings in a table of its own.
#[tokio::test]
async fn no_table_is_added() {
    let context = session().await;
    for sql in [
        "CREATE TABLE mine AS VALUES (1)",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE OR REPLACE VIEW posts AS SELECT 1",
        "CREATE EXTERNAL TABLE mine STORED AS CSV LOCATION '/tmp/'",
        "CREATE SCHEMA mine",
        "DROP TABLE posts",
    ] {
        error(&context, sql).await;
    }
    assert_eq!(
        context.table("posts").await.unwrap().count().await.unwrap(),
        3
    );
}

/// The names that a session lists are those of tables that can be asked.
#[tokio::test]
async fn undeclared_tables_are_not_listed() {
    let context = session().await;
    let catalog = context.catalog("datafusion").unwrap();
    let schema = catalog.schema("public").unwrap();
    let mut names = schema.table_names();
    names.sort();
    assert_eq!(names, ["people", "posts"]);
    assert!(catalog.schema("absent").is_none());
    assert!(schema.table("absent").await.unwrap().is_none());
    let shown = format!("{catalog:?} {schema:?}");
    assert!(!shown.contains("secrets"), "{shown}");
}
