//! Strict YAML for documents that people write: no implicit booleans, no duplicate keys, bounded. One set of options
//! for targets, people and policy. Never touches a file.

use serde::de::DeserializeOwned;

/// Reads a document; the error is one sentence for people.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_saphyr::from_str_with_options(text, crate::target::spec::yaml_options()).map_err(|e| e.to_string())
}
