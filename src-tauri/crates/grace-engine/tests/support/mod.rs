//! A world with people, a directory target and an engine, and short words for what people do in it.

use grace_domain::component::Component;
use grace_domain::digest::Digest;
use grace_domain::dsse::Envelope;
use grace_domain::handshake::Handshake;
use grace_domain::ids::{ComponentId, HandshakeId, PersonId, UpdateId};
use grace_domain::keys::SignerKey;
use grace_domain::policy::{ACKNOWLEDGERS, Person, Policy, Risk, UpdateType};
use grace_domain::refusal::Refusal;
use grace_domain::statement::{
    Act, ActStatement, ApprovalStatement, Content, ContentFile, HandshakeRequest, Statement, Submission,
};
use grace_domain::tally::Decision;
use grace_domain::update::Update;
use grace_engine::genesis::{Acknowledger, DemoComponent, Plan, create};
use grace_engine::sources::Source;
use grace_engine::target::SandboxLauncher;
use grace_engine::{Engine, EngineConfig, Outcome, Ports};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(40);
const PEOPLE: [&str; 4] = ["developer", "sre", "dba", "security"];

/// Everything a test needs.
pub struct Bench {
    pub engine: Engine,
    pub ports: Ports,
    keys: BTreeMap<PersonId, SignerKey>,
    base: TempDir,
}

/// What to submit.
pub struct Wanted {
    component: String,
    risk: Risk,
    content: Content,
}

pub fn submission(component: &str, risk: &str) -> Wanted {
    let risk = serde_json::from_value(serde_json::json!(risk)).expect("a risk");
    Wanted { component: component.into(), risk, content: Content::default() }
}

impl Wanted {
    pub fn file(mut self, path: &str, text: &str) -> Self {
        let file = ContentFile { text: Some(text.into()), sha256: None, mode: None };
        self.content.files.insert(path.into(), file);
        self
    }
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a valid id")
}

fn target(root: &std::path::Path) -> String {
    let check = r#"if grep -q BROKEN "$1/app.conf"; then echo "it is broken" >&2; exit 1; fi"#;
    let activate = r#"if grep -q refuse-activation "$1/app.conf"; then exit 3; fi"#;
    serde_json::json!({
        "kind": "directory", "root": root, "managed": ["*.conf"],
        "check": { "argv": ["/bin/sh", "-c", check, "check", "{staged}"], "timeout_s": 20 },
        "activate": { "argv": ["/bin/sh", "-c", activate, "activate", "{root}"], "timeout_s": 20 },
    })
    .to_string()
}

impl Bench {
    pub async fn new() -> Self {
        let base = tempfile::tempdir().expect("a directory");
        for name in ["edge", "newcomer"] {
            let root = base.path().join(name);
            std::fs::create_dir(&root).expect("a root");
            std::fs::write(root.join("app.conf"), "workers = 4\nname = edge\n").expect("content");
        }
        let ports = Ports::system();
        let keys: BTreeMap<PersonId, SignerKey> =
            PEOPLE.iter().map(|p| (id(p), SignerKey::from_seed(ports.seed()))).collect();
        let people = keys
            .iter()
            .map(|(p, k)| {
                (p.clone(), Person { name: p.to_string(), groups: BTreeSet::new(), keys: vec![k.public()] })
            })
            .collect();
        let mut policy = Policy { look_every_s: 1, fresh_s: 5, min_samples: 1, baseline_s: 60, ..Policy::default() };
        policy.windows_s.low = 3;
        policy.handshake.window_s = 2;
        policy.handshake.timeout_s = 20;
        let plan = Plan {
            name: "bench".into(),
            simulation: true,
            people,
            policy,
            acknowledgers: ACKNOWLEDGERS.iter().map(|a| Acknowledger { id: id(a), key: None }).collect(),
            components: vec![DemoComponent {
                id: id("edge"),
                title: "Edge".into(),
                component_type: "service".into(),
                metrics: BTreeSet::from([id("error_rate"), id("latency_p95_ms")]),
                capabilities: BTreeSet::new(),
                target: target(&base.path().join("edge")),
            }],
            owner: id("sre"),
        };
        let dir = base.path().join("world");
        create(&dir, &plan, &ports).await.expect("a world");
        let engine = Self::start(&dir, &ports).await;
        Self { engine, ports, keys, base }
    }

