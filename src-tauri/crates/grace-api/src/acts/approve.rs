//! Approving or denying an update.

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::PersonId;
use grace_domain::governance::policy::People;
use grace_domain::governance::tally::{Decision, NotCounted, Requester};
use grace_domain::statement::{ApprovalStatement, Statement as _};
use grace_domain::update::decide::may_decide;
use grace_domain::world::World;
use serde_json::json;

use super::hand_in::{HandedIn, once};
use super::on_update;
use super::signed_act::{Excluded, Matches, Shown, SignedAct, reason_of, service, subject};
use super::statement::{StatementBuilder, view as statement};
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::problems::{damaged, refused};
use crate::requests::{SigningRequest, StatementRequest};
use crate::text::phrases::as_sentence;
use crate::types::{ActView, ApprovalView, SigningView, StatementView};

/// The act.
pub(super) struct Approve;

impl SignedAct for Approve {
    async fn show(
        ctx: &Context,
        world: &World,
        request: &SigningRequest,
        view: &mut SigningView,
    ) -> Result<Shown, Problem> {
        let (u, update) = on_update::shown(ctx, subject(request.subject.as_deref())?, view).await?;
        view.consequence = format!(
            "Your signature counts towards the {} that risk {} requires; with enough of them the update is applied to {}.",
            update.needed.count,
            u.risk().as_str(),
            update.summary.components.join(", ")
        );
        view.closed_reason =
            may_decide(&u, Decision::Approve, ctx.now()).err().map(|r| as_sentence(&r.message));
        let excluded = may_not_approve(world.people(), u.requester(), &update.approvals);
        view.update = Some(update);
        Ok(Shown { digest: u.bound().unwrap_or(u.set()), phrase_of: u.bound(), excluded })
    }

    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let person = builder.person()?;
        let (u, _) = load::update(builder.ctx, subject(builder.request.subject.as_deref())?).await?;
        let Some(package) = u.package() else {
            may_decide(&u, builder.decision()?, builder.ctx.now()).map_err(refused)?;
            return Err(damaged("an update waits for approvals without a package"));
        };
        said(
            builder,
            person,
            u.id().to_string(),
            [u.set(), package.package, package.rollback_plan, u.policy()],
        )
    }

    fn matches(request: &StatementRequest) -> Matches {
        decision(request)
    }

    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem> {
        let (id, handed) = (act.update()?, act.handed.clone());
        once(ctx, &act, "Recorded", |e, o| async move { e.approve_update(&id, &handed, o).await }).await
    }
}

/// Whose approval would not count, of an update or a handshake, as the count says it.
pub(super) fn may_not_approve(
    people: &People,
    requester: Requester<'_>,
    approvals: &[ApprovalView],
) -> Excluded {
    let signed = |id: &PersonId| approvals.iter().any(|a| a.counted && a.person == id.as_str());
    Excluded::each(people, |id, person| {
        let why = || {
            let signed = signed(id).then_some(NotCounted::SamePerson);
            requester.excludes(id, person, people).or(signed).map(|why| why.reason().to_owned())
        };
        service(id, person).or_else(why)
    })
}

/// The statement of an approval or denial, of an update or a handshake: its subject, and the four digests that it is
/// bound to, in the order of [`ApprovalStatement`].
pub(super) fn said(
    builder: &StatementBuilder<'_>,
    person: PersonId,
    subject: String,
    [set, package, rollback_plan, policy]: [Digest; 4],
) -> Result<StatementView, Problem> {
    let said = ApprovalStatement {
        world: builder.origin(),
        subject,
        decision: builder.decision()?,
        stage: "governance".into(),
        set,
        package,
        rollback_plan,
        policy,
        person,
        nonce: builder.nonce(),
        at: builder.at,
        expires: builder.counts_until(),
        reason: builder.reason.as_str().into(),
    };
    statement(builder, said)
}

/// What an approval or denial must say, of an update or a handshake.
pub(super) fn decision(request: &StatementRequest) -> Matches {
    Matches {
        payload_type: ApprovalStatement::PAYLOAD_TYPE,
        signer: "person",
        members: vec![("subject", json!(request.subject)), ("decision", json!(request.decision))],
        texts: vec![reason_of(request)],
        lists: Vec::new(),
        parts: None,
    }
}
