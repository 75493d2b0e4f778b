//! The benches behind `cargo xtask bench [NAME] [--json]`: ours beside its limit, interleaved in one run.
//!
//! Owns what is run and in which order. Never gates: a missed goal is printed, only a bench that could not measure is an
//! error.
#![allow(clippy::pedantic, reason = "benches favour plain words over the last allocation")]

mod append;
mod bare;
mod growth;
mod load;
mod logs;
mod people;
mod report;
mod start;
mod updates;
mod verify;
mod window;

use report::{Done, Report};
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};

/// In the order in which they run when none is named.
const NAMES: [&str; 6] = ["append", "growth", "verify", "updates", "load", "start"];

fn runtime() -> Done<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

fn run(name: &str, report: &mut Report) -> Done<()> {
    let runtime = runtime()?;
    match name {
        "append" => runtime.block_on(append::run(report)),
        "growth" => runtime.block_on(growth::run(report)),
        "verify" => runtime.block_on(verify::run(report)),
        "updates" => runtime.block_on(updates::run(report)),
        "load" => runtime.block_on(load::run(report)),
        _ => runtime.block_on(start::run(report)),
    }
}

fn main() -> ExitCode {
    // The engine of `updates` starts its checks with this binary.
    grace_target::run_if_sandbox_child();
    let mut names: Vec<String> = Vec::new();
    let mut json = false;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--json" => json = true,
            // What cargo adds by itself.
            "--bench" => {}
            verify::CHILD => return child(|runtime| runtime.block_on(verify::child(args.next()))),
            _ if NAMES.contains(&arg.as_str()) => names.push(arg),
            _ => {
                eprintln!("no bench is called {arg:?}; there are {}, and --json", NAMES.join(", "));
                return ExitCode::from(2);
            }
        }
    }
    if names.is_empty() {
        names.extend(NAMES.map(str::to_owned));
    }
    let mut code = ExitCode::SUCCESS;
    for name in &names {
        let mut report = Report::new(name, json);
        if let Err(error) = run(name, &mut report) {
            report.failed(&error.to_string());
            code = ExitCode::FAILURE;
        }
        report.end();
    }
    code
}

fn child(work: impl FnOnce(&Runtime) -> Done<()>) -> ExitCode {
    match runtime().and_then(|runtime| work(&runtime)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
