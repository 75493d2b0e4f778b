//! Handing the envelope of a signed act to the engine, once.
//!
//! Owns what came in, its subject as an id, and the kept answer for a repeated `Idempotency-Key`. Never verifies by
//! itself what the engine verifies, and never signs.

use grace_domain::core::codes::Code;
use std::future::Future;

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::core::states::State;
use grace_domain::log::Entry;
use grace_domain::statement::HandIn;
use grace_engine::{Engine, Once, Outcome};
use serde::Deserialize;

use crate::diff::visible;
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
    let body = whole(signed);
    if let Some(view) = kept(ctx, key, signed, said).await? {
        return Ok(view);
    }
    match act(engine, Some(Once { key: key.clone(), body })).await {
        Ok(o) => Ok(view(o.id, o.state, o.seq, said)),
        // Two at the same moment: the log took one of them, and its answer is this one's too.
        Err(refusal) => match kept(ctx, key, signed, said).await? {
            Some(view) => Ok(view),
            None => Err(refused(refusal)),
        },
    }
}

/// What came in, whole: the route's subject, and the signed bytes with their signatures, which name every blob.
fn whole(signed: &HandedIn) -> Digest {
    let subject = signed.subject.as_deref().unwrap_or_default();
    Digest::of_parts(&[subject.as_bytes(), b"\n", &signed.handed.envelope.to_json()])
}

/// The kept answer, if there is one: believed as far as the entry that it names stands on this envelope.
async fn kept(ctx: &Context, key: &str, signed: &HandedIn, said: &str) -> Result<Option<ActView>, Problem> {
    let Some((of, response)) = ctx.reader().idempotent(key).await.map_err(read_problem)? else {
        return Ok(None);
    };
    let kept: KeptAnswer =
        serde_json::from_str(&response).map_err(|_| damaged("a kept answer has another shape"))?;
    if of != whole(signed) {
        return Err(Problem::new(
            409,
            Code::IdempotencyKeyReused,
            format!(
                "This Idempotency-Key was used with another envelope, for {}. Nothing changed.",
                visible(&kept.id)
            ),
            "Look what became of that one; use a new key for a new request.",
        ));
    }
    let entry = match kept.seq {
        Some(seq) => ctx.reader().entry(seq).await.map_err(read_problem)?,
        None => None,
    };
    let envelope = Digest::of(&signed.handed.envelope.to_json());
    let stands = entry.and_then(|entry| Entry::decode(&entry.bytes).ok()).is_some_and(|entry| {
        entry.event.subject().id() == kept.id && entry.event.info().evidence.envelopes.contains(&envelope)
    });
    if !stands {
        return Err(damaged("a kept answer names an entry that does not stand on this envelope"));
    }
    Ok(Some(view(kept.id, kept.state, kept.seq, said)))
}

fn view(id: String, state: State, seq: Option<u64>, said: &str) -> ActView {
    let place = seq.map(|s| format!(", log {s}")).unwrap_or_default();
    ActView { id, state, seq, message: format!("{said}{place}.") }
}
