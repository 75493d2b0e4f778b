//! Running a world's engine in this process, with its server and the file by which clients find it.
//!
//! Owns the order of starting and stopping. The app and `grace serve` use the same; whoever comes second attaches.

use grace_domain::core::codes::Code;
use grace_domain::core::hint::Way;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use grace_domain::core::ids::ComponentId;
use grace_domain::crypto::keys::{PublicKey, SignerKey};
use grace_engine::{Engine, EngineConfig, Ports, StartError};
use grace_target::SandboxLauncher;

use crate::client::{Client, EngineFile};
use crate::handlers::Context;
use crate::http::Server;
use crate::problem::Problem;
use crate::problems::open_problem;

/// An engine in this process, reachable over HTTP on loopback.
pub struct Host {
    dir: PathBuf,
    engine: Engine,
    context: Context,
    server: Server,
}

impl Host {
    /// Opens the world in `dir`. `launcher` is the binary that starts sandboxed checks (this one, as a rule);
    /// `port` 0 takes any free one.
    pub async fn start(dir: &Path, launcher: PathBuf, port: u16) -> Result<Self, Problem> {
        let config = EngineConfig {
            dir: dir.to_owned(),
            ports: Ports::system(),
            launcher: SandboxLauncher { program: launcher },
        };
        Self::start_with(config, port).await
    }

    /// The same with everything given, for tests with their own clock.
    pub async fn start_with(config: EngineConfig, port: u16) -> Result<Self, Problem> {
        // What clients read must mean the same in every directory.
        let dir = std::path::absolute(&config.dir).map_err(|error| {
            Problem::new(
                500,
                Code::ServerNotStarted,
                format!("{} has no absolute path: {error}.", config.dir.display()),
                "Name the world by its whole path.",
            )
        })?;
        let config = EngineConfig { dir: dir.clone(), ..config };
        let engine = Engine::start(config).await.map_err(|e| start_problem(&e))?;
        let context = Context::of_engine(engine.clone());
        let server = match Server::start(context.clone(), &dir, port).await {
            Ok(server) => server,
            Err(error) => {
                engine.shutdown().await;
                return Err(Problem::new(
                    500,
                    Code::ServerNotStarted,
                    format!("The API could not be served: {error}. The engine was stopped."),
                    "Choose another port, or check the token file.",
                ));
            }
        };
        let host = Self { dir, engine, context, server };
        if let Err(error) = host.engine_file().write(&host.dir) {
            tracing::warn!(%error, "clients will not find this engine by its world");
        }
        Ok(host)
    }

    /// What clients need.
    pub fn engine_file(&self) -> EngineFile {
        EngineFile {
            url: self.server.url(),
            token_file: self.server.token_file().to_owned(),
            pid: std::process::id(),
        }
    }

    /// A client of this engine, without the detour over HTTP.
    pub fn client(&self) -> Client {
        Client::Local(self.context.clone())
    }

    /// The world's directory, absolute.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Time and randomness of the engine.
    pub fn ports(&self) -> Ports {
        self.engine.context().ports.clone()
    }

    /// The keys of the subsystems that are simulated in this world, for whoever plays them beside this engine. One that
    /// does not read is left out: nobody answers for it.
    pub fn simulated_subsystems(&self) -> BTreeMap<ComponentId, SignerKey> {
        let world = self.engine.world();
        let played = world.components().values().filter(|c| c.facts().subsystem && c.facts().simulated);
        let keyring = &self.engine.context().keyring;
        let key = |id: &ComponentId, public: &PublicKey| match keyring.known(id, public) {
            Ok(key) => key,
            Err(error) => {
                tracing::warn!(subsystem = %id, %error, "its key does not read");
                None
            }
        };
        played.filter_map(|c| Some((c.id().clone(), key(c.id(), &c.facts().key)?))).collect()
    }

    /// The engine itself.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes no request any more, then stops the engine; what was in flight is found again at the next start.
    pub async fn shutdown(self) {
        EngineFile::remove(&self.dir, std::process::id());
        self.server.shutdown().await;
        self.engine.shutdown().await;
    }
}

/// Why an engine does not start, as a problem.
pub fn start_problem(error: &StartError) -> Problem {
    match error {
        StartError::Open(open) => open_problem(open),
        StartError::Broken { reason } => Problem::new(
            409,
            Code::LogBroken,
            format!("The log is not what it was: {reason}. The world opens for reading only."),
            Way::RestoreCopy,
        ),
        other => Problem::new(
            500,
            Code::EngineNotStarted,
            format!("The engine did not start: {other}. Nothing changed."),
            Way::RestoreCopy,
        ),
    }
}
