//! System packages and npm: says what is missing, installs it where it may.

use crate::step::{Steps, command, has, target};
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::process::Command;

/// Needed to build the window, and to open it where there is no display.
const BUILD: [&str; 7] =
    ["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev", "librsvg2-dev", "xvfb", "dbus", "imagemagick"];
/// Needed to test.
const TEST: [&str; 5] = ["webkit2gtk-driver", "strace", "openssl", "python3", "python3-cryptography"];

/// What the work at hand needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Build and open.
    Run,
    /// That, and everything tests use.
    Test,
}

fn installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f=${Status}", package])
        .output()
        .is_ok_and(|o| String::from_utf8_lossy(&o.stdout).contains("install ok installed"))
}

/// Installs missing system packages as root or with `--yes`, else asks.
pub fn packages(steps: &mut Steps, needs: Needs, yes: bool) -> Result<(), String> {
    steps.begin("system packages");
    let wanted: Vec<&str> = match needs {
        Needs::Run => BUILD.to_vec(),
        Needs::Test => BUILD.iter().chain(&TEST).copied().collect(),
    };
    if !has("apt-get") || !has("dpkg-query") {
        eprintln!("    this system has no apt; what is needed, by Debian's names: {}", wanted.join(" "));
        eprintln!("    and nginx without its service; install them your way");
        return Ok(());
    }
    let missing: Vec<&str> = wanted.into_iter().filter(|p| !installed(p)).collect();
    if !missing.is_empty() {
        install(&missing, yes)?;
    }
    if needs == Needs::Test {
        nginx()?;
    }
    Ok(())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}

fn install(missing: &[&str], yes: bool) -> Result<(), String> {
    eprintln!("    missing: {}", missing.join(" "));
    let root = is_root();
    if !root && !yes && !agreed()? {
        return Err(format!("install them first: sudo apt-get install {}", missing.join(" ")));
    }
    let apt = |args: &[&str]| {
        let mut command = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            command.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
        }
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(std::process::Stdio::null());
        let status = command.status().map_err(|e| format!("apt-get could not start: {e}"))?;
        if status.success() { Ok(()) } else { Err(format!("apt-get {} failed", args.join(" "))) }
    };
    apt(&["update", "-qq"])?;
    let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
    args.extend(missing);
    apt(&args)
}

fn agreed() -> Result<bool, String> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("    install them with sudo? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|e| e.to_string())?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Where nginx is unpacked: its package would start a service on a machine that did not ask for one.
pub fn nginx_dir() -> Result<std::path::PathBuf, String> {
    Ok(target()?.join("tools/nginx"))
}

fn nginx() -> Result<(), String> {
    let dir = nginx_dir()?;
    if dir.join("usr/sbin/nginx").is_file() {
        return Ok(());
    }
    std::fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let quiet = |mut c: Command, what: &str| {
        let out = c.output().map_err(|e| format!("{what}: {e}"))?;
        if out.status.success() {
            return Ok(());
        }
        Err(format!("{what} failed: {}", String::from_utf8_lossy(&out.stderr).trim()))
    };
    if quiet(command(&dir, "apt-get", &["download", "-qq", "nginx"]), "apt-get download nginx").is_err() {
        let sudo = if is_root() {
            vec!["apt-get", "update", "-qq"]
        } else {
            vec!["sudo", "apt-get", "update", "-qq"]
        };
        quiet(command(&dir, sudo[0], &sudo[1..]), "apt-get update")?;
        quiet(command(&dir, "apt-get", &["download", "-qq", "nginx"]), "apt-get download nginx")?;
    }
    for entry in std::fs::read_dir(&dir).map_err(|e| e.to_string())?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "deb") {
            let deb = path.to_string_lossy().into_owned();
            quiet(command(&dir, "dpkg", &["-x", &deb, "."]), "dpkg -x")?;
        }
    }
    if dir.join("usr/sbin/nginx").is_file() { Ok(()) } else { Err("nginx was not in its package".into()) }
}

/// Whether `npm ci` is still to be done for this lock file.
pub fn npm_is_fresh(ui: &Path) -> bool {
    let stamp = ui.join("node_modules/.package-lock.json");
    match (
        std::fs::metadata(stamp).and_then(|m| m.modified()),
        std::fs::metadata(ui.join("package-lock.json")).and_then(|m| m.modified()),
    ) {
        (Ok(done), Ok(lock)) => done >= lock,
        _ => false,
    }
}
