//! The shell's own state: which world is open, the way to its engine, what the signing window is about.

use crate::settings::{Settings, Theme, data_home};
use grace_api::client::Client;
use grace_api::host::Host;
use grace_api::problem::Problem;
use grace_api::requests::SigningRequest;
use grace_api::worlds;
use grace_domain::core::codes::Code;
use grace_sim::Stage;
use serde::Serialize;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tauri::async_runtime::JoinHandle;
use tokio::runtime::Handle;
use ts_rs::TS;

/// Where the app stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No world yet.
    FirstStart,
    /// A world is being made or opened.
    Opening,
    /// An engine answers.
    Ready,
    /// It did not work.
    Failed,
}

/// A step of making or opening a world.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Step {
    /// In words.
    pub label: String,
    /// Behind us.
    pub done: bool,
}

/// What the main window is told.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AppView {
    /// Where it stands.
    pub phase: Phase,
    /// The world, or where it would be.
    pub data_dir: String,
    /// Where the demo would be made.
    pub demo_dir: String,
    /// Theme.
    pub theme: Theme,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// Progress.
    pub steps: Vec<Step>,
}

/// The engine of this process, with whoever is simulated beside it.
struct Hosted {
    host: Host,
    stage: Option<Stage>,
}

impl Hosted {
    async fn start(dir: &Path, launcher: PathBuf) -> Result<Self, Problem> {
        let host = Host::start(dir, launcher, 0).await?;
        let stage = Stage::beside(&host).await;
        Ok(Self { host, stage })
    }

    async fn shutdown(self) {
        if let Some(stage) = self.stage {
            stage.close().await;
        }
        self.host.shutdown().await;
    }
}

/// Everything the shell holds.
pub struct AppState {
    app: Mutex<AppView>,
    settings: Mutex<Settings>,
    client: Mutex<Option<Client>>,
    host: tokio::sync::Mutex<Option<Hosted>>,
    signing: Mutex<Option<SigningRequest>>,
    following: Mutex<Option<JoinHandle<()>>>,
    opening: tokio::sync::Mutex<()>,
    signing_window: tokio::sync::Mutex<()>,
    /// The engine's own threads: windows that are busy drawing never slow it, nor it them.
    engine: Handle,
    /// Make the demo world when there is none.
    pub demo: bool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_open() -> Problem {
    Problem::new(
        503,
        Code::NoWorldOpen,
        "No world is open. Nothing was changed.",
        "Make one, open one, or try the demo.",
    )
}

impl AppState {
    /// Before anything is opened.
    pub fn new(data_dir: Option<PathBuf>, demo: bool, engine: Handle) -> Self {
        let settings = Settings::read();
        let named = std::env::var_os("GRACE_DATA_DIR").filter(|v| !v.is_empty()).map(PathBuf::from);
        let dir = data_dir
            .or(named)
            .or_else(|| settings.data_dir.clone())
            .unwrap_or_else(|| data_home().join("world"));
        let dir = std::path::absolute(&dir).unwrap_or(dir);
        let app = AppView {
            phase: Phase::Opening,
            data_dir: dir.display().to_string(),
            demo_dir: data_home().join("demo").display().to_string(),
            theme: settings.theme,
            problem: None,
            steps: Vec::new(),
        };
        Self {
            app: Mutex::new(app),
            settings: Mutex::new(settings),
            client: Mutex::new(None),
            host: tokio::sync::Mutex::new(None),
            signing: Mutex::new(None),
            following: Mutex::new(None),
            opening: tokio::sync::Mutex::new(()),
            signing_window: tokio::sync::Mutex::new(()),
            engine,
            demo,
        }
    }

    /// What the main window is told.
    pub fn app(&self) -> AppView {
        locked(&self.app).clone()
    }

    /// The way to the engine.
    pub fn client(&self) -> Result<Client, Problem> {
        locked(&self.client).clone().ok_or_else(not_open)
    }

    /// What the signing window is about.
    pub fn signing(&self) -> Option<SigningRequest> {
        locked(&self.signing).clone()
    }

    /// Sets what the signing window is about.
    pub fn set_signing(&self, request: Option<SigningRequest>) {
        *locked(&self.signing) = request;
    }

    /// Held while the signing window is opened or closed.
    pub async fn signing_window(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.signing_window.lock().await
    }

