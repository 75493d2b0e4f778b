//! Approving or denying a handshake.

use grace_domain::handshake::HandshakePhase;
use grace_domain::handshake::decide::may_decide;
use grace_domain::world::World;

use super::approve;
use super::hand_in::{HandedIn, once};
use super::signed_act::{Matches, Shown, SignedAct, subject};
use super::statement::StatementBuilder;
use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::{handshakes, load};
use crate::problem::Problem;
use crate::requests::{SigningRequest, StatementRequest};
use crate::text::phrases::as_sentence;
use crate::types::{ActView, SigningView, StatementView};

/// The act.
pub(super) struct HandshakeApprove;

impl SignedAct for HandshakeApprove {
    async fn show(
        ctx: &Context,
        world: &World,
        request: &SigningRequest,
        view: &mut SigningView,
    ) -> Result<Shown, Problem> {
        let (h, entries) = load::handshake(ctx, subject(request.subject.as_deref())?).await?;
        let shown = handshakes::view::view(ctx, &h, &entries).await?;
        view.title = visible(&h.facts().title);
        let open = *h.phase() == HandshakePhase::AwaitingApproval;
        view.expires_at = open.then(|| h.expires().to_string());
        view.closed_reason = may_decide(&h, ctx.now()).err().map(|r| as_sentence(&r.message));
        view.consequence = with_warning(
            format!(
                "Announces {} to the {} subsystems; once it belongs, approved updates run its commands.",
                h.component(),
                world.policy().handshake.required.len()
            ),
            Rules::now(ctx, world.policy()).await?.unjudged(&h.facts().metrics),
        );
        let excluded = approve::may_not_approve(world.people(), h.requester(), &shown.approvals);
        view.handshake = Some(shown);
        Ok(Shown { digest: h.bound(), phrase_of: Some(h.bound()), excluded })
    }

    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let person = builder.person()?;
        let (h, _) = load::handshake(builder.ctx, subject(builder.request.subject.as_deref())?).await?;
        let bound = [h.request(), h.request(), h.target_digest(), h.policy()];
        approve::said(builder, person, h.id().to_string(), bound)
    }

    fn matches(request: &StatementRequest) -> Matches {
        approve::decision(request)
    }

    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem> {
        let (id, handed) = (act.handshake()?, act.handed.clone());
        once(ctx, &act, "Recorded", |e, o| async move { e.approve_handshake(&id, &handed, o).await }).await
    }
}

/// A warning behind what a signature does.
pub(super) fn with_warning(consequence: String, warning: Option<String>) -> String {
    match warning {
        Some(warning) => format!("{consequence} {warning}"),
        None => consequence,
    }
}
