//! Owner, group, mode, access list and extended attributes: kept by every change, restored by every revert.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;

use grace_domain::kinds::content::FileEdit;
use grace_target::hook::no_hook;
use grace_target::{ApplyId, Plan, Root, TargetError, apply, copy, rehearse, scan};
use rustix::fs::{XattrFlags, getxattr, setxattr};

use crate::support::{Bench, Blobs, managed, managed_path, write};

const ACCESS: &str = "system.posix_acl_access";
const DEFAULT: &str = "system.posix_acl_default";
/// Owner rw, user 33 rw, group r, mask rw, others r: the system's form of an access list.
const LIST: [(u16, u16, u32); 5] = [(1, 6, ANY), (2, 6, 33), (4, 4, ANY), (16, 6, ANY), (32, 4, ANY)];
const ANY: u32 = u32::MAX;

fn list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let entries = entries.iter().flat_map(|(tag, permissions, id)| {
        [&tag.to_le_bytes()[..], &permissions.to_le_bytes(), &id.to_le_bytes()].concat()
    });
    2_u32.to_le_bytes().into_iter().chain(entries).collect()
}

fn set(at: &Path, name: &str, value: &[u8]) {
    setxattr(at, name, value, XattrFlags::empty()).unwrap();
}

fn get(at: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 4096];
    let length = getxattr(at, name, value.as_mut_slice()).ok()?;
    value.truncate(length);
    Some(value)
}

/// Everything that counts of a file but its bytes.
type Seen = (u32, u32, u32, Option<Vec<u8>>, Option<Vec<u8>>);

fn seen(at: &Path) -> Seen {
    let meta = fs::metadata(at).unwrap();
    (meta.mode() & 0o7777, meta.uid(), meta.gid(), get(at, ACCESS), get(at, "user.note"))
}

/// A file of somebody else (where this process may give files away), with an access list and a note.
fn adorn(at: &Path) -> Seen {
    if rustix::process::geteuid().is_root() {
        chown(at, Some(12_345), Some(23_456)).unwrap();
    }
    set(at, ACCESS, &list(&LIST));
    set(at, "user.note", b"kept \0 as it is");
    seen(at)
}

#[tokio::test]
async fn what_is_changed_or_removed_keeps_its_attributes_and_gets_them_back() {
    let bench = Bench::new();
    let paths = ["main.conf", "conf.d/a.conf", "conf.d/b.conf"];
    let before = paths.map(|path| adorn(&bench.at(path)));
    // Replaces the first, changes the mode of the second to 0640, removes the third.
    let plan = bench.plan().await;
    bench.apply(&plan).await.unwrap();
    assert_eq!(seen(&bench.at("main.conf")), before[0]);
    let (mode, uid, gid, access, note) = seen(&bench.at("conf.d/a.conf"));
    let follows = [(1, 6, ANY), (2, 6, 33), (4, 4, ANY), (16, 4, ANY), (32, 0, ANY)];
    assert_eq!((mode, access), (0o640, Some(list(&follows))));
    assert_eq!((uid, gid, &note), (before[1].1, before[1].2, &before[1].4));
    bench.apply(&plan.inverse()).await.unwrap();
    assert_eq!(paths.map(|path| seen(&bench.at(path))), before);

    let scratch = bench.scratch();
    let tried = rehearse(&bench.root, &bench.managed, &plan, &bench.blobs, &scratch, &|| 0).await.unwrap();
    assert_eq!((tried.before, tried.applied, tried.reverted), (plan.before, plan.after, plan.before));
}

#[tokio::test]
async fn attributes_that_were_changed_outside_grace_are_drift() {
    type Change = (&'static str, fn(&Path));
    let changes: [Change; 3] = [
        ("the access list", |at| set(at, ACCESS, &list(&[(1, 6, ANY), (4, 4, ANY), (32, 4, ANY)]))),
        ("the note", |at| set(at, "user.note", b"other")),
        ("another attribute", |at| set(at, "user.other", b"")),
    ];
    for (what, change) in changes {
        let bench = Bench::new();
        adorn(&bench.at("main.conf"));
        adorn(&bench.at("conf.d/b.conf"));
        let plan = bench.plan().await;
        change(&bench.at("main.conf"));
        let refused = bench.apply(&plan).await.unwrap_err();
        // A minimal access list is none: the system keeps only the mode then, which is another one, too.
        assert_eq!(refused.code().as_str(), "drift_detected", "{what}");
    }
}

#[tokio::test]
async fn a_new_file_gets_the_group_that_its_directory_hands_on_and_no_access_list() {
    let bench = Bench::new();
    let dir = bench.at("conf.d");
    if rustix::process::geteuid().is_root() {
        chown(&dir, None, Some(23_456)).unwrap();
    }
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o2775)).unwrap();
    set(&dir, DEFAULT, &list(&LIST));
    let edit = bench.write_edit("conf.d/c.conf", "c\n", Some(0o640));
    let plan = bench.plan_of(&[edit]).await;
    bench.apply(&plan).await.unwrap();
    let own = rustix::process::geteuid().as_raw();
    let group = fs::metadata(&dir).unwrap().gid();
    assert_eq!(seen(&bench.at("conf.d/c.conf")), (0o640, own, group, None, None));
}

