//! What may be begun from a screen: the acts on a subject, and both sides of a decision.

use grace_domain::acts::Act;

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
