//! seccomp: calls that would leave the process group, look into other
//! processes, change the machine, or get around this very filter.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

/// Refused whatever their arguments.
const REFUSED: [libc::c_long; 32] = [
    // Out of the group that is killed as a whole.
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_unshare,
    libc::SYS_setns,
    // Into other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // The machine.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_sethostname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    // Its own bounds.
    libc::SYS_setrlimit,
    // Keys, and ways around a filter.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_io_uring_setup,
    libc::SYS_userfaultfd,
];

/// What name lookup and HTTP need, and what leads nowhere else.
const NETWORK: [i32; 3] = [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// Has a program run under the filter. Returns whether this machine has one;
/// if the kernel then refuses it, the program does not start.
pub(super) fn restrict(command: &mut Command, network: bool) -> bool {
    let Some(program) = filter(network) else { return false };
    let apply = move || apply_filter(&program).map_err(|_| io::Error::last_os_error());
    // Sound: it makes two system calls over memory that was there before the
    // fork, and allocates nothing.
    #[expect(unsafe_code, reason = "what runs between fork and exec must be chosen with care")]
    unsafe {
        command.pre_exec(apply);
    }
    true
}

fn filter(network: bool) -> Option<BpfProgram> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_prlimit64, vec![wider()?]);
    rules.insert(libc::SYS_socket, if network { vec![elsewhere()?] } else { Vec::new() });
    // The filter is made of constants, so these fail on machines alone that
    // have no seccomp.
    let refused = u32::try_from(libc::EPERM).ok()?;
    SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(refused),
        ARCH.try_into().ok()?,
    )
    .ok()?
    .try_into()
    .ok()
}

/// A call that sets a bound and does not only ask for it.
fn wider() -> Option<SeccompRule> {
    let sets = SeccompCondition::new(2, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0);
    SeccompRule::new(vec![sets.ok()?]).ok()
}

/// A socket of any family that is not the network's: of another program on
/// this machine.
fn elsewhere() -> Option<SeccompRule> {
    let conditions = NETWORK.iter().map(|family| {
        let family = u64::try_from(*family).unwrap_or_default();
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family).ok()
    });
    SeccompRule::new(conditions.collect::<Option<Vec<_>>>()?).ok()
}
