//! The documents behind an update: what was signed, what was packaged, what tools printed.
//!
//! Owns reading them for views. Their signatures were checked when they came in.

use std::collections::BTreeMap;

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::sealed_text::{REDACTED, unsalted};
use grace_domain::kinds::content::{Content, named};
use grace_domain::kinds::summary::Summary;
use grace_domain::statement::Manifest;
use grace_domain::update::Update;
use grace_engine::blob_store::BlobStore;
use grace_engine::content;
use grace_store::{BlobError, Blobs};
use grace_target::{TargetPlan, read_plan};
use serde_json::Value;

use crate::handlers::context::Context;
use crate::handlers::unreadable::Which;
use crate::problem::Problem;
use crate::problems::damaged;
use crate::text::phrases::text;
use crate::types::{DocumentRole, UnreadableView};

/// What the blobs behind an update say.
pub(crate) struct UpdateDocuments {
    /// What was submitted; none where its document cannot be read, or where the package's plans say it better.
    pub(crate) content: Option<Content>,
    pub(crate) manifest: Option<Manifest>,
    /// What the package does, by component; none before it exists, or when one of its plans cannot be read.
    pub(crate) plans: Option<BTreeMap<ComponentId, TargetPlan>>,
    pub(crate) summary: Option<Summary>,
    /// Those that should be there and cannot be read.
    pub(crate) unreadable: Vec<UnreadableView>,
}

/// The documents that an update itself names, without the items that those name.
struct Named {
    content: Option<Value>,
    manifest: Option<Manifest>,
    plans: Option<BTreeMap<ComponentId, TargetPlan>>,
    summary: Option<Summary>,
    unreadable: Vec<UnreadableView>,
}

impl Named {
    fn read(blobs: &Blobs, u: &Update) -> Self {
        let mut unreadable = Vec::new();
        let mut kept = Kept(&mut unreadable);
        let content = u.parts().first().and_then(|part| {
            let which = Which(DocumentRole::Content, "");
            kept.or_lost(which.salted(blobs, &part.content))
        });
        let package = u.package();
        let manifest: Option<Manifest> = package.and_then(|package| {
            kept.or_lost(Which(DocumentRole::Manifest, "").payload(blobs, &package.package))
        });
        let summary = package.and_then(|package| {
            let which = Which(DocumentRole::Summary, "");
            let document = kept.or_lost(which.salted(blobs, &package.summary))?;
            let malformed = |e: serde_json::Error| which.malformed(&package.summary, &e.to_string());
            kept.or_lost(serde_json::from_value(document).map_err(malformed))
        });
        let plans = manifest.as_ref().and_then(|manifest| plans(blobs, manifest, &mut kept));
        Self { content, manifest, plans, summary, unreadable }
    }
}

/// Takes what was read, and names what was not.
struct Kept<'l>(&'l mut Vec<UnreadableView>);

impl Kept<'_> {
    fn or_lost<T>(&mut self, read: Result<T, UnreadableView>) -> Option<T> {
        read.map_err(|lost| self.0.push(lost)).ok()
    }
}

/// The plans of a package, from the blobs that it names; each that cannot be read is named.
fn plans(
    blobs: &Blobs,
    manifest: &Manifest,
    kept: &mut Kept<'_>,
) -> Option<BTreeMap<ComponentId, TargetPlan>> {
    let mut plans = BTreeMap::new();
    for (id, part) in &manifest.components {
        let which = Which(DocumentRole::Plan, id.as_str());
        let plan = which.bytes(blobs, &part.plan).and_then(|document| {
            read_plan(part.before, part.after, &document)
                .map_err(|e| which.malformed(&part.plan, &e.to_string()))
        });
        plans.extend(kept.or_lost(plan).map(|plan| (id.clone(), plan)));
    }
    (plans.len() == manifest.components.len()).then_some(plans)
}

/// What of the documents that an update itself names cannot be read. Reads files: call it where that may block.
pub(crate) fn unreadable(blobs: &Blobs, u: &Update) -> Vec<UnreadableView> {
    Named::read(blobs, u).unreadable
}

impl UpdateDocuments {
    /// Reads them; what is not there yet is `None`, what is lost is named.
    pub(crate) async fn of(ctx: &Context, u: &Update) -> Result<Self, Problem> {
        let (blobs, of) = (ctx.blobs().clone(), u.clone());
        let read = tokio::task::spawn_blocking(move || Named::read(&blobs, &of)).await;
        let Named { content: document, manifest, plans, summary, mut unreadable } =
            read.map_err(|_| damaged("reading was cut short"))?;
        let mut content = None;
        // It reads every file that was submitted, so only where there are no plans to show instead.
        if let (None, Some(document)) = (&plans, &document) {
            let blobs = BlobStore(ctx.blobs().clone());
            match content::read(&blobs, u.update_type(), document).await {
                Ok(read) => content = Some(read),
                Err(refusal) => {
                    let lost = lost_items(ctx, document).await?;
                    let part = u.parts().first().filter(|_| lost.is_empty());
                    let which = Which(DocumentRole::Content, "");
                    unreadable.extend(part.map(|part| which.malformed(&part.content, &refusal.message)));
                    unreadable.extend(lost);
                }
            }
        }
        Ok(Self { content, manifest, plans, summary, unreadable })
    }
}

/// The items that a content document names and whose bytes cannot be read, by digest: only the content knows their names.
async fn lost_items(ctx: &Context, document: &Value) -> Result<Vec<UnreadableView>, Problem> {
    let (blobs, digests) = (ctx.blobs().clone(), named(document));
    let search = move || {
        let lost = |digest: &Digest| Which(DocumentRole::Item, "").bytes(&blobs, digest).err();
        digests.iter().filter_map(lost).collect()
    };
    tokio::task::spawn_blocking(search).await.map_err(|_| damaged("reading was cut short"))
}

/// A kept tool output as text.
pub(crate) async fn output(ctx: &Context, digest: Option<&Digest>) -> Result<Option<String>, Problem> {
    let Some(digest) = digest else { return Ok(None) };
    let (blobs, of) = (ctx.blobs().clone(), *digest);
    let read = tokio::task::spawn_blocking(move || blobs.get(&of)).await;
    Ok(Some(match read.map_err(|_| damaged("reading was cut short"))? {
        Ok(None) => REDACTED.to_owned(),
        Ok(Some(bytes)) => match unsalted(&bytes).as_ref().and_then(Value::as_str) {
            Some(kept) => text(kept),
            None => format!("(cannot be read: the blob {digest} holds no text)"),
        },
        Err(error) => format!("(cannot be read: {})", lost_output(&error)),
    }))
}

/// Why an output cannot be shown, without a path.
fn lost_output(error: &BlobError) -> String {
    match error {
        BlobError::Corrupt { .. } | BlobError::NotAFile { .. } => error.to_string(),
        BlobError::Io { .. }
        | BlobError::WrongDigest { .. }
        | BlobError::TooLarge { .. }
        | BlobError::Incoming(_) => "its blob cannot be opened".to_owned(),
    }
}
