//! Updates of configuration: files of a component that are written and removed.
//!
//! Owns what is known of this type. Its parts: `content` (the document), `difference` (what a comparison finds), `assess`
//! (its risk), `keys` (names with values in a file), `sensitive` (lines that load code or open access).

mod assess;
mod content;
mod difference;
mod keys;
mod lines;
mod sensitive;

use crate::core::refusal::Refusal;
use crate::kinds::content::{Content, Sizes};
use crate::kinds::measured::Measured;
use crate::kinds::section::{KeyValue, Labelled, Section};
use crate::kinds::summary::{Assessment, Extent};
use crate::kinds::target_kind::TargetKind;
use crate::kinds::touched::Touched;
use crate::kinds::update_kind::{Signed, UpdateKind};
use difference::Difference;
use serde_json::Value;

/// The type.
pub struct Config;

impl UpdateKind for Config {
    type Difference = Difference;
    const TARGETS: &'static [TargetKind] = &[TargetKind::Directory];
    const CONTENT: &'static str = "{files: {PATH: {text | sha256, mode?}}, remove: [PATH]}";

    fn document(draft: &Value) -> Result<Signed, Refusal> {
        content::document(draft)
    }

    fn parse(document: &Value, sizes: &Sizes) -> Result<Content, Refusal> {
        content::parse(document, sizes)
    }

    fn difference(touched: &[Touched<'_>], _measured: Option<&[Measured]>) -> Result<Difference, Refusal> {
        Ok(Difference::of(touched))
    }

    fn assess(difference: &Difference) -> Assessment {
        assess::assess(difference)
    }

    fn extent(difference: &Difference) -> Extent {
        difference.extent
    }

    fn sections(difference: &Difference) -> Vec<Section> {
        let value = |k: &difference::KeyChange| KeyValue {
            key: k.key.clone(),
            old: k.old.clone(),
            new: k.new.clone(),
            place: format!("{}: {}", k.component, k.path),
        };
        let mut sections = vec![Section::KeyValues {
            title: "Settings".into(),
            values: difference.keys.iter().map(value).collect(),
            none: "No named setting changes.".into(),
        }];
        let modes: Vec<_> = difference.files.iter().filter_map(difference::FileFacts::mode).collect();
        if !modes.is_empty() {
            let none = "No mode changes.".into();
            sections.push(Section::KeyValues { title: "Permissions".into(), values: modes, none });
        }
        let declared = [("New capability", &difference.capabilities), ("New metric", &difference.metrics)];
        let rows: Vec<Labelled> = declared
            .into_iter()
            .flat_map(|(label, names)| {
                names.iter().map(move |name| Labelled { label: label.into(), value: name.clone() })
            })
            .collect();
        if !rows.is_empty() {
            sections.push(Section::Rows { title: "Declared anew".into(), rows });
        }
        sections
    }
}
