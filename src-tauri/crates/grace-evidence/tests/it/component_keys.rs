//! Which key of a component a pack is checked against: the one of its newest registration, and a registration
//! stands on a handshake that was approved and acknowledged.

use grace_domain::core::codes::Code;
use std::collections::{BTreeMap, BTreeSet};

use grace_domain::component::event::{ComponentEvent, ComponentFacts};
use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, HandshakeId, Nonce};
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::checkpoint::{self, Checkpoint};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::{ByRisk, HandshakePolicy, Policy};
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::event::{AckFacts, HandshakeEvent};
use grace_domain::log::{Entry, Event, Signed};
use grace_domain::statement::{
    Ack, ApprovalStatement, HandshakeRequest, Statement, Vote, bound_digest, possession_message,
};
use grace_evidence::Verification;

use crate::packs::{ORIGIN, check, export, genesis_of, key};

pub const SPINE: &str = "agentic_spine";
const TARGET: &str = r#"{"kind":"directory"}"#;

pub type Line = (Entry, Vec<Vec<u8>>);

/// One acknowledger is enough, and Ada's own signature: what is shown here needs no more.
fn policy() -> Policy {
    let required = BTreeSet::from([SPINE.parse().expect("id")]);
    let handshake = HandshakePolicy { required, quorum: 1, ..HandshakePolicy::default() };
    Policy { handshake, approvals: ByRisk { low: 1, medium: 1, high: 1, critical: 1 }, ..Policy::default() }
}

/// A log in the making.
pub struct Log {
    pub lines: Vec<Line>,
    policy: Digest,
}

fn sign<T: Statement>(statement: &T, key: &SignerKey) -> Vec<u8> {
    let mut statement = statement.clone();
    statement.seal(|| [7; 32]);
    let payload = canon::to_canonical(&statement).expect("canonical");
    Envelope::sign(T::PAYLOAD_TYPE, payload, &[key]).to_json()
}

fn nonce(n: u8) -> Nonce {
    format!("{n:032x}").parse().expect("nonce")
}

fn handshake(n: u8) -> HandshakeId {
    format!("hs_0190f3a4-1111-7000-8000-0000000000{n:02}").parse().expect("id")
}

fn web() -> ComponentId {
    "web".parse().expect("id")
}

fn facts(key: &SignerKey, subsystem: bool) -> Box<ComponentFacts> {
    Box::new(ComponentFacts {
        title: "Web".into(),
        component_type: "service".into(),
        version: "1".into(),
        capabilities: BTreeSet::new(),
        metrics: BTreeSet::new(),
        key: key.public(),
        owner: "ada".parse().expect("id"),
        target: TARGET.into(),
        depends_on: BTreeSet::new(),
        environment: None,
        track: None,
        secrets: BTreeSet::new(),
        subsystem,
        simulated: false,
    })
}

impl Log {
    /// A world with the one acknowledger.
    pub fn new() -> Self {
        let mut genesis = genesis_of(&policy());
        let text = String::from_utf8(canon::to_canonical(&policy()).expect("canonical")).expect("text");
        if let Event::World(grace_domain::log::WorldEvent::Created { people, .. }) = &mut genesis.event {
            let bob =
                grace_domain::governance::policy::Person::new("Bob", BTreeSet::new(), vec![key(2).public()]);
            people.append(&mut BTreeMap::from([("bob".parse().expect("id"), bob)]));
        }
        let mut log = Self { lines: vec![(genesis, vec![])], policy: Digest::of(text.as_bytes()) };
        let spine = ComponentEvent::Registered { facts: facts(&key(20), true), handshake: None };
        log.push(Event::Component(SPINE.parse().expect("id"), spine), None);
        log
    }

    fn push(&mut self, event: Event, envelope: Option<Vec<u8>>) {
        let at = Timestamp::from_millis(2_000 + i64::try_from(self.lines.len()).expect("few"));
        let entry = Entry::new(at, "engine", event);
        self.lines.push((entry, envelope.into_iter().collect()));
    }

