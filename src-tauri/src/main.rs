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

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    /// The world.
    data_dir: Option<PathBuf>,
    /// Make the demo world when there is none.
    demo: bool,
    /// Say what can be asked for, and nothing else.
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
    let asked = match asked(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if asked.help {
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
    match commands::run(AppState::new(asked.data_dir, asked.demo, engine.handle().clone())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the window could not be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

fn asked(mut args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--demo" => asked.demo = true,
            "--help" | "-h" => asked.help = true,
            "--data-dir" => asked.data_dir = Some(args.next().ok_or("--data-dir needs a directory")?.into()),
            other => return Err(format!("`{other}` is not an option")),
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::{Asked, asked};

    fn of(args: &[&str]) -> Result<Asked, String> {
        asked(args.iter().map(ToString::to_string))
    }

    #[test]
    fn options_are_read_and_others_refused() {
        assert_eq!(of(&[]), Ok(Asked::default()));
        assert_eq!(
            of(&["--demo", "--data-dir", "/w"]),
            Ok(Asked { data_dir: Some("/w".into()), demo: true, help: false })
        );
        assert!(of(&["--demo", "-h"]).is_ok_and(|asked| asked.help));
        assert!(of(&["--data-dir"]).is_err());
        assert!(of(&["--screenshot"]).is_err());
    }
}
