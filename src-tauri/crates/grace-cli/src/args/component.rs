//! The words of `grace component`.

use std::path::PathBuf;

use clap::Subcommand;

use super::act::{ActCommand, OnComponent};

/// `grace component …`.
#[derive(Debug, Subcommand)]
pub enum ComponentCommand {
    /// Request that a component may join.
    Add {
        /// Description: component, title, `component_type`, version, capabilities, metrics, target (YAML or JSON).
        #[arg(long, value_name = "FILE")]
        target: PathBuf,
    },
    /// All components.
    List,
    /// One component.
    Show {
        /// Component id.
        id: String,
    },
    /// A signed act on it.
    #[command(flatten)]
    Act(ActCommand<OnComponent>),
}
