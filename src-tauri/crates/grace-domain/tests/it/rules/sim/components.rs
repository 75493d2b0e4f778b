//! What people, and whoever changes it outside Grace, do to a component of the driven world. Never tests anything by itself.

use super::{Sim, component_key, id};
use crate::rules::samples;
use crate::rules::{ORIGIN, by_person, digest, key, key_of, nonce, people, person};
use grace_domain::component::event::ComponentEvent;
use grace_domain::component::{self, Scanned};
use grace_domain::core::digest::Digest;
use grace_domain::log::Event;
use grace_domain::statement::{Act, ActStatement, ReceiptAct, ReceiptResult};

impl Sim {
    pub fn drifted(&mut self, name: &str) {
        let expected = self.content_of(name);
        let event = ComponentEvent::DriftDetected { expected, found: digest("strange") };
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
        let verified = by_person(s, &signer, &people(), self.now).map_err(|e| e.code().to_string())?;
        let busy = self.world.occupant(&id(name), None).map(|u| u.id().clone());
        let scanned = Scanned { digest: found, tree: digest(format!("tree of {found}")) };
        let component = self.world.components()[&id(name)].clone();
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
        let component = self.world.components()[&id(name)].clone();
        self.take(component::decide_restored(&component, &facts))
    }
}
