//! The sandbox launcher of the engine's tests: a program of this crate, as test binaries cannot launch anything.

fn main() -> std::process::ExitCode {
    grace_target::run_if_sandbox_child();
    eprintln!("started by the engine's tests; it has no use by itself");
    std::process::ExitCode::from(2)
}
