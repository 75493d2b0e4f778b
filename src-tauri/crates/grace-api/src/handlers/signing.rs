//! What a person is about to sign, as the signing window and the CLI show it.
//!
//! Owns the operation `signing_show`: content, consequence, who may sign and why not. Everything shown is computed
//! here from the log and the targets; nothing of it comes from the window that asked. Never signs.

use std::collections::BTreeSet;

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::PersonId;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::governance::policy::Person;
use grace_domain::handshake;
use grace_domain::statement::Act;
use grace_domain::update::decide::may;
use grace_domain::update::{Phase, Update};
use grace_domain::world::World;
use grace_engine::preview;

use super::context::{invalid, not_found};
use super::plan::{self, Draft};
use super::sentences::clause;
use super::statements::JoinRequest;
use super::{Context, components, handshakes, load, update_view, updates, window_view, world as world_view};
use crate::diff::visible;
use crate::problem::Problem;
use crate::requests::*;
use crate::verification_phrase;
use crate::views::*;

/// The acts that can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Submit,
    Approve,
    Handshake,
    HandshakeRequest,
    OnUpdate(Act),
    OnComponent(Act),
    /// A subsystem's, not a person's.
    Ack,
}

impl Kind {
    /// Reads the word of a request.
    pub(super) fn read(act: &str) -> Result<Self, Problem> {
        Ok(match act {
            "submit" => Self::Submit,
            "approve" => Self::Approve,
            "handshake" => Self::Handshake,
            "handshake_request" => Self::HandshakeRequest,
            "ack" => Self::Ack,
            "withdraw" => Self::OnUpdate(Act::Withdraw),
            "retry" => Self::OnUpdate(Act::Retry),
            "keep" => Self::OnUpdate(Act::Keep),
            "rollback" => Self::OnUpdate(Act::Rollback),
            "review" => Self::OnUpdate(Act::Review),
            "adopt" => Self::OnComponent(Act::Adopt),
            "restore" => Self::OnComponent(Act::Restore),
            other => {
                let other: String = other.chars().take(40).collect();
                return Err(invalid(
                    "unknown_act",
                    format!("`{}` is no act.", visible(&other)),
                    "One of: submit, approve, handshake, handshake_request, cancel, retry, keep, rollback, review, adopt, restore.",
                ));
            }
        })
    }
}

/// The subject that most acts need.
pub(super) fn subject(subject: Option<&str>) -> Result<&str, Problem> {
    subject.ok_or_else(|| {
        invalid("subject_missing", "This act needs a subject.", "Name the update, handshake or component.")
    })
}

/// What the signing window shows.
pub(crate) async fn signing_show(ctx: &Context, request: SigningRequest) -> Result<SigningView, Problem> {
    let kind = Kind::read(&request.act)?;
    let world = ctx.world().await?;
    let log_size = ctx.reader().head().await.map_err(super::context::read_problem)?.size;
    let mut view = SigningView {
        act: request.act.clone(),
        subject: request.subject.clone().unwrap_or_default(),
        title: String::new(),
        consequence: String::new(),
        asked_by: None,
        asked_at: None,
        expires_at: None,
        update: None,
        plan: None,
        diff: None,
        handshake: None,
        component: None,
        digest: String::new(),
        verification_phrase: Vec::new(),
        signers: Vec::new(),
        open: true,
        closed_reason: None,
        reason_required: false,
        simulation: world.genesis.simulation,
        log_size,
    };
    let (digest, excluded) = match kind {
        Kind::Submit => show_submit(ctx, &request, &mut view).await?,
        Kind::Approve | Kind::OnUpdate(_) => {
            show_update(ctx, &world, kind, subject(request.subject.as_deref())?, &mut view).await?
        }
        Kind::OnComponent(act) => {
            show_component(ctx, &world, act, subject(request.subject.as_deref())?, &mut view).await?
        }
        Kind::Handshake => {
            show_handshake(ctx, &world, subject(request.subject.as_deref())?, &mut view).await?
        }
        Kind::HandshakeRequest => show_request(&world, &request, &mut view).await?,
        Kind::Ack => {
            return Err(invalid(
                "unknown_act",
                "No person signs an answer of a subsystem.",
                "Use `grace handshake ack`.",
            ));
        }
    };
    view.digest = digest.to_hex();
    view.verification_phrase = verification_phrase::of(&digest);
    view.open = view.closed_reason.is_none();
    view.signers = world.genesis.people.iter().map(|(id, p)| signer(ctx, id, p, &excluded)).collect();
    Ok(view)
}

