//! The list of tables against the schemas: what is not in it has no place yet.

use std::collections::BTreeSet;

use grace_store::tables::{Database, TABLES};
use sqlx::Connection as _;

use crate::support::TestWorld;

#[tokio::test]
async fn every_table_and_every_index_is_listed_with_what_proves_it() {
    let world = TestWorld::with_groups(&[3]).await;
    let mut listed_in_all = 0;
    for (database, mut conn) in
        [(Database::Log, world.raw().await), (Database::Samples, world.raw_samples().await)]
    {
        let found: BTreeSet<(String, String)> = sqlx::query_as(
            "SELECT tbl_name, name FROM sqlite_schema WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite_autoindex%'",
        )
        .fetch_all(&mut conn)
        .await
        .unwrap()
        .into_iter()
        .collect();
        conn.close().await.unwrap();
        let tables: Vec<_> = TABLES.iter().filter(|t| t.database == database).collect();
        let listed: BTreeSet<(String, String)> = tables
            .iter()
            .flat_map(|t| {
                [&t.name].into_iter().chain(t.indexes).map(|of| (t.name.to_owned(), (*of).to_owned()))
            })
            .collect();
        assert_eq!(found, listed);
        listed_in_all += tables.len();
    }
    assert_eq!(listed_in_all, TABLES.len());
    for table in TABLES {
        assert!(!table.relied_on.is_empty() && !table.proof.is_empty(), "{}", table.name);
    }
}