    /// The signed request of `web` with this key, its approval and its announcement.
    pub fn announced(&mut self, n: u8, own: &SignerKey) -> Digest {
        let id = handshake(n);
        let message = possession_message(ORIGIN, &id, &web(), &nonce(n));
        let request = HandshakeRequest {
            world: ORIGIN.into(),
            id: id.clone(),
            component: web(),
            title: "Web".into(),
            component_type: "service".into(),
            version: "1".into(),
            capabilities: BTreeSet::new(),
            metrics: BTreeSet::new(),
            public_key: own.public(),
            possession: hex::encode(own.sign(&message)),
            target: serde_json::from_str(TARGET).expect("JSON"),
            depends_on: BTreeSet::new(),
            environment: None,
            track: None,
            secrets: BTreeSet::new(),
            requested_by: "ada".parse().expect("id"),
            nonce: nonce(n),
            at: Timestamp::from_millis(1_500),
            expires: Timestamp::from_millis(60_000),
        };
        let envelope = sign(&request, &key(1));
        let request = Digest::of(&envelope);
        let by = |person: &str, signer: u8, envelope, nonce| Signed {
            person: person.parse().expect("id"),
            key: key(signer).public(),
            envelope,
            nonce,
            reason: "".into(),
        };
        let requested = HandshakeEvent::Requested {
            component: web(),
            facts: facts(own, false),
            by: by("ada", 1, request, nonce(n)),
            request,
            policy: self.policy,
            expires: Timestamp::from_millis(60_000),
        };
        self.push(Event::Handshake(id.clone(), requested), Some(envelope));

        let target = Digest::of(TARGET.as_bytes());
        let approval = ApprovalStatement {
            world: ORIGIN.into(),
            subject: id.to_string(),
            decision: Decision::Approve,
            stage: "governance".into(),
            set: request,
            package: request,
            rollback_plan: target,
            policy: self.policy,
            person: "bob".parse().expect("id"),
            nonce: nonce(n + 50),
            at: Timestamp::from_millis(1_600),
            expires: Timestamp::from_millis(60_000),
            reason: "".into(),
        };
        let envelope = sign(&approval, &key(2));
        let approved = HandshakeEvent::Approval {
            by: by("bob", 2, Digest::of(&envelope), nonce(n + 50)),
            decision: Decision::Approve,
            bound: bound_digest(id.as_str(), &request, &request, &target, &self.policy),
            expires: Timestamp::from_millis(60_000),
        };
        self.push(Event::Handshake(id.clone(), approved), Some(envelope));
        let announced = HandshakeEvent::Announced { deadline: Timestamp::from_millis(50_000) };
        self.push(Event::Handshake(id, announced), None);
        request
    }

    /// What somebody answers to a handshake, signed with `signer`; `code` when it is not counted.
    pub fn ack(&mut self, n: u8, request: Digest, by: &str, signer: &SignerKey, code: Option<Code>) {
        let statement = Ack {
            world: ORIGIN.into(),
            handshake: handshake(n),
            nonce: nonce(n),
            request,
            by: by.parse().expect("id"),
            vote: Vote::Ack,
            reason: "".into(),
            adjustments: vec![],
            seen: seen(),
            at: Timestamp::from_millis(1_700),
        };
        let envelope = sign(&statement, signer);
        let ack = AckFacts {
            by: by.parse().expect("id"),
            key: signer.public(),
            vote: Vote::Ack,
            reason: "".into(),
            adjustments: vec![],
            seen_size: 1,
            envelope: Digest::of(&envelope),
        };
        let event = match code {
            None => HandshakeEvent::Ack(ack),
            Some(code) => HandshakeEvent::AckNotCounted { ack, code },
        };
        self.push(Event::Handshake(handshake(n), event), Some(envelope));
    }

    fn integrated(&mut self, n: u8) {
        self.push(Event::Handshake(handshake(n), HandshakeEvent::Integrated { acks: 1 }), None);
    }

