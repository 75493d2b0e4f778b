//! The log as people and verifiers read it.
//!
//! Owns the views of entries, proofs and checkpoints. Every proof that is shown was checked here against the signed
//! checkpoint first.

use grace_domain::core::canon;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::crypto::checkpoint;
use grace_domain::crypto::merkle;
use grace_domain::judge::window::Verdict;
use grace_domain::log::{Entry, Event, HandshakeEvent, Recorded, UpdateEvent};
use grace_store::SearchFilter;
use grace_store::reader::Entry as Stored;

use super::context::Context;
use crate::problem::Problem;
use crate::problems::{damaged, not_found, read_problem};
use crate::requests::*;
use crate::text::entries;
use crate::views::*;

/// A page of entries, newest first.
pub(crate) async fn log_list(ctx: &Context, request: LogListRequest) -> Result<LogListView, Problem> {
    let filter = SearchFilter { subject: request.subject, kind: request.entry_type, text: None };
    let page =
        ctx.reader().search(&filter, request.before, limit(request.limit)).await.map_err(read_problem)?;
    let size = ctx.reader().head().await.map_err(read_problem)?.size;
    let decoded = ctx.decoded(&page.entries).await?;
    let entries = page.entries.iter().zip(&decoded).map(|(s, e)| stored_row(s, e.as_ref())).collect();
    Ok(LogListView { entries, next: page.next_before, size })
}

/// One entry with its proof under the newest checkpoint.
pub(crate) async fn log_show(ctx: &Context, request: SeqRequest) -> Result<LogEntryView, Problem> {
    let stored = stored(ctx, request.seq).await?;
    let proof = prove(ctx, &stored, None).await?;
    let decoded = ctx.decoded(std::slice::from_ref(&stored)).await?;
    let row = stored_row(&stored, decoded.first().and_then(Option::as_ref));
    Ok(LogEntryView {
        seq: row.seq,
        at: row.at,
        entry_type: row.entry_type,
        subject: row.subject,
        actor: row.actor,
        sentence: row.sentence,
        text: String::from_utf8_lossy(&stored.bytes).into_owned(),
        leaf: proof.leaf.clone(),
        proof,
    })
}

/// The inclusion proof of one entry, under the newest checkpoint or the tree of an earlier size.
pub(crate) async fn log_prove(ctx: &Context, request: ProveRequest) -> Result<ProofView, Problem> {
    prove(ctx, &stored(ctx, request.seq).await?, request.size).await
}

/// The newest signed checkpoint.
pub(crate) async fn log_checkpoint(ctx: &Context, _: Nothing) -> Result<CheckpointView, Problem> {
    let signed = ctx.reader().checkpoint().await.map_err(read_problem)?;
    Ok(CheckpointView {
        size: signed.checkpoint.size,
        root: signed.checkpoint.root.to_hex(),
        origin: signed.checkpoint.origin.clone(),
        text: signed.text,
        vkey: ctx.reader().vkey().to_string(),
    })
}

/// That the newest signed tree continues the one of an earlier size: what a witness needs beside its own memory.
pub(crate) async fn log_consistency(
    ctx: &Context,
    request: ConsistencyRequest,
) -> Result<ConsistencyView, Problem> {
    let signed = ctx.reader().checkpoint().await.map_err(read_problem)?;
    let size = signed.checkpoint.size;
    let path = ctx.reader().consistency_proof(request.from, size).await.map_err(read_problem)?;
    Ok(ConsistencyView {
        from: request.from,
        size,
        path: path.iter().map(Digest::to_hex).collect(),
        checkpoint: signed.text,
        vkey: ctx.reader().vkey().to_string(),
    })
}

async fn stored(ctx: &Context, seq: u64) -> Result<Stored, Problem> {
    ctx.reader().entry(seq).await.map_err(read_problem)?.ok_or_else(|| not_found("entry", &seq.to_string()))
}

async fn prove(ctx: &Context, stored: &Stored, size: Option<u64>) -> Result<ProofView, Problem> {
    let reader = ctx.reader();
    let signed = reader.checkpoint().await.map_err(read_problem)?;
    let head = checkpoint::verify(&signed.text, reader.vkey()).map_err(|e| damaged(&e.to_string()))?;
    let size = size.unwrap_or(head.size);
    let root =
        if size == head.size { head.root } else { reader.root_at(size).await.map_err(read_problem)? };
    let path = reader.inclusion_proof(stored.seq, size).await.map_err(read_problem)?;
    let leaf = merkle::leaf_hash(&stored.bytes);
    let mut verified = merkle::verify_inclusion(leaf, stored.seq, size, &path, &root);
    if size < head.size {
        // An older root counts only as a beginning of what is signed.
        let consistent = reader.consistency_proof(size, head.size).await.map_err(read_problem)?;
        verified &= size > 0 && merkle::verify_consistency(size, &root, head.size, &head.root, &consistent);
    }
    Ok(ProofView {
        index: stored.seq,
        size,
        leaf: leaf.to_hex(),
        root: root.to_hex(),
        path: path.iter().map(Digest::to_hex).collect(),
        verified,
        checkpoint: signed.text,
        vkey: reader.vkey().to_string(),
    })
}

/// A row of a decoded entry.
pub(super) fn row(recorded: &Recorded) -> EntryRow {
    let entry_type = recorded.entry.encode().map(|(_, kind)| kind).unwrap_or_default();
    EntryRow {
        seq: recorded.seq,
        at: recorded.entry.at.to_string(),
        entry_type,
        subject: recorded.entry.event.subject().to_string(),
        actor: recorded.entry.actor.clone(),
        sentence: entries::of_entry(&recorded.entry),
        verdict: verdict(&recorded.entry),
    }
}

/// What an evaluation found.
pub(super) fn verdict(entry: &Entry) -> Option<Verdict> {
    match &entry.event {
        Event::Update(_, UpdateEvent::Evaluation(report))
        | Event::Handshake(_, HandshakeEvent::Evaluation(report)) => Some(report.verdict),
        Event::World(_) | Event::Update(..) | Event::Handshake(..) | Event::Component(..) => None,
    }
}

/// A row of a stored entry, also of a type that this release does not know.
fn stored_row(stored: &Stored, entry: Option<&Entry>) -> EntryRow {
    let (actor, sentence) = if let Some(entry) = entry {
        (entry.actor.clone(), entries::of_entry(entry))
    } else {
        let value = canon::parse_strict(&stored.bytes, limits::JSON_DEPTH).unwrap_or_default();
        let actor = value.get("actor").and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        (actor, "This release does not know this type of entry.".into())
    };
    EntryRow {
        seq: stored.seq,
        at: stored.at.to_string(),
        entry_type: stored.kind.clone(),
        subject: stored.subject.clone(),
        actor,
        sentence,
        verdict: entry.and_then(verdict),
    }
}

/// A page's length: 50 unless told, never more than the bound.
pub(super) fn limit(asked: Option<u32>) -> usize {
    usize::try_from(asked.unwrap_or(50)).unwrap_or(usize::MAX).clamp(1, limits::PAGE_ROWS)
}
