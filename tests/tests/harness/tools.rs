//! Programs of the system that tests use beside the product: a clear word when one is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Finds a program on the path.
pub fn find(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    std::env::split_paths(&paths).map(|p| p.join(program)).find(|p| p.is_file())
}

/// The system's program; panics with the package that brings it.
#[track_caller]
pub fn need(program: &str, package: &str) -> PathBuf {
    find(program).unwrap_or_else(|| panic!("{program} is missing: apt-get install {package}"))
}

/// Python with `cryptography`: `GRACE_PYTHON`, else the distribution's own.
#[track_caller]
pub fn python() -> PathBuf {
    let named = std::env::var_os("GRACE_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| {
        let system = Path::new("/usr/bin/python3");
        if system.is_file() { system.to_owned() } else { need("python3", "python3") }
    });
    let has = Command::new(&python).args(["-c", "import cryptography, sqlite3"]).output();
    assert!(
        has.is_ok_and(|o| o.status.success()),
        "{} lacks cryptography: apt-get install python3-cryptography",
        python.display()
    );
    python
}

/// Runs a Python program; its standard output. Panics when it fails.
#[track_caller]
pub fn run_python(program: &str, args: &[&str]) -> String {
    let output = try_python(program, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Runs a Python program.
#[track_caller]
pub fn try_python(program: &str, args: &[&str]) -> Output {
    Command::new(python()).arg("-c").arg(program).args(args).output().expect("python starts")
}
