//! What people and subsystems sign, whole or piece by piece, so that a test can change any piece before it is signed
//! or handed in.

use super::{Bench, NEWCOMER, id};
use grace_domain::core::canon::to_canonical;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, HandshakeId, PersonId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::sealed_text::salted;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::kinds::UpdateType;
use grace_domain::statement::{
    Ack, Act, ActStatement, ApprovalStatement, HandIn, HandshakeRequest, Part, Statement, Submission, Vote,
};
use grace_engine::keyring::Keyring;
use grace_engine::{Outcome, preview};
use grace_store::layout;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Longest that a test's statements are good for.
const LIFE_MS: i64 = 3_600_000;

/// A target document as it is signed.
pub fn signed_target(document: &str) -> Value {
    let canonical = grace_engine::genesis::canonical_target(document).expect("a target");
    serde_json::from_str(&canonical).expect("JSON")
}

/// What to submit.
pub struct Wanted {
    pub update_type: UpdateType,
    pub components: Vec<String>,
    pub risk: Risk,
    /// As a draft says it.
    pub content: Value,
    pub by: String,
}

/// A submission of the developer.
pub fn submission(component: &str, risk: &str) -> Wanted {
    Wanted {
        update_type: UpdateType::Config,
        components: vec![component.into()],
        risk: serde_json::from_value(risk.into()).expect("a risk"),
        content: json!({ "files": {}, "remove": [] }),
        by: "developer".into(),
    }
}

/// A submission of the developer that changes a metric's definition, or removes it.
pub fn definition(metric: &str, definition: Option<Value>) -> Wanted {
    let mut content = json!({ "metric": metric });
    if let Some(definition) = definition {
        content["definition"] = definition;
    }
    let update_type = UpdateType::MetricDefinition;
    Wanted { update_type, content, ..submission("metrics_collector", "low") }
}

impl Wanted {
    pub fn file(self, path: &str, text: &str) -> Self {
        self.any_file(path, json!({ "text": text }))
    }

    pub fn any_file(mut self, path: &str, file: Value) -> Self {
        self.content["files"][path] = file;
        self
    }

    pub fn remove(mut self, path: &str) -> Self {
        self.content["remove"].as_array_mut().expect("a list").push(path.into());
        self
    }

    pub fn and(mut self, component: &str) -> Self {
        self.components.push(component.into());
        self
    }
}

/// Signs a statement with any key.
pub fn sealed<T: Statement>(statement: &T, key: &SignerKey) -> HandIn {
    let mut statement = statement.clone();
    let mut salt = [0; 32];
    let blobs = statement.seal(|| {
        salt[0] += 1;
        salt
    });
    let payload = to_canonical(&statement).expect("canonical");
    HandIn { envelope: Envelope::sign(T::PAYLOAD_TYPE, payload, &[key]), blobs }
}

impl Bench {
    pub fn key(&self, person: &str) -> &SignerKey {
        &self.keys[&id::<PersonId>(person)]
    }

    /// The key of a component or subsystem of this world.
    pub fn component_key(&self, component: &str) -> SignerKey {
        let keyring = Keyring::of_world(&layout::World::at(&self.dir));
        keyring.component(&id::<ComponentId>(component)).expect("readable")
    }

    pub fn origin(&self) -> String {
        self.engine().world().origin().to_owned()
    }

    /// What would be signed; its content is uploaded.
    pub fn statement_of(&self, wanted: Wanted) -> Submission {
        let (statement, content) = self.drafted(wanted);
        for blob in content {
            self.engine().context().blobs.0.put(&blob).expect("kept");
        }
        statement
    }

    /// What would be signed, and the blobs of its content. A file with a text and a digest is written as it is.
    fn drafted(&self, wanted: Wanted) -> (Submission, Vec<Vec<u8>>) {
        let now = self.ports.clock.now();
        let written = wanted.update_type.document(&wanted.content);
        let (document, mut blobs) = written.unwrap_or_else(|_| (wanted.content.clone(), Vec::new()));
        let blob = salted([9; 32], &document).expect("canonical");
        let part = Part {
            update_type: wanted.update_type,
            component_targets: wanted.components.iter().map(|c| id(c)).collect(),
            content: Digest::of(&blob),
        };
        blobs.push(blob);
        let statement = Submission::new(
            self.origin(),
            id(&format!("upd_{}", self.ports.uuid().hyphenated())),
            vec![part],
            (id(&wanted.by), "Change the workers".into()),
            wanted.risk,
            (now, now.plus_ms(LIFE_MS)),
        );
        (statement, blobs)
    }

