//! The child side of the sandbox: two processes between the engine and a check.
//!
//! Owns the restrictions and the end of everything that ran under them. Never runs a command before all restrictions
//! that this kernel has are in force, and never below the level that is required.
//!
//! The engine starts a *supervisor* (`program __sandbox JSON`); it adopts every orphan, starts the *confined* process
//! (`program __sandbox-confined JSON`), which restricts itself and becomes the command. The supervisor stays outside
//! of the restrictions, so that nothing inside can signal it, waits for the end, the timeout, or the engine's own
//! end, kills whatever descends from it, also what left the process group, and reports. Standard input carries the
//! report upwards: the parent passes the write end of a pipe there, and the command itself gets `/dev/null`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions};
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags};

use super::launch::{Launch, Level, Report, SUPERVISE, SYSTEM_DIRS};
use super::run::PATH;

/// First argument of the confined process.
const CONFINED: &str = "__sandbox-confined";
/// Longest message of the confined process.
const STATUS_BYTES: u64 = 16 * 1024;
/// Open files of a check.
const OPEN_FILES: u64 = 1024;
/// Rounds of killing what is left, [`ROUND_MS`] apart.
const ROUNDS: u32 = 500;
/// Pause between two rounds.
const ROUND_MS: i64 = 10;

/// Becomes a part of the sandbox if the arguments say so, and then never returns. Every binary that is given to
/// [`SandboxLauncher`](super::sandbox::SandboxLauncher) calls it first in `main`, before it starts a thread.
pub fn run_if_sandbox_child() {
    let mut args = std::env::args_os().skip(1);
    let (Some(part), Some(told), None) = (args.next(), args.next(), args.next()) else { return };
    if part == SUPERVISE {
        exit(supervise(&told));
    }
    if part == CONFINED {
        exit(confined(&told));
    }
}

fn read_launch(told: &OsStr) -> Option<Launch> {
    serde_json::from_str(told.to_str()?).ok()
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}

/// The supervisor. Its exit status says only whether it could report.
fn supervise(told: &OsStr) -> i32 {
    let report = match read_launch(told) {
        None => Report::Failed { reason: String::from("the launcher was not told what to run") },
        Some(launch) => run_confined(told, &launch).unwrap_or_else(|error| {
            // Nothing may outlive the supervisor, whatever went wrong.
            end_descendants();
            Report::Failed { reason: error.to_string() }
        }),
    };
    let Ok(bytes) = serde_json::to_vec(&report) else { return 1 };
    i32::from(write_all(rustix::stdio::stdin(), &bytes).is_err())
}

fn run_confined(told: &OsStr, launch: &Launch) -> io::Result<Report> {
    // Orphans of the check become ours instead of the system's: nothing leaves by starting a session of its own.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let (mut status_reader, status_writer) = io::pipe()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(CONFINED).arg(told).env_clear().stdin(Stdio::from(status_writer)).process_group(0);
    let mut child = command.spawn()?;
    drop(command);
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("the process has no number"))?;
    let ended = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
    let mut status = Vec::new();
    // Ends when the confined process becomes the command, or ends itself.
    io::Read::by_ref(&mut status_reader).take(STATUS_BYTES).read_to_end(&mut status)?;
    let sandbox = match serde_json::from_slice(&status) {
        Ok(Report::Ran { sandbox, .. }) => sandbox,
        Ok(refused) => {
            child.wait()?;
            return Ok(refused);
        }
        Err(_) => {
            end_descendants();
            return Ok(Report::Failed { reason: String::from("the sandbox could not be set up") });
        }
    };
    let timed_out = wait_until_over(&ended, launch.timeout_ms)?;
    // Before it is reaped: its number still names its group and no other.
    let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    let how = child.wait()?;
    let survivors = !end_descendants();
    Ok(Report::Ran { sandbox, exit: how.code(), signal: how.signal(), timed_out, survivors })
}

/// Waits for the end of the command, the timeout or the end of the engine; whether it was not the first.
fn wait_until_over(ended: &OwnedFd, timeout_ms: u64) -> io::Result<bool> {
    let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
    let seconds = i64::try_from(timeout_ms / 1000).unwrap_or(i64::MAX);
    let nanos = i64::try_from(timeout_ms % 1000 * 1_000_000 + 1).unwrap_or(1);
    let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
    let once = Itimerspec { it_interval: zero, it_value: Timespec { tv_sec: seconds, tv_nsec: nanos } };
    rustix::time::timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once)?;
    let engine = rustix::stdio::stdin();
    loop {
        let mut fds = [
            PollFd::new(ended, PollFlags::IN),
            PollFd::new(&timer, PollFlags::IN),
            // Asks for nothing: that nobody reads any more is told unasked.
            PollFd::from_borrowed_fd(engine, PollFlags::empty()),
        ];
        match poll(&mut fds, None) {
            Ok(_) if !fds[0].revents().is_empty() => return Ok(false),
            Ok(_) if !fds[1].revents().is_empty() || !fds[2].revents().is_empty() => return Ok(true),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Kills and reaps everything that descends from this process; whether nothing is left.
///
/// Whoever loses its parent becomes a child of this process, so killing the children again and again reaches all.
fn end_descendants() -> bool {
    for _ in 0..ROUNDS {
        for child in children() {
            let _ = rustix::process::kill_process(child, Signal::KILL);
        }
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(rustix::io::Errno::CHILD) => return true,
                Err(_) => return false,
            }
        }
        let pause = Timespec { tv_sec: 0, tv_nsec: ROUND_MS * 1_000_000 };
        let _ = poll(&mut [], Some(&pause));
    }
    false
}

