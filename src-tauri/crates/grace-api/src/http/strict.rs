//! From a request on the wire to a typed one: strict JSON, no unknown members, nothing twice.
//!
//! Owns the border's parsing. Never decides: whether a well-formed request may act is the engine's matter.

use grace_domain::core::codes::Code;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts as _, RawPathParams, Request};
use axum::http::{HeaderMap, header};
use grace_domain::core::canon::{self, CanonError};
use grace_domain::core::limits;
use grace_domain::crypto::dsse::DsseError;
use grace_domain::statement::{HandIn, HandInError};
use http_body_util::{BodyExt as _, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;
use crate::problems::{bad_idempotency_key, check_idempotency_key};

/// A request read whole.
pub(crate) struct Incoming {
    /// Names and values in the path, percent-decoded.
    pub(crate) path: BTreeMap<String, String>,
    query: String,
    /// Head.
    pub(crate) headers: HeaderMap,
    /// Body, bounded.
    pub(crate) body: Vec<u8>,
    /// The room that a large body takes for as long as the request is held.
    _room: Option<OwnedSemaphorePermit>,
}

impl Incoming {
    /// Reads a request with at most [`limits::BODY_BYTES`] of body, or at most [`limits::LARGE_BODY_BYTES`] where it
    /// declares its length and there is `large` room for it; `None` where no request is that large.
    pub(crate) async fn read(request: Request, large: Option<&Arc<Semaphore>>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, &()).await.map_or_else(
            |_| BTreeMap::new(),
            |params| params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        );
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let declared =
            parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        let most = if large.is_some() { limits::LARGE_BODY_BYTES } else { limits::BODY_BYTES };
        let (room, bound) = match (declared, large) {
            (Some(n), _) if n > most as u64 => return Err(too_large(most)),
            (Some(n), Some(large)) if n > limits::BODY_BYTES as u64 => {
                let room = Arc::clone(large).acquire_owned().await.map_err(|_| closing())?;
                (Some(room), limits::LARGE_BODY_BYTES)
            }
            _ => (None, limits::BODY_BYTES),
        };
        let body = read_body(body, bound, most).await?;
        Ok(Self { path, query, headers: parts.headers, body, _room: room })
    }

    /// A request whose members stand in the path and the query.
    pub(crate) fn query_as<Q: DeserializeOwned>(&self) -> Result<Q, Problem> {
        if !self.body.is_empty() {
            return Err(shape("this request has no body"));
        }
        let mut text = String::new();
        for (name, value) in &self.path {
            let _ = write!(text, "{name}={}&", urlencoding::encode(value));
        }
        text.push_str(&self.query);
        // A member of the path that comes again in the query is a duplicate and refused with the rest.
        serde_urlencoded::from_str(text.trim_end_matches('&')).map_err(|e| shape(&e.to_string()))
    }

    /// A request whose members stand in a JSON body and the path.
    pub(crate) fn body_as<Q: DeserializeOwned + Serialize>(&self) -> Result<Q, Problem> {
        self.check_json()?;
        let empty = self.body.is_empty();
        let value = if empty {
            Value::Object(serde_json::Map::new())
        } else {
            canon::parse_strict(&self.body, limits::JSON_DEPTH).map_err(|e| not_strict(&e))?
        };
        let Value::Object(mut members) = value else {
            return Err(shape("the body must be a JSON object"));
        };
        for (name, value) in &self.path {
            let in_path = Value::String(value.clone());
            if members.insert(name.clone(), in_path.clone()).is_some_and(|in_body| in_body != in_path) {
                return Err(shape(&format!("`{name}` differs between path and body")));
            }
        }
        canon::from_named(&Value::Object(members)).map_err(|e| shape(&e))
    }

    /// A signed act: the body is a DSSE envelope with the small blobs that its statement names.
    pub(crate) fn handed_in(&self) -> Result<HandIn, Problem> {
        self.check_json()?;
        self.no_query()?;
        // A duplicate key or a broken body is told before the missing signature: it could not be signed either.
        let value = canon::parse_strict(&self.body, limits::JSON_DEPTH).map_err(|e| not_strict(&e))?;
        let unsigned = value.pointer("/envelope/signatures").is_none();
        HandIn::from_json(&self.body).map_err(|error| match error {
            HandInError::Shape | HandInError::Envelope(DsseError::Shape) if unsigned => Problem::new(
                422,
                Code::SignatureRequired,
                "This act needs a person's signature; the body carries none. Nothing changed.",
                "Send {envelope, blobs} with a DSSE envelope whose payload is this request.",
            ),
            HandInError::Base64 { .. } => {
                Problem::new(422, Code::BadBlob, format!("The body: {error}."), "Send base64.")
            }
            other => Problem::new(
                422,
                Code::BadEnvelope,
                format!("The body: {other}."),
                "Send {envelope, blobs} with a DSSE envelope.",
            ),
        })
    }

    /// `Idempotency-Key`, if one was sent.
    pub(crate) fn idempotency_key(&self) -> Result<Option<String>, Problem> {
        let mut values = self.headers.get_all("idempotency-key").iter();
        let Some(first) = values.next() else { return Ok(None) };
        match (first.to_str(), values.next()) {
            (Ok(text), None) => check_idempotency_key(text).map(|()| Some(text.to_owned())),
            _ => Err(bad_idempotency_key()),
        }
    }

    fn no_query(&self) -> Result<(), Problem> {
        if self.query.is_empty() { Ok(()) } else { Err(shape("this request has no query")) }
    }

    fn check_json(&self) -> Result<(), Problem> {
        let mut values = self.headers.get_all(header::CONTENT_TYPE).iter();
        let value = values.next().and_then(|v| v.to_str().ok()).unwrap_or_default();
        let mut parts = value.split(';').map(str::trim);
        let json = parts.next().is_some_and(|t| t.eq_ignore_ascii_case("application/json"))
            && parts.all(|p| p.eq_ignore_ascii_case("charset=utf-8"))
            && values.next().is_none();
        if json {
            Ok(())
        } else {
            Err(Problem::new(
                415,
                Code::UnsupportedMediaType,
                "The body is not declared as JSON.",
                "Send `Content-Type: application/json`.",
            ))
        }
    }
}

