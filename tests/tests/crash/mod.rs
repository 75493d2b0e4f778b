//! The real engine killed at each of its durable steps, and again while it recovers.

mod full_disk;
mod kill_sweep;
mod scene;
mod tracer;