    /// Keeps the theme.
    pub fn set_theme(&self, theme: Theme) {
        locked(&self.app).theme = theme;
        let mut settings = locked(&self.settings);
        settings.theme = theme;
        settings.keep();
    }

    /// Held while a world is opened.
    pub async fn opening(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.opening.lock().await
    }

    /// Whether a world is being opened.
    pub fn is_opening(&self) -> bool {
        self.opening.try_lock().is_err()
    }

    fn change(&self, change: impl FnOnce(&mut AppView)) -> AppView {
        let mut app = locked(&self.app);
        change(&mut app);
        app.clone()
    }

    /// Begins to open `dir`.
    pub fn begin(&self, dir: &Path) -> AppView {
        self.change(|app| {
            app.phase = Phase::Opening;
            app.problem = None;
            app.data_dir = dir.display().to_string();
            app.steps.clear();
        })
    }

    /// The next step of opening; those before are behind us.
    pub fn step(&self, label: &str) -> AppView {
        self.change(|app| {
            for step in &mut app.steps {
                step.done = true;
            }
            app.steps.push(Step { label: label.into(), done: false });
        })
    }

    /// Nothing was there to open.
    pub fn first_start(&self) -> AppView {
        self.change(|app| app.phase = Phase::FirstStart)
    }

    /// How opening went.
    pub fn ended(&self, result: Result<(), Problem>) -> AppView {
        self.change(|app| match result {
            Ok(()) => {
                app.phase = Phase::Ready;
                for step in &mut app.steps {
                    step.done = true;
                }
            }
            Err(problem) => {
                app.phase = Phase::Failed;
                app.problem = Some(problem);
            }
        })
    }

    async fn on_engine<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        self.engine.spawn(work).await.map_err(|_| {
            Problem::new(
                500,
                Code::EngineFailed,
                "The engine stopped in the middle of this.",
                "Open the world again.",
            )
        })?
    }

    /// Makes the demo world in `dir`.
    pub async fn make_demo(&self, dir: &Path) -> Result<(), Problem> {
        let dir = dir.to_owned();
        self.on_engine(async move { worlds::demo(&dir).await.map(drop) }).await
    }

    /// Makes a real world in `dir`.
    pub async fn make_world(&self, dir: &Path, people: String, policy: String) -> Result<(), Problem> {
        let dir = dir.to_owned();
        let name = dir.file_name().map_or_else(|| "world".into(), |n| n.to_string_lossy().into_owned());
        self.on_engine(async move { worlds::init(&dir, &name, &people, &policy).await.map(drop) }).await
    }

    /// Opens the world; attaches to the engine that holds it already.
    pub async fn open(&self, dir: &Path) -> Result<Client, Problem> {
        let own = std::env::current_exe().map_err(|e| {
            Problem::new(
                500,
                Code::Io,
                format!("The app's own path is unknown: {e}."),
                "Start it by its full path.",
            )
        })?;
        let place = dir.to_owned();
        let client = match self.on_engine(async move { Hosted::start(&place, own).await }).await {
            Ok(hosted) => {
                let client = hosted.host.client();
                *self.host.lock().await = Some(hosted);
                client
            }
            Err(problem) => match Client::discover(dir).await {
                Ok(client @ Client::Http(_)) => client,
                Ok(client @ Client::ReadOnly(_)) if problem.code == Code::LogBroken => client,
                Ok(_) | Err(_) => return Err(problem),
            },
        };
        *locked(&self.client) = Some(client.clone());
        let mut settings = locked(&self.settings);
        settings.data_dir = Some(dir.to_owned());
        settings.keep();
        Ok(client)
    }

    /// Keeps the task that follows the open world, so that closing ends it.
    pub fn set_following(&self, task: JoinHandle<()>) {
        *locked(&self.following) = Some(task);
    }

    /// Lets go of the world; stops the engine, if it is ours.
    pub async fn close(&self) {
        *locked(&self.client) = None;
        if let Some(task) = locked(&self.following).take() {
            task.abort();
        }
        let hosted = self.host.lock().await.take();
        if let Some(hosted) = hosted {
            let stopped = self.on_engine(async move {
                hosted.shutdown().await;
                Ok(())
            });
            if let Err(problem) = stopped.await {
                tracing::warn!(code = %problem.code, "the engine did not stop in order; the next start recovers it");
            }
        }
    }
}
