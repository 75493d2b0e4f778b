//! The driver: decides, writes each event through its stored bytes, evolves, lets time pass. What the engine does,
//! without waiting for anything.

use super::samples::{self, facts};
use super::{ORIGIN, at, by_key, by_person, digest, hs, key, key_of, nonce, people, person, upd};
use grace_domain::canon::to_canonical;
use grace_domain::component::{self, ComponentPhase, Scanned};
use grace_domain::digest::Digest;
use grace_domain::event::{
    Baseline, BeforeAfter, CardVerdict, ComponentEvent, Entry, Event, PackageFacts, ReceiptFacts, Recorded,
    UpdateEvent, WorldEvent,
};
use grace_domain::handshake::{self, Handshake};
use grace_domain::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::keys::SignerKey;
use grace_domain::policy::{ACKNOWLEDGERS, Policy, Risk, UpdateType};
use grace_domain::refusal::Refusal;
use grace_domain::statement::{
    Ack, Act, ActStatement, Adjustment, ApprovalStatement, Content, ContentFile, HandshakeRequest,
    ReceiptAct, ReceiptResult, Submission, Verified, Vote, possession_message,
};
use grace_domain::tally::Decision;
use grace_domain::time::Timestamp;
use grace_domain::update::decide::{self as rules, StageDone};
use grace_domain::update::{Effect, Phase, Update};
use grace_domain::window::{LookReport, Series, Verdict};
use grace_domain::world::{Genesis, World};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The world and its log as bytes.
pub struct Sim {
    pub world: World,
    pub log: Vec<Vec<u8>>,
    pub now: Timestamp,
    counter: u32,
}

/// Number of the key of each component and subsystem.
pub fn key_number(id: &ComponentId) -> u8 {
    match id.as_str() {
        "web" => 40,
        "api" => 41,
        "job" => 42,
        "cache" => 50,
        other => 30 + u8::try_from(ACKNOWLEDGERS.iter().position(|a| *a == other).unwrap_or(9)).unwrap(),
    }
}

pub fn component_key(id: &ComponentId) -> SignerKey {
    key(key_number(id))
}

pub fn id(name: &str) -> ComponentId {
    name.parse().unwrap()
}

