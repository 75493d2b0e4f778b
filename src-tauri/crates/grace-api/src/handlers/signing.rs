//! What a person is about to sign, as the signing window and the CLI show it, and the statement for it.
//!
//! Owns the operations `signing_show` and `statement`: everything shown is computed here from the log and the targets,
//! nothing of it comes from the window that asked. What an act shows and says is with the act. Never signs.

use grace_domain::core::codes::Code;
use grace_domain::core::ids::PersonId;
use grace_domain::core::limits;
use grace_domain::governance::policy::Person;

use crate::acts::signed_act::Excluded;
use crate::acts::statement::StatementBuilder;
use crate::acts::table;
use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::world::status::key_file;
use crate::problem::Problem;
use crate::problems::{invalid, read_problem};
use crate::requests::{SigningRequest, StatementRequest};
use crate::types::{SignerView, SigningView, StatementView};
use crate::verification_phrase;

/// What the signing window shows.
pub(crate) async fn signing_show(ctx: &Context, request: SigningRequest) -> Result<SigningView, Problem> {
    let world = ctx.world().await?;
    let log_size = ctx.reader().head().await.map_err(read_problem)?.size;
    let mut view = SigningView {
        act: request.act,
        subject: request.subject.clone().unwrap_or_default(),
        title: String::new(),
        consequence: String::new(),
        expires_at: None,
        update: None,
        plan: None,
        diff: None,
        handshake: None,
        component: None,
        digest: String::new(),
        verification_phrase: None,
        signers: Vec::new(),
        open: true,
        closed_reason: None,
        reason_required: false,
        simulation: world.simulation(),
        log_size,
    };
    let shown = table::show(request.act, ctx, &world, &request, &mut view).await?;
    view.digest = shown.digest.to_hex();
    view.verification_phrase = shown.phrase_of.as_ref().map(verification_phrase::of);
    view.open = view.closed_reason.is_none();
    view.signers = world.people().iter().map(|person| signer(ctx, person, &shown.excluded)).collect();
    Ok(view)
}

fn signer(ctx: &Context, (id, person): (&PersonId, &Person), excluded: &Excluded) -> SignerView {
    let reason = excluded.why(id).map(ToOwned::to_owned);
    SignerView {
        person: id.to_string(),
        name: visible(&person.name),
        groups: person.groups.iter().map(ToString::to_string).collect(),
        crypto_id: person.keys.first().map(|k| k.crypto_id().to_string()).unwrap_or_default(),
        key_file: key_file(ctx, id).map(|p| p.display().to_string()),
        allowed: reason.is_none(),
        reason,
    }
}

/// The statement that one person signs.
pub(crate) async fn statement(ctx: &Context, request: StatementRequest) -> Result<StatementView, Problem> {
    let world = ctx.world().await?;
    let reason = request.reason.as_deref().unwrap_or_default().trim().to_owned();
    if reason.len() > limits::REASON_BYTES {
        return Err(invalid(Code::ReasonLength, "The reason is too long.", "Shorten it."));
    }
    let builder = StatementBuilder { world: &world, ctx, request: &request, reason, at: ctx.now() };
    table::draft(request.act, &builder).await
}
