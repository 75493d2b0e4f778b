//! What an operator declares about a target, whatever its kind: the commands around a change, and how documents are
//! read.
//!
//! Owns these parts and their checks. Never runs anything: [`process`](crate::process) takes what was checked here. What
//! only one kind has stands in that kind's own folder.

use std::net::IpAddr;

use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::{canon, limits};
use grace_domain::files::path::PathError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::occupied::Occupied;
use crate::yaml;

/// Stands in a command for the staged copy's root; only `check` has one.
pub const STAGED: &str = "{staged}";
/// Stands in a command for the target's root.
pub const ROOT: &str = "{root}";
/// Shortest pause between two attempts to verify.
pub const INTERVAL_MIN_MS: u64 = 10;
/// Longest text that a probe looks for in the answer.
pub const BODY_CONTAINS_BYTES: usize = 4096;
/// Longest URL of a probe.
pub const URL_BYTES: usize = 2048;

/// What the description of every kind answers, without inspecting the target: it may be gone.
pub trait KindSpec {
    /// Checks everything that can be said without inspecting it.
    fn check(&self) -> Result<(), SpecError>;
    /// Its commands, each by the name of its member.
    fn commands(&self) -> Vec<(&'static str, &[String])>;
    /// What a target of the component `holder` takes for itself.
    fn occupies(&self, holder: &ComponentId) -> Result<Occupied, SpecError>;
    /// What a person is told of it.
    fn describe(&self) -> Vec<Fact>;
}

/// A command with its bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSpec {
    /// Program and arguments; `{staged}` and `{root}` are replaced. No shell.
    pub argv: Vec<String>,
    /// Seconds after which it is killed.
    pub timeout_s: u64,
}

/// How to see that a staged copy is good: a command that runs sandboxed, and what it needs there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSpec {
    /// Program and arguments; `{staged}` and `{root}` are replaced. No shell.
    pub argv: Vec<String>,
    /// Seconds after which it is killed.
    pub timeout_s: u64,
    /// Files outside the copy that it reads. Part of what is signed; no check can read any yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
    /// Names of hosts that it resolves. Part of what is signed; no check reaches a host yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

impl CheckSpec {
    /// Its command.
    pub fn command(&self) -> CommandSpec {
        CommandSpec { argv: self.argv.clone(), timeout_s: self.timeout_s }
    }

    /// What a person is told of it, in the order in which it counts.
    pub(crate) fn describe(&self) -> [Fact; 3] {
        let Self { argv, timeout_s, reads, hosts } = self;
        [
            Fact::of_command("check", argv, *timeout_s),
            Fact::of("check reads", reads.clone()),
            Fact::of("check hosts", hosts.clone()),
        ]
    }

    pub(crate) fn check(&self) -> Result<(), SpecError> {
        for (member, names) in [("check.reads", &self.reads), ("check.hosts", &self.hosts)] {
            if !names.is_empty() {
                return Err(SpecError::NotYet { member });
            }
        }
        self.command().check("check", true)
    }
}

/// How to see that the running system uses what was applied: by command or by HTTP, exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifySpec {
    /// A command that exits 0 when all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argv: Option<Vec<String>>,
    /// A request with an expected answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpProbe>,
    /// Seconds for all attempts together.
    pub timeout_s: u64,
    /// Milliseconds between two attempts.
    pub interval_ms: u64,
}

/// One HTTP/1.1 `GET` on this machine and the answer that it must give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpProbe {
    /// `http://HOST:PORT/PATH` with a loopback host.
    pub url: String,
    /// Status that the answer must have.
    pub status: u16,
    /// Text that the answer's body must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<String>,
}

