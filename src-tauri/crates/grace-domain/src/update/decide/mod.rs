//! What an input means for an update: events, or a refusal. Pure: the world, the input and the time come in.
//!
//! One file per way in: [`draft`](check_draft), [`submit`](submit()), [`approve`](approve()), [`prepare`](stage_done), [`queue`](tick),
//! [`distribute`](applied), [`watch`](evaluated), [`act`](act()), [`rollback`](reverted); `cards` is what they all say with.

mod act;
mod approve;
mod cards;
mod distribute;
mod draft;
mod in_use;
mod prepare;
mod queue;
mod rollback;
mod submit;
mod watch;

pub use act::{act, may, may_sign};
pub use approve::{approve, may_decide};
pub use distribute::{applied, no_receipt};
pub use draft::{Draft, check_draft, takes};
pub use prepare::{StageDone, stage_done};
pub use queue::{Obstacle, in_the_way, tick};
pub use rollback::{reverted, rollback_id};
pub use submit::submit;
pub use watch::{evaluated, window_ready};
