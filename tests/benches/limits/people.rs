//! A world with an engine in this process, two persons whose keys are in memory, and what they sign.
//!
//! Owns the faster clock: an observation window is waiting and no work, so it passes quickly. The check of a target is
//! `/bin/true` in the whole sandbox, and nothing is activated: what an operator's commands take is not ours.

use crate::report::{Done, Watch};
use grace_domain::core::canon::to_canonical;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{PersonId, UpdateId};
use grace_domain::core::sealed_text::salted;
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::{ACKNOWLEDGERS, Person, Policy, Risk};
use grace_domain::governance::tally::Decision;
use grace_domain::kinds::UpdateType;
use grace_domain::statement::{ApprovalStatement, HandIn, Part, Statement, Submission};
use grace_domain::update::Update;
use grace_engine::genesis::{Acknowledger, DemoComponent, Plan, create};
use grace_engine::metrics::Pushed;
use grace_engine::ports::{Clock, SystemClock, SystemRandom};
use grace_engine::{Engine, EngineConfig, Ports};
use grace_target::SandboxLauncher;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// How much faster than the machine's the clock runs: a window of a second is over after 100 ms, and without data after 200.
pub const SPEED: u64 = 10;
/// Statements are good for a day of the faster clock.
const LIFE_MS: i64 = 24 * 3_600_000;
/// For one update to get through.
const DEADLINE: Duration = Duration::from_secs(60);
/// Between two looks at an update of which nothing was said.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const AUTHOR: &str = "ann";
const APPROVER: &str = "bob";
pub const METRIC: &str = "error_rate";

struct FastClock {
    machine: SystemClock,
    begin: Timestamp,
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        self.begin.plus_ms(i64::try_from(self.monotonic_ms()).unwrap_or(i64::MAX))
    }

    fn is_wall_clock(&self) -> bool {
        false
    }

    fn monotonic_ms(&self) -> u64 {
        // Sub-millisecond steps of the machine's clock are lost: an evaluation counts whole steps of `SPEED` ms.
        self.machine.monotonic_ms() * SPEED
    }

    fn sleep_ms(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(Duration::from_millis((ms / SPEED).max(1))))
    }
}

fn id<T: std::str::FromStr>(text: &str) -> Done<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    Ok(text.parse()?)
}

fn sealed<T: Statement>(statement: &T, key: &SignerKey) -> Done<HandIn> {
    let mut statement = statement.clone();
    let blobs = statement.seal(|| [1; 32]);
    Ok(HandIn { envelope: Envelope::sign(T::PAYLOAD_TYPE, to_canonical(&statement)?, &[key]), blobs })
}

/// The world, its engine and its people.
pub struct Scene {
    pub engine: Engine,
    pub dir: PathBuf,
    ports: Ports,
    keys: BTreeMap<&'static str, SignerKey>,
}

/// Starts an engine on a world.
pub async fn engine(dir: &Path, ports: Ports) -> Done<Engine> {
    let launcher = SandboxLauncher { program: std::env::current_exe()? };
    Ok(Engine::start(EngineConfig { dir: dir.to_owned(), ports, launcher }).await?)
}

impl Scene {
    /// Makes a world with these many components beneath `top`, and starts it.
    pub async fn open(top: &Path, components: usize) -> Done<Self> {
        let dir = top.join("world");
        let machine = SystemClock::default();
        let clock = Arc::new(FastClock { begin: machine.now(), machine });
        let ports = Ports { clock, random: Arc::new(SystemRandom) };
        let keys: BTreeMap<&str, SignerKey> =
            [AUTHOR, APPROVER].into_iter().map(|p| (p, SignerKey::from_seed(ports.seed()))).collect();
        let policy: Policy = serde_json::from_value(json!({
            "windows_s": { "low": 1, "medium": 1, "high": 1, "critical": 1 },
            "evaluate_every_s": 1, "fresh_s": 600, "min_samples": 1, "baseline_s": 60,
        }))?;
        let mut people = BTreeMap::new();
        for (name, key) in &keys {
            let person = Person::new(*name, BTreeSet::new(), vec![key.public()]);
            people.insert(id::<PersonId>(name)?, person);
        }
        let acknowledgers = ACKNOWLEDGERS
            .iter()
            .map(|a| Ok(Acknowledger { id: id(a)?, key: None }))
            .collect::<Done<Vec<_>>>()?;
        let mut places = Vec::new();
        for n in 0..components {
            places.push(component(top, &name(n))?);
        }
        let plan = Plan {
            name: "bench".into(),
            simulation: true,
            people,
            policy,
            acknowledgers,
            components: places,
            owner: id(AUTHOR)?,
            recovery: None,
        };
        create(&dir, &plan, &ports).await?;
        let engine = engine(&dir, ports.clone()).await?;
        Ok(Self { engine, dir, ports, keys })
    }

