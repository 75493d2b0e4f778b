//! The handlers: one function per operation of the list, the same for shell, HTTP and CLI.
//!
//! Owns the translation between the engine's and the domain's values and the views; one folder per noun. Decides
//! nothing: rules are asked of the domain, changes of the engine. Reading order: `context` and `load`, then the nouns.
//! What is signed is with [`crate::acts`].

pub(crate) mod approvals;
mod blobs;
pub(crate) mod components;
pub(crate) mod context;
pub(crate) mod handshakes;
mod jobs;
pub(crate) mod load;
pub(crate) mod log;
pub(crate) mod metrics;
mod overview;
mod signing;
mod simulation;
mod single_flight;
pub(crate) mod unreadable;
pub(crate) mod updates;
pub(crate) mod world;

pub use context::{Context, Notices};
pub use jobs::run::verify_dir;

pub(crate) use blobs::blob_put;
pub(crate) use components::item::component_item;
pub(crate) use components::list::component_list;
pub(crate) use components::view::component_show;
pub(crate) use handshakes::list::handshake_list;
pub(crate) use handshakes::view::handshake_show;
pub(crate) use jobs::run::{audit_export, job_cancel, job_show, log_verify};
pub(crate) use log::entries::{log_list, log_show};
pub(crate) use log::proofs::{log_checkpoint, log_consistency, log_prove};
pub(crate) use metrics::definitions::metric_definitions;
pub(crate) use metrics::push::metrics_push;
pub(crate) use overview::activity::activity;
pub(crate) use overview::summary::overview;
pub(crate) use signing::{signing_show, statement};
pub(crate) use simulation::{sim_metrics, sim_show, sim_subsystem};
pub(crate) use updates::diff::update_diff;
pub(crate) use updates::list::update_list;
pub(crate) use updates::plan::run::update_plan;
pub(crate) use updates::view::update_show;
pub(crate) use updates::window::window_series;
pub(crate) use world::policy::policy_show;
pub(crate) use world::stats::stats;
pub(crate) use world::status::{doctor, status};
