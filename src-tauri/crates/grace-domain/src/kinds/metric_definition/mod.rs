//! Updates of metric definitions: one governed document, brought into force, changed or taken out of force.
//!
//! Owns what is known of this type. Its parts: `content` (the document of a submission), `difference` (two definitions
//! read), `assess` (its risk), `sections` (its fields for people).

mod assess;
mod content;
mod difference;
mod sections;

use crate::core::codes::Code;
use crate::core::ids::DocumentId;
use crate::core::refusal::Refusal;
use crate::kinds::content::{Content, Sizes};
use crate::kinds::measured::Measured;
use crate::kinds::section::Section;
use crate::kinds::summary::{Assessment, Extent};
use crate::kinds::target_kind::TargetKind;
use crate::kinds::touched::Touched;
use crate::kinds::update_kind::{OpenWindows, Signed, UpdateKind};
use crate::metrics::REGISTRY;
use crate::metrics::limit::Demands;
use difference::Difference;
use serde_json::Value;

/// The type.
pub struct MetricDefinitionKind;

impl UpdateKind for MetricDefinitionKind {
    type Difference = Difference;
    const TARGETS: &'static [TargetKind] = &[TargetKind::Registry];
    const HOLDER: Option<&'static str> = Some(REGISTRY);
    const CONTENT: &'static str = "{metric, definition?}";

    fn document(draft: &Value) -> Result<Signed, Refusal> {
        content::document(draft)
    }

    fn parse(document: &Value, sizes: &Sizes) -> Result<Content, Refusal> {
        content::parse(document, sizes)
    }

    fn difference(touched: &[Touched<'_>], _measured: Option<&[Measured]>) -> Result<Difference, Refusal> {
        Difference::of(touched)
    }

    fn fits(difference: &Difference, demands: &Demands) -> Result<(), Refusal> {
        assess::fits(difference, demands)
    }

    fn assess(difference: &Difference) -> Assessment {
        assess::assess(difference)
    }

    fn extent(difference: &Difference) -> Extent {
        let fields = sections::changed(difference);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Extent {
            added_lines: count(fields.iter().filter(|f| f.new.is_some()).count()),
            removed_lines: count(fields.iter().filter(|f| f.old.is_some()).count()),
            coarse: false,
        }
    }

    fn sections(difference: &Difference) -> Vec<Section> {
        vec![Section::KeyValues {
            title: "Definition".into(),
            values: sections::changed(difference),
            none: "Nothing of the definition changes.".into(),
        }]
    }

    /// Windows judge by the rules that they took over when they opened, but what they watch must stay defined: else the
    /// next window of the same component would not judge what this one does.
    fn unused(document: &DocumentId, open: OpenWindows<'_, '_>) -> Result<(), Refusal> {
        for (subject, window) in open {
            if window.watched.series().any(|(series, _)| series.metric.as_str() == document.as_str()) {
                return Err(Refusal::conflict(
                    Code::MetricInUse,
                    format!("the open window of {subject} needs the metric {document}"),
                    "wait until that window has ended",
                ));
            }
        }
        Ok(())
    }
}
