//! What the acts on a component share: it is shown as it is now, the statement is bound to what is on its target.
//!
//! Owns the narrower seam of such an act: its consequence and its answer.

use std::marker::PhantomData;

use grace_domain::acts::Act;
use grace_domain::core::digest::Digest;
use grace_domain::statement::ActStatement;
use grace_domain::world::World;
use grace_engine::preview;

use super::hand_in::{HandedIn, once};
use super::on_update::of_act;
use super::signed_act::{Excluded, Matches, Shown, SignedAct, subject};
use super::statement::{StatementBuilder, view as statement};
use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::{components, load};
use crate::problem::Problem;
use crate::problems::not_found;
use crate::requests::{SigningRequest, StatementRequest};
use crate::text::phrases::as_sentence;
use crate::types::{ActView, SigningView, StatementView};

/// An act on a component.
pub(crate) trait OnComponent {
    /// Its row.
    const ACT: Act;
    /// What the answer says, without its full stop.
    const DONE: &'static str;
    /// What putting a name under it does, one sentence.
    fn consequence(component: &str) -> String;
}

/// `T` as a signed act.
pub(crate) struct Component<T>(PhantomData<T>);

impl<T: OnComponent> SignedAct for Component<T> {
    async fn show(
        ctx: &Context,
        world: &World,
        request: &SigningRequest,
        view: &mut SigningView,
    ) -> Result<Shown, Problem> {
        let id = load::component_id(subject(request.subject.as_deref())?)?;
        let component = world.components().get(&id).ok_or_else(|| not_found("component", id.as_str()))?;
        let shown = components::view::view(ctx, world, component).await?;
        view.title = visible(&component.facts().title);
        view.reason_required = T::ACT.info().needs_reason;
        view.consequence = T::consequence(id.as_str());
        let action = shown.actions.iter().find(|a| a.name == T::ACT.into());
        view.closed_reason = action.and_then(|a| a.reason.clone());
        let digest = preview::inspect(component, None)
            .await
            .map_or_else(|_| component.digest(), |i| Some(i.observed.digest));
        if digest.is_none() && view.closed_reason.is_none() {
            view.closed_reason = Some("The target cannot be read now.".into());
        }
        view.component = Some(shown);
        let digest = digest.unwrap_or_else(|| Digest::of(id.as_str().as_bytes()));
        Ok(Shown { digest, phrase_of: Some(digest), excluded: Excluded::services(world.people()) })
    }

    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let id = load::component_id(subject(builder.request.subject.as_deref())?)?;
        let component =
            builder.world.components().get(&id).ok_or_else(|| not_found("component", id.as_str()))?;
        let found = preview::inspect(component, None)
            .await
            .map_err(|m| Problem::new(409, m.code, as_sentence(&m.reason), "The target must be readable."))?;
        let said = ActStatement {
            world: builder.origin(),
            act: T::ACT,
            subject: id.to_string(),
            digest: found.observed.digest,
            person: builder.person()?,
            nonce: builder.nonce(),
            at: builder.at,
            expires: builder.handed_in_until(),
            reason: builder.required_reason()?,
        };
        statement(builder, said)
    }

    fn matches(request: &StatementRequest) -> Matches {
        of_act(T::ACT, request)
    }

    async fn hand_in(ctx: &Context, act: HandedIn) -> Result<ActView, Problem> {
        let (id, handed) = (act.component()?, act.handed.clone());
        once(ctx, &act, T::DONE, |e, o| async move { e.act_on_component(&id, T::ACT, &handed, o).await })
            .await
    }
}
