//! The words of `grace sim`.

use clap::{Subcommand, ValueEnum};

/// What a simulated subsystem does.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum BehaviourArg {
    /// Acknowledges.
    Ack,
    /// Refuses.
    Nack,
    /// Says nothing.
    Silent,
    /// Gives the same answer twice.
    Duplicate,
    /// Signs with a key that is not registered.
    WrongKey,
}

/// `grace sim …`.
#[derive(Debug, Subcommand)]
pub enum SimCommand {
    /// How everything simulated behaves.
    Show,
    /// Set a subsystem's behaviour.
    Subsystem {
        /// Subsystem id.
        id: String,
        /// What it does.
        #[arg(long, value_enum)]
        behaviour: Option<BehaviourArg>,
        /// How long it thinks.
        #[arg(long)]
        delay_ms: Option<u64>,
        /// Why it refuses.
        #[arg(long)]
        nack_reason: Option<String>,
    },
    /// Set what a component's metrics source sends.
    Metrics {
        /// Component id.
        id: String,
        /// A value of a metric that it declares, in the metric's unit: `error_rate=0.05`, `"error_rate=5 %"`.
        #[arg(required_unless_present = "silent", value_name = "METRIC=VALUE")]
        metrics: Vec<String>,
        /// Sends nothing.
        #[arg(long, value_name = "BOOL")]
        silent: Option<bool>,
    },
}
