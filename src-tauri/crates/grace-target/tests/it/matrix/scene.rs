//! One component of some kind with its agent: what it holds before and after an update, and how it is put into the state
//! from which an act begins. The log is a list of documents that receipts put in force.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::DocumentId;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::governance::policy::{ByRisk, Risk};
use grace_domain::kinds::content::{Content, DocumentEdit};
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::statement::{
    self, ComponentPlan, Manifest, Receipt, ReceiptAct, Rehearsal, Statement as _, Verified,
};
use grace_target::agent::offer::{Offer, Package, Registered};
use grace_target::agent::ports::{AgentClock as _, AgentPorts, StepHook};
use grace_target::agent::receipt::SignedReceipt;
use grace_target::agent::{Agent, AttemptFailed};
use grace_target::{
    BlobSource as _, Documents, Inspection, ItemState, LogView, Observed, TargetPlan, read_observed,
};
use tempfile::TempDir;

use super::files::{edits, make_root};
use super::ports::{Key, Shared, StoppedClock, UPDATE, engine_key, own_key, package_of, release};
use crate::support::{Blobs, everything, write};

const WORLD: &str = "grace.local/matrix";

/// What an agent shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Old to new.
    Apply,
    /// Old to new, which does not start: undone.
    ApplyThatFails,
    /// New to old, on request.
    Revert,
    /// What was recorded, over something else.
    Restore,
}

impl Way {
    /// Those that a kind knows: where nothing is activated, nothing fails to start.
    pub fn of(kind: TargetKind) -> Vec<Self> {
        match kind {
            TargetKind::Directory => vec![Self::Apply, Self::ApplyThatFails, Self::Revert, Self::Restore],
            TargetKind::Registry => vec![Self::Apply, Self::Revert, Self::Restore],
        }
    }
}

/// The content, whole, as a value to compare.
pub type Everything = BTreeMap<String, String>;

pub struct Scene {
    kind: TargetKind,
    base: TempDir,
    blobs: Shared,
    /// What is kept before anything was done.
    first_blobs: BTreeMap<Digest, Vec<u8>>,
    /// The documents that receipts have put in force, and those in force at first.
    log: Mutex<Documents>,
    first_log: Documents,
    before: Everything,
    after: Everything,
    recorded: Digest,
    old: Observed,
    new: Observed,
    plan: TargetPlan,
    package: Package,
}

fn document_id() -> DocumentId {
    "error_rate".parse().unwrap()
}

impl Scene {
    /// A component that holds its old content, and a package that changes it.
    pub async fn set(kind: TargetKind) -> Self {
        let base = tempfile::tempdir().unwrap();
        let blobs = Shared::default();
        let log = match kind {
            TargetKind::Directory => {
                make_root(&base.path().join("target"));
                Documents::new()
            }
            TargetKind::Registry => {
                let other = ("latency".parse().unwrap(), blobs.0.keep(b"{\"of\":\"latency\"}"));
                [other, (document_id(), blobs.0.keep(b"{\"worse\":\"higher\"}"))].into()
            }
        };
        let wanted = match kind {
            TargetKind::Directory => Content::Files(edits(&blobs.0)),
            TargetKind::Registry => {
                let new = Some(blobs.0.keep(b"{\"worse\":\"lower\"}"));
                Content::Document(DocumentEdit { id: document_id(), new })
            }
        };
        let mut scene = Self {
            kind,
            base,
            blobs,
            first_blobs: BTreeMap::new(),
            log: Mutex::new(log.clone()),
            first_log: log,
            before: Everything::new(),
            after: Everything::new(),
            recorded: Digest::of(b""),
            old: nothing(),
            new: nothing(),
            plan: TargetPlan {
                before: Digest::of(b""),
                after: Digest::of(b""),
                changes: vec![],
                document: vec![],
            },
            package: package_of(Digest::of(b""), Digest::of(b"")),
        };
        scene.prepare(wanted).await;
        scene
    }