/// Why a target description is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Longer than a document may be.
    #[error("the document has {found} bytes; at most {max}")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Neither YAML nor JSON of this shape.
    #[error("not a target description: {reason}")]
    Document {
        /// The parser's words.
        reason: String,
    },
    /// The root is relative, not plain, or `/`.
    #[error("the root must be an absolute path without . or .. and not /")]
    Root,
    /// The root cannot be found on this machine.
    #[error("the root {root} cannot be used: {reason}")]
    Place {
        /// As declared.
        root: String,
        /// The system's words.
        reason: String,
    },
    /// No glob.
    #[error("at least one managed glob is needed")]
    NoGlobs,
    /// A glob that cannot be used.
    #[error("managed: {0}")]
    Globs(PathError),
    /// A command that cannot be run as written.
    #[error("the command {command}: {reason}")]
    Command {
        /// `check`, `activate` or `verify`.
        command: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A member that later releases read.
    #[error("the member {member} is not supported yet")]
    NotYet {
        /// Its name.
        member: &'static str,
    },
    /// A time beyond its bounds.
    #[error("the command {command}: {field} is {found}; {min} to {max}")]
    Time {
        /// `check`, `activate` or `verify`.
        command: &'static str,
        /// `timeout_s` or `interval_ms`.
        field: &'static str,
        /// What stands there.
        found: u64,
        /// Least allowed.
        min: u64,
        /// Most allowed.
        max: u64,
    },
    /// Not exactly one of `argv` and `http`.
    #[error("verify: needs exactly one of argv and http")]
    VerifyKind,
    /// A probe that is not a plain request to this machine.
    #[error("verify: {reason}")]
    Probe {
        /// What is wrong.
        reason: &'static str,
    },
}

impl SpecError {
    /// The closed code of this error.
    pub fn code(&self) -> Code {
        match self {
            Self::TooLong { .. } => Code::TargetSpecTooLong,
            Self::Document { .. } => Code::TargetSpecDocument,
            Self::Root => Code::TargetSpecRoot,
            Self::Place { .. } => Code::TargetRoot,
            Self::NoGlobs => Code::TargetSpecNoGlobs,
            Self::Globs(_) => Code::TargetSpecGlobs,
            Self::Command { .. } => Code::TargetSpecCommand,
            Self::NotYet { .. } => Code::NotSupportedYet,
            Self::Time { .. } => Code::TargetSpecTime,
            Self::VerifyKind => Code::TargetSpecVerify,
            Self::Probe { .. } => Code::TargetSpecProbe,
        }
    }
}

/// Reads a YAML or JSON document (JSON when it starts with `{`) of this shape.
pub(crate) fn read<T: DeserializeOwned + Serialize>(text: &str) -> Result<T, SpecError> {
    if text.len() > limits::YAML_BYTES {
        return Err(SpecError::TooLong { found: text.len(), max: limits::YAML_BYTES });
    }
    let document = |reason: String| SpecError::Document { reason };
    if text.trim_start().starts_with('{') {
        let value = canon::parse_strict(text.as_bytes(), limits::JSON_DEPTH)
            .map_err(|error| document(error.to_string()))?;
        canon::from_named(&value).map_err(document)
    } else {
        yaml::read(text).map_err(document)
    }
}

impl CommandSpec {
    /// What a person is told of it, as the member `name`.
    pub(crate) fn describe(&self, name: &'static str) -> Fact {
        Fact::of_command(name, &self.argv, self.timeout_s)
    }

    /// Checks it as the member `command`; `{staged}` only where there is a copy.
    pub(crate) fn check(&self, command: &'static str, staged_allowed: bool) -> Result<(), SpecError> {
        check_argv(command, &self.argv, staged_allowed)?;
        check_timeout(command, self.timeout_s)
    }
}

impl VerifySpec {
    /// What a person is told of it.
    pub(crate) fn describe(&self) -> Fact {
        let values = match (&self.argv, &self.http) {
            (Some(argv), _) => return Fact::of_command("verify", argv, self.timeout_s),
            (None, Some(http)) => {
                let body = http.body_contains.as_ref();
                let body = body.map(|text| format!(" containing “{text}”")).unwrap_or_default();
                vec![format!("GET {} answers {}{body}", http.url, http.status)]
            }
            (None, None) => Vec::new(),
        };
        Fact { within_s: Some(self.timeout_s), ..Fact::of("verify", values) }
    }

