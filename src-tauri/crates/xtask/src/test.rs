//! `test`, whole or fast, and `bench`: every check in the order in which it is cheapest to fail.

use crate::setup::{Needs, nginx_dir, npm_is_fresh, packages};
use crate::step::{Steps, built, command, has, top};
use std::process::Command;

/// Runs everything.
pub fn test(yes: bool, rest: &[&str]) -> Result<(), String> {
    match rest {
        [] => {}
        ["--fast"] => return fast(),
        _ => return Err(format!("test takes no `{}`", rest.join(" "))),
    }
    let top = top();
    let ui = top.join("ui");
    let mut steps = Steps::new(8);
    packages(&mut steps, Needs::Test, yes)?;
    steps.run("cargo fmt", command(&top, "cargo", &["fmt", "--all", "--check"]))?;
    let fetch = command(&top, "cargo", &["fetch", "--locked", "--target", "host-tuple"]);
    if npm_is_fresh(&ui) {
        steps.begin("npm ci: node_modules is up to date");
        steps.run("cargo fetch", fetch)?;
    } else {
        let npm = command(&ui, "npm", &["ci", "--no-audit", "--no-fund"]);
        steps.run_beside(("npm ci", npm), ("cargo fetch", fetch))?;
    }
    steps.run("ui: build", command(&ui, "npm", &["run", "--silent", "build"]))?;
    let build = command(&top, "cargo", &["build", "--workspace", "--all-targets", "--quiet"]);
    steps.run_beside(screens(), ("cargo build, with clippy", linting(build)))?;
    let threads = threads();
    let args: &[&str] = if has("cargo-nextest") {
        &["nextest", "run", "--workspace", "--no-fail-fast", "--test-threads", &threads]
    } else {
        &["test", "--workspace", "--no-fail-fast"]
    };
    steps.run("tests", with_product(linting(command(&top, "cargo", args)))?)
}

/// Tests at once. Most wait for a timer, a disk or a process: two for each processor keep these busy.
fn threads() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (processors * 2).to_string()
}

/// What a change is checked with while it is made: no installing, no build of the product, no test that waits for
/// windows, processes or time.
fn fast() -> Result<(), String> {
    let top = top();
    let ui = top.join("ui");
    let mut steps = Steps::new(4);
    steps.run("cargo fmt", command(&top, "cargo", &["fmt", "--all", "--check"]))?;
    // The app holds the screens: it cannot be checked without them.
    if !npm_is_fresh(&ui) || !ui.join("dist/index.html").is_file() {
        return Err("the screens were never built here: run `cargo xtask test` once".into());
    }
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    steps.run_beside(screens(), ("cargo clippy", command(&top, "cargo", &clippy)))?;
    let args: &[&str] = if has("cargo-nextest") {
        &["nextest", "run", "--workspace", "--profile", "fast"]
    } else {
        &["test", "--workspace", "--lib", "--bins", "--test", "domain", "--test", "store"]
    };
    steps.run("unit tests, rules, store, house rules", command(&top, "cargo", args))
}

/// The screens' own checks.
fn screens() -> (&'static str, Command) {
    let check = command(&top().join("ui"), "npm", &["run", "--silent", "check"]);
    ("ui: format, lint, types, unit tests", check)
}

/// Lets clippy compile the workspace: it lints what it compiles, so nothing is compiled once to be linted and once more
/// to be run. `cargo clippy` is this with `check` in place of `build`; its flags travel in the same way.
fn linting(mut cargo: Command) -> Command {
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    cargo.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
    cargo
}

/// Tells tests where the product lies that was built.
pub fn with_product(mut tests: Command) -> Result<Command, String> {
    let built = built()?;
    tests.env("GRACE_BIN", built.join("grace"));
    tests.env("GRACE_APP", built.join("grace-control-center"));
    tests.env("GRACE_NGINX", nginx_dir()?.join("usr/sbin/nginx"));
    Ok(tests)
}

/// Runs the benches: ours and its limit, interleaved in one run.
pub fn bench(rest: &[&str]) -> Result<(), String> {
    let mut args = vec!["bench", "--quiet", "--package", "grace-tests", "--bench", "limits", "--"];
    args.extend(rest);
    let mut steps = Steps::new(1);
    steps.run("benches (release build)", command(&top(), "cargo", &args))
}
