//! Handing the envelope of a signed act to the engine, once.
//!
//! Owns what came in, its subject as an id, and the kept answer for a repeated `Idempotency-Key`. Never verifies by
//! itself what the engine verifies, and never signs.

use grace_domain::core::codes::Code;
use std::collections::BTreeMap;
use std::future::Future;

use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::sealed_text::unsalted;
use grace_domain::core::states::State;
use grace_domain::statement::HandIn;
use grace_engine::{Engine, Once, Outcome};
use serde::Deserialize;
use serde_json::Value;

use crate::handlers::context::Context;
use crate::problem::Problem;
use crate::problems::{damaged, not_found, read_problem, refused};
use crate::types::ActView;

/// A signed act on its way to the engine.
#[derive(Debug, Clone)]
pub struct HandedIn {
    /// What the route names, if it names anything.
    pub subject: Option<String>,
    /// The signed statement with its blobs.
    pub handed: HandIn,
    /// The same key with the same envelope gets the same answer.
    pub idempotency_key: Option<String>,
}

impl HandedIn {
    pub(crate) fn update(&self) -> Result<UpdateId, Problem> {
        let id = self.subject.as_deref().unwrap_or_default();
        id.parse().map_err(|_| not_found("update", id))
    }

    pub(crate) fn handshake(&self) -> Result<HandshakeId, Problem> {
        let id = self.subject.as_deref().unwrap_or_default();
        id.parse().map_err(|_| not_found("handshake", id))
    }

    pub(crate) fn component(&self) -> Result<ComponentId, Problem> {
        let id = self.subject.as_deref().unwrap_or_default();
        id.parse().map_err(|_| not_found("component", id))
    }
}

#[derive(Deserialize)]
struct KeptAnswer {
    id: String,
    state: State,
    seq: Option<u64>,
}

/// Runs `act` unless its answer was kept under the same key and the same envelope.
pub(crate) async fn once<F, R>(
    ctx: &Context,
    signed: &HandedIn,
    said: &str,
    act: F,
) -> Result<ActView, Problem>
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

/// What an act says, apart from what each making of a statement draws anew, salts among it: so that a program that asks
/// for the statement and signs again under the same key is answered as before.
fn meaning(signed: &HandedIn) -> Digest {
    let envelope = &signed.handed.envelope;
    let blobs = signed.handed.by_digest();
    let made_anew = ["id", "nonce", "at", "expires", "possession", "seen", "set"];
    let said = serde_json::from_slice(&envelope.payload).ok().and_then(|mut said: Value| {
        said.as_object_mut()?.retain(|name, _| !made_anew.contains(&name.as_str()));
        unsalt(&mut said, &blobs);
        let keys: Vec<&str> = envelope.signatures.iter().map(|s| s.keyid.as_str()).collect();
        canon::to_canonical(&serde_json::json!([envelope.payload_type, signed.subject, keys, said])).ok()
    });
    Digest::of(&said.unwrap_or_else(|| envelope.to_json()))
}

/// Puts what salted blobs hold in the place of their digests.
fn unsalt(said: &mut Value, blobs: &BTreeMap<Digest, &[u8]>) {
    match said {
        Value::String(text) => {
            let held = text.parse().ok().and_then(|digest: Digest| unsalted(blobs.get(&digest)?));
            if let Some(held) = held {
                *said = held;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| unsalt(item, blobs)),
        Value::Object(members) => members.values_mut().for_each(|member| unsalt(member, blobs)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

async fn kept(ctx: &Context, key: &str, body: Digest, said: &str) -> Result<Option<ActView>, Problem> {
    let Some((of, response)) = ctx.reader().idempotent(key).await.map_err(read_problem)? else {
        return Ok(None);
    };
    if of != body {
        return Err(Problem::new(
            409,
            Code::IdempotencyKeyReused,
            "This Idempotency-Key was used with another body. Nothing changed.",
            "Use a new key for a new request.",
        ));
    }
    let kept: KeptAnswer =
        serde_json::from_str(&response).map_err(|_| damaged("a kept answer has another shape"))?;
    Ok(Some(view(kept.id, kept.state, kept.seq, said)))
}

fn view(id: String, state: State, seq: Option<u64>, said: &str) -> ActView {
    let place = seq.map(|s| format!(", log {s}")).unwrap_or_default();
    ActView { id, state, seq, message: format!("{said}{place}.") }
}
