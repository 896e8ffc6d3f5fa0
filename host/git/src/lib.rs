//! Mirrors git repositories: fetches a branch, lays its files out in a folder,
//! and writes down who last changed each. And keeps working copies of
//! registries. The only crate that knows git.
//!
//! A mirror is a cache: deleting it costs a download and nothing else.

mod address;
mod clones;
mod download;
mod exchange;
mod export;
mod fetch;
mod history;
mod layout;
mod smart;

use std::fs::{self, File};
use std::sync::atomic::Ordering;

use ctx_model::{CheckedOut, Checkout, CheckoutError, CheckoutRequest};
use git2::Repository;

pub use clones::{
    CloneError, Updated, changes_of, clone, commit_of, commit_on_branch, file_at,
    update as update_clone,
};
pub use download::{DownloadError, download};

use address::Address;
use layout::{Head, Layout};

/// Mirrors repositories over https, http and from the file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mirrors;

impl Checkout for Mirrors {
    fn checkout(&self, request: &CheckoutRequest<'_>) -> Result<CheckedOut, CheckoutError> {
        let address = Address::parse(request.url)?;
        smart::register();
        let layout = Layout::of(request.cache, request.url, request.branch, request.shallow);
        fs::create_dir_all(&layout.top).map_err(|error| failed(&layout.top, &error))?;
        let lock = File::create(&layout.lock).map_err(|error| failed(&layout.lock, &error))?;
        lock.lock().map_err(|error| failed(&layout.lock, &error))?;
        let (repository, fetched) = fetch_or_start_over(&layout, &address, request)?;
        let before = layout.head();
        if let Some(before) = &before
            && before.commit == fetched.commit.to_string()
        {
            return Ok(layout.checked_out(before));
        }
        let stopped = || request.stop.load(Ordering::Relaxed);
        let head = Head {
            commit: fetched.commit.to_string(),
            branch: fetched.branch,
            shallow: fetched.shallow,
        };
        update(&layout, &repository, &address.shown, before.as_ref(), &head, &stopped)?;
        Ok(layout.checked_out(&head))
    }
}

/// Fetches; and if the mirror itself is broken, once more into a new one.
fn fetch_or_start_over(
    layout: &Layout,
    address: &Address,
    request: &CheckoutRequest<'_>,
) -> Result<(Repository, fetch::Fetched), CheckoutError> {
    let existed = layout.repository.exists();
    let opened = fetch::open(&layout.repository)
        .and_then(|repository| Ok((fetch::fetch(&repository, address, request)?, repository)));
    match opened {
        Ok((fetched, repository)) => Ok((repository, fetched)),
        Err(CheckoutError::Broken(_)) if existed => {
            layout.forget().map_err(|error| failed(&layout.top, &error))?;
            let repository = fetch::open(&layout.repository)?;
            let fetched = fetch::fetch(&repository, address, request)?;
            Ok((repository, fetched))
        }
        Err(error) => Err(error),
    }
}

/// Brings the files and what is known of them to a commit. Until it is done
/// there is no head, so being killed meanwhile costs starting over.
fn update(
    layout: &Layout,
    repository: &Repository,
    url: &str,
    before: Option<&Head>,
    head: &Head,
    stopped: &dyn Fn() -> bool,
) -> Result<(), CheckoutError> {
    let known = match before {
        Some(_) => layout.read_history(stopped),
        None => Vec::new(),
    };
    let broken = |error: git2::Error| CheckoutError::Broken(error.message().to_owned());
    let commit = git2::Oid::from_str(&head.commit).map_err(broken)?;
    let commit = repository.find_commit(commit).map_err(broken)?;
    let tree = commit.tree().map_err(broken)?;
    // All that is to be found wrong comes before anything is taken away.
    let files = export::list(repository, &tree, stopped);
    let mut files = files.map_err(|unlisted| unlisted.of(url))?;
    if stopped() {
        return Err(CheckoutError::Stopped);
    }
    layout.unset_head().map_err(|error| failed(&layout.top, &error))?;
    if known.is_empty() {
        layout.clear_tree().map_err(|error| failed(&layout.top, &error))?;
    }
    export::write(repository, (&layout.tree, url), &known, &files, stopped)?;
    let previous = before.map(|before| (before, known.as_slice()));
    history::tell(repository, &commit, head.shallow, previous, &mut files, stopped)?;
    layout.write(head, &files).map_err(|error| failed(&layout.top, &error))
}

fn failed(path: &std::path::Path, error: &std::io::Error) -> CheckoutError {
    CheckoutError::Cache { path: path.to_owned(), why: error.to_string() }
}
