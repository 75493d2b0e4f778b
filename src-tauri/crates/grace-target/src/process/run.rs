//! Running one command with every bound: time, output, environment, what it may leave running.
//!
//! Owns the process group of a command from its start to its end. Never interprets what a command says: exit status
//! and output are evidence for the caller. Commands are started directly, no shell is involved.

use grace_domain::core::codes::Code;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use grace_domain::core::limits;
use rustix::process::{Pid, PidfdFlags, Signal};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

use crate::error::may_pass;
use crate::files::root::Root;
use crate::spec::{CommandSpec, ROOT, STAGED};

/// Where programs are looked for: nobody's own environment.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// After the end of a command, how long output of what it leaves dying is waited for.
const DRAIN_MS: u64 = 1000;

/// Monotonic milliseconds, injected.
pub type Clock<'c> = &'c (dyn Fn() -> u64 + Send + Sync);

/// What happens to the rest of the process group when the command itself has ended in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterExit {
    /// It is killed: a check or a probe leaves nothing running.
    KillGroup,
    /// It stays: `activate` may start daemons. Output is read up to the end of the command itself.
    LeaveGroup,
}

/// One command, ready to run.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Program (absolute, or a name on [`PATH`]) and arguments.
    pub argv: Vec<OsString>,
    /// Where it starts.
    pub cwd: PathBuf,
    /// Its whole environment besides `PATH`.
    pub env: Vec<(String, OsString)>,
    /// When its group is killed.
    pub timeout: Duration,
    /// What may stay.
    pub after: AfterExit,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Exit status, if it exited.
    pub exit: Option<i32>,
    /// Signal, if one ended it.
    pub signal: Option<i32>,
    /// Whether it was killed for its time.
    pub timed_out: bool,
    /// What it said on standard output and standard error, in order.
    pub output: Output,
    /// How long it took.
    pub ms: u64,
}

impl Outcome {
    /// Whether it exited with status 0, in time.
    pub fn succeeded(&self) -> bool {
        self.exit == Some(0) && !self.timed_out
    }
}

/// The first and the last of what a command said: half of [`limits::OUTPUT_BYTES`] each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The beginning, as UTF-8 with replacements.
    pub head: String,
    /// The end, if something was dropped between.
    pub tail: String,
    /// Bytes dropped between.
    pub dropped_bytes: u64,
}

impl Output {
    /// All of it for a person, with a line where something was dropped.
    pub fn text(&self) -> String {
        if self.dropped_bytes == 0 {
            return format!("{}{}", self.head, self.tail);
        }
        format!("{}\n[{} bytes dropped]\n{}", self.head, self.dropped_bytes, self.tail)
    }
}

/// A command that could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No such program.
    #[error("the program {program} is not on this machine")]
    NotFound {
        /// As written.
        program: String,
    },
    /// It could not be started or followed.
    #[error("the program {program} could not be run: {source}")]
    Start {
        /// As written.
        program: String,
        /// The system's error.
        source: io::Error,
    },
}

impl CommandError {
    /// The closed code of this error.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::CommandNotFound,
            Self::Start { .. } => Code::CommandNotStarted,
        }
    }

    /// Whether it may pass by itself.
    pub fn transient(&self) -> bool {
        match self {
            Self::NotFound { .. } => false,
            Self::Start { source, .. } => may_pass(source),
        }
    }
}

/// Runs the target's `activate`, unsandboxed: it is the operator's own command. Daemons that it starts stay.
pub async fn activate(spec: &CommandSpec, root: &Root, clock: Clock<'_>) -> Result<Outcome, CommandError> {
    run(&operators(spec, root, AfterExit::LeaveGroup), clock).await
}

/// An operator's command on the target itself.
pub(crate) fn operators(spec: &CommandSpec, root: &Root, after: AfterExit) -> Invocation {
    Invocation {
        argv: expand(&spec.argv, root.path(), None),
        cwd: root.path().to_owned(),
        env: Vec::new(),
        timeout: Duration::from_secs(spec.timeout_s.min(limits::COMMAND_TIMEOUT_MAX_S)),
        after,
    }
}

/// Replaces `{root}` and `{staged}`. Each argument stays one argument.
pub(crate) fn expand(argv: &[String], root: &Path, staged: Option<&Path>) -> Vec<OsString> {
    let one = |part: &String| {
        let mut whole = OsString::new();
        let mut rest = part.as_str();
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            whole.push(before);
            rest = match (from.strip_prefix(ROOT), from.strip_prefix(STAGED), staged) {
                (Some(rest), _, _) => {
                    whole.push(root);
                    rest
                }
                (_, Some(rest), Some(staged)) => {
                    whole.push(staged);
                    rest
                }
                _ => {
                    whole.push("{");
                    &from[1..]
                }
            };
        }
        whole.push(rest);
        whole
    };
    argv.iter().map(one).collect()
}

/// The absolute path of a program: as written, or the first on [`PATH`] that can be executed.
pub fn find_program(program: &OsStr) -> Result<PathBuf, CommandError> {
    let path = Path::new(program);
    let executable = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    let found = if path.is_absolute() {
        Some(path.to_owned()).filter(|path| executable(path))
    } else if path.components().count() == 1 {
        PATH.split(':').map(|dir| Path::new(dir).join(path)).find(|path| executable(path))
    } else {
        None
    };
    found.ok_or_else(|| CommandError::NotFound { program: path.display().to_string() })
}

