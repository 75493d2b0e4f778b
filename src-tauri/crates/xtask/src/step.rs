//! One step of a list: named, counted, timed, and stopping everything when it fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The workspace's directory.
pub fn top() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).unwrap_or(here).to_owned()
}

/// Where cargo puts programs that it builds: this one lies there too, wherever that is.
pub fn built() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|e| format!("the path of this program: {e}"))?;
    own.parent().map(Path::to_owned).ok_or_else(|| format!("{} lies in no directory", own.display()))
}

/// Cargo's target directory: what can be made again lies there.
pub fn target() -> Result<PathBuf, String> {
    Ok(built()?.parent().map_or_else(|| top().join("target"), Path::to_owned))
}

/// A program in a directory.
pub fn command(dir: &Path, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir);
    command
}

/// Whether a program of this name is on the path.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|paths| std::env::split_paths(&paths).any(|p| p.join(program).is_file()))
}

/// Counts steps and tells how long each took.
pub struct Steps {
    total: usize,
    n: usize,
}

impl Steps {
    /// A list of so many steps.
    pub fn new(total: usize) -> Self {
        Self { total, n: 0 }
    }

    /// Runs one; its output is shown as it comes.
    pub fn run(&mut self, name: &str, mut command: Command) -> Result<(), String> {
        self.begin(name);
        let (status, took) = timed(|| command.status());
        let status = status
            .map_err(|e| format!("{name}: {} could not start: {e}", command.get_program().display()))?;
        if !status.success() {
            return Err(format!("{name} failed ({status}) after {} s", took.as_secs()));
        }
        eprintln!("    {} s", took.as_secs());
        Ok(())
    }

    /// Runs two side by side. The first is quiet unless it fails, and then says so at once.
    pub fn run_beside(&mut self, quiet: (&str, Command), shown: (&str, Command)) -> Result<(), String> {
        let (name, mut command) = quiet;
        self.begin(&format!("{name} (beside the next)"));
        let beside = std::thread::spawn({
            let name = name.to_owned();
            move || {
                let (out, took) = timed(|| command.stdin(Stdio::null()).output());
                let out = out.map_err(|e| format!("{name}: could not start: {e}"))?;
                if out.status.success() {
                    eprintln!("    {name}: {} s", took.as_secs());
                    return Ok(());
                }
                eprintln!("{}", String::from_utf8_lossy(&out.stdout));
                eprintln!("{}", String::from_utf8_lossy(&out.stderr));
                eprintln!("    {name} failed; the step beside it is waited for");
                Err(format!("{name} failed ({}) after {} s", out.status, took.as_secs()))
            }
        });
        let shown = self.run(shown.0, shown.1);
        let quiet = beside.join().unwrap_or_else(|_| Err(format!("{name}: its step panicked")));
        quiet.and(shown)
    }

    /// Names one that has no single command.
    pub fn begin(&mut self, name: &str) {
        self.n += 1;
        eprintln!("[{}/{}] {name}", self.n, self.total);
    }
}

#[expect(clippy::disallowed_methods, reason = "a build tool tells how long its steps took; no product time")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let done = work();
    (done, start.elapsed())
}
