//! A subsystem's answer to an announcement. No person signs it, so no signing window shows it.

use grace_domain::core::codes::Code;
use grace_domain::statement::{Ack, Statement as _, Vote};
use grace_domain::world::World;
use serde_json::json;

use super::hand_in::{HandedIn, once};
use super::signed_act::{Matches, Shown, SignedAct, reason_of, subject};
use super::statement::{StatementBuilder, view as statement};
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::problems::{invalid, read_problem};
use crate::requests::{SigningRequest, StatementRequest};
use crate::types::DecisionWord;
use crate::types::{ActView, SigningView, StatementView};

/// The act.
pub(super) struct Acknowledge;

impl SignedAct for Acknowledge {
    async fn show(_: &Context, _: &World, _: &SigningRequest, _: &mut SigningView) -> Result<Shown, Problem> {
        Err(invalid(
            Code::UnknownAct,
            "No person signs an answer of a subsystem.",
            "Use `grace handshake ack`.",
        ))
    }

    /// With the newest checkpoint as what the subsystem has seen.
    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let request = builder.request;
        let (h, _) = load::handshake(builder.ctx, subject(request.subject.as_deref())?).await?;
        let by = load::component_id(&request.person)?;
        let vote = match request.decision {
            Some(DecisionWord::Ack) => Vote::Ack,
            Some(DecisionWord::Nack) => Vote::Nack,
            Some(DecisionWord::Approve | DecisionWord::Deny) | None => {
                return Err(invalid(Code::DecisionMissing, "An answer is a decision.", "Say ack or nack."));
            }
        };
        let seen = builder.ctx.reader().checkpoint().await.map_err(read_problem)?;
        let said = Ack {
            world: builder.origin(),
            handshake: h.id().clone(),
            nonce: h.nonce().clone(),
            request: h.request(),
            by,
            vote,
            reason: builder.reason.as_str().into(),
            adjustments: Vec::new(),
            seen: seen.text,
            at: builder.at,
        };
        statement(builder, said)
    }

    fn matches(request: &StatementRequest) -> Matches {
        Matches {
            payload_type: Ack::PAYLOAD_TYPE,
            signer: "by",
            members: vec![("handshake", json!(request.subject)), ("vote", json!(request.decision))],
            texts: vec![reason_of(request)],
            lists: Vec::new(),
            parts: None,
        }
    }

    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem> {
        let (id, handed) = (act.handshake()?, act.handed.clone());
        once(ctx, &act, "Recorded", |e, o| async move { e.acknowledge(&id, &handed, o).await }).await
    }
}