    fn registered(&mut self, own: &SignerKey, n: Option<u8>) {
        let event = ComponentEvent::Registered { facts: facts(own, false), handshake: n.map(handshake) };
        self.push(Event::Component(web(), event), None);
    }

    /// `web` joins by handshake `n` with this key, as an honest engine writes it.
    fn joined(&mut self, n: u8, own: &SignerKey) -> Digest {
        let request = self.announced(n, own);
        self.ack(n, request, SPINE, &key(20), None);
        self.integrated(n);
        self.registered(own, Some(n));
        request
    }

    /// It is suspended by its handshake.
    fn suspended(&mut self, n: u8) {
        let undone = vec![];
        let event = HandshakeEvent::Suspended { code: Code::NoData, reason: "silent".into(), undone };
        self.push(Event::Handshake(handshake(n), event), None);
        self.push(Event::Component(web(), ComponentEvent::Suspended { reason: "silent".into() }), None);
    }

    pub fn verify(&self) -> Verification {
        check(&export(&self.lines, 7))
    }

    /// The newest entry is the one that is refused, for this reason.
    #[track_caller]
    pub fn refused(&self, why: &str) {
        let view = self.verify();
        assert!(!view.ok(), "it passed");
        let last = self.lines.len() as u64 - 1;
        assert_eq!(view.broken.as_ref().expect("a break").seq, Some(last), "{:?}", view.broken);
        assert!(view.broken.as_ref().expect("a break").reason.contains(why), "{:?}", view.broken);
    }
}

#[test]
fn the_key_of_the_newest_registration_counts_from_there_on_and_no_earlier_one() {
    for (signer, good) in [(31, true), (30, false)] {
        let mut log = Log::new();
        let request = log.joined(1, &key(30));
        log.ack(1, request, "web", &key(30), Some(Code::NotRequired));
        log.suspended(1);
        let request = log.joined(2, &key(31));
        log.ack(2, request, "web", &key(signer), Some(Code::NotRequired));
        let view = log.verify();
        assert_eq!(view.ok(), good, "signed with key {signer}: {:?}", view.broken);
        if !good {
            log.refused("the signature does not verify");
        }
    }
}

#[test]
fn the_first_key_counts_until_the_second_registration() {
    let mut log = Log::new();
    log.joined(1, &key(30));
    log.suspended(1);
    let request = log.announced(2, &key(31));
    log.ack(2, request, "web", &key(30), Some(Code::NotRequired));
    assert!(log.verify().ok(), "requested is not registered: {:?}", log.verify().broken);
    log.ack(2, request, "web", &key(31), Some(Code::NotRequired));
    log.refused("the signature does not verify");
}

#[test]
fn no_key_is_believed_that_no_handshake_brought() {
    let mut log = Log::new();
    let request = log.announced(1, &key(30));
    log.ack(1, request, SPINE, &key(20), None);
    log.integrated(1);
    log.registered(&key(31), Some(1));
    log.refused("not what its handshake requested");

    for handshake in [Some(1), None] {
        let mut log = Log::new();
        log.announced(1, &key(30));
        log.registered(&key(30), handshake);
        log.refused("registered without a handshake");
    }

    let mut log = Log::new();
    log.announced(1, &key(30));
    log.integrated(1);
    log.refused("without the acknowledgements that the policy demands");

    // Whoever is not required makes no quorum.
    let mut log = Log::new();
    log.joined(1, &key(30));
    log.suspended(1);
    let request = log.announced(2, &key(31));
    log.ack(2, request, "web", &key(30), None);
    log.integrated(2);
    log.refused("without the acknowledgements that the policy demands");
}

/// A checkpoint of this log.
fn seen() -> String {
    let head = Checkpoint { origin: ORIGIN.into(), size: 1, root: Digest::of(b"root") };
    checkpoint::sign(&head, &SignerKey::from_seed([7; 32])).text
}