/// Who may not sign, and why.
#[derive(Default)]
struct Excluded {
    asker: Option<(PersonId, PublicKey)>,
    signed: BTreeSet<PersonId>,
    only: Option<PersonId>,
}

fn signer(ctx: &Context, id: &PersonId, person: &Person, excluded: &Excluded) -> SignerView {
    let own_key = |key: &PublicKey| person.keys.contains(key);
    let reason = if excluded.only.as_ref().is_some_and(|only| only != id) {
        Some("The draft names another person.".to_owned())
    } else if excluded.asker.as_ref().is_some_and(|(asker, key)| asker == id || own_key(key)) {
        Some("Whoever asked cannot sign for it.".to_owned())
    } else if excluded.signed.contains(id) {
        Some("Has signed already.".to_owned())
    } else {
        None
    };
    SignerView {
        person: id.to_string(),
        name: visible(&person.name),
        groups: person.groups.iter().map(ToString::to_string).collect(),
        key: person.keys.first().map(|k| k.fingerprint().to_string()).unwrap_or_default(),
        key_file: world_view::key_file(ctx, id).map(|p| p.display().to_string()),
        allowed: reason.is_none(),
        reason,
    }
}

async fn show_submit(
    ctx: &Context,
    request: &SigningRequest,
    view: &mut SigningView,
) -> Result<(Digest, Excluded), Problem> {
    let draft = Draft::read(draft_of(request.draft.as_ref())?)?;
    let found = plan::plan(ctx, &draft).await?;
    view.title = visible(&draft.title);
    view.consequence = "Proposes this change; nothing is applied before others have approved it.".into();
    view.closed_reason = found.view.problems.first().map(|p| p.message.clone());
    view.diff = Some(found.view.diff.clone());
    view.plan = Some(found.view);
    let digest = found.digest.unwrap_or_else(|| updates::digest_of(&draft.title));
    Ok((digest, Excluded { only: Some(draft.created_by), ..Excluded::default() }))
}

/// The draft that a submission needs.
pub(super) fn draft_of(draft: Option<&UpdateDraft>) -> Result<&UpdateDraft, Problem> {
    draft.ok_or_else(|| invalid("draft_missing", "A submission needs a draft.", "Send `draft`."))
}

async fn show_update(
    ctx: &Context,
    world: &World,
    kind: Kind,
    id: &str,
    view: &mut SigningView,
) -> Result<(Digest, Excluded), Problem> {
    let (u, entries) = load::update(ctx, id).await?;
    let update = update_view::build(ctx, &u, &entries).await?;
    view.title = visible(&u.title);
    view.asked_by = Some(u.by.person.to_string());
    view.asked_at = Some(u.created.to_string());
    view.expires_at.clone_from(&update.expires_at);
    view.diff = Some(updates::diff_of(ctx, &u).await?);
    let mut excluded = Excluded::default();
    let digest = if let Kind::OnUpdate(act) = kind {
        view.reason_required = true;
        view.consequence = consequence(act, &u);
        view.closed_reason = may(world, &u, act).err().map(|r| format!("{}.", clause(&r.message)));
        if act == Act::Keep {
            excluded.asker = Some((u.by.person.clone(), u.by.key));
        }
        if let (Act::Review, Some(asked)) = (act, u.rollback.as_ref().and_then(|r| r.by.as_ref())) {
            excluded.asker = Some((asked.person.clone(), asked.key));
        }
        u.content
    } else {
        view.consequence = format!(
            "Your signature counts towards the {} that risk {} asks for; with enough of them the update is applied to {}.",
            update.needed.count,
            u.risk().as_str(),
            update.summary.components.join(", ")
        );
        let open = matches!(u.phase, Phase::AwaitingApproval);
        view.closed_reason =
            (!open).then(|| format!("It is {}; it takes no signatures now.", u.state().replace('_', " ")));
        excluded.asker = Some((u.by.person.clone(), u.by.key));
        excluded.signed = counted(&update.approvals);
        u.bound().unwrap_or(u.content)
    };
    view.update = Some(update);
    Ok((digest, excluded))
}

fn counted(approvals: &[ApprovalView]) -> BTreeSet<PersonId> {
    approvals.iter().filter(|a| a.counted).filter_map(|a| a.person.parse().ok()).collect()
}

