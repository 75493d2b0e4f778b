//! `GET /metrics`: a few numbers in the Prometheus text format.
//!
//! Owns the exposition. Never holds labels with people's or components' names: numbers only.

use std::fmt::Write as _;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::shared::Shared;
use crate::handlers;
use crate::requests::Nothing;

/// Answers with the numbers of now.
pub(crate) async fn answer(shared: &Shared) -> Response {
    let stats = match handlers::stats(&shared.context, Nothing {}).await {
        Ok(stats) => stats,
        Err(problem) => return problem.into_response(),
    };
    let mut text = String::new();
    gauge(&mut text, "grace_log_entries", "Entries in the log.", &[(None, stats.log_size)]);
    for (name, help, counts) in [
        ("grace_updates", "Updates by state.", &stats.updates),
        ("grace_handshakes", "Handshakes by state.", &stats.handshakes),
        ("grace_rollbacks", "Rollbacks by state.", &stats.rollbacks),
    ] {
        let rows: Vec<_> = counts.iter().map(|(state, n)| (Some(state.as_str()), *n)).collect();
        gauge(&mut text, name, help, &rows);
    }
    let free = u64::try_from(shared.places.free()).unwrap_or(u64::MAX);
    gauge(
        &mut text,
        "grace_http_connections_free",
        "HTTP connections that may still be opened.",
        &[(None, free)],
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn gauge(text: &mut String, name: &str, help: &str, rows: &[(Option<&str>, u64)]) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (state, value) in rows {
        let _ = match state {
            Some(state) => writeln!(text, "{name}{{state=\"{state}\"}} {value}"),
            None => writeln!(text, "{name} {value}"),
        };
    }
}
