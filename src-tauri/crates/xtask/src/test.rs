//! `test` and `bench`: every check in the order in which it is cheapest to fail.

use crate::setup::{Needs, nginx_dir, npm_is_fresh, packages};
use crate::step::{Steps, built, command, has, top};

/// Runs everything.
pub fn test(yes: bool, rest: &[&str]) -> Result<(), String> {
    if !rest.is_empty() {
        return Err(format!("test takes no `{}`", rest.join(" ")));
    }
    let top = top();
    let ui = top.join("ui");
    let mut steps = Steps::new(9);
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
    let check = command(&ui, "npm", &["run", "--silent", "check"]);
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    steps.run_beside(
        ("ui: format, lint, types, unit tests", check),
        ("cargo clippy", command(&top, "cargo", &clippy)),
    )?;
    steps.run("cargo build", command(&top, "cargo", &["build", "--workspace", "--quiet"]))?;
    let args: &[&str] = if has("cargo-nextest") {
        &["nextest", "run", "--workspace", "--no-fail-fast"]
    } else {
        &["test", "--workspace", "--no-fail-fast"]
    };
    let mut tests = command(&top, "cargo", args);
    let built = built()?;
    tests.env("GRACE_BIN", built.join("grace"));
    tests.env("GRACE_APP", built.join("grace-control-center"));
    tests.env("GRACE_NGINX", nginx_dir()?.join("usr/sbin/nginx"));
    steps.run("tests", tests)
}

/// Runs the benches: ours and its limit, interleaved in one run.
pub fn bench(rest: &[&str]) -> Result<(), String> {
    let mut args = vec!["bench", "--quiet", "--package", "grace-tests", "--bench", "limits", "--"];
    args.extend(rest);
    let mut steps = Steps::new(1);
    steps.run("benches (release build)", command(&top(), "cargo", &args))
}