    pub(crate) fn check(&self) -> Result<(), SpecError> {
        check_timeout("verify", self.timeout_s)?;
        let max = limits::COMMAND_TIMEOUT_MAX_S * 1000;
        if !(INTERVAL_MIN_MS..=max).contains(&self.interval_ms) {
            return Err(SpecError::Time {
                command: "verify",
                field: "interval_ms",
                found: self.interval_ms,
                min: INTERVAL_MIN_MS,
                max,
            });
        }
        match (&self.argv, &self.http) {
            (Some(argv), None) => check_argv("verify", argv, false),
            (None, Some(http)) => http.check(),
            _ => Err(SpecError::VerifyKind),
        }
    }
}

/// Where a probe goes, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProbeAddress {
    /// Addresses to try, in order.
    pub addresses: Vec<IpAddr>,
    /// Port.
    pub port: u16,
    /// Value of the `Host` header.
    pub host_header: String,
    /// Path and query.
    pub path: String,
}

impl HttpProbe {
    fn check(&self) -> Result<(), SpecError> {
        if !(100..=599).contains(&self.status) {
            return Err(SpecError::Probe { reason: "status is not between 100 and 599" });
        }
        if self.body_contains.as_ref().is_some_and(|text| text.is_empty() || text.len() > BODY_CONTAINS_BYTES)
        {
            return Err(SpecError::Probe { reason: "body_contains is empty or too long" });
        }
        self.address().map(|_| ())
    }

    pub(crate) fn address(&self) -> Result<ProbeAddress, SpecError> {
        let refused = |reason| SpecError::Probe { reason };
        if self.url.len() > URL_BYTES {
            return Err(refused("the url is too long"));
        }
        let uri: hyper::Uri = self.url.parse().map_err(|_| refused("the url cannot be read"))?;
        if uri.scheme_str() != Some("http") {
            return Err(refused("the url must start with http://"));
        }
        let authority = uri.authority().ok_or(refused("the url has no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("the url must not hold a user"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let addresses = if host.eq_ignore_ascii_case("localhost") {
            vec![IpAddr::from([127, 0, 0, 1]), IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)]
        } else {
            let address: IpAddr =
                host.parse().map_err(|_| refused("the host must be localhost or an address"))?;
            if !address.is_loopback() {
                return Err(refused("the host must be this machine's loopback"));
            }
            vec![address]
        };
        Ok(ProbeAddress {
            addresses,
            port: authority.port_u16().unwrap_or(80),
            host_header: authority.as_str().to_owned(),
            path: uri.path_and_query().map_or("/", hyper::http::uri::PathAndQuery::as_str).to_owned(),
        })
    }
}

fn check_argv(command: &'static str, argv: &[String], staged_allowed: bool) -> Result<(), SpecError> {
    let refused = |reason: String| SpecError::Command { command, reason };
    if argv.is_empty() || argv[0].is_empty() {
        return Err(refused("argv names no program".to_owned()));
    }
    if argv.len() > limits::COMMAND_ARGS {
        return Err(refused(format!("argv has {} parts; at most {}", argv.len(), limits::COMMAND_ARGS)));
    }
    for part in argv {
        if part.len() > limits::COMMAND_ARG_BYTES {
            let max = limits::COMMAND_ARG_BYTES;
            return Err(refused(format!("a part of argv has {} bytes; at most {max}", part.len())));
        }
        if part.contains('\0') {
            return Err(refused("a part of argv holds a NUL".to_owned()));
        }
        if !staged_allowed && part.contains(STAGED) {
            return Err(refused(format!("{STAGED} has a meaning in check only")));
        }
    }
    let program = &argv[0];
    let placed = program.starts_with('/') || program.starts_with(ROOT) || program.starts_with(STAGED);
    if program.contains('/') && !placed {
        return Err(refused("the program is a relative path; name it whole or by its plain name".to_owned()));
    }
    Ok(())
}

fn check_timeout(command: &'static str, found: u64) -> Result<(), SpecError> {
    let max = limits::COMMAND_TIMEOUT_MAX_S;
    if (1..=max).contains(&found) {
        Ok(())
    } else {
        Err(SpecError::Time { command, field: "timeout_s", found, min: 1, max })
    }
}
