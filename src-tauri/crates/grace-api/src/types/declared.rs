//! A shape that is spoken with callers, as the generated contracts describe it: by name, as TypeScript and as JSON
//! Schema. Both come from the type itself; nothing is described by hand. Never reads or writes a value.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// Where the schemas lie in the document that names them.
const SCHEMAS: &str = "/components/schemas";

/// One shape.
pub(crate) struct Declared {
    pub(crate) name: Cow<'static, str>,
    pub(crate) typescript: String,
    define: fn(&mut SchemaGenerator),
}

impl Declared {
    pub(crate) fn of<T: JsonSchema + ts_rs::TS>() -> Self {
        // 64-bit integers of ours stay within 2^53, so they are numbers.
        let config = ts_rs::Config::new().with_large_int("number");
        let docs = T::docs().unwrap_or_default();
        let typescript = format!("{docs}export {}", T::decl(&config));
        let define = |generator: &mut SchemaGenerator| {
            generator.subschema_for::<T>();
        };
        Self { name: T::schema_name(), typescript, define }
    }
}

/// The JSON Schemas (2020-12, as OpenAPI 3.1 uses it) of these shapes and of all that they name.
pub(crate) fn schemas(declared: impl IntoIterator<Item = Declared>) -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = SCHEMAS.into();
        s.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    for shape in declared {
        (shape.define)(&mut generator);
    }
    generator.take_definitions(true)
}

/// Points at a schema by its name.
pub(crate) fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#{SCHEMAS}/{name}") })
}
