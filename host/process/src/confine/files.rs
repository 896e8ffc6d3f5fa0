//! Landlock: the system's programs and libraries and the program's own folder
//! can be read, a scratch folder written, and nothing else be seen.

use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, Scope,
};

/// What installs programs, and what they look at to start. No home, no `/run`,
/// no `/proc`: other processes' secrets are there.
const SYSTEM: [&str; 9] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/etc"];

/// Devices that hold nothing.
const DEVICES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

/// The newest rights that we know; older kernels enforce those that they know.
const NEWEST: ABI = ABI::V6;

/// Returns whether the kernel enforces it.
pub(super) fn restrict(folder: &Path, scratch: &Path, write: bool) -> bool {
    enforce(folder, scratch, write).is_ok_and(|status| status != RulesetStatus::NotEnforced)
}

fn enforce(
    folder: &Path,
    scratch: &Path,
    write: bool,
) -> Result<RulesetStatus, landlock::RulesetError> {
    let (all, read) = (AccessFs::from_all(NEWEST), AccessFs::from_read(NEWEST));
    let mut rules =
        Ruleset::default().handle_access(all)?.scope(Scope::from_all(NEWEST))?.create()?;
    let own = if write { all } else { read };
    let mut places: Vec<(&Path, _)> = SYSTEM.iter().map(|path| (Path::new(path), read)).collect();
    places.push((folder, own));
    places.push((scratch, all));
    places.extend(DEVICES.iter().map(|path| (Path::new(path), AccessFs::from_file(NEWEST))));
    for (path, access) in places {
        // What is not there needs no rule.
        let Ok(place) = PathFd::new(path) else { continue };
        rules = rules.add_rule(PathBeneath::new(place, access))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}
