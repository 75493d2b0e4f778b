//! Statements: the exact bytes that a person signs, made from what the engine knows.
//!
//! Owns the operation `statement`, so that nobody signs a document that a caller invented. Never signs: a statement is
//! only text until a person's key makes it an act.

use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{HandshakeId, Nonce, PersonId, UpdateId};
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::tally::Decision;
use grace_domain::statement::{
    Ack, Act, ActStatement, ApprovalStatement, HandshakeRequest, Statement, Submission, Vote,
};
use grace_domain::world::World;
use grace_engine::{genesis, preview};

use super::context::{invalid, not_found, read_problem, refused};
use super::plan::Draft;
use super::sentences::clause;
use super::signing::{Kind, draft_of, subject};
use super::{Context, load};
use crate::problem::Problem;
use crate::requests::*;
use crate::views::*;

/// How long a statement that is no approval may lie before it is handed in.
const HAND_IN_S: u64 = 3600;

/// The description of a component that asks to join, its target document checked.
pub(super) struct JoinRequest {
    pub(super) draft: ComponentDraft,
    pub(super) target: String,
}

impl JoinRequest {
    /// Checks a description.
    pub(super) fn read(draft: Option<&ComponentDraft>) -> Result<Self, Problem> {
        let draft = draft.cloned().ok_or_else(|| {
            invalid(
                "target_missing",
                "A request to join needs a description of the component.",
                "Send `target`.",
            )
        })?;
        let target = genesis::canonical_target(&draft.target.to_string()).map_err(|m| {
            invalid(m.code, format!("The target document: {}.", clause(&m.reason)), "Correct it.")
        })?;
        Ok(Self { draft, target })
    }
}

/// The statement that one person signs.
pub(crate) async fn statement(ctx: &Context, request: StatementRequest) -> Result<StatementView, Problem> {
    let kind = Kind::read(&request.act)?;
    let world = ctx.world().await?;
    if kind == Kind::Ack {
        return ack(ctx, &world, &request).await;
    }
    let person: PersonId = request.person.parse().map_err(|_| not_found("person", &request.person))?;
    if !world.genesis.people.contains_key(&person) {
        return Err(not_found("person", person.as_str()));
    }
    let reason = request.reason.clone().unwrap_or_default().trim().to_owned();
    if reason.len() > limits::REASON_BYTES {
        return Err(invalid("reason_length", "The reason is too long.", "Shorten it."));
    }
    let made = StatementBuilder { world: &world, ctx, request: &request, person, reason, at: ctx.now() };
    match kind {
        Kind::Submit => made.submit(),
        Kind::Approve => made.approve().await,
        Kind::Handshake => made.handshake().await,
        Kind::HandshakeRequest => made.handshake_request(),
        Kind::OnUpdate(act) => made.on_update(act).await,
        Kind::OnComponent(act) => made.on_component(act).await,
        Kind::Ack => ack(ctx, &world, &request).await,
    }
}

/// A subsystem's answer to an announcement, with the newest checkpoint as what it has seen.
async fn ack(ctx: &Context, world: &World, request: &StatementRequest) -> Result<StatementView, Problem> {
    let (h, _) = load::handshake(ctx, subject(request.subject.as_deref())?).await?;
    let by = load::component_id(&request.person)?;
    let vote = match request.decision.as_deref() {
        Some("ack") => Vote::Ack,
        Some("nack") => Vote::Nack,
        _ => return Err(invalid("decision_missing", "An answer is a decision.", "Say ack or nack.")),
    };
    let seen = ctx.reader().checkpoint().await.map_err(read_problem)?;
    view(&Ack {
        world: world.genesis.origin.clone(),
        handshake: h.id.clone(),
        nonce: h.nonce().clone(),
        request: h.request,
        by,
        vote,
        reason: request.reason.clone().unwrap_or_default(),
        adjustments: Vec::new(),
        seen: seen.text,
        at: ctx.now(),
    })
}

struct StatementBuilder<'a> {
    world: &'a World,
    ctx: &'a Context,
    request: &'a StatementRequest,
    person: PersonId,
    reason: String,
    at: Timestamp,
}