    async fn prepare(&mut self, wanted: Content) {
        self.before = self.content();
        let whole = self.inspection(None).await;
        whole.target.keep(whole.observed.contents(), &self.blobs).await.unwrap();
        self.recorded = self.blobs.0.keep(&whole.observed.document);
        let inspection = self.inspect().await;
        self.plan = inspection.plan(&wanted).await.unwrap();
        self.old = inspection.observed.clone();
        let rehearsal = Rehearsal { reverted: self.plan.before, apply_ms: 0, revert_ms: 0 };
        let plan = ComponentPlan {
            before: self.plan.before,
            after: self.plan.after,
            plan: self.blobs.0.keep(&self.plan.document),
            rehearsal,
        };
        let manifest = Manifest {
            world: WORLD.into(),
            update: UPDATE.parse().unwrap(),
            set: Digest::of(b"set"),
            components: [("web".parse().unwrap(), plan)].into(),
            computed: Risk::Low,
            invertible: true,
            summary: Digest::of(b"summary"),
            at: StoppedClock.now(),
        };
        let payload = canon::to_canonical(&manifest).unwrap();
        let envelope = Envelope::sign(Manifest::PAYLOAD_TYPE, payload, &[&engine_key()]);
        self.package = package_of(self.blobs.0.keep(&envelope.to_json()), manifest.rollback_plan());
        self.first_blobs = self.blobs.0.0.lock().unwrap().clone();
        // What it is like after, found by going there and back.
        let signed = self.act(Way::Apply, StepHook::default(), false).await.unwrap();
        self.settle(Way::Apply, &signed.receipt);
        self.after = self.content();
        self.new = self.inspect().await.observed;
        let signed = self.act(Way::Revert, StepHook::default(), true).await.unwrap();
        self.settle(Way::Revert, &signed.receipt);
        assert_eq!(self.content(), self.before);
        self.forget();
    }

    /// The same component and package, of which nothing was done yet.
    pub fn again(&self) -> Self {
        let base = tempfile::tempdir().unwrap();
        if self.kind == TargetKind::Directory {
            make_root(&base.path().join("target"));
        }
        Self {
            kind: self.kind,
            base,
            blobs: Shared(Arc::new(Blobs(Mutex::new(self.first_blobs.clone())))),
            first_blobs: self.first_blobs.clone(),
            log: Mutex::new(self.first_log.clone()),
            first_log: self.first_log.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
            recorded: self.recorded,
            old: self.old.clone(),
            new: self.new.clone(),
            plan: self.plan.clone(),
            package: self.package.clone(),
        }
    }

    fn root(&self) -> PathBuf {
        self.base.path().join("target")
    }

    fn memory(&self) -> PathBuf {
        self.base.path().join("apply_journal")
    }

    /// The log has the receipt: what the agent remembered is forgotten.
    fn forget(&self) {
        let _ = fs::remove_dir_all(self.memory());
    }

    fn registered(&self, document: Option<DocumentId>) -> Registered {
        let target = match self.kind {
            TargetKind::Directory => {
                // Starts with everything but the text that a test of failing writes beside the root.
                let activate = "if [ -e \"$1.refuse\" ] && grep -q new \"$1/main.conf\"; then exit 3; fi";
                serde_json::json!({
                    "kind": "directory", "root": self.root(), "managed": ["*.conf", "conf.d/**"],
                    "check": { "argv": ["/bin/true"], "timeout_s": 5 },
                    "activate": { "argv": ["/bin/sh", "-c", activate, "activate", "{root}"], "timeout_s": 5 },
                })
            }
            TargetKind::Registry => serde_json::json!({ "kind": "registry" }),
        };
        Registered {
            world: WORLD.into(),
            id: "web".parse().unwrap(),
            key: own_key().public(),
            target: target.to_string(),
            log: LogView { documents: self.log.lock().unwrap().clone(), document },
        }
    }

    async fn inspection(&self, document: Option<DocumentId>) -> Inspection {
        let Registered { id, target, log, .. } = self.registered(document);
        Inspection::of(&id, &target, &log).await.unwrap()
    }

    async fn inspect(&self) -> Inspection {
        self.inspection(Some(document_id())).await
    }

    /// Brings the component to where the act begins.
    pub async fn begin(&self, way: Way) {
        match way {
            Way::Apply => {}
            Way::ApplyThatFails => write(&self.base.path().join("target.refuse"), "", 0o644),
            Way::Revert => {
                let signed = self.act(Way::Apply, StepHook::default(), false).await.unwrap();
                self.settle(Way::Apply, &signed.receipt);
                self.forget();
            }
            Way::Restore => match self.kind {
                TargetKind::Directory => {
                    write(&self.root().join("main.conf"), "outside\n", 0o600);
                    write(&self.root().join("conf.d/drift.conf"), "outside\n", 0o644);
                }
                TargetKind::Registry => {
                    self.log.lock().unwrap().insert(document_id(), self.blobs.0.keep(b"{}"));
                }
            },
        }
    }

    /// One attempt of a fresh process.
    pub async fn act(
        &self,
        way: Way,
        hook: StepHook,
        begun_earlier: bool,
    ) -> Result<SignedReceipt, AttemptFailed> {
        let none = ByRisk { low: 0, medium: 0, high: 0, critical: 0 };
        self.offer(way, hook, none, begun_earlier).await
    }

