//! An effect that panicked: what every aggregate's runner says about it alike.
//!
//! What touched no target is recorded at once, and a retry leads out. An act at a target is first resumed by the
//! next start, as after a crash: what failed may have been passing by. When it fails there too, it has ended without a
//! receipt, and what is there is not proved. Windows have no such end: nobody's verdict is made up.
//!
//! Owns those sentences. Never inspects a target: that may be what failed.

use super::effect_runner::Panicked;
use grace_target::agent::receipt::within_bound;

impl Panicked {
    /// What the next start does about it. One clause.
    pub fn next_start(&self) -> &'static str {
        if self.resumed {
            "an earlier start had it to do, too, so it is not tried again and the log says so"
        } else {
            "the next start tries it once more, and says so in the log if it breaks again"
        }
    }

    /// Why it is given up: only when it panicked after it was resumed.
    pub fn given_up(&self) -> Option<String> {
        let reason = &self.reason;
        self.resumed
            .then(|| within_bound(&format!("the engine panicked on it when it was resumed: {reason}")))
    }
}
