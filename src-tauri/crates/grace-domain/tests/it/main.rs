//! The rules, one binary: what each decides, in tables, in properties and as a whole world that lives on.

#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod aggregates;
mod primitives_content;
mod primitives_merkle;
mod primitives_signing;
mod primitives_values;
mod rules;
mod rules_component;
mod rules_content;
mod rules_definitions;
mod rules_draft;
mod rules_entries;
mod rules_handshake;
mod rules_measured;
mod rules_policy;
mod rules_random;
mod rules_services;
mod rules_snapshots;
mod rules_statement;
mod rules_summary;
mod rules_tally;
mod rules_update;
mod rules_version;
mod rules_window;
mod sealed_texts;
mod soak;
