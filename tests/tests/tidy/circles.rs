//! No circle among the files of a crate, and the rooms of the rules in one order.

use super::debt::shrinks;
use super::modules::Modules;
use super::{relative, roots, top};
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
    shrinks("circles", &found);
}

/// The rooms of grace-domain, from the ground up: each imports from those before it only.
const ROOMS: [&str; 16] = [
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
    "update",
    "handshake",
    "component",
    "aggregate",
    "world",
    "row",
];

#[test]
fn the_rooms_of_the_rules_import_from_those_beneath_only() {
    let modules = Modules::read(&top().join("src-tauri/crates/grace-domain/src/lib.rs"));
    let place = |room: &str| {
        ROOMS.iter().position(|r| *r == room).unwrap_or_else(|| panic!("{room} has no place in ROOMS"))
    };
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (file, others) in modules.imports() {
        let Some(from) = modules.room(file) else { continue };
        for other in others {
            let Some(to) = modules.room(other) else { continue };
            if place(to) > place(from) {
                let files = found.entry(format!("{from} -> {to}")).or_default();
                files.push_str(&format!("{} ", relative(file)));
            }
        }
    }
    shrinks("rooms", &found);
}