    pub async fn try_submit(&self, wanted: Wanted) -> Result<UpdateId, Refusal> {
        let (statement, content) = self.drafted(wanted);
        let mut handed = sealed(&statement, self.key(statement.created_by.as_str()));
        handed.blobs.extend(content);
        self.engine().submit_update(&handed, None).await.map(|_| statement.id)
    }

    pub async fn submit(&self, wanted: Wanted) -> UpdateId {
        self.try_submit(wanted).await.expect("submitted")
    }

    /// What a person would sign to approve the update as it is now.
    pub async fn approval_of(&self, update: &UpdateId, person: &str) -> ApprovalStatement {
        let u = self.update(update).await;
        let package = u.package().cloned().expect("packaged");
        let now = self.ports.clock.now();
        ApprovalStatement {
            world: self.origin(),
            subject: update.to_string(),
            decision: Decision::Approve,
            stage: "governance".into(),
            set: u.set(),
            package: package.package,
            rollback_plan: package.rollback_plan,
            policy: u.policy(),
            person: id(person),
            nonce: self.ports.nonce(),
            at: now,
            expires: now.plus_ms(LIFE_MS),
            reason: "".into(),
        }
    }

    /// Hands an approval in, signed by whom it names.
    pub async fn hand_in(&self, update: &UpdateId, s: &ApprovalStatement) -> Result<Outcome, Refusal> {
        self.engine().approve_update(update, &sealed(s, self.key(s.person.as_str())), None).await
    }

    pub async fn approve(&self, update: &UpdateId, person: &str) -> Result<Outcome, Refusal> {
        self.hand_in(update, &self.approval_of(update, person).await).await
    }

    pub async fn deny(&self, update: &UpdateId, person: &str) -> Result<Outcome, Refusal> {
        let statement = self.approval_of(update, person).await;
        let denial =
            ApprovalStatement { decision: Decision::Deny, reason: "not like this".into(), ..statement };
        self.hand_in(update, &denial).await
    }

    fn act_statement(&self, act: Act, subject: &str, digest: Digest, person: &str) -> ActStatement {
        let now = self.ports.clock.now();
        ActStatement {
            world: self.origin(),
            act,
            subject: subject.into(),
            digest,
            person: id(person),
            nonce: self.ports.nonce(),
            at: now,
            expires: now.plus_ms(LIFE_MS),
            reason: "as agreed".into(),
        }
    }

    pub async fn act(&self, update: &UpdateId, act: Act, person: &str) -> Result<Outcome, Refusal> {
        let content = self.update(update).await.set();
        let statement = self.act_statement(act, update.as_str(), content, person);
        self.engine().act_on_update(update, act, &sealed(&statement, self.key(person)), None).await
    }

    /// What a person would sign about a component as it is on the disk now.
    async fn component_act(&self, component: &str, act: Act, person: &str) -> ActStatement {
        let inspection = preview::inspect(&self.component(component), None).await.expect("an inspection");
        self.act_statement(act, component, inspection.observed.digest, person)
    }

    pub async fn adoption_of(&self, component: &str, person: &str) -> ActStatement {
        self.component_act(component, Act::Adopt, person).await
    }

    /// Hands an act on a component in, signed by whom it names.
    pub async fn hand_in_act(&self, component: &str, s: &ActStatement) -> Result<Outcome, Refusal> {
        let envelope = sealed(s, self.key(s.person.as_str()));
        self.engine().act_on_component(&id(component), s.act, &envelope, None).await
    }

    pub async fn act_on_component(
        &self,
        component: &str,
        act: Act,
        person: &str,
    ) -> Result<Outcome, Refusal> {
        self.hand_in_act(component, &self.component_act(component, act, person).await).await
    }