fn consequence(act: Act, u: &Update) -> String {
    let targets = u.components.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match act {
        Act::Withdraw => "Withdraws the update; nothing of it was applied.".into(),
        Act::Retry => "Prepares the update again from stage 2; approvals so far are void.".into(),
        Act::Keep => format!("Declares the update good on {targets} although its window could not judge."),
        Act::Rollback => format!("Puts the content from before back on {targets}."),
        Act::Review => {
            format!("Says that you have looked over the rollback on {targets}; nothing there is touched.")
        }
        Act::Adopt | Act::Restore => String::new(),
    }
}

async fn show_component(
    ctx: &Context,
    world: &World,
    act: Act,
    id: &str,
    view: &mut SigningView,
) -> Result<(Digest, Excluded), Problem> {
    let id = load::component_id(id)?;
    let component = world.components.get(&id).ok_or_else(|| not_found("component", id.as_str()))?;
    let shown = components::view(ctx, world, component).await?;
    view.title = visible(&component.facts.title);
    view.reason_required = true;
    view.consequence = match act {
        Act::Adopt => format!(
            "Declares what is on {id} now to be its content; earlier updates can no longer be rolled back."
        ),
        _ => format!("Overwrites what is on {id} now with the content that was recorded last."),
    };
    let action = shown.actions.iter().find(|a| a.name == act.as_str());
    view.closed_reason = action.and_then(|a| a.reason.clone());
    let digest = preview::look(component).await.map_or_else(|_| component.digest, |l| Some(l.tree.digest()));
    if digest.is_none() && view.closed_reason.is_none() {
        view.closed_reason = Some("The target cannot be read now.".into());
    }
    view.component = Some(shown);
    Ok((digest.unwrap_or_else(|| updates::digest_of(id.as_str())), Excluded::default()))
}

async fn show_handshake(
    ctx: &Context,
    world: &World,
    id: &str,
    view: &mut SigningView,
) -> Result<(Digest, Excluded), Problem> {
    let (h, entries) = load::handshake(ctx, id).await?;
    let shown = handshakes::view(ctx, &h, &entries).await?;
    view.title = visible(&h.facts.title);
    view.asked_by = Some(h.by.person.to_string());
    view.asked_at = Some(h.created.to_string());
    let open = h.phase == handshake::Phase::AwaitingApproval;
    view.expires_at = open.then(|| h.expires.to_string());
    view.closed_reason =
        (!open).then(|| format!("It is {}; it takes no approval now.", h.state().replace('_', " ")));
    view.consequence = format!(
        "Lets {} ask the {} subsystems to join; once it belongs, approved updates run its commands.",
        h.component,
        world.genesis.policy.handshake.required.len()
    );
    warn(view, window_view::unjudged(&world.genesis.policy, &h.facts.metrics));
    let excluded = Excluded {
        asker: Some((h.by.person.clone(), h.by.key)),
        signed: counted(&shown.approvals),
        only: None,
    };
    view.handshake = Some(shown);
    Ok((h.bound(), excluded))
}

/// Puts a warning behind what a signature does.
fn warn(view: &mut SigningView, warning: Option<&str>) {
    if let Some(warning) = warning {
        view.consequence = format!("{} {warning}", view.consequence);
    }
}

async fn show_request(
    world: &World,
    request: &SigningRequest,
    view: &mut SigningView,
) -> Result<(Digest, Excluded), Problem> {
    let JoinRequest { draft, target } = JoinRequest::read(request.target.as_ref())?;
    view.title = visible(&draft.title);
    view.subject.clone_from(&draft.component);
    view.consequence = format!(
        "Asks that {} may join; others must approve, then the subsystems answer.",
        visible(&draft.component)
    );
    let metrics = draft.metrics.iter().filter_map(|m| m.parse().ok()).collect();
    warn(view, window_view::unjudged(&world.genesis.policy, &metrics));
    let id = load::component_id(&draft.component)?;
    let apart = preview::apart_from_others(&id, &target, preview::other_targets(world, &id));
    let missing = match apart {
        Ok(()) => preview::look_at(&id, &target).await.and_then(|looked| Ok(looked.runnable()?)).err(),
        Err(overlap) => Some(overlap),
    };
    view.closed_reason = missing.map(|m| format!("{}.", clause(&m.reason)));
    Ok((updates::digest_of(&target), Excluded::default()))
}
