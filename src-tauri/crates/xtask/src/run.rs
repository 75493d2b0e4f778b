//! `run`: from a fresh clone to the open window with the demo world.

use crate::setup::{Needs, npm_is_fresh, packages};
use crate::step::{Steps, built, command, has, target, top};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Not for people: `run` calls this program again inside the display that it made.
pub const UNSEEN: &str = "run-unseen";
/// Ends the app after its picture was taken.
pub const ONCE: &str = "--once";
/// Between two looks at a window that is coming, and how many: a cold start on a slow machine takes a while.
const EVERY: Duration = Duration::from_millis(500);
const ATTEMPTS: u32 = 240;
/// The app's window, once its first screen has an answer of the engine.
const TITLE: &str = "Overview - Grace Control Center";
/// A window that has not drawn its page yet has one colour, or few.
const COLOURS: u32 = 200;

/// Builds and opens the app. Without a display it starts under Xvfb and leaves a picture.
pub fn run(yes: bool, rest: &[&str]) -> Result<(), String> {
    let top = top();
    let ui = top.join("ui");
    let shown = std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some();
    let mut steps = Steps::new(5);
    packages(&mut steps, Needs::Run, yes)?;
    if npm_is_fresh(&ui) {
        steps.begin("npm ci: node_modules is up to date");
    } else {
        steps.run("npm ci", command(&ui, "npm", &["ci", "--no-audit", "--no-fund"]))?;
    }
    steps.run("ui: build", command(&ui, "npm", &["run", "--silent", "build"]))?;
    let build = ["build", "--package", "grace-control-center", "--package", "grace-cli"];
    steps.run("cargo build", command(&top, "cargo", &build))?;
    let (app, world) = (app()?, world()?);
    eprintln!("    world: {}", world.display());
    eprintln!("    its persons sign with the passphrase in {}", world.join("people/passphrase").display());
    if shown {
        let mut open = Command::new(&app);
        open.args(["--demo", "--data-dir"]).arg(&world).args(rest).current_dir(&top);
        return steps.run("open the app (Ctrl+C ends it)", open);
    }
    if let Some(missing) =
        ["xvfb-run", "dbus-run-session", "import", "identify"].into_iter().find(|p| !has(p))
    {
        return Err(format!("there is no display, and {missing} is missing"));
    }
    let own = std::env::current_exe().map_err(|e| format!("the path of this program: {e}"))?;
    let mut open = Command::new("xvfb-run");
    open.args(["-a", "-s", "-screen 0 1280x800x24", "dbus-run-session", "--"])
        .arg(own)
        .arg(UNSEEN)
        .args(rest)
        .current_dir(&top);
    steps.run("open the app without a display (Ctrl+C ends it)", open)
}

fn app() -> Result<PathBuf, String> {
    Ok(built()?.join("grace-control-center"))
}

fn world() -> Result<PathBuf, String> {
    std::env::var_os("GRACE_DATA_DIR").map_or_else(|| Ok(target()?.join("demo-world")), |dir| Ok(dir.into()))
}

/// The second half of `run` without a display, inside the display that nobody sees: opens the app, says where its API
/// is, takes its picture, and keeps it open.
pub fn unseen(rest: &[&str]) -> Result<(), String> {
    let world = world()?;
    let picture = target()?.join("window.png");
    let app = app()?;
    let mut app = Command::new(&app)
        .args(["--demo", "--data-dir"])
        .arg(&world)
        .args(rest.iter().filter(|a| **a != ONCE))
        .spawn()
        .map_err(|e| format!("{} could not start: {e}", app.display()))?;
    let ready = show(&mut app, &world, &picture);
    if ready.is_err() || rest.contains(&ONCE) {
        // Asked to end, not killed: it closes its world in order.
        let told = Command::new("kill").arg(app.id().to_string()).status();
        if !told.is_ok_and(|s| s.success()) {
            let _ = app.kill();
        }
    }
    let ended = app.wait().map_err(|e| format!("the app was lost: {e}"))?;
    ready?;
    if ended.success() { Ok(()) } else { Err(format!("the app ended with {ended}")) }
}

fn show(app: &mut Child, world: &Path, picture: &Path) -> Result<(), String> {
    let url = wait(app, "its API answers at an address", || address(world))?;
    wait(app, "its window shows the overview", || drawn(picture).then_some(()))?;
    // The rest of the screen comes in the moment after its title.
    std::thread::park_timeout(EVERY);
    wait(app, "its window shows the overview", || drawn(picture).then_some(()))?;
    println!("screenshot: {}", picture.display());
    println!("API: {url} (token in {})", world.join("token").display());
    Ok(())
}

/// Looks until there is something, the app has ended, or it took too long.
fn wait<T>(app: &mut Child, what: &str, found_now: impl Fn() -> Option<T>) -> Result<T, String> {
    for _ in 0..ATTEMPTS {
        if let Some(found) = found_now() {
            return Ok(found);
        }
        if let Ok(Some(ended)) = app.try_wait() {
            return Err(format!("the app ended with {ended} before {what}"));
        }
        std::thread::park_timeout(EVERY);
    }
    Err(format!("it took too long until {what}"))
}

/// The address that a running engine wrote down; one that is gone left an old one.
fn address(world: &Path) -> Option<String> {
    let text = std::fs::read_to_string(world.join("engine.json")).ok()?;
    let after = |name: &str| Some(text.split_once(&format!("\"{name}\":"))?.1.trim_start());
    let pid: String = after("pid")?.chars().take_while(char::is_ascii_digit).collect();
    let url = after("url")?.strip_prefix('"')?.split_once('"')?.0;
    Path::new("/proc").join(pid).exists().then(|| url.to_owned())
}

/// Takes the picture; whether there is more on it than a background.
fn drawn(picture: &Path) -> bool {
    // Where no window has this title, `import` waits for somebody to click on one.
    let taken = Command::new("timeout")
        .args(["--kill-after=1", "3", "import", "-silent", "-window", TITLE])
        .arg(picture)
        .stderr(Stdio::null())
        .status();
    let colours =
        Command::new("identify").args(["-format", "%k"]).arg(picture).stderr(Stdio::null()).output();
    taken.is_ok_and(|s| s.success())
        && colours.is_ok_and(|c| {
            String::from_utf8_lossy(&c.stdout).trim().parse::<u32>().is_ok_and(|n| n >= COLOURS)
        })
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_a_running_engine_has_an_address() {
        let dir = std::env::temp_dir().join(format!("xtask-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory");
        let write = |pid: u32| {
            let text = format!("{{\"url\":\"http://127.0.0.1:4711\",\"token_file\":\"t\",\"pid\":{pid}}}");
            std::fs::write(dir.join("engine.json"), text).expect("written");
        };
        assert_eq!(address(&dir), None);
        write(std::process::id());
        assert_eq!(address(&dir).as_deref(), Some("http://127.0.0.1:4711"));
        write(u32::MAX);
        assert_eq!(address(&dir), None);
        std::fs::remove_dir_all(&dir).expect("removed");
    }
}
