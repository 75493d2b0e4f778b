//! What refuses or answers a repetition: kept answers by idempotency key, and used nonces.
//!
//! Never says that something was not handed in before: both tables are beside the log, and a row may have been taken out.

use grace_domain::core::digest::Digest;

use crate::db::from_sql_int;
use crate::reader::{ReadError, Reader};

impl Reader {
    /// The answer that was kept for an idempotency key: SHA-256 of the request's body, and the answer as JSON.
    pub async fn idempotent(&self, key: &str) -> Result<Option<(Digest, String)>, ReadError> {
        let row: Option<(Vec<u8>, String)> =
            sqlx::query_as("SELECT body, response FROM idempotency WHERE key = ?")
                .bind(key.to_owned())
                .fetch_optional(self.pool())
                .await?;
        let Some((body, response)) = row else { return Ok(None) };
        let body = <[u8; 32]>::try_from(body)
            .map_err(|_| ReadError::Damaged { reason: "an idempotency row has no digest".to_owned() })?;
        Ok(Some((Digest::from_bytes(body), response)))
    }

    /// The sequence number of the group that used this nonce up, if one did.
    pub async fn nonce_used(&self, nonce: &str) -> Result<Option<u64>, ReadError> {
        let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM nonces WHERE nonce = ?")
            .bind(nonce.to_owned())
            .fetch_optional(self.pool())
            .await?;
        Ok(seq.map(from_sql_int).transpose()?)
    }
}
