//! The house rules that a machine can see: dependency arrows, prose on every module, SQL in one place, people's keys
//! out of the engine's reach, no forgotten test file; and on the syntax of the sources `circles`, `clauses`, `kinds`, `shapes` and `threads`.

mod circles;
mod clauses;
mod kinds;
mod modules;
mod shapes;
mod threads;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Fails with everything that a rule found, each with where or how.
#[track_caller]
fn none(rule: &str, found: &BTreeMap<String, String>) {
    let all: Vec<String> = found.iter().map(|(what, how)| format!("{what}    {how}")).collect();
    assert!(found.is_empty(), "{rule}\n    {}", all.join("\n    "));
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests package lies in the workspace")
        .to_owned()
}

fn files(dir: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.map(|e| e.expect("a readable directory")) {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !["node_modules", "dist", "gen", "generated"].contains(&name.as_str()) {
            files(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn rust_files(beneath: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&top().join(beneath), ".rs", &mut found);
    assert!(!found.is_empty(), "no Rust file beneath {beneath}");
    found
        .into_iter()
        .map(|p| {
            let text = fs::read_to_string(&p).expect("readable");
            (p, text)
        })
        .collect()
}

/// A path as it is written in this repository.
fn relative(path: &Path) -> String {
    path.strip_prefix(top()).expect("a path of the workspace").to_string_lossy().into_owned()
}

/// Root files of all our crates and programs.
fn roots() -> Vec<PathBuf> {
    let mut dirs = vec![top().join("src-tauri")];
    let crates = fs::read_dir(top().join("src-tauri/crates")).expect("crates");
    dirs.extend(crates.map(|e| e.expect("an entry").path()));
    let names = ["src/lib.rs", "src/main.rs"];
    let mut found: Vec<PathBuf> =
        dirs.iter().flat_map(|d| names.map(|n| d.join(n))).filter(|p| p.is_file()).collect();
    dirs.iter().for_each(|d| files(&d.join("src/bin"), ".rs", &mut found));
    found.sort();
    found
}

/// Names of a section's dependencies, read from a Cargo.toml.
fn dependencies(manifest: &Path, section: &str) -> Vec<String> {
    let text = fs::read_to_string(manifest).expect("a manifest");
    text.lines()
        .skip_while(|l| l.trim() != format!("[{section}]"))
        .skip(1)
        .take_while(|l| !l.starts_with('['))
        .filter_map(|l| l.split(['=', '.', ' ']).next())
        .filter(|n| !n.is_empty() && !n.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn arrows_point_down_only() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("grace-domain", &[][..]),
        ("grace-store", &["grace-domain"][..]),
        ("grace-target", &["grace-domain"][..]),
        ("grace-engine", &["grace-domain", "grace-store", "grace-target"][..]),
        ("grace-evidence", &["grace-domain"][..]),
        ("grace-api", &["grace-domain", "grace-store", "grace-target", "grace-engine", "grace-evidence"][..]),
        ("grace-sim", &["grace-domain", "grace-target", "grace-api"][..]),
        (
            "grace-cli",
            &["grace-domain", "grace-target", "grace-engine", "grace-evidence", "grace-api", "grace-sim"][..],
        ),
        ("xtask", &[][..]),
    ]);
    for entry in fs::read_dir(top().join("src-tauri/crates")).expect("crates") {
        let dir = entry.expect("an entry").path();
        let name = dir.file_name().and_then(|n| n.to_str()).expect("a name");
        let below = allowed.get(name).unwrap_or_else(|| panic!("{name} has no place among the crates"));
        let manifest = dir.join("Cargo.toml");
        for dependency in dependencies(&manifest, "dependencies") {
            let ours = dependency.starts_with("grace-");
            assert!(!ours || below.contains(&dependency.as_str()), "{name} must not depend on {dependency}");
            if name != "grace-store" {
                assert_ne!(dependency, "sqlx", "{name}: SQL belongs to grace-store");
            }
            if name == "grace-evidence" {
                assert_ne!(dependency, "axum", "{name}: a proof is checked without a server");
            }
            assert!(!dependency.starts_with("tauri"), "{name}: only the shell names tauri");
        }
    }
    for banned in ["tokio", "sqlx", "rand", "getrandom", "axum", "tauri"] {
        for pure in ["grace-domain", "grace-evidence"] {
            let manifest = top().join("src-tauri/crates").join(pure).join("Cargo.toml");
            assert!(
                !dependencies(&manifest, "dependencies").contains(&banned.to_owned()),
                "{pure}: {banned}"
            );
        }
    }
}

#[test]
fn every_module_says_what_it_owns() {
    for dir in ["src-tauri/src", "src-tauri/crates", "tests"] {
        for (path, text) in rust_files(dir) {
            assert!(text.starts_with("//!"), "{} does not open with //!", path.display());
        }
    }
}

#[test]
fn sql_stands_in_the_store_only() {
    for dir in ["src-tauri/src", "src-tauri/crates"] {
        for (path, text) in rust_files(dir) {
            let store = path.components().any(|c| c.as_os_str() == "grace-store");
            let tests = path.components().any(|c| c.as_os_str() == "tests");
            if store || tests {
                continue;
            }
            for word in ["INSERT INTO", "SELECT ", "PRAGMA ", "UPDATE head", "sqlx::"] {
                let found = text.lines().find(|l| !l.trim_start().starts_with("//") && l.contains(word));
                assert!(found.is_none(), "{}: {found:?}", path.display());
            }
        }
    }
}

#[test]
fn the_engine_cannot_reach_a_persons_signer() {
    for name in ["grace-target", "grace-engine"] {
        let krate = top().join("src-tauri/crates").join(name);
        for (path, text) in rust_files(&format!("src-tauri/crates/{name}/src")) {
            for word in ["grace_api", "pkcs8", "passphrase", "PersonKey"] {
                assert!(!text.contains(word), "{} names {word}", path.display());
            }
        }
        assert!(!dependencies(&krate.join("Cargo.toml"), "dependencies").contains(&"pkcs8".to_owned()));
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let dir = top().join("tests/tests");
    let main = fs::read_to_string(dir.join("main.rs")).expect("main.rs");
    for entry in fs::read_dir(&dir).expect("tests").map(|e| e.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let module = name.trim_end_matches(".rs");
        let is_module = name.ends_with(".rs") || entry.path().join("mod.rs").exists();
        if is_module && module != "main" {
            assert!(main.contains(&format!("mod {module};")), "{name} is not declared in main.rs");
        }
    }
}

#[test]
fn product_code_is_finished() {
    for dir in ["src-tauri/src", "src-tauri/crates"] {
        for (path, text) in rust_files(dir) {
            if path.components().any(|c| c.as_os_str() == "tests") {
                continue;
            }
            for word in ["TO\u{44}O", "FIX\u{4d}E", "unimplemented!", "to\u{64}o!("] {
                assert!(!text.contains(word), "{} holds {word}", path.display());
            }
        }
    }
}
