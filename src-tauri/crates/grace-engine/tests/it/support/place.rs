//! A directory target on disk with commands that tests can steer: a check that looks for a word, an activation that
//! records what it was run on, can be told to fail, and can be held at a gate.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Refuses a copy that holds the word.
const CHECK: &str = r#"if grep -q BROKEN "$1/app.conf"; then echo "it is broken" >&2; exit 1; fi"#;
/// Records the first line of what it activates, waits while the gate is shut, fails where the content asks for it.
const ACTIVATE: &str = r#"
head -n 1 "$1/app.conf" >> "$1.activations"
if [ -p "$1.gate" ]; then read -r _ < "$1.gate"; fi
if [ -e "$1.refuse" ]; then rm "$1.refuse"; echo "not this time" >&2; exit 3; fi
if grep -q refuse-activation "$1/app.conf"; then echo "it does not start" >&2; exit 3; fi
if grep -q change-yourself "$1/app.conf"; then echo changed >> "$1/app.conf"; fi
"#;

/// What stands there when a test begins.
pub const FIRST: &str = "workers = 4\nname = edge\n";

/// A target and what belongs to it.
pub struct Place {
    pub root: PathBuf,
    shut: AtomicBool,
}

impl Place {
    /// Makes the root with its first content.
    pub fn make(base: &Path, name: &str) -> Self {
        let root = base.join(name);
        std::fs::create_dir(&root).expect("a root");
        std::fs::write(root.join("app.conf"), FIRST).expect("content");
        Self { root, shut: AtomicBool::new(false) }
    }

    /// Its document; `check` replaces the usual check's script.
    pub fn document(&self, check: Option<&str>) -> String {
        serde_json::json!({
            "kind": "directory", "root": self.root, "managed": ["*.conf", "conf.d/**"],
            "check": { "argv": ["/bin/sh", "-c", check.unwrap_or(CHECK), "check", "{staged}"], "timeout_s": 20 },
            "activate": { "argv": ["/bin/sh", "-c", ACTIVATE, "activate", "{root}"], "timeout_s": 60 },
        })
        .to_string()
    }

    fn beside(&self, what: &str) -> PathBuf {
        let mut name = self.root.clone().into_os_string();
        name.push(what);
        name.into()
    }

    /// First lines of all that was activated, in order.
    pub fn activations(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.beside(".activations")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Activations wait from now on.
    pub fn shut_gate(&self) {
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, self.beside(".gate"), rustix::fs::FileType::Fifo, mode, 0)
            .expect("a gate");
        self.shut.store(true, Ordering::SeqCst);
    }

    /// Lets the activation that waits at the gate go on; false when none does yet. The gate stays shut.
    pub fn let_one_pass(&self) -> bool {
        wake(&self.beside(".gate"))
    }

    /// Activations go on, those that wait and those to come.
    pub fn open_gate(&self) {
        let gone = self.beside(".gate.open");
        std::fs::rename(self.beside(".gate"), &gone).expect("the gate was shut");
        wake(&gone);
        std::fs::remove_file(&gone).expect("renamed");
        self.shut.store(false, Ordering::SeqCst);
    }

    /// The next activation fails.
    pub fn refuse_once(&self) {
        std::fs::write(self.beside(".refuse"), "").expect("written");
    }

    pub fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.root.join(path)).expect("the file")
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.read("app.conf")).expect("text")
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        std::fs::write(self.root.join(path), bytes).expect("written");
    }
}

/// Opens and closes a pipe for writing: whoever reads from it sees its end. False when nobody does.
fn wake(gate: &Path) -> bool {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).expect("small");
    std::fs::OpenOptions::new().write(true).custom_flags(flags).open(gate).is_ok()
}

impl Drop for Place {
    fn drop(&mut self) {
        // A test that ends while the gate is shut must not leave a process waiting.
        if self.shut.load(Ordering::SeqCst) {
            self.open_gate();
        }
    }
}
