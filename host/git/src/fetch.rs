//! Fetching one branch into a bare repository.

use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::Ordering;

use ctx_model::{CheckoutError, CheckoutRequest, format_bytes};
use git2::{AutotagOption, Direction, ErrorClass, FetchOptions, Oid, RemoteCallbacks, Repository};

use crate::address::Address;

/// Where the fetched branch is kept.
const KEPT: &str = "refs/ctx/head";

/// And what was there before, so that only what is new is fetched.
const BEFORE: &str = "refs/ctx/before";

/// Bytes that are taken from the far end at once, at most.
const PACK: usize = 4 << 30;

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
    fetch_at_most(repository, address, request, PACK)
}

fn fetch_at_most(
    repository: &Repository,
    address: &Address,
    request: &CheckoutRequest<'_>,
    most: usize,
) -> Result<Fetched, CheckoutError> {
    let is_too_large = Cell::new(false);
    let far = |error: git2::Error| wrong(address, &error);
    let mut remote = repository.remote_anonymous(&address.url).map_err(far)?;
    let branch = if let Some(branch) = request.branch {
        branch.to_owned()
    } else {
        let connection = remote
            .connect_auth(Direction::Fetch, Some(RemoteCallbacks::new()), None)
            .map_err(far)?;
        let name = connection.default_branch().map_err(far)?;
        let name = name.as_str().unwrap_or_default();
        name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()
    };
    let shallow = request.shallow && address.can_be_shallow;
    let mut options = FetchOptions::new();
    let mut callbacks = RemoteCallbacks::new();
    callbacks.transfer_progress(|progress| {
        is_too_large.set(progress.received_bytes() > most);
        !is_too_large.get() && !request.stop.load(Ordering::Relaxed)
    });
    options.remote_callbacks(callbacks).download_tags(AutotagOption::None);
    if shallow {
        options.depth(1);
    }
    // What was force-pushed is followed.
    let refspec = format!("+refs/heads/{branch}:{KEPT}");
    set_aside(repository).map_err(|error| CheckoutError::Broken(error.message().to_owned()))?;
    remote.fetch(&[&refspec], Some(&mut options), None).map_err(|error| {
        if is_too_large.get() {
            let why = format!("more than {} was sent", format_bytes(most as u64));
            return CheckoutError::TooLarge { url: address.shown.clone(), why };
        }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn no_more_is_fetched_than_anybody_mirrors() {
        let folder = tempfile::tempdir().unwrap();
        let origin = Repository::init_bare(folder.path().join("origin")).unwrap();
        let mut tree = origin.treebuilder(None).unwrap();
        tree.insert("a.md", origin.blob(b"some words").unwrap(), 0o100_644).unwrap();
        let tree = origin.find_tree(tree.write().unwrap()).unwrap();
        let who = git2::Signature::now("Ann", "a@example.com").unwrap();
        origin.commit(Some("refs/heads/main"), &who, &who, "", &tree, &[]).unwrap();
        let repository = Repository::init_bare(folder.path().join("mirror")).unwrap();
        let url = origin.path().display().to_string();
        let address = Address::parse(&url).unwrap();
        let (cache, stop) = (folder.path(), AtomicBool::new(false));
        let branch = Some("main");
        let request = CheckoutRequest { url: &url, branch, shallow: false, cache, stop: &stop };
        let error = fetch_at_most(&repository, &address, &request, 1).map(|_| ()).unwrap_err();
        assert!(matches!(error, CheckoutError::TooLarge { .. }), "{error:?}");
        assert!(fetch_at_most(&repository, &address, &request, PACK).is_ok());
    }
}
