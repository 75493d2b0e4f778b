//! A running `grace serve`: started, called as any [`Api`] is, stopped in order or killed.

use super::api::Api;
use super::binary;
use super::wait::until;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Longest wait for the ready line.
const READY: Duration = Duration::from_mins(1);

/// An engine in a process of its own. Killed when dropped.
#[derive(Debug)]
pub struct Serve {
    child: Child,
    pid: Pid,
    api: Api,
    ended: bool,
}

impl Deref for Serve {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Serve {
    /// Starts the engine of `world` and waits for its ready line.
    #[track_caller]
    pub fn start(world: &Path) -> Self {
        let mut command = binary::command(world);
        command.arg("serve");
        Self::start_with(command, world)
            .unwrap_or_else(|said| panic!("grace serve did not become ready: {said}"))
    }

    /// The same with `prefix` before the command (a tracer); `Err` when it ends before it is ready.
    pub fn start_under(prefix: &[String], world: &Path) -> Result<Self, String> {
        let plain = binary::command(world);
        let mut command = Command::new(&prefix[0]);
        command.args(&prefix[1..]).arg(plain.get_program()).args(plain.get_args()).arg("serve");
        command.env_clear().envs(plain.get_envs().filter_map(|(k, v)| Some((k, v?))));
        Self::start_with(command, world)
    }

    fn start_with(mut command: Command, world: &Path) -> Result<Self, String> {
        let log = log_file(world);
        let stderr =
            File::options().create(true).append(true).open(&log).expect("the log of serve can be written");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().expect("grace serve starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let (tell, told) = mpsc::channel();
        // Ends with the child: its pipe closes.
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            let _ = tell.send(read.map(|_| line));
        });
        let line = match told.recv_timeout(READY) {
            Ok(Ok(line)) if line.ends_with('\n') => line,
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(std::fs::read_to_string(&log).unwrap_or_default());
            }
        };
        let ready: Value = serde_json::from_str(&line).expect("the ready line is one line of JSON");
        let url = ready["url"].as_str().expect("ready: url");
        let token_file = ready["token_file"].as_str().expect("ready: token_file");
        let token =
            std::fs::read_to_string(token_file).expect("the token file can be read").trim().to_owned();
        let pid =
            ready["pid"].as_i64().and_then(|p| Pid::from_raw(i32::try_from(p).ok()?)).expect("ready: pid");
        let address = url.strip_prefix("http://").and_then(|a| a.parse().ok()).expect("ready: an address");
        Ok(Self { child, pid, api: Api { address, token }, ended: false })
    }

    /// Id of the engine's process (not of a tracer around it).
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Whether the process is gone, without waiting.
    pub fn is_gone(&mut self) -> bool {
        self.ended = self.ended || self.child.try_wait().is_ok_and(|status| status.is_some());
        self.ended
    }

    /// SIGKILL, as a power cut would.
    pub fn kill(mut self) {
        self.end(Signal::KILL);
    }

    /// SIGTERM and a wait for the end.
    #[track_caller]
    pub fn stop(mut self) {
        let status = self.end(Signal::TERM);
        assert!(status.is_some_and(|s| s.success()), "grace serve ends well at SIGTERM: {status:?}");
    }

    /// A tracer is left to end by itself: it outlives the engine, and one that is killed lets a dying engine go, which
    /// may hold its world for a moment more.
    fn end(&mut self, signal: Signal) -> Option<ExitStatus> {
        if !self.is_gone() {
            let _ = kill_process(self.pid, signal);
        }
        let status = self.child.wait().ok();
        self.ended = true;
        status
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        if !self.ended {
            self.end(Signal::KILL);
        }
    }
}

/// Where the engine's words go.
pub fn log_file(world: &Path) -> PathBuf {
    world.with_extension("serve.log")
}
