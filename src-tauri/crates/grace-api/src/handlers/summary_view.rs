//! What an update is and does, as people read it: files, keys, guardrails, the way back.
//!
//! Owns the wording of summaries, for updates and for plans. Never computes one: the domain compared the contents.

use grace_domain::core::count::counted;
use std::collections::{BTreeMap, BTreeSet};

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, MetricId};
use grace_domain::kinds::summary::Summary;
use grace_domain::statement::Submission;
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_target::TargetPlan;

use super::documents::UpdateDocuments;
use super::rules::Rules;
use super::window_view;
use crate::diff::visible;
use crate::views::*;

/// The summary of an update: of its package once there is one, of what was submitted before.
pub(super) fn of_update(
    u: &Update,
    rules: &Rules<'_>,
    world: &World,
    papers: &UpdateDocuments,
) -> SummaryView {
    let files = match (&papers.plans, &papers.submission) {
        (Some(plans), _) => planned_files(plans),
        (None, Some(submission)) => submitted_files(u, submission),
        (None, None) => Vec::new(),
    };
    let length_s = *rules.policy.windows_s.at(u.risk());
    summary_view(
        u.components.iter().map(ToString::to_string).collect(),
        files,
        papers.summary.as_ref(),
        rules,
        &window_view::metrics_of(world, &u.components),
        length_s,
        u.package.as_ref().map(|p| (p.revert_ms, p.invertible)),
    )
}

/// The summary from its parts; `rehearsed` is the time of the rehearsed rollback and whether it came back exact.
pub(super) fn summary_view(
    components: Vec<String>,
    files: Vec<FileChangeView>,
    summary: Option<&Summary>,
    rules: &Rules<'_>,
    metrics: &BTreeSet<MetricId>,
    window_length_s: u64,
    rehearsed: Option<(u64, bool)>,
) -> SummaryView {
    let (counted, were) =
        (counted(files.len(), "file"), if files.len() == 1 { "it was" } else { "they were" });
    let rollback_plan = match rehearsed {
        Some((ms, true)) => {
            format!("Put {counted} back as {were}; rehearsed on a copy in {ms} ms, byte for byte.")
        }
        Some((_, false)) => {
            "Cannot be taken back exactly: the rehearsal did not lead to the content from before.".into()
        }
        None => format!("Put {counted} back as {were}; the rehearsal on a copy comes with stage 5."),
    };
    SummaryView {
        components,
        files,
        sections: summary.iter().flat_map(|s| &s.sections).map(|section| section.map(visible)).collect(),
        breaking: summary.is_some_and(|s| s.assessment.breaking.is_some()),
        breaking_reason: summary.and_then(|s| s.assessment.breaking.as_deref()).map(visible),
        rollback_plan,
        guardrails: vec![
            "Nothing is applied to a target that somebody else changed.".into(),
            "The target's own check runs on a copy, shut in, before anybody is asked.".into(),
            "If applying or verifying fails, the content from before is put back at once.".into(),
            "If a limit is broken or metrics vanish during the window, the update is taken back by itself."
                .into(),
        ],
        window_length_s,
        window_criteria: rules.criteria(metrics),
        added_lines: summary.map_or(0, |s| s.extent.added_lines),
        removed_lines: summary.map_or(0, |s| s.extent.removed_lines),
    }
}

fn planned_files(plans: &BTreeMap<ComponentId, TargetPlan>) -> Vec<FileChangeView> {
    let all = plans.iter().flat_map(|(id, plan)| plan.changes.iter().map(move |change| (id, change)));
    all.map(|(id, change)| FileChangeView {
        component: id.to_string(),
        path: visible(&change.name),
        change: match (&change.old, &change.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
        .into(),
        before: change.old.map(|state| state.digest.to_hex()),
        after: change.new.map(|state| state.digest.to_hex()),
        bytes_before: change.old.and_then(|state| state.size),
        bytes_after: change.new.and_then(|state| state.size),
    })
    .collect()
}

/// Before the targets were looked at, only what was asked for is known.
fn submitted_files(u: &Update, submission: &Submission) -> Vec<FileChangeView> {
    let mut files = Vec::new();
    for component in &u.components {
        let view = |path: &str, change: &str, after: Option<(Digest, Option<u64>)>| FileChangeView {
            component: component.to_string(),
            path: visible(path),
            change: change.into(),
            before: None,
            after: after.map(|(d, _)| d.to_hex()),
            bytes_before: None,
            bytes_after: after.and_then(|(_, n)| n),
        };
        for (path, file) in &submission.content.files {
            let after = match &file.text {
                Some(text) => Some((Digest::of(text.as_bytes()), Some(text.len() as u64))),
                None => file.sha256.map(|d| (d, None)),
            };
            files.push(view(path, "changed", after));
        }
        files.extend(submission.content.remove.iter().map(|path| view(path, "removed", None)));
    }
    files
}
