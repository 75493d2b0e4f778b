//! The table of used nonces against the log. It spares reading the log and decides nothing alone: whoever emptied
//! it is found here, and what was handed in before is refused by its own entries.

use super::difference::Difference;
use crate::recovery_error::RecoveryError;
use grace_domain::log::{EntryType, Subject};
use grace_store::Reader;
use serde::Deserialize;

/// What an entry says of the statement behind it.
#[derive(Deserialize)]
struct Behind {
    subject: String,
    #[serde(rename = "type")]
    entry_type: EntryType,
    by: Option<Signed>,
}

#[derive(Deserialize)]
struct Signed {
    nonce: String,
}

/// What the statement behind an entry used up, as the owner kept it.
fn used(bytes: &[u8]) -> Option<String> {
    // Most entries stand for no statement of a person: they need not be read.
    bytes.windows(8).find(|w| w == b"\"nonce\":")?;
    let Behind { subject, entry_type, by } = serde_json::from_slice(bytes).ok()?;
    let nonce = by?.nonce;
    let id = subject.parse::<Subject>().ok()?.id();
    Some(if entry_type.begun_by_statement() { id } else { format!("{id}/{nonce}") })
}

/// Every statement of the first `size` entries that the table does not know.
pub(super) async fn compare(reader: &Reader, size: u64) -> Result<Vec<Difference>, RecoveryError> {
    let mut out = Vec::new();
    let mut entries = reader.stream_entries(0, size);
    while let Some(run) = entries.next().await? {
        for (seq, bytes) in run.iter() {
            let Some(nonce) = used(bytes) else { continue };
            if reader.nonce_used(&nonce).await?.is_none_or(|at| at > seq) {
                out.push(Difference {
                    seq: Some(seq),
                    reason: format!("the table of used nonces does not know the statement of entry {seq}"),
                });
            }
        }
    }
    Ok(out)
}
