//! Gives the windows' commands to the permission system. The names of operations are read from the one list of the
//! API, so that a new operation is refused until a capability names it.

use std::fs;
use std::path::Path;

/// Commands that only the shell has.
const SHELL: [&str; 9] = [
    "app_state",
    "world_demo",
    "world_create",
    "world_open",
    "theme_set",
    "signing_open",
    "signing_view",
    "sign",
    "signing_close",
];

fn main() {
    let list = Path::new("crates/grace-api/src/operations.rs");
    println!("cargo:rerun-if-changed={}", list.display());
    println!("cargo:rerun-if-changed=../ui/dist");
    if !Path::new("../ui/dist/index.html").is_file() {
        println!("cargo:error=the window's pages are missing: run `npm ci && npm run build` in ui/");
        std::process::exit(1);
    }
    let text = fs::read_to_string(list).unwrap_or_else(|error| {
        println!("cargo:error={}: {error}", list.display());
        std::process::exit(1)
    });
    let mut names: Vec<&'static str> = SHELL.to_vec();
    names.extend(operations(&text).into_iter().map(|name| &*name.leak()));
    let manifest = tauri_build::AppManifest::new().commands(names.leak());
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo:error={error:#}");
        std::process::exit(1);
    }
}

/// Names of the operations in front of the `signed` group.
fn operations(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("signed {"))
        .filter_map(|line| line.split_once(": "))
        .filter(|(_, rest)| ["GET \"", "POST \"", "PUT \""].iter().any(|method| rest.starts_with(method)))
        .map(|(name, _)| name.to_owned())
        .collect()
}
