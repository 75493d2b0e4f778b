//! What a newcomer, people and subsystems do to a handshake.

use super::{History, ORIGIN, component, digest, facts, key_of, person, some};
use grace_domain::component::decide::Scanned;
use grace_domain::core::ids::HandshakeId;
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::Handshake;
use grace_domain::handshake::input::HandshakeInput;
use grace_domain::input::Input;
use grace_domain::judge::window::{EvaluationReport, Series, Verdict};
use grace_domain::log::Baseline;
use grace_domain::metrics::definition::Worse;
use grace_domain::statement::{
    Ack, Adjustment, ApprovalStatement, HandshakeRequest, Vote, possession_message,
};
use std::sync::Arc;

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
            seen: self.checkpoint(),
            at: self.now,
        };
        let seen = self.lines.len() as u64;
        let own = if by == super::REGISTRY { super::key(super::ENGINE) } else { key_of(by) };
        let verified = self.signed(&s, &own);
        self.answer(h.id(), HandshakeInput::Ack(Box::new(verified), seen))
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
