//! The files of a crate as its modules, and which file imports from which. Owns how a path in the source becomes a
//! file; never judges what it finds.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

type ModulePath = Vec<String>;

/// One crate from its root file on. Code that only tests see is not part of it.
pub struct Modules {
    /// File of each module; an inline module has the file in which it stands.
    files: BTreeMap<ModulePath, PathBuf>,
    parsed: BTreeMap<PathBuf, (ModulePath, syn::File)>,
}

impl Modules {
    /// Reads the crate whose root is this `lib.rs` or `main.rs`.
    pub fn read(root: &Path) -> Self {
        let mut modules = Self { files: BTreeMap::new(), parsed: BTreeMap::new() };
        modules.add(root, &mut Vec::new());
        modules
    }

    fn add(&mut self, file: &Path, at: &mut ModulePath) {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let ast = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let dir = file.parent().expect("a file lies in a directory");
        let stem = file.file_stem().and_then(|s| s.to_str()).expect("a name");
        let own = if ["lib", "main", "mod"].contains(&stem) { dir.to_owned() } else { dir.join(stem) };
        self.files.insert(at.clone(), file.to_owned());
        self.children(&ast.items, &own, file, at);
        self.parsed.insert(file.to_owned(), (at.clone(), ast));
    }

    fn children(&mut self, items: &[syn::Item], dir: &Path, file: &Path, at: &mut ModulePath) {
        for item in items {
            let syn::Item::Mod(module) = item else { continue };
            if of_tests_only(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            at.push(name.clone());
            if let Some((_, inner)) = &module.content {
                self.files.insert(at.clone(), file.to_owned());
                self.children(inner, &dir.join(&name), file, at);
            } else {
                let flat = dir.join(format!("{name}.rs"));
                let child = if flat.is_file() { flat } else { dir.join(&name).join("mod.rs") };
                self.add(&child, at);
            }
            at.pop();
        }
    }

    /// Every file with its syntax.
    pub fn syntax(&self) -> impl Iterator<Item = (&Path, &syn::File)> {
        self.parsed.iter().map(|(path, (_, ast))| (path.as_path(), ast))
    }

    /// The modules from the root to a file, with `/` between them.
    pub fn path(&self, file: &Path) -> String {
        self.parsed[file].0.join("/")
    }

    /// Which other files each file names in an import, a re-export or a path. Declaring a child is none of these.
    pub fn imports(&self) -> BTreeMap<&Path, BTreeSet<&Path>> {
        self.parsed
            .iter()
            .map(|(file, (at, ast))| {
                let mut found = Imports { modules: self, at: at.clone(), files: BTreeSet::new() };
                found.visit_file(ast);
                found.files.remove(file.as_path());
                (file.as_path(), found.files)
            })
            .collect()
    }

    /// The file of the innermost module that a path names, if it leads into this crate.
    fn resolve(&self, from: &[String], path: &[String]) -> Option<&Path> {
        let mut at = from.to_vec();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|s| s == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            child => {
                at.push(child.to_owned());
                if !self.files.contains_key(&at) || path.len() < 2 {
                    return None;
                }
                rest = &rest[1..];
            }
        }
        for name in rest {
            at.push(name.clone());
            if !self.files.contains_key(&at) {
                at.pop();
                break;
            }
        }
        self.files.get(&at).map(PathBuf::as_path)
    }
}

/// Whether an item is compiled for tests only.
pub fn of_tests_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| match &a.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        _ => false,
    })
}

/// Attributes of an item, whatever it is.
pub fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(i) => &i.attrs,
        syn::Item::Enum(i) => &i.attrs,
        syn::Item::Fn(i) => &i.attrs,
        syn::Item::Impl(i) => &i.attrs,
        syn::Item::Macro(i) => &i.attrs,
        syn::Item::Mod(i) => &i.attrs,
        syn::Item::Static(i) => &i.attrs,
        syn::Item::Struct(i) => &i.attrs,
        syn::Item::Trait(i) => &i.attrs,
        syn::Item::Type(i) => &i.attrs,
        syn::Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

struct Imports<'m> {
    modules: &'m Modules,
    at: ModulePath,
    files: BTreeSet<&'m Path>,
}

impl Imports<'_> {
    fn name(&mut self, path: &[String]) {
        self.files.extend(self.modules.resolve(&self.at, path));
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &mut ModulePath) {
        match tree {
            syn::UseTree::Path(p) => {
                before.push(p.ident.to_string());
                self.tree(&p.tree, before);
                before.pop();
            }
            syn::UseTree::Name(n) => self.leaf(&n.ident.to_string(), before),
            syn::UseTree::Rename(r) => self.leaf(&r.ident.to_string(), before),
            syn::UseTree::Glob(_) => self.name(before),
            syn::UseTree::Group(g) => g.items.iter().for_each(|t| self.tree(t, before)),
        }
    }

    fn leaf(&mut self, name: &str, before: &mut ModulePath) {
        if name == "self" {
            return self.name(before);
        }
        before.push(name.to_owned());
        self.name(before);
        before.pop();
    }

    /// Paths in a macro's tokens, which are no syntax yet: those that say from where they start.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: ModulePath = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    if path.last().is_none_or(|last| last != "::") {
                        self.end(&mut path);
                    }
                    path.push(word);
                }
                TokenTree::Punct(p) if p.as_char() == ':' => {
                    if path.last().is_some_and(|last| last != "::") {
                        path.push("::".into());
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => self.end(&mut path),
                TokenTree::Group(group) => {
                    self.end(&mut path);
                    self.tokens(group.stream());
                }
            }
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut ModulePath) {
        path.retain(|part| part != "::");
        // Alone it says who may see something.
        if path.len() > 1 && path.first().is_some_and(|first| first == "crate" || first == "super") {
            self.name(path);
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if of_tests_only(attributes(item)) {
            return;
        }
        if let syn::Item::Mod(module) = item {
            self.at.push(module.ident.to_string());
            visit::visit_item(self, item);
            self.at.pop();
        } else {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: ModulePath = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.name(&names);
        visit::visit_path(self, path);
    }

    /// A macro that is exported lies at the crate's root wherever it stands: its own path says nothing.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
    }

    /// Who may see something is no import.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
}
