//! Both definitions, read and checked.
//!
//! Owns what may stand in the registry: canonical JSON of one checked definition under its own id.

use crate::core::codes::Code;
use crate::core::refusal::Refusal;
use crate::core::{canon, limits};
use crate::kinds::touched::{Side, Touched};
use crate::metrics::definition::MetricDefinition;

/// Before and after; never both absent.
#[derive(Debug)]
pub struct Difference {
    pub(super) id: String,
    pub(super) old: Option<MetricDefinition>,
    pub(super) new: Option<MetricDefinition>,
    /// The last one that was in force under this id, where it was removed since.
    pub(super) last: Option<MetricDefinition>,
}

impl Difference {
    pub(super) fn of(touched: &[Touched<'_>]) -> Result<Self, Refusal> {
        let [one] = touched else {
            return Err(Refusal::invalid(
                Code::OneDocument,
                format!("{} documents change at once", touched.len()),
                "change one metric by each update",
            ));
        };
        let old = one.old.map(|side| read(one.name, side)).transpose()?;
        let new = one.new.map(|side| read(one.name, side)).transpose()?;
        let last = one.last.map(|side| read(one.name, side)).transpose()?;
        if let Some(new) = &new {
            new.check()?;
        }
        Ok(Self { id: one.name.to_owned(), old, new, last })
    }
}

fn read(name: &str, side: Side<'_>) -> Result<MetricDefinition, Refusal> {
    let refused = |why: String| {
        Refusal::invalid(Code::DefinitionRefused, why, "send the definition as canonical JSON of its members")
    };
    let value = canon::parse_strict(side.bytes, limits::JSON_DEPTH)
        .map_err(|e| refused(format!("the definition of {name} is not JSON: {e}")))?;
    if canon::to_canonical(&value).ok().as_deref() != Some(side.bytes) {
        return Err(refused(format!("the definition of {name} is not spelled canonically")));
    }
    let definition: MetricDefinition = canon::from_named(&value)
        .map_err(|e| refused(format!("the definition of {name} does not read: {e}")))?;
    if definition.id.as_str() != name {
        return Err(Refusal::invalid(
            Code::DefinitionRefused,
            format!("the definition says it is of {}, the update of {name}", definition.id),
            "give `id` and `metric` the same id",
        ));
    }
    Ok(definition)
}
