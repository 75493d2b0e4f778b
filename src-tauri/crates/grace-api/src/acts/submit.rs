//! Proposing an update.

use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::kinds::UpdateType;
use grace_domain::statement::{self, Statement as _, Submission};
use grace_domain::world::World;
use grace_engine::engine::refused_statement;
use serde_json::{Value, json};

use super::hand_in::{HandedIn, once};
use super::signed_act::{Excluded, Matches, Shown, SignedAct};
use super::statement::{StatementBuilder, view as statement_view};
use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::plan::{self, Draft};
use crate::handlers::updates;
use crate::problem::Problem;
use crate::problems::{invalid, refused};
use crate::requests::{SigningRequest, StatementRequest, UpdateDraft};
use crate::views::{ActView, SigningView, StatementView};

/// The act.
pub(super) struct Submit;

impl SignedAct for Submit {
    async fn show(
        ctx: &Context,
        _: &World,
        request: &SigningRequest,
        view: &mut SigningView,
    ) -> Result<Shown, Problem> {
        let draft = Draft::read(draft_of(request.draft.as_ref())?)?;
        let found = plan::plan(ctx, &draft).await?;
        view.title = visible(&draft.title);
        view.consequence = "Proposes this change; nothing is applied before others have approved it.".into();
        view.closed_reason = found.view.problems.first().map(|p| p.message.clone());
        view.diff = Some(found.view.diff.clone());
        view.plan = Some(found.view);
        let digest = found.digest.unwrap_or_else(|| updates::digest_of(&draft.title));
        Ok(Shown { digest, excluded: Excluded { only: Some(draft.created_by), ..Excluded::default() } })
    }

    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let person = builder.person()?;
        let draft = Draft::read(draft_of(builder.request.draft.as_ref())?)?;
        if let Some(refusal) = draft.type_refusal() {
            return Err(refusal);
        }
        if draft.created_by != person {
            return Err(invalid(
                Code::WrongPerson,
                "The draft names another person than the signer.",
                "Name who signs.",
            ));
        }
        let id: UpdateId = format!("upd_{}", builder.ctx.ports().uuid())
            .parse()
            .expect("invariant: upd_ and a UUID are an update id");
        let said = Submission {
            world: builder.origin(),
            id,
            update_type: draft.update_type,
            component_targets: draft.components,
            content: draft.content,
            created_by: draft.created_by,
            risk_level: draft.risk,
            title: draft.title.into(),
            description: draft.description.into(),
            at: builder.at,
            expires: builder.handed_in_until(),
        };
        statement_view(builder, said)
    }

    fn matches(request: &StatementRequest) -> Matches {
        Matches {
            payload_type: Submission::PAYLOAD_TYPE,
            signer: "created_by",
            members: members(request.draft.as_ref()),
            texts: texts(request.draft.as_ref()),
        }
    }

    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem> {
        of_type(ctx, act, UpdateType::Config).await
    }
}

/// The draft that a submission needs.
fn draft_of(draft: Option<&UpdateDraft>) -> Result<&UpdateDraft, Problem> {
    draft.ok_or_else(|| invalid(Code::DraftMissing, "A submission needs a draft.", "Send `draft`."))
}

fn members(draft: Option<&UpdateDraft>) -> Vec<(&'static str, Value)> {
    let Some(draft) = draft else { return vec![("content", Value::Null)] };
    let files = draft.content.files.iter().map(|(path, file)| {
        let members = [("text", &file.text), ("sha256", &file.sha256), ("mode", &file.mode)];
        let given = members.into_iter().filter_map(|(n, v)| Some((n.to_owned(), json!(v.as_ref()?))));
        (path.clone(), Value::Object(given.collect()))
    });
    let mut remove = draft.content.remove.clone();
    remove.sort();
    remove.dedup();
    vec![
        ("content", json!({ "files": Value::Object(files.collect()), "remove": remove })),
        ("component_targets", json!(draft.component_targets)),
        ("update_type", json!(draft.update_type)),
        ("risk_level", json!(draft.risk_level)),
    ]
}

fn texts(draft: Option<&UpdateDraft>) -> Vec<(&'static str, String)> {
    let Some(draft) = draft else { return Vec::new() };
    vec![("title", draft.title.trim().to_owned()), ("description", draft.description.clone())]
}

/// Hands an update in at the route of `kind`; the payload must say the same kind.
pub(crate) async fn of_type(ctx: &Context, act: HandedIn, kind: UpdateType) -> Result<ActView, Problem> {
    let world = ctx.world().await?;
    // Verified here too, so that a wrong kind is told only to somebody whose signature holds.
    let verified: statement::Verified<Submission> =
        statement::verify_person(&act.handed.envelope, world.origin(), world.people(), ctx.now())
            .map_err(|e| refused(refused_statement(&e)))?;
    let found = verified.statement.update_type;
    if found != kind {
        return Err(invalid(
            Code::WrongUpdateType,
            format!("The payload says {}, the route {}. Nothing changed.", found.as_str(), kind.as_str()),
            "Use the route of the payload's type.",
        ));
    }
    let handed = act.handed.clone();
    once(ctx, &act, "Proposed", |e, o| async move { e.submit_update(&handed, o).await }).await
}
