//! What is wrong with a world's samples, for the doctor.
//!
//! Owns the checks and their bound. Never mends anything.

use super::codec::{read_chunk, read_flush};
use crate::reader::{ReadError, Reader};

/// Faults that one report names.
const FAULTS_MAX: usize = 20;
/// Chunks that are read by one statement.
const CHUNKS_PER_STATEMENT: i64 = 512;

/// What is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SamplesReport {
    /// Why there are none from before, a clause; nobody could miss them any more when it is gone.
    pub lost: Option<String>,
    /// What cannot be read or does not hold together, a clause each; at most 20.
    pub faults: Vec<String>,
}

impl Reader {
    /// What is wrong with the samples; with `whole` each of them is read, which takes as long as reading the file.
    pub async fn samples_report(&self, whole: bool) -> SamplesReport {
        if let Some(reason) = self.tail().unusable() {
            return SamplesReport { lost: None, faults: vec![reason] };
        }
        if !self.world().samples().exists() {
            return SamplesReport { lost: None, faults: vec!["samples.db is missing".to_owned()] };
        }
        let lost: Result<Option<String>, sqlx::Error> =
            sqlx::query_scalar("SELECT lost FROM state").fetch_one(self.samples_pool()).await;
        let lost = match lost {
            Ok(lost) => lost,
            Err(error) => return SamplesReport { lost: None, faults: vec![error.to_string()] },
        };
        let faults = if whole { self.samples_faults().await } else { Ok(Vec::new()) };
        SamplesReport { lost, faults: faults.unwrap_or_else(|error| vec![error.to_string()]) }
    }

    /// What does not hold together in `samples.db`, a clause each: pages and indexes, then every sample.
    pub(crate) async fn samples_faults(&self) -> Result<Vec<String>, ReadError> {
        let mut faults: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check(20)").fetch_all(self.samples_pool()).await?;
        faults.retain(|line| line != "ok");
        let pending: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT seq, bytes FROM pending").fetch_all(self.samples_pool()).await?;
        let garbled = pending.iter().filter(|(_, bytes)| read_flush(bytes).is_err());
        faults.extend(
            garbled.map(|(seq, _)| format!("the samples of flush {seq} are not as they were written")),
        );
        let (mut series, mut first_ms) = (i64::MIN, i64::MIN);
        while faults.len() < FAULTS_MAX {
            let chunks: Vec<(i64, i64, i64, Vec<u8>)> = sqlx::query_as(
                "SELECT series, first_ms, last_ms, bytes FROM chunks WHERE (series, first_ms) > (?, ?)
                 ORDER BY series, first_ms LIMIT ?",
            )
            .bind(series)
            .bind(first_ms)
            .bind(CHUNKS_PER_STATEMENT)
            .fetch_all(self.samples_pool())
            .await?;
            let Some(last) = chunks.last() else { break };
            (series, first_ms) = (last.0, last.1);
            let garbled = chunks.iter().filter(|(_, first_ms, last_ms, bytes)| {
                let ends = read_chunk(bytes)
                    .ok()
                    .and_then(|samples| Some((samples.first()?.at.millis(), samples.last()?.at.millis())));
                ends != Some((*first_ms, *last_ms))
            });
            faults.extend(garbled.map(|(series, first_ms, ..)| {
                format!("the samples of series {series} from {first_ms} ms on are not as they were written")
            }));
        }
        faults.truncate(FAULTS_MAX);
        Ok(faults)
    }
}
