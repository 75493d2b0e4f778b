//! What is known of one update type or of one kind of target stands in its own folder: nobody else names its variant
//! or says its word.

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

/// The word and the variant of each kind of target.
static TARGETS: LazyLock<Vec<(&str, String)>> =
    LazyLock::new(|| TargetKind::ALL.iter().map(|t| (t.as_str(), format!("{t:?}"))).collect());

/// The files that hold the tables with one line for each type.
const TABLES: [&str; 4] = [
    "src-tauri/crates/grace-domain/src/kinds/mod.rs",
    "src-tauri/crates/grace-domain/src/kinds/target_kind.rs",
    "src-tauri/crates/grace-target/src/kinds/mod.rs",
    "ui/src/kinds/index.ts",
];

/// A word that is not the type's or kind's here, with its reason.
const OTHER_MEANING: [(&str, &str); 4] = [
    ("src-tauri/crates/grace-api/src/http/openapi.rs", "schema"), // OpenAPI's own member
    ("src-tauri/crates/grace-target/src/files/apply.rs", "directory"), // what stands where a file belongs
    ("src-tauri/crates/grace-target/src/files/plan.rs", "directory"), // the same
    ("src-tauri/crates/grace-target/src/files/root.rs", "directory"), // the same
];

fn belongs(path: &str, word: &str) -> bool {
    TABLES.contains(&path)
        || path.contains(&format!("/kinds/{word}/"))
        || path.ends_with(&format!("/kinds/{word}.rs"))
        || path.ends_with(&format!("/kinds/{word}.ts"))
        || OTHER_MEANING.contains(&(path, word))
}

struct Names {
    path: String,
    found: BTreeMap<String, String>,
}

impl Names {
    /// A literal that is a word, or that holds one in quotes, as JSON does.
    fn word(&mut self, text: &str) {
        for (word, _) in TYPES.iter().chain(TARGETS.iter()) {
            if *word == text || text.contains(&format!("\"{word}\"")) {
                self.take(word, &format!("names \"{word}\""));
            }
        }
    }

    fn literal(&mut self, literal: &syn::Lit) {
        match literal {
            syn::Lit::Str(text) => self.word(&text.value()),
            syn::Lit::ByteStr(text) => self.word(&String::from_utf8_lossy(&text.value())),
            _ => {}
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
                TokenTree::Literal(literal) => self.literal(&syn::Lit::new(literal.clone())),
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
            syn::UseTree::Glob(_) => {
                let all = match of {
                    "UpdateType" => &TYPES,
                    "TargetKind" => &TARGETS,
                    _ => return,
                };
                all.iter().for_each(|(word, _)| self.take(word, &format!("imports {of}::*")));
            }
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

    fn visit_lit(&mut self, literal: &'ast syn::Lit) {
        self.literal(literal);
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

/// Whether a TypeScript or Svelte source has a member of this name.
fn has_member(text: &str, word: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let after = after.strip_prefix('?').unwrap_or(after);
        !before.ends_with(name) && after.starts_with(':')
    })
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
    for (word, _) in TYPES.iter().chain(TARGETS.iter()) {
        if has_member(&text, word) {
            names.take(word, &format!("has a member {word}"));
        }
    }
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