/// Runs a command to its end or its timeout. Dropping the future kills its group.
pub async fn run(invocation: &Invocation, clock: Clock<'_>) -> Result<Outcome, CommandError> {
    run_with(invocation, Stdio::null(), Abandoned::Killed, clock).await
}

/// What happens to a command whose future is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Abandoned {
    /// Its group is killed.
    Killed,
    /// Nothing: it finds out itself and ends what it started.
    EndsItself,
}

/// [`run`] with something of ours as standard input.
pub(crate) async fn run_with(
    invocation: &Invocation,
    stdin: Stdio,
    abandoned: Abandoned,
    clock: Clock<'_>,
) -> Result<Outcome, CommandError> {
    let program = invocation.argv.first().cloned().unwrap_or_default();
    let program = find_program(&program)?;
    let start = clock();
    let failed = |source| CommandError::Start { program: program.display().to_string(), source };
    let (mut group, output) = Group::start(&program, invocation, stdin, abandoned).map_err(failed)?;
    let mut kept = Kept::default();
    let timed_out = tokio::select! {
        ended = group.leader_ends() => { ended.map_err(failed)?; false }
        () = tokio::time::sleep(invocation.timeout) => true,
        never = kept.read_on(&output) => match never {},
    };
    let leave = invocation.after == AfterExit::LeaveGroup && !timed_out;
    if leave {
        group.disarm();
    } else {
        // Before the leader is reaped: its number still names this group and no other.
        group.kill();
    }
    let status = group.reap().await.map_err(failed)?;
    if leave {
        kept.take_ready(&output);
    } else {
        let drain = Duration::from_millis(DRAIN_MS);
        let _ = tokio::time::timeout(drain, kept.read_to_end(&output)).await;
    }
    Ok(Outcome {
        exit: status.code(),
        signal: status.signal(),
        timed_out,
        output: kept.finish(),
        ms: clock().saturating_sub(start),
    })
}

/// A running command as the leader of its own process group. Dropped while armed, it takes the group with it.
struct Group {
    child: Child,
    pid: Pid,
    ended: AsyncFd<OwnedFd>,
    armed: bool,
}

impl Group {
    fn start(
        program: &Path,
        invocation: &Invocation,
        stdin: Stdio,
        abandoned: Abandoned,
    ) -> io::Result<(Self, pipe::Receiver)> {
        let armed = abandoned == Abandoned::Killed;
        let (reader, writer) = io::pipe()?;
        let mut command = Command::new(program);
        command
            .args(invocation.argv.iter().skip(1))
            .current_dir(&invocation.cwd)
            .env_clear()
            .env("PATH", PATH)
            .envs(invocation.env.iter().map(|(name, value)| (name, value)))
            .stdin(stdin)
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0)
            .kill_on_drop(armed);
        let child = command.spawn()?;
        // It holds our ends of the pipe, without which the end of the output could not be seen.
        drop(command);
        let pid = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| io::Error::other("the process has no number"))?;
        let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
        #[expect(
            deprecated,
            reason = "deprecated for types that let go of their descriptor, which OwnedFd does not"
        )]
        let ended = AsyncFd::with_interest(pidfd, Interest::READABLE)?;
        let output = pipe::Receiver::from_owned_fd(reader.into())?;
        Ok((Self { child, pid, ended, armed }, output))
    }

    /// Waits until the command itself has ended, and leaves it unreaped.
    async fn leader_ends(&self) -> io::Result<()> {
        self.ended.readable().await.map(|_| ())
    }

    fn kill(&mut self) {
        self.armed = false;
        // Gone already is as good.
        let _ = rustix::process::kill_process_group(self.pid, Signal::KILL);
    }

    fn disarm(&mut self) {
        self.armed = false;
    }

    async fn reap(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.armed {
            self.kill();
        }
    }
}

/// Keeps the first and the last of a stream in bounded memory.
#[derive(Default)]
struct Kept {
    head: Vec<u8>,
    tail: std::collections::VecDeque<u8>,
    dropped: u64,
}

const HALF: usize = limits::OUTPUT_BYTES / 2;

impl Kept {
    fn push(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(HALF - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(HALF);
        self.tail.drain(..over);
        self.dropped += over as u64;
    }

    /// Reads until the stream ends.
    async fn read_to_end(&mut self, output: &pipe::Receiver) {
        while output.readable().await.is_ok() {
            if self.take_ready(output) {
                return;
            }
        }
    }

    /// Reads as long as it is polled.
    async fn read_on(&mut self, output: &pipe::Receiver) -> std::convert::Infallible {
        self.read_to_end(output).await;
        std::future::pending().await
    }

    /// Takes what is there without waiting; whether the stream has ended.
    fn take_ready(&mut self, output: &pipe::Receiver) -> bool {
        let mut buffer = [0; 16 * 1024];
        // Bounded, so that a command that never stops talking does not hold the task.
        for _ in 0..64 {
            match output.try_read(&mut buffer) {
                Ok(0) => return true,
                Ok(read) => self.push(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return true,
            }
        }
        false
    }

    fn finish(self) -> Output {
        let tail: Vec<u8> = self.tail.into();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if self.dropped == 0 {
            let whole = [self.head, tail].concat();
            return Output { head: text(&whole), tail: String::new(), dropped_bytes: 0 };
        }
        Output { head: text(&self.head), tail: text(&tail), dropped_bytes: self.dropped }
    }
}
