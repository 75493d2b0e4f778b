//! Running `grace` against a world of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A world in a temporary directory.
pub struct World {
    pub dir: tempfile::TempDir,
    serving: Option<Child>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    pub fn code_word(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        self.json()
    }
}

pub fn grace(args: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_grace"))
        .args(args)
        .env_remove("GRACE_DATA_DIR")
        .env_remove("GRACE_PERSON")
        .env_remove("GRACE_PASSPHRASE_FILE")
        .stdin(Stdio::null())
        .output()
        .expect("grace runs");
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl World {
    /// A demo world, not served yet.
    pub fn demo() -> Self {
        let world = Self { dir: tempfile::tempdir().expect("a directory"), serving: None };
        world.run(&["demo"]).ok();
        world
    }

    pub fn served() -> Self {
        let mut world = Self::demo();
        world.serve();
        world
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("world")
    }

    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).expect("write");
        path
    }

    /// Where the managed file of a demo component is.
    pub fn managed(&self, component: &str) -> PathBuf {
        self.path().join("targets").join(component).join("gateway.conf")
    }

    /// Starts `serve` and reads its one line.
    pub fn serve(&mut self) -> Value {
        let mut child = Command::new(env!("CARGO_BIN_EXE_grace"))
            .arg("--data-dir")
            .arg(self.path())
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("grace serves");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        self.serving = Some(child);
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("no JSON ({e}): {line:?}"))
    }

    /// Ends `serve` by SIGTERM and says its exit code.
    pub fn stop(&mut self) -> i32 {
        let Some(mut child) = self.serving.take() else { return -1 };
        let pid = i32::try_from(child.id()).expect("a pid");
        let pid = rustix::process::Pid::from_raw(pid).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("kill");
        child.wait().expect("it ends").code().unwrap_or(-1)
    }

    pub fn run(&self, args: &[&str]) -> Run {
        let dir = self.path();
        let mut all = vec!["--data-dir", dir.to_str().expect("a path"), "--json"];
        all.extend_from_slice(args);
        grace(&all)
    }

    /// The same signed by a demo person.
    pub fn run_as(&self, person: &str, args: &[&str]) -> Run {
        let file = self.path().join("people/passphrase");
        let mut all = vec!["--as", person, "--passphrase-file", file.to_str().expect("a path")];
        all.extend_from_slice(args);
        self.run(&all)
    }

    /// What a terminal shows: without `--json`.
    pub fn told(&self, args: &[&str]) -> String {
        let dir = self.path();
        let run = grace(&[&["--data-dir", dir.to_str().expect("a path")], args].concat());
        assert_eq!(run.code, 0, "{run:?}");
        run.out
    }

    pub fn show(&self, id: &str) -> Value {
        self.run(&["update", "show", id]).ok()
    }

    /// Polls until `what` holds; fails after half a minute with what was seen last.
    #[track_caller]
    pub fn until(&self, args: &[&str], what: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let seen = self.run(args).json();
            if what(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "{args:?} is still {seen:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A submitted update of the edge gateway that waits for approval.
    pub fn submit(&self, content: &str, risk: &str) -> Value {
        let file = self.file("new.conf", content);
        let file = format!("gateway.conf={}", file.display());
        let args = [
            "update",
            "submit",
            "--component",
            "edge-gateway",
            "--file",
            &file,
            "--risk",
            risk,
            "--title",
            "Raise the pool",
            "--wait",
        ];
        self.run_as("developer", &args).json()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.serving.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("readable")
}
