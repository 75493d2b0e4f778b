//! What somebody with the database file and without the log key can write.

use grace_domain::core::digest::Digest;
use grace_domain::crypto::merkle::{self, Frontier};
use sqlx::Connection as _;

use crate::support::{TestWorld, entry};

/// Writes all nodes anew to fit the entries as they are: what an intruder without the log key can do. The head keeps its
/// note, or gets the forged size and root.
pub async fn recompute_hashes(world: &TestWorld, forge_head: bool) {
    let mut conn = world.raw().await;
    let entries: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, bytes FROM entries ORDER BY seq").fetch_all(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let mut frontier = Frontier::new();
    let mut statements = vec!["DELETE FROM branches".to_owned()];
    for (seq, bytes) in entries {
        let (mut leaf, mut branch) = (String::new(), String::new());
        frontier.push_with(merkle::leaf_hash(&bytes), |id, node: Digest| {
            if id.level < 7 { &mut leaf } else { &mut branch }.push_str(&node.to_hex());
        });
        statements.push(format!("UPDATE leaves SET hashes = x'{leaf}' WHERE seq = {seq}"));
        if !branch.is_empty() {
            statements
                .push(format!("INSERT INTO branches (block, hashes) VALUES ({}, x'{branch}')", seq / 128));
        }
    }
    if forge_head {
        statements.push(format!(
            "UPDATE head SET size = {}, root = x'{}'",
            frontier.size(),
            frontier.root().to_hex()
        ));
    }
    world.tamper(&statements.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

pub fn hex_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, b| {
        write!(text, "{b:02x}").unwrap();
        text
    })
}

/// SQL that puts the bytes and index row of entry `n` at `seq`.
pub fn put_entry(seq: u64, n: u64) -> [String; 2] {
    let entry = entry(n);
    [
        format!("UPDATE entries SET bytes = x'{}' WHERE seq = {seq}", hex_of(&entry.bytes)),
        format!(
            "UPDATE leaves SET subject = '{}', type = '{}', at = {} WHERE seq = {seq}",
            entry.subject,
            entry.kind,
            entry.at.millis()
        ),
    ]
}

pub async fn run(world: &TestWorld, sql: &[String]) {
    world.tamper(&sql.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

/// Runs SQL on one index alone, as the table `pages`: the columns of the index, then `row`, the number of the row that it
/// leads to. Table, tree, head and the text of the schema stay as they are. Gives the rows that were touched.
pub async fn on_index(world: &TestWorld, index: &str, sql: &str) -> u64 {
    let mut conn = world.raw().await;
    let root: i64 = sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = ?")
        .bind(index.to_owned())
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let mut columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_index_info(?) ORDER BY seqno")
        .bind(index.to_owned())
        .fetch_all(&mut conn)
        .await
        .unwrap();
    columns.push("row".to_owned());
    let columns = columns.join(", ");
    sqlx::query("PRAGMA writable_schema = ON").execute(&mut conn).await.unwrap();
    sqlx::query("INSERT INTO sqlite_schema VALUES ('table', 'pages', 'pages', ?, ?)")
        .bind(root)
        .bind(format!("CREATE TABLE pages ({columns}, PRIMARY KEY ({columns})) WITHOUT ROWID"))
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
    let mut conn = world.raw().await;
    let touched =
        sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.unwrap().rows_affected();
    sqlx::query("PRAGMA writable_schema = ON").execute(&mut conn).await.unwrap();
    sqlx::query("DELETE FROM sqlite_schema WHERE name = 'pages'").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    touched
}
