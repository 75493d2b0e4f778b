//! Signed acts: handing an envelope to the engine, once.
//!
//! Owns the eleven operations of the group `signed`, the binding of route and payload, and the kept answer for a
//! repeated `Idempotency-Key`. Never verifies by itself what the engine verifies, and never signs.

use std::future::Future;

use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::governance::policy::UpdateType;
use grace_domain::statement::{self, Act, Submission};
use grace_engine::engine::refused_statement;
use grace_engine::{Engine, Once, Outcome};
use serde::Deserialize;

use super::context::{damaged, invalid, not_found, read_problem, refused};
use super::{Context, handshakes};
use crate::problem::Problem;
use crate::views::*;

/// A signed act on its way to the engine.
#[derive(Debug, Clone)]
pub struct SignedAct {
    /// What the route names, if it names anything.
    pub subject: Option<String>,
    /// The signed statement.
    pub envelope: Envelope,
    /// The same key with the same envelope gets the same answer.
    pub idempotency_key: Option<String>,
}

impl SignedAct {
    fn update(&self) -> Result<UpdateId, Problem> {
        let id = self.subject.as_deref().unwrap_or_default();
        id.parse().map_err(|_| not_found("update", id))
    }

    fn handshake(&self) -> Result<HandshakeId, Problem> {
        let id = self.subject.as_deref().unwrap_or_default();
        id.parse().map_err(|_| not_found("handshake", id))
    }

    fn component(&self) -> Result<ComponentId, Problem> {
        let id = self.subject.as_deref().unwrap_or_default();
        id.parse().map_err(|_| not_found("component", id))
    }
}

#[derive(Deserialize)]
struct Kept {
    id: String,
    state: String,
    seq: Option<u64>,
}

/// Runs `act` unless its answer was kept under the same key and the same envelope.
async fn once<F, R>(ctx: &Context, signed: &SignedAct, said: &str, act: F) -> Result<ActView, Problem>
where
    F: FnOnce(Engine, Option<Once>) -> R,
    R: Future<Output = Result<Outcome, Refusal>>,
{
    let engine = ctx.engine()?.clone();
    let Some(key) = &signed.idempotency_key else {
        return act(engine, None).await.map(|o| view(o.id, o.state, o.seq, said)).map_err(refused);
    };
    let body = meaning(signed);
    if let Some(view) = kept(ctx, key, body, said).await? {
        return Ok(view);
    }
    match act(engine, Some(Once { key: key.clone(), body })).await {
        Ok(o) => Ok(view(o.id, o.state, o.seq, said)),
        // Two at the same moment: the log took one of them, and its answer is this one's too.
        Err(refusal) => match kept(ctx, key, body, said).await? {
            Some(view) => Ok(view),
            None => Err(refused(refusal)),
        },
    }
}

/// What an act says, apart from what each making of a statement draws anew: so that a program that asks for the
/// statement and signs again under the same key is answered as before.
fn meaning(signed: &SignedAct) -> Digest {
    let envelope = &signed.envelope;
    let made_anew = ["id", "nonce", "at", "expires", "possession", "seen"];
    let said = serde_json::from_slice(&envelope.payload).ok().and_then(|mut said: serde_json::Value| {
        said.as_object_mut()?.retain(|name, _| !made_anew.contains(&name.as_str()));
        let keys: Vec<&str> = envelope.signatures.iter().map(|s| s.keyid.as_str()).collect();
        canon::to_canonical(&serde_json::json!([envelope.payload_type, signed.subject, keys, said])).ok()
    });
    Digest::of(&said.unwrap_or_else(|| envelope.to_json()))
}

async fn kept(ctx: &Context, key: &str, body: Digest, said: &str) -> Result<Option<ActView>, Problem> {
    let Some((of, response)) = ctx.reader().idempotent(key).await.map_err(read_problem)? else {
        return Ok(None);
    };
    if of != body {
        return Err(Problem::new(
            409,
            "idempotency_key_reused",
            "This Idempotency-Key was used with another body. Nothing changed.",
            "Use a new key for a new request.",
        ));
    }
    let kept: Kept =
        serde_json::from_str(&response).map_err(|_| damaged("a kept answer has another shape"))?;
    Ok(Some(view(kept.id, kept.state, kept.seq, said)))
}

fn view(id: String, state: String, seq: Option<u64>, said: &str) -> ActView {
    let place = seq.map(|s| format!(", log {s}")).unwrap_or_default();
    ActView { id, state, seq, message: format!("{said}{place}.") }
}

/// Hands a config update in.
pub(crate) async fn update_submit(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    update_submit_as(ctx, act, UpdateType::Config).await
}

