//! The async threads wait for no disk: what an `async fn` or an async block does with files, it hands to `blocking`.
//!
//! Follows calls within one file only, and no closure that has a name: such a one is handed to another thread as a whole.

use super::modules::of_tests_only;
use super::{files, none, top};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use syn::visit::{self, Visit};

/// Where there are async threads.
const SOURCES: [&str; 5] = [
    "src-tauri/crates/grace-engine/src",
    "src-tauri/crates/grace-api/src",
    "src-tauri/crates/grace-store/src",
    "src-tauri/crates/grace-target/src",
    "src-tauri/src",
];
/// What takes a closure to another thread.
const OTHER_THREAD: [&str; 3] = ["blocking", "spawn_blocking", "off_thread"];
/// Types of `std::fs` whose functions go to the disk.
const TYPES: [&str; 3] = ["File", "OpenOptions", "DirBuilder"];
/// Methods that go to the disk, whatever they are called on.
const METHODS: [&str; 5] = ["sync_all", "sync_data", "tempfile_in", "persist", "persist_noclobber"];

#[derive(Default)]
struct Threads {
    /// On an async thread.
    is_async: bool,
    /// The function of this file that is read.
    name: String,
    /// Functions of this file that go to the disk.
    known: BTreeSet<String>,
    /// The same, found in this pass.
    sync: BTreeSet<String>,
    found: BTreeMap<String, String>,
}

impl Threads {
    fn on<T>(&mut self, is_async: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.is_async, is_async);
        let done = read(self);
        self.is_async = before;
        done
    }

    fn touched(&mut self, what: &str) {
        if self.is_async {
            self.found.insert(self.name.clone(), format!("calls {what} on an async thread"));
        } else {
            self.sync.insert(self.name.clone());
        }
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let before = std::mem::replace(&mut self.name, signature.ident.to_string());
        self.on(signature.asyncness.is_some(), |threads| threads.visit_block(block));
        self.name = before;
    }
}

fn goes_to_disk(path: &[String]) -> bool {
    match path {
        [.., module, _] if module == "fs" => path[0] != "tokio" && path[0] != "rustix",
        [.., of, _] => TYPES.contains(&of.as_str()),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Threads {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !of_tests_only(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !of_tests_only(&item.attrs) {
            self.function(&item.sig, &item.block);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_expr_async(&mut self, of: &'ast syn::ExprAsync) {
        self.on(true, |threads| visit::visit_expr_async(threads, of));
    }

    fn visit_expr_closure(&mut self, of: &'ast syn::ExprClosure) {
        let is_async = self.is_async || of.asyncness.is_some();
        self.on(is_async, |threads| visit::visit_expr_closure(threads, of));
    }

    fn visit_local(&mut self, of: &'ast syn::Local) {
        let named = of.init.as_ref().is_some_and(
            |init| matches!(&*init.expr, syn::Expr::Closure(closure) if closure.asyncness.is_none()),
        );
        // A closure alone touches nothing: neither does the function that it stands in.
        let (sync, is_async) = (self.sync.clone(), self.is_async && !named);
        self.on(is_async, |threads| visit::visit_local(threads, of));
        if named {
            self.sync = sync;
        }
    }

    fn visit_expr_call(&mut self, of: &'ast syn::ExprCall) {
        let away = matches!(&*of.func, syn::Expr::Path(path)
            if path.path.segments.last().is_some_and(|s| OTHER_THREAD.contains(&s.ident.to_string().as_str())));
        if away {
            let sync = self.sync.clone();
            self.on(false, |threads| of.args.iter().for_each(|arg| threads.visit_expr(arg)));
            self.sync = sync;
        } else {
            visit::visit_expr_call(self, of);
        }
    }

    fn visit_expr_method_call(&mut self, of: &'ast syn::ExprMethodCall) {
        let method = of.method.to_string();
        let own = matches!(&*of.receiver, syn::Expr::Path(path) if path.path.is_ident("self"));
        if own && OTHER_THREAD.contains(&method.as_str()) {
            let sync = self.sync.clone();
            self.on(false, |threads| of.args.iter().for_each(|arg| threads.visit_expr(arg)));
            self.sync = sync;
            return;
        }
        if METHODS.contains(&method.as_str()) || own && self.known.contains(&method) {
            self.touched(&method);
        }
        visit::visit_expr_method_call(self, of);
    }

    fn visit_expr_path(&mut self, of: &'ast syn::ExprPath) {
        let path: Vec<String> = of.path.segments.iter().map(|s| s.ident.to_string()).collect();
        let own = match &path[..] {
            [name] => self.known.contains(name),
            [of, name] => of == "Self" && self.known.contains(name),
            _ => false,
        };
        if own || goes_to_disk(&path) {
            self.touched(&path.join("::"));
        }
    }
}

/// What a file's async functions do at the disk.
fn found_in(text: &str) -> BTreeMap<String, String> {
    let file = syn::parse_file(text).expect("it compiles");
    let mut known = BTreeSet::new();
    loop {
        let mut threads = Threads { known: known.clone(), ..Threads::default() };
        threads.visit_file(&file);
        if threads.sync == known {
            return threads.found;
        }
        known.extend(threads.sync);
    }
}

#[test]
fn an_async_thread_waits_for_no_disk() {
    let mut found = BTreeMap::new();
    for source in SOURCES {
        let mut paths = Vec::new();
        files(&top().join(source), ".rs", &mut paths);
        assert!(!paths.is_empty(), "{source} holds nothing");
        for path in paths {
            let text = fs::read_to_string(&path).expect("it reads");
            let at = path.strip_prefix(top()).expect("beneath it").display().to_string();
            found.extend(found_in(&text).into_iter().map(|(name, how)| (format!("{at} {name}"), how)));
        }
    }
    none("these wait for the disk on an async thread; hand that to `blocking`:", &found);
}

#[test]
fn what_it_sees() {
    let seen = |text: &str| found_in(text).into_keys().collect::<Vec<_>>();
    assert_eq!(seen("async fn a() { std::fs::read(p); }"), ["a"]);
    assert_eq!(seen("fn a() { async move { File::open(p) } }"), ["a"]);
    assert_eq!(seen("fn b() { f.sync_all() } async fn a() { b(); }"), ["a"]);
    assert_eq!(seen("fn c() { fs::read(p) } fn b() { c() } async fn a() { x.map(|y| b()); }"), ["a"]);
    assert_eq!(seen("impl S { fn b(&self) { f.persist(p) } async fn a(&self) { self.b(); } }"), ["a"]);
    assert_eq!(seen("async fn a() { blocking(move || std::fs::read(p)).await }"), [""; 0]);
    assert_eq!(seen("async fn a() { let read = move || fs::read(p); spawn_blocking(read).await }"), [""; 0]);
    assert_eq!(seen("fn a() { std::fs::read(p) }"), [""; 0]);
}
