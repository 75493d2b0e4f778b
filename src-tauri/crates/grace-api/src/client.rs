//! The client: one method per operation, wherever the engine is.
//!
//! Owns finding the engine of a world. `Local` calls the handlers in this process, `Http` a running engine,
//! `ReadOnly` reads a world that no engine runs: then nothing is recovered, started or changed. Never decides.

use grace_domain::core::codes::Code;
use std::path::Path;
use std::time::Duration;

use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::statement::HandIn;
use serde::{Deserialize, Serialize};

use crate::acts::hand_in::HandedIn;
use crate::acts::{submit, table};
use crate::handlers::{self, Context};
use crate::operations::{self, Operation};
use crate::problem::Problem;
use crate::problems::{check_idempotency_key, no_engine};
use crate::requests::*;
use crate::transport::{Events, Http};
use crate::types::*;

/// A way to an engine, or to a world without one.
#[derive(Clone)]
pub enum Client {
    /// The engine in this process.
    Local(Context),
    /// An engine in another process.
    Http(Http),
    /// No engine: reading only.
    ReadOnly(Context),
}

/// What `serve` leaves in the world, so that clients find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFile {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// Where the world's token lies.
    pub token_file: std::path::PathBuf,
    /// Process id of the engine.
    pub pid: u32,
}

/// Name of that file in a world.
pub const ENGINE_FILE: &str = "engine.json";

impl EngineFile {
    /// Reads it; `None` when there is none or its process is gone.
    pub fn read(dir: &Path) -> Option<Self> {
        let bytes = std::fs::read(dir.join(ENGINE_FILE)).ok()?;
        let file: Self = serde_json::from_slice(&bytes).ok()?;
        alive(file.pid).then_some(file)
    }

    /// Writes it whole.
    pub fn write(&self, dir: &Path) -> std::io::Result<()> {
        let bytes = serde_json::to_vec(self).map_err(std::io::Error::other)?;
        let mut temp = tempfile::NamedTempFile::new_in(dir)?;
        std::io::Write::write_all(&mut temp, &bytes)?;
        temp.persist(dir.join(ENGINE_FILE)).map(drop).map_err(|e| e.error)
    }

    /// Takes it away, at the end of the engine that wrote it.
    pub fn remove(dir: &Path, pid: u32) {
        let ours = std::fs::read(dir.join(ENGINE_FILE))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok())
            .is_some_and(|file| file.pid == pid);
        if ours {
            let _ = std::fs::remove_file(dir.join(ENGINE_FILE));
        }
    }
}

/// Whether a process of this id runs. The lock of the world decides who owns it; this only spares a connection
/// attempt to an engine that is gone.
fn alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

/// It holds the world and its port, and says nothing: reading past it would show what it may be about to change.
fn silent(file: &EngineFile) -> Problem {
    Problem::new(
        504,
        Code::EngineSilent,
        format!(
            "The engine of this world (process {}) does not answer at {} within {} s.",
            file.pid,
            file.url,
            limits::HTTP_SILENCE_TIMEOUT_S
        ),
        "Look whether its process is stopped or the machine is busy. Killing it loses nothing: the next start goes on.",
    )
}

impl Client {
    /// The engine of the world in `dir` if one runs, else the world read only.
    pub async fn discover(dir: &Path) -> Result<Self, Problem> {
        if let Some(file) = EngineFile::read(dir) {
            let http = Http::with_token_file(&file.url, &file.token_file)?;
            // A process may have taken the pid of an engine that was killed: ask before trusting the file.
            let answer = http.call::<_, CheckpointView>(find("log_checkpoint"), &Nothing {});
            match tokio::time::timeout(Duration::from_secs(limits::HTTP_SILENCE_TIMEOUT_S), answer).await {
                Ok(Ok(_)) => return Ok(Self::Http(http)),
                Ok(Err(problem)) if problem.code == Code::EngineUnreachable => {}
                Ok(Err(problem)) => return Err(problem),
                Err(_) => return Err(silent(&file)),
            }
        }
        Context::read_only(dir).await.map(Self::ReadOnly)
    }

