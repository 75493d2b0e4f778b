//! A target in a temporary directory, blobs in memory, and the whole of a directory as a value to compare.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use grace_domain::core::digest::Digest;
use grace_domain::files::path::ManagedPath;
use grace_domain::files::tree_digest::ManagedTree;
use grace_domain::kinds::content::FileEdit;
use grace_target::hook::no_hook;
use grace_target::{
    Applied, ApplyId, BlobError, BlobSink, BlobSource, BoxFuture, Managed, Plan, Root, TargetError, apply,
    scan, snapshot,
};
use tempfile::TempDir;

/// Blobs in memory.
#[derive(Debug, Default)]
pub struct Blobs(pub Mutex<BTreeMap<Digest, Vec<u8>>>);

impl Blobs {
    pub fn keep(&self, bytes: &[u8]) -> Digest {
        self.0.lock().unwrap().insert(Digest::of(bytes), bytes.to_vec());
        Digest::of(bytes)
    }
}

impl BlobSource for Blobs {
    fn get<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<Option<Vec<u8>>, BlobError>> {
        Box::pin(async { Ok(self.0.lock().unwrap().get(digest).cloned()) })
    }
}

impl BlobSink for Blobs {
    fn put<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Digest, BlobError>> {
        Box::pin(async { Ok(self.keep(bytes)) })
    }
}

/// A target with its blobs, and a directory beside it that nothing may touch.
pub struct Bench {
    pub base: TempDir,
    pub root: Root,
    pub managed: Managed,
    pub blobs: Blobs,
}

pub const MANAGED: [&str; 3] = ["main.conf", "conf.d/**", "empty/*.conf"];

impl Bench {
    /// `main.conf`, `conf.d/a.conf` (0600), `conf.d/b.conf` are managed; `mime.types` and `logs/old` are not.
    pub fn new() -> Self {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("target");
        fs::create_dir_all(root.join("conf.d")).unwrap();
        fs::create_dir_all(root.join("logs")).unwrap();
        fs::create_dir(base.path().join("scratch")).unwrap();
        fs::create_dir(base.path().join("outside")).unwrap();
        fs::write(base.path().join("outside/secret"), "secret").unwrap();
        write(&root.join("main.conf"), "main old\n", 0o644);
        write(&root.join("conf.d/a.conf"), "a old\n", 0o600);
        write(&root.join("conf.d/b.conf"), "b old\n", 0o644);
        write(&root.join("mime.types"), "types\n", 0o644);
        write(&root.join("logs/old"), "log\n", 0o644);
        Self { root: Root::open(&root).unwrap(), managed: managed(&MANAGED), blobs: Blobs::default(), base }
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub fn outside(&self) -> PathBuf {
        self.base.path().join("outside")
    }

    pub fn scratch(&self) -> PathBuf {
        self.base.path().join("scratch")
    }

    pub async fn scan(&self) -> ManagedTree {
        scan(&self.root, &self.managed).await.unwrap()
    }

    pub fn write_edit(&self, path: &str, text: &str, mode: Option<u32>) -> FileEdit {
        let sha256 = self.blobs.keep(text.as_bytes());
        FileEdit::Write { path: managed_path(path), sha256, size: text.len() as u64, mode }
    }

    /// Replaces one file, one file's mode, removes one, adds two, one of them in new directories. Bases are kept.
    pub async fn plan(&self) -> Plan {
        let edits = [
            self.write_edit("main.conf", "main new\n", None),
            self.write_edit("conf.d/a.conf", "a old\n", Some(0o640)),
            FileEdit::Remove { path: managed_path("conf.d/b.conf") },
            self.write_edit("conf.d/c.conf", "c new\n", None),
            self.write_edit("conf.d/new/deep/d.conf", "d new\n", Some(0o600)),
        ];
        self.plan_of(&edits).await
    }

    pub async fn plan_of(&self, edits: &[FileEdit]) -> Plan {
        let plan = Plan::of_edits(&self.root, &self.managed, &self.scan().await, edits).unwrap();
        snapshot(&self.root, plan.bases(), &self.blobs).await.unwrap();
        plan
    }

    pub async fn apply(&self, plan: &Plan) -> Result<Applied, TargetError> {
        apply(&self.root, &self.managed, plan, &id(), &self.blobs, &no_hook).await
    }

    /// Everything beneath the base: nothing outside of the target may ever change.
    pub fn everything(&self) -> Everything {
        everything(self.base.path())
    }
}

pub fn id() -> ApplyId {
    ApplyId::new("upd_1").unwrap()
}

pub fn managed(globs: &[&str]) -> Managed {
    Managed::new(&globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>()).unwrap()
}

pub fn managed_path(path: &str) -> ManagedPath {
    ManagedPath::parse(path).unwrap()
}

pub fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub fn link(to: impl AsRef<Path>, at: &Path) {
    symlink(to, at).unwrap();
}

/// Relative path -> what is there: mode and bytes, the target of a link, or a directory.
pub type Everything = BTreeMap<String, String>;

pub fn everything(top: &Path) -> Everything {
    let mut all = Everything::new();
    let mut open = vec![top.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let said = if meta.is_symlink() {
                format!("link {}", fs::read_link(&path).unwrap().display())
            } else if meta.is_dir() {
                open.push(path.clone());
                String::from("directory")
            } else if meta.is_file() {
                let mode = meta.permissions().mode() & 0o7777;
                format!("{mode:o} {}", String::from_utf8_lossy(&fs::read(&path).unwrap()))
            } else {
                String::from("special")
            };
            all.insert(path.strip_prefix(top).unwrap().to_str().unwrap().to_owned(), said);
        }
    }
    all
}

/// Monotonic milliseconds.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own clock, handed in where the product injects one"
)]
pub fn clock_ms() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap()
}

/// Calls `done` again and again until it says yes or ten seconds are over.
pub async fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = clock_ms() + 10_000;
    while !done() {
        assert!(clock_ms() < deadline, "not within ten seconds: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether the process runs; one that only waits to be reaped does not.
pub fn runs(pid: &str) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{}/stat", pid.trim())) else { return false };
    !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z')
}
