//! The handlers: one function per operation of the list, the same for shell, HTTP and CLI.
//!
//! Owns the translation between the engine's and the domain's values and the views. Decides nothing: rules are asked
//! of the domain, changes of the engine. Reading order: `context`, then what is read (`updates`, `components`,
//! `handshakes`, `log`, `overview`, `world`), prepared (`plan`, `signing`), run (`jobs`) and handed in (`acts`).

mod acts;
mod components;
mod context;
mod evidence_check;
mod evidence_view;
mod handshakes;
mod jobs;
mod load;
mod log;
mod overview;
mod plan;
mod sentences;
mod signing;
mod statements;
mod summary_view;
mod update_view;
mod updates;
mod window_view;
mod world;

pub use acts::SignedAct;
pub use context::{Context, Notices, open_problem};
pub use jobs::verify_dir;

pub(crate) use acts::*;
pub(crate) use components::{component_file, component_list, component_show};
pub(crate) use context::{bad_event_id, no_engine};
pub(crate) use handshakes::{handshake_list, handshake_show};
pub(crate) use jobs::{audit_export, job_cancel, job_show, log_verify};
pub(crate) use log::{log_checkpoint, log_list, log_prove, log_show};
pub(crate) use overview::{activity, overview};
pub(crate) use plan::update_plan;
pub(crate) use signing::signing_show;
pub(crate) use statements::statement;
pub(crate) use updates::{update_diff, update_list, update_show, window_series};
pub(crate) use world::{metrics_push, policy_show, sim_metrics, sim_show, sim_subsystem, stats, status};
