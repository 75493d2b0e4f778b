//! `cargo xtask run | test | soak | bench`: set-up and checks on a fresh machine, nothing of the product itself.
//! Standard library only, so that it builds in seconds.

mod run;
mod setup;
mod soak;
mod step;
mod test;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND [--yes]

  run                installs what is missing, builds, opens the app with the demo world;
                     without a display prints a picture's path and the API's address,
                     and with --once ends after that
  test               installs what tests need and runs every check;
                     with --fast what takes minutes is left out: windows, crashes, journeys
  soak [NAME]        runs a random test with a large count, of which `test` runs a sample;
                     --seed N and --count N; without a name lists them
  bench [NAME]       measures against a limit in the same run; --json for machines

  --yes              install missing system packages without asking";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let yes = args.iter().any(|a| a == "--yes");
    let words: Vec<&str> = args.iter().map(String::as_str).filter(|a| *a != "--yes").collect();
    let result = match words.split_first() {
        Some((&"run", rest)) => run::run(yes, rest),
        Some((&run::UNSEEN, rest)) => run::unseen(rest),
        Some((&"test", rest)) => test::test(yes, rest),
        Some((&"soak", rest)) => soak::soak(rest),
        Some((&"bench", rest)) => test::bench(rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
