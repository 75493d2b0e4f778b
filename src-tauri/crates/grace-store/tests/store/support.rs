//! What the tests share: a world in a temporary directory, entries to put into it, and a way to tamper with it.

use grace_domain::core::canon;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::SignerKey;
use grace_store::{Group, Journal, NewEntry, OpenMode, World, WorldInit};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

pub const ORIGIN: &str = "grace.test/world";
pub const START_MS: i64 = 1_790_000_000_000;

pub fn log_key() -> SignerKey {
    SignerKey::from_seed([7; 32])
}

/// A world directory that vanishes with the test.
pub struct TestWorld {
    dir: TempDir,
}

impl TestWorld {
    pub fn empty() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("world")
    }

    pub fn layout(&self) -> World {
        World::at(self.path())
    }

    pub async fn create(&self) -> Journal {
        let init = WorldInit { name: "test".to_owned(), origin: ORIGIN.to_owned() };
        Journal::create(self.path(), &init, log_key()).await.unwrap()
    }

    pub async fn open(&self) -> Journal {
        Journal::open(self.path(), OpenMode::ReadWrite, log_key()).await.unwrap()
    }

    /// A closed world with these many entries, one group per element.
    pub async fn with_groups(groups: &[u64]) -> Self {
        let world = Self::empty();
        let journal = world.create().await;
        let mut next = 0;
        for len in groups {
            journal.append(group(next..next + len)).await.unwrap();
            next += len;
        }
        journal.close().await.unwrap();
        world
    }

    /// A copy of the open world as it stands on disk: what a kill in this moment would leave.
    pub fn as_a_kill_leaves_it(&self) -> Self {
        let copy = Self::empty();
        std::fs::create_dir(copy.path()).unwrap();
        for file in std::fs::read_dir(self.path()).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                match std::fs::copy(file.path(), copy.path().join(file.file_name())) {
                    // A file that was about to take another one's name has taken it since the names were read.
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                    copied => {
                        copied.unwrap();
                    }
                }
            }
        }
        copy
    }

    /// A connection that nothing holds back.
    pub async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.layout().database()).connect().await.unwrap()
    }

    /// The same to the samples.
    pub async fn raw_samples(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.layout().samples()).connect().await.unwrap()
    }

    /// Runs SQL on the closed world with the append-only triggers taken away and put back as they were.
    pub async fn tamper(&self, sql: &[&str]) {
        let mut conn = self.raw().await;
        let triggers: Vec<(String, String)> =
            sqlx::query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
                .fetch_all(&mut conn)
                .await
                .unwrap();
        // One transaction, so that thousands of statements cost one sync.
        sqlx::query("BEGIN").execute(&mut conn).await.unwrap();
        for (name, _) in &triggers {
            sqlx::query(sqlx::AssertSqlSafe(format!("DROP TRIGGER {name}")))
                .execute(&mut conn)
                .await
                .unwrap();
        }
        for sql in sql {
            sqlx::query(sqlx::AssertSqlSafe((*sql).to_owned())).execute(&mut conn).await.unwrap();
        }
        for (_, sql) in triggers {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
        }
        sqlx::query("COMMIT").execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    }
}

pub fn entry(n: u64) -> NewEntry {
    let at = Timestamp::from_millis(START_MS + i64::try_from(n).unwrap());
    let subject = format!("upd_{}", n % 5);
    let kind = if n.is_multiple_of(2) { "update.submitted" } else { "update.approved" };
    let body = json!({
        "v": 1, "type": kind, "at": at, "actor": "person:ann", "subject": subject, "n": n, "note": "a \"quoted\" ü text",
    });
    NewEntry { subject, kind: kind.to_owned(), at, bytes: canon::to_canonical(&body).unwrap() }
}

pub fn group(range: std::ops::Range<u64>) -> Group {
    Group { entries: range.map(entry).collect(), ..Group::default() }
}
