//! Killing a process at its N-th durable step, from outside and without any hook in it.
//!
//! `strace` holds the traced process at the entry of every system call that makes something durable, and has written
//! its name by then. Whoever reads that line within the hold and kills the process has killed it before the call: the
//! kernel does not begin a call for a process that is dying. A step is named by its call and by what it is done to, and
//! counted over all threads: "the second sync of the log's file" is the same step however threads take turns.

use crate::harness::Serve;
use crate::harness::tools::need;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Calls that make something durable, or change what a name stands for.
const CALLS: [&str; 14] = [
    "fsync",
    "fdatasync",
    "sync_file_range",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "linkat",
    "symlinkat",
    "mkdir",
    "mkdirat",
    "fchmod",
];
/// How long each of them is held at its entry.
const HOLD_US: u32 = 12_000;

/// Where a process is killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// Nowhere.
    Never,
    /// At the n-th step of all, from 1.
    Count(usize),
    /// At the n-th step of this name, from 1.
    Step(String, usize),
}

/// What is counted and when it ends.
#[derive(Debug)]
struct Counter {
    armed: bool,
    pid: Option<Pid>,
    kill_at: At,
    steps: Vec<String>,
    /// Whether the step at which it was killed had not been done.
    exact: Option<bool>,
}

/// A tracer around one engine.
#[derive(Debug)]
pub struct Tracer {
    counter: Arc<Mutex<Counter>>,
    reader: Option<JoinHandle<()>>,
}

/// Names the tracer as a prefix for a command; `pipe` is where its lines go.
fn prefix(pipe: &Path) -> Vec<String> {
    let calls = CALLS.join(",");
    let strace = need("strace", "strace").display().to_string();
    let pipe = pipe.display().to_string();
    let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:delay_enter={HOLD_US}"));
    [strace.as_str(), "-f", "-y", "-qq", "--seccomp-bpf", "-e", &trace, "-e", &inject, "-o", &pipe]
        .map(str::to_owned)
        .to_vec()
}

impl Tracer {
    /// Starts the engine of `world` under a tracer. Counting begins at once if it shall be killed, else with
    /// [`Tracer::arm`]. `Err` when the engine was killed before it was ready.
    pub fn start(world: &Path, pipe: &Path, kill_at: At) -> (Self, Result<Serve, String>) {
        let _ = std::fs::remove_file(pipe);
        rustix::fs::mkfifoat(rustix::fs::CWD, pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .expect("a pipe for the tracer's lines");
        let counter = Arc::new(Mutex::new(Counter {
            armed: kill_at != At::Never,
            pid: None,
            kill_at,
            steps: Vec::new(),
            exact: None,
        }));
        let (shared, from) = (Arc::clone(&counter), pipe.to_owned());
        let reader = std::thread::spawn(move || read_lines(&from, &shared));
        let serve = Serve::start_under(&prefix(pipe), world);
        let tracer = Self { counter, reader: Some(reader) };
        if let Ok(serve) = &serve {
            tracer.counter().pid = Some(serve.pid());
        }
        (tracer, serve)
    }

    fn counter(&self) -> std::sync::MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts from here, and kills at `kill_at`.
    pub fn arm(&self, kill_at: At) {
        let mut counter = self.counter();
        counter.armed = true;
        counter.kill_at = kill_at;
    }

    /// The steps so far.
    pub fn steps(&self) -> Vec<String> {
        self.counter().steps.clone()
    }

    /// The steps, and whether the last of them was prevented by the kill (`None`: there was no kill). Call when the
    /// engine is gone.
    pub fn finish(mut self) -> (Vec<String>, Option<bool>) {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the tracer's lines were read");
        }
        let counter = self.counter();
        (counter.steps.clone(), counter.exact)
    }
}

/// One line, as far as it is there: number of the process, and the step if one begins here.
fn begins(line: &str) -> Option<(i32, String)> {
    let (pid, rest) = line.split_once(' ')?;
    let (call, arguments) = rest.trim_start().split_once('(')?;
    CALLS.contains(&call).then(|| Some((pid.parse().ok()?, name_of(call, arguments)?)))?
}

