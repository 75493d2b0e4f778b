//! No circle among the files of a crate, and the places of the rules in one order.

use super::modules::Modules;
use super::{none, relative, roots, top};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

type Imports<'a> = BTreeMap<&'a Path, BTreeSet<&'a Path>>;

/// The shortest way from a file over its imports back to itself.
fn circle<'a>(imports: &Imports<'a>, start: &'a Path) -> Option<Vec<&'a Path>> {
    let mut before: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(file) = open.pop_front() {
        for next in &imports[file] {
            if *next == start {
                let mut way = vec![start, file];
                while let Some(previous) = before.get(way[way.len() - 1]) {
                    way.push(previous);
                }
                way.reverse();
                return Some(way);
            }
            if !before.contains_key(next) {
                before.insert(next, file);
                open.push_back(next);
            }
        }
    }
    None
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let mut found = BTreeMap::new();
    for root in roots() {
        let modules = Modules::read(&root);
        let imports = modules.imports();
        for file in imports.keys() {
            if let Some(way) = circle(&imports, file) {
                let way: Vec<String> = way.into_iter().map(relative).collect();
                found.insert(relative(file), way.join(" -> "));
            }
        }
    }
    none("circles", &found);
}

/// The places of grace-domain, from the ground up: each imports from those before it only. A file belongs to the longest
/// that begins its path: what can happen to an aggregate and its state lie beneath the log's entries and the working
/// set, what is decided on it lies above both.
const PLACES: [&str; 35] = [
    "core",
    "crypto",
    "files",
    "metrics",
    "judge",
    "kinds",
    "governance",
    "acts",
    "statement",
    "log",
    "governance/checks",
    "row",
    "aggregate",
    "component/event",
    "handshake/event",
    "update/evidence",
    "update/event",
    "component/state",
    "handshake/state",
    "update/state",
    "component/todo",
    "handshake/todo",
    "update/todo",
    "aggregates",
    "log/subject",
    "log/entry_type",
    "log/event",
    "log/entry",
    "world",
    "decider",
    "update/receipts",
    "component",
    "handshake",
    "update",
    "input",
];

/// The place of a file by its path of modules.
fn place(path: &str) -> usize {
    let begins = |place: &str| path == place || path.strip_prefix(place).is_some_and(|r| r.starts_with('/'));
    let (at, _) = PLACES
        .iter()
        .enumerate()
        .filter(|(_, place)| begins(place))
        .max_by_key(|(_, place)| place.len())
        .unwrap_or_else(|| panic!("{path} has no place in PLACES"));
    at
}

#[test]
fn the_places_of_the_rules_import_from_those_beneath_only() {
    let modules = Modules::read(&top().join("src-tauri/crates/grace-domain/src/lib.rs"));
    let mut found = Vec::new();
    for (file, others) in modules.imports() {
        let from = modules.path(file);
        for to in others.into_iter().map(|other| modules.path(other)) {
            // The root re-exports nothing; a folder's `mod.rs` may re-export what lies in it.
            let own = from.is_empty() || to.starts_with(&format!("{from}/"));
            if !own && !to.is_empty() && place(&to) > place(&from) {
                found.push(format!("{from} -> {to}"));
            }
        }
    }
    assert!(found.is_empty(), "imports from above:\n{}", found.join("\n"));
}
