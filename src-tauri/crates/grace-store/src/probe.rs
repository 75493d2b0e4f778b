//! Whether the world can be written now, found out by writing.
//!
//! Owns the attempt. Never changes what is stored: no entry, no row, no name is different afterwards.

use crate::group::AppendError;
use crate::journal::Journal;

impl Journal {
    /// Finds out whether the database takes a transaction now: rewrites its first page as it is, durably.
    pub async fn try_out(&self) -> Result<(), AppendError> {
        self.side_transaction(|conn| {
            Box::pin(async move {
                let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *conn).await?;
                // A pragma takes no parameters; the number came out of the database itself.
                let same = format!("PRAGMA user_version = {version}");
                sqlx::query(sqlx::AssertSqlSafe(same)).execute(&mut *conn).await?;
                Ok(())
            })
        })
        .await
    }

    /// Bytes that are free where the world lies; `None` when the system does not say.
    pub fn free_bytes(&self) -> Option<u64> {
        let found = rustix::fs::statvfs(self.world().dir()).ok()?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }
}
