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
        /// Fraction of failures.
        #[arg(long, value_parser = finite)]
        error_rate: Option<f64>,
        /// p95 latency in milliseconds.
        #[arg(long, value_parser = finite)]
        latency_p95_ms: Option<f64>,
        /// Sends nothing.
        #[arg(long, value_name = "BOOL")]
        silent: Option<bool>,
    },
}

/// JSON knows no NaN and no infinity: they would arrive as nothing.
fn finite(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|n: &f64| n.is_finite()).ok_or_else(|| "not a number".to_owned())
}
