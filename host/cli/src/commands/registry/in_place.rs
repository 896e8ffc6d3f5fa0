//! What is used where it lies in its registry: `ctx.lock` has its digest, so
//! that a change is noticed, and it is taken as it is only when somebody says
//! so.

use ctx_registry::{Found, Id, Link, Lock, RegistryError, Shelf};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::{Desk, problem};
use crate::args::How;
use crate::report::Report;

/// Returns what each is like now, as far as it is there.
pub(super) fn digests<'a>(
    shelves: &[Shelf],
    lock: &'a Lock,
) -> Vec<(&'a Found, Result<String, RegistryError>)> {
    let now = |found: &Found| {
        let shelf = shelves.iter().find(|shelf| shelf.registry.name == found.registry);
        let entry = shelf.and_then(|shelf| Some((shelf, shelf.entries.get(&found.id)?)));
        let missing = || {
            let (id, registry) = (&found.id, &found.registry);
            let why = format!("`{id}` is in `ctx.lock`, and not in the registry `{registry}`");
            RegistryError::Refused(why)
        };
        let (shelf, entry) = entry.ok_or_else(missing)?;
        shelf.digest(entry)
    };
    lock.found.iter().map(|found| (found, now(found))).collect()
}

/// Says that one is not what the lock has.
pub(super) fn changed(found: &Found, digest: Result<String, RegistryError>) -> Problem {
    let (id, registry) = (found.id.to_string(), found.registry.clone());
    match digest {
        Ok(digest) => problem(&RegistryError::Changed {
            id,
            registry,
            wanted: found.sha256.clone(),
            found: digest,
        }),
        Err(error) => problem(&error),
    }
}

/// Fails if one is not what the lock has.
pub(super) fn hold(shelves: &[Shelf], lock: &Lock) -> Result<(), Problem> {
    for (found, digest) in digests(shelves, lock) {
        if !digest.as_ref().is_ok_and(|digest| *digest == found.sha256) {
            return Err(changed(found, digest));
        }
    }
    Ok(())
}

/// Notes what an extension is like that was added where it lies, if this folder
/// is a workspace.
pub(super) fn note(desk: &Desk, id: &Id, link: &Link<'_>, how: How) -> Result<(), Problem> {
    if desk.check_workspace().is_err() {
        return Ok(());
    }
    let found = Found {
        id: id.clone(),
        registry: link.shelf.registry.name.clone(),
        sha256: link.shelf.digest(link.entry).map_err(|error| problem(&error))?,
    };
    let mut lock = desk.lock()?;
    if lock.found.contains(&found) {
        return Ok(());
    }
    if how.frozen {
        let why = format!("`{id}` is not in it as it is");
        return Err(problem(&RegistryError::Frozen { why }));
    }
    lock.note(found);
    lock.activate(&desk.workspace).map_err(|error| problem(&error))
}

/// Takes those that were changed as they are now. Returns what was noted.
pub(super) fn renew(
    desk: &Desk,
    registry: Option<&str>,
    how: How,
    report: &Report,
) -> Result<Vec<Value>, Problem> {
    let before = desk.lock()?;
    let (mut lock, mut rows) = (before.clone(), Vec::new());
    for (found, digest) in digests(&desk.shelves, &before) {
        if registry.is_some_and(|name| name != found.registry) {
            continue;
        }
        let Ok(digest) = digest else {
            report.warn(changed(found, digest).message);
            continue;
        };
        if digest == found.sha256 {
            continue;
        }
        if how.frozen {
            return Err(changed(found, Ok(digest)));
        }
        let shown = |digest: &str| digest.chars().take(12).collect::<String>();
        if !report.json {
            let (was, is) = (shown(&found.sha256), shown(&digest));
            report.line(format!("Updated {} {was} -> {is} in {}", found.id, found.registry));
        }
        rows.push(json!({
            "id": found.id.to_string(), "registry": found.registry,
            "was": found.sha256, "sha256": digest,
        }));
        lock.note(Found { sha256: digest, ..found.clone() });
    }
    if !rows.is_empty() {
        lock.activate(&desk.workspace).map_err(|error| problem(&error))?;
    }
    Ok(rows)
}
