//! The `grace` binary: headless engine, every operation of the UI, offline verifier.
//!
//! Owns arguments, prompts, output and exit codes: 0 done, 1 refused or failed, 2 wrong use. Results go to stdout
//! (JSON with `--json`), words to stderr. Holds no rule: what may be done is answered by the engine.

#![allow(
    clippy::result_large_err,
    reason = "a problem is how a command ends: it is made once, on the cold path, and printed"
)]
#![allow(
    clippy::wildcard_imports,
    reason = "requests are the vocabulary of the API; commands speak all of it"
)]

mod args;
mod commands;
mod draft;
mod files;
mod follow;
mod keys;
mod output;
mod render;
mod sign;
mod terminal;
mod world;

use grace_domain::core::codes::Code;
use std::process::ExitCode;

use clap::Parser as _;
use grace_api::Problem;

use args::{Cli, Command};
use output::Output;

fn main() -> ExitCode {
    // First of all: in the child of a sandboxed check this never returns.
    grace_target::run_if_sandbox_child();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) => return wrong_use(&wrong),
    };
    let output = Output { json: cli.json };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("grace: the runtime did not start: {error}");
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(run(&cli, output)) {
        Ok(code) => code,
        Err(problem) => output.problem(&problem),
    }
}

/// What clap says, and `{code,message,hint}` on stdout for a program that wants JSON. Help is no mistake.
fn wrong_use(wrong: &clap::Error) -> ExitCode {
    let _ = wrong.print();
    if !wrong.use_stderr() {
        return ExitCode::SUCCESS;
    }
    if std::env::args_os().any(|a| a == "--json") {
        let said = wrong.to_string();
        // The first paragraph: what is wrong, and on its own lines which arguments.
        let wrong = said.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
        let message = wrong.collect::<Vec<_>>().join(" ");
        let usage = said.lines().find(|line| line.starts_with("Usage: "));
        let hint = usage.map_or_else(|| "See `grace --help`.".to_owned(), |u| format!("{u}; see --help."));
        output::json_problem(Code::Usage, message.trim_start_matches("error: "), &hint);
    }
    ExitCode::from(2)
}

async fn run(cli: &Cli, output: Output) -> Result<ExitCode, Problem> {
    match &cli.command {
        Command::Init(args) => commands::engine::init(cli, args, output).await,
        Command::Demo => commands::engine::demo(cli, output).await,
        Command::Serve(args) => commands::engine::serve(cli, args).await,
        Command::Doctor => commands::status::doctor(cli, output).await,
        Command::Stats => commands::status::stats(cli, output).await,
        Command::Policy => commands::status::policy(cli, output).await,
        Command::Key(command) => commands::key::run(cli, command, output).await,
        Command::Component(command) => commands::component::run(cli, command, output).await,
        Command::Update(command) => commands::update::run(cli, command, output).await,
        Command::Metrics(command) => commands::metrics::run(cli, command, output).await,
        Command::Sim(command) => commands::sim::run(cli, command, output).await,
        Command::Handshake(command) => commands::handshake::run(cli, command, output).await,
        Command::Log(command) => commands::log::run(cli, command, output).await,
        Command::Audit(command) => commands::audit::run(cli, command, output).await,
    }
}
