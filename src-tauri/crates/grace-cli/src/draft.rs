//! Files on disk as a draft.
//!
//! Owns reading them, and which of them travel inside the statement. Never signs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use grace_api::requests::*;
use grace_api::worlds::read_document;
use grace_api::{Client, Problem};
use grace_domain::core::codes::Code;
use grace_domain::core::count::counted;
use grace_domain::core::limits;
use grace_domain::kinds::UpdateType;
use serde_json::{Value, json};

use crate::args::{Cli, DraftArgs};
use crate::{files, keys, output};

/// Text that travels inside the signed statement; larger files are uploaded and named by digest.
const INLINE_BYTES: usize = 64 * 1024;
/// All inline text together, so that the statement fits a request.
const INLINE_TOTAL_BYTES: usize = 512 * 1024;

/// The draft that these arguments describe.
pub async fn read(
    cli: &Cli,
    client: &Client,
    args: &DraftArgs,
    submits: bool,
) -> Result<UpdateDraft, Problem> {
    let (files, kept) = contents(client, sources(args)?).await?;
    let content = match &args.content {
        Some(path) => read_content(path)?,
        None => json!({ "files": files, "remove": args.remove }),
    };
    if kept > 0 && !submits {
        output::say(&format!(
            "{} too large for a message {} uploaded to be compared; nothing else is kept.",
            counted(kept, "file"),
            if kept == 1 { "was" } else { "were" }
        ));
    }
    // A plan needs no signer; any registered person will do to be named.
    let created_by = if submits { keys::person(cli)? } else { planner(cli, client).await? };
    Ok(UpdateDraft {
        update_type: match &args.update_type {
            Some(update_type) => update_type.as_str().into(),
            None => type_of(client, &args.components).await?.as_str().into(),
        },
        component_targets: args.components.clone(),
        content,
        created_by,
        risk_level: args.risk.as_str().into(),
        title: args.title.clone(),
        description: args.description.clone(),
        refs: args.refs.clone(),
        security_impact: args.security_impact.clone(),
    })
}

/// The one type of update that all these components take.
async fn type_of(client: &Client, components: &[String]) -> Result<UpdateType, Problem> {
    let mut taken: Vec<UpdateType> = UpdateType::supported().collect();
    let mut unseen: BTreeSet<&str> = components.iter().map(String::as_str).collect();
    let mut before = None;
    loop {
        let page = client.component_list(PageRequest { before, limit: None }).await?;
        for row in page.components.iter().filter(|row| unseen.remove(row.id.as_str())) {
            taken.retain(|update_type| row.takes.contains(update_type));
        }
        before = page.next;
        if before.is_none() || unseen.is_empty() {
            break;
        }
    }
    if let Some(id) = unseen.first() {
        // It says itself why it is not listed.
        client.component_show(ById { id: (*id).to_owned() }).await?;
    }
    if let [only] = taken[..] {
        return Ok(only);
    }
    let types: Vec<&str> = UpdateType::supported().map(UpdateType::as_str).collect();
    Err(Problem::new(
        400,
        Code::Usage,
        format!("The components {} do not say which type of update is meant.", components.join(", ")),
        format!("Name it with --type: {}.", types.join(" or ")),
    ))
}

/// The bytes of a regular file, as many as a target may hold. A pipe would be waited for, a device never ends.
fn read_file(local: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable = |e| files::unreadable(local, &e);
    // Before it is opened: opening a pipe waits for its other end.
    if !std::fs::metadata(local).map_err(unreadable)?.is_file() {
        return Err(unusable(format!("{} is not a regular file.", local.display())));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(local).map_err(unreadable)?;
    file.take(limits::FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limits::FILE_BYTES {
        let mib = limits::FILE_BYTES / (1024 * 1024);
        return Err(unusable(format!("{} is larger than {mib} MiB.", local.display())));
    }
    Ok(bytes)
}

fn unusable(what: String) -> Problem {
    Problem::new(400, Code::FileUnusable, what, "Name a regular file, or write what it gives to one first.")
}

/// The content as a file says it, in JSON or YAML.
fn read_content(path: &Path) -> Result<Value, Problem> {
    let text = String::from_utf8(read_file(path)?)
        .map_err(|_| unusable(format!("{} is not text in UTF-8.", path.display())))?;
    read_document("content", &text)
}

/// Where the new content of each path is.
fn sources(args: &DraftArgs) -> Result<BTreeMap<String, PathBuf>, Problem> {
    let mut sources = BTreeMap::new();
    if let Some(dir) = &args.dir {
        walk(dir, dir, &mut sources)?;
    }
    for pair in &args.files {
        let (path, local) = pair.split_once('=').ok_or_else(|| {
            Problem::new(
                400,
                Code::BadFileArgument,
                format!("`{pair}` is not PATH=LOCAL."),
                "For example --file nginx.conf=./new.conf.",
            )
        })?;
        if sources.insert(path.to_owned(), PathBuf::from(local)).is_some() {
            return Err(Problem::new(
                400,
                Code::PathTwice,
                format!("`{path}` is named twice, so what it shall become is not clear."),
                "Name each path once, with --file or beneath --dir.",
            ));
        }
    }
    Ok(sources)
}

/// The files as they travel, and how many of them were uploaded.
async fn contents(
    client: &Client,
    sources: BTreeMap<String, PathBuf>,
) -> Result<(BTreeMap<String, Value>, u64), Problem> {
    let mut files = BTreeMap::new();
    let (mut inline, mut kept) = (0, 0);
    for (path, local) in sources {
        let bytes = read_file(&local)?;
        let fits = bytes.len() <= INLINE_BYTES && inline + bytes.len() <= INLINE_TOTAL_BYTES;
        let file = match String::from_utf8(bytes) {
            Ok(text) if fits => {
                inline += text.len();
                json!({ "text": text })
            }
            other => {
                kept += 1;
                let bytes = other.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes);
                uploaded(client, bytes).await?
            }
        };
        files.insert(path, file);
    }
    Ok((files, kept))
}

async fn planner(cli: &Cli, client: &Client) -> Result<String, Problem> {
    if let Some(person) = &cli.person {
        return Ok(person.clone());
    }
    let status = client.status(Nothing {}).await?;
    let person = status.persons.into_iter().next().map(|p| p.id).ok_or_else(|| {
        Problem::new(
            400,
            Code::PersonMissing,
            "Nobody is named who would submit.",
            "Name the person with --as.",
        )
    })?;
    output::say(&format!("Planned as if {person} submitted it; name who will with --as."));
    Ok(person)
}

async fn uploaded(client: &Client, bytes: Vec<u8>) -> Result<Value, Problem> {
    let blob = client.upload(bytes).await?;
    Ok(json!({ "sha256": blob.sha256 }))
}

/// Regular files beneath `dir` by their relative paths. Anything else is refused: who names a directory means all of it.
fn walk(root: &Path, dir: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<(), Problem> {
    for entry in std::fs::read_dir(dir).map_err(|e| files::unreadable(dir, &e))? {
        let entry = entry.map_err(|e| files::unreadable(dir, &e))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|e| files::unreadable(&path, &e))?;
        if kind.is_dir() {
            walk(root, &path, files)?;
        } else if kind.is_file() {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.insert(relative, path);
        } else {
            return Err(unusable(format!("{} is neither a regular file nor a directory.", path.display())));
        }
    }
    Ok(())
}