    /// The time of its clock.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// One update of a component through all eight stages, to `stable`.
    pub async fn update(&self, component: usize, text: &str) -> Done<UpdateId> {
        let mut notices = self.engine.notices();
        let (submission, content) = self.submission(component, text)?;
        let mut handed = sealed(&submission, &self.keys[AUTHOR])?;
        handed.blobs.extend(content);
        self.engine.submit_update(&handed, None).await?;
        let id = submission.id;
        let watch = Watch::start();
        let (mut approved, mut pushed) = (false, None::<Watch>);
        while watch.elapsed() < DEADLINE {
            let update = self.engine.update(&id).await?.ok_or("the update is gone")?;
            match update.state().as_str() {
                "stable" => return Ok(id),
                "awaiting_approval" if !approved => {
                    self.approve(&update).await?;
                    approved = true;
                }
                "observing" if pushed.is_none_or(|w| w.elapsed() >= LOOK_EVERY) => {
                    self.push(component).await?;
                    pushed = Some(Watch::start());
                }
                state if update.ended() || state == "held" || state == "blocked" => {
                    return Err(format!("an update ended as {state}: {:?}", update.reason()).into());
                }
                _ => {}
            }
            // Until something is said of this update; a notice that was missed is caught up with soon.
            let told = async {
                while let Ok(notice) = notices.recv().await {
                    if notice.subject == id.as_str() {
                        break;
                    }
                }
            };
            let _ = tokio::time::timeout(LOOK_EVERY, told).await;
        }
        Err("an update did not get through in time".into())
    }

    /// A submission, and the blobs of its content.
    fn submission(&self, component: usize, text: &str) -> Done<(Submission, Vec<Vec<u8>>)> {
        let now = self.ports.clock.now();
        let draft = serde_json::json!({ "files": { "app.conf": { "text": text } } });
        let (document, mut blobs) = UpdateType::Config.document(&draft).map_err(|r| r.message)?;
        let blob = salted([2; 32], &document)?;
        let part = Part {
            update_type: UpdateType::Config,
            component_targets: std::iter::once(id(&name(component))?).collect(),
            content: Digest::of(&blob),
        };
        blobs.push(blob);
        let submission = Submission::new(
            self.engine.world().origin().to_owned(),
            id(&format!("upd_{}", self.ports.uuid().hyphenated()))?,
            vec![part],
            (id(AUTHOR)?, "Change the workers".into()),
            Risk::Low,
            (now, now.plus_ms(LIFE_MS)),
        );
        Ok((submission, blobs))
    }

    async fn approve(&self, update: &Update) -> Done<()> {
        let package = update.package().cloned().ok_or("no package to approve")?;
        let now = self.ports.clock.now();
        let statement = ApprovalStatement {
            world: self.engine.world().origin().to_owned(),
            subject: update.id().to_string(),
            decision: Decision::Approve,
            stage: "governance".into(),
            set: update.set(),
            package: package.package,
            rollback_plan: package.rollback_plan,
            policy: update.policy(),
            person: id(APPROVER)?,
            nonce: self.ports.nonce(),
            at: now,
            expires: now.plus_ms(LIFE_MS),
            reason: "".into(),
        };
        self.engine.approve_update(update.id(), &sealed(&statement, &self.keys[APPROVER])?, None).await?;
        Ok(())
    }

    /// A sample of now: the next evaluation of the window finds it.
    pub async fn push(&self, component: usize) -> Done<()> {
        let sample = Pushed { metric: id(METRIC)?, value_micro: 4_000, count: 100, at: None };
        self.engine.push_samples(&id(&name(component))?, &[sample]).await?;
        Ok(())
    }
}

/// The id of a component.
pub fn name(n: usize) -> String {
    format!("component-{n}")
}

fn component(top: &Path, name: &str) -> Done<DemoComponent> {
    let root = top.join(name);
    std::fs::create_dir(&root)?;
    std::fs::write(root.join("app.conf"), "workers = 4\n")?;
    Ok(DemoComponent {
        id: id(name)?,
        title: name.into(),
        component_type: "service".into(),
        metrics: BTreeSet::from([id(METRIC)?]),
        capabilities: BTreeSet::new(),
        target: json!({
            "kind": "directory", "root": root, "managed": ["*.conf"],
            "check": { "argv": ["/bin/true"], "timeout_s": 600 },
        })
        .to_string(),
    })
}
