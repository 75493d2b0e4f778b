//! The types of update: what each one's content says, what a change of it means, and which targets take it.
//!
//! Owns the one table of types, from which their words, routes and seams are made, and what they share. Never knows what
//! one type means: that stands in its folder. Never knows a target's mechanics: those stand in grace-target.

pub mod config;
pub mod content;
pub mod measured;
pub mod metric_definition;
pub mod risk;
pub mod section;
pub mod summary;
pub mod target_kind;
pub mod touched;
pub mod update_kind;

use crate::core::codes::Code;
use crate::core::ids::DocumentId;
use crate::core::refusal::Refusal;
use crate::judge::window::Window;
use crate::metrics::limit::Demands;
use content::{Content, Sizes};
use measured::Measured;
use serde_json::Value;
use summary::Summary;
use target_kind::TargetKind;
use touched::Touched;
use update_kind::{OpenWindows, Signed, UpdateKind};

/// Makes the table: a line is a variant, its word, the last part of its route, and the type that implements it, if this
/// release has one.
macro_rules! update_types {
    ($($(#[$doc:meta])* $Name:ident $word:literal $route:literal $(=> $Kind:ty)?;)*) => {
        crate::closed! {
            /// The types of update.
            pub enum UpdateType { $($(#[$doc])* $Name = $word,)* }
        }

        impl UpdateType {
            /// The last part of the route at which one is handed in.
            pub fn route(self) -> &'static str {
                match self {
                    $(Self::$Name => $route,)*
                }
            }

            fn seam(self) -> Option<Seam> {
                match self {
                    $(Self::$Name => [$(Seam::of::<$Kind>())?].into_iter().next(),)*
                }
            }
        }
    };
}

update_types! {
    /// Database schema.
    Schema "schema" "schema-update";
    /// Code.
    CodeModule "code_module" "code-update";
    /// Playbook.
    Playbook "playbook" "playbook-update";
    /// Configuration.
    Config "config" "config-update" => config::Config;
    /// Metric definition.
    MetricDefinition "metric_definition" "metric-update" => metric_definition::MetricDefinitionKind;
}

type Compare = fn(&[Touched<'_>], Option<&[Measured]>, &Demands) -> Result<Summary, Refusal>;

/// What one implementation answers, without its types.
struct Seam {
    targets: &'static [TargetKind],
    holder: Option<&'static str>,
    measured: bool,
    content: &'static str,
    document: fn(&Value) -> Result<Signed, Refusal>,
    parse: fn(&Value, &Sizes) -> Result<Content, Refusal>,
    compare: Compare,
    unused: fn(&DocumentId, OpenWindows<'_, '_>) -> Result<(), Refusal>,
}

impl Seam {
    fn of<K: UpdateKind>() -> Self {
        Self {
            targets: K::TARGETS,
            holder: K::HOLDER,
            measured: K::MEASURED,
            content: K::CONTENT,
            document: K::document,
            parse: K::parse,
            compare: update_kind::compare::<K>,
            unused: K::unused,
        }
    }
}

impl UpdateType {
    /// Those that this release can apply.
    pub fn supported() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.seam().is_some())
    }

    /// What the content of a draft is, type by type.
    pub fn contents() -> String {
        let of = |kind: Self| Some(format!("of {} `{}`", kind.as_str(), kind.seam()?.content));
        Self::supported().filter_map(of).collect::<Vec<_>>().join(", ")
    }

    /// Refuses a type that this release cannot apply.
    pub fn check_supported(self) -> Result<(), Refusal> {
        self.known().map(|_| ())
    }

    fn known(self) -> Result<Seam, Refusal> {
        self.seam().ok_or_else(|| {
            let offered: Vec<_> = Self::supported().map(Self::as_str).collect();
            Refusal::invalid(
                Code::UpdateTypeUnsupported,
                format!("updates of type {} cannot be applied by this release", self.as_str()),
                format!("submit one of these types: {}", offered.join(", ")),
            )
        })
    }

    /// The kinds of target that take it; none when this release cannot apply it.
    pub fn targets(self) -> &'static [TargetKind] {
        self.seam().map_or(&[], |seam| seam.targets)
    }

    /// Whether its risk is known only once the targets have measured it at the rehearsal.
    pub fn is_measured(self) -> bool {
        self.seam().is_some_and(|seam| seam.measured)
    }

    /// The content document that a draft stands for, with the bytes that it named by itself.
    pub fn document(self, draft: &Value) -> Result<Signed, Refusal> {
        (self.known()?.document)(draft)
    }

    /// The one component that takes it, where its documents have one holder.
    pub fn holder(self) -> Option<&'static str> {
        self.seam().and_then(|seam| seam.holder)
    }

    /// Reads the content document of a part.
    pub fn parse(self, document: &Value, sizes: &Sizes) -> Result<Content, Refusal> {
        (self.known()?.parse)(document, sizes)
    }

    /// Compares what is there with what shall be, under a policy with these limits; `measured` is what the rehearsal
    /// measured, none before it.
    pub fn compare(
        self,
        touched: &[Touched<'_>],
        measured: Option<&[Measured]>,
        demands: &Demands,
    ) -> Result<Summary, Refusal> {
        (self.known()?.compare)(touched, measured, demands)
    }

    /// Refuses to take a document out of force that one of the open windows needs.
    pub fn unused<'w>(
        self,
        document: &DocumentId,
        mut open: impl Iterator<Item = (String, &'w Window)>,
    ) -> Result<(), Refusal> {
        (self.known()?.unused)(document, &mut open)
    }
}