    /// An attempt to apply that the policy does not allow.
    pub async fn apply_unapproved(&self, begun_earlier: bool) -> Result<SignedReceipt, AttemptFailed> {
        let one = ByRisk { low: 1, medium: 1, high: 1, critical: 1 };
        self.offer(Way::Apply, StepHook::default(), one, begun_earlier).await
    }

    async fn offer(
        &self,
        way: Way,
        hook: StepHook,
        approvals: ByRisk<u32>,
        begun_earlier: bool,
    ) -> Result<SignedReceipt, AttemptFailed> {
        let agent = Agent::new(AgentPorts {
            blobs: self.blobs.clone(),
            clock: StoppedClock,
            key: Key,
            memory: self.memory(),
            hook,
        });
        let package = self.package.clone();
        let offer = match way {
            Way::Apply | Way::ApplyThatFails => Offer::Apply {
                package,
                release: Box::new(release(approvals)),
                before: self.plan.before,
                begun_earlier,
            },
            Way::Revert => Offer::Revert { package },
            Way::Restore => {
                let whole = self.blobs.0.0.lock().unwrap()[&self.recorded].clone();
                Offer::Restore { tree: self.recorded, wanted: read_observed(&whole).unwrap().digest }
            }
        };
        let document = (way != Way::Restore).then(document_id);
        agent.take(&self.registered(document), &offer).await
    }

    /// The receipt is in the log.
    pub fn settle(&self, way: Way, receipt: &Receipt) {
        if self.kind == TargetKind::Directory {
            return;
        }
        let mut log = self.log.lock().unwrap();
        match receipt.act {
            ReceiptAct::Apply | ReceiptAct::Revert => {
                assert_ne!(way, Way::Restore);
                log.insert(document_id(), receipt.after);
            }
            ReceiptAct::Restore => {
                let whole = self.blobs.0.0.lock().unwrap()[&self.recorded].clone();
                *log = (read_observed(&whole).unwrap().items.into_iter())
                    .map(|item| (item.name.parse().unwrap(), item.state.digest))
                    .collect();
            }
        }
    }

    /// All that it holds now.
    pub fn content(&self) -> Everything {
        match self.kind {
            TargetKind::Directory => everything(&self.root()),
            TargetKind::Registry => {
                let log = self.log.lock().unwrap();
                log.iter().map(|(id, digest)| (id.to_string(), digest.to_string())).collect()
            }
        }
    }

    /// What it must hold when the act is at its end.
    pub fn wanted(&self, way: Way) -> Everything {
        match way {
            Way::Apply => self.after.clone(),
            Way::ApplyThatFails | Way::Revert | Way::Restore => self.before.clone(),
        }
    }

    /// Digest of what is there: of all, or of what the update is about.
    pub async fn digest(&self, way: Way) -> Digest {
        let document = (way != Way::Restore).then(document_id);
        self.inspection(document).await.observed.digest
    }

    /// The digest of the content that a blob describes.
    pub fn described(&self, tree: &Digest) -> Digest {
        read_observed(&self.blobs.0.0.lock().unwrap()[tree]).unwrap().digest
    }

    /// The receipt as it was kept, verified with the registered key.
    pub async fn verified(&self, signed: &SignedReceipt) -> Verified<Receipt> {
        let bytes = self.blobs.get(&signed.envelope).await.unwrap().expect("the receipt is kept");
        let envelope = Envelope::from_json(&bytes).unwrap();
        statement::verify(&envelope, WORLD, &[own_key().public()]).unwrap()
    }

    /// Each item is as before, as after, or, where drift is replaced, as that left it.
    pub async fn check_mixture(&self, when: &str) {
        let found = self.inspect().await.observed;
        let state = |observed: &Observed, name: &str| observed.item(name).map(|item| item.state);
        let names = [&self.old, &self.new, &found].into_iter().flat_map(|o| &o.items).map(|item| &item.name);
        for name in names {
            let now = state(&found, name);
            let allowed = [state(&self.old, name), state(&self.new, name)];
            let drift = now.is_some_and(|state: ItemState| is_drift(&state));
            assert!(drift || allowed.iter().any(|a| ItemState::same(*a, now)), "{when}: {name} is neither");
        }
    }

    /// All that a revert or a restore needs is kept.
    pub fn check_kept(&self, when: &str) {
        let blobs = self.blobs.0.0.lock().unwrap();
        for item in &self.old.items {
            assert!(blobs.contains_key(&item.state.digest), "{when}: {} is lost", item.name);
        }
    }
}

fn is_drift(state: &ItemState) -> bool {
    [&b"outside\n"[..], b"{}"].iter().any(|bytes| Digest::of(bytes) == state.digest)
}

fn nothing() -> Observed {
    Observed { digest: Digest::of(b""), items: Vec::new(), document: Vec::new() }
}
