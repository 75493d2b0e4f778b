//! The engine as a whole, in process: real files, a real log, real keys and signatures. Only time is ours.

mod support;

#[path = "engine/acks.rs"]
mod acks;
#[path = "engine/approvals.rs"]
mod approvals;
#[path = "engine/believed.rs"]
mod believed;
#[path = "engine/broken.rs"]
mod broken;
#[path = "engine/content.rs"]
mod content;
#[path = "engine/drift.rs"]
mod drift;
#[path = "engine/faults.rs"]
mod faults;
#[path = "engine/journeys.rs"]
mod journeys;
#[path = "engine/mesh.rs"]
mod mesh;
#[path = "engine/queue.rs"]
mod queue;
#[path = "engine/receipts.rs"]
mod receipts;
#[path = "engine/restarts.rs"]
mod restarts;
#[path = "engine/waves.rs"]
mod waves;
#[path = "engine/windows.rs"]
mod windows;
#[path = "engine/worlds.rs"]
mod worlds;
