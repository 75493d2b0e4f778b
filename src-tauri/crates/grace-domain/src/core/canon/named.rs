//! From a JSON value to a type, with every struct given by the names of its members and every plain word as a text.
//!
//! Owns these refusals. What serde derives takes a list for a struct, member by member in the order in which they are
//! declared: what is signed or stored would then change its meaning with the next member. It takes `{"low":null}` for
//! `"low"` as well: one meaning would have two spellings, and whoever compares texts would be deceived.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a value; a list where named members are expected and members where a text is are refused with their place.
pub fn from_named<T: DeserializeOwned + Serialize>(value: &Value) -> Result<T, String> {
    let read = T::deserialize(value).map_err(|e| e.to_string())?;
    check_named(value, &read)?;
    Ok(read)
}

/// Refuses what was `read` from the value `given`, when a list of it was taken for named members or members for a text.
pub fn check_named<T: Serialize>(given: &Value, read: &T) -> Result<(), String> {
    let written = serde_json::to_value(read).map_err(|e| e.to_string())?;
    match misread(given, &written) {
        None => Ok(()),
        Some((place, why)) if place.is_empty() => Err(why.into()),
        Some((place, why)) => Err(format!("{place}: {why}")),
    }
}

const LIST: &str = "a list stands where named members are expected";
const MEMBERS: &str = "named members stand where a text is expected";

/// The place of the first list or members that were read as something else, and what is wrong there.
fn misread(given: &Value, written: &Value) -> Option<(String, &'static str)> {
    let within =
        |outer: &str, given, written| misread(given, written).map(|(inner, why)| (join(outer, &inner), why));
    match (given, written) {
        (Value::Array(given), Value::Array(written)) => {
            // What is left over was taken for a repetition: then nobody knows which stands for which.
            if given.len() != written.len() && given.iter().any(Value::is_array) {
                return Some((String::new(), LIST));
            }
            if let Some(n) =
                given.iter().position(Value::is_object).filter(|_| written.iter().all(Value::is_string))
            {
                return Some((format!("[{n}]"), MEMBERS));
            }
            let mut each = given.iter().zip(written).enumerate();
            each.find_map(|(n, (given, written))| within(&format!("[{n}]"), given, written))
        }
        (Value::Array(_), _) => Some((String::new(), LIST)),
        (Value::Object(given), Value::Object(written)) => given
            .iter()
            .filter_map(|(name, given)| Some((name, given, written.get(name)?)))
            .find_map(|(name, given, written)| within(name, given, written)),
        (Value::Object(_), Value::String(_)) => Some((String::new(), MEMBERS)),
        (Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => None,
    }
}

fn join(outer: &str, inner: &str) -> String {
    match inner.chars().next() {
        None => outer.to_owned(),
        Some('[') => format!("{outer}{inner}"),
        Some(_) => format!("{outer}.{inner}"),
    }
}

#[cfg(test)]
mod tests {
    use super::from_named;
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, BTreeSet};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        a: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        b: Option<Vec<u8>>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        Named { inner: Inner },
        Listed(u8, u8),
    }

    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        Low,
        High,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        one: Inner,
        #[serde(default)]
        many: Vec<Inner>,
        #[serde(default)]
        by_name: BTreeMap<String, Inner>,
        #[serde(default)]
        choice: Option<Choice>,
        #[serde(default)]
        word: Option<Word>,
        #[serde(default)]
        words: BTreeSet<Word>,
        #[serde(default)]
        any: Value,
    }

    #[test]
    fn a_list_is_no_struct_at_any_depth() {
        let refused = [
            (json!([{ "a": 1 }]), ""),
            (json!({ "one": [1, null] }), "one: "),
            (json!({ "one": { "a": 1 }, "many": [{ "a": 1 }, [2, [3]]] }), "many[1]: "),
            (json!({ "one": { "a": 1 }, "by_name": { "x": [1, null] } }), "by_name.x: "),
            (
                json!({ "one": { "a": 1 }, "choice": { "named": { "inner": [1, null] } } }),
                "choice.named.inner: ",
            ),
        ];
        for (value, place) in refused {
            assert!(serde_json::from_value::<Outer>(value.clone()).is_ok(), "serde takes it: {value}");
            let why = from_named::<Outer>(&value).unwrap_err();
            assert_eq!(why, format!("{place}a list stands where named members are expected"));
        }
    }

    #[test]
    fn a_word_has_one_spelling() {
        for (value, place) in [
            (json!({ "one": { "a": 1 }, "word": { "low": null } }), "word"),
            (json!({ "one": { "a": 1 }, "words": [{ "low": null }] }), "words[0]"),
            (json!({ "one": { "a": 1 }, "words": ["low", { "low": null }] }), "words[1]"),
            (json!({ "one": { "a": 1 }, "words": ["high", { "low": null }] }), "words[1]"),
        ] {
            assert!(serde_json::from_value::<Outer>(value.clone()).is_ok(), "serde takes it: {value}");
            let why = from_named::<Outer>(&value).unwrap_err();
            assert_eq!(why, format!("{place}: named members stand where a text is expected"));
        }
        from_named::<Outer>(&json!({ "one": { "a": 1 }, "word": "low", "words": ["high", "low"] })).unwrap();
    }

    #[test]
    fn lists_where_lists_are_expected_and_members_left_out_are_taken() {
        for value in [
            json!({ "one": { "a": 1 } }),
            json!({ "one": { "a": 1, "b": null }, "many": [] }),
            json!({ "one": { "a": 1, "b": [1, 2] }, "choice": { "listed": [1, 2] }, "any": [[1], { "x": [] }] }),
        ] {
            from_named::<Outer>(&value).unwrap();
        }
    }
}
