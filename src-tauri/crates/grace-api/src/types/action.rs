//! What may be begun from a screen: the acts on a subject, and both sides of a decision.

use grace_domain::acts::Act;

use super::view::view;

view! {
    /// What a caller may do now, and if not, why (law 10: the screen derives no rule).
    Action {
        name: ActionName,
        allowed: bool,
        /// One sentence; present when not allowed.
        reason: Option<String>,
    }
}

macro_rules! names {
    ($($word:ident $name:ident { $($info:tt)* })*) => {
        grace_domain::closed! {
            /// The word of an action.
            pub enum ActionName {
                Submit = "submit",
                Approve = "approve",
                Deny = "deny",
                $($name = stringify!($word)),*
            }
        }

        impl From<Act> for ActionName {
            fn from(act: Act) -> Self {
                match act { $(Act::$name => Self::$name),* }
            }
        }
    };
}
grace_domain::acts!(names);
