//! `run`: from a fresh clone to the open window with the demo world.

use crate::setup::{Needs, npm_is_fresh, packages};
use crate::step::{Steps, command, has, top};
use std::path::PathBuf;
use std::process::Command;

/// Builds and opens the app. Without a display it starts under Xvfb and leaves a screenshot.
pub fn run(yes: bool, rest: &[&str]) -> Result<(), String> {
    let top = top();
    let ui = top.join("ui");
    let mut steps = Steps::new(5);
    packages(&mut steps, Needs::Run, yes)?;
    if npm_is_fresh(&ui) {
        steps.begin("npm ci: node_modules is up to date");
    } else {
        steps.run("npm ci", command(&ui, "npm", &["ci", "--no-audit", "--no-fund"]))?;
    }
    steps.run("ui: build", command(&ui, "npm", &["run", "--silent", "build"]))?;
    let build = ["build", "--package", "grace-control-center", "--package", "grace-cli"];
    steps.run("cargo build", command(&top, "cargo", &build))?;
    let app = top.join("target/debug/grace-control-center");
    let world =
        std::env::var_os("GRACE_DATA_DIR").map_or_else(|| top.join("target/demo-world"), PathBuf::from);
    let shown = std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some();
    let mut open = if shown {
        Command::new(&app)
    } else {
        if !has("xvfb-run") || !has("dbus-run-session") {
            return Err("there is no display, and xvfb-run or dbus-run-session is missing".into());
        }
        let mut c = Command::new("xvfb-run");
        c.args(["-a", "-s", "-screen 0 1280x800x24", "dbus-run-session", "--"]).arg(&app);
        c.arg("--screenshot").arg(top.join("target/window.png"));
        c
    };
    open.args(["--demo", "--data-dir"]).arg(&world).args(rest).current_dir(&top);
    eprintln!("    world: {}", world.display());
    if !shown {
        eprintln!("    no display: screenshot in {}", top.join("target/window.png").display());
        eprintln!("    API address and token: {}", world.join("engine.json").display());
    }
    steps.run("open the app (Ctrl+C ends it)", open)
}