impl Sim {
    /// Five subsystems and the components `web`, `api`, `job`, whose first content is recorded.
    pub fn new(policy: Policy) -> Self {
        let mut genesis = samples::genesis();
        if let WorldEvent::Created { policy: digest, policy_text, .. } = &mut genesis {
            *policy_text = String::from_utf8(to_canonical(&policy).unwrap()).unwrap();
            *digest = Digest::of(policy_text.as_bytes());
        }
        let entry = Entry { at: at(0), actor: "engine".into(), event: Event::World(genesis) };
        let (bytes, _) = entry.encode().unwrap();
        let world = World::new(Genesis::read(&Recorded { seq: 0, entry }).unwrap());
        let mut sim = Self { world, log: vec![bytes], now: at(0), counter: 0 };
        for name in ACKNOWLEDGERS {
            sim.register(name, "");
        }
        for name in ["web", "api", "job"] {
            sim.register(name, r#"{"kind":"directory"}"#);
            let first =
                ComponentEvent::Baseline { digest: digest(format!("{name} 0")), tree: digest("tree 0") };
            sim.commit(vec![Event::Component(id(name), first)]);
        }
        sim
    }

    pub fn register(&mut self, name: &str, target: &str) {
        let facts = Box::new(facts(name, key_number(&id(name)), target));
        self.commit(vec![Event::Component(id(name), ComponentEvent::Registered { facts, handshake: None })]);
    }

    /// Writes a group and takes it in as it is read back. Nothing else changes the world.
    pub fn commit(&mut self, events: Vec<Event>) {
        for event in events {
            let mut entry = Entry { at: self.now, actor: "engine".into(), event };
            entry.seal(|| self.salt());
            let (bytes, _) = entry.encode().unwrap();
            assert_eq!(Entry::decode(&bytes).unwrap(), entry, "an entry reads back as it was written");
            self.world.evolve(&Recorded { seq: self.log.len() as u64, entry });
            self.log.push(bytes);
        }
        self.hold_invariants();
    }

    /// A salt of its own for every word: `words` says that none of them decides.
    fn salt(&self) -> [u8; 32] {
        *digest(format!("salt {}", self.log.len())).as_bytes()
    }

    /// Commits what was decided.
    pub fn take(&mut self, decided: Result<Vec<Event>, Refusal>) -> Result<(), String> {
        match decided {
            Ok(events) => {
                self.commit(events);
                Ok(())
            }
            Err(refusal) => {
                assert!(!refusal.message.is_empty() && !refusal.hint.is_empty());
                Err(refusal.code)
            }
        }
    }

    /// Ticks every aggregate until nothing moves any more.
    pub fn settle(&mut self) {
        for _ in 0..100 {
            let mut open: Vec<Arc<Update>> = self.world.updates.values().cloned().collect();
            open.sort_by_key(|u| u.version);
            let events = open
                .iter()
                .map(|u| rules::tick(&self.world, u, self.now))
                .chain(
                    self.world.handshakes.values().map(|h| handshake::decide::tick(&self.world, h, self.now)),
                )
                .find(|events| !events.is_empty());
            let Some(events) = events else { return };
            self.commit(events);
        }
        panic!("ticks never come to rest");
    }

    pub fn pass(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
        self.settle();
    }

    /// The world from its bytes alone.
    pub fn replay(&self) -> World {
        let read = |seq: usize| Recorded { seq: seq as u64, entry: Entry::decode(&self.log[seq]).unwrap() };
        let mut world = World::new(Genesis::read(&read(0)).unwrap());
        for seq in 1..self.log.len() {
            world.evolve(&read(seq));
        }
        world
    }

    /// A replay gives an equal state.
    pub fn hold_replay(&self) {
        let again = self.replay();
        assert_eq!(again.updates, self.world.updates);
        assert_eq!(again.handshakes, self.world.handshakes);
        assert_eq!(again.components, self.world.components);
        assert_eq!(again.last_version, self.world.last_version);
    }

    fn hold_invariants(&self) {
        for u in self.world.updates.values() {
            let todo = u.todo();
            let busy = match &u.phase {
                Phase::Preparing | Phase::Observing { .. } | Phase::RollingBack => true,
                Phase::Distributing { current } => current.is_some(),
                _ => false,
            };
            assert_eq!(todo.len(), usize::from(busy), "{} is {} and has to do {todo:?}", u.id, u.state());
            assert!(!u.ended() || todo.is_empty());
            assert!(!(u.ended() && u.occupies()));
            if matches!(u.phase, Phase::RolledBack) {
                let receipts = &u.rollback.as_ref().unwrap().receipts;
                let plans = &u.package.as_ref().unwrap().components;
                assert_eq!(receipts.len(), plans.len());
                assert!(receipts.iter().all(|(r, _, _)| r.after == plans[&r.component].before));
            }
        }
        for c in self.world.components.keys() {
            let occupants: Vec<&UpdateId> = self
                .world
                .updates
                .values()
                .filter(|u| u.occupies() && u.components.contains(c))
                .map(|u| &u.id)
                .collect();
            assert!(occupants.len() <= 1, "{c} is changed by {occupants:?} at once");
        }
        for h in self.world.handshakes.values() {
            assert!(h.todo().len() <= 1);
            assert!(!h.ended() || h.todo().is_empty());
            let joined = self.world.components.values().any(|c| c.handshake.as_ref() == Some(&h.id));
            assert!(!joined || h.integrated.is_some(), "{} joined without a quorum", h.component);
        }
    }

    pub fn count(&mut self) -> u32 {
        self.counter += 1;
        self.counter
    }

    pub fn update(&self, id: &UpdateId) -> Arc<Update> {
        self.world.updates[id].clone()
    }

    pub fn state(&self, id: &UpdateId) -> &'static str {
        self.world.updates[id].state()
    }

    pub fn reason(&self, id: &UpdateId) -> String {
        self.world.updates[id].reason().unwrap_or_default()
    }

    pub fn phase(&self, name: &str) -> ComponentPhase {
        self.world.components[&id(name)].phase.clone()
    }

    pub fn content_of(&self, name: &str) -> Digest {
        self.world.components[&id(name)].digest.unwrap()
    }

