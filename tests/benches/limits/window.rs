//! The real window of a large and of a small world: time from opening it until its text is there.
//!
//! Driven as the window tests are: WebKitWebDriver under Xvfb with a bus of its own. A missing tool is an error.

use crate::report::{Done, Figure, Goal, PAIRS, Report, Watch};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What the first screen says when the world is open and nothing waits for a person.
const TEXT: &str = "Nothing needs you";
const DEADLINE: Duration = Duration::from_secs(60);
/// Between two looks: what the figure can be wrong by.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Measures the window on both worlds in turns.
pub fn run(report: &mut Report, small: (u64, &Path), large: (u64, &Path), home: &Path) -> Done<()> {
    for tool in ["xvfb-run", "dbus-run-session", "WebKitWebDriver"] {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        if !std::env::split_paths(&paths).any(|p| p.join(tool).is_file()) {
            return Err(format!("the window cannot be measured: {tool} is not installed").into());
        }
    }
    let (app, build) = app()?;
    std::fs::create_dir(home)?;
    // Once unmeasured: libraries and fonts are in the page cache afterwards.
    open(&app, small.1, home)?;
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        let limit = open(&app, small.1, home)?;
        pairs.push((open(&app, large.1, home)?, limit));
    }
    report.add(Figure {
        workload: format!("start of the window on a log of {} entries, until its text is there", large.0),
        ours: format!("grace-control-center ({build} build) with its engine, under Xvfb and WebDriver"),
        limit: format!("the same on {} entries, in turns", small.0),
        unit: "ms",
        goal: Goal::None,
        pairs,
        notes: vec!["WebDriver's own start is not counted; its session is".into()],
    });
    Ok(())
}

/// The app's binary and how it was built: named by `GRACE_APP`, or of this target directory, release first.
fn app() -> Done<(PathBuf, &'static str)> {
    if let Some(named) = std::env::var_os("GRACE_APP") {
        return Ok((named.into(), "named"));
    }
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(3).ok_or("this binary is in no target directory")?;
    ["release", "debug"]
        .into_iter()
        .map(|build| (target.join(build).join("grace-control-center"), build))
        .find(|(path, _)| path.is_file())
        .ok_or_else(|| "the window cannot be measured: cargo build -p grace-control-center first".into())
}

struct Driver {
    port: u16,
    process: Child,
}

fn pause() {
    // Only the pace of looking: a spurious wake-up is one look more.
    std::thread::park_timeout(LOOK_EVERY);
}

/// Opens the app on a world and closes it again. Returns the milliseconds until its text was there.
fn open(app: &Path, world: &Path, home: &Path) -> Done<f64> {
    let driver = Driver::start(home)?;
    let wanted = json!({ "capabilities": { "alwaysMatch": {
        "webkitgtk:browserOptions": { "binary": app, "args": ["--data-dir", world] } } } });
    let watch = Watch::start();
    let answer = driver.request("POST", "/session", Some(&wanted))?;
    let session = answer["sessionId"].as_str().ok_or("no session")?.to_owned();
    let script = json!({ "script": "return document.body.innerText", "args": [] });
    let mut shown = String::new();
    let took = loop {
        // A page that is only just loading has no text.
        if let Ok(text) = driver.request("POST", &format!("/session/{session}/execute/sync"), Some(&script)) {
            shown = text.as_str().unwrap_or_default().to_owned();
        }
        if shown.contains(TEXT) {
            break Some(watch.millis());
        }
        if watch.elapsed() > DEADLINE {
            break None;
        }
        pause();
    };
    let ended = driver.request("DELETE", &format!("/session/{session}"), None);
    let took = took.ok_or_else(|| format!("the window did not show {TEXT:?} in time; it shows {shown:?}"))?;
    ended?;
    free(world)?;
    Ok(took)
}

/// Waits until the app has let the world go.
fn free(world: &Path) -> Done<()> {
    let watch = Watch::start();
    let file = std::fs::File::open(grace_store::World::at(world).lock())?;
    while file.try_lock().is_err() {
        if watch.elapsed() > DEADLINE {
            return Err("the app did not let the world go".into());
        }
        pause();
    }
    Ok(file.unlock()?)
}

impl Driver {
    fn start(home: &Path) -> Done<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = Command::new("xvfb-run")
            .args(["-a", "-s", "-screen 0 1920x1080x24", "dbus-run-session", "--", "WebKitWebDriver"])
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("HOME", home)
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let driver = Self { port, process };
        let watch = Watch::start();
        while driver.request("GET", "/status", None).is_err() {
            if watch.elapsed() > DEADLINE {
                return Err("WebKitWebDriver did not start".into());
            }
            pause();
        }
        Ok(driver)
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Done<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(DEADLINE))?;
        let body = body.map(ToString::to_string).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut reader = BufReader::new(stream);
        let (mut status, mut length) = (String::new(), 0usize);
        reader.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes)?;
        let answer: Value = serde_json::from_slice(&bytes)?;
        if status.contains(" 200 ") {
            Ok(answer["value"].clone())
        } else {
            Err(answer["value"].to_string().into())
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A window that is gone already is no error here.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
