//! The shapes that only the shell speaks, as the UI has them: `ui/src/generated/shell.ts`, rewritten with `UPDATE=1`.
//!
//! Owns that file. Never part of the app.

use crate::app_state::{AppView, Phase, Step};
use crate::settings::Theme;
use std::path::Path;
use ts_rs::TS;

fn declared<T: TS>(config: &ts_rs::Config) -> String {
    format!("\n{}export {}\n", T::docs().unwrap_or_default(), T::decl(config))
}

fn file() -> String {
    let config = ts_rs::Config::new();
    let shapes = [
        declared::<AppView>(&config),
        declared::<Phase>(&config),
        declared::<Step>(&config),
        declared::<Theme>(&config),
    ];
    let head = "// Generated from the shell. Rewrite with `UPDATE=1 cargo nextest run typescript`.\n\n";
    let lines: Vec<String> = shapes.concat().lines().map(|line| line.trim_end().to_owned()).collect();
    format!("{head}import type {{ Problem }} from \"./problem\";\n{}\n", lines.join("\n"))
}

#[test]
fn typescript_of_the_shell_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/generated/shell.ts");
    let fresh = file();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &fresh).expect("write the generated file");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == fresh, "stale: shell.ts; rewrite with UPDATE=1");
}
