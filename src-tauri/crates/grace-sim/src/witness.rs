//! A subsystem's own memory of the log: the last checkpoint that it has seen, and whether the log continues it.
//!
//! Owns the files `ID.checkpoint` of its directory. Trusts the log's public key and its own memory, and nothing else that
//! it is told.

use grace_domain::core::codes::Code;
use grace_domain::core::hint::Way;
use std::io::Write as _;
use std::path::PathBuf;

use grace_api::requests::{ConsistencyRequest, Nothing};
use grace_api::{Client, Problem};
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::crypto::checkpoint::{self, Checkpoint, Vkey};
use grace_domain::crypto::merkle;
use tokio::sync::Mutex;

/// The log is shorter than what is remembered.
const SHORTER: Code = Code::NotInLog;

/// What a subsystem has seen of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The newest checkpoint, or the remembered one that this log does not continue.
    pub seen: String,
    /// Why it does not acknowledge this log.
    pub refuses: Option<&'static str>,
}

/// The memories of the subsystems of one stage.
#[derive(Debug)]
pub struct Witness {
    memory: PathBuf,
    vkey: Vkey,
    /// One at a time reads what it remembers, looks at the log and remembers again: else another look of the same
    /// subsystem could remember, in between, a checkpoint that is newer than the one looked at.
    alone: Mutex<()>,
}

impl Witness {
    /// Memories in this directory, of the log with this key.
    pub fn new(memory: PathBuf, vkey: &str) -> Result<Self, Problem> {
        let vkey = vkey.parse().map_err(|_| {
            Problem::new(500, Code::BadVkey, "The log's public key does not read.", Way::Doctor)
        })?;
        Ok(Self { memory, vkey, alone: Mutex::default() })
    }

    /// Witnesses the log for `id`: memory before log. Answers with the newest checkpoint, and only when that continues
    /// the remembered one is it remembered instead.
    pub async fn witness(&self, client: &Client, id: &ComponentId) -> Result<Witnessed, Problem> {
        let _alone = self.alone.lock().await;
        let refuses = |seen: String, why| Ok(Witnessed { seen, refuses: Some(why) });
        let Some(bytes) = self.remembered(id)? else {
            let newest = client.log_checkpoint(Nothing {}).await?.text;
            if checkpoint::verify(&newest, &self.vkey).is_err() {
                return refuses(String::new(), "the newest checkpoint is not signed with the log's key");
            }
            return self.remember(id, newest);
        };
        let text = String::from_utf8(bytes).unwrap_or_default();
        let Ok(before) = checkpoint::verify(&text, &self.vkey) else {
            return refuses(String::new(), "what I remember of the log is not a checkpoint of this log");
        };
        let (newest, path) = match client.log_consistency(ConsistencyRequest { from: before.size }).await {
            Ok(proof) => (proof.checkpoint, proof.path),
            Err(problem) if problem.code == SHORTER => {
                return refuses(text, "the log is not a continuation of what I have seen");
            }
            Err(problem) => return Err(problem),
        };
        let Ok(now) = checkpoint::verify(&newest, &self.vkey) else {
            return refuses(String::new(), "the newest checkpoint is not signed with the log's key");
        };
        if !continues(&before, &now, &path) {
            return refuses(text, "the log is not a continuation of what I have seen");
        }
        self.remember(id, newest)
    }

    fn remembered(&self, id: &ComponentId) -> Result<Option<Vec<u8>>, Problem> {
        match std::fs::read(self.memory.join(format!("{id}.checkpoint"))) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(forgetful(&e)),
        }
    }

    fn remember(&self, id: &ComponentId, newest: String) -> Result<Witnessed, Problem> {
        let write = || {
            std::fs::create_dir_all(&self.memory)?;
            let mut file = tempfile::NamedTempFile::new_in(&self.memory)?;
            file.write_all(newest.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(self.memory.join(format!("{id}.checkpoint"))).map_err(|e| e.error)
        };
        write().map_err(|e| forgetful(&e))?;
        Ok(Witnessed { seen: newest, refuses: None })
    }
}

fn continues(before: &Checkpoint, now: &Checkpoint, path: &[String]) -> bool {
    let proof: Option<Vec<Digest>> = path.iter().map(|node| node.parse().ok()).collect();
    proof.is_some_and(|proof| {
        merkle::verify_consistency(before.size, &before.root, now.size, &now.root, &proof)
    })
}

/// What cannot be read or kept may be another time.
fn forgetful(error: &std::io::Error) -> Problem {
    let detail = format!("What a subsystem remembers of the log cannot be used: {error}.");
    Problem::new(503, Code::WitnessState, detail, "Look at the directory `subsystems` of the world.")
}
