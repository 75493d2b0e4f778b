//! The files of a directory before an update, and what the update does to them.

use std::fs;
use std::path::Path;

use grace_domain::kinds::content::FileEdit;

use crate::support::{Blobs, managed_path, write};

pub fn make_root(root: &Path) {
    fs::create_dir_all(root.join("conf.d")).unwrap();
    write(&root.join("main.conf"), "main old\n", 0o644);
    write(&root.join("conf.d/a.conf"), "a old\n", 0o600);
    write(&root.join("conf.d/b.conf"), "b old\n", 0o644);
    write(&root.join("readme"), "not managed\n", 0o644);
}

/// Replaces one file, one file's mode, removes one, adds one in new directories.
pub fn edits(blobs: &Blobs) -> Vec<FileEdit> {
    let write = |path: &str, text: &str, mode: Option<u32>| FileEdit::Write {
        path: managed_path(path),
        sha256: blobs.keep(text.as_bytes()),
        size: text.len() as u64,
        mode,
    };
    vec![
        write("main.conf", "main new\n", None),
        write("conf.d/a.conf", "a old\n", Some(0o640)),
        write("conf.d/new/deep/d.conf", "d new\n", Some(0o600)),
        FileEdit::Remove { path: managed_path("conf.d/b.conf") },
    ]
}
