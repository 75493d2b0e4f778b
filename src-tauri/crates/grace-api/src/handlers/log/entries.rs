//! Entries of the log as people read them.
//!
//! Owns the operations `log_list` and `log_show`, and the row of one entry. Never decides what an entry means: its event
//! does.

use grace_domain::core::codes::Code;
use grace_domain::core::{canon, limits};
use grace_domain::log::{Entry, Recorded, Subject};
use grace_store::SearchFilter;
use grace_store::reader::Entry as Stored;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::log::proofs::{prove, stored_entry};
use crate::problem::Problem;
use crate::problems::{invalid, read_problem};
use crate::requests::*;
use crate::text::entries;
use crate::types::*;
use crate::word::Word;

/// A page of entries, newest first.
pub(crate) async fn log_list(ctx: &Context, request: LogListRequest) -> Result<LogListView, Problem> {
    let entry_type = request.entry_type.as_ref().map(Word::known).transpose().map_err(|found| {
        invalid(
            Code::WrongShape,
            format!("`{}` is no type of entry.", visible(found)),
            "Name one as it stands in the log, such as `update.proposed`, or a family as `update.*`.",
        )
    })?;
    if let Some(subject) = &request.subject
        && subject.parse::<Subject>().is_err()
    {
        return Err(invalid(
            Code::WrongShape,
            format!("`{}` is no subject of an entry.", visible(subject)),
            "Name `world`, or the id of an update, a handshake or a component as the log names it.",
        ));
    }
    let filter = SearchFilter { subject: request.subject, entry_type, text: None };
    let page = ctx
        .reader()
        .search(&filter, request.before, load::page_length(request.limit)?)
        .await
        .map_err(read_problem)?;
    let size = ctx.reader().head().await.map_err(read_problem)?.size;
    let decoded = ctx.decoded(&page.entries).await?;
    let entries = page.entries.iter().zip(&decoded).map(|(s, e)| stored_row(s, e.as_ref())).collect();
    Ok(LogListView { entries, next: page.next_before, size })
}

/// One entry with its proof under the newest checkpoint.
pub(crate) async fn log_show(ctx: &Context, request: SeqRequest) -> Result<LogEntryView, Problem> {
    let stored = stored_entry(ctx, request.seq).await?;
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

/// A row of a decoded entry.
pub(crate) fn row(recorded: &Recorded) -> EntryRow {
    EntryRow {
        seq: recorded.seq,
        at: recorded.entry.at.to_string(),
        entry_type: recorded.entry.event.entry_type(),
        subject: recorded.entry.event.subject().to_string(),
        actor: recorded.entry.actor.clone(),
        sentence: entries::of_entry(&recorded.entry),
        verdict: recorded.entry.event.info().verdict,
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
        entry_type: stored.entry_type(),
        subject: stored.subject.clone(),
        actor,
        sentence,
        verdict: entry.and_then(|e| e.event.info().verdict),
    }
}
