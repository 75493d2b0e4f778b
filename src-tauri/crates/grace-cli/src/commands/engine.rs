//! Worlds and engines: `init`, `demo`, `serve`.
//!
//! Owns the life of a headless engine.

use std::process::ExitCode;

use grace_api::{Host, Problem, worlds};
use grace_domain::core::codes::Code;
use grace_sim::Stage;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{Cli, InitArgs, ServeArgs};
use crate::output::Output;
use crate::{files, output, render, world};

/// `grace init`.
pub async fn init(cli: &Cli, args: &InitArgs, output: Output) -> Result<ExitCode, Problem> {
    let people = files::read(&args.people)?;
    let policy = args.policy.as_deref().map_or_else(|| Ok("{}".to_owned()), files::read)?;
    let made = worlds::init(&world::data_dir(cli)?, &args.name, &people, &policy).await?;
    output.lines(&made, render::world::made)?;
    output::say(&format!("Start it with: {}", serve_line(cli)));
    Ok(ExitCode::SUCCESS)
}

/// The command that starts the world that was just made, from the same place.
fn serve_line(cli: &Cli) -> String {
    let Some(dir) = &cli.data_dir else { return "grace serve".to_owned() };
    let dir = dir.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@,".contains(c);
    let dir = if dir.chars().all(plain) { dir } else { format!("'{}'", dir.replace('\'', r"'\''")) };
    format!("grace --data-dir {dir} serve")
}

/// `grace demo`.
pub async fn demo(cli: &Cli, output: Output) -> Result<ExitCode, Problem> {
    let made = worlds::demo(&world::data_dir(cli)?).await?;
    output.lines(&made, render::world::made)?;
    output::say(&format!("This world is simulated. Start it with: {}", serve_line(cli)));
    Ok(ExitCode::SUCCESS)
}

/// `grace serve`: prints one line of JSON when ready; SIGTERM and SIGINT end it in order.
pub async fn serve(cli: &Cli, args: &ServeArgs) -> Result<ExitCode, Problem> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("GRACE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,grace_engine=info"));
    // Only a second initialisation in one process fails, and this is the first. Standard error may be a file on a full
    // disk: without the setting below the library would say that it cannot be written by writing to it, and panic in
    // whichever part of the engine had a word to say.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .try_init();
    let failed = |e: std::io::Error| {
        Problem::new(500, Code::EngineNotStarted, format!("The engine did not start: {e}."), "Try again.")
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let launcher = std::env::current_exe().map_err(failed)?;
    let host = Host::start(&world::data_dir(cli)?, launcher, args.port).await?;
    let stage = Stage::beside(&host).await;
    let ready = serde_json::to_string(&host.engine_file()).unwrap_or_default();
    {
        use std::io::Write as _;
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{ready}").and_then(|()| out.flush());
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    if let Some(stage) = stage {
        stage.close().await;
    }
    host.shutdown().await;
    Ok(ExitCode::SUCCESS)
}
