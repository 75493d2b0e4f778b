//! Canonical JSON (RFC 8785) out, strict JSON in.
//!
//! Owns the two doors through which JSON that is hashed or signed passes. Never re-canonicalises what is stored:
//! verifiers hash the stored bytes; this module makes bytes once, and reads bytes without losing anything.

mod error;
mod named;
mod numbers;

pub use error::{CanonError, INTEGER_MAX};
pub use named::{check_named, from_named};

use std::cell::RefCell;
use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads exactly one JSON value, losing nothing: duplicate keys, trailing data and nesting deeper than
/// `max_depth` are refused (a scalar has depth 0, `[]` has depth 1).
///
/// The caller bounds the length of `bytes` before it reads them.
pub fn parse_strict(bytes: &[u8], max_depth: usize) -> Result<Value, CanonError> {
    let refusal = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let seed = StrictValue { depth_left: max_depth, max_depth, refusal: &refusal };
    let parsed = seed.deserialize(&mut deserializer);
    if let Some(refused) = refusal.take() {
        return Err(refused);
    }
    let value = parsed.map_err(|e| syntax(&e))?;
    deserializer.end().map_err(|_| CanonError::TrailingData)?;
    Ok(value)
}

/// Writes `value` as RFC 8785 canonical JSON.
///
/// Numbers must be integers within ±2^53; `1.0` counts as the integer 1. Everything else that a double would
/// bend is refused instead of rounded.
pub fn to_canonical<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonError> {
    numbers::check(value)?;
    serde_json_canonicalizer::to_vec(&value).map_err(|_| CanonError::NotJson)
}

/// Whether `bytes` are already the canonical form of what they say.
pub fn is_canonical(bytes: &[u8], max_depth: usize) -> bool {
    parse_strict(bytes, max_depth)
        .and_then(|value| to_canonical(&value))
        .is_ok_and(|canonical| canonical == bytes)
}

fn syntax(error: &serde_json::Error) -> CanonError {
    CanonError::Syntax { line: error.line(), column: error.column() }
}

/// Builds a [`Value`] while it counts depth and looks for keys that come twice. The reason of a refusal goes to
/// `refusal`, because a serde error is only text.
struct StrictValue<'r> {
    depth_left: usize,
    max_depth: usize,
    refusal: &'r RefCell<Option<CanonError>>,
}

impl StrictValue<'_> {
    fn refuse<E: serde::de::Error>(&self, reason: CanonError) -> E {
        self.refusal.replace(Some(reason));
        E::custom("refused")
    }

    fn inner<E: serde::de::Error>(&self) -> Result<StrictValue<'_>, E> {
        let Some(depth_left) = self.depth_left.checked_sub(1) else {
            return Err(self.refuse(CanonError::TooDeep { max_depth: self.max_depth }));
        };
        Ok(StrictValue { depth_left, max_depth: self.max_depth, refusal: self.refusal })
    }

    fn again(&self) -> StrictValue<'_> {
        StrictValue { depth_left: self.depth_left, max_depth: self.max_depth, refusal: self.refusal }
    }
}

impl<'de> DeserializeSeed<'de> for StrictValue<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictValue<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(inner.again())? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut members = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if members.contains_key(&key) {
                let key = key.chars().take(64).collect();
                return Err(self.refuse(CanonError::DuplicateKey { key }));
            }
            let value = access.next_value_seed(inner.again())?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}
