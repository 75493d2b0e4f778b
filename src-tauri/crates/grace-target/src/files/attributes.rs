//! Owner, group, permission bits and extended attributes of a file: read from it, and set on one that was just written.
//!
//! Owns these calls. Never follows a link, and never sets less than was requested without saying so.

use std::fs::File;

use grace_domain::files::path::spelled;
use grace_domain::files::state::{Attributes, Xattrs};
use rustix::fs::{Gid, Mode, Uid, XattrFlags};
use rustix::io::Errno;

use crate::error::TargetError;

/// Extended attributes of one file that are kept, bytes: what the system takes for one value.
const XATTR_BYTES: usize = 64 * 1024;

/// What the kernel measures a file by: hashes that it makes anew, or signatures that it does not.
const INTEGRITY: [&str; 2] = ["security.evm", "security.ima"];

/// The extended attributes of `file` that are content. A file system without any has none.
pub(crate) fn xattrs(file: &File, path: &str) -> Result<Xattrs, TargetError> {
    let failed = |error: Errno| TargetError::io("reading the attributes of", path)(error.into());
    let mut names = vec![0; XATTR_BYTES];
    let length = match rustix::fs::flistxattr(file, names.as_mut_slice()) {
        Ok(length) => length,
        Err(Errno::NOTSUP) => return Ok(Xattrs::default()),
        Err(Errno::RANGE) => return Err(too_large()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Xattrs::default();
    let mut bytes = 0;
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let plain = name.iter().all(u8::is_ascii_graphic);
        let Some(text) = str::from_utf8(name).ok().filter(|_| plain) else {
            return Err(unkept(path, &spelled(name), "its name is not plain ASCII"));
        };
        if !Xattrs::counts(text) && !INTEGRITY.contains(&text) {
            continue;
        }
        let mut value = vec![0; XATTR_BYTES];
        let read = match rustix::fs::fgetxattr(file, text, value.as_mut_slice()) {
            Ok(read) => read,
            // Gone since it was listed.
            Err(Errno::NODATA) => continue,
            Err(error) => return Err(failed(error)),
        };
        value.truncate(read);
        if is_signature(text, &value) {
            return Err(unkept(path, text, "it is a signature, which the system does not make anew"));
        }
        if !Xattrs::counts(text) {
            continue;
        }
        bytes += read;
        if bytes > XATTR_BYTES {
            return Err(too_large());
        }
        found.insert(text.to_owned(), value);
    }
    Ok(found)
}

/// Gives `file`, which is ours and just written, the attributes `wanted`.
pub(crate) fn set(file: &File, path: &str, wanted: &Attributes) -> Result<(), TargetError> {
    let stat = rustix::fs::fstat(file).map_err(|error| TargetError::io("inspecting", path)(error.into()))?;
    let (uid, gid) = (wanted.owner, wanted.group);
    if (stat.st_uid, stat.st_gid) != (uid, gid) {
        rustix::fs::fchown(file, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
            .map_err(|_| TargetError::Owner { path: path.to_owned(), uid, gid })?;
    }
    // A default access list of the directory has come with the file.
    for (name, _) in xattrs(file, path)?.iter().filter(|(name, _)| !wanted.xattrs.holds(name)) {
        match rustix::fs::fremovexattr(file, name) {
            Ok(()) | Err(Errno::NODATA) => {}
            Err(_) => return Err(unkept(path, name, "this process may not remove it from a new file")),
        }
    }
    for (name, value) in wanted.xattrs.iter() {
        rustix::fs::fsetxattr(file, name, value, XattrFlags::empty())
            .map_err(|_| unkept(path, name, "this process may not set it there"))?;
    }
    // Last: giving a file away drops its set-id bits, and the mode of one with an access list is part of that list.
    rustix::fs::fchmod(file, Mode::from_raw_mode(wanted.mode))
        .map_err(|error| TargetError::io("setting the mode of", path)(error.into()))
}

/// Whether the value of one of the attributes that the system makes anew is one that somebody signed, by the type that
/// begins it (`enum evm_ima_xattr_type` in Linux `security/integrity/integrity.h`).
fn is_signature(name: &str, value: &[u8]) -> bool {
    const SIGNED: u8 = 3;
    const PORTABLE: u8 = 5;
    const OF_VERITY: u8 = 6;
    INTEGRITY.contains(&name)
        && value.first().is_some_and(|kind| [SIGNED, PORTABLE, OF_VERITY].contains(kind))
}

fn unkept(path: &str, name: &str, reason: &'static str) -> TargetError {
    TargetError::Attribute { path: path.to_owned(), name: name.to_owned(), reason }
}

fn too_large() -> TargetError {
    TargetError::TooLarge { what: "bytes of extended attributes of one file", max: XATTR_BYTES as u64 }
}
