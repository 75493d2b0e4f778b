//! The `grace` binary: where it is, and running one command to its end.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The binary under test: `GRACE_BIN`, else the one that was built beside this test.
pub fn grace() -> PathBuf {
    let path = std::env::var_os("GRACE_BIN").map_or_else(beside, PathBuf::from);
    assert!(
        path.is_file(),
        "no grace binary at {}: build it with `cargo build -p grace-cli`, or name one with GRACE_BIN",
        path.display()
    );
    path
}

/// `target/debug/grace` next to `target/debug/deps/<this test>`.
fn beside() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows its own path");
    own.ancestors().nth(2).expect("a test lies in target/<profile>/deps").join("grace")
}

/// A command that inherits nothing that could steer it.
pub fn command(world: &Path) -> Command {
    let mut command = Command::new(grace());
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", world.parent().unwrap_or(world)).arg("--data-dir").arg(world);
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Answer {
    /// Exit code.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("grace writes UTF-8");
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Answer {
    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON on stdout ({e}): {self:?}"))
    }

    /// The JSON of a command that did what it should.
    #[track_caller]
    pub fn done(&self) -> Value {
        assert_eq!(self.status, 0, "{self:?}");
        self.json()
    }

    /// The JSON of a command that was refused with `code`: exit 1, `{code,message,hint}` on stdout, words on stderr.
    #[track_caller]
    pub fn refused(&self, code: &str) -> Value {
        assert_eq!(self.status, 1, "{self:?}");
        let value = self.json();
        assert_eq!(value["code"], code, "{self:?}");
        let members: Vec<_> = value.as_object().expect("an error is an object").keys().cloned().collect();
        assert_eq!(members, ["code", "hint", "message"], "{self:?}");
        assert!(!self.stderr.trim().is_empty(), "a refusal also says it in words: {self:?}");
        value
    }
}

/// Runs `grace --data-dir WORLD --json ARGS`.
pub fn run(world: &Path, args: &[&str]) -> Answer {
    let mut command = command(world);
    command.arg("--json").args(args).stdin(Stdio::null());
    command.output().expect("grace starts").into()
}
