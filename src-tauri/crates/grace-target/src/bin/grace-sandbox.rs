//! The sandbox launcher as a program of its own, for packagers who keep it apart from `grace`.
//!
//! Owns nothing: the sandbox is in the library. Never does anything but launch for an engine.

fn main() -> std::process::ExitCode {
    grace_target::run_if_sandbox_child();
    eprintln!("grace-sandbox is started by a Grace engine; it has no use by itself");
    std::process::ExitCode::from(2)
}
