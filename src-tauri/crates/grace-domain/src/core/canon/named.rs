//! From a JSON value to a type, with every struct given by the names of its members.
//!
//! Owns that refusal. What serde derives takes a list as well, member by member in the order in which they are declared:
//! what is signed or stored would then change its meaning with the next member.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a value; a list where named members are expected is refused with its place.
pub fn from_named<T: DeserializeOwned + Serialize>(value: Value) -> Result<T, String> {
    // Only a list can be taken for something else, and few values that are expected to be structs hold none at all.
    let given = value.clone();
    let read: T = serde_json::from_value(value).map_err(|e| e.to_string())?;
    check_named(&given, &read)?;
    Ok(read)
}

/// Refuses what was `read` from the value `given`, when a list of it was taken for named members.
pub fn check_named<T: Serialize>(given: &Value, read: &T) -> Result<(), String> {
    let written = serde_json::to_value(read).map_err(|e| e.to_string())?;
    match unnamed(given, &written) {
        None => Ok(()),
        Some(place) if place.is_empty() => Err("a list stands where named members are expected".into()),
        Some(place) => Err(format!("{place}: a list stands where named members are expected")),
    }
}

/// The place of the first list that was read as something else.
fn unnamed(given: &Value, written: &Value) -> Option<String> {
    match (given, written) {
        (Value::Array(given), Value::Array(written)) => {
            let each = given.iter().zip(written).enumerate();
            // What is left over was taken for a repetition: then nobody knows which stands for which.
            let simple = given.len() == written.len() || !given.iter().any(Value::is_array);
            if !simple {
                return Some(String::new());
            }
            each.map(|(n, (given, written))| Some(join(&format!("[{n}]"), &unnamed(given, written)?)))
                .find_map(|found| found)
        }
        (Value::Array(_), _) => Some(String::new()),
        (Value::Object(given), Value::Object(written)) => given
            .iter()
            .filter_map(|(name, given)| Some((name, given, written.get(name)?)))
            .find_map(|(name, given, written)| Some(join(name, &unnamed(given, written)?))),
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
    use std::collections::BTreeMap;

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
            let why = from_named::<Outer>(value).unwrap_err();
            assert_eq!(why, format!("{place}a list stands where named members are expected"));
        }
    }

    #[test]
    fn lists_where_lists_are_expected_and_members_left_out_are_taken() {
        for value in [
            json!({ "one": { "a": 1 } }),
            json!({ "one": { "a": 1, "b": null }, "many": [] }),
            json!({ "one": { "a": 1, "b": [1, 2] }, "choice": { "listed": [1, 2] }, "any": [[1], { "x": [] }] }),
        ] {
            from_named::<Outer>(value).unwrap();
        }
    }
}
