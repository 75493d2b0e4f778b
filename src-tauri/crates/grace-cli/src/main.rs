//! The `grace` binary: the headless engine, every operation of the window, and the offline verifier. JSON on stdout,
//! words on stderr; exit 0 done, 1 refused or failed, 2 wrong use. Holds no rule.

mod args;
mod keys;
mod out;
mod people;
mod reads;
mod serve;
mod update;
mod world;

use args::{Cli, Noun};
use clap::Parser;
use out::{Exit, Out};
use std::process::ExitCode;

fn main() -> ExitCode {
    // A sandboxed check is this binary started again; it must not see anything of what follows.
    grace_engine::target::run_if_sandbox_child();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let out = Out { json: cli.json };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build() {
        Ok(runtime) => runtime,
        Err(error) => return out.failed(&Exit::io("the runtime could not start", &error)),
    };
    match runtime.block_on(run(&cli, &out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => out.failed(&exit),
    }
}

async fn run(cli: &Cli, out: &Out) -> Result<(), Exit> {
    match &cli.noun {
        Noun::Init { name, people, policy } => world::init(cli, out, name, people, policy.as_deref()).await,
        Noun::Demo => world::demo(cli, out).await,
        Noun::Serve { listen } => serve::serve(cli, out, *listen).await,
        Noun::Doctor => reads::doctor(cli, out).await,
        Noun::Stats => reads::stats(cli, out).await,
        Noun::Key(verb) => keys::run(cli, out, verb).await,
        Noun::Component(verb) => people::component(cli, out, verb).await,
        Noun::Update(verb) => update::run(cli, out, verb).await,
        Noun::Handshake(verb) => people::handshake(cli, out, verb).await,
        Noun::Metrics(verb) => world::metrics(cli, out, verb).await,
        Noun::Sim(verb) => world::sim(cli, out, verb).await,
        Noun::Log(verb) => reads::log(cli, out, verb).await,
        Noun::Audit(verb) => reads::audit(cli, out, verb).await,
    }
}
