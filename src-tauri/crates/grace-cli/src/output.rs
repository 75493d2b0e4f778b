//! What the caller reads: JSON for programs, lines for people.
//!
//! Owns stdout, stderr and the exit code. Never holds a rule; unknown shapes are printed as they are.

use std::io::Write as _;
use std::process::ExitCode;

use grace_api::Problem;
use grace_api::diff::visible;
use grace_domain::core::codes::Code;
use serde::Serialize;
use serde_json::json;

use crate::render::plain::human;

/// How results are written.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON on stdout.
    pub json: bool,
}

impl Output {
    /// Writes a result.
    pub fn view<T: Serialize>(self, view: &T) -> Result<(), Problem> {
        let text = if self.json {
            let value = serde_json::to_value(view).map_err(|e| {
                Problem::new(
                    500,
                    Code::Internal,
                    format!("The answer could not be written: {e}."),
                    "Report this.",
                )
            })?;
            value.to_string()
        } else {
            human(view)
        };
        // A reader that went away (a closed pipe) needs no answer.
        let _ = writeln!(std::io::stdout().lock(), "{}", text.trim_end());
        Ok(())
    }

    /// Writes a result: as JSON, or as the lines that are made of it.
    pub fn lines<T: Serialize>(self, view: &T, lines: impl FnOnce(&T) -> String) -> Result<(), Problem> {
        if self.json {
            return self.view(view);
        }
        let _ = writeln!(std::io::stdout().lock(), "{}", lines(view));
        Ok(())
    }

    /// Writes a problem: `{code,message,hint}` on stdout with `--json`, words on stderr always.
    pub fn problem(self, problem: &Problem) -> ExitCode {
        if self.json {
            json_problem(problem.code, &problem.detail, &problem.hint);
        }
        say(&format!("grace: {} ({})", problem.detail, problem.code));
        if !problem.hint.is_empty() {
            say(&format!("  {}", problem.hint));
        }
        // 400: the arguments cannot mean anything; everything else was understood and refused or failed.
        ExitCode::from(if problem.status == 400 { 2 } else { 1 })
    }
}

/// The shape of every error that a program reads.
pub fn json_problem(code: Code, message: &str, hint: &str) {
    let value = json!({ "code": code, "message": message, "hint": hint });
    let _ = writeln!(std::io::stdout().lock(), "{value}");
}

/// Says something to people, in one line. What somebody typed or signed may stand in it, never moves a terminal and
/// never begins a line of its own.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(line));
}

/// 0 where it is good, 1 where the check failed.
pub fn exit(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
