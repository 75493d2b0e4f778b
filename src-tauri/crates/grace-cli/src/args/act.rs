//! The verbs of the signed acts, made from the domain's table: a new act needs no line here.
//!
//! Owns their flags. Never decides which is allowed.

use std::marker::PhantomData;

use clap::{Arg, ArgAction, ArgMatches, Command, Error, FromArgMatches, Subcommand, error::ErrorKind};
use grace_domain::acts::{ACTS, Act, ActInfo, ActSubject};

/// Which acts a noun has.
pub trait Noun: std::fmt::Debug + Clone + Send + Sync + 'static {
    /// What its acts are about.
    const SUBJECT: ActSubject;
}

/// The acts of `grace update`.
#[derive(Debug, Clone)]
pub struct OnUpdate;

impl Noun for OnUpdate {
    const SUBJECT: ActSubject = ActSubject::Update;
}

/// The acts of `grace component`.
#[derive(Debug, Clone)]
pub struct OnComponent;

impl Noun for OnComponent {
    const SUBJECT: ActSubject = ActSubject::Component;
}

/// `grace NOUN WORD ID --reason TEXT [--wait]`.
#[derive(Debug, Clone)]
pub struct ActCommand<N> {
    /// Which act.
    pub act: Act,
    /// Id of the update or component.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Show progress until it ends or needs somebody.
    pub wait: bool,
    noun: PhantomData<N>,
}

fn rows<N: Noun>() -> impl Iterator<Item = &'static ActInfo> {
    ACTS.iter().filter(|row| row.subject == N::SUBJECT)
}

fn verb(row: &ActInfo) -> Command {
    let id = Arg::new("id").required(true).value_name("ID").help(match row.subject {
        ActSubject::Update => "Update id",
        ActSubject::Component => "Component id",
    });
    let reason =
        Arg::new("reason").long("reason").required(row.needs_reason).value_name("REASON").help("Why");
    let command = Command::new(row.word).about(row.about).arg(id).arg(reason);
    if row.begins {
        let wait = Arg::new("wait").long("wait").action(ArgAction::SetTrue);
        command.arg(wait.help("Show progress until it ends or needs somebody"))
    } else {
        command
    }
}

impl<N: Noun> FromArgMatches for ActCommand<N> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let unknown = || Error::raw(ErrorKind::InvalidSubcommand, "no such verb\n");
        let (word, said) = matches.subcommand().ok_or_else(unknown)?;
        let row = rows::<N>().find(|row| row.word == word).ok_or_else(unknown)?;
        let text = |name: &str| said.get_one::<String>(name).cloned().unwrap_or_default();
        Ok(Self {
            act: row.act,
            id: text("id"),
            reason: text("reason"),
            wait: row.begins && said.get_flag("wait"),
            noun: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<N: Noun> Subcommand for ActCommand<N> {
    fn augment_subcommands(command: Command) -> Command {
        rows::<N>().fold(command, |command, row| command.subcommand(verb(row)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        rows::<N>().any(|row| row.word == name)
    }
}
