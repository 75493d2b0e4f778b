//! A simulated world with its engine, a stage beside it, and persons who let a newcomer join. Time runs faster here.

use grace_api::simulation::subsystems::Behaviour;
use grace_domain::core::states::State;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use grace_api::requests::*;
use grace_api::signer::{Passphrase, PersonKey, sign_statement};
use grace_api::types::{ActView, HandshakeView};
use grace_api::{ActName, Client, DecisionWord, Host, Ports, worlds};
use grace_domain::core::time::Timestamp;
use grace_domain::statement::HandIn;
use grace_engine::EngineConfig;
use grace_engine::ports::{Clock, SystemClock, SystemRandom};
use grace_sim::{Cast, Stage};
use grace_target::SandboxLauncher;

const SPEED: u64 = 10;
const DEADLINE: Duration = Duration::from_secs(40);
const POLL: Duration = Duration::from_millis(10);

/// A faster clock that can break under whoever asks it for the time.
pub struct FastClock {
    machine: SystemClock,
    begin: Timestamp,
    broken: AtomicBool,
}

impl FastClock {
    pub fn new() -> Arc<Self> {
        let machine = SystemClock::default();
        Arc::new(Self { begin: machine.now(), machine, broken: AtomicBool::new(false) })
    }

    pub fn break_now(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        assert!(!self.broken.load(Ordering::SeqCst), "the clock broke");
        self.begin.plus_ms(i64::try_from(self.monotonic_ms()).expect("a test is short"))
    }

    fn is_wall_clock(&self) -> bool {
        false
    }

    fn monotonic_ms(&self) -> u64 {
        self.machine.monotonic_ms() * SPEED
    }

    fn sleep_ms(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(Duration::from_millis((ms / SPEED).max(1))))
    }
}

pub fn ports(clock: Arc<FastClock>) -> Ports {
    Ports { clock, random: Arc::new(SystemRandom) }
}

pub struct Theatre {
    pub host: Host,
    pub stage: Option<Stage>,
    clock: Arc<FastClock>,
    dir: tempfile::TempDir,
}

