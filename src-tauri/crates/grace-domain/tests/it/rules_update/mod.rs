//! The rules of updates: `prepare`, `queue`, `distribute`, `watch`, in the order in which an update meets them.

mod distribute;
mod prepare;
mod queue;
mod watch;
