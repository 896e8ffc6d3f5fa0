//! How much memory this process may have: what the machine has, or what the
//! group that it runs in is allowed, if that is less.

use std::fs;

/// Returns it in bytes, where the system says.
pub(super) fn memory() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().as_deref().and_then(total);
    let groups = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let allowed =
        groups.iter().filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    machine.into_iter().chain(allowed).min()
}

/// Returns how many files this process may have open, where that is bounded.
pub(super) fn files() -> Option<u32> {
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current?;
    Some(u32::try_from(most).unwrap_or(u32::MAX))
}

fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_total_is_read_in_bytes() {
        assert_eq!(total("MemFree: 1 kB\nMemTotal:   2048 kB\n"), Some(2048 * 1024));
        assert_eq!(total("MemTotal: many\n"), None);
    }
}