/// The children of this process, from `/proc`.
fn children() -> Vec<Pid> {
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let Ok(listing) = fs::read_dir("/proc") else { return Vec::new() };
    listing
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| parent_of(*pid) == Some(own))
        .filter_map(Pid::from_raw)
        .collect()
}

/// Fourth field of `/proc/PID/stat` (proc(5)); the second, a name in parentheses, may hold anything.
fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.iter().rposition(|b| *b == b')')? + 1;
    let rest = std::str::from_utf8(&stat[after_name..]).ok()?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The confined process: restricts itself and becomes the command. Returns only if it does not.
fn confined(told: &OsStr) -> i32 {
    // Kept aside, because becoming the command puts /dev/null in its place; closed by the system when that works.
    let Ok(upwards) = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3) else { return 1 };
    let say = |report: &Report| {
        let _ = serde_json::to_vec(report).map(|bytes| write_all(&upwards, &bytes));
    };
    let Some(launch) = read_launch(told) else { return 1 };
    let sandbox = match restrict(&launch) {
        Ok(sandbox) => sandbox,
        Err(reason) => {
            say(&Report::Failed { reason });
            return 1;
        }
    };
    if !sandbox.satisfies(launch.required) {
        say(&Report::TooWeak { sandbox });
        return 1;
    }
    let Some((program, args)) = launch.argv.split_first() else { return 1 };
    let program = path_of(program);
    let mut command = Command::new(&program);
    command.args(args.iter().map(|part| OsString::from_vec(part.clone())));
    command.current_dir(path_of(&launch.cwd)).env_clear().env("PATH", PATH);
    for (name, value) in &launch.env {
        command.env(name, OsString::from_vec(value.clone()));
    }
    // Said before, because afterwards nobody is there to say it. If it then fails, a second message follows, and two
    // messages are none: the supervisor takes that as a failure.
    say(&Report::Ran { sandbox, exit: None, signal: None, timed_out: false, survivors: false });
    let error = command.stdin(Stdio::null()).exec();
    say(&Report::Failed { reason: format!("{}: {error}", program.display()) });
    1
}

fn restrict(launch: &Launch) -> Result<Level, String> {
    let words = |what: &'static str| move |error: rustix::io::Errno| format!("{what}: {error}");
    // The supervisor may be killed; then this ends too.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(words("following the launcher"))?;
    set_limits(launch)?;
    rustix::thread::set_no_new_privs(true).map_err(words("giving up privileges"))?;
    let landlocked = restrict_files(launch).map_err(|error| format!("landlock: {error}"))?;
    let filtered = super::seccomp::restrict_calls();
    Ok(level(landlocked, filtered))
}

fn set_limits(launch: &Launch) -> Result<(), String> {
    let seconds = launch.timeout_ms.div_ceil(1000) + 1;
    let bounds = [
        (Resource::Core, 0),
        (Resource::As, launch.memory_bytes),
        (Resource::Fsize, launch.file_bytes),
        (Resource::Nofile, OPEN_FILES),
        (Resource::Cpu, seconds),
        // The system counts all of a user's, not those of the check.
        (Resource::Nproc, tasks_of_user() + launch.processes),
    ];
    for (resource, bound) in bounds {
        let now = rustix::process::getrlimit(resource).maximum;
        let bound = Some(now.map_or(bound, |now| now.min(bound)));
        rustix::process::setrlimit(resource, Rlimit { current: bound, maximum: bound })
            .map_err(|error| format!("limiting {resource:?}: {error}"))?;
    }
    Ok(())
}

/// Threads of all processes of this user.
fn tasks_of_user() -> u64 {
    let own = rustix::process::getuid().as_raw();
    let Ok(listing) = fs::read_dir("/proc") else { return 0 };
    let tasks = |process: &Path| fs::read_dir(process.join("task")).map_or(0, |tasks| tasks.count() as u64);
    listing
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok()))
        .filter(|entry| entry.metadata().is_ok_and(|meta| meta.uid() == own))
        .map(|entry| tasks(&entry.path()))
        .sum()
}

