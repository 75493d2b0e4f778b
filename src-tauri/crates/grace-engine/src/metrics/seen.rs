//! The samples of a series within a span, read through the source that the definition of their metric names.

use super::source::{FetchError, Span};
use super::sources;
use crate::effects::limits::SAMPLES_PER_EVALUATION;
use grace_domain::judge::window::{Seen, Series};
use grace_domain::metrics::definition::{Definitions, Source};
use grace_domain::metrics::sample::Sample;
use grace_store::Reader;

/// The samples of a series within a span, oldest first; of more than `most` the newest.
pub async fn samples(
    reader: &Reader,
    definitions: &Definitions,
    series: &Series,
    span: Span,
    most: usize,
) -> Result<Vec<Sample>, FetchError> {
    let source = definitions.get(&series.metric).map_or(Source::UNDEFINED, |d| d.source);
    sources::open(source, reader).fetch(series, span, most).await
}

/// What an evaluation finds of a series within a span.
pub async fn seen(
    reader: &Reader,
    definitions: &Definitions,
    series: &Series,
    span: Span,
) -> Result<Seen, FetchError> {
    Ok(Seen::of(&samples(reader, definitions, series, span, SAMPLES_PER_EVALUATION).await?))
}
