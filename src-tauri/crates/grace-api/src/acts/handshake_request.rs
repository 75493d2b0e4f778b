//! Requesting that a component may join.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::HandshakeId;
use grace_domain::statement::{HandshakeRequest, Statement as _};
use grace_domain::world::World;
use grace_engine::{genesis, preview};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::hand_in::{HandedIn, once};
use super::handshake_approve::with_warning;
use super::signed_act::{Excluded, Matches, Shown, SignedAct};
use super::statement::{StatementBuilder, view as statement};
use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::{handshakes, load};
use crate::problem::Problem;
use crate::problems::{invalid, refused};
use crate::requests::{ComponentDraft, SigningRequest, StatementRequest};
use crate::text::phrases::{as_sentence, clause};
use crate::types::{ActView, SigningView, StatementView};

/// The act.
pub(super) struct Request;

/// The description of a component that requests to join, its target document checked.
struct JoinRequest {
    draft: ComponentDraft,
    target: String,
}

impl JoinRequest {
    /// Checks a description.
    fn read(draft: Option<&ComponentDraft>) -> Result<Self, Problem> {
        let draft = draft.cloned().ok_or_else(|| {
            invalid(
                Code::TargetMissing,
                "A request to join needs a description of the component.",
                "Send `target`.",
            )
        })?;
        let target = genesis::canonical_target(&draft.target.to_string()).map_err(|m| {
            invalid(
                m.code,
                format!("The target document: {}.", clause(&m.reason)),
                "Correct that member under `target` and request again.",
            )
        })?;
        Ok(Self { draft, target })
    }
}

impl SignedAct for Request {
    async fn show(
        ctx: &Context,
        world: &World,
        request: &SigningRequest,
        view: &mut SigningView,
    ) -> Result<Shown, Problem> {
        let JoinRequest { draft, target } = JoinRequest::read(request.target.as_ref())?;
        view.title = visible(&draft.title);
        view.subject.clone_from(&draft.component);
        let metrics = draft.metrics.iter().filter_map(|m| m.parse().ok()).collect();
        let rules = Rules::now(ctx, world.policy()).await?;
        let unjudged = rules.refuse_newcomer(&metrics).err();
        view.consequence = with_warning(
            format!(
                "Requests that {} may join; others must approve, then the subsystems answer.",
                visible(&draft.component)
            ),
            if unjudged.is_none() { rules.unjudged(&metrics) } else { None },
        );
        let id = load::component_id(&draft.component)?;
        let apart = ctx.occupancy().apart(&id, &target, preview::other_targets(world, &id));
        let missing = match apart {
            Ok(()) => preview::inspect_at(&id, &target).await.and_then(|i| Ok(i.runnable()?)).err(),
            Err(overlap) => Some(overlap),
        };
        let closed = missing.map(|m| m.reason).or(unjudged.map(|refusal| refusal.message));
        view.closed_reason = closed.map(|reason| as_sentence(&reason));
        let digest = Digest::of(target.as_bytes());
        let excluded = Excluded::default();
        // The phrase is of what is signed: it comes with the request.
        Ok(Shown { digest, phrase_of: None, excluded })
    }

    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let person = builder.person()?;
        let engine = builder.ctx.engine()?;
        let JoinRequest { draft: join, target } = JoinRequest::read(builder.request.target.as_ref())?;
        let wrong = |what: &str| {
            invalid(
                Code::WrongShape,
                format!("The {what} does not read."),
                "Use lower-case letters, digits, `-`, `_`, `.`.",
            )
        };
        let component = join.component.parse().map_err(|_| wrong("component id"))?;
        let id: HandshakeId = format!("hs_{}", builder.ctx.ports().uuid())
            .parse()
            .expect("invariant: hs_ and a UUID are a handshake id");
        let nonce = builder.nonce();
        let (public_key, possession) =
            engine.component_possession(&component, &id, &nonce).map_err(refused)?;
        let metrics = join.metrics.iter().map(|m| m.parse()).collect::<Result<_, _>>();
        let metrics = metrics.map_err(|_| wrong("metric"))?;
        let rules = Rules::now(builder.ctx, builder.world.policy()).await?;
        rules.refuse_newcomer(&metrics).map_err(refused)?;
        let depends_on = join.depends_on.iter().map(|id| id.parse()).collect::<Result<_, _>>();
        let said = HandshakeRequest {
            world: builder.origin(),
            id,
            component,
            title: join.title.into(),
            component_type: join.component_type,
            version: join.version,
            capabilities: join.capabilities.into_iter().collect(),
            metrics,
            public_key,
            possession,
            target: document(&target),
            depends_on: depends_on.map_err(|_| wrong("component id"))?,
            environment: join.environment,
            track: join.track,
            secrets: join.secrets.into_iter().collect(),
            requested_by: person,
            nonce,
            at: builder.at,
            expires: builder.handed_in_until(),
        };
        statement(builder, said)
    }

    fn matches(request: &StatementRequest) -> Matches {
        Matches {
            payload_type: HandshakeRequest::PAYLOAD_TYPE,
            signer: "requested_by",
            members: members(request.target.as_ref()),
            texts: vec![("title", request.target.as_ref().map(|t| t.title.clone()).unwrap_or_default())],
            lists: Vec::new(),
            parts: None,
        }
    }

    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem> {
        let handed = act.handed.clone();
        let mut done =
            once(ctx, &act, "Requested", |e, o| async move { e.request_handshake(&handed, o).await }).await?;
        let world = ctx.world().await?;
        let rules = Rules::now(ctx, world.policy()).await?;
        if let Some(h) = done.id.parse().ok().and_then(|id: HandshakeId| world.handshakes().get(&id)) {
            for warning in handshakes::view::warnings(&rules, h) {
                done.message = format!("{} {warning}", done.message);
            }
        }
        Ok(done)
    }
}

/// A target document as it is signed: in its one form.
fn document(canonical: &str) -> Value {
    serde_json::from_str(canonical).expect("invariant: a canonical document is JSON")
}

fn members(draft: Option<&ComponentDraft>) -> Vec<(&'static str, Value)> {
    let Some(draft) = draft else { return vec![("component", Value::Null)] };
    let set = |names: &[String]| json!(names.iter().collect::<BTreeSet<_>>());
    // What is empty does not stand in the statement.
    let named = |names: &[String]| if names.is_empty() { Value::Null } else { set(names) };
    vec![
        ("target", JoinRequest::read(Some(draft)).map(|r| document(&r.target)).unwrap_or_default()),
        ("capabilities", set(&draft.capabilities)),
        ("metrics", set(&draft.metrics)),
        ("depends_on", named(&draft.depends_on)),
        ("secrets", named(&draft.secrets)),
        ("component", json!(draft.component)),
        ("component_type", json!(draft.component_type)),
        ("version", json!(draft.version)),
        ("environment", json!(draft.environment)),
        ("track", json!(draft.track)),
    ]
}