async fn read_body(body: Body, bound: usize, most: usize) -> Result<Vec<u8>, Problem> {
    match Limited::new(body, bound).collect().await {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(most)),
        Err(_) => {
            Err(Problem::new(400, Code::BodyCut, "The body ended early. Nothing changed.", "Send it again."))
        }
    }
}

/// `most`: the bytes that the route takes where the body declares its length.
fn too_large(most: usize) -> Problem {
    let undeclared = match most {
        limits::BODY_BYTES => String::new(),
        _ => format!(", or than {} bytes and without its length", limits::BODY_BYTES),
    };
    Problem::new(
        413,
        Code::BodyTooLarge,
        format!("The body is larger than {most} bytes{undeclared}. Nothing changed."),
        "Upload large files with PUT /api/blobs/{sha256} and name their digests.",
    )
}

fn closing() -> Problem {
    Problem::new(503, Code::Stopped, "The engine is ending. Nothing changed.", "Send it again once it runs.")
}

fn not_strict(error: &CanonError) -> Problem {
    let code = match error {
        CanonError::DuplicateKey { .. } => Code::DuplicateKey,
        CanonError::TooDeep { .. } => Code::TooDeep,
        _ => Code::NotJson,
    };
    Problem::new(
        400,
        code,
        format!("The body is not strict JSON: {error}. Nothing changed."),
        "Send one JSON value.",
    )
}

fn shape(what: &str) -> Problem {
    let what: String = what.chars().take(300).collect();
    Problem::new(
        422,
        Code::WrongShape,
        format!("The request does not have the right shape: {what}. Nothing changed."),
        "See /api/openapi.json.",
    )
}
