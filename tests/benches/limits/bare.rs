//! The limits: what the same work costs without us. A bare sqlx loop, one commit per row, as durable as the log.
//!
//! Owns nothing of ours: no tree, no signature, no index.

use crate::report::{Done, Watch};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::Path;

/// A table of rows, written by one loop.
pub struct BareTable {
    conn: SqliteConnection,
    next: i64,
}

impl BareTable {
    /// The pragmas that decide durability and page traffic are the log's: WAL, EXTRA, 16 KiB pages.
    pub async fn create(file: &Path) -> Done<Self> {
        let mut conn = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .page_size(16 * 1024)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Extra)
            .disable_statement_logging()
            .connect()
            .await?;
        sqlx::query("CREATE TABLE rows (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
            .execute(&mut conn)
            .await?;
        // Said again, since an option that is sent before the journal mode may not hold for it.
        sqlx::query("PRAGMA synchronous = EXTRA").execute(&mut conn).await?;
        Ok(Self { conn, next: 0 })
    }

    /// Inserts each row by a commit of its own. Returns the seconds it took.
    pub async fn insert(&mut self, rows: &[Vec<u8>]) -> Done<f64> {
        let watch = Watch::start();
        for row in rows {
            sqlx::query("INSERT INTO rows (seq, bytes) VALUES (?, ?)")
                .bind(self.next)
                .bind(row.as_slice())
                .execute(&mut self.conn)
                .await?;
            self.next += 1;
        }
        Ok(watch.seconds())
    }

    /// Reads every row by one statement. Returns the seconds it took.
    pub async fn read_all(&mut self) -> Done<f64> {
        let watch = Watch::start();
        let rows: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT bytes FROM rows ORDER BY seq").fetch_all(&mut self.conn).await?;
        std::hint::black_box(rows);
        Ok(watch.seconds())
    }

    /// Reads so many rows, each by a statement of its own. Returns the seconds it took.
    pub async fn read_each(&mut self, rows: usize) -> Done<f64> {
        let watch = Watch::start();
        for n in 0..i64::try_from(rows)? {
            let row: Option<Vec<u8>> = sqlx::query_scalar("SELECT bytes FROM rows WHERE seq = ?")
                .bind(n)
                .fetch_optional(&mut self.conn)
                .await?;
            std::hint::black_box(row);
        }
        Ok(watch.seconds())
    }

    pub async fn close(self) -> Done<()> {
        Ok(self.conn.close().await?)
    }
}
