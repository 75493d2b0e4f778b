//! The engine as a whole, in process: real files, a real log, real keys and signatures. Only time is ours.

mod acks;
mod approvals;
mod believed;
mod breadth;
mod broken;
mod content;
mod definitions;
mod drift;
mod faults;
mod hidden;
mod journeys;
mod mesh;
mod queue;
mod receipts;
mod restarts;
mod support;
mod sweep;
mod waves;
mod windows;
mod worlds;
