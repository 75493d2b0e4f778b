//! The sources: one file, and one line of [`open`], for each kind that a definition can name.

mod push;

use super::source::MetricSource;
use grace_domain::metrics::definition::{Source, SourceKind};
use grace_store::Reader;

/// The source that a definition names. `reader` is for those whose samples the world itself keeps.
pub fn open(source: Source, reader: &Reader) -> Box<dyn MetricSource> {
    match source.kind {
        SourceKind::Push => Box::new(push::Push::of(reader.clone())),
    }
}
