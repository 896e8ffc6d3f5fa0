//! A broken replacement leaves the version that was there before running, and
//! says so. What is removed or denied is gone.

use std::collections::HashSet;
use std::sync::Arc;

use ctx_model::Limits;

use super::Gathered;
use crate::catalog::{Catalog, Installed, Problem};

/// Takes over what was installed in places where something is wrong now.
pub(super) fn keep(
    before: &Catalog,
    gathered: &mut Gathered,
    deny: &HashSet<String>,
    limits: impl Fn(&Installed) -> Limits,
) {
    for old in before.installed.values() {
        if deny.contains(old.name.as_str()) {
            continue;
        }
        let now = gathered.installed.iter().position(|one| one.name == old.name);
        // One that is as near as it was, or nearer, has taken its place.
        if now.is_some_and(|at| gathered.installed[at].layer >= old.layer) {
            continue;
        }
        if !mark(&mut gathered.problems, old) {
            continue;
        }
        if let Some(at) = now {
            let farther = gathered.installed.remove(at);
            gathered.shadowed.push((farther.name.clone(), farther.place.clone()));
        }
        let limits = limits(old);
        gathered.installed.push(if limits == old.limits {
            old.clone()
        } else {
            Arc::new(Installed { limits, ..(**old).clone() })
        });
    }
    gathered.installed.sort_by(|a, b| a.name.cmp(&b.name));
    gathered.shadowed.sort();
}

/// Finds what is wrong in the place of an extension, and notes that it still
/// runs.
fn mark(problems: &mut Vec<Problem>, old: &Installed) -> bool {
    let here = |problem: &&mut Problem| problem.layer == old.layer && problem.place == old.place;
    if let Some(problem) = problems.iter_mut().find(here) {
        problem.still_running = Some(old.name.clone());
        return true;
    }
    // The whole folder may be out of reach, with everything in it.
    let around = problems.iter().find(|problem| {
        problem.layer == old.layer
            && old.place.strip_prefix(&problem.place).is_some_and(|rest| rest.starts_with('/'))
    });
    let Some(around) = around else { return false };
    let kept = Problem {
        name: old.name.to_string(),
        place: old.place.clone(),
        still_running: Some(old.name.clone()),
        ..around.clone()
    };
    problems.push(kept);
    true
}