#[tokio::test]
async fn attributes_of_the_system_are_kept_too_and_their_change_is_drift() {
    let bench = Bench::new();
    let names = ["trusted.note", "security.note"];
    let may_set = names.map(|name| {
        let at = bench.at("main.conf");
        setxattr(&at, name, b"q", XattrFlags::empty()).is_ok()
    });
    if may_set != [true, true] {
        // Nobody without privileges can set such, nor see the first.
        return;
    }
    set(&bench.at("conf.d/b.conf"), "trusted.note", b"q");
    let before = bench.scan().await;
    let plan = bench.plan().await;
    bench.apply(&plan).await.unwrap();
    let kept = |path: &str, name| get(&bench.at(path), name);
    assert_eq!(names.map(|name| kept("main.conf", name)), [Some(b"q".to_vec()), Some(b"q".to_vec())]);
    bench.apply(&plan.inverse()).await.unwrap();
    assert_eq!(kept("conf.d/b.conf", "trusted.note"), Some(b"q".to_vec()));
    assert_eq!(bench.scan().await, before);
    set(&bench.at("main.conf"), "trusted.note", b"r");
    assert_ne!(bench.scan().await.digest(), before.digest());
}

#[tokio::test]
async fn a_signature_that_the_system_does_not_make_anew_is_refused() {
    for (value, refused) in [(&[3_u8, 2, 4][..], true), (&[4, 4, 0], false)] {
        let bench = Bench::new();
        // A kernel that measures takes no other values than its own.
        if setxattr(bench.at("main.conf"), "security.ima", value, XattrFlags::empty()).is_err() {
            continue;
        }
        let found = scan(&bench.root, &bench.managed).await;
        let code = found.err().map(|error| error.code().as_str());
        assert_eq!(code, refused.then_some("target_attribute"));
    }
}

#[tokio::test]
async fn an_attribute_that_cannot_be_kept_counts_on_managed_files_only() {
    let bench = Bench::new();
    set(&bench.at("mime.types"), "user.\u{e9}", b"");
    copy(&bench.root, &bench.managed, &bench.scratch()).await.unwrap();
    set(&bench.at("main.conf"), "user.\u{e9}", b"");
    let refused = scan(&bench.root, &bench.managed).await.unwrap_err();
    assert_eq!(refused.code().as_str(), "target_attribute");
    assert!(refused.to_string().ends_with("its name is not plain ASCII"), "{refused}");
}

/// As somebody who may give no file away: an untouched file of root on a copy stands for the original, and a change that
/// could not keep the owner fails on the copy, before anything is touched.
#[test]
fn somebody_without_privileges_tries_changes_on_a_copy_of_files_that_are_not_theirs() {
    const INSIDE: &str = "GRACE_TEST_WITHOUT_PRIVILEGES";
    if std::env::var_os(INSIDE).is_some() || !rustix::process::geteuid().is_root() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        return runtime.block_on(on_a_copy_of_what_is_not_ours());
    }
    let test = "attributes::somebody_without_privileges_tries_changes_on_a_copy_of_files_that_are_not_theirs";
    let own = tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let program = own.path().join("test");
    fs::copy("/proc/self/exe", &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let ran = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all"])
        .arg(&program)
        .args(["--exact", test, "--nocapture"])
        .current_dir("/")
        .env(INSIDE, "1")
        .env("TMPDIR", "/tmp")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

async fn on_a_copy_of_what_is_not_ours() {
    let root = Root::open(Path::new("/etc/skel")).unwrap();
    let managed = managed(&[".*"]);
    let original = scan(&root, &managed).await.unwrap();
    assert!(original.files().any(|(_, state)| state.attributes.owner == 0), "files of root");
    let scratch = tempfile::tempdir().unwrap();
    let staged = copy(&root, &managed, scratch.path()).await.unwrap();
    assert_eq!(staged.inspect().await.unwrap(), original);

    let blobs = Blobs::default();
    let (sha256, path) = (blobs.keep(b"new\n"), managed_path(".profile"));
    let edit = FileEdit::Write { path, sha256, size: 4, mode: None };
    let plan = Plan::of_edits(&root, &managed, &original, &[edit]).unwrap();
    let refused = staged.apply(&plan, &blobs).await.unwrap_err();
    assert!(matches!(refused, TargetError::Owner { uid: 0, .. }), "{refused}");
    assert_eq!(staged.inspect().await.unwrap(), original, "nothing is half done");
    let id = ApplyId::new("upd_1").unwrap();
    assert!(apply(&root, &managed, &plan, &id, &blobs, &no_hook).await.is_err());
    assert_eq!(scan(&root, &managed).await.unwrap(), original);

    let own = tempfile::tempdir().unwrap();
    write(&own.path().join(".profile"), "ours\n", 0o600);
    let root = Root::open(own.path()).unwrap();
    let before = scan(&root, &managed).await.unwrap();
    let plan = Plan::of_edits(
        &root,
        &managed,
        &before,
        &[FileEdit::Write { path: managed_path(".profile"), sha256, size: 4, mode: None }],
    );
    assert_eq!(apply(&root, &managed, &plan.unwrap(), &id, &blobs, &no_hook).await.unwrap().replaced, 1);
}
