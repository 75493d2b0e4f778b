//! Small files of the caller.
//!
//! Owns reading them, and why one cannot be used.

use std::path::Path;

use grace_api::Problem;
use grace_domain::core::codes::Code;

/// Reads a small text file.
pub fn read(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|e| unreadable(path, &e))
}

/// Why a file of the caller cannot be used.
pub fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        std::io::ErrorKind::InvalidData => "it is no text in UTF-8".to_owned(),
        other => other.to_string(),
    };
    Problem::new(
        422,
        Code::FileUnusable,
        format!("{} cannot be used: {why}.", path.display()),
        "Check the path and its mode.",
    )
}
