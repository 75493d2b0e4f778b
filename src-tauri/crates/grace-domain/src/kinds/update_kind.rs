//! The seam of a type of update: what is known of it and of nothing else.
//!
//! Owns the trait and the way from a comparison to its summary. Knows no type.

use crate::core::ids::DocumentId;
use crate::core::refusal::Refusal;
use crate::judge::window::Window;
use crate::kinds::content::{Content, Sizes};
use crate::kinds::measured::Measured;
use crate::kinds::section::Section;
use crate::kinds::summary::{Assessment, Extent, Summary};
use crate::kinds::target_kind::TargetKind;
use crate::kinds::touched::Touched;
use crate::metrics::limit::Demands;
use serde_json::Value;

/// A content document and the bytes of blobs that came with its draft.
pub type Signed = (Value, Vec<Vec<u8>>);
/// The windows that are open, each with the subject whose it is.
pub type OpenWindows<'i, 'w> = &'i mut dyn Iterator<Item = (String, &'w Window)>;

/// A type of update. Pure: bytes and state come in.
pub trait UpdateKind {
    /// What a comparison finds.
    type Difference;
    /// The kinds of target that take it.
    const TARGETS: &'static [TargetKind];
    /// The one component whose registry holds its documents; none where any component of these kinds takes it.
    const HOLDER: Option<&'static str> = None;
    /// The content of a draft, as its members are named.
    const CONTENT: &'static str;

    /// The content document that a draft stands for, and the bytes of what it named by itself: a document names all
    /// bytes by digest.
    fn document(draft: &Value) -> Result<Signed, Refusal>;

    /// Reads the content document; what does not fit is refused with its place.
    fn parse(document: &Value, sizes: &Sizes) -> Result<Content, Refusal>;

    /// Whether its risk is known only once the targets have measured it: what is said before is a lower bound.
    const MEASURED: bool = false;

    /// Compares what is there with what shall be; refuses what may never be there. `measured` is what the rehearsal
    /// measured, none before it.
    fn difference(
        touched: &[Touched<'_>],
        measured: Option<&[Measured]>,
    ) -> Result<Self::Difference, Refusal>;

    /// Refuses what would make one of the policy's own limits mean nothing.
    fn fits(_difference: &Self::Difference, _demands: &Demands) -> Result<(), Refusal> {
        Ok(())
    }

    /// The risk of a difference and whether it breaks what reads it: whether that is a lower bound is not its to say.
    fn assess(difference: &Self::Difference) -> Assessment;

    /// How many lines of text a difference adds and removes.
    fn extent(difference: &Self::Difference) -> Extent;

    /// The difference for people.
    fn sections(difference: &Self::Difference) -> Vec<Section>;

    /// Refuses to take a document out of force that one of the `open` windows, each with its subject, needs. Types whose
    /// targets hold no documents are never asked.
    fn unused(_document: &DocumentId, _open: OpenWindows<'_, '_>) -> Result<(), Refusal> {
        Ok(())
    }
}

/// The whole way from bytes to what people read.
pub fn compare<K: UpdateKind>(
    touched: &[Touched<'_>],
    measured: Option<&[Measured]>,
    demands: &Demands,
) -> Result<Summary, Refusal> {
    let difference = K::difference(touched, measured)?;
    K::fits(&difference, demands)?;
    Ok(Summary {
        assessment: Assessment { lower_bound: K::MEASURED && measured.is_none(), ..K::assess(&difference) },
        extent: K::extent(&difference),
        sections: K::sections(&difference),
    })
}
