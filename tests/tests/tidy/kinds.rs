//! What is known of one update type or of one kind of target stands in its own folder: nobody else names its variant,
//! and of an update type nobody else says its word.

use super::modules::{Modules, attributes, of_tests_only};
use super::{files, none, relative, roots, top};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::target_kind::TargetKind;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use syn::visit::{self, Visit};

/// The word and the variant of each update type.
static TYPES: LazyLock<Vec<(&str, String)>> =
    LazyLock::new(|| UpdateType::ALL.iter().map(|t| (t.as_str(), format!("{t:?}"))).collect());

/// The word and the variant of each kind of target. A word like "directory" has other meanings too: variants alone are
/// looked for, and of this enum alone.
static TARGETS: LazyLock<Vec<(&str, String)>> =
    LazyLock::new(|| TargetKind::ALL.iter().map(|t| (t.as_str(), format!("{t:?}"))).collect());

/// The files that hold the tables with one line for each type.
const TABLES: [&str; 4] = [
    "src-tauri/crates/grace-domain/src/kinds/mod.rs",
    "src-tauri/crates/grace-domain/src/kinds/target_kind.rs",
    "src-tauri/crates/grace-target/src/kinds/mod.rs",
    "ui/src/kinds/index.ts",
];

/// A word that is not the update type's here, with its reason.
const OTHER_MEANING: [(&str, &str); 1] = [("src-tauri/crates/grace-api/src/http/openapi.rs", "schema")]; // OpenAPI's own member

fn belongs(path: &str, word: &str) -> bool {
    TABLES.contains(&path)
        || path.contains(&format!("/kinds/{word}/"))
        || path.ends_with(&format!("/kinds/{word}.rs"))
        || OTHER_MEANING.contains(&(path, word))
}

struct Names {
    path: String,
    found: BTreeMap<String, String>,
}

impl Names {
    fn word(&mut self, text: &str) {
        if let Some((word, _)) = TYPES.iter().find(|(word, _)| *word == text) {
            self.take(word, &format!("names \"{word}\""));
        }
    }

    fn take(&mut self, word: &str, how: &str) {
        if !belongs(&self.path, word) {
            self.found.insert(format!("{} {word}", self.path), how.to_owned());
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut before = [String::new(), String::new(), String::new()];
        for token in tokens {
            match &token {
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    self.word(text.trim_matches('"'));
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(name) if before[1] == ":" && before[2] == ":" => {
                    self.variant(&before[0].clone(), &name.to_string());
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
            before.rotate_left(1);
            before[2] = token.to_string();
        }
    }

    fn variant(&mut self, of: &str, name: &str) {
        let is_enum = of.starts_with(char::is_uppercase);
        if let Some((word, _)) = TYPES.iter().find(|(_, variant)| is_enum && variant == name) {
            self.take(word, &format!("names {of}::{name}"));
        }
        if let Some((word, _)) = TARGETS.iter().find(|(_, variant)| of == "TargetKind" && variant == name)
            && !self.path.contains("/kinds/")
        {
            self.take(word, &format!("names {of}::{name}"));
        }
    }

    fn imported(&mut self, of: &str, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.imported(&path.ident.to_string(), &path.tree),
            syn::UseTree::Name(name) => self.variant(of, &name.ident.to_string()),
            syn::UseTree::Rename(name) => self.variant(of, &name.ident.to_string()),
            syn::UseTree::Glob(_) => {}
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.imported(of, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !of_tests_only(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.word(&text.value());
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.imported("", &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        for pair in names.windows(2) {
            self.variant(&pair[0], &pair[1]);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

/// String literals of a TypeScript or Svelte source.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    ['"', '\'', '`'].into_iter().flat_map(move |quote| text.lines().flat_map(move |l| l.split(quote).skip(1)))
}

fn screens() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for ending in [".ts", ".svelte"] {
        files(&top().join("ui/src"), ending, &mut found);
    }
    let invented = top().join("ui/src/testing");
    found.retain(|p| !p.starts_with(&invented) && !p.to_string_lossy().ends_with(".test.ts"));
    found
}

fn named_in_a_screen(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).expect("readable");
    let mut names = Names { path: relative(path), found: BTreeMap::new() };
    literals(&text).for_each(|literal| names.word(literal));
    names.found
}

#[test]
fn what_is_known_of_an_update_type_or_target_kind_stands_in_its_folder() {
    let mut found = BTreeMap::new();
    for root in roots() {
        for (path, syntax) in Modules::read(&root).syntax() {
            let mut names = Names { path: relative(path), found: BTreeMap::new() };
            names.visit_file(syntax);
            found.extend(names.found);
        }
    }
    for path in screens() {
        found.extend(named_in_a_screen(&path));
    }
    none("kinds", &found);
}