    pub fn last_kinds(&self, n: usize) -> Vec<String> {
        self.log[self.log.len() - n..]
            .iter()
            .map(|bytes| {
                let value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
                value["type"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}

// Updates

pub fn submission(
    update: UpdateId,
    who: &str,
    risk: Risk,
    components: &[&str],
    now: Timestamp,
) -> Submission {
    let file = ContentFile { text: Some("worker_processes 2;\n".into()), sha256: None, mode: None };
    Submission {
        world: ORIGIN.into(),
        id: update,
        update_type: UpdateType::Config,
        component_targets: components.iter().map(|c| id(c)).collect(),
        content: Content {
            files: BTreeMap::from([("nginx.conf".to_owned(), file)]),
            remove: BTreeSet::new(),
        },
        created_by: person(who),
        risk_level: risk,
        title: "Raise the worker count".into(),
        description: String::new(),
        at: now,
        expires: now.plus_ms(600_000),
    }
}

impl Sim {
    pub fn hand_in(&mut self, s: &Submission) -> Result<(), String> {
        let signer = key(key_of(s.created_by.as_str()));
        let verified = by_person(s, &signer, &people(), self.now).map_err(|e| e.code().to_owned())?;
        let decided = rules::propose(&self.world, &verified, digest(format!("content {}", s.id)), self.now);
        self.take(decided)
    }

    /// Submitted by Ada.
    pub fn submit(&mut self, risk: Risk, components: &[&str]) -> UpdateId {
        let update = upd(self.count());
        let s = submission(update.clone(), "ada", risk, components, self.now);
        self.hand_in(&s).unwrap();
        update
    }

    /// What the engine would find while preparing now.
    pub fn package(&self, update: &UpdateId) -> PackageFacts {
        let u = &self.world.updates[update];
        let plan = |c: &ComponentId| BeforeAfter {
            before: self.world.components[c].digest.unwrap(),
            after: digest(format!("{c} {update}")),
        };
        PackageFacts {
            attempt: u.attempt,
            package: digest(format!("package {update} {} {}", u.attempt, self.log.len())),
            rollback_plan: digest(format!("plan {update} {}", u.attempt)),
            components: u.components.iter().map(|c| (c.clone(), plan(c))).collect(),
            computed: u.declared,
            reasons: vec!["as declared".into()],
            invertible: true,
            apply_ms: 5,
            revert_ms: 6,
            files: 1,
            summary: digest("summary"),
        }
    }

    pub fn stage(&mut self, update: &UpdateId, n: u8, verdict: CardVerdict) {
        let package = (n == 5 && verdict == CardVerdict::Passed).then(|| self.package(update));
        let card = samples::card(self.world.updates[update].attempt, n, verdict);
        let done = StageDone { card, package, foreign: None };
        let decided = rules::stage_done(&self.world, &self.world.updates[update], &done);
        self.take(decided).unwrap();
    }

    /// Stages 2 to 5 pass, each because `todo` asks for it.
    pub fn prepare(&mut self, update: &UpdateId) {
        while let [Effect::Prepare { stage, attempt, .. }] = self.update(update).todo()[..] {
            assert_eq!(attempt, self.update(update).attempt);
            self.stage(update, stage, CardVerdict::Passed);
        }
        assert_eq!(self.state(update), "awaiting_approval");
        assert!(self.update(update).prepared());
    }

    pub fn approval(&mut self, update: &UpdateId, who: &str, decision: Decision) -> ApprovalStatement {
        let n = self.count();
        let u = &self.world.updates[update];
        let package = u.package.as_ref();
        ApprovalStatement {
            world: ORIGIN.into(),
            subject: update.to_string(),
            decision,
            stage: "governance".into(),
            content: u.content,
            package: package.map_or(u.content, |p| p.package),
            rollback_plan: package.map_or(u.content, |p| p.rollback_plan),
            policy: u.policy,
            person: person(who),
            nonce: nonce(n),
            at: self.now,
            expires: self.now.plus_ms(29 * 24 * 3_600_000),
            reason: if decision == Decision::Deny { "too risky".into() } else { String::new() },
        }
    }

    /// Hands a statement in for `update`, signed with key `n`.
    pub fn sign_off(&mut self, update: &UpdateId, s: &ApprovalStatement, n: u8) -> Result<(), String> {
        let verified = by_person(s, &key(n), &people(), self.now).map_err(|e| e.code().to_owned())?;
        let decided = rules::approve(&self.world, &self.world.updates[update], &verified, self.now);
        self.take(decided)
    }

    pub fn decide(&mut self, update: &UpdateId, who: &str, decision: Decision) -> Result<(), String> {
        let s = self.approval(update, who, decision);
        self.sign_off(update, &s, key_of(who))
    }

    pub fn approve(&mut self, update: &UpdateId, who: &str) -> Result<(), String> {
        self.decide(update, who, Decision::Approve)
    }

    pub fn act_statement(&mut self, update: &UpdateId, who: &str, act: Act) -> ActStatement {
        let n = self.count();
        ActStatement {
            world: ORIGIN.into(),
            act,
            subject: update.to_string(),
            digest: self.world.updates[update].content,
            person: person(who),
            nonce: nonce(n),
            at: self.now,
            expires: self.now.plus_ms(600_000),
            reason: "because it is needed".into(),
        }
    }

    pub fn hand_act(&mut self, update: &UpdateId, s: &ActStatement) -> Result<(), String> {
        let signer = key(key_of(s.person.as_str()));
        let verified = by_person(s, &signer, &people(), self.now).map_err(|e| e.code().to_owned())?;
        let decided = rules::act(&self.world, &self.world.updates[update], &verified, self.now);
        self.take(decided)
    }

    pub fn act(&mut self, update: &UpdateId, who: &str, act: Act) -> Result<(), String> {
        let s = self.act_statement(update, who, act);
        self.hand_act(update, &s)
    }

    /// The receipt a component would sign for the effect that is due.
    pub fn due_receipt(&self, update: &UpdateId, result: ReceiptResult) -> ReceiptFacts {
        let u = &self.world.updates[update];
        let (component, act) = match &u.todo()[..] {
            [Effect::Apply { component, .. }] => (component.clone(), ReceiptAct::Apply),
            [Effect::Revert { component, .. }] => (component.clone(), ReceiptAct::Revert),
            other => panic!("no receipt is due but {other:?}"),
        };
        let plan = &u.package.as_ref().unwrap().components[&component];
        let (from, to) =
            if act == ReceiptAct::Apply { (plan.before, plan.after) } else { (plan.after, plan.before) };
        let after = match result {
            ReceiptResult::Applied => to,
            ReceiptResult::Refused | ReceiptResult::Restored => from,
            ReceiptResult::Dirty => digest("half and half"),
        };
        let mut facts = samples::receipt(act, result);
        facts.key = component_key(&component).public();
        facts.component = component;
        facts.before = from;
        facts.after = after;
        facts
    }

    pub fn hand_receipt(&mut self, update: &UpdateId, facts: &ReceiptFacts) -> Result<(), String> {
        let u = self.update(update);
        let decided = match facts.act {
            ReceiptAct::Apply => rules::applied(&self.world, &u, facts, self.now),
            ReceiptAct::Revert | ReceiptAct::Restore => rules::reverted(&u, facts, self.now),
        };
        self.take(decided)
    }

    /// The component that is due could sign for nothing.
    pub fn no_receipt(&mut self, update: &UpdateId, begun: bool) {
        let (component, act) = match &self.update(update).todo()[..] {
            [Effect::Apply { component, .. }] => (component.clone(), ReceiptAct::Apply),
            [Effect::Revert { component, .. }] => (component.clone(), ReceiptAct::Revert),
            other => panic!("no receipt is due but {other:?}"),
        };
        let facts = samples::no_receipt(component.as_str(), act, begun);
        let events = rules::no_receipt(&self.update(update), &facts, self.now);
        self.commit(events);
    }

    pub fn receipt(&mut self, update: &UpdateId, result: ReceiptResult) {
        let facts = self.due_receipt(update, result);
        self.hand_receipt(update, &facts).unwrap();
    }

    /// Everything that is due succeeds: applying, or taking back.
    pub fn receipts(&mut self, update: &UpdateId) {
        while matches!(self.update(update).todo()[..], [Effect::Apply { .. } | Effect::Revert { .. }]) {
            self.receipt(update, ReceiptResult::Applied);
        }
    }

    /// A low-risk update of Ada, approved by Ben and started.
    pub fn started(&mut self, components: &[&str]) -> UpdateId {
        let update = self.submit(Risk::Low, components);
        self.prepare(&update);
        self.approve(&update, "ben").unwrap();
        self.settle();
        update
    }

    /// The same, applied everywhere.
    pub fn observing(&mut self, components: &[&str]) -> UpdateId {
        let update = self.started(components);
        self.receipts(&update);
        assert_eq!(self.state(&update), "observing");
        update
    }

    pub fn open_window(&mut self, update: &UpdateId, value: Option<u64>) {
        assert_eq!(self.update(update).todo(), vec![Effect::OpenWindow { update: update.clone() }]);
        let series = Series {
            component: self.update(update).components[0].clone(),
            metric: "error_rate".parse().unwrap(),
        };
        let events = rules::window_ready(&self.world, &self.update(update), vec![Baseline { series, value }]);
        self.commit(events);
    }

    pub fn report(&mut self, update: &UpdateId, look: &LookReport) {
        let events = rules::look(&self.update(update), look);
        self.commit(events);
    }

    pub fn look(&mut self, update: &UpdateId, verdict: Verdict, observed_ms: u64, elapsed_ms: u64) {
        self.report(update, &samples::look(verdict, observed_ms, elapsed_ms));
    }

    /// Applied, observed, stable.
    pub fn stable(&mut self, components: &[&str]) -> UpdateId {
        let update = self.observing(components);
        self.open_window(&update, Some(1_000));
        self.look(&update, Verdict::Healthy, 10_000, 10_000);
        assert_eq!(self.state(&update), "stable");
        update
    }

    pub fn event_of(&mut self, update: &UpdateId, event: UpdateEvent) {
        self.commit(vec![Event::Update(update.clone(), event)]);
    }
}

// Components

impl Sim {
    pub fn foreign(&mut self, name: &str) {
        let expected = self.content_of(name);
        let event = ComponentEvent::ForeignChange { expected, found: digest("strange") };
        self.commit(vec![Event::Component(id(name), event)]);
    }

    pub fn component_statement(&mut self, name: &str, who: &str, act: Act, found: Digest) -> ActStatement {
        let n = self.count();
        ActStatement {
            world: ORIGIN.into(),
            act,
            subject: name.into(),
            digest: found,
            person: person(who),
            nonce: nonce(n),
            at: self.now,
            expires: self.now.plus_ms(600_000),
            reason: "what is there is right".into(),
        }
    }

    pub fn hand_component_act(&mut self, name: &str, s: &ActStatement, found: Digest) -> Result<(), String> {
        let signer = key(key_of(s.person.as_str()));
        let verified = by_person(s, &signer, &people(), self.now).map_err(|e| e.code().to_owned())?;
        let busy = self.world.occupant(&id(name), None).map(|u| u.id.clone());
        let scanned = Scanned { digest: found, tree: digest(format!("tree of {found}")) };
        let component = self.world.components[&id(name)].clone();
        self.take(component::decide_act(&component, &verified, &scanned, busy.as_ref()))
    }

    pub fn act_on(&mut self, name: &str, act: Act, found: Digest) -> Result<(), String> {
        let s = self.component_statement(name, "ben", act, found);
        self.hand_component_act(name, &s, found)
    }

    pub fn restored(&mut self, name: &str, result: ReceiptResult, after: Digest) -> Result<(), String> {
        let mut facts = samples::receipt(ReceiptAct::Restore, result);
        facts.component = id(name);
        facts.key = component_key(&id(name)).public();
        facts.after = after;
        let component = self.world.components[&id(name)].clone();
        self.take(component::decide_restored(&component, &facts))
    }
}

// Handshakes

impl Sim {
    pub fn handshake(&self, h: &HandshakeId) -> Arc<Handshake> {
        self.world.handshakes[h].clone()
    }

    pub fn request(&mut self, name: &str, key_n: u8) -> HandshakeRequest {
        let n = self.count();
        let (handshake, nonce) = (hs(n), nonce(n));
        let message = possession_message(ORIGIN, &handshake, &id(name), &nonce);
        HandshakeRequest {
            world: ORIGIN.into(),
            id: handshake,
            component: id(name),
            title: "Cache".into(),
            component_type: "service".into(),
            version: "1.0.0".into(),
            capabilities: ["cache".to_owned()].into(),
            expected_metrics: ["error_rate".parse().unwrap()].into(),
            public_key: key(key_n).public(),
            possession: hex::encode(key(key_n).sign(&message)),
            target: serde_json::json!({"kind": "directory"}),
            requested_by: person("ada"),
            nonce,
            at: self.now,
            expires: self.now.plus_ms(600_000),
        }
    }

    pub fn hand_request(&mut self, r: &HandshakeRequest) -> Result<(), String> {
        self.hand_request_with(r, r#"{"kind":"directory"}"#)
    }

    pub fn hand_request_with(&mut self, r: &HandshakeRequest, target: &str) -> Result<(), String> {
        let verified =
            by_person(r, &key(key_of("ada")), &people(), self.now).map_err(|e| e.code().to_owned())?;
        let decided = handshake::decide::request(&self.world, &verified, target, true, self.now);
        self.take(decided)
    }

    pub fn join_statement(&mut self, h: &HandshakeId, who: &str, decision: Decision) -> ApprovalStatement {
        let n = self.count();
        let handshake = &self.world.handshakes[h];
        ApprovalStatement {
            world: ORIGIN.into(),
            subject: h.to_string(),
            decision,
            stage: "governance".into(),
            content: handshake.request,
            package: handshake.request,
            rollback_plan: handshake.target_digest(),
            policy: handshake.policy,
            person: person(who),
            nonce: nonce(n),
            at: self.now,
            expires: self.now.plus_ms(600_000),
            reason: if decision == Decision::Deny { "unknown vendor".into() } else { String::new() },
        }
    }

    pub fn hand_join(&mut self, h: &HandshakeId, s: &ApprovalStatement) -> Result<(), String> {
        let signer = key(key_of(s.person.as_str()));
        let verified = by_person(s, &signer, &people(), self.now).map_err(|e| e.code().to_owned())?;
        let decided = handshake::decide::approve(&self.world, &self.world.handshakes[h], &verified, self.now);
        self.take(decided)
    }

    pub fn join_decision(&mut self, h: &HandshakeId, who: &str, decision: Decision) -> Result<(), String> {
        let s = self.join_statement(h, who, decision);
        self.hand_join(h, &s)
    }

    /// A handshake of `cache`, approved and announced.
    pub fn announced(&mut self) -> HandshakeId {
        let r = self.request("cache", 50);
        self.hand_request(&r).unwrap();
        self.join_decision(&r.id, "ben", Decision::Approve).unwrap();
        assert_eq!(self.handshake(&r.id).state(), "announced");
        r.id
    }

    pub fn ack_statement(&self, h: &HandshakeId, by: &str, vote: Vote) -> Ack {
        let handshake = &self.world.handshakes[h];
        let nack = vote == Vote::Nack;
        Ack {
            world: ORIGIN.into(),
            handshake: h.clone(),
            nonce: handshake.nonce().clone(),
            request: handshake.request,
            by: id(by),
            vote,
            reason: if nack { "no room".into() } else { String::new() },
            adjustments: if nack {
                Vec::new()
            } else {
                vec![Adjustment { key: "weight".into(), old: None, new: "2".into() }]
            },
            seen: String::new(),
            at: self.now,
        }
    }

    pub fn hand_ack(&mut self, h: &HandshakeId, a: &Ack, signer: &SignerKey) -> Result<(), String> {
        self.hand_verified_ack(h, &by_key(a, signer))
    }

    pub fn hand_verified_ack(&mut self, h: &HandshakeId, verified: &Verified<Ack>) -> Result<(), String> {
        let handshake = self.handshake(h);
        self.take(handshake::decide::ack(&self.world, &handshake, verified, self.log.len() as u64, self.now))
    }

    pub fn ack(&mut self, h: &HandshakeId, by: &str, vote: Vote) -> Result<(), String> {
        let a = self.ack_statement(h, by, vote);
        self.hand_ack(h, &a, &component_key(&id(by)))
    }

    /// All five said yes.
    pub fn integrated(&mut self) -> HandshakeId {
        let h = self.announced();
        for by in ACKNOWLEDGERS {
            self.ack(&h, by, Vote::Ack).unwrap();
        }
        assert_eq!(self.handshake(&h).state(), "integrated");
        h
    }

    /// In its validation window, which is open.
    pub fn validating(&mut self) -> HandshakeId {
        let h = self.integrated();
        let found = Ok((digest("cache 0"), digest("tree 0")));
        let events = handshake::decide::baseline(&self.world, &self.handshake(&h), found);
        self.commit(events);
        let series = Series { component: id("cache"), metric: "error_rate".parse().unwrap() };
        let baselines = vec![Baseline { series, value: None }];
        let events = handshake::decide::window_ready(&self.world, &self.handshake(&h), baselines);
        self.commit(events);
        assert_eq!(self.handshake(&h).state(), "validating");
        h
    }

    pub fn validation_look(&mut self, h: &HandshakeId, verdict: Verdict, observed_ms: u64, elapsed_ms: u64) {
        let look = samples::look(verdict, observed_ms, elapsed_ms);
        let events = handshake::decide::look(&self.world, &self.handshake(h), &look);
        self.commit(events);
    }
}
