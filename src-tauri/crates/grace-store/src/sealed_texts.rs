//! The salted blobs that entries name: written with their entry, read beside it.
//!
//! Owns their table. Never looks into them: whether a blob is the one that an entry names is said by its digest.

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, Sqlite};

use crate::db::{from_sql_int, sql_int};
use crate::reader::{ReadError, Reader};

/// Rows per statement.
const RUN: usize = 256;

impl Reader {
    /// The blobs of these entries, one per line, by sequence number. An entry that has none, or whose were all taken
    /// out, is not among them.
    pub async fn sealed_texts_of(&self, seqs: &[u64]) -> Result<BTreeMap<u64, Vec<u8>>, ReadError> {
        let mut found = BTreeMap::new();
        for run in seqs.chunks(RUN) {
            let mut query: QueryBuilder<Sqlite> =
                QueryBuilder::new("SELECT seq, lines FROM texts WHERE seq IN (");
            let mut list = query.separated(",");
            for seq in run {
                list.push_bind(sql_int(*seq));
            }
            query.push(")");
            let rows: Vec<(i64, Vec<u8>)> = query.build_query_as().fetch_all(self.pool()).await?;
            for (seq, lines) in rows {
                found.insert(from_sql_int(seq)?, lines);
            }
        }
        Ok(found)
    }

    /// The blobs of entries `from..to`, as [`Self::sealed_texts_of`] gives them.
    pub async fn sealed_texts_between(
        &self,
        from: u64,
        to: u64,
    ) -> Result<BTreeMap<u64, Vec<u8>>, ReadError> {
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT seq, lines FROM texts WHERE seq >= ? AND seq < ?")
                .bind(sql_int(from))
                .bind(sql_int(to))
                .fetch_all(self.pool())
                .await?;
        rows.into_iter().map(|(seq, lines)| Ok((from_sql_int(seq)?, lines))).collect()
    }
}
