//! `serve`: one engine on one world with its loopback API, until SIGTERM or SIGINT.

use crate::args::Cli;
use crate::out::{Exit, Out};
use crate::world::data_dir;
use grace_api::host::Host;
use tokio::signal::unix::{SignalKind, signal};

/// Runs the engine; prints `{url,token_file,pid}` on one line when ready.
pub async fn serve(cli: &Cli, out: &Out, port: u16) -> Result<(), Exit> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("GRACE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
    let dir = data_dir(cli)?;
    let dir = dir.canonicalize().unwrap_or(dir);
    let program = std::env::current_exe().map_err(|e| Exit::io("this binary's own path is unknown", &e))?;
    let host = Host::start(&dir, program, port).await?;
    let file = host.engine_file();
    let ready = serde_json::json!({ "url": file.url, "token_file": file.token_file, "pid": file.pid });
    out.line(&ready.to_string());
    let signals = |kind| signal(kind).map_err(|e| Exit::io("signals cannot be heard", &e));
    let (mut term, mut int) = (signals(SignalKind::terminate())?, signals(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    host.shutdown().await;
    Ok(())
}
