//! The words of the signed acts, closed: those of the domain's table and those with a statement of their own.
//!
//! Owns the enum that requests, routes and clients speak. Knows nothing of what an act does.

use grace_domain::acts::Act;

macro_rules! names {
    ($($word:ident $name:ident { $($info:tt)* })*) => {
        grace_domain::closed! {
            /// A signed act by its word.
            #[derive(Default)]
            pub enum ActName {
                /// Submit an update.
                #[default]
                Submit = "submit",
                /// Approve or deny an update.
                Approve = "approve",
                /// Approve or deny a handshake.
                HandshakeApprove = "handshake_approve",
                /// Request that a component may join.
                HandshakeRequest = "handshake_request",
                /// A subsystem's answer to an announcement.
                Ack = "ack",
                $($name = stringify!($word)),*
            }
        }

        impl From<Act> for ActName {
            fn from(act: Act) -> Self {
                match act { $(Act::$name => Self::$name),* }
            }
        }
    };
}
grace_domain::acts!(names);
