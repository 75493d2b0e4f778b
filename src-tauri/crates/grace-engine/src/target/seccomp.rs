//! The system call filter of the sandbox.
//!
//! Owns what landlock does not reach: sockets by which another process of the same user could be asked to act
//! outside (a session bus, a container daemon), and calls that a check has no use for and an attacker has. Never
//! replaces landlock; it adds to it.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Calls that are refused whatever their arguments: rings that open sockets unseen, other processes' memory, the
/// user's key rings, kernel programs.
const REFUSED: [i64; 11] = [
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
];

/// Families of sockets that reach past the network rules: processes of this machine, hosts of a virtual machine.
/// `socketpair` stays: both of its ends are inside.
const REFUSED_FAMILIES: [i32; 2] = [libc::AF_UNIX, libc::AF_VSOCK];

/// `__X32_SYSCALL_BIT` of Linux.
const X32_BIT: i64 = 0x4000_0000;

/// Puts the filter in force for this process and all it becomes. Needs `no_new_privs`.
pub(crate) fn restrict_calls() -> Result<(), String> {
    let program = program().map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())
}

fn program() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    // The other ways in that x86-64 has (x32): the same numbers with a bit.
    if cfg!(target_arch = "x86_64") {
        rules.extend(REFUSED.iter().map(|call| (call | X32_BIT, Vec::new())));
    }
    let family = |family: &i32| {
        let value = u64::from(family.unsigned_abs());
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)?;
        SeccompRule::new(vec![condition])
    };
    let families: Vec<SeccompRule> = REFUSED_FAMILIES.iter().map(family).collect::<Result<_, _>>()?;
    if cfg!(target_arch = "x86_64") {
        rules.insert(libc::SYS_socket | X32_BIT, families.clone());
    }
    rules.insert(libc::SYS_socket, families);
    let refused = SeccompAction::Errno(libc::EACCES.unsigned_abs());
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, refused, arch)?.try_into()
}
