//! Running a target's `check` on a staged copy inside a sandbox.
//!
//! Owns what a check may see and do, and the demand that the sandbox really stands: below the level that the policy
//! requires, nothing runs. The sandbox itself is set up by [`launcher`](super::launcher) in processes of its own,
//! because a process can only restrict itself.
//!
//! Inside, a check reads and executes the system's own directories and its program, reads and writes the copy and a
//! private directory for temporary files, and nothing else of the disk; it opens no TCP connection (it may bind: a
//! server's own check does), reaches no Unix socket outside, signals nothing outside, gains no privileges, and is
//! bounded in memory, processes, file size and time. Whatever it started is dead when it is done. UDP is left open,
//! so that names can be resolved.

use grace_domain::core::codes::Code;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use grace_domain::core::limits;
use serde::{Deserialize, Serialize};
use tokio::net::unix::pipe;

use super::launch::{Launch, Level, Report, RequiredLevel, SUPERVISE, SYSTEM_DIRS};
use super::run::{self, AfterExit, Clock, CommandError, Invocation, Outcome};
use crate::files::staging::Staged;
use crate::spec::CommandSpec;
use crate::threads::blocking;

/// How long the launcher may take beyond the command's own time before it is killed itself.
const LAUNCHER_GRACE_MS: u64 = 15_000;
/// Longest report of the launcher.
const REPORT_BYTES: usize = 16 * 1024;

/// The program that sets up the sandbox: any binary whose `main` first calls
/// [`run_if_sandbox_child`](super::launcher::run_if_sandbox_child).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxLauncher {
    /// Its path.
    pub program: PathBuf,
}

/// One check to run.
#[derive(Debug, Clone, Copy)]
pub struct CheckRequest<'r> {
    /// The command.
    pub command: &'r CommandSpec,
    /// The copy it looks at.
    pub staged: &'r Staged,
    /// The target's root, for `{root}`.
    pub root: &'r Path,
    /// What the policy requires.
    pub required: RequiredLevel,
    /// Directories that no check may read: the world with its keys. Copies may stand beneath them.
    pub private: &'r [PathBuf],
}

/// A check that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckReport {
    /// How it ended and what it said.
    pub outcome: Outcome,
    /// The sandbox it ran in.
    pub sandbox: Level,
    /// Whether something it started could not be ended.
    pub survivors: bool,
}

impl CheckReport {
    /// Whether the copy is good: exit status 0 in time, and nothing left running.
    pub fn passed(&self) -> bool {
        self.outcome.succeeded() && !self.survivors
    }
}

/// A check that did not run. The stage is `blocked`, never passed.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The sandbox does not reach what the policy requires.
    #[error("the sandbox reaches {reached:?}; the policy requires {required:?}")]
    Level {
        /// What stands.
        reached: Level,
        /// What the policy requires.
        required: RequiredLevel,
    },
    /// A private directory lies where every check may read.
    #[error("the directory {} lies beneath {system}, which checks may read: move it", private.display())]
    Exposed {
        /// The private directory.
        private: PathBuf,
        /// The directory of the system.
        system: &'static str,
    },
    /// The launcher is not one, or failed.
    #[error("the sandbox could not be set up: {reason}")]
    Launcher {
        /// What happened.
        reason: String,
    },
    /// The command cannot be run at all.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl SandboxError {
    /// The closed code of this error.
    pub fn code(&self) -> Code {
        match self {
            Self::Level { .. } => Code::SandboxLevel,
            Self::Exposed { .. } => Code::SandboxExposed,
            Self::Launcher { .. } => Code::SandboxLauncher,
            Self::Command(command) => command.code(),
        }
    }
}

