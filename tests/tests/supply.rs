//! What the product is built of, against `deny.toml`: every licence allowed, nothing banned, one source. Advisories need
//! a database that is not at hand here; `cargo deny check` reads the same file.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests package lies in the workspace")
}

fn rules() -> toml::Table {
    std::fs::read_to_string(top().join("deny.toml")).expect("deny.toml").parse().expect("TOML")
}

/// Every package that a build for this machine may take.
fn packages() -> Vec<Value> {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc");
    let about = String::from_utf8(rustc.stdout).expect("text");
    let host = about.lines().find_map(|l| l.strip_prefix("host: ")).expect("a host");
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(top())
        .output()
        .expect("cargo metadata");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut tree: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let Value::Array(packages) = tree["packages"].take() else { panic!("packages") };
    assert!(packages.len() > 100, "the whole tree: {}", packages.len());
    packages
}

fn word<'a>(package: &'a Value, member: &str) -> &'a str {
    package[member].as_str().unwrap_or_default()
}

/// Whether one way to satisfy a package's licence is among the allowed.
fn is_allowed(licence: &str, allowed: &[String]) -> bool {
    let Ok(expression) = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX) else { return false };
    expression.evaluate(|wanted| allowed.contains(&wanted.to_string()))
}

fn allowed() -> Vec<String> {
    let list = rules()["licenses"]["allow"].as_array().expect("a list").clone();
    list.iter().map(|l| l.as_str().expect("a licence").to_owned()).collect()
}

#[test]
fn every_licence_is_allowed() {
    let allowed = allowed();
    for package in packages() {
        let licence = word(&package, "license");
        assert!(is_allowed(licence, &allowed), "{}: `{licence}`", word(&package, "name"));
    }
}

#[test]
fn a_licence_that_is_not_named_is_refused() {
    let allowed = allowed();
    for licence in ["GPL-3.0-only", "MIT AND GPL-2.0-only", "AGPL-3.0-only OR BUSL-1.1", "", "Custom"] {
        assert!(!is_allowed(licence, &allowed), "{licence}");
    }
    assert!(is_allowed("GPL-2.0-only OR MIT", &allowed));
}

#[test]
fn nothing_banned_is_in_the_tree_and_one_source_feeds_it() {
    let rules = rules();
    let banned: Vec<&str> = rules["bans"]["deny"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|b| b["crate"].as_str().expect("a name"))
        .collect();
    let source = rules["sources"]["allow-registry"][0].as_str().expect("a registry");
    for package in packages() {
        let name = word(&package, "name");
        assert!(!banned.contains(&name), "{name} is banned");
        let from = package["source"].as_str();
        assert!(from.is_none_or(|s| s == format!("registry+{source}")), "{name} comes from {from:?}");
    }
}
