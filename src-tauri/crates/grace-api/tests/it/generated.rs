//! Generated contracts are fresh.

use std::path::{Path, PathBuf};

fn generated_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/generated")
}

#[test]
fn typescript_of_the_ui_is_fresh() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for (name, content) in grace_api::typescript::files() {
        let path = generated_dir().join(name);
        if std::fs::read_to_string(&path).ok().as_deref() == Some(content.as_str()) {
            continue;
        }
        if update {
            std::fs::create_dir_all(generated_dir()).expect("create ui/src/generated");
            std::fs::write(&path, content).expect("write the generated file");
        } else {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "stale: {stale:?}; rewrite with UPDATE=1");
}
