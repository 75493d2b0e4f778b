//! What a newcomer, people and subsystems do to a handshake.

use super::{History, ORIGIN, component, digest, facts, key_of, person, some};
use grace_domain::component::decide::Scanned;
use grace_domain::core::canon::to_canonical;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::HandshakeId;
use grace_domain::core::refusal::Refusal;
use grace_domain::crypto::checkpoint::{self, Checkpoint};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::crypto::merkle::{Frontier, leaf_hash};
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::Handshake;
use grace_domain::handshake::input::HandshakeInput;
use grace_domain::input::Input;
use grace_domain::judge::window::{EvaluationReport, Series, Verdict};
use grace_domain::log::Baseline;
use grace_domain::metrics::definition::Worse;
use grace_domain::statement::{
    self, Ack, Adjustment, ApprovalStatement, HandshakeRequest, Statement as _, Vote, possession_message,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The root of another history is the digest of this.
const OTHER_ROOT: &str = "another history";
const TARGET: &str = r#"{"kind":"directory"}"#;

impl History {
    pub fn handshake(&self, id: &HandshakeId) -> Arc<Handshake> {
        some(self.world.handshakes(), id)
    }

    fn answer(&mut self, id: &HandshakeId, input: HandshakeInput) -> Result<(), Refusal> {
        self.hand_in(&Input::Handshake(id.clone(), input))
    }

    /// Ada requests that this component joins, with the key of `holder`.
    pub fn request(&mut self, name: &str, holder: &str) -> Result<HandshakeId, Refusal> {
        let n = self.count();
        let id: HandshakeId = format!("hs_00000000-0000-7000-8000-{n:012x}").parse().expect("a handshake id");
        let nonce = self.nonce();
        let message = possession_message(ORIGIN, &id, &component(name), &nonce);
        let is = facts(name, TARGET, false);
        let request = HandshakeRequest {
            world: ORIGIN.into(),
            id: id.clone(),
            component: component(name),
            title: name.into(),
            component_type: is.component_type,
            version: is.version,
            capabilities: is.capabilities,
            metrics: is.metrics,
            public_key: key_of(holder).public(),
            possession: hex::encode(key_of(holder).sign(&message)),
            target: serde_json::from_str(TARGET).expect("JSON"),
            depends_on: [component("web")].into(),
            environment: Some("production".into()),
            track: None,
            secrets: [].into(),
            requested_by: person("ada"),
            nonce,
            at: self.now,
            expires: self.now.plus_ms(600_000),
        };
        let request = Box::new(self.signed(&request, &key_of("ada")));
        let input = HandshakeInput::Request { request, target: TARGET.into(), simulated: false };
        self.answer(&id, input)?;
        Ok(id)
    }

    pub fn join_decision(&mut self, id: &HandshakeId, who: &str, decision: Decision) -> Result<(), Refusal> {
        let h = self.handshake(id);
        let s = ApprovalStatement {
            world: ORIGIN.into(),
            subject: id.to_string(),
            decision,
            stage: "governance".into(),
            set: h.request(),
            package: h.request(),
            rollback_plan: h.target_digest(),
            policy: h.policy(),
            person: person(who),
            nonce: self.nonce(),
            at: self.now,
            expires: self.now.plus_ms(600_000),
            reason: if decision == Decision::Deny { "unknown vendor".into() } else { "".into() },
        };
        let verified = self.signed(&s, &key_of(who));
        self.answer(id, HandshakeInput::Approve(Box::new(verified)))
    }

    /// What a subsystem says to the handshake that it knows as `h`, which may have ended since.
    pub fn ack(&mut self, h: &Handshake, by: &str, vote: Vote) -> Result<(), Refusal> {
        let seen = (self.checkpoint(), self.lines.len() as u64);
        self.ack_seeing(h, by, vote, seen)
    }

    /// The same by whoever has seen this checkpoint, of which the engine records this size.
    pub fn ack_seeing(
        &mut self,
        h: &Handshake,
        by: &str,
        vote: Vote,
        (seen, size): (String, u64),
    ) -> Result<(), Refusal> {
        let nack = vote == Vote::Nack;
        let adjustment = Adjustment { key: "weight".into(), old: None, new: "2".into() };
        let s = Ack {
            world: ORIGIN.into(),
            handshake: h.id().clone(),
            nonce: h.nonce().clone(),
            request: h.request(),
            by: component(by),
            vote,
            reason: if nack { "no room".into() } else { "".into() },
            adjustments: if nack { Vec::new() } else { vec![adjustment] },
            seen,
            at: self.now,
        };
        let verified = self.signed(&s, &subsystem_key(by));
        self.answer(h.id(), HandshakeInput::Ack(Box::new(verified), size))
    }

    /// A checkpoint that the log has signed and does not continue: of as many entries, the newest another.
    pub fn other_checkpoint(&self) -> String {
        let head =
            Checkpoint { origin: ORIGIN.into(), size: self.lines.len() as u64, root: digest(OTHER_ROOT) };
        checkpoint::sign(&head, &super::key(super::LOG)).text
    }

    /// Approved by Ben, and announced.
    pub fn announced(&mut self, name: &str, holder: &str) -> HandshakeId {
        let id = self.request(name, holder).expect("a request");
        for who in ["ben", "cleo", "dan"] {
            self.pass(1_000);
            if self.handshake(&id).state().as_str() == "awaiting_approval" {
                self.join_decision(&id, who, Decision::Approve).expect("an approval");
            }
        }
        id
    }

    /// With the quorum.
    pub fn integrated(&mut self, name: &str, holder: &str) -> HandshakeId {
        let id = self.announced(name, holder);
        for by in ACKNOWLEDGERS {
            self.pass(100);
            let h = self.handshake(&id);
            self.ack(&h, by, Vote::Ack).expect("an acknowledgement");
        }
        id
    }

    /// The first content is recorded, or cannot be.
    pub fn first_content(&mut self, id: &HandshakeId, there: bool) -> Result<(), Refusal> {
        let found = Scanned { digest: digest("first"), tree: digest("tree") };
        let found = if there { Ok(found) } else { Err("it cannot be read".into()) };
        self.answer(id, HandshakeInput::Baseline(found))
    }

    pub fn open_validation(&mut self, id: &HandshakeId) -> Result<(), Refusal> {
        let h = self.handshake(id);
        let series = |m: &_| Series { component: h.component().clone(), metric: Clone::clone(m) };
        let baseline =
            |series| Baseline { series, value: None, limit: None, worse: Worse::Higher, fresh_s: 30 };
        let baselines = h.facts().metrics.iter().map(series).map(baseline).collect();
        self.answer(id, HandshakeInput::WindowReady(baselines))
    }

    /// `ms` later the watcher finds this.
    pub fn evaluate_joining(&mut self, id: &HandshakeId, verdict: Verdict, ms: u32) -> Result<(), Refusal> {
        self.pass(i64::from(ms));
        let h = self.handshake(id);
        let Some(window) = h.window() else { return Ok(()) };
        let ms = u64::from(ms);
        let report = EvaluationReport {
            verdict,
            observed_ms: window.observed_ms + if verdict == Verdict::Healthy { ms } else { 0 },
            elapsed_ms: window.elapsed_ms + ms,
            evaluations: window.evaluations + 1,
            healthy: window.healthy + u32::from(verdict == Verdict::Healthy),
            digest: digest(format!("evaluations {}", self.now)),
            reason: "error_rate 0.12 %.".into(),
        };
        self.answer(id, HandshakeInput::Evaluated(report))
    }

    /// It belongs.
    pub fn joined(&mut self, name: &str, holder: &str) -> HandshakeId {
        let id = self.integrated(name, holder);
        self.first_content(&id, true).expect("first content");
        self.open_validation(&id).expect("a window");
        self.evaluate_joining(&id, Verdict::Healthy, 10_000).expect("an evaluation");
        id
    }
}

/// The key of a subsystem.
fn subsystem_key(by: &str) -> SignerKey {
    if by == super::REGISTRY { super::key(super::ENGINE) } else { key_of(by) }
}

/// Lets each subsystem sign once more what it has answered: that it has seen the log that these lines make.
pub fn acknowledge_anew(lines: &mut [Value], blobs: &mut BTreeMap<Digest, Vec<u8>>) {
    let (mut tree, mut roots) = (Frontier::new(), vec![Frontier::new().root()]);
    for line in lines {
        let seq = tree.size();
        let facts = if line["ack"].is_object() { &mut line["ack"] } else { &mut *line };
        if let Some(said) = answer(facts, blobs) {
            let seen = checkpoint::read(&said.seen).expect("a checkpoint");
            if seen.root != digest(OTHER_ROOT) {
                let size = seen.size.min(seq);
                if facts["seen_size"] == seen.size {
                    facts["seen_size"] = json!(size);
                }
                let root = roots[usize::try_from(size).expect("a size")];
                let head = Checkpoint { size, root, ..seen };
                let seen = checkpoint::sign(&head, &super::key(super::LOG)).text;
                let anew = to_canonical(&Ack { seen, ..said.clone() }).expect("canonical");
                let envelope = Envelope::sign(Ack::PAYLOAD_TYPE, anew, &[&subsystem_key(said.by.as_str())]);
                let digest = Digest::of(&envelope.to_json());
                blobs.insert(digest, envelope.to_json());
                facts["envelope"] = json!(digest.to_string());
            }
        }
        tree.push(leaf_hash(&to_canonical(line).expect("canonical")));
        roots.push(tree.root());
    }
}

/// What a subsystem has signed that is recorded so; nothing of any other entry.
fn answer(facts: &Value, blobs: &BTreeMap<Digest, Vec<u8>>) -> Option<Ack> {
    facts.get("seen_size")?;
    let digest: Digest = facts["envelope"].as_str()?.parse().ok()?;
    statement::read(&Envelope::from_json(blobs.get(&digest)?).ok()?, ORIGIN).ok()
}
