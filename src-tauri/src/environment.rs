//! What the webview needs to find before it starts: a language, and no renderer that this machine cannot drive. Reads
//! the machine and names variables for a second start; never changes a variable that somebody set.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Starts this program again with the variables that are missing; `None` when none is.
pub fn guard() -> Option<ExitCode> {
    let value = |name: &str| env::var(name).unwrap_or_default();
    let missing = missing(value, Path::new("/proc/driver/nvidia/version").exists());
    if missing.is_empty() {
        return None;
    }
    let own = env::current_exe().ok()?;
    let error = Command::new(own).args(env::args_os().skip(1)).envs(missing).exec();
    eprintln!("could not start again with a complete environment: {error}");
    Some(ExitCode::FAILURE)
}

/// Each is named only while it is unset, so that a second start finds nothing missing.
fn missing(value: impl Fn(&str) -> String, nvidia: bool) -> Vec<(&'static str, &'static str)> {
    let mut missing = Vec::new();
    // Under the locale C the webview hands pages the language "C", at which their number and date formats throw.
    let locale = [value("LC_ALL"), value("LANG")].into_iter().find(|v| !v.is_empty()).unwrap_or_default();
    let plain = locale.is_empty() || locale == "POSIX" || locale == "C" || locale.starts_with("C.");
    if plain && value("LANGUAGE").is_empty() {
        missing.push(("LANGUAGE", "en_US"));
    }
    // With that driver WebKitGTK's DMA-BUF renderer leaves windows blank.
    if nvidia && value("WEBKIT_DISABLE_DMABUF_RENDERER").is_empty() {
        missing.push(("WEBKIT_DISABLE_DMABUF_RENDERER", "1"));
    }
    missing
}

/// Whether there is a graphics card to draw with. Without one, drawing by the processor alone is two to four times
/// as fast as a card that the processor plays.
pub fn has_gpu() -> bool {
    fs::read_dir("/dev/dri").is_ok_and(|nodes| {
        nodes.filter_map(Result::ok).any(|n| n.file_name().to_string_lossy().starts_with("renderD"))
    })
}

#[cfg(test)]
mod tests {
    use super::missing;
    use std::collections::BTreeMap;

    fn names_of(set: &[(&str, &str)], nvidia: bool) -> Vec<&'static str> {
        let set: BTreeMap<String, String> =
            set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        missing(|name| set.get(name).cloned().unwrap_or_default(), nvidia)
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn a_plain_locale_gets_a_language_once() {
        for plain in ["", "C", "POSIX", "C.UTF-8"] {
            assert_eq!(names_of(&[("LANG", plain)], false), ["LANGUAGE"], "{plain}");
            assert!(names_of(&[("LANG", plain), ("LANGUAGE", "en_US")], false).is_empty(), "{plain}");
        }
        assert!(names_of(&[("LANG", "de_DE.UTF-8")], false).is_empty());
        assert_eq!(names_of(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")], false), ["LANGUAGE"]);
    }

    #[test]
    fn a_chosen_renderer_is_left_alone() {
        let named = [("LANG", "de_DE.UTF-8"), ("WEBKIT_DISABLE_DMABUF_RENDERER", "0")];
        assert!(names_of(&named, true).is_empty());
        assert_eq!(names_of(&named[..1], true), ["WEBKIT_DISABLE_DMABUF_RENDERER"]);
    }
}
