//! What an update would do and need, found by inspection. Writes nothing: not to a target, not to the log, not a blob.
//!
//! Owns the operation `update_plan`, which signing asks too.

use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::kinds::content::Content as Wanted;
use grace_engine::blob_store::BlobStore;
use grace_engine::{content, preview, windows};
use grace_target::ItemState;

use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::updates::diff::{OneSide, compare, more};
use crate::handlers::updates::plan::draft::Draft;
use crate::handlers::updates::plan::findings::Findings;
use crate::handlers::updates::plan::targets::{Missing, of_component};
use crate::handlers::updates::plan::view::view;
use crate::problem::Problem;
use crate::requests::*;
use crate::types::*;

/// What was found about a draft.
pub(crate) struct Planned {
    pub(crate) view: PlanView,
    /// Digest of the content as it will be recorded; none when it does not hold together.
    pub(crate) digest: Option<Digest>,
}

/// The operation.
pub(crate) async fn update_plan(ctx: &Context, request: UpdateDraft) -> Result<PlanView, Problem> {
    let draft = Draft::read(&request)?;
    Ok(plan(ctx, &draft).await?.view)
}

pub(crate) async fn plan(ctx: &Context, draft: &Draft) -> Result<Planned, Problem> {
    let world = ctx.world().await?;
    let rules = Rules::now(ctx, world.policy()).await?;
    let mut findings = Findings::default();
    let wanted = wanted(ctx, draft).await.map_err(|refusal| findings.refuse(refusal)).ok();
    let wanted = wanted.as_ref();
    findings.check_draft(&world, draft, wanted);
    // No window could judge: nothing that metrics watch is brought anywhere until it is put back.
    let metrics = windows::watched_metrics(&world, draft.update_type, &draft.components);
    if let Err(refusal) = rules.refuse_lost(&metrics) {
        findings.refuse(refusal);
    }
    let mut touched = Vec::new();
    for id in &draft.components {
        match of_component(ctx, &world, &rules, draft, id, wanted, &mut findings).await {
            Ok(items) => touched.extend(items),
            Err(Missing::Effect(missing)) => findings.missing(missing),
            Err(Missing::Lost(lost)) => findings.unreadable(lost),
        }
    }
    if touched.is_empty() && findings.problems.is_empty() {
        findings.problem(Code::NothingChanges, "The targets hold this content already.", "Change something.");
    }
    let mut summary = None;
    if !touched.is_empty() {
        match preview::summary(draft.update_type, std::mem::take(&mut touched), None, world.policy()).await {
            Ok((items, found)) => {
                touched = items;
                match found {
                    Ok(found) => summary = Some(found),
                    Err(refusal) => findings.refuse(refusal),
                }
            }
            Err(missing) => findings.missing(missing),
        }
    }
    let mut diff = DiffView { items: Vec::new(), more_items: more(touched.len()), unreadable: Vec::new() };
    for item in touched.iter().take(limits::ITEMS_SHOWN) {
        let (old, new) = (side(item.old.as_ref()), side(item.new.as_ref()));
        diff.items.push(compare(item.component.as_str(), &item.name, old, new).await?);
    }
    let mut view = view(findings, ctx, &world, &rules, draft, &touched, summary.as_ref());
    view.diff = diff;
    let digest = draft.content.as_ref().ok().and_then(|(document, _)| canon::to_canonical(document).ok());
    Ok(Planned { view, digest: digest.map(|bytes| Digest::of(&bytes)) })
}

/// The content of a draft, read as it would be when it is handed in.
async fn wanted(ctx: &Context, draft: &Draft) -> Result<Wanted, Refusal> {
    let (document, brought) = draft.content.as_ref().map_err(Clone::clone)?;
    let blobs = BlobStore(ctx.blobs().clone());
    let beside = |digest: &Digest| brought.get(digest).map(|bytes| bytes.len() as u64);
    content::read_beside(&blobs, draft.update_type, document, beside).await
}

fn side(side: Option<&(ItemState, Vec<u8>)>) -> Option<OneSide> {
    side.map(|(state, bytes)| OneSide { bytes: bytes.clone(), mode: state.mode })
}
