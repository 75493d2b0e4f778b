//! A W3C WebDriver client of a few lines: WebKitWebDriver under Xvfb with a bus of its own, and the real app in it.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// Longest wait for anything on the screen.
const DEADLINE_STEPS: u32 = 200;
/// Where what is sent to the desktop's notifications is written down, in the home.
pub const NOTIFICATIONS: &str = "notifications";
/// Between two attempts.
const STEP: Duration = Duration::from_millis(150);

/// A window, by the page that it shows. A title moves with what the page is about; its address does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The main window.
    Main,
    /// The signing window.
    Signing,
}

/// Keys without a character, as WebDriver names them.
pub mod key {
    pub const CONTROL: char = '\u{e009}';
    pub const ENTER: char = '\u{e007}';
    pub const ESCAPE: char = '\u{e00c}';
}

/// A window of the app, driven.
pub struct Driver {
    port: u16,
    session: String,
    process: Child,
    /// Held until the window is closed.
    _turn: MutexGuard<'static, ()>,
}

/// Whose turn it is among tests that share a process; apart from each other the runner's group keeps the same order.
static TURN: Mutex<()> = Mutex::new(());

fn step() {
    let (_open, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(STEP);
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

/// The app's binary: named by `GRACE_APP`, or beside this test.
fn app() -> PathBuf {
    let named = std::env::var_os("GRACE_APP").map(PathBuf::from);
    let beside = || {
        let own = std::env::current_exe().expect("this test's path");
        own.ancestors().nth(2).expect("target/debug").join("grace-control-center")
    };
    let path = named.unwrap_or_else(beside);
    assert!(path.is_file(), "{} is missing: cargo build -p grace-control-center", path.display());
    path
}

impl Driver {
    /// Opens the app on a world, with a home of its own.
    pub fn open(world: &Path, home: &Path, demo: bool) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let port = free_port();
        // What is sent to the desktop's notifications is written down: nothing on this bus answers it.
        let watched = format!(
            "dbus-monitor --session interface=org.freedesktop.Notifications > '{}' & exec WebKitWebDriver --port={port}",
            home.join(NOTIFICATIONS).display()
        );
        let process = Command::new("xvfb-run")
            .args(["-a", "-s", "-screen 0 1920x1080x24", "dbus-run-session", "--", "sh", "-c", &watched])
            // A group of its own, so that it ends with everything that it started.
            .process_group(0)
            .env("LANG", "C")
            .env_remove("LC_ALL")
            .env_remove("LANGUAGE")
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("HOME", home)
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("xvfb-run, dbus-run-session and WebKitWebDriver are installed");
        let mut driver = Self { port, session: String::new(), process, _turn: turn };
        let mut args = vec!["--data-dir".to_owned(), world.display().to_string()];
        if demo {
            args.push("--demo".into());
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "webkitgtk:browserOptions": { "binary": app(), "args": args } } } });
        for _ in 0..DEADLINE_STEPS {
            if let Ok(answer) = driver.request("POST", "/session", Some(&wanted)) {
                driver.session = answer["sessionId"].as_str().expect("a session").to_owned();
                return driver;
            }
            step();
        }
        panic!("the app did not open");
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(|e| e.to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).map_err(|e| e.to_string())?;
        let body = body.map(ToString::to_string).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()))
            .map_err(|e| e.to_string())?;
        let mut reader = BufReader::new(stream);
        let (mut status, mut length) = (String::new(), 0usize);
        reader.read_line(&mut status).map_err(|e| e.to_string())?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).map_err(|e| e.to_string())?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(|_| "a length".to_owned())?;
            }
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).map_err(|e| e.to_string())?;
        let answer: Value = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
        if status.contains(" 200 ") { Ok(answer["value"].clone()) } else { Err(answer["value"].to_string()) }
    }

    fn session(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        self.request(method, &format!("/session/{}{path}", self.session), body)
    }

    /// Runs a script in the page.
    pub fn script(&self, code: &str, args: &Value) -> Value {
        self.session("POST", "/execute/sync", Some(&json!({ "script": code, "args": args }))).expect(code)
    }

    /// Runs a script that calls its last argument when it is done.
    pub fn wait_script(&self, code: &str, args: &Value) -> Value {
        self.session("POST", "/execute/async", Some(&json!({ "script": code, "args": args }))).expect(code)
    }

    /// Text of the page.
    pub fn text(&self) -> String {
        // A window that is just closing has no text.
        let script = json!({ "script": "return document.body.innerText", "args": [] });
        let shown = self.session("POST", "/execute/sync", Some(&script)).unwrap_or_default();
        shown.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page shows this text.
    pub fn until_text(&self, wanted: &str) {
        self.until(&format!("text `{wanted}`"), || self.text().contains(wanted));
    }

    /// Waits until it is so.
    pub fn until(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..DEADLINE_STEPS {
            if holds() {
                return;
            }
            step();
        }
        panic!("not in time: {what}\n--- the page shows:\n{}", self.text());
    }

    /// Goes to a screen by its address.
    pub fn go(&self, hash: &str) {
        self.script("location.hash = arguments[0]", &json!([hash]));
    }

    /// Switches to the window that shows this page, waiting for it.
    pub fn window(&self, page: Page) {
        self.until(&format!("window {page:?}"), || {
            let handles = self.session("GET", "/window/handles", None).unwrap_or_default();
            handles.as_array().into_iter().flatten().any(|handle| {
                self.session("POST", "/window", Some(&json!({ "handle": handle }))).is_ok()
                    && self.session("GET", "/url", None).is_ok_and(|url| {
                        let signing = url.as_str().is_some_and(|u| u.ends_with("/signing.html"));
                        signing == (page == Page::Signing)
                    })
            })
        });
    }

    /// How many windows there are.
    pub fn windows(&self) -> usize {
        self.session("GET", "/window/handles", None)
            .ok()
            .and_then(|h| h.as_array().map(Vec::len))
            .unwrap_or(0)
    }

    fn element(&self, xpath: &str) -> Option<String> {
        let query = json!({ "using": "xpath", "value": xpath });
        let found = self.session("POST", "/element", Some(&query)).ok()?;
        found.as_object()?.values().next()?.as_str().map(str::to_owned)
    }

    /// Whether there is what an `XPath` names.
    pub fn has(&self, xpath: &str) -> bool {
        self.element(xpath).is_some()
    }

    /// Whether the main window stands at this address.
    pub fn at(&self, hash: &str) -> bool {
        self.script("return location.hash", &json!([])) == format!("#{hash}")
    }

    fn place(&self, id: &str) -> Option<Value> {
        self.session("GET", &format!("/element/{id}/rect"), None).ok()
    }

    /// Whether it says that it takes no press now. Such a button stays reachable, with its reason: it does nothing.
    fn disabled(&self, id: &str) -> bool {
        self.session("GET", &format!("/element/{id}/attribute/aria-disabled"), None)
            .is_ok_and(|v| v == "true")
    }

    /// What an `XPath` names, if it is there, can be pressed and rests. What is just moving would be missed: an answer
    /// that arrives between aim and press moves the page under the pointer, for a person as well.
    fn resting(&self, xpath: &str) -> Option<String> {
        let id = self.element(xpath)?;
        let aimed = self.place(&id)?;
        step();
        (self.place(&id)? == aimed && !self.disabled(&id)).then_some(id)
    }

    fn click(&self, id: &str) -> bool {
        self.session("POST", &format!("/element/{id}/click"), Some(&json!({}))).is_ok()
    }

    /// Presses what an `XPath` names, once, waiting for it.
    pub fn press(&self, xpath: &str) {
        self.until(&format!("something to press: {xpath}"), || {
            self.resting(xpath).is_some_and(|id| self.click(&id))
        });
    }

    /// Presses, once, what closes the window: whether that was answered before the window went says nothing.
    pub fn press_last(&self, xpath: &str) {
        self.until(&format!("something to close with: {xpath}"), || {
            self.resting(xpath).inspect(|id| _ = self.click(id)).is_some()
        });
    }

    /// Presses keys one after the other, wherever the focus is; those of one text are held together.
    pub fn keys(&self, strokes: &[&str]) {
        self.stroke(strokes).expect("keys");
    }

    /// Presses a key that closes the window: whether that was answered before the window went says nothing.
    pub fn key_last(&self, key: char) {
        let _ = self.stroke(&[&key.to_string()]);
    }

    fn stroke(&self, strokes: &[&str]) -> Result<Value, String> {
        let mut actions = Vec::new();
        for stroke in strokes {
            actions.extend(stroke.chars().map(|c| json!({ "type": "keyDown", "value": c })));
            actions.extend(stroke.chars().rev().map(|c| json!({ "type": "keyUp", "value": c })));
        }
        let typed = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.session("POST", "/actions", Some(&typed))
    }

    /// Types a text, wherever the focus is.
    pub fn write(&self, text: &str) {
        let strokes: Vec<String> =
            text.chars().map(|c| if c == '\n' { key::ENTER } else { c }).map(String::from).collect();
        self.keys(&strokes.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Types into what an `XPath` names.
    pub fn type_into(&self, xpath: &str, text: &str) {
        self.until(&format!("something to type into: {xpath}"), || {
            self.element(xpath).is_some_and(|id| {
                let value = json!({ "text": text });
                self.session("POST", &format!("/element/{id}/value"), Some(&value)).is_ok()
            })
        });
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.request("DELETE", &format!("/session/{}", self.session), None);
        }
        if let Some(group) = rustix::process::Pid::from_raw(self.process.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
        let _ = self.process.wait();
    }
}
