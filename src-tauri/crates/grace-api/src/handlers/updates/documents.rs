//! The documents behind an update: what was signed, what was packaged, what tools printed.
//!
//! Owns reading them for views. Their signatures were checked when they came in.

use std::collections::BTreeMap;

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::sealed_text::{REDACTED, unsalted};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::kinds::content::Content;
use grace_domain::kinds::summary::Summary;
use grace_domain::statement::Manifest;
use grace_domain::update::Update;
use grace_engine::blob_store::BlobStore;
use grace_engine::content;
use grace_target::{TargetPlan, read_plan};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::handlers::context::Context;
use crate::problem::Problem;
use crate::text::phrases::text;

/// What the blobs behind an update say.
pub(crate) struct UpdateDocuments {
    /// What was submitted; none where its document is redacted, or where the package's plans say it better.
    pub(crate) content: Option<Content>,
    pub(crate) manifest: Option<Manifest>,
    /// What the package does, by component; none before it exists, or when one of its plans is not kept.
    pub(crate) plans: Option<BTreeMap<ComponentId, TargetPlan>>,
    pub(crate) summary: Option<Summary>,
}

/// Reads the payload of a stored envelope. Its signature was checked when it came in, and `audit verify` checks it
/// again; here it is only shown.
pub(crate) async fn payload<T: DeserializeOwned>(
    ctx: &Context,
    envelope: &Digest,
) -> Result<Option<T>, Problem> {
    let Some(bytes) = ctx.blob(envelope).await? else { return Ok(None) };
    let read = Envelope::from_json(&bytes).ok().and_then(|e| serde_json::from_slice(&e.payload).ok());
    Ok(read)
}

impl UpdateDocuments {
    /// Reads them; what is not there yet is `None`.
    pub(crate) async fn of(ctx: &Context, u: &Update) -> Result<Self, Problem> {
        let document = match u.parts().first() {
            Some(part) => ctx.blob(&part.content).await?.and_then(|blob| unsalted(&blob)),
            None => None,
        };
        let (manifest, summary) = match u.package() {
            None => (None, None),
            Some(package) => {
                let summary = ctx.blob(&package.summary).await?;
                (
                    payload(ctx, &package.package).await?,
                    summary.and_then(|b| serde_json::from_value(unsalted(&b)?).ok()),
                )
            }
        };
        let plans = match &manifest {
            None => None,
            Some(manifest) => plans(ctx, manifest).await?,
        };
        // It reads every file that was submitted, so only where there are no plans to show instead.
        let content = match document.filter(|_| plans.is_none()) {
            Some(document) => {
                let blobs = BlobStore(ctx.blobs().clone());
                content::read(&blobs, u.update_type(), &document).await.ok()
            }
            None => None,
        };
        Ok(Self { content, manifest, plans, summary })
    }
}

/// A kept tool output as text.
pub(crate) async fn output(ctx: &Context, digest: Option<&Digest>) -> Result<Option<String>, Problem> {
    let Some(digest) = digest else { return Ok(None) };
    // Not a text: damaged. Not there: redacted.
    let kept = ctx.blob(digest).await?.and_then(|bytes| unsalted(&bytes));
    Ok(Some(kept.as_ref().and_then(Value::as_str).map_or_else(|| REDACTED.to_owned(), text)))
}

/// The plans of a package, from the blobs that it names.
async fn plans(
    ctx: &Context,
    manifest: &Manifest,
) -> Result<Option<BTreeMap<ComponentId, TargetPlan>>, Problem> {
    let mut plans = BTreeMap::new();
    for (id, part) in &manifest.components {
        let Some(document) = ctx.blob(&part.plan).await? else { return Ok(None) };
        let Ok(plan) = read_plan(part.before, part.after, &document) else { return Ok(None) };
        plans.insert(id.clone(), plan);
    }
    Ok(Some(plans))
}
