//! What the acts on an update share: the subject is shown whole, the statement is bound to its content.
//!
//! Owns the narrower seam of such an act: its consequence and its answer.

use std::marker::PhantomData;

use grace_domain::acts::Act;
use grace_domain::core::ids::PersonId;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::statement::{ActStatement, Statement as _};
use grace_domain::update::Update as Subject;
use grace_domain::update::decide::{may, may_sign};
use grace_domain::world::World;
use serde_json::json;

use super::hand_in::{HandedIn, once};
use super::signed_act::{Excluded, Matches, Shown, SignedAct, reason_of, service, subject};
use super::statement::{StatementBuilder, view as statement};
use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::updates::{diff, view as update_view};
use crate::problem::Problem;
use crate::requests::{SigningRequest, StatementRequest};
use crate::text::phrases::as_sentence;
use crate::types::{ActView, SigningView, StatementView, UpdateView};

/// An act on an update.
pub(crate) trait OnUpdate {
    /// Its row.
    const ACT: Act;
    /// What the answer says, without its full stop.
    const DONE: &'static str;
    /// What putting a name under it does, one sentence; `targets` are the components by name.
    fn consequence(targets: &str) -> String;
}

/// `T` as a signed act.
pub(crate) struct Update<T>(PhantomData<T>);

/// Fills in what is known of the update, whatever is done with it.
pub(crate) async fn shown(
    ctx: &Context,
    id: &str,
    view: &mut SigningView,
) -> Result<(Subject, UpdateView), Problem> {
    let (u, entries) = load::update(ctx, id).await?;
    let update = update_view::build(ctx, &u, &entries).await?;
    view.title = visible(u.title());
    view.expires_at.clone_from(&update.expires_at);
    view.diff = Some(diff::diff_of(ctx, &u).await?);
    Ok((u, update))
}

impl<T: OnUpdate> SignedAct for Update<T> {
    async fn show(
        ctx: &Context,
        world: &World,
        request: &SigningRequest,
        view: &mut SigningView,
    ) -> Result<Shown, Problem> {
        let (u, update) = shown(ctx, subject(request.subject.as_deref())?, view).await?;
        let targets = u.components().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        view.reason_required = T::ACT.info().needs_reason;
        view.consequence = T::consequence(&targets);
        view.closed_reason = may(world, &u, T::ACT).err().map(|r| as_sentence(&r.message));
        view.update = Some(update);
        let refused = |id: &PersonId, key: &PublicKey| may_sign(world, &u, T::ACT, (id, key)).err();
        let excluded = Excluded::each(world.people(), |id, person| {
            let own = || person.keys.iter().find_map(|key| refused(id, key)).map(|refusal| refusal.message);
            service(id, person).or_else(own)
        });
        Ok(Shown { digest: u.set(), phrase_of: u.bound(), excluded })
    }

    async fn draft(builder: &StatementBuilder<'_>) -> Result<StatementView, Problem> {
        let (u, _) = load::update(builder.ctx, subject(builder.request.subject.as_deref())?).await?;
        let said = ActStatement {
            world: builder.origin(),
            act: T::ACT,
            subject: u.id().to_string(),
            digest: u.set(),
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
        let (id, handed) = (act.update()?, act.handed.clone());
        once(ctx, &act, T::DONE, |e, o| async move { e.act_on_update(&id, T::ACT, &handed, o).await }).await
    }
}

/// What the statement of an act in the domain's table must say.
pub(crate) fn of_act(act: Act, request: &StatementRequest) -> Matches {
    Matches {
        payload_type: ActStatement::PAYLOAD_TYPE,
        signer: "person",
        members: vec![("act", json!(act)), ("subject", json!(request.subject))],
        texts: vec![reason_of(request)],
        lists: Vec::new(),
        parts: None,
    }
}
