//! A world: its making, its policy, its numbers, as callers read them.

use std::collections::BTreeMap;

use grace_domain::core::states::State;
use grace_domain::governance::policy::RequiredField;
use grace_domain::update::StageName;

use super::fact::FactView;
use super::view::view;

view! {
    /// The policy in force.
    PolicyView {
        digest: String,
        version: u32,
        document: String,
        /// What it says, as people read it, and how the world could be recovered.
        rules: Vec<FactView>,
        /// What every submission must give beside its title.
        required_fields: Vec<RequiredField>,
    }
    StatsView { updates: BTreeMap<State, u64>, handshakes: BTreeMap<State, u64>, rollbacks: BTreeMap<State, u64>, log_size: u64, median_stage_ms: Vec<StageTime> }
    StageTime { n: u8, name: StageName, median_ms: Option<u64>, samples: u32 }
    /// A new world (`init`, `demo`). The passphrase is that of a demo's persons; a real world has none.
    WorldMadeView { dir: String, name: String, simulation: bool, persons: Vec<String>, key_dir: Option<String>, passphrase: Option<String>, passphrase_file: Option<String> }
}
