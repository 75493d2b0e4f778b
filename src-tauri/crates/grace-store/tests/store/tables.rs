//! The list of tables against the schema: what is not in it has no place yet.

use std::collections::BTreeSet;

use grace_store::tables::TABLES;
use sqlx::Connection as _;

use crate::support::TestWorld;

#[tokio::test]
async fn every_table_and_every_index_is_listed_with_what_proves_it() {
    let world = TestWorld::with_groups(&[3]).await;
    let mut conn = world.raw().await;
    let found: BTreeSet<(String, String)> = sqlx::query_as(
        "SELECT tbl_name, name FROM sqlite_schema WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite_autoindex%'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap()
    .into_iter()
    .collect();
    conn.close().await.unwrap();
    let listed: BTreeSet<(String, String)> = TABLES
        .iter()
        .flat_map(|t| [&t.name].into_iter().chain(t.indexes).map(|of| (t.name.to_owned(), (*of).to_owned())))
        .collect();
    assert_eq!(found, listed);
    for table in TABLES {
        assert!(!table.relied_on.is_empty() && !table.proof.is_empty(), "{}", table.name);
    }
}