impl StatementBuilder<'_> {
    fn origin(&self) -> String {
        self.world.genesis.origin.clone()
    }

    fn nonce(&self) -> Nonce {
        self.ctx.ports().nonce()
    }

    fn until(&self, seconds: u64) -> Timestamp {
        self.at.plus_ms(i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX))
    }

    fn decision(&self) -> Result<Decision, Problem> {
        match self.request.decision.as_deref() {
            Some("approve") => Ok(Decision::Approve),
            Some("deny") if self.reason.is_empty() => {
                Err(invalid("reason_required", "A denial needs a reason.", "Say why."))
            }
            Some("deny") => Ok(Decision::Deny),
            _ => Err(invalid("decision_missing", "This act needs a decision.", "Say approve or deny.")),
        }
    }

    fn required_reason(&self) -> Result<String, Problem> {
        if self.reason.is_empty() {
            Err(invalid("reason_required", "A signed act needs a reason.", "Say why in one sentence."))
        } else {
            Ok(self.reason.clone())
        }
    }

    fn submit(&self) -> Result<StatementView, Problem> {
        let draft = Draft::read(draft_of(self.request.draft.as_ref())?)?;
        if let Some(refusal) = draft.type_refusal() {
            return Err(refusal);
        }
        if draft.created_by != self.person {
            return Err(invalid(
                "wrong_person",
                "The draft names another person than the signer.",
                "Name who signs.",
            ));
        }
        let id: UpdateId = format!("upd_{}", self.ctx.ports().uuid())
            .parse()
            .expect("invariant: upd_ and a UUID are an update id");
        view(&Submission {
            world: self.origin(),
            id,
            update_type: draft.update_type,
            component_targets: draft.components,
            content: draft.content,
            created_by: draft.created_by,
            risk_level: draft.risk,
            title: draft.title,
            description: draft.description,
            at: self.at,
            expires: self.until(HAND_IN_S),
        })
    }

    async fn approve(&self) -> Result<StatementView, Problem> {
        let (u, _) = load::update(self.ctx, subject(self.request.subject.as_deref())?).await?;
        let Some(package) = &u.package else {
            let problem = if u.ended() {
                let what = format!("{} is {}; it cannot be approved or denied now", u.id, u.state());
                Refusal::conflict("wrong_state", what, "look at the update's state")
            } else {
                let what = format!("{} has no package to sign for", u.id);
                Refusal::conflict("not_ready", what, "wait for stage 5")
            };
            return Err(refused(problem));
        };
        view(&ApprovalStatement {
            world: self.origin(),
            subject: u.id.to_string(),
            decision: self.decision()?,
            stage: "governance".into(),
            content: u.content,
            package: package.package,
            rollback_plan: package.rollback_plan,
            policy: u.policy,
            person: self.person.clone(),
            nonce: self.nonce(),
            at: self.at,
            expires: self.until(self.world.genesis.policy.approval_ttl_s),
            reason: self.reason.clone(),
        })
    }

    async fn handshake(&self) -> Result<StatementView, Problem> {
        let (h, _) = load::handshake(self.ctx, subject(self.request.subject.as_deref())?).await?;
        view(&ApprovalStatement {
            world: self.origin(),
            subject: h.id.to_string(),
            decision: self.decision()?,
            stage: "governance".into(),
            content: h.request,
            package: h.request,
            rollback_plan: h.target_digest(),
            policy: h.policy,
            person: self.person.clone(),
            nonce: self.nonce(),
            at: self.at,
            expires: self.until(self.world.genesis.policy.approval_ttl_s),
            reason: self.reason.clone(),
        })
    }

    fn handshake_request(&self) -> Result<StatementView, Problem> {
        let engine = self.ctx.engine()?;
        let JoinRequest { draft: join, .. } = JoinRequest::read(self.request.target.as_ref())?;
        let wrong = |what: &str| {
            invalid(
                "wrong_shape",
                format!("The {what} does not read."),
                "Use lower-case letters, digits, `-`, `_`, `.`.",
            )
        };
        let component = join.component.parse().map_err(|_| wrong("component id"))?;
        let id: HandshakeId = format!("hs_{}", self.ctx.ports().uuid())
            .parse()
            .expect("invariant: hs_ and a UUID are a handshake id");
        let nonce = self.nonce();
        let (public_key, possession) =
            engine.component_possession(&component, &id, &nonce).map_err(refused)?;
        view(&HandshakeRequest {
            world: self.origin(),
            id,
            component,
            title: join.title,
            component_type: join.component_type,
            version: join.version,
            capabilities: join.capabilities.into_iter().collect(),
            expected_metrics: join
                .metrics
                .iter()
                .map(|m| m.parse())
                .collect::<Result<_, _>>()
                .map_err(|_| wrong("metric"))?,
            public_key,
            possession,
            target: join.target,
            requested_by: self.person.clone(),
            nonce,
            at: self.at,
            expires: self.until(HAND_IN_S),
        })
    }

    async fn on_update(&self, act: Act) -> Result<StatementView, Problem> {
        let (u, _) = load::update(self.ctx, subject(self.request.subject.as_deref())?).await?;
        self.act(act, u.id.to_string(), u.content)
    }

    async fn on_component(&self, act: Act) -> Result<StatementView, Problem> {
        let id = load::component_id(subject(self.request.subject.as_deref())?)?;
        let component = self.world.components.get(&id).ok_or_else(|| not_found("component", id.as_str()))?;
        let looked = preview::look(component).await.map_err(|m| {
            Problem::new(409, m.code, format!("{}.", clause(&m.reason)), "The target must be readable.")
        })?;
        self.act(act, id.to_string(), looked.tree.digest())
    }

    fn act(&self, act: Act, subject: String, digest: Digest) -> Result<StatementView, Problem> {
        view(&ActStatement {
            world: self.origin(),
            act,
            subject,
            digest,
            person: self.person.clone(),
            nonce: self.nonce(),
            at: self.at,
            expires: self.until(HAND_IN_S),
            reason: self.required_reason()?,
        })
    }
}

fn view<T: Statement>(statement: &T) -> Result<StatementView, Problem> {
    let bytes = canon::to_canonical(statement).map_err(|e| {
        invalid("wrong_shape", format!("This cannot be written as a statement: {e}."), "Use whole numbers.")
    })?;
    let payload = String::from_utf8(bytes).expect("invariant: canonical JSON is UTF-8");
    Ok(StatementView { payload_type: T::PAYLOAD_TYPE.into(), payload })
}