/// A step's name: the call and the last path in its arguments, without what differs from run to run. `None` for what
/// lies outside of the test's place: SQLite's own temporary files. Nor for samples: they are written by a clock of their
/// own, whatever is applied, and killed in the tests of the store.
fn name_of(call: &str, arguments: &str) -> Option<String> {
    let arguments = arguments.split(" <unfinished").next().unwrap_or_default();
    let mut paths = arguments.split(['"', '<', '>']).filter(|part| part.contains('/') || part.contains('.'));
    let mut path = paths.next_back().unwrap_or(arguments).to_owned();
    // A path beneath a directory that is named by number: the directory says more than the name alone.
    if !path.contains('/') {
        let dir = arguments.split(['<', '>']).rfind(|part| part.starts_with('/')).unwrap_or_default();
        path = format!("{dir}/{path}");
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    let top = parts.iter().position(|part| part.starts_with("grace-bb-"))?;
    parts.drain(..=top);
    if parts.last().is_some_and(|name| name.starts_with("samples.db")) {
        return None;
    }
    let plain = parts.iter().map(|part| match part {
        part if part.starts_with(".tmp-") => ".tmp".to_owned(),
        part if part.starts_with(".grace-upd_") => {
            format!(".grace-{}", part.rsplit('-').next().unwrap_or_default())
        }
        part if part.starts_with("upd_") && part.ends_with(".json") => "UPDATE.json".to_owned(),
        part if part.starts_with("upd_") && part.ends_with(".tmp") => "UPDATE.tmp".to_owned(),
        part if part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit()) => "BLOB".to_owned(),
        part if part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit()) => "XX".to_owned(),
        part => (*part).to_owned(),
    });
    Some(format!("{call} {}", plain.collect::<Vec<_>>().join("/")))
}

fn read_lines(pipe: &Path, counter: &Mutex<Counter>) {
    let mut pipe = File::open(pipe).expect("the tracer's pipe");
    let mut bytes = [0; 4096];
    let mut line = String::new();
    let mut begun = false;
    while let Ok(read @ 1..) = pipe.read(&mut bytes) {
        for c in String::from_utf8_lossy(&bytes[..read]).chars() {
            if c == '\n' {
                entered(&line, &mut begun, counter);
                finished(&line, counter);
                line.clear();
                begun = false;
            } else {
                line.push(c);
            }
        }
        // The rest is the entry of a call that is being held.
        entered(&line, &mut begun, counter);
    }
}

fn entered(line: &str, begun: &mut bool, shared: &Mutex<Counter>) {
    if *begun {
        return;
    }
    let Some((pid, step)) = begins(line) else { return };
    *begun = true;
    let mut counter = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if !counter.armed || counter.exact.is_some() {
        return;
    }
    counter.steps.push(step);
    let reached = match &counter.kill_at {
        At::Never => false,
        At::Count(n) => counter.steps.len() == *n,
        At::Step(name, n) => {
            counter.steps.last() == Some(name) && counter.steps.iter().filter(|s| *s == name).count() == *n
        }
    };
    if reached {
        // A thread's number reaches the whole process. Before the engine has said its own, the only process is it.
        if let Some(target) = counter.pid.or_else(|| Pid::from_raw(pid)) {
            let _ = kill_process(target, Signal::KILL);
        }
        counter.exact = Some(true);
    }
}

/// A call that came to its end although it was to be the first that does not.
fn finished(line: &str, counter: &Mutex<Counter>) {
    let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
    if counter.exact != Some(true) || !line.trim_end().ends_with("(DELAYED)") {
        return;
    }
    let Some(last) = counter.steps.last() else { return };
    let call = last.split(' ').next().unwrap_or_default();
    let whole = begins(line).is_some_and(|(_, step)| step == *last);
    let rest = line.contains("resumed>") && line.contains(&format!("{call} resumed"));
    // Another thread's call of the same name may come to its end in this moment, too: that repeats a point for
    // nothing, and never takes a late kill for an early one.
    if whole || rest {
        counter.exact = Some(false);
    }
}
