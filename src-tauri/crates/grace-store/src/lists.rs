//! What travels with a group beside its entries, or in a transaction of its own: rows of several tables, each table's as
//! one JSON parameter, so that one statement takes any number of them and stays prepared.
//!
//! Owns the SQL of these writes. Never looks into what is written.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;

use crate::db::sql_int;
use crate::group::{Group, Idempotency};
use grace_domain::row::Row;

/// Rows of one table: a statement and its only parameter.
pub(crate) struct List {
    pub(crate) sql: &'static str,
    pub(crate) json: String,
}

impl List {
    /// `None` when there is nothing to write.
    fn new(sql: &'static str, rows: impl IntoIterator<Item = Value>) -> Option<Self> {
        let rows: Vec<Value> = rows.into_iter().collect();
        (!rows.is_empty()).then(|| Self { sql, json: Value::Array(rows).to_string() })
    }

    /// Writes it in the transaction that is open.
    pub(crate) async fn write(self, conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        sqlx::query(self.sql).bind(self.json).execute(conn).await.map(drop)
    }
}

/// What stands beside the entries of a group that begins at `first_seq`.
pub(crate) fn beside(first_seq: u64, group: &Group) -> Vec<List> {
    let [opened, ended] = open(&group.open);
    [
        rows(&group.rows),
        idempotency(&group.idempotency),
        nonces(first_seq, &group.nonces),
        texts(first_seq, &group.texts),
        opened,
        ended,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Projection rows; an existing one is replaced, and of two with the same key the last one stays.
pub(crate) fn rows(rows: &[Row]) -> Option<List> {
    List::new(
        "INSERT INTO rows (kind, id, state, component, at, first_seq, doc)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
         FROM json_each(?) WHERE true
         ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, component = excluded.component,
         at = excluded.at, first_seq = excluded.first_seq, doc = excluded.doc",
        rows.iter().map(|r| {
            let first_seq = sql_int(r.first_seq);
            json!([r.kind.as_str(), r.id, r.state, r.component, r.at.millis(), first_seq, r.doc])
        }),
    )
}

/// Kept answers; one that is kept already is a constraint error.
fn idempotency(kept: &[Idempotency]) -> Option<List> {
    List::new(
        "INSERT INTO idempotency (key, body, response, at)
         SELECT value ->> 0, unhex(value ->> 1), value ->> 2, value ->> 3 FROM json_each(?)",
        kept.iter().map(|k| json!([k.key, k.body.to_hex(), k.response, k.at.millis()])),
    )
}

/// Nonces, used by the group that begins at `first_seq`; one that was used is a constraint error.
fn nonces(first_seq: u64, nonces: &[String]) -> Option<List> {
    List::new(
        "INSERT INTO nonces (nonce, seq) SELECT value ->> 0, value ->> 1 FROM json_each(?)",
        nonces.iter().map(|nonce| json!([nonce, sql_int(first_seq)])),
    )
}

/// Salted blobs, by the place of their entry in the group that begins at `first_seq`.
fn texts(first_seq: u64, texts: &[(usize, Vec<u8>)]) -> Option<List> {
    List::new(
        "INSERT INTO texts (seq, lines) SELECT value ->> 0, unhex(value ->> 1) FROM json_each(?)",
        texts.iter().map(|(index, lines)| json!([sql_int(first_seq + *index as u64), hex::encode(lines)])),
    )
}

/// What is open from now on, and what is not any more.
pub(crate) fn open(open: &BTreeMap<String, bool>) -> [Option<List>; 2] {
    let subjects = |wanted: bool| {
        open.iter().filter(move |(_, open)| **open == wanted).map(|(subject, _)| json!(subject))
    };
    [
        List::new(
            "INSERT INTO open (subject) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING",
            subjects(true),
        ),
        List::new("DELETE FROM open WHERE subject IN (SELECT value FROM json_each(?))", subjects(false)),
    ]
}

/// Counters of windows, each as subject, evaluation in hex, time and document; an existing row is replaced.
pub(crate) fn window_progress(rows: Vec<Value>) -> Option<List> {
    List::new(
        "INSERT INTO window_progress (subject, evaluation, at, doc)
         SELECT value ->> 0, unhex(value ->> 1), value ->> 2, value ->> 3 FROM json_each(?) WHERE true
         ON CONFLICT (subject) DO UPDATE SET
         evaluation = excluded.evaluation, at = excluded.at, doc = excluded.doc",
        rows,
    )
}
