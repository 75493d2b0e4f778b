//! What a request or view looks like from outside: its JSON schema and its TypeScript declaration.
//!
//! Owns the description of shapes for the generated contracts (`/api/openapi.json`, the UI's types). Never reads or
//! writes a value of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A type that can stand in a request or view.
pub(crate) trait Shape {
    /// Whether a member of this type may be left out.
    const OPTIONAL: bool = false;
    /// JSON Schema 2020-12, as OpenAPI 3.1 uses it.
    fn schema() -> Value;
}

/// A struct with its name and both descriptions.
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) schema: Value,
    pub(crate) typescript: String,
}

/// A struct that [`shape!`] described.
pub(crate) trait Named: Shape + ts_rs::TS {
    /// The struct's name.
    const NAME: &'static str;
    /// Its members, in full.
    fn members() -> Value;
}

impl Declared {
    pub(crate) fn of<T: Named>() -> Self {
        // 64-bit integers of ours stay within 2^53, so they are numbers.
        let config = ts_rs::Config::new().with_large_int("number");
        let docs = T::docs().unwrap_or_default();
        let typescript = format!("{docs}export {}", T::decl(&config));
        Self { name: T::NAME, schema: T::members(), typescript }
    }
}

/// Describes a struct: `shape!(Name { #[serde(rename = "x")] field: Type, … })`, attributes as on the struct.
macro_rules! shape {
    ($name:ident { $($(#[$fm:meta])* $f:ident : $t:ty),* $(,)? }) => {
        impl $crate::shape::Shape for $name {
            fn schema() -> serde_json::Value {
                $crate::shape::reference(stringify!($name))
            }
        }
        impl $crate::shape::Named for $name {
            const NAME: &'static str = stringify!($name);
            fn members() -> serde_json::Value {
                $crate::shape::object(&[$((
                    stringify!($f),
                    &[$(stringify!($fm)),*],
                    <$t as $crate::shape::Shape>::OPTIONAL,
                    <$t as $crate::shape::Shape>::schema(),
                )),*])
            }
        }
    };
}
pub(crate) use shape;

/// Whether a count has nothing to say; such a member may be left away.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(crate) fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A member: field name, attributes as written, whether its type is optional, schema.
type Member<'a> = (&'a str, &'a [&'a str], bool, Value);

/// The schema of a struct that refuses unknown members.
pub(crate) fn object(members: &[Member<'_>]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (field, attributes, optional, schema) in members {
        let name = attributes.iter().find_map(|a| renamed(a)).unwrap_or(field);
        if !optional && !attributes.iter().any(|a| a.replace(' ', "") == "serde(default)") {
            required.push(name);
        }
        properties.insert(name.to_owned(), schema.clone());
    }
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

/// `serde(rename = "type")` → `type`.
fn renamed(attribute: &str) -> Option<&str> {
    attribute
        .strip_prefix("serde(rename")?
        .trim_start()
        .strip_prefix('=')?
        .trim()
        .strip_suffix("\")")?
        .strip_prefix('"')
}

/// Points at a struct's schema.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

macro_rules! plain {
    ($($t:ty => $schema:tt),* $(,)?) => {$(
        impl Shape for $t {
            fn schema() -> Value { json!($schema) }
        }
    )*};
}

plain! {
    String => { "type": "string" },
    bool => { "type": "boolean" },
    f64 => { "type": "number" },
    u8 => { "type": "integer", "minimum": 0, "maximum": 255 },
    u16 => { "type": "integer", "minimum": 0, "maximum": 65_535 },
    u32 => { "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32 },
    u64 => { "type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_992_u64 },
    Value => {},
}

impl<T: Shape> Shape for Option<T> {
    const OPTIONAL: bool = true;
    fn schema() -> Value {
        json!({ "anyOf": [T::schema(), { "type": "null" }] })
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

impl<T: Shape> Shape for BTreeMap<String, T> {
    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}
