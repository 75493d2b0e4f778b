//! The port through which samples are read, whoever keeps them: one source for each kind that a definition can name.
//!
//! Owns the shape. Never judges: what samples mean is said by their definition and the domain.

use futures_util::future::BoxFuture;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::Series;
use grace_domain::metrics::sample::Sample;
use grace_store::ReadError;

/// From a moment up to another, which is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From here on.
    pub from: Timestamp,
    /// Before this.
    pub to: Timestamp,
}

/// Why a source gave no samples.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The world's own memory could not be read.
    #[error(transparent)]
    Kept(#[from] ReadError),
}

/// Where the samples of a series come from.
pub trait MetricSource: Send + Sync {
    /// The samples of a series within a span, oldest first; of more than `most` the newest.
    fn fetch<'a>(
        &'a self,
        series: &'a Series,
        span: Span,
        most: usize,
    ) -> BoxFuture<'a, Result<Vec<Sample>, FetchError>>;
}
