//! How answers leave: JSON on stdout, words on stderr, and the exit code.

use grace_api::problem::Problem;
use serde::Serialize;
use std::io::Write as _;
use std::process::ExitCode;

/// Where answers go.
pub struct Out {
    /// JSON asked for.
    pub json: bool,
}

/// An end that is not "done".
#[derive(Debug)]
pub struct Exit {
    /// 1 refused or failed, 2 wrong use.
    pub status: u8,
    /// Closed code.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl From<Problem> for Exit {
    fn from(p: Problem) -> Self {
        Self { status: 1, code: p.code, message: p.detail, hint: p.hint }
    }
}

impl From<grace_api::signer::SignerError> for Exit {
    fn from(e: grace_api::signer::SignerError) -> Self {
        Problem::from(e).into()
    }
}

impl Exit {
    /// Refused or failed.
    pub fn failed(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status: 1, code: code.into(), message: message.into(), hint: hint.into() }
    }

    /// Wrong use.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { status: 2, code: "wrong_use".into(), message: message.into(), hint: "see --help".into() }
    }

    /// The system said no.
    pub fn io(what: &str, error: &std::io::Error) -> Self {
        Self::failed("io", format!("{what}: {error}"), "check the path and its rights; nothing was changed")
    }
}

impl Out {
    /// An answer: JSON as it is, or words made from it.
    pub fn answer<T: Serialize>(&self, value: &T, words: impl FnOnce(&T) -> String) {
        let text = if self.json {
            serde_json::to_string(value).unwrap_or_else(|e| format!("{{\"code\":\"unencodable\",\"message\":\"{e}\"}}"))
        } else {
            words(value)
        };
        self.line(&text);
    }

    /// One line on stdout. A reader that went away is no error of ours.
    pub fn line(&self, text: &str) {
        let mut stdout = std::io::stdout().lock();
        let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    }

    /// One line of words on stderr.
    pub fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Tells what went wrong.
    pub fn failed(&self, exit: &Exit) -> ExitCode {
        if self.json {
            let value = serde_json::json!({ "code": exit.code, "message": exit.message, "hint": exit.hint });
            self.line(&value.to_string());
        }
        say(&format!("{}: {}", exit.code, visible(&exit.message)));
        say(&format!("  {}", visible(&exit.hint)));
        ExitCode::from(exit.status)
    }
}

/// Text from outside with its control and direction characters made visible.
pub fn visible(text: &str) -> String {
    grace_api::diff::visible(text)
}
