//! Fetching one branch into a bare repository.

use std::path::Path;
use std::sync::atomic::Ordering;

use ctx_model::{CheckoutError, CheckoutRequest};
use git2::{AutotagOption, Direction, ErrorClass, FetchOptions, Oid, RemoteCallbacks, Repository};

use crate::address::Address;

/// Where the fetched branch is kept.
const KEPT: &str = "refs/ctx/head";

/// And what was there before, so that only what is new is fetched.
const BEFORE: &str = "refs/ctx/before";

/// What was fetched.
pub(crate) struct Fetched {
    pub(crate) commit: Oid,
    pub(crate) branch: String,
    pub(crate) shallow: bool,
}

/// Opens the repository of a mirror, or makes it.
pub(crate) fn open(path: &Path) -> Result<Repository, CheckoutError> {
    let opened =
        if path.exists() { Repository::open_bare(path) } else { Repository::init_bare(path) };
    opened.map_err(|error| CheckoutError::Broken(error.message().to_owned()))
}

/// Fetches the branch, or the one that the far end shows first.
pub(crate) fn fetch(
    repository: &Repository,
    address: &Address,
    request: &CheckoutRequest<'_>,
) -> Result<Fetched, CheckoutError> {
    let far = |error: git2::Error| wrong(address, &error);
    let mut remote = repository.remote_anonymous(&address.url).map_err(far)?;
    let branch = if let Some(branch) = request.branch {
        branch.to_owned()
    } else {
        let connection =
            remote.connect_auth(Direction::Fetch, Some(callbacks(request)), None).map_err(far)?;
        let name = connection.default_branch().map_err(far)?;
        let name = name.as_str().unwrap_or_default();
        name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()
    };
    let shallow = request.shallow && address.can_be_shallow;
    let mut options = FetchOptions::new();
    options.remote_callbacks(callbacks(request)).download_tags(AutotagOption::None);
    if shallow {
        options.depth(1);
    }
    // What was force-pushed is followed.
    let refspec = format!("+refs/heads/{branch}:{KEPT}");
    set_aside(repository).map_err(|error| CheckoutError::Broken(error.message().to_owned()))?;
    remote.fetch(&[&refspec], Some(&mut options), None).map_err(|error| {
        if request.stop.load(Ordering::Relaxed) { CheckoutError::Stopped } else { far(error) }
    })?;
    match repository.refname_to_id(KEPT) {
        Ok(commit) => Ok(Fetched { commit, branch, shallow }),
        Err(_) => Err(CheckoutError::NoBranch { url: address.shown.clone(), branch }),
    }
}

/// Moves what was fetched before out of the way: a branch that is gone must not
/// leave it, and what it holds need not be fetched again.
fn set_aside(repository: &Repository) -> Result<(), git2::Error> {
    let Ok(mut kept) = repository.find_reference(KEPT) else { return Ok(()) };
    if let Some(commit) = kept.target() {
        repository.reference(BEFORE, commit, true, "")?;
    }
    kept.delete()
}

fn callbacks<'a>(request: &CheckoutRequest<'a>) -> RemoteCallbacks<'a> {
    let stop = request.stop;
    let mut callbacks = RemoteCallbacks::new();
    callbacks.transfer_progress(move |_| !stop.load(Ordering::Relaxed));
    callbacks
}

/// Tells a mirror that is broken from a far end that cannot be had.
fn wrong(address: &Address, error: &git2::Error) -> CheckoutError {
    let message = error.message().to_owned();
    match error.class() {
        // A history that was written anew may have forgotten what we have of it.
        ErrorClass::Odb | ErrorClass::Reference | ErrorClass::Indexer | ErrorClass::Zlib => {
            CheckoutError::Broken(message)
        }
        _ => CheckoutError::Unreachable { url: address.shown.clone(), why: message },
    }
}
