//! Submitting an update.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{PersonId, UpdateId};
use grace_domain::governance::policy::Person;
use grace_domain::kinds::UpdateType;
use grace_domain::statement::{self, HandIn, Part, Statement as _, Submission};
use grace_domain::world::World;
use grace_engine::intake::refused_statement;
use grace_engine::windows;
use serde_json::{Value, json};

use super::hand_in::{HandedIn, once};
use super::signed_act::{Excluded, Matches, Shown, SignedAct};
use super::statement::{StatementBuilder, view as statement_view, with_blobs};
use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::updates::plan::draft::Draft;
use crate::handlers::updates::plan::run as plan;
use crate::problem::Problem;
use crate::problems::{invalid, not_found, refused};
use crate::requests::{SigningRequest, StatementRequest, UpdateDraft};
use crate::types::{ActView, SigningView, StatementView};

/// Why nobody else signs it.
const OTHER_PERSON: &str = "The draft names another person than the signer.";

/// The act.
pub(super) struct Submit;

impl SignedAct for Submit {
    async fn show(
        ctx: &Context,
        world: &World,
        request: &SigningRequest,
        view: &mut SigningView,
    ) -> Result<Shown, Problem> {
        let draft = Draft::read(draft_of(request.draft.as_ref())?)?;
        let found = plan::plan(ctx, &draft).await?;
        view.title = visible(&draft.title);
        view.consequence = "Submits this change; nothing is applied before others have approved it.".into();
        view.closed_reason = found.view.problems.first().map(|p| p.message.clone());
        view.diff = Some(found.view.diff.clone());
        view.plan = Some(found.view);
        let digest = found.digest.unwrap_or_else(|| Digest::of(draft.title.as_bytes()));
        let others = |id: &PersonId, _: &Person| (*id != draft.created_by).then(|| OTHER_PERSON.to_owned());
        let excluded = Excluded::each(world.people(), others);
        Ok(Shown { digest, phrase_of: None, excluded })
    }

    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let person = builder.person()?;
        let draft = Draft::read(draft_of(builder.request.draft.as_ref())?)?;
        if draft.created_by != person {
            return Err(invalid(Code::WrongPerson, OTHER_PERSON, "Name who signs."));
        }
        // Told before anything is signed: an empty text would be sealed as none, and the statement as another one.
        if draft.refs.iter().any(String::is_empty) {
            return Err(invalid(Code::RefsLength, "A ref is empty.", "Name a ticket, or leave it out."));
        }
        let metrics = windows::watched_metrics(builder.world, draft.update_type, &draft.components);
        Rules::now(builder.ctx, builder.world.policy()).await?.refuse_lost(&metrics).map_err(refused)?;
        let id: UpdateId = format!("upd_{}", builder.ctx.ports().uuid())
            .parse()
            .expect("invariant: upd_ and a UUID are an update id");
        let (document, brought) = draft.content.map_err(refused)?;
        let (content, blob) = builder.salted(&document)?;
        let part = Part { update_type: draft.update_type, component_targets: draft.components, content };
        let said = Submission {
            description: draft.description.into(),
            refs: draft.refs.into_iter().map(Into::into).collect(),
            security_impact: draft.security_impact.into(),
            ..Submission::new(
                builder.origin(),
                id,
                vec![part],
                (draft.created_by, draft.title.into()),
                draft.risk,
                (builder.at, builder.handed_in_until()),
            )
        };
        statement_view(builder, said).map(|view| with_blobs(view, brought.into_values().chain([blob])))
    }

    fn matches(request: &StatementRequest) -> Matches {
        Matches {
            payload_type: Submission::PAYLOAD_TYPE,
            signer: "created_by",
            members: members(request.draft.as_ref()),
            texts: texts(request.draft.as_ref()),
            lists: vec![("refs", request.draft.as_ref().map(refs).unwrap_or_default())],
            parts: Some(parts(request.draft.as_ref())),
        }
    }

    /// The subject is the last part of a type's route.
    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem> {
        let route = act.subject.clone().unwrap_or_default();
        let kind = UpdateType::ALL.iter().find(|kind| kind.route() == route);
        let kind = kind.ok_or_else(|| not_found("type of update", &route))?;
        of_type(ctx, act, *kind).await
    }
}

/// The draft that a submission needs.
fn draft_of(draft: Option<&UpdateDraft>) -> Result<&UpdateDraft, Problem> {
    draft.ok_or_else(|| invalid(Code::DraftMissing, "A submission needs a draft.", "Send `draft`."))
}

fn members(draft: Option<&UpdateDraft>) -> Vec<(&'static str, Value)> {
    vec![("risk_level", json!(draft.map(|draft| &draft.risk_level)))]
}

/// The one part that a draft submits, with its content document in the place of the digest. A draft that does not read
/// submits no part at all.
fn parts(draft: Option<&UpdateDraft>) -> Value {
    let draft = draft.and_then(|draft| Draft::read(draft).ok());
    let parts = draft.and_then(|draft| {
        let (document, _) = draft.content.ok()?;
        Some(json!([{
            "update_type": draft.update_type,
            "component_targets": draft.components,
            "content": document,
        }]))
    });
    parts.unwrap_or_default()
}

fn refs(draft: &UpdateDraft) -> Vec<String> {
    draft.refs.iter().map(|r| r.trim().to_owned()).collect()
}

fn texts(draft: Option<&UpdateDraft>) -> Vec<(&'static str, String)> {
    let Some(draft) = draft else { return Vec::new() };
    vec![
        ("title", draft.title.trim().to_owned()),
        ("description", draft.description.clone()),
        ("security_impact", draft.security_impact.trim().to_owned()),
    ]
}

/// The last part of the route of what was handed in, as its statement says; none when it says no type.
pub(crate) fn route_of(handed: &HandIn) -> Option<&'static str> {
    let said: Submission = serde_json::from_slice(&handed.envelope.payload).ok()?;
    Some(said.parts.first()?.update_type.route())
}

/// Hands an update in at the route of `kind`; the payload must say the same kind.
pub(crate) async fn of_type(ctx: &Context, act: HandedIn, kind: UpdateType) -> Result<ActView, Problem> {
    let world = ctx.world().await?;
    // Verified here too, so that a wrong kind is told only to somebody whose signature holds.
    let verified: statement::Verified<Submission> =
        statement::verify_person(&act.handed.envelope, world.origin(), world.people(), ctx.now())
            .map_err(|e| refused(refused_statement(&e)))?;
    let found = verified.statement.part().map_err(refused)?.update_type;
    if found != kind {
        return Err(invalid(
            Code::WrongUpdateType,
            format!("The payload says {}, the route {}. Nothing changed.", found.as_str(), kind.as_str()),
            "Use the route of the payload's type.",
        ));
    }
    let handed = act.handed.clone();
    once(ctx, &act, "Submitted", |e, o| async move { e.submit_update(&handed, o).await }).await
}
