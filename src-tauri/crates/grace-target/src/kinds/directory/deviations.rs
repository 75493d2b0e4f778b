//! In what files are not as they were recorded, said file by file and attribute by attribute.
//!
//! Owns the words for that. Never compares for equality: [`ManagedTree::diff`] does.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use grace_domain::core::count::counted;
use grace_domain::core::digest::Digest;
use grace_domain::files::state::{ACCESS_LIST, Attributes, FileState, Xattrs};
use grace_domain::files::tree_digest::{Change, FileEntry, ManagedTree};

use super::document::tree;
use crate::deviation::{Deviation, Differs};
use crate::error::TargetError;

/// Most bytes of an attribute's value that are shown.
const VALUE_BYTES: usize = 64;

/// Each thing in which the content found differs from the recorded one, both by their documents. Ordered by file.
pub(in crate::kinds) fn deviations(recorded: &[u8], found: &[u8]) -> Result<Vec<Deviation>, TargetError> {
    Ok(between(&tree(recorded)?, &tree(found)?))
}

fn between(recorded: &ManagedTree, found: &ManagedTree) -> Vec<Deviation> {
    let mut all = Vec::new();
    for change in recorded.diff(found) {
        let (path, differs) = match change {
            Change::Added(FileEntry { path, state }) => {
                (path, vec![Differs::Added { found: described(&state) }])
            }
            Change::Removed(FileEntry { path, state }) => {
                (path, vec![Differs::Removed { recorded: described(&state) }])
            }
            Change::Modified { path, before, after } => (path, of_file(&before, &after)),
        };
        all.extend(differs.into_iter().map(|differs| Deviation { item: path.to_string(), differs }));
    }
    all
}

fn described(
    FileState { sha256, size, attributes: Attributes { mode, owner, group, xattrs: _ } }: &FileState,
) -> String {
    format!("{}, mode {mode:04o}, owner {owner}, group {group}", bytes(sha256, *size))
}

fn bytes(sha256: &Digest, size: u64) -> String {
    format!("{}, SHA-256 {}…", counted(size, "byte"), &sha256.to_hex()[..12])
}

fn of_file(old: &FileState, new: &FileState) -> Vec<Differs> {
    let mut all = Vec::new();
    if old.sha256 != new.sha256 {
        let (recorded, found) = (bytes(&old.sha256, old.size), bytes(&new.sha256, new.size));
        all.push(Differs::Content { recorded, found });
    }
    let mut differs = |name: &str, recorded: Option<String>, found: Option<String>| {
        if recorded != found {
            all.push(Differs::Attribute { name: name.to_owned(), recorded, found });
        }
    };
    let (old, new) = (&old.attributes, &new.attributes);
    differs("mode", Some(format!("{:04o}", old.mode)), Some(format!("{:04o}", new.mode)));
    differs("owner", Some(old.owner.to_string()), Some(new.owner.to_string()));
    differs("group", Some(old.group.to_string()), Some(new.group.to_string()));
    let names: BTreeSet<&str> = old.xattrs.iter().chain(new.xattrs.iter()).map(|(name, _)| name).collect();
    for xattr in names {
        let of = |xattrs: &Xattrs| xattrs.iter().find(|(n, _)| *n == xattr).map(|(_, bytes)| bytes.to_vec());
        let (recorded, found) = (of(&old.xattrs), of(&new.xattrs));
        if recorded == found {
            continue;
        }
        let name = if xattr == ACCESS_LIST { "access list" } else { xattr }.to_owned();
        let shown =
            |bytes: &Vec<u8>| if xattr == ACCESS_LIST { access_list(bytes) } else { attribute(bytes) };
        all.push(Differs::Attribute {
            name,
            recorded: recorded.as_ref().map(shown),
            found: found.as_ref().map(shown),
        });
    }
    all
}

/// Text where it is plain, else hex. What is longer than is shown ends in its digest.
fn attribute(bytes: &[u8]) -> String {
    if bytes.len() > VALUE_BYTES {
        return format!("{} bytes, SHA-256 {}…", bytes.len(), &Digest::of(bytes).to_hex()[..12]);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') => format!("“{text}”"),
        Ok(_) | Err(_) => bytes.iter().fold(String::from("0x"), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("invariant: a String takes any text");
            hex
        }),
    }
}