    /// Hands in a signed act with its blobs; `subject` fills `{id}` of its route.
    pub async fn hand_in(
        &self,
        act: ActName,
        subject: Option<&str>,
        handed: &HandIn,
        idempotency_key: Option<&str>,
    ) -> Result<ActView, Problem> {
        if let Some(key) = idempotency_key {
            check_idempotency_key(key)?;
        }
        // An update goes to the route of its type, which its statement says.
        let route = submit::route_of(handed).filter(|_| act == ActName::Submit);
        let subject = subject.or(route);
        match self {
            Self::Local(context) => {
                let signed = HandedIn {
                    subject: subject.map(str::to_owned),
                    handed: handed.clone(),
                    idempotency_key: idempotency_key.map(str::to_owned),
                };
                table::hand_in(act, context, signed).await
            }
            Self::Http(http) => http.hand_in(operations::of_act(act), subject, handed, idempotency_key).await,
            Self::ReadOnly(context) => Err(no_engine(context.dir())),
        }
    }

    /// Uploads bytes that an update will name by digest.
    pub async fn upload(&self, bytes: Vec<u8>) -> Result<BlobView, Problem> {
        match self {
            Self::Local(context) => handlers::blob_put(context, Digest::of(&bytes), bytes).await,
            Self::Http(http) => http.upload(bytes).await,
            Self::ReadOnly(context) => Err(no_engine(context.dir())),
        }
    }

    /// What happens after sequence `after` (or from now on).
    pub async fn notices(&self, after: Option<u64>) -> Result<Following, Problem> {
        match self {
            Self::Local(context) | Self::ReadOnly(context) => {
                context.notices(after).await.map(Following::Local)
            }
            Self::Http(http) => http.events(after).await.map(Following::Http),
        }
    }
}

/// A stream of notices; see [`Client::notices`].
#[derive(Debug)]
pub enum Following {
    /// From the engine in this process.
    Local(handlers::Notices),
    /// From another process.
    Http(Events),
}

impl Following {
    /// The next notices, at least one; an error when there will be none any more.
    pub async fn next(&mut self) -> Result<Vec<NoticeView>, Problem> {
        match self {
            Self::Local(notices) => notices.next().await,
            Self::Http(events) => events.next().await,
        }
    }
}

/// The row of the list with this name.
fn find(name: &str) -> &'static Operation {
    operations::list()
        .iter()
        .find(|o| o.name == name)
        .expect("invariant: methods and rows are made from one list")
}

macro_rules! methods {
    (
        read { $($rn:ident: $rm:ident $rp:literal $rq:ident -> $rv:ident;)* }
        prepare { $($pn:ident: $pm:ident $pp:literal $pq:ident -> $pv:ident;)* }
        operate { $($on:ident: $om:ident $op:literal $oq:ident -> $ov:ident;)* }
        signed { $($signed:tt)* }
    ) => {
        impl Client {
            $(
                #[doc = concat!("`", stringify!($rm), " ", $rp, "`")]
                pub async fn $rn(&self, request: $rq) -> Result<$rv, Problem> {
                    match self {
                        Self::Local(context) | Self::ReadOnly(context) => handlers::$rn(context, request).await,
                        Self::Http(http) => http.call(find(stringify!($rn)), &request).await,
                    }
                }
            )*
            $(
                #[doc = concat!("`", stringify!($pm), " ", $pp, "`")]
                pub async fn $pn(&self, request: $pq) -> Result<$pv, Problem> {
                    match self {
                        Self::Local(context) | Self::ReadOnly(context) => handlers::$pn(context, request).await,
                        Self::Http(http) => http.call(find(stringify!($pn)), &request).await,
                    }
                }
            )*
            $(
                #[doc = concat!("`", stringify!($om), " ", $op, "`")]
                pub async fn $on(&self, request: $oq) -> Result<$ov, Problem> {
                    match self {
                        Self::Local(context) | Self::ReadOnly(context) => handlers::$on(context, request).await,
                        Self::Http(http) => http.call(find(stringify!($on)), &request).await,
                    }
                }
            )*
        }
    };
}
crate::operations!(methods);
