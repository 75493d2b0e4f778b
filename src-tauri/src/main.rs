//! The shell: windows, notifications, signing with people's keys, one thin adapter per operation. The only code that
//! names tauri. Holds no rule, and no key longer than one signature.

#![allow(
    clippy::result_large_err,
    reason = "a problem is how a request ends: it is made once, on the cold path, and read by everybody"
)]
#![allow(
    clippy::wildcard_imports,
    reason = "requests and views are what the adapters speak; they are made from one list"
)]

mod app_state;
mod commands;
mod environment;
mod settings;
mod signing;
#[cfg(test)]
mod typescript;
mod windows;
mod world_lifecycle;

use app_state::AppState;
use std::path::PathBuf;
use std::process::ExitCode;

/// What the command line says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Args {
    /// The world.
    data_dir: Option<PathBuf>,
    /// Make the demo world when there is none.
    demo: bool,
    /// Say what it takes, and nothing else.
    help: bool,
}

const USAGE: &str = "usage: grace-control-center [--data-dir DIR] [--demo]

  --data-dir DIR   the world to open; also GRACE_DATA_DIR
  --demo           make a simulated world there when there is none";

fn main() -> ExitCode {
    // A sandboxed check is this binary started again; it must not see anything of what follows.
    grace_target::run_if_sandbox_child();
    if let Some(exit) = environment::guard() {
        return exit;
    }
    let args = match parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if args.help {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // Where standard error cannot be written, the library would say so there, and panic.
        .log_internal_errors(false)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("GRACE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    let engine = match tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("engine").build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the engine's threads could not be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    match commands::run(AppState::new(args.data_dir, args.demo, engine.handle().clone())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the window could not be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut given: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut args = Args::default();
    while let Some(arg) = given.next() {
        match arg.as_str() {
            "--demo" => args.demo = true,
            "--help" | "-h" => args.help = true,
            "--data-dir" => args.data_dir = Some(given.next().ok_or("--data-dir needs a directory")?.into()),
            other => return Err(format!("`{other}` is not an option")),
        }
    }
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::{Args, parse};

    fn of(args: &[&str]) -> Result<Args, String> {
        parse(args.iter().map(ToString::to_string))
    }

    #[test]
    fn options_are_read_and_others_refused() {
        assert_eq!(of(&[]), Ok(Args::default()));
        assert_eq!(
            of(&["--demo", "--data-dir", "/w"]),
            Ok(Args { data_dir: Some("/w".into()), demo: true, help: false })
        );
        assert!(of(&["--demo", "-h"]).is_ok_and(|args| args.help));
        assert!(of(&["--data-dir"]).is_err());
        assert!(of(&["--screenshot"]).is_err());
    }
}
