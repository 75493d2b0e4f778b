//! How what the engine, the store and the border say becomes a problem that a caller reads.
//!
//! Owns the makers of problems. Never decides whether something is one.

use std::path::Path;

use grace_domain::core::codes::Code;
use grace_domain::core::hint::{Hint, Way};
use grace_domain::core::limits::IDEMPOTENCY_KEY_BYTES;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_engine::metrics::source::FetchError;
use grace_engine::recovery_error::RecoveryError;
use grace_store::{OpenError, ReadError, layout};

use crate::problem::Problem;
use crate::text::phrases::sentence;

/// Why a stream cannot go on where the request says.
pub(crate) fn bad_event_id(what: &str) -> Problem {
    Problem::new(400, Code::BadEventId, what, "Send the id of the last event, or none to start now.")
}

/// An `Idempotency-Key` that cannot be one.
pub(crate) fn bad_idempotency_key() -> Problem {
    Problem::new(
        400,
        Code::BadIdempotencyKey,
        format!("The Idempotency-Key is not 1 to {IDEMPOTENCY_KEY_BYTES} printable characters, once."),
        "Use a UUID.",
    )
}

/// Refuses a key that no header could carry, or that is too long.
pub(crate) fn check_idempotency_key(text: &str) -> Result<(), Problem> {
    let fits = (1..=IDEMPOTENCY_KEY_BYTES).contains(&text.len());
    if fits && text.bytes().all(|b| b.is_ascii_graphic()) { Ok(()) } else { Err(bad_idempotency_key()) }
}

/// There is no engine to change anything.
pub(crate) fn no_engine(dir: &Path) -> Problem {
    let problem = Problem::new(
        503,
        Code::EngineNotRunning,
        "No engine runs this world, so nothing can be changed. Nothing changed.",
        Way::StartEngine,
    );
    // At a terminal the directory belongs to what is typed.
    Problem { hint: format!("Start one with: grace --data-dir {} serve", dir.display()), ..problem }
}

/// A hint of the rules as a sentence of its own.
fn hint_sentence(hint: Hint) -> Hint {
    match hint {
        Hint::Text(text) => Hint::Text(sentence(&text)),
        way @ Hint::Way(_) => way,
    }
}

/// A refusal as a problem.
pub(crate) fn refused(refusal: Refusal) -> Problem {
    let status = match refusal.kind {
        RefusalKind::Invalid => 422,
        RefusalKind::NotFound => 404,
        RefusalKind::Conflict => 409,
        RefusalKind::Forbidden => 403,
        RefusalKind::Busy => 429,
        RefusalKind::Unavailable => 503,
    };
    Problem::new(status, refusal.code, sentence(&refusal.message), hint_sentence(refusal.hint))
}

pub(crate) fn not_found(what: &str, id: &str) -> Problem {
    refused(Refusal::not_found(what, &id.chars().take(80).collect::<String>()))
}

/// Too much at once.
pub(crate) fn refused_busy(detail: &str, hint: &str) -> Problem {
    Problem::new(429, Code::Busy, detail, hint)
}

pub(crate) fn invalid(code: Code, detail: impl Into<String>, hint: &str) -> Problem {
    Problem::new(422, code, detail, hint)
}

pub(crate) fn damaged(reason: &str) -> Problem {
    let reason: String = reason.chars().take(300).collect();
    Problem::new(
        500,
        Code::WorldUnreadable,
        format!("The world cannot be read: {reason}. Nothing changed."),
        Way::VerifyLog,
    )
}

pub(crate) fn read_problem(error: ReadError) -> Problem {
    match error {
        ReadError::OutOfRange { wanted, size } => Problem::new(
            404,
            Code::NotInLog,
            format!("{wanted} is not in a log of {size} entries."),
            "Request a lower one: entries are counted from 0.",
        ),
        ReadError::Database(_) => damaged("the database could not be read"),
        ReadError::Damaged { reason } => damaged(&reason),
        ReadError::Broken { .. } | ReadError::Samples { .. } => damaged(&error.to_string()),
        ReadError::Hidden { .. } => Problem { code: Code::IndexDiffers, ..damaged(&error.to_string()) },
    }
}

/// Why a subject's entries could not be read, as a problem.
pub(crate) fn recovery_problem(error: &RecoveryError) -> Problem {
    match error.code() {
        Code::IndexDiffers => Problem { code: Code::IndexDiffers, ..damaged(&error.to_string()) },
        _ => damaged(&error.to_string()),
    }
}

/// Why a source gave no samples, as a problem.
pub(crate) fn fetch_problem(error: FetchError) -> Problem {
    match error {
        FetchError::Kept(error) => read_problem(error),
    }
}

/// Why a world does not open, as a problem.
pub fn open_problem(error: &OpenError) -> Problem {
    let (status, code, hint) = match error {
        // A file is none either.
        OpenError::Layout(layout::LayoutError::Io { source, .. })
            if source.kind() == std::io::ErrorKind::NotADirectory =>
        {
            (404, Code::NotAWorld, Hint::from("Name a directory."))
        }
        OpenError::NotAWorld { .. } => (404, Code::NotAWorld, Way::ChooseWorld.into()),
        OpenError::Exists { .. } => (409, Code::WorldExists, "Choose an empty directory.".into()),
        OpenError::Newer { .. } => (409, Code::WorldNewer, "Use the release that wrote it.".into()),
        OpenError::NoRoom(_) => {
            (503, Code::NoRoom, "Make room where the world lies, then open it again.".into())
        }
        OpenError::Lock(_) => (409, Code::WorldHeld, "Stop that engine, or use it.".into()),
        _ => (500, Code::WorldUnreadable, Way::VerifyLog.into()),
    };
    Problem::new(status, code, sentence(&error.to_string()), hint)
}
