//! The clauses of refusals, faults and findings begin with a word of ours, never with a name: the API begins a sentence
//! with a large letter, and a name stays as it is written.

use super::{none, relative, rust_files};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeMap;

/// Who carries clauses, by the name of the type that makes one.
const CARRIERS: [&str; 5] = ["Refusal", "TargetFault", "EffectError", "StageOutcome", "SealedText"];

/// Variables that hold a clause until one of them carries it.
const HOLDERS: [&str; 5] = ["message", "reason", "sentence", "advice", "besides"];

/// What a clause may begin with in the place of a word: another clause, a noun of ours, or a number.
const NO_NAMES: [&str; 18] = [
    "0",
    "doing",
    "error",
    "field",
    "found",
    "have",
    "healthy",
    "INBOX_WAITING",
    "join",
    "lack",
    "left",
    "len",
    "message",
    "reason",
    "sentence",
    "wanted",
    "what",
    "whose",
];

/// The text that a macro begins with, and what it shows first, where that is no word.
fn placeholder(arguments: TokenStream) -> Option<(String, String)> {
    let mut tokens = arguments.into_iter();
    let Some(TokenTree::Literal(literal)) = tokens.next() else { return None };
    let text = literal.to_string();
    let named = text.strip_prefix("\"{")?.split(['}', ':']).next()?.to_owned();
    if !named.is_empty() {
        return Some((text, named));
    }
    let first = tokens.skip(1).take_while(|t| !matches!(t, TokenTree::Punct(p) if p.as_char() == ','));
    let names =
        first.filter_map(|t| if let TokenTree::Ident(name) = t { Some(name.to_string()) } else { None });
    Some((text, names.last().unwrap_or_default()))
}

#[derive(Default)]
struct Begins {
    seen: usize,
    found: Vec<String>,
}

impl Begins {
    fn arguments(&mut self, arguments: TokenStream) {
        self.seen += 1;
        self.found.extend(
            placeholder(arguments)
                .filter(|(_, shown)| !NO_NAMES.contains(&shown.as_str()))
                .map(|(text, _)| text),
        );
    }

    /// Each `format!` among the tokens.
    fn formats(&mut self, tokens: &[TokenTree]) {
        for (i, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            if i > 1 && tokens[i - 2].to_string() == "format" {
                self.arguments(group.stream());
            } else {
                self.formats(&group.stream().into_iter().collect::<Vec<_>>());
            }
        }
    }

    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let said: Vec<String> = tokens
            .iter()
            .map(|t| if let TokenTree::Group(_) = t { "()".to_owned() } else { t.to_string() })
            .collect();
        for (i, token) in tokens.iter().enumerate() {
            let before = |n: usize| i.checked_sub(n).map_or("", |at| said[at].as_str());
            match token {
                TokenTree::Group(_) if (before(2), before(1)) == ("mod", "tests") => {}
                TokenTree::Group(group) if before(1) == "error" => self.arguments(group.stream()),
                TokenTree::Group(group) => {
                    if before(2) == ":" && before(3) == ":" && CARRIERS.contains(&before(4)) {
                        self.formats(&group.stream().into_iter().collect::<Vec<_>>());
                    }
                    self.read(group.stream());
                }
                TokenTree::Ident(_) if before(1) == "let" && HOLDERS.contains(&said[i].as_str()) => {
                    let end = said[i..].iter().position(|t| t == ";").map_or(tokens.len(), |n| i + n);
                    self.formats(&tokens[i..end]);
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

#[test]
fn a_clause_never_begins_with_a_name() {
    let mut found = BTreeMap::new();
    let mut seen = 0;
    for name in ["grace-domain", "grace-store", "grace-target", "grace-engine"] {
        for (path, text) in rust_files(&format!("src-tauri/crates/{name}/src")) {
            let mut begins = Begins::default();
            begins.read(text.parse().expect("Rust"));
            seen += begins.seen;
            found.extend(
                begins.found.into_iter().map(|text| (format!("{} {text}", relative(&path)), String::new())),
            );
        }
    }
    assert!(seen > 200, "clauses are found: {seen}");
    none("begins with a name", &found);
}

#[test]
fn a_name_at_the_beginning_is_seen() {
    let source = r#"
        #[error("{path} is not there")] struct A;
        #[error("{found} files; at most {max}")] struct B;
        fn f() { Refusal::invalid(C, format!("{} has no target", self.id), "h"); }
        fn g() { let reason = format!("{component}: {reason}"); }
        fn h() { EffectError::new(c, format!("{}; nothing was changed", self.reason)); }
        mod tests { fn f() { Refusal::invalid(C, format!("{id} is"), "h"); } }
    "#;
    let mut begins = Begins::default();
    begins.read(source.parse().expect("Rust"));
    assert_eq!((begins.seen, begins.found.len()), (5, 3), "{:?}", begins.found);
}
