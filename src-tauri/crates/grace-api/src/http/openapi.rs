//! `GET /api/openapi.json`: OpenAPI 3.1, made from the list of operations and the shapes of their types.
//!
//! Owns the document. Never written by hand beside the list, so it cannot forget a route.

use serde_json::{Map, Value, json};

use super::paths::{BLOBS, EVENTS, METRICS, OPENAPI, SUBMIT, submit_routes};
use crate::operations::{self, Group, Operation};
use crate::types::declared::{Declared, reference, schemas};
use crate::{problem, requests, types};

/// The document.
pub fn document() -> Value {
    let shapes = shapes();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations::list().iter().filter(|operation| operation.path != SUBMIT) {
        add(&mut paths, operation.path, operation.method, of_operation(operation, &shapes));
    }
    for (route, kind) in submit_routes() {
        let id = format!("{}_submit", kind.as_str());
        let summary = format!("Hand in a signed update of type {}.", kind.as_str());
        add(&mut paths, &route, "POST", signed(&id, &summary, "ActView", &route));
    }
    add(
        &mut paths,
        BLOBS,
        "PUT",
        json!({
            "operationId": "blob_put", "tags": ["signed"],
            "summary": "Upload the bytes whose SHA-256 is in the path; streamed, at most 256 MiB.",
            "parameters": parameters(BLOBS, None),
            "requestBody": { "required": true, "content": { "application/octet-stream": {} } },
            "responses": responses("BlobView"),
        }),
    );
    add(
        &mut paths,
        EVENTS,
        "GET",
        json!({
            "operationId": "events", "tags": ["read"],
            "summary": "Server-sent events, one NoticeView per log entry; the event id is its sequence.",
            "parameters": [{ "name": "Last-Event-ID", "in": "header", "required": false,
                "description": "Go on after this sequence; without it, from now on.", "schema": { "type": "integer" } }],
            "responses": { "200": { "description": "A stream", "content": { "text/event-stream": { "schema": reference("NoticeView") } } }, "default": problem_response() },
        }),
    );
    for (path, id, kind) in [(METRICS, "metrics", "text/plain"), (OPENAPI, "openapi", "application/json")] {
        add(
            &mut paths,
            path,
            "GET",
            json!({
                "operationId": id, "tags": ["read"],
                "responses": { "200": { "description": "Done", "content": { kind: {} } }, "default": problem_response() },
            }),
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Grace Control Center", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" } },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": { "schemas": shapes, "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
    })
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let entry = paths.entry(path).or_insert_with(|| json!({}));
    if let Value::Object(methods) = entry {
        methods.insert(method.to_lowercase(), operation);
    }
}

fn of_operation(operation: &Operation, shapes: &Map<String, Value>) -> Value {
    let Some(request) = operation.request() else {
        return signed(
            operation.name,
            "A signed act; the body is a DSSE envelope with the blobs that it names.",
            operation.view,
            operation.path,
        );
    };
    let mut value = json!({
        "operationId": operation.name,
        "tags": [operation.group.as_str()],
        "responses": responses(operation.view),
    });
    let by_query = operation.group == Group::Read;
    value["parameters"] = parameters(operation.path, by_query.then(|| shapes.get(request)).flatten());
    if !by_query {
        value["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": reference(request) } } });
    }
    value
}

fn signed(id: &str, summary: &str, view: &str, path: &str) -> Value {
    let mut all = parameters(path, None);
    if let Value::Array(list) = &mut all {
        list.push(json!({ "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string", "maxLength": 128 } }));
    }
    json!({
        "operationId": id, "tags": ["signed"], "summary": summary, "parameters": all,
        "requestBody": { "required": true, "content": { "application/json": { "schema": reference("HandIn") } } },
        "responses": responses(view),
    })
}

/// Members in the path, then (for reads) the others of the request in the query.
fn parameters(path: &str, request: Option<&Value>) -> Value {
    let in_path = path_members(path);
    let mut list: Vec<Value> = in_path
        .iter()
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": if *name == "seq" { "integer" } else { "string" } } }))
        .collect();
    if let Some(request) = request
        && let Some(properties) = request["properties"].as_object()
    {
        let required = &request["required"];
        for (name, schema) in properties.iter().filter(|(name, _)| !in_path.contains(&name.as_str())) {
            let needed = required.as_array().is_some_and(|r| r.iter().any(|v| v == name));
            list.push(json!({ "name": name, "in": "query", "required": needed, "schema": schema }));
        }
    }
    Value::Array(list)
}

/// `/a/{id}/b` → `["id"]`.
pub(crate) fn path_members(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}')).collect()
}

fn responses(view: &str) -> Value {
    json!({
        "200": { "description": "Done", "content": { "application/json": { "schema": reference(view) } } },
        "default": problem_response(),
    })
}

fn problem_response() -> Value {
    json!({ "description": "Refused or failed", "content": { "application/problem+json": { "schema": reference("Problem") } } })
}

/// Every shape by its name.
fn shapes() -> Map<String, Value> {
    let declared = types::views().into_iter().chain(requests::declared()).chain(types::closed_sets());
    let mut all = schemas(declared.chain(std::iter::once(Declared::of::<problem::Problem>())));
    all.insert("Envelope".into(), json!({
        "type": "object", "additionalProperties": false, "required": ["payload", "payloadType", "signatures"],
        "properties": {
            "payload": { "type": "string", "contentEncoding": "base64" },
            "payloadType": { "type": "string" },
            "signatures": { "type": "array", "minItems": 1, "maxItems": 16, "items": {
                "type": "object", "additionalProperties": false, "required": ["sig"],
                "properties": { "keyid": { "type": "string" }, "sig": { "type": "string", "contentEncoding": "base64" } },
            } },
        },
    }));
    all.insert(
        "HandIn".into(),
        json!({
            "type": "object", "additionalProperties": false, "required": ["envelope", "blobs"],
            "properties": {
                "envelope": reference("Envelope"),
                "blobs": { "type": "array", "items": { "type": "string", "contentEncoding": "base64" } },
            },
        }),
    );
    all
}
