//! Files that can be read at one sitting, states that only their own rules change, and views whose closed sets are
//! enums.

use super::modules::Modules;
use super::{files, none, relative, roots, top};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Lines up to which a file needs no reason.
const LINES: usize = 400;

#[test]
fn a_long_file_says_why_it_is_long() {
    let mut found = BTreeMap::new();
    for (dir, ending) in [
        ("src-tauri/src", ".rs"),
        ("src-tauri/crates", ".rs"),
        ("tests", ".rs"),
        ("ui/src", ".ts"),
        ("ui/src", ".svelte"),
        ("ui/src", ".css"),
    ] {
        let mut paths = Vec::new();
        files(&top().join(dir), ending, &mut paths);
        for path in paths {
            let text = fs::read_to_string(&path).expect("readable");
            let lines = text.lines().count();
            // In Rust `//! Long because`, in the screens' sources as the comment that opens the file.
            let mut opening = text.lines().take_while(|l| ending != ".rs" || l.starts_with("//!")).take(10);
            let reason = opening.any(|l| l.contains("Long because"));
            if lines > LINES && !reason {
                found.insert(relative(&path), format!("{lines} lines"));
            }
        }
    }
    none("long", &found);
}

/// The structs that are an aggregate's state, and the module of grace-domain in which each is defined.
const STATES: [(&str, &str); 3] =
    [("update", "Update"), ("handshake", "Handshake"), ("component", "Component")];

#[test]
fn a_state_is_changed_by_its_own_rules_only() {
    let modules = Modules::read(&top().join("src-tauri/crates/grace-domain/src/lib.rs"));
    let mut found = BTreeMap::new();
    let mut seen = 0;
    for (path, syntax) in modules.syntax() {
        for item in &syntax.items {
            let syn::Item::Struct(state) = item else { continue };
            let name = state.ident.to_string();
            if !STATES
                .iter()
                .any(|(room, n)| *n == name && modules.path(path).split('/').next() == Some(room))
            {
                continue;
            }
            seen += 1;
            for field in state.fields.iter().filter(|f| matches!(f.vis, syn::Visibility::Public(_))) {
                let field = field.ident.as_ref().map_or_else(|| "0".to_owned(), ToString::to_string);
                found.insert(format!("{name}.{field}"), relative(path));
            }
        }
    }
    assert_eq!(seen, STATES.len(), "each state is one struct in its room");
    let world =
        fs::read_to_string(top().join("src-tauri/crates/grace-domain/src/world.rs")).expect("readable");
    let open = world.lines().filter(|l| l.contains("pub $map:") || l.contains("pub $field:"));
    found.extend(open.map(|l| ("World".to_owned(), l.trim().to_owned())));
    assert!(found.is_empty(), "a state that others can change: {found:?}");
}

/// Fields whose values are a closed set wherever they stand in a view.
const CLOSED: [&str; 18] = [
    "entry_type",
    "name",
    "unit",
    "state",
    "kind",
    "verdict",
    "outcome",
    "trigger",
    "health",
    "code",
    "level",
    "update_type",
    "change",
    "op",
    "verb",
    "next_due",
    "end_due",
    "deadline_due",
];

/// Names and units that people choose, and the one list of words that is text.
const CHOSEN: [&str; 19] = [
    "DiffItem.name",
    "ExportRequest.name",
    "ItemChangeView.name",
    "ItemContentView.name",
    "ItemRequest.name",
    "ItemView.name",
    "MetricDefinitionView.name",
    "MetricDefinitionView.unit",
    "PersonView.name",
    "SeriesView.name",
    "SeriesView.unit",
    "SignerView.name",
    "SimMetricView.name",
    "SimMetricView.unit",
    "TargetFactView.name",
    "UpdateListRequest.state", // several states
    "WindowMetricView.name",
    "WindowMetricView.unit",
    "WorldMadeView.name",
];