impl Theatre {
    /// With nobody on the stage yet.
    pub async fn closed() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        worlds::demo(&dir.path().join("world")).await.expect("a demo world");
        let clock = FastClock::new();
        let host = serve(dir.path().join("world"), clock.clone()).await;
        Self { host, stage: None, clock, dir }
    }

    pub async fn open() -> Self {
        let mut theatre = Self::closed().await;
        theatre.raise().await;
        theatre
    }

    /// The curtain rises.
    pub async fn raise(&mut self) {
        self.stage = Some(Stage::beside(&self.host).await.expect("a stage"));
    }

    /// A stage that goes by a clock of its own.
    pub async fn raise_by(&mut self, clock: Arc<FastClock>) {
        let cast =
            Cast { subsystems: self.host.simulated_subsystems(), memory: self.memory(), ports: ports(clock) };
        self.stage = Some(Stage::open(self.host.client(), cast).await.expect("a stage"));
    }

    pub async fn close(self) -> tempfile::TempDir {
        if let Some(stage) = self.stage {
            stage.close().await;
        }
        self.host.shutdown().await;
        self.dir
    }

    pub async fn restart(self) -> Self {
        let clock = self.clock.clone();
        let dir = self.close().await;
        let host = serve(dir.path().join("world"), clock.clone()).await;
        let mut theatre = Self { host, stage: None, clock, dir };
        theatre.raise().await;
        theatre
    }

    pub fn client(&self) -> Client {
        self.host.client()
    }

    pub fn world(&self) -> PathBuf {
        self.dir.path().join("world")
    }

    pub fn memory(&self) -> PathBuf {
        self.host.dir().join("subsystems")
    }

    pub async fn behave(&self, id: &str, behaviour: Behaviour) {
        let request = SimSubsystemRequest {
            id: id.into(),
            behaviour: Some(behaviour),
            delay_ms: Some(0),
            nack_reason: None,
        };
        self.client().sim_subsystem(request).await.expect("set");
    }

    async fn signed(&self, person: &str, request: StatementRequest) -> HandIn {
        let request = StatementRequest { person: person.into(), ..request };
        let statement = self.client().statement(request).await.expect("a statement");
        let people = self.world().join("people");
        let passphrase = Passphrase::from_file(&people.join("passphrase")).expect("a passphrase");
        let key = PersonKey::open(&people.join(format!("{person}.pem")), &passphrase, &[]).expect("a key");
        sign_statement(&statement, &key).expect("its blobs are base64")
    }

    /// A definition of a metric comes into force, as an update that somebody approves.
    pub async fn define(&self, metric: &str, definition: serde_json::Value) {
        let draft = UpdateDraft {
            update_type: "metric_definition".into(),
            component_targets: vec!["metrics_collector".into()],
            content: serde_json::json!({ "metric": metric, "definition": definition }),
            created_by: "developer".into(),
            risk_level: "low".into(),
            title: format!("Define {metric}"),
            ..UpdateDraft::default()
        };
        let request =
            StatementRequest { act: ActName::Submit, draft: Some(draft), ..StatementRequest::default() };
        let submitted = self.signed("developer", request).await;
        let submitted = self.client().hand_in(ActName::Submit, None, &submitted, None).await.expect("taken");
        let state = async || {
            let update = self.client().update_show(ById { id: submitted.id.clone() }).await.expect("shown");
            update.state
        };
        let wait = async {
            while state().await != State::AwaitingApproval {
                tokio::time::sleep(POLL).await;
            }
            let request = StatementRequest {
                act: ActName::Approve,
                subject: Some(submitted.id.clone()),
                decision: Some(DecisionWord::Approve),
                ..StatementRequest::default()
            };
            let approved = self.signed("sre", request).await;
            self.client()
                .hand_in(ActName::Approve, Some(&submitted.id), &approved, None)
                .await
                .expect("approved");
            let defined = async || {
                let view = self.client().metric_definitions(Nothing {}).await.expect("definitions");
                view.definitions.iter().any(|d| d.id == metric)
            };
            while !defined().await {
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::time::timeout(DEADLINE, wait).await.expect("in time");
    }

    /// The newcomer of the demo requests to join, and somebody approves.
    pub async fn announced(&self) -> String {
        self.announced_with(&["error_rate", "latency_p95_ms"]).await
    }

    /// The same, where it declares these metrics.
    pub async fn announced_with(&self, metrics: &[&str]) -> String {
        let description = self.world().join("targets").join("fraud-score.json");
        let description = std::fs::read(description).expect("the newcomer's description");
        let mut target: ComponentDraft = serde_json::from_slice(&description).expect("a draft");
        target.metrics = metrics.iter().map(ToString::to_string).collect();
        let target = Some(target);
        let request = StatementRequest { act: ActName::HandshakeRequest, target, ..Default::default() };
        let requested = self.signed("developer", request).await;
        let requested: ActView =
            self.client().hand_in(ActName::HandshakeRequest, None, &requested, None).await.expect("taken");
        let request = StatementRequest {
            act: ActName::HandshakeApprove,
            subject: Some(requested.id.clone()),
            decision: Some(DecisionWord::Approve),
            ..StatementRequest::default()
        };
        let approved = self.signed("sre", request).await;
        self.client()
            .hand_in(ActName::HandshakeApprove, Some(&requested.id), &approved, None)
            .await
            .expect("approved");
        requested.id
    }

    pub async fn show(&self, handshake: &str) -> HandshakeView {
        self.client().handshake_show(ById { id: handshake.into() }).await.expect("shown")
    }

    /// Waits until a handshake is as wanted.
    pub async fn until(&self, handshake: &str, is: impl Fn(&HandshakeView) -> bool) -> HandshakeView {
        let wait = async {
            loop {
                let shown = self.show(handshake).await;
                if is(&shown) {
                    return shown;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        if let Ok(shown) = tokio::time::timeout(DEADLINE, wait).await {
            return shown;
        }
        let shown = self.show(handshake).await;
        panic!("not in time: {} {:?} {:?}", shown.state, shown.reason, shown.missing)
    }

    pub async fn until_state(&self, handshake: &str, state: State) -> HandshakeView {
        self.until(handshake, |h| h.state == state).await
    }
}

async fn serve(world: PathBuf, clock: Arc<FastClock>) -> Host {
    let launcher = SandboxLauncher { program: PathBuf::from("/bin/false") };
    let config = EngineConfig { dir: world, ports: ports(clock), launcher };
    Host::start_with(config, 0).await.expect("an engine")
}
