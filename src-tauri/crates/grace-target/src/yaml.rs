//! Strict YAML for documents that people write: bounded, no anchors, tags, directives or merges, no key twice, no
//! doubtful booleans, and named members wherever named members are meant. The one way in which such a document is read.
//!
//! Owns that way and the words of its refusals. Never touches a file.

use grace_domain::core::{canon, limits};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::granit_parser::{Event, Parser};

/// Reads a document; the error is one sentence for people.
pub fn read<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, String> {
    // First of all: this is what is bounded.
    let read: T = parse(text)?;
    plain(text)?;
    canon::check_named(&parse::<Value>(text)?, &read)?;
    Ok(read)
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: limits::YAML_DEPTH,
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
            max_nodes: 10_000,
        },
        reject_unsupported_tags: true,
        reject_tagged_field_names: true,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        merge_keys: serde_saphyr::MergeKeyPolicy::Error,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|e| in_words(&e.to_string()))
}

/// Refuses what gives a text another meaning than the one that it shows.
fn plain(text: &str) -> Result<(), String> {
    if let Some(at) = text.lines().position(|line| line.starts_with('%')) {
        return Err(format!("line {}: a directive stands there; leave it out", at + 1));
    }
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|e| in_words(&e.to_string()))?;
        let tagged = match event {
            Event::Scalar(_, _, _, tag)
            | Event::SequenceStart(_, _, tag)
            | Event::MappingStart(_, _, tag) => tag.is_some(),
            _ => false,
        };
        if tagged {
            return Err(format!("line {}: a tag (`!`) stands there; leave it out", span.start.line()));
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::read;
    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Document {
        metric: String,
        #[serde(default)]
        many: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        a: u8,
        b: u8,
    }

    #[test]
    fn tags_and_directives_are_refused_wherever_they_stand() {
        for text in [
            "metric: !!str m",
            "metric: !!binary bQ==",
            "metric: ! m",
            "metric: !<tag:yaml.org,2002:str> m",
            "metric: !mine m",
            "!!map {metric: m}",
            "!!str metric: m",
            "metric: m\nmany: !!seq []",
            "metric: m\nmany: [!!map {a: 1, b: 2}]",
            "%YAML 1.2\n---\nmetric: m",
            "%TAG ! tag:example.org,2000:\n---\nmetric: m",
            "metric: &a m",
        ] {
            assert!(read::<Document>(text).is_err(), "{text}");
            assert!(read::<Value>(text).is_err(), "{text}");
        }
        for text in ["metric: m", "---\nmetric: \"!!str %\"\n", "metric: m # !!str\n", "{\"metric\": \"m\"}"]
        {
            assert!(read::<Document>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_list_is_no_struct() {
        for text in
            ["[m, []]", "metric: m\nmany: [{a: 1, b: 2}, [1, 2]]", "{\"metric\": \"m\", \"many\": [[1, 2]]}"]
        {
            assert!(read::<Document>(text).is_err(), "{text}");
        }
        assert!(read::<Document>("metric: m\nmany: [{a: 1, b: 2}]").is_ok());
    }
}