    /// What a person would sign to let the newcomer join.
    pub fn request_of(&self, person: &str) -> HandshakeRequest {
        let now = self.ports.clock.now();
        let handshake: HandshakeId = id(&format!("hs_{}", self.ports.uuid().hyphenated()));
        let nonce = self.ports.nonce();
        let component: ComponentId = id(NEWCOMER);
        let (public_key, possession) =
            self.engine().component_possession(&component, &handshake, &nonce).expect("a key");
        HandshakeRequest {
            world: self.origin(),
            id: handshake,
            component,
            title: "Newcomer".into(),
            component_type: "service".into(),
            version: "1".into(),
            capabilities: BTreeSet::new(),
            metrics: BTreeSet::from([id("error_rate")]),
            public_key,
            possession,
            target: signed_target(&self.places[NEWCOMER].document(None)),
            depends_on: BTreeSet::new(),
            environment: None,
            track: None,
            secrets: BTreeSet::new(),
            requested_by: id(person),
            nonce,
            at: now,
            expires: now.plus_ms(LIFE_MS),
        }
    }

    /// The newcomer requests to join with another root.
    pub async fn request_for(&self, root: &std::path::Path) -> Result<Outcome, Refusal> {
        let mut statement = self.request_of("developer");
        statement.target["root"] = root.to_str().expect("a plain path").into();
        self.engine().request_handshake(&sealed(&statement, self.key("developer")), None).await
    }

    /// The newcomer requests to join with these metrics.
    pub async fn try_request(&self, metrics: &[&str]) -> Result<Outcome, Refusal> {
        let mut statement = self.request_of("developer");
        statement.metrics = metrics.iter().map(|metric| id(metric)).collect();
        self.engine().request_handshake(&sealed(&statement, self.key("developer")), None).await
    }

    pub async fn request(&self) -> HandshakeId {
        let statement = self.request_of("developer");
        let envelope = sealed(&statement, self.key("developer"));
        self.engine().request_handshake(&envelope, None).await.expect("requested");
        statement.id
    }

    pub async fn approve_handshake(&self, handshake: &HandshakeId, person: &str) -> Result<Outcome, Refusal> {
        let h = self.handshake(handshake).await;
        let now = self.ports.clock.now();
        let statement = ApprovalStatement {
            world: self.origin(),
            subject: handshake.to_string(),
            decision: Decision::Approve,
            stage: "governance".into(),
            set: h.request(),
            package: h.request(),
            rollback_plan: h.target_digest(),
            policy: h.policy(),
            person: id(person),
            nonce: self.ports.nonce(),
            at: now,
            expires: now.plus_ms(LIFE_MS),
            reason: "".into(),
        };
        self.engine().approve_handshake(handshake, &sealed(&statement, self.key(person)), None).await
    }

    /// A handshake that is announced and that nobody answers by itself.
    pub async fn announced(&self) -> HandshakeId {
        self.all_silent();
        let handshake = self.request().await;
        self.approve_handshake(&handshake, "sre").await.expect("approved");
        handshake
    }

    /// What a subsystem would sign now.
    pub async fn answer_of(&self, handshake: &HandshakeId, by: &str, vote: Vote) -> Ack {
        let h = self.handshake(handshake).await;
        Ack {
            world: self.origin(),
            handshake: handshake.clone(),
            nonce: h.nonce().clone(),
            request: h.request(),
            by: id(by),
            vote,
            reason: if vote == Vote::Nack { "I cannot see it".into() } else { "".into() },
            adjustments: Vec::new(),
            seen: self.engine().reader().checkpoint().await.expect("a checkpoint").text,
            at: self.ports.clock.now(),
        }
    }

    /// Hands an answer in, signed with the subsystem's own key.
    pub async fn answer(&self, handshake: &HandshakeId, by: &str, vote: Vote) -> Result<Outcome, Refusal> {
        let ack = self.answer_of(handshake, by, vote).await;
        self.hand_in_ack(&ack, &self.component_key(by)).await
    }

    pub async fn hand_in_ack(&self, ack: &Ack, key: &SignerKey) -> Result<Outcome, Refusal> {
        self.engine().acknowledge(&ack.handshake, &sealed(ack, key), None).await
    }
}