    async fn start(dir: &std::path::Path, ports: &Ports) -> Engine {
        let launcher = SandboxLauncher { program: PathBuf::from(env!("CARGO_BIN_EXE_grace-sandbox")) };
        let config = EngineConfig { dir: dir.to_owned(), ports: ports.clone(), launcher };
        Engine::start(config).await.expect("an engine")
    }

    pub fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.base.path().join("edge").join(path)).expect("the file")
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        std::fs::write(self.base.path().join("edge").join(path), bytes).expect("written");
    }

    fn sign<T: Statement>(&self, person: &str, statement: &T) -> Envelope {
        let payload = grace_domain::canon::to_canonical(statement).expect("canonical");
        Envelope::sign(T::PAYLOAD_TYPE, payload, &[&self.keys[&id::<PersonId>(person)]])
    }

    fn origin(&self) -> String {
        self.engine.world().genesis.origin.clone()
    }

    pub async fn submit(&self, wanted: Wanted) -> UpdateId {
        let now = self.ports.clock.now();
        let update: UpdateId = id(&format!("upd_{}", self.ports.uuid().hyphenated()));
        let statement = Submission {
            world: self.origin(),
            id: update.clone(),
            update_type: UpdateType::Config,
            component_targets: vec![id(&wanted.component)],
            content: wanted.content,
            created_by: id("developer"),
            risk_level: wanted.risk,
            title: "Change the workers".into(),
            description: String::new(),
            at: now,
            expires: now.plus_ms(600_000),
        };
        let envelope = self.sign("developer", &statement);
        self.engine.submit_update(&envelope, None).await.expect("submitted");
        update
    }

    pub async fn approve(&self, update: &UpdateId, person: &str) -> Result<Outcome, Refusal> {
        let u = self.engine.update(update).await.expect("readable").expect("there");
        let package = u.package.clone().expect("packaged");
        let now = self.ports.clock.now();
        let statement = ApprovalStatement {
            world: self.origin(),
            subject: update.to_string(),
            decision: Decision::Approve,
            stage: "governance".into(),
            content: u.content,
            package: package.package,
            rollback_plan: package.rollback_plan,
            policy: u.policy,
            person: id(person),
            nonce: self.ports.nonce(),
            at: now,
            expires: now.plus_ms(600_000),
            reason: String::new(),
        };
        self.engine.approve_update(update, &self.sign(person, &statement), None).await
    }

    fn act_statement(&self, act: Act, subject: &str, digest: Digest, person: &str, reason: &str) -> Envelope {
        let now = self.ports.clock.now();
        let statement = ActStatement {
            world: self.origin(),
            act,
            subject: subject.into(),
            digest,
            person: id(person),
            nonce: self.ports.nonce(),
            at: now,
            expires: now.plus_ms(600_000),
            reason: reason.into(),
        };
        self.sign(person, &statement)
    }

    pub async fn act(&self, update: &UpdateId, act: Act, person: &str, reason: &str) -> Result<Outcome, Refusal> {
        let u = self.engine.update(update).await.expect("readable").expect("there");
        let envelope = self.act_statement(act, update.as_str(), u.content, person, reason);
        self.engine.act_on_update(update, act, &envelope, None).await
    }

    pub async fn act_on_component(&self, component: &str, act: Act, person: &str) -> Result<Outcome, Refusal> {
        let component: ComponentId = id(component);
        let world = self.engine.world();
        let looked = grace_engine::preview::look(&world.components[&component]).await.expect("a look");
        let envelope =
            self.act_statement(act, component.as_str(), looked.tree.digest(), person, "as agreed");
        self.engine.act_on_component(&component, act, &envelope, None).await
    }

    pub fn errors(&self, component: &str, rate: f64) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a small positive rate
        let error_rate_micro = (rate * 1e6) as u64;
        let source = Source { error_rate_micro, ..Source::default() };
        self.engine.set_source(&id(component), source).expect("set");
    }

    pub async fn request_handshake(&self, component: &str, person: &str) -> HandshakeId {
        let now = self.ports.clock.now();
        let handshake: HandshakeId = id(&format!("hs_{}", self.ports.uuid().hyphenated()));
        let nonce = self.ports.nonce();
        let component_id: ComponentId = id(component);
        let (public_key, possession) =
            self.engine.component_possession(&component_id, &handshake, &nonce).expect("a key");
        let target: serde_json::Value =
            serde_json::from_str(&target(&self.base.path().join(component))).expect("a target");
        let statement = HandshakeRequest {
            world: self.origin(),
            id: handshake.clone(),
            component: component_id,
            title: "Newcomer".into(),
            component_type: "service".into(),
            version: "1".into(),
            capabilities: BTreeSet::new(),
            expected_metrics: BTreeSet::from([id("error_rate")]),
            public_key,
            possession,
            target,
            requested_by: id(person),
            nonce,
            at: now,
            expires: now.plus_ms(600_000),
        };
        let envelope = self.sign(person, &statement);
        self.engine.request_handshake(&envelope, None).await.expect("requested");
        handshake
    }

    pub async fn approve_handshake(&self, handshake: &HandshakeId, person: &str) -> Result<Outcome, Refusal> {
        let h = self.engine.handshake(handshake).await.expect("readable").expect("there");
        let now = self.ports.clock.now();
        let statement = ApprovalStatement {
            world: self.origin(),
            subject: handshake.to_string(),
            decision: Decision::Approve,
            stage: "governance".into(),
            content: h.request,
            package: h.request,
            rollback_plan: h.target_digest(),
            policy: h.policy,
            person: id(person),
            nonce: self.ports.nonce(),
            at: now,
            expires: now.plus_ms(600_000),
            reason: String::new(),
        };
        self.engine.approve_handshake(handshake, &self.sign(person, &statement), None).await
    }

    pub fn component(&self, component: &str) -> Arc<Component> {
        self.engine.world().components[&id::<ComponentId>(component)].clone()
    }

    /// Waits for a state; fails with what is there when a final state or the deadline comes first.
    pub async fn until(&self, update: &UpdateId, state: &str) -> Arc<Update> {
        let mut notices = self.engine.notices();
        let wait = async {
            loop {
                let u = self.engine.update(update).await.expect("readable").expect("there");
                if u.state() == state {
                    return u;
                }
                assert!(!u.ended(), "ended as {} instead of {state}: {:?}", u.state(), u.reason());
                let _ = tokio::time::timeout(Duration::from_millis(200), notices.recv()).await;
            }
        };
        tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| {
            let now = self.engine.world().updates.get(update).map(|u| (u.state(), u.reason()));
            panic!("not {state} in time: {now:?}")
        })
    }

    pub async fn until_handshake(&self, handshake: &HandshakeId, state: &str) -> Arc<Handshake> {
        let mut notices = self.engine.notices();
        let wait = async {
            loop {
                let h = self.engine.handshake(handshake).await.expect("readable").expect("there");
                if h.state() == state {
                    return h;
                }
                assert!(!h.ended(), "ended as {} instead of {state}: {:?}", h.state(), h.reason());
                let _ = tokio::time::timeout(Duration::from_millis(200), notices.recv()).await;
            }
        };
        tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| {
            let now = self.engine.world().handshakes.get(handshake).map(|h| (h.state(), h.reason()));
            panic!("not {state} in time: {now:?}")
        })
    }

    /// The projections are what the log says.
    pub async fn verify(&self) {
        let reader = self.engine.reader();
        let size = reader.head().await.expect("head").size;
        let found = grace_engine::history::compare_rows(&reader, size).await.expect("comparable");
        assert!(found.is_empty(), "{found:?}");
    }
}
