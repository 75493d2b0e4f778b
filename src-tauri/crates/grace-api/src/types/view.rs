//! How a shape that callers read is declared.
//!
//! Owns what all of them derive. Never knows one.

/// Declares views, and beside them what the generated contracts say of them.
macro_rules! view {
    ($($(#[$m:meta])* $name:ident { $($(#[$fm:meta])* $f:ident : $t:ty),* $(,)? })*) => {
        $(
            $(#[$m])*
            #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema, ts_rs::TS)]
            #[ts(export_to = "views.ts")]
            #[schemars(deny_unknown_fields)]
            #[allow(missing_docs, reason = "a view's fields are named for the screen; those that need more than their name say it")]
            pub struct $name { $($(#[$fm])* pub $f: $t),* }
        )*
        /// These views, for the generated contracts.
        pub(crate) fn declared() -> Vec<$crate::types::declared::Declared> {
            vec![$($crate::types::declared::Declared::of::<$name>()),*]
        }
    };
}

pub(crate) use view;

/// Whether a count has nothing to say; such a member may be left away.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(super) fn is_zero(n: &u64) -> bool {
    *n == 0
}