/// The arguments of a type.
fn arguments(ty: &syn::Type) -> Vec<&syn::Type> {
    let syn::Type::Path(path) = ty else { return Vec::new() };
    match path.path.segments.last().map(|last| &last.arguments) {
        Some(syn::PathArguments::AngleBracketed(inner)) => inner
            .args
            .iter()
            .filter_map(|a| if let syn::GenericArgument::Type(ty) = a { Some(ty) } else { None })
            .collect(),
        Some(syn::PathArguments::None | syn::PathArguments::Parenthesized(_)) | None => Vec::new(),
    }
}

/// Whether a type counts by text: what is counted is a closed set.
fn counts_by_text(ty: &syn::Type) -> bool {
    let is_number =
        |ty: &syn::Type| matches!(ty, syn::Type::Path(p) if p.path.is_ident("u64") || p.path.is_ident("u32"));
    matches!(arguments(ty)[..], [key, value] if is_text(key) && is_number(value))
}

/// Whether a type is text, or holds it: optional, several of them.
fn is_text(ty: &syn::Type) -> bool {
    let syn::Type::Path(path) = ty else { return matches!(ty, syn::Type::Reference(r) if is_text(&r.elem)) };
    let is_word = |last: &syn::PathSegment| last.ident == "String" || last.ident == "str";
    path.path.segments.last().is_some_and(is_word) || arguments(ty).into_iter().any(is_text)
}

/// Whether a type is shown to callers: what they are told of it is made from it.
fn is_view(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| match &a.meta {
        syn::Meta::List(list) if list.path.is_ident("derive") => {
            let derived = list.tokens.to_string();
            derived.split(',').map(str::trim).any(|d| d.ends_with("TS") || d.ends_with("JsonSchema"))
        }
        syn::Meta::List(_) | syn::Meta::Path(_) | syn::Meta::NameValue(_) => false,
    })
}

/// A view as it is declared: name and fields.
type Declared = (String, Vec<syn::Field>);

/// The structs that a macro of ours makes: each name before braces that hold named fields.
fn declared_in(tokens: TokenStream) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut name = String::new();
    for token in tokens {
        match token {
            TokenTree::Ident(word) => name = word.to_string(),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let braces = TokenStream::from(TokenTree::Group(group));
                if let Ok(fields) = syn::parse2::<syn::FieldsNamed>(braces) {
                    found.push((name.clone(), fields.named.into_iter().collect()));
                }
            }
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

fn views(items: &[syn::Item]) -> Vec<Declared> {
    let fields = |f: &syn::Fields| f.iter().cloned().collect::<Vec<_>>();
    let mut found = Vec::new();
    for item in items {
        match item {
            syn::Item::Struct(s) if is_view(&s.attrs) => found.push((s.ident.to_string(), fields(&s.fields))),
            syn::Item::Enum(e) if is_view(&e.attrs) => {
                let all = e.variants.iter().flat_map(|v| fields(&v.fields)).collect();
                found.push((e.ident.to_string(), all));
            }
            syn::Item::Macro(m) if m.mac.path.is_ident("view") || m.mac.path.is_ident("request") => {
                found.extend(declared_in(m.mac.tokens.clone()));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn a_closed_set_in_a_view_is_an_enum() {
    let mut found = BTreeMap::new();
    let mut chosen = BTreeSet::new();
    let mut seen = 0;
    for root in roots() {
        for (path, syntax) in Modules::read(&root).syntax() {
            for (view, fields) in views(&syntax.items) {
                seen += 1;
                for field in fields {
                    let name = field.ident.as_ref().map_or_else(String::new, ToString::to_string);
                    let closed = CLOSED.contains(&name.as_str()) && is_text(&field.ty);
                    let name = format!("{view}.{name}");
                    if CHOSEN.contains(&name.as_str()) {
                        chosen.insert(name);
                    } else if closed || counts_by_text(&field.ty) {
                        found.insert(name, relative(path));
                    }
                }
            }
        }
    }
    assert!(seen > 40, "the views are found by what they derive: {seen}");
    assert!(found.is_empty(), "text where a closed set stands: {found:?}");
    assert_eq!(chosen.len(), CHOSEN.len(), "each of CHOSEN is there: {chosen:?}");
}
