//! Approving or denying an update.

use grace_domain::core::codes::Code;
use grace_domain::core::refusal::Refusal;
use grace_domain::statement::{ApprovalStatement, Statement as _};
use grace_domain::update::UpdatePhase;
use grace_domain::world::World;
use serde_json::json;

use super::hand_in::{HandedIn, once};
use super::on_update;
use super::signed_act::{Excluded, Matches, Shown, SignedAct, reason_of, subject};
use super::statement::{StatementBuilder, view as statement};
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::problems::refused;
use crate::requests::{SigningRequest, StatementRequest};
use crate::types::{ActView, SigningView, StatementView};

/// The act.
pub(super) struct Approve;

impl SignedAct for Approve {
    async fn show(
        ctx: &Context,
        _: &World,
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
        let open = matches!(u.phase(), UpdatePhase::AwaitingApproval);
        view.closed_reason =
            (!open).then(|| format!("It is {}; it takes no signatures now.", u.state().plain()));
        let excluded = Excluded {
            submitter: Some((u.by().person.clone(), u.by().key)),
            signed: Excluded::counted(&update.approvals),
            ..Excluded::default()
        };
        view.update = Some(update);
        Ok(Shown { digest: u.bound().unwrap_or(u.set()), fingerprint: u.bound(), excluded })
    }

    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let person = builder.person()?;
        let (u, _) = load::update(builder.ctx, subject(builder.request.subject.as_deref())?).await?;
        let Some(package) = u.package() else {
            let problem = if u.ended() {
                let what = format!("{} is {}; it cannot be approved or denied now", u.id(), u.state());
                Refusal::conflict(Code::WrongState, what, "`update show` says what can be done with it now")
            } else {
                let what = format!("{} has no package to sign for", u.id());
                Refusal::conflict(Code::NotReady, what, "wait for stage 5")
            };
            return Err(refused(problem));
        };
        let said = ApprovalStatement {
            world: builder.origin(),
            subject: u.id().to_string(),
            decision: builder.decision()?,
            stage: "governance".into(),
            set: u.set(),
            package: package.package,
            rollback_plan: package.rollback_plan,
            policy: u.policy(),
            person,
            nonce: builder.nonce(),
            at: builder.at,
            expires: builder.counts_until(),
            reason: builder.reason.as_str().into(),
        };
        statement(builder, said)
    }

    fn matches(request: &StatementRequest) -> Matches {
        decision(request)
    }

    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem> {
        let (id, handed) = (act.update()?, act.handed.clone());
        once(ctx, &act, "Recorded", |e, o| async move { e.approve_update(&id, &handed, o).await }).await
    }
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