/// Runs a target's `check` on a staged copy. `Err`: it did not run.
pub async fn check(
    launcher: &SandboxLauncher,
    request: CheckRequest<'_>,
    clock: Clock<'_>,
) -> Result<CheckReport, SandboxError> {
    let staged = request.staged.root().path();
    let mut argv = run::expand(&request.command.argv, request.root, Some(staged));
    let program = argv.first().cloned().unwrap_or_default();
    let (copy, private) = (staged.to_owned(), request.private.to_vec());
    let program = blocking(move || {
        refuse_exposed(&private)?;
        let program = run::find_program(&program)?;
        refuse_private_program(&program, &copy, &private)?;
        Ok::<_, SandboxError>(program)
    })
    .await?;
    argv[0] = program.into_os_string();
    let timeout_s = request.command.timeout_s.min(limits::COMMAND_TIMEOUT_MAX_S);
    let tmp = request.staged.tmp();
    let bytes = |text: &std::ffi::OsStr| text.as_bytes().to_vec();
    let launch = Launch {
        argv: argv.iter().map(|part| bytes(part)).collect(),
        cwd: bytes(staged.as_os_str()),
        env: vec![(String::from("TMPDIR"), bytes(tmp.as_os_str()))],
        timeout_ms: timeout_s * 1000,
        required: request.required,
        write: vec![bytes(staged.as_os_str()), bytes(tmp.as_os_str())],
        memory_bytes: limits::CHECK_MEMORY_BYTES,
        processes: limits::CHECK_PROCESSES,
        file_bytes: limits::CHECK_FILE_BYTES,
    };
    let (outcome, report) = run_launcher(launcher, &launch, clock).await?;
    match report {
        Report::Ran { sandbox, exit, signal, timed_out, survivors } => {
            if !sandbox.satisfies(request.required) {
                return Err(SandboxError::Level { reached: sandbox, required: request.required });
            }
            let outcome = Outcome { exit, signal, timed_out, ..outcome };
            Ok(CheckReport { outcome, sandbox, survivors })
        }
        Report::TooWeak { sandbox } => {
            Err(SandboxError::Level { reached: sandbox, required: request.required })
        }
        Report::Failed { reason } => Err(SandboxError::Launcher { reason }),
    }
}

async fn run_launcher(
    launcher: &SandboxLauncher,
    launch: &Launch,
    clock: Clock<'_>,
) -> Result<(Outcome, Report), SandboxError> {
    let failed = |reason: String| SandboxError::Launcher { reason };
    let (reader, writer) = std::io::pipe().map_err(|error| failed(error.to_string()))?;
    let told = serde_json::to_string(launch).map_err(|error| failed(error.to_string()))?;
    let invocation = Invocation {
        argv: vec![
            launcher.program.clone().into_os_string(),
            OsString::from(SUPERVISE),
            OsString::from(told),
        ],
        cwd: PathBuf::from("/"),
        env: Vec::new(),
        timeout: Duration::from_millis(launch.timeout_ms + LAUNCHER_GRACE_MS),
        after: AfterExit::KillGroup,
    };
    // Held here until the end: when it is dropped too early (this future was), the launcher sees that nobody listens
    // and ends what it started. Killed, it could not.
    let report = pipe::Receiver::from_owned_fd(reader.into()).map_err(|error| failed(error.to_string()))?;
    let outcome = run::run_with(&invocation, Stdio::from(writer), run::Abandoned::EndsItself, clock)
        .await
        .map_err(|error| failed(format!("{}: {error}", launcher.program.display())))?;
    let mut bytes = vec![0; REPORT_BYTES];
    let read = report.try_read(&mut bytes).unwrap_or(0);
    let report = serde_json::from_slice(&bytes[..read]).map_err(|_| {
        let how = match (outcome.exit, outcome.signal) {
            (Some(exit), _) => format!("exit status {exit}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => String::from("no status"),
        };
        failed(format!("{} ended with {how} and no report", launcher.program.display()))
    })?;
    Ok((outcome, report))
}

/// Rules can only allow, not take back: what lies beneath a directory that every check reads is read by it.
fn refuse_exposed(private: &[PathBuf]) -> Result<(), SandboxError> {
    for private in private {
        let real = std::fs::canonicalize(private).unwrap_or_else(|_| private.clone());
        for system in SYSTEM_DIRS {
            let exposed = std::fs::canonicalize(system).is_ok_and(|system| real.starts_with(system));
            if exposed || real.starts_with(system) {
                return Err(SandboxError::Exposed { private: private.clone(), system });
            }
        }
    }
    Ok(())
}

/// The program becomes readable inside, so it must not be one of the private files.
fn refuse_private_program(program: &Path, staged: &Path, private: &[PathBuf]) -> Result<(), SandboxError> {
    let real = std::fs::canonicalize(program).unwrap_or_else(|_| program.to_owned());
    let in_copy = std::fs::canonicalize(staged).is_ok_and(|staged| real.starts_with(staged));
    let in_private = private
        .iter()
        .any(|private| std::fs::canonicalize(private).is_ok_and(|private| real.starts_with(private)));
    if in_private && !in_copy {
        return Err(CommandError::NotFound { program: program.display().to_string() }.into());
    }
    Ok(())
}