/// Puts landlock in force; the version that this kernel has, or why there is none.
fn restrict_files(launch: &Launch) -> Result<Result<ABI, String>, landlock::RulesetError> {
    // What an older kernel lacks is left out and told by the version.
    let all = AccessFs::from_all(ABI::V9);
    let read = AccessFs::from_read(ABI::V9);
    let devices = [
        ("/dev/null", AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate),
        ("/dev/zero", AccessFs::ReadFile.into()),
        ("/dev/random", AccessFs::ReadFile.into()),
        ("/dev/urandom", AccessFs::ReadFile.into()),
    ];
    let program = launch.argv.first().map(|program| path_of(program));
    let reads = SYSTEM_DIRS.iter().map(|dir| (PathBuf::from(dir), read));
    let program = program.into_iter().map(|file| (file, AccessFs::ReadFile | AccessFs::Execute));
    let devices = devices.into_iter().map(|(device, access)| (PathBuf::from(device), access));
    // A device made in the copy would be the machine's own.
    let own = all & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    let writes = launch.write.iter().map(|dir| (path_of(dir), own));
    let rules: Vec<(PathBuf, BitFlags<AccessFs>)> =
        reads.chain(program).chain(devices).chain(writes).collect();

    let mut ruleset = Ruleset::default()
        .handle_access(all)?
        .handle_access(AccessNet::ConnectTcp)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    for (path, access) in rules {
        // What is not there cannot be read either.
        let Ok(fd) = PathFd::new(&path) else { continue };
        ruleset = ruleset.add_rule(PathBeneath::new(fd, access))?;
    }
    let status = ruleset.restrict_self()?;
    Ok(match (status.landlock, status.ruleset) {
        (LandlockStatus::NotEnabled, _) => Err(String::from("landlock is switched off in this kernel")),
        (LandlockStatus::NotImplemented, _) => Err(String::from("this kernel has no landlock")),
        (LandlockStatus::Available { .. }, RulesetStatus::NotEnforced) => {
            Err(String::from("landlock did not take the rules"))
        }
        (LandlockStatus::Available { effective_abi, .. }, _) => Ok(effective_abi),
    })
}

/// Says what stands, from the landlock version and whether the system call filter is in force.
fn level(landlocked: Result<ABI, String>, filtered: Result<(), String>) -> Level {
    let abi = match landlocked {
        Ok(abi) => abi,
        Err(reason) => return Level::None { reason },
    };
    let mut missing: Vec<&str> = [
        (ABI::V3, "truncating files"),
        (ABI::V4, "TCP connections"),
        (ABI::V5, "commands to devices"),
        (ABI::V6, "signals and abstract sockets"),
    ]
    .into_iter()
    .filter_map(|(since, what)| (abi < since).then_some(what))
    .collect();
    if filtered.is_err() {
        // Version 9 guards sockets with a path; the rest of what the filter does has no other guard.
        missing.push(if abi < ABI::V9 { "Unix sockets and system calls" } else { "system calls" });
    }
    if missing.is_empty() {
        Level::Full
    } else {
        Level::Partial { missing: format!("not guarded here: {}", missing.join(", ")) }
    }
}

fn write_all(fd: impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(&fd, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ABI, level};
    use crate::process::launch::{Level, RequiredLevel};

    fn missing(abi: ABI, filtered: Result<(), String>) -> String {
        match level(Ok(abi), filtered) {
            Level::Full => String::new(),
            Level::Partial { missing } => missing,
            Level::None { reason } => panic!("{reason}"),
        }
    }

    #[test]
    fn what_a_kernel_lacks_is_named_and_below_that_nothing_is_full() {
        assert_eq!(missing(ABI::V7, Ok(())), "");
        assert_eq!(missing(ABI::V6, Ok(())), "");
        assert_eq!(missing(ABI::V5, Ok(())), "not guarded here: signals and abstract sockets");
        assert!(missing(ABI::V2, Ok(())).contains("truncating files, TCP connections, commands to devices"));
        assert!(missing(ABI::V7, Err(String::from("no filter"))).contains("Unix sockets and system calls"));
        assert_eq!(missing(ABI::V9, Err(String::from("no filter"))), "not guarded here: system calls");
        let none = level(Err(String::from("switched off")), Ok(()));
        assert_eq!(none, Level::None { reason: String::from("switched off") });
    }

    #[test]
    fn a_level_satisfies_itself_and_what_is_below() {
        let partial = Level::Partial { missing: String::from("x") };
        let none = Level::None { reason: String::from("x") };
        let demands = [RequiredLevel::None, RequiredLevel::Partial, RequiredLevel::Full];
        assert_eq!(demands.map(|demand| Level::Full.satisfies(demand)), [true, true, true]);
        assert_eq!(demands.map(|demand| partial.satisfies(demand)), [true, true, false]);
        assert_eq!(demands.map(|demand| none.satisfies(demand)), [true, false, false]);
    }
}
