//! The UI's types, generated: one text per file under `ui/src/generated/`.
//!
//! Owns the text only; a test compares it with the files and rewrites them with `UPDATE=1`. Made in one place and in
//! one order, so that it is the same whoever makes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use grace_domain::acts::ACTS;
use grace_domain::log::EntryType;
use grace_domain::update::StageName;
use serde_json::Value;
use ts_rs::TS as _;

use crate::operations::Operation;
use crate::types::declared::Declared;
use crate::{operations, problem, requests, types};

const HEAD: &str =
    "// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.\n";

/// File name → content.
pub fn files() -> BTreeMap<&'static str, String> {
    let config = ts_rs::Config::new().with_large_int("number");
    let json = format!("/** Any JSON. */\nexport {}", Value::decl(&config));
    BTreeMap::from([
        ("acts.ts", acts_file()),
        ("stages.ts", stages_file()),
        ("entries.ts", entries_file()),
        ("words.ts", file(types::closed_sets(), None)),
        ("views.ts", file(types::views(), None)),
        ("requests.ts", file(requests::declared(), Some(json))),
        ("problem.ts", file(vec![Declared::of::<problem::Problem>()], None)),
        ("operations.ts", operations_file()),
    ])
}

fn file(declared: Vec<Declared>, first: Option<String>) -> String {
    let by_name: BTreeMap<Cow<'static, str>, String> =
        declared.into_iter().map(|d| (d.name, d.typescript)).collect();
    let mut text = HEAD.to_owned();
    let words: Vec<_> = types::closed_sets()
        .into_iter()
        .map(|d| d.name)
        .filter(|name| !by_name.contains_key(name) && by_name.values().any(|text| names(text, name)))
        .collect();
    if !words.is_empty() {
        let _ = writeln!(text, "\nimport type {{ {} }} from \"./words\";", words.join(", "));
    }
    for declaration in first.into_iter().chain(by_name.into_values()) {
        text.push('\n');
        for line in declaration.trim_end().lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// Whether a declaration names a type.
fn names(declaration: &str, name: &str) -> bool {
    let mut code = String::new();
    for part in declaration.split("/**") {
        // What stands before the end of a comment is its text.
        code.push_str(part.split_once("*/").map_or(part, |(_, rest)| rest));
    }
    code.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == name)
}

/// The domain's table of signed acts.
fn acts_file() -> String {
    let mut text = HEAD.to_owned();
    text.push_str(
        "\n/** The signed acts on an update or a component: one row per act. */\nexport const ACTS = [\n",
    );
    for row in ACTS {
        let _ = writeln!(
            text,
            "  {{ word: \"{}\", verb: \"{}\", about: \"{}\", subject: \"{}\", dangerous: {}, needs_reason: {} }},",
            row.word,
            row.verb,
            row.about,
            row.subject.as_str(),
            row.dangerous,
            row.needs_reason
        );
    }
    text.push_str("] as const;\n");
    text
}

/// The stages of an update by their words, in order, as people read them.
fn stages_file() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n/** The stages of an update, in order: the word, and how people read it. */\nexport const STAGES = [\n");
    for stage in StageName::ALL {
        let _ = writeln!(text, "  {{ word: \"{stage}\", label: \"{}\" }},", stage.label());
    }
    text.push_str("] as const;\n");
    text
}

/// The types of entries by family, as the domain's events name them.
fn entries_file() -> String {
    let mut families: Vec<(&str, Vec<String>)> = Vec::new();
    for (family, rest) in EntryType::known().map(EntryType::split) {
        let rest = format!("\"{rest}\"");
        match families.iter_mut().find(|(known, _)| *known == family) {
            Some((_, types)) => types.push(rest),
            None => families.push((family, vec![rest])),
        }
    }
    let mut text = HEAD.to_owned();
    text.push_str(concat!(
        "\n/** The types of entries by family: an entry's type is `family.type`. */\n",
        "export const ENTRY_TYPES = {\n",
    ));
    for (family, types) in families {
        let _ = writeln!(text, "  {family}: [{}],", types.join(", "));
    }
    text.push_str("} as const;\n");
    text
}

fn operations_file() -> String {
    let all = operations::list();
    let mut text = HEAD.to_owned();
    for (from, names) in [
        ("./requests", all.iter().filter_map(Operation::request).collect::<std::collections::BTreeSet<_>>()),
        ("./views", all.iter().map(|o| o.view).collect()),
    ] {
        let names: Vec<_> = names.into_iter().collect();
        let _ = write!(text, "\nimport type {{ {} }} from \"{from}\";", names.join(", "));
    }
    text.push_str(concat!(
        "\n\n/** A DSSE envelope: base64 of the exact signed bytes, and who signed them. */\n",
        "export type Envelope = { payload: string, payloadType: string, signatures: Array<{ keyid: string, sig: string }>, };\n",
        "\n/** What is handed in: the signed statement and, in base64, the small blobs that it names. */\n",
        "export type HandIn = { envelope: Envelope, blobs: Array<string>, };\n",
        "\n/** Name → what goes in, what comes out, and which group it belongs to. */\nexport interface Operations {\n",
    ));
    for o in all {
        let request = o.request().unwrap_or("HandIn");
        let group = o.group.as_str();
        let _ = writeln!(
            text,
            "  /** {} {} */\n  {}: {{ request: {request}, view: {}, group: \"{group}\", }};",
            o.method, o.path, o.name, o.view
        );
    }
    text.push_str("}\n\nexport type OperationName = keyof Operations;\n");
    text
}
