//! `auto_update`: while a server runs, registries are moved forward when it
//! starts and every hour. What cannot be is warned about, and stays as it is.

use std::path::Path;
use std::thread;
use std::time::Duration;

use ctx_git::Updated;
use ctx_model::Registry;

use super::problem;
use crate::args::Global;

/// How old a look at a registry may be.
const EVERY: Duration = Duration::from_hours(1);

/// Begins to follow the registries of this workspace that ask for it. On a
/// thread of its own, which nothing waits for: a network that does not answer
/// must not keep a server from stopping.
pub(crate) fn follow(global: &Global) {
    let (Ok(places), Ok(workspace)) = (crate::commands::places(), std::env::current_dir()) else {
        return;
    };
    let config = global.config.clone();
    let is_followed = |one: &Registry| one.auto_update && one.is_own_word && one.url.is_some();
    let read = move |workspace: &Path| {
        let read = ctx_core::registries(&places, workspace, config.as_deref());
        let all = read.map(|configured| configured.registries).unwrap_or_default();
        all.into_iter().filter(is_followed).collect::<Vec<_>>()
    };
    // A config that names none now is read again when the server starts again.
    if read(&workspace).is_empty() {
        return;
    }
    let look = move || {
        loop {
            for registry in read(&workspace) {
                move_forward(&registry);
            }
            thread::sleep(EVERY);
        }
    };
    let begun = thread::Builder::new().name("registries".to_owned()).spawn(look);
    if let Err(error) = begun {
        tracing::warn!(%error, "registries are not followed");
    }
}

fn move_forward(registry: &Registry) {
    let name = registry.name.as_str();
    match ctx_registry::update_if_older(registry, EVERY) {
        Ok(Some(Updated::Forward { from, to })) => {
            tracing::info!(registry = name, from, to, "registry updated");
        }
        Ok(_) => {}
        Err(error) => {
            let problem = problem(&error);
            tracing::warn!(
                registry = name,
                why = problem.message,
                code = problem.code,
                "registry not updated"
            );
        }
    }
}
