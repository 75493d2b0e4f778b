//! Samples that a component, or a program beside it, has sent by the API; a simulated component sends them the same way.
//! They were kept when they came in: this reads them back.

use crate::metrics::source::{FetchError, MetricSource, Span};
use futures_util::future::BoxFuture;
use grace_domain::judge::window::Series;
use grace_domain::metrics::sample::Sample;
use grace_store::Reader;

pub(super) struct Push {
    reader: Reader,
}

impl Push {
    pub(super) fn of(reader: Reader) -> Self {
        Self { reader }
    }
}

impl MetricSource for Push {
    fn fetch<'a>(
        &'a self,
        series: &'a Series,
        span: Span,
        most: usize,
    ) -> BoxFuture<'a, Result<Vec<Sample>, FetchError>> {
        Box::pin(async move {
            let (component, metric) = (series.component.as_str(), series.metric.as_str());
            let (from, to) = (span.from.millis(), span.to.millis());
            Ok(self.reader.samples(component, metric, from, to, most).await?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grace_domain::core::time::Timestamp;
    use grace_domain::crypto::keys::SignerKey;
    use grace_store::{Journal, WorldInit};

    #[tokio::test]
    async fn what_was_sent_is_read_back_for_its_series_and_span_oldest_first() {
        let dir = tempfile::tempdir().expect("a directory");
        let init = WorldInit { name: "test".into(), origin: "grace.test/log".into() };
        let key = SignerKey::from_seed([3; 32]);
        let journal = Journal::create(dir.path().join("world"), &init, key).await.expect("a world");
        let sent = |component: &str, at_ms: i64| grace_store::Sample {
            component: component.to_owned(),
            metric: "error_rate".to_owned(),
            at_ms,
            value_micro: at_ms.unsigned_abs() * 10,
            count: 1,
        };
        let kept = (1..=5).map(|at_ms| sent("edge", at_ms)).chain([sent("store", 3)]).collect();
        journal.append_samples(kept).await.expect("kept");
        let series = Series {
            component: "edge".parse().expect("an id"),
            metric: "error_rate".parse().expect("an id"),
        };
        let span = Span { from: Timestamp::from_millis(1), to: Timestamp::from_millis(5) };
        let push = Push::of(journal.reader());
        let read = |most| {
            let (push, series) = (&push, &series);
            async move {
                let samples = push.fetch(series, span, most).await.expect("readable");
                samples.iter().map(|s| (s.at.millis(), s.value_micro)).collect::<Vec<_>>()
            }
        };
        assert_eq!(read(100).await, [(1, 10), (2, 20), (3, 30), (4, 40)]);
        assert_eq!(read(2).await, [(3, 30), (4, 40)], "the newest");
        journal.stop().await.expect("stopped");
    }
}
