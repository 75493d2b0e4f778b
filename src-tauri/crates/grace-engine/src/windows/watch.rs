//! The loop of a window: evaluates, counts, reports to the owner. A restart goes on from the last evaluation, whether it
//! was logged or only counted beside the log, and never counts the time between.

use super::evaluation::{Evaluation, evaluate};
use super::progress::{keep, resumed};
use crate::aggregates::Listed;
use crate::effects::context::EffectContext;
use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Policy;
use grace_domain::input::Input;
use grace_domain::judge::window::{EvaluationReport, Progress, Series, Verdict, Window, gone};

/// Milliseconds between two evaluations of a window: at least four fit into a short one.
pub fn every_ms(policy: &Policy, window: &Window) -> u64 {
    policy.evaluate_every_s.saturating_mul(1000).min((window.length_ms / 4).max(250))
}

/// Evaluates until the window has ended (then this task is aborted). `report` makes what the owner hears of an
/// evaluation and of the series that are gone since the change.
pub async fn watch<A: Listed>(
    context: &EffectContext,
    id: &A::Id,
    window: Window,
    opened: Timestamp,
    report: impl Fn(EvaluationReport, Vec<Series>) -> Input,
) {
    let subject = A::subject(id);
    let policy = context.world().policy().clone();
    let every = every_ms(&policy, &window);
    let Progress { mut observed_ms, mut elapsed_ms, mut evaluations, mut healthy, mut chain } =
        resumed(context, &subject, &window).await;
    let mut last = context.ports.clock.monotonic_ms();
    loop {
        context.ports.clock.sleep_ms(every).await;
        let now_ms = context.ports.clock.monotonic_ms();
        // A machine that slept did not watch: no more than two intervals are counted.
        let step = now_ms.saturating_sub(last).min(every.saturating_mul(2));
        last = now_ms;
        let Evaluation { verdict, findings, reason } =
            evaluate(context, &policy, &subject, &window, opened).await;
        elapsed_ms += step;
        if verdict == Verdict::Healthy || verdict == Verdict::Regressed {
            observed_ms += step;
        }
        evaluations += 1;
        healthy += u32::from(verdict == Verdict::Healthy);
        chain = Digest::of_parts(&[chain.as_bytes(), reason.as_bytes(), &elapsed_ms.to_be_bytes()]);
        let progress = Progress { observed_ms, elapsed_ms, evaluations, healthy, chain };
        let evaluated = EvaluationReport {
            verdict,
            observed_ms,
            elapsed_ms,
            evaluations,
            healthy,
            digest: chain,
            reason: reason.into(),
        };
        context.publish(report(evaluated, gone(&findings))).await;
        keep::<A>(context, id, &progress);
    }
}
