//! What stands on a disk: every name with kind, mode and bytes, so that two moments can be compared.

use grace_domain::core::digest::Digest;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Path beneath the top → what is there.
pub type Inventory = BTreeMap<PathBuf, String>;

/// Everything beneath `top`, except below the paths in `without`.
pub fn inventory(top: &Path, without: &[&Path]) -> Inventory {
    let mut found = Inventory::new();
    walk(top, top, without, &mut found);
    found
}

fn walk(top: &Path, dir: &Path, without: &[&Path], found: &mut Inventory) {
    let mut entries: Vec<_> = fs::read_dir(dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .map(|e| e.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if without.contains(&path.as_path()) {
            continue;
        }
        let meta = fs::symlink_metadata(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mode = meta.permissions().mode() & 0o7777;
        let name = path.strip_prefix(top).expect("beneath the top").to_owned();
        if meta.is_dir() {
            found.insert(name, format!("directory {mode:o}"));
            walk(top, &path, without, found);
        } else if meta.is_symlink() {
            let to = fs::read_link(&path).expect("a link");
            found.insert(name, format!("link to {}", to.display()));
        } else if meta.is_file() {
            let bytes = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            found.insert(name, format!("file {mode:o} {} {}", bytes.len(), Digest::of(&bytes)));
        } else {
            found.insert(name, "special".into());
        }
    }
}

/// Copies a directory with modes.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the copy's directory");
    fs::set_permissions(to, fs::metadata(from).expect("a directory").permissions()).expect("the copy's mode");
    for entry in fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else if path.is_file() {
            // `fs::copy` keeps the mode.
            fs::copy(&path, &target).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
    }
}

/// Makes `to` what `from` is.
pub fn restore(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).expect("the old content can be removed");
    }
    copy(from, to);
}
