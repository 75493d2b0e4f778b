//! Asking a person at a terminal.
//!
//! Owns the prompt for a passphrase: never echoed, and never asked where no terminal is.

use grace_domain::core::codes::Code;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use grace_api::Problem;
use grace_api::signer::Passphrase;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The passphrase from a file, or typed.
pub fn passphrase(file: Option<&Path>, question: &str) -> Result<Passphrase, Problem> {
    match file {
        Some(file) => Ok(Passphrase::from_file(file)?),
        None => Ok(Passphrase::new(prompt(question)?)?),
    }
}

/// A new passphrase: from a file, or typed twice.
pub fn new_passphrase(file: Option<&Path>) -> Result<Passphrase, Problem> {
    let Some(file) = file else {
        let first = prompt("New passphrase: ")?;
        if first != prompt("Again: ")? {
            return Err(Problem::new(
                422,
                Code::PassphraseDiffers,
                "The two passphrases differ. Nothing was made.",
                "Try again.",
            ));
        }
        return Ok(Passphrase::new(first)?);
    };
    Ok(Passphrase::from_file(file)?)
}

fn prompt(question: &str) -> Result<String, Problem> {
    let no_terminal = || {
        Problem::new(
            422,
            Code::PassphraseMissing,
            "There is no terminal to ask for the passphrase.",
            "Give one with --passphrase-file.",
        )
    };
    let mut tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| no_terminal())?;
    let before = tcgetattr(&tty).map_err(|_| no_terminal())?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    write!(tty, "{question}").map_err(|_| no_terminal())?;
    tcsetattr(&tty, OptionalActions::Flush, &silent).map_err(|_| no_terminal())?;
    let echo = Echo { tty: &tty, before };
    let mut line = String::new();
    let read = BufReader::new(&tty).read_line(&mut line);
    drop(echo);
    let _ = writeln!(&tty);
    read.map_err(|_| no_terminal())?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Turns the echo on again however the question ends.
struct Echo<'t> {
    tty: &'t std::fs::File,
    before: Termios,
}

impl Drop for Echo<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.tty, OptionalActions::Flush, &self.before);
    }
}