/// Entries as `getfacl` prints them. Form: 32 bits of version, then entries of tag, permissions (16 bits each) and id
/// (32), little-endian.
fn access_list(list: &[u8]) -> String {
    let entry = |entry: &[u8]| {
        let id = u32::from_le_bytes(entry[4..8].try_into().expect("invariant: four bytes"));
        let who = match entry[0] {
            0x01 => "user:".to_owned(),
            0x02 => format!("user:{id}"),
            0x04 => "group:".to_owned(),
            0x08 => format!("group:{id}"),
            0x10 => "mask:".to_owned(),
            0x20 => "other:".to_owned(),
            tag => format!("tag {tag:#04x} of {id}"),
        };
        let may = |bit: u8, letter: char| if entry[2] & bit == 0 { '-' } else { letter };
        format!("{who}:{}{}{}", may(4, 'r'), may(2, 'w'), may(1, 'x'))
    };
    let entries = list.get(4..).unwrap_or_default().chunks_exact(8);
    entries.map(entry).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, bytes: &str, owner: u32, xattrs: &[(&str, &[u8])]) -> FileEntry {
        let mut set = Xattrs::default();
        for (name, value) in xattrs {
            set.insert((*name).to_owned(), value.to_vec());
        }
        let attributes = Attributes { mode: 0o600, owner, group: 0, xattrs: set };
        let state = FileState { sha256: Digest::of(bytes.as_bytes()), size: bytes.len() as u64, attributes };
        FileEntry { path: path.parse().unwrap(), state }
    }

    fn found(recorded: Vec<FileEntry>, found: Vec<FileEntry>) -> Vec<Deviation> {
        let tree = |files| ManagedTree::from_files(files).unwrap();
        between(&tree(recorded), &tree(found))
    }

    #[test]
    fn each_attribute_that_differs_is_named_with_both_values() {
        let list = |mask: u8| {
            let entry = |tag: u8, may: u8, id: u32| {
                let mut entry = vec![tag, 0, may, 0];
                entry.extend(id.to_le_bytes());
                entry
            };
            [vec![2, 0, 0, 0], entry(0x02, 7, 1234), entry(0x10, mask, u32::MAX)].concat()
        };
        let (open, closed) = (list(7), list(0));
        let before = file("a.conf", "x", 0, &[("user.q", b"x"), (ACCESS_LIST, &open)]);
        let after = file("a.conf", "x", 1234, &[("user.r", &[0]), (ACCESS_LIST, &closed)]);
        let attribute = |name: &str, recorded: Option<&str>, found: Option<&str>| Deviation {
            item: "a.conf".into(),
            differs: Differs::Attribute {
                name: name.into(),
                recorded: recorded.map(Into::into),
                found: found.map(Into::into),
            },
        };
        assert_eq!(
            found(vec![before], vec![after]),
            [
                attribute("owner", Some("0"), Some("1234")),
                attribute("access list", Some("user:1234:rwx mask::rwx"), Some("user:1234:rwx mask::---")),
                attribute("user.q", Some("“x”"), None),
                attribute("user.r", None, Some("0x00")),
            ]
        );
    }

    #[test]
    fn files_that_came_and_went_and_other_bytes_are_told() {
        let found = found(
            vec![file("a", "x", 0, &[]), file("b", "x", 0, &[])],
            vec![file("b", "yy", 0, &[]), file("c", "x", 0, &[])],
        );
        let [gone, changed, new] = &found[..] else { panic!("{found:?}") };
        assert!(gone.item == "a" && matches!(gone.differs, Differs::Removed { .. }), "{gone:?}");
        assert!(new.item == "c" && matches!(new.differs, Differs::Added { .. }), "{new:?}");
        let Differs::Content { recorded, found } = &changed.differs else { panic!("{changed:?}") };
        assert!(recorded.starts_with("1 byte,") && found.starts_with("2 bytes"), "{changed:?}");
    }
}
