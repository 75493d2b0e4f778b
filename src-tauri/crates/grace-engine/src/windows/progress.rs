//! How far an open window has come, where that is not logged with each evaluation: counters beside the log, believed only
//! as far as they go on from the last logged evaluation.

use crate::aggregates::Listed;
use crate::effects::context::EffectContext;
use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::{Progress, Window};
use grace_domain::log::Subject;
use grace_store::{Reader, WindowProgress};

/// Where the evaluations go on: at the counters kept beside the log, as far as they can be believed, else at the last
/// logged evaluation.
pub(super) async fn resumed(context: &EffectContext, subject: &Subject, window: &Window) -> Progress {
    let logged = Progress {
        observed_ms: window.observed_ms,
        elapsed_ms: window.elapsed_ms,
        evaluations: window.evaluations,
        healthy: window.healthy,
        chain: Digest::of(b"grace-evaluations-v1"),
    };
    let now = context.ports.clock.now();
    kept_progress(&context.reader, &subject.to_string(), window, now).await.unwrap_or(logged)
}

/// The counters of the last evaluation of an open window, when it was only counted beside the log; as far as they can be
/// believed.
pub async fn kept_progress(
    reader: &Reader,
    subject: &str,
    window: &Window,
    now: Timestamp,
) -> Option<Progress> {
    let kept = match reader.window_progress(subject).await {
        Ok(progress) => progress?,
        Err(error) => {
            tracing::warn!(%error, "counters between evaluations could not be read; going on from the last logged one");
            return None;
        }
    };
    let progress: Progress = serde_json::from_str(&kept.doc).ok()?;
    window.believed(&progress, kept.evaluation, kept.at, now)
}

/// Has the counters of an evaluation that was not logged kept, soon. A restart before that loses some progress, nothing
/// else: it goes on from what was kept, which was counted earlier and is never more.
pub(super) fn keep<A: Listed>(context: &EffectContext, id: &A::Id, progress: &Progress) {
    let world = context.world();
    let window = A::held(&world, id).and_then(|aggregate| aggregate.window());
    let Some((evaluation, _)) = window.and_then(|w| w.logged) else { return };
    let doc = serde_json::to_string(progress).expect("invariant: integers and a digest have a JSON form");
    let subject = A::subject(id).to_string();
    let at = context.ports.clock.now();
    context.progress.put(WindowProgress { subject, evaluation, at, doc });
}
