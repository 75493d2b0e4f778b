//! The database file as SQLite sees it: pages, order of keys, and every index against its table.
//!
//! Owns that check and its bound. Says nothing of what the rows mean: [`crate::verify`] does.

use sqlx::AssertSqlSafe;

use crate::reader::{ReadError, Reader};
use crate::tables::{Database, TABLES, TableInfo, Worth};

/// Faults that one check names.
const FAULTS_MAX: u32 = 20;

impl Reader {
    /// What SQLite finds wrong in the whole file, in its own words; empty when nothing is. Takes as long as reading it all.
    pub async fn structure_faults(&self) -> Result<Vec<String>, ReadError> {
        self.faults_of(&FAULTS_MAX.to_string()).await
    }

    /// The same for the samples, and for the tables that lists show, whose rows `log verify` compares by their key alone:
    /// a row may be hidden from another index.
    pub async fn listed_faults(&self) -> Result<Vec<String>, ReadError> {
        let mut faults = Vec::new();
        let beside = |t: &&TableInfo| t.database == Database::Log && t.worth != Worth::Log;
        for table in TABLES.iter().filter(beside) {
            faults.extend(self.faults_of(table.name).await?);
        }
        // A log can be verified where no samples lie.
        if self.world().samples().exists() {
            faults.extend(self.samples_faults().await?);
        }
        Ok(faults)
    }

    /// The same for one table and its indexes.
    pub(crate) async fn faults_of(&self, what: &str) -> Result<Vec<String>, ReadError> {
        // A pragma takes no parameters; what stands there is a number or a name of our own list.
        let sql = AssertSqlSafe(format!("PRAGMA integrity_check({what})"));
        let mut found: Vec<String> = sqlx::query_scalar(sql).fetch_all(self.pool()).await?;
        found.retain(|line| line != "ok");
        Ok(found)
    }
}
