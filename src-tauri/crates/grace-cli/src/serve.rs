//! `serve`: one engine on one world with its loopback API, until SIGTERM or SIGINT.

use crate::args::Cli;
use crate::out::{Exit, Out};
use crate::world::data_dir;
use grace_api::client::EngineFile;
use grace_api::handlers::Context;
use grace_api::http::Server;
use grace_engine::target::SandboxLauncher;
use grace_engine::{Engine, EngineConfig, Ports, StartError};
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
    let config = EngineConfig { dir: dir.clone(), ports: Ports::system(), launcher: SandboxLauncher { program } };
    let engine = Engine::start(config).await.map_err(|e| not_started(&e))?;
    let context = Context::of_engine(engine.clone());
    let server = Server::start(context, &dir, port).await.map_err(|e| Exit::io("the API could not listen", &e))?;
    let pid = std::process::id();
    let file = EngineFile { url: server.url(), token_file: server.token_file().to_owned(), pid };
    file.write(&dir).map_err(|e| Exit::io("engine.json could not be written", &e))?;
    let ready = serde_json::json!({ "url": file.url, "token_file": file.token_file, "pid": file.pid });
    out.line(&ready.to_string());
    let signals = |kind| signal(kind).map_err(|e| Exit::io("signals cannot be heard", &e));
    let (mut term, mut int) = (signals(SignalKind::terminate())?, signals(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    EngineFile::remove(&dir, pid);
    server.shutdown().await;
    engine.shutdown().await;
    Ok(())
}

fn not_started(error: &StartError) -> Exit {
    let (code, hint) = match error {
        StartError::Broken { .. } => ("log_broken", "run `grace log verify`; it names the place"),
        StartError::Open(_) => ("world_not_opened", "is another engine running on it? `grace doctor` says who"),
        StartError::Keys(_) => ("keys_unusable", "check the files in keys/ and their mode, 0600"),
        StartError::History(_) | StartError::Genesis(_) => ("log_unreadable", "run `grace log verify`"),
        StartError::Append(_) => ("log_unwritable", "check the disk; nothing was changed"),
        StartError::Scratch(_) => ("io", "check the world's directory and its rights"),
    };
    Exit::failed(code, error.to_string(), hint)
}
