//! The system call filter of the sandbox.
//!
//! Owns what landlock does not reach: sockets by which another process of the same user could be asked to act
//! outside (a session bus, a container daemon), modes and owners of files, and calls that a check has no use for and an
//! attacker has. Never replaces landlock; it adds to it.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Calls that are refused whatever their arguments: rings that open sockets unseen, other processes' memory and
/// priorities, the user's key rings, kernel programs, files by handle instead of by path, other namespaces, and what
/// only an administrator may do to the whole machine (an engine may run as one).
const REFUSED: [i64; 40] = [
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
];

/// Calls on a process by its number that are refused unless they mean the caller itself (0 as the first argument):
/// by a limit or a schedule the engine itself could be stopped.
const OWN_ONLY: [i64; 5] = [
    libc::SYS_prlimit64,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
];

/// Calls that change modes, owners, times and attributes. Landlock has no say in them, and a filter sees no paths, so
/// they would reach every file that the user owns. They succeed without effect instead of failing, because tools do
/// them on their own files and stop when they cannot (`nginx -t` gives its directories away).
const WITHOUT_EFFECT: [i64; 15] = [
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    SETXATTRAT,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    REMOVEXATTRAT,
    FILE_SETATTR,
];
/// The same under their oldest names.
#[cfg(target_arch = "x86_64")]
const WITHOUT_EFFECT_OLD: [i64; 6] = [
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const WITHOUT_EFFECT_OLD: [i64; 0] = [];
/// Newer calls have one number on every machine (Linux, `asm-generic/unistd.h`).
const FCHMODAT2: i64 = 452;
const SETXATTRAT: i64 = 463;
const REMOVEXATTRAT: i64 = 466;
const FILE_SETATTR: i64 = 469;

/// Commands to a file that set its attributes (immutable, append-only): `FS_IOC_SETFLAGS`, the same of 32 bits, and
/// `FS_IOC_FSSETXATTR`.
const REFUSED_COMMANDS: [u64; 3] = [0x4008_6602, 0x4004_6602, 0x401c_5820];

/// Families of sockets that reach past the network rules: processes of this machine, hosts of a virtual machine.
/// `socketpair` stays: both of its ends are inside.
const REFUSED_FAMILIES: [i32; 2] = [libc::AF_UNIX, libc::AF_VSOCK];

/// `__X32_SYSCALL_BIT` of Linux.
const X32_BIT: i64 = 0x4000_0000;

/// Puts the filters in force for this process and all it becomes. Needs `no_new_privs`.
pub(crate) fn restrict_calls() -> Result<(), String> {
    for program in [refusals(), pretences()] {
        let program = program.map_err(|error| error.to_string())?;
        seccompiler::apply_filter(&program).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Rules by call: none means whatever the arguments.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn refusals() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: Rules = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    let families = REFUSED_FAMILIES.map(|family| when(0, SeccompCmpOp::Eq, u64::from(family.unsigned_abs())));
    rules.insert(libc::SYS_socket, families.into_iter().collect::<Result<_, _>>()?);
    let commands = REFUSED_COMMANDS.map(|command| when(1, SeccompCmpOp::Eq, command));
    rules.insert(libc::SYS_ioctl, commands.into_iter().collect::<Result<_, _>>()?);
    for call in OWN_ONLY {
        rules.insert(call, vec![when(0, SeccompCmpOp::Ne, 0)?]);
    }
    filter(rules, libc::EACCES.unsigned_abs())
}

fn pretences() -> Result<BpfProgram, seccompiler::BackendError> {
    let calls = WITHOUT_EFFECT.iter().chain(&WITHOUT_EFFECT_OLD);
    filter(calls.map(|call| (*call, Vec::new())).collect(), 0)
}

fn when(argument: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value)?])
}

/// Answers the calls of `rules` with `errno` (0: done) and lets all others through.
fn filter(mut rules: Rules, errno: u32) -> Result<BpfProgram, seccompiler::BackendError> {
    // The other ways in that x86-64 has (x32): the same numbers with a bit.
    if cfg!(target_arch = "x86_64") {
        let doubles: Vec<_> = rules.iter().map(|(call, when)| (call | X32_BIT, when.clone())).collect();
        rules.extend(doubles);
    }
    let arch = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno), arch)?.try_into()
}
