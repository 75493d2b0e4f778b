//! What a newcomer, people and subsystems do to a handshake of the driven world. Never tests anything by itself.

use super::{Sim, component_key, id};
use crate::rules::samples;
use crate::rules::{ORIGIN, by_key, by_person, digest, hs, key, key_of, nonce, people, person};
use grace_domain::core::ids::HandshakeId;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::{self, Handshake};
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{
    Ack, Adjustment, ApprovalStatement, HandshakeRequest, Verified, Vote, possession_message,
};
use std::sync::Arc;

impl Sim {
    pub fn handshake(&self, h: &HandshakeId) -> Arc<Handshake> {
        self.world.handshakes()[h].clone()
    }

    /// The codes of all recorded answers, in order; empty where counted.
    pub fn codes(&self, h: &HandshakeId) -> Vec<String> {
        self.handshake(h)
            .acks()
            .iter()
            .map(|a| a.code.map_or_else(String::new, |code| code.to_string()))
            .collect()
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
            metrics: ["error_rate".parse().unwrap()].into(),
            public_key: key(key_n).public(),
            possession: hex::encode(key(key_n).sign(&message)),
            target: serde_json::json!({"kind": "directory"}),
            depends_on: [].into(),
            environment: None,
            track: None,
            secrets: [].into(),
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
            by_person(r, &key(key_of("ada")), &people(), self.now).map_err(|e| e.code().to_string())?;
        let decided = handshake::decide::request(&self.world, &verified, target, true, self.now);
        self.take(decided)
    }

    pub fn join_statement(&mut self, h: &HandshakeId, who: &str, decision: Decision) -> ApprovalStatement {
        let n = self.count();
        let handshake = &self.world.handshakes()[h];
        ApprovalStatement {
            world: ORIGIN.into(),
            subject: h.to_string(),
            decision,
            stage: "governance".into(),
            set: handshake.request(),
            package: handshake.request(),
            rollback_plan: handshake.target_digest(),
            policy: handshake.policy(),
            person: person(who),
            nonce: nonce(n),
            at: self.now,
            expires: self.now.plus_ms(600_000),
            reason: if decision == Decision::Deny { "unknown vendor".into() } else { "".into() },
        }
    }

    pub fn hand_join(&mut self, h: &HandshakeId, s: &ApprovalStatement) -> Result<(), String> {
        let signer = key(key_of(s.person.as_str()));
        let verified = by_person(s, &signer, &people(), self.now).map_err(|e| e.code().to_string())?;
        let decided =
            handshake::decide::approve(&self.world, &self.world.handshakes()[h], &verified, self.now);
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
        assert_eq!(self.handshake(&r.id).state().as_str(), "announced");
        r.id
    }

    pub fn ack_statement(&self, h: &HandshakeId, by: &str, vote: Vote) -> Ack {
        let handshake = &self.world.handshakes()[h];
        let nack = vote == Vote::Nack;
        Ack {
            world: ORIGIN.into(),
            handshake: h.clone(),
            nonce: handshake.nonce().clone(),
            request: handshake.request(),
            by: id(by),
            vote,
            reason: if nack { "no room".into() } else { "".into() },
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
        assert_eq!(self.handshake(&h).state().as_str(), "integrated");
        h
    }

    /// In its validation window, which is open.
    pub fn validating(&mut self) -> HandshakeId {
        let h = self.integrated();
        let found = Ok((digest("cache 0"), digest("tree 0")));
        let events = handshake::decide::baseline(&self.world, &self.handshake(&h), found);
        self.commit(events);
        let mut baselines = vec![samples::baseline("error_rate", None)];
        baselines[0].series.component = id("cache");
        let events = handshake::decide::window_ready(&self.world, &self.handshake(&h), baselines);
        self.commit(events);
        assert_eq!(self.handshake(&h).state().as_str(), "validating");
        h
    }

    pub fn evaluate_validation(
        &mut self,
        h: &HandshakeId,
        verdict: Verdict,
        observed_ms: u64,
        elapsed_ms: u64,
    ) {
        let evaluation = samples::evaluation(verdict, observed_ms, elapsed_ms);
        let events = handshake::decide::evaluated(&self.world, &self.handshake(h), &evaluation);
        self.commit(events);
    }
}
