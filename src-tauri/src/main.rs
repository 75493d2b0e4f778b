//! The shell: windows, notifications, signing with people's keys, one thin adapter per operation. The only code that
//! names tauri. Holds no rule, and no key longer than one signature.
#![allow(clippy::wildcard_imports, reason = "the adapters name every request and view of the API's one list")]
#![allow(clippy::result_large_err, reason = "a problem leaves as it is: it is the answer, not a hot path")]
#![allow(clippy::large_futures, reason = "one signature at a time, boxed by the command's own task")]

mod commands;
mod desk;
mod settings;
mod signing;
mod windows;

use desk::Desk;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What was asked for on the command line.
#[derive(Debug, Default)]
struct Asked {
    /// The world.
    data_dir: Option<PathBuf>,
    /// Make the demo world when there is none.
    demo: bool,
}

fn main() -> ExitCode {
    // A sandboxed check is this binary started again; it must not see anything of what follows.
    grace_engine::target::run_if_sandbox_child();
    if let Some(exit) = guard_locale() {
        return exit;
    }
    let asked = match asked(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("{why}\nusage: grace-control-center [--data-dir DIR] [--demo]");
            return ExitCode::from(2);
        }
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("GRACE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    let desk = Desk::new(asked.data_dir, asked.demo);
    match commands::run(desk) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the window could not be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Under the locale C the webview's own number and date formats break; a language is named before it starts.
fn guard_locale() -> Option<ExitCode> {
    let value = |name: &str| std::env::var(name).unwrap_or_default();
    let locale = [value("LC_ALL"), value("LANG")].into_iter().find(|v| !v.is_empty()).unwrap_or_default();
    let plain = locale.is_empty() || locale == "POSIX" || locale == "C" || locale.starts_with("C.");
    if !plain || !value("LANGUAGE").is_empty() {
        return None;
    }
    let Ok(own) = std::env::current_exe() else { return None };
    let error =
        std::process::Command::new(own).args(std::env::args_os().skip(1)).env("LANGUAGE", "en_US").exec();
    eprintln!("could not start again with a language: {error}");
    Some(ExitCode::FAILURE)
}

fn asked(mut args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--demo" => asked.demo = true,
            "--data-dir" => asked.data_dir = Some(args.next().ok_or("--data-dir needs a directory")?.into()),
            other => return Err(format!("`{other}` is not an option")),
        }
    }
    Ok(asked)
}
