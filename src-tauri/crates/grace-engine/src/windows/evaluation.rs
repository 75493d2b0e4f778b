//! One evaluation of a window: what is fresh now, judged, with its reason in one sentence.

use super::document::document_in_force;
use super::sentence::sentence;
use crate::effects::context::EffectContext;
use crate::metrics::seen::seen;
use crate::metrics::source::Span;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Policy;
use grace_domain::judge::window::{Finding, Seen, Verdict, Watched, Window, judge};
use grace_domain::log::Subject;
use std::collections::BTreeMap;

/// What came of it.
pub(super) struct Evaluation {
    pub verdict: Verdict,
    pub findings: Vec<Finding>,
    /// One sentence.
    pub reason: String,
}

/// Judges what is fresh now.
pub(super) async fn evaluate(
    context: &EffectContext,
    policy: &Policy,
    subject: &Subject,
    window: &Window,
    opened: Timestamp,
) -> Evaluation {
    let rules = match &window.watched {
        Watched::Series(rules) => rules,
        Watched::Document(digest) => {
            let (verdict, reason) = document_in_force(&context.world(), subject, *digest);
            return Evaluation { verdict, findings: Vec::new(), reason };
        }
    };
    let now = context.ports.clock.now();
    // What a series is judged by was fixed when the window opened; the definitions say where its samples are read, and
    // how a value is said.
    let definitions = context.definitions.readable(&context.world(), &context.blobs).await.definitions;
    let mut found = BTreeMap::new();
    for (series, rule) in rules {
        let span = Span { from: now.minus_s(rule.fresh_s).max(opened), to: now.plus_ms(1) };
        let read = seen(&context.reader, &definitions, series, span).await;
        let read = read.unwrap_or_else(|error| {
            // What cannot be read was not seen: no data is a finding, not an excuse.
            tracing::warn!(%error, "samples could not be read");
            Seen::of(&[])
        });
        found.insert(series.clone(), read);
    }
    let (verdict, findings) = judge(policy.min_samples, rules, &found);
    let reason = sentence(verdict, &findings, policy.min_samples, &definitions);
    Evaluation { verdict, findings, reason }
}