/// Hands an update in at the route of `kind`; the payload must say the same kind.
pub(crate) async fn update_submit_as(
    ctx: &Context,
    act: SignedAct,
    kind: UpdateType,
) -> Result<ActView, Problem> {
    let world = ctx.world().await?;
    let genesis = &world.genesis;
    // Verified here too, so that a wrong kind is told only to somebody whose signature holds.
    let verified: statement::Verified<Submission> =
        statement::verify_person(&act.envelope, &genesis.origin, &genesis.people, ctx.now())
            .map_err(|e| refused(refused_statement(&e)))?;
    let found = verified.statement.update_type;
    if found != kind {
        return Err(invalid(
            "wrong_update_type",
            format!("The payload says {}, the route {}. Nothing changed.", found.as_str(), kind.as_str()),
            "Use the route of the payload's type.",
        ));
    }
    let envelope = act.envelope.clone();
    once(ctx, &act, "Proposed", |e, o| async move { e.submit_update(&envelope, o).await }).await
}

/// Approves or denies an update.
pub(crate) async fn update_decide(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    let (id, envelope) = (act.update()?, act.envelope.clone());
    once(ctx, &act, "Recorded", |e, o| async move { e.approve_update(&id, &envelope, o).await }).await
}

async fn on_update(ctx: &Context, act: SignedAct, what: Act, said: &str) -> Result<ActView, Problem> {
    let (id, envelope) = (act.update()?, act.envelope.clone());
    once(ctx, &act, said, |e, o| async move { e.act_on_update(&id, what, &envelope, o).await }).await
}

/// Withdraws an update.
pub(crate) async fn update_withdraw(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    on_update(ctx, act, Act::Withdraw, "Withdrawn").await
}

/// Prepares a blocked update again.
pub(crate) async fn update_retry(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    on_update(ctx, act, Act::Retry, "Tried again").await
}

/// Keeps a held update.
pub(crate) async fn update_keep(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    on_update(ctx, act, Act::Keep, "Kept").await
}

/// Takes an update back.
pub(crate) async fn update_rollback(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    on_update(ctx, act, Act::Rollback, "Rollback begun").await
}

/// Looks over a rollback that another person alone has signed.
pub(crate) async fn update_review(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    on_update(ctx, act, Act::Review, "Reviewed").await
}

async fn on_component(ctx: &Context, act: SignedAct, what: Act, said: &str) -> Result<ActView, Problem> {
    let (id, envelope) = (act.component()?, act.envelope.clone());
    once(ctx, &act, said, |e, o| async move { e.act_on_component(&id, what, &envelope, o).await }).await
}

/// Declares what is on a target to be its content.
pub(crate) async fn component_adopt(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    on_component(ctx, act, Act::Adopt, "Adopted").await
}

/// Puts the last known content back.
pub(crate) async fn component_restore(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    on_component(ctx, act, Act::Restore, "Restore begun").await
}

/// Asks that a component may join.
pub(crate) async fn handshake_request(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    let envelope = act.envelope.clone();
    let mut done =
        once(ctx, &act, "Requested", |e, o| async move { e.request_handshake(&envelope, o).await }).await?;
    let world = ctx.world().await?;
    if let Some(h) = done.id.parse().ok().and_then(|id: HandshakeId| world.handshakes.get(&id)) {
        for warning in handshakes::warnings(&world.genesis.policy, h) {
            done.message = format!("{} {warning}", done.message);
        }
    }
    Ok(done)
}

/// Approves or denies a handshake.
pub(crate) async fn handshake_decide(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    let (id, envelope) = (act.handshake()?, act.envelope.clone());
    once(ctx, &act, "Recorded", |e, o| async move { e.approve_handshake(&id, &envelope, o).await }).await
}

/// A subsystem's answer to an announcement.
pub(crate) async fn handshake_ack(ctx: &Context, act: SignedAct) -> Result<ActView, Problem> {
    let (id, envelope) = (act.handshake()?, act.envelope.clone());
    once(ctx, &act, "Recorded", |e, o| async move { e.acknowledge(&id, &envelope, o).await }).await
}

/// Keeps bytes that an update will name by digest.
pub(crate) async fn blob_put(ctx: &Context, digest: Digest, bytes: Vec<u8>) -> Result<BlobView, Problem> {
    ctx.engine()?;
    let size = bytes.len() as u64;
    let blobs = ctx.blobs().clone();
    let kept = tokio::task::spawn_blocking(move || {
        if Digest::of(&bytes) == digest { blobs.put(&bytes).map(Some) } else { Ok(None) }
    });
    match kept.await.map_err(|_| damaged("writing was cut short"))? {
        Ok(Some(_)) => Ok(BlobView { sha256: digest.to_hex(), bytes: size }),
        Ok(None) => Err(invalid(
            "digest_differs",
            "These are not the bytes of that digest. Nothing was kept.",
            "Name the digest of what you send.",
        )),
        Err(e) => Err(damaged(&e.to_string())),
    }
}
