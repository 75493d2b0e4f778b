//! A W3C WebDriver client of a few lines: WebKitWebDriver under Xvfb with a bus of its own, and the real app in it.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Longest wait for anything on the screen.
const DEADLINE_STEPS: u32 = 200;
/// Between two looks.
const STEP: Duration = Duration::from_millis(150);

/// A window of the app, driven.
pub struct Driver {
    port: u16,
    session: String,
    process: Child,
}

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
        let port = free_port();
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
            .spawn()
            .expect("xvfb-run, dbus-run-session and WebKitWebDriver are installed");
        let mut driver = Self { port, session: String::new(), process };
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

    /// Switches to the window with this title, waiting for it.
    pub fn window(&self, title: &str) {
        self.until(&format!("window `{title}`"), || {
            let handles = self.session("GET", "/window/handles", None).unwrap_or_default();
            handles.as_array().into_iter().flatten().any(|handle| {
                self.session("POST", "/window", Some(&json!({ "handle": handle }))).is_ok()
                    && self
                        .session("GET", "/title", None)
                        .is_ok_and(|t| t.as_str().is_some_and(|t| t.contains(title)))
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

    /// Presses what an XPath names, if it is there.
    pub fn try_press(&self, xpath: &str) -> bool {
        self.element(xpath)
            .is_some_and(|id| self.session("POST", &format!("/element/{id}/click"), Some(&json!({}))).is_ok())
    }

    /// Presses what an XPath names, waiting for it.
    pub fn press(&self, xpath: &str) {
        self.until(&format!("something to press: {xpath}"), || self.try_press(xpath));
    }

    /// Types into what an XPath names.
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
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
