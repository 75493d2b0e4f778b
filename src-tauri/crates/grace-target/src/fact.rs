//! What a person is told of a target's description, part by part.
//!
//! Owns the form of it. Never says whether a description is good.

/// One thing that a description says, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The member's name.
    pub name: &'static str,
    /// What it says, part by part; of a command its program and arguments. Unchecked text of an operator.
    pub values: Vec<String>,
    /// It is a command.
    pub command: bool,
    /// Seconds after which it is given up, where it takes time.
    pub within_s: Option<u64>,
}

impl Fact {
    /// Of parts that are no command.
    pub fn of(name: &'static str, values: Vec<String>) -> Self {
        Self { name, values, command: false, within_s: None }
    }

    /// Of a command with its bound.
    pub fn of_command(name: &'static str, argv: &[String], within_s: u64) -> Self {
        Self { name, values: argv.to_vec(), command: true, within_s: Some(within_s) }
    }
}

/// A command as a shell would be told it: a word that is not plain stands in quotes, so that what is read is what is run.
pub fn command_line(argv: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./{}-".contains(c);
    let word = |word: &String| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    argv.iter().map(word).collect::<Vec<_>>().join(" ")
}
