//! Who may talk to the server: exact host, no foreign page, a known token.
//!
//! Owns the checks on a request's head. Never reads a body and never decides about a person: a token opens the door
//! to an operation, it signs nothing.

use axum::http::{HeaderMap, Uri, header};
use grace_domain::core::codes::Code;

use super::token::{Scope, TokenIndex, Tokens};
use crate::problem::Problem;

/// What the server answers to.
#[derive(Debug)]
pub(crate) struct Guard {
    hosts: [String; 2],
    origins: [String; 2],
    tokens: Tokens,
}

impl Guard {
    /// For a server on loopback at `port`.
    pub(crate) fn new(port: u16, tokens: Tokens) -> Self {
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let origins = hosts.clone().map(|h| format!("http://{h}"));
        Self { hosts, origins, tokens }
    }

    /// Checks a request's head; says which token it shows, and its scope.
    ///
    /// Host first, so that a name that was bent to this address (DNS rebinding) learns nothing, not even whether a
    /// token would do.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(TokenIndex, Scope), Problem> {
        self.check_host(uri, headers)?;
        self.check_origin(headers)?;
        self.check_token(headers)
    }

    fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let refused = || {
            Problem::new(
                403,
                Code::ForeignHost,
                "The request names another host.",
                "Call 127.0.0.1 with the port that serve printed.",
            )
        };
        let host = only(headers, "host").map_err(|()| refused())?.ok_or_else(refused)?;
        let authority = uri.authority().map_or(host, |a| a.as_str());
        let known = |name: &str| self.hosts.iter().any(|h| h == name);
        if known(host) && known(authority) { Ok(()) } else { Err(refused()) }
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let refused = |code, detail: &str| {
            Problem::new(403, code, detail, "Pages of other origins may not call this API.")
        };
        let origin = only(headers, "origin").map_err(|()| refused(Code::ForeignOrigin, "Two origins."))?;
        if origin.is_some_and(|o| !self.origins.iter().any(|known| known == o)) {
            return Err(refused(Code::ForeignOrigin, "The request comes from a page of another origin."));
        }
        let site =
            only(headers, "sec-fetch-site").map_err(|()| refused(Code::CrossSite, "Two fetch sites."))?;
        if site.is_some_and(|s| !matches!(s, "none" | "same-origin")) {
            return Err(refused(Code::CrossSite, "The request comes from a page of another site."));
        }
        Ok(())
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(TokenIndex, Scope), Problem> {
        let hint = "Send `Authorization: Bearer` with the token from the token file.";
        let value = only(headers, header::AUTHORIZATION.as_str())
            .map_err(|()| Problem::new(401, Code::TokenWrong, "Two Authorization headers.", hint))?;
        let Some(value) = value else {
            return Err(Problem::new(401, Code::TokenMissing, "The request carries no token.", hint));
        };
        let token = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        token
            .and_then(|(_, token)| self.tokens.find(token))
            .ok_or_else(|| Problem::new(401, Code::TokenWrong, "The token is not known here.", hint))
    }
}

/// The one value of a header; two values or bytes that are no text are an error.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(());
    }
    first.to_str().map(Some).map_err(|_| ())
}
