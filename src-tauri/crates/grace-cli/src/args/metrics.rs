//! The words of `grace metrics`.

use clap::Subcommand;

/// `grace metrics …`.
#[derive(Debug, Subcommand)]
pub enum MetricsCommand {
    /// What metrics mean: the definitions by which windows judge.
    List,
    /// Send samples of a component.
    Push {
        /// Component id.
        id: String,
        /// A value, e.g. `error_rate=0.02`.
        #[arg(long = "sample", required = true, value_name = "METRIC=VALUE")]
        samples: Vec<String>,
        /// Measurements that each value stands for.
        #[arg(long)]
        count: Option<u32>,
        /// Time of the samples (RFC 3339, UTC, ms); now without it.
        #[arg(long)]
        at: Option<String>,
    },
}
