//! Strict YAML for documents that people write: no implicit booleans, no duplicate keys, bounded. One set of options
//! for targets, people and policy. Never touches a file.

use serde::de::DeserializeOwned;

/// Reads a document; the error is one sentence for people.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_saphyr::from_str_with_options(text, grace_target::spec::yaml_options())
        .map_err(|e| in_words(&e.to_string()))
}

/// The parser speaks to programmers in places: of its options, and of types.
fn in_words(said: &str) -> String {
    let said = said.strip_prefix("error: ").unwrap_or(said);
    let Some((place, what)) = said.split_once(": ").filter(|(place, _)| place.starts_with("line ")) else {
        return said.to_owned();
    };
    let first = what.lines().next().unwrap_or_default();
    if let Some(key) = first.strip_prefix("duplicate mapping key: ") {
        let key = key.rsplit_once(", set ").map_or(key, |(key, _)| key);
        return format!("{place}: `{key}` stands there twice");
    }
    match first.strip_prefix("invalid ") {
        Some("u8" | "u16" | "u32" | "u64" | "i32" | "i64") => {
            format!("{place}: a whole number must stand there")
        }
        _ => said.to_owned(),
    }
}
