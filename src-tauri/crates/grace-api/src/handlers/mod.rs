//! The handlers: one function per operation of the list, the same for shell, HTTP and CLI.
//!
//! Owns the translation between the engine's and the domain's values and the views. Decides nothing: rules are asked
//! of the domain, changes of the engine. Reading order: `context`, then what is read (`updates`, `components`,
//! `handshakes`, `log`, `overview`, `world`), prepared (`plan`, `signing`) and run (`jobs`). What is signed is with
//! [`crate::acts`].

mod activity;
mod blobs;
pub(crate) mod components;
pub(crate) mod context;
pub(crate) mod documents;
mod evidence_check;
mod evidence_view;
pub(crate) mod handshakes;
mod job_table;
mod jobs;
pub(crate) mod load;
mod log;
mod metrics;
mod overview;
pub(crate) mod plan;
pub(crate) mod rules;
mod series;
mod signing;
mod simulation;
mod summary_view;
mod titles;
pub(crate) mod update_view;
pub(crate) mod updates;
pub(crate) mod window_view;
pub(crate) mod world;

pub use context::{Context, Notices};
pub use jobs::verify_dir;

pub(crate) use activity::activity;
pub(crate) use blobs::blob_put;
pub(crate) use components::{component_file, component_list, component_show};
pub(crate) use handshakes::{handshake_list, handshake_show};
pub(crate) use jobs::{audit_export, job_cancel, job_show, log_verify};
pub(crate) use log::{log_checkpoint, log_consistency, log_list, log_prove, log_show};
pub(crate) use metrics::metric_definitions;
pub(crate) use overview::overview;
pub(crate) use plan::update_plan;
pub(crate) use signing::{signing_show, statement};
pub(crate) use simulation::{sim_metrics, sim_show, sim_subsystem};
pub(crate) use updates::{update_diff, update_list, update_show, window_series};
pub(crate) use world::{metrics_push, policy_show, stats, status};
