//! Figures: pairs of ours and its limit, their ratio with the spread, as text or as JSON.
//!
//! Owns the one clock of the benches. Never compares with a goal otherwise than in print.

use serde_json::{Value, json};
use std::time::Duration;

/// What a bench ends with.
pub type Done<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Pairs of every figure.
pub const PAIRS: usize = 5;

/// Where a ratio is to go.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At least.
    AtLeast(f64),
    /// At most.
    AtMost(f64),
    /// Told, without a goal.
    None,
}

impl Goal {
    fn text(self, ratio: f64) -> String {
        let reached = |yes: bool| if yes { "reached" } else { "MISSED" };
        match self {
            Self::AtLeast(g) => format!("goal >= {g}x: {}", reached(ratio >= g)),
            Self::AtMost(g) => format!("goal <= {g}x: {}", reached(ratio <= g)),
            Self::None => "no goal".into(),
        }
    }

    fn json(self) -> Value {
        match self {
            Self::AtLeast(g) => json!({ "at_least": g }),
            Self::AtMost(g) => json!({ "at_most": g }),
            Self::None => Value::Null,
        }
    }
}

/// One workload with its pairs.
#[derive(Debug)]
pub struct Figure {
    /// What is done.
    pub workload: String,
    /// What ours is.
    pub ours: String,
    /// What it is held against.
    pub limit: String,
    /// Of both.
    pub unit: &'static str,
    /// For the ratio ours / limit.
    pub goal: Goal,
    /// Ours and limit, measured one after the other.
    pub pairs: Vec<(f64, f64)>,
    /// What else was seen.
    pub notes: Vec<String>,
}

/// The middle one (of an even number, the upper of both).
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The figures of one bench.
pub struct Report {
    name: String,
    json: bool,
    figures: Vec<Value>,
    error: Option<String>,
}

impl Report {
    pub fn new(name: &str, json: bool) -> Self {
        if !json {
            println!("== {name}");
        }
        Self { name: name.to_owned(), json, figures: Vec::new(), error: None }
    }

    /// Says what goes on, where nothing reads it by machine.
    pub fn progress(&self, what: &str) {
        eprintln!("   {}: {what}", self.name);
    }

    /// Takes a figure in, and prints it.
    pub fn add(&mut self, figure: Figure) {
        let Figure { workload, ours, limit, unit, goal, pairs, notes } = figure;
        let ratios: Vec<f64> = pairs.iter().map(|(ours, limit)| ours / limit).collect();
        let ratio = median(ratios.iter().copied());
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (our, bare) = (median(pairs.iter().map(|p| p.0)), median(pairs.iter().map(|p| p.1)));
        self.figures.push(json!({
            "workload": workload, "ours": ours, "limit": limit, "unit": unit, "goal": goal.json(),
            "ratio": { "median": ratio, "min": least, "max": most },
            "ours_median": our, "limit_median": bare, "pairs": pairs, "notes": notes,
        }));
        if self.json {
            return;
        }
        println!("{workload}");
        println!("   ours   {:>12} {unit}   {ours}", number(our));
        println!("   limit  {:>12} {unit}   {limit}", number(bare));
        println!(
            "   ratio  {ratio:>11.2}x   {least:.2} .. {most:.2} in {} pairs   {}",
            pairs.len(),
            goal.text(ratio)
        );
        for note in notes {
            println!("   note   {note}");
        }
    }

    /// Nothing more can be measured.
    pub fn failed(&mut self, error: &str) {
        eprintln!("   {}: could not measure: {error}", self.name);
        self.error = Some(error.to_owned());
    }

    /// The bench has ended.
    pub fn end(self) {
        if self.json {
            println!("{}", json!({ "bench": self.name, "figures": self.figures, "error": self.error }));
        }
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// A running measurement.
#[derive(Clone, Copy)]
pub struct Watch(std::time::Instant);

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "a bench measures the machine's time; no product time")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    pub fn seconds(self) -> f64 {
        self.elapsed().as_secs_f64()
    }

    pub fn millis(self) -> f64 {
        self.seconds() * 1e3
    }

    pub fn micros(self) -> f64 {
        self.seconds() * 1e6
    }
}
