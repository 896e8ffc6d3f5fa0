//! Working copies of a branch: cloned whole, and only ever moved forward. What
//! somebody changed in one is never lost, and what was published is never
//! taken back unseen.

mod half;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use git2::build::{CheckoutBuilder, RepoBuilder};
use git2::{
    AutotagOption, ErrorClass, ErrorCode, FetchOptions, Oid, RemoteCallbacks, Repository,
    StatusOptions,
};
use thiserror::Error;

use crate::address::Address;
use crate::smart;

/// What was fetched, until it is known to be good.
const FETCHED: &str = "refs/ctx/fetched";

/// Where the far end stood when it was last taken over.
const TAKEN: &str = "refs/ctx/taken";

/// How many changed files an error names.
const NAMED: usize = 5;

/// What came of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// There was nothing new.
    Unchanged {
        commit: String,
    },
    Forward {
        from: String,
        to: String,
    },
}

/// Why a working copy was not made, moved or written to. It is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CloneError {
    #[error("`{url}` cannot be used: {why}")]
    Address { url: String, why: String },
    #[error("`{url}` cannot be reached: {why}")]
    Unreachable { url: String, why: String },
    #[error("`{url}` has no branch `{branch}`")]
    NoBranch { url: String, branch: String },
    #[error("`{path}` was changed by hand: {files}")]
    Dirty { path: PathBuf, files: String },
    #[error("`{path}` has commits of its own that the registry does not have: {commit}")]
    Diverged { path: PathBuf, commit: String },
    #[error(
        "the history behind `{path}` was rewritten: {before} is no longer part of it, {after} is its tip now"
    )]
    Rewritten { path: PathBuf, before: String, after: String },
    #[error("`{path}` is no git repository")]
    NoRepository { path: PathBuf },
    #[error("`{path}` cannot be written: {why}")]
    Disk { path: PathBuf, why: String },
    #[error("`{path}` is broken: {why}")]
    Broken { path: PathBuf, why: String },
}

/// Clones a branch into a folder that is not there yet: all of it, or nothing.
/// Returns the commit.
pub fn clone(url: &str, branch: &str, into: &Path) -> Result<String, CloneError> {
    let address = address(url)?;
    let disk =
        |error: &std::io::Error| CloneError::Disk { path: into.to_owned(), why: error.to_string() };
    let parent = into.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| disk(&error))?;
    let name = into.file_name().map(|name| name.to_string_lossy().into_owned());
    // One that was killed leaves this behind; the next takes it away.
    let staging = parent.join(format!(".{}.cloning", name.unwrap_or_default()));
    if staging.exists() {
        fs::remove_dir_all(&staging).map_err(|error| disk(&error))?;
    }
    let made = clone_into(&address, branch, &staging, into).and_then(|commit| {
        fs::rename(&staging, into).map_err(|error| disk(&error))?;
        Ok(commit)
    });
    if made.is_err() {
        drop(fs::remove_dir_all(&staging));
    }
    made
}

fn clone_into(
    address: &Address,
    branch: &str,
    staging: &Path,
    into: &Path,
) -> Result<String, CloneError> {
    let is_heard = Cell::new(false);
    let far = |error: git2::Error| far(address, branch, into, is_heard.get(), &error);
    let repository = RepoBuilder::new()
        .branch(branch)
        .fetch_options(options(&is_heard))
        .clone(&address.url, staging)
        .map_err(far)?;
    let tip = tip(&repository).map_err(far)?;
    repository.reference(TAKEN, tip, true, "cloned").map_err(far)?;
    Ok(tip.to_string())
}

/// Moves a working copy forward to the tip of a branch.
pub fn update(path: &Path, url: &str, branch: &str) -> Result<Updated, CloneError> {
    let address = address(url)?;
    let repository = open(path)?;
    let broken = |error: git2::Error| broken(path, &error);
    half::mend(&repository).map_err(broken)?;
    let files = changed(&repository).map_err(broken)?;
    if !files.is_empty() {
        return Err(CloneError::Dirty { path: path.to_owned(), files });
    }
    let fetched = fetch(&repository, &address, branch, path)?;
    let head = tip(&repository).map_err(broken)?;
    let is_part_of = |one: Oid, other: Oid| {
        one == other || repository.graph_descendant_of(other, one).unwrap_or(false)
    };
    // A clone that git itself made has no note of ours.
    let remote = format!("refs/remotes/origin/{branch}");
    let taken = repository.refname_to_id(TAKEN).or_else(|_| repository.refname_to_id(&remote));
    let taken = taken.unwrap_or(head);
    if !is_part_of(taken, fetched) {
        let (before, after) = (short(taken), short(fetched));
        return Err(CloneError::Rewritten { path: path.to_owned(), before, after });
    }
    if !is_part_of(head, fetched) {
        return Err(CloneError::Diverged { path: path.to_owned(), commit: short(head) });
    }
    if head == fetched {
        repository.reference(TAKEN, fetched, true, "looked").map_err(broken)?;
        return Ok(Updated::Unchanged { commit: head.to_string() });
    }
    forward(&repository, fetched, path)?;
    Ok(Updated::Forward { from: head.to_string(), to: fetched.to_string() })
}

/// Returns the commit of a working copy; absent if it is none.
pub fn commit_of(path: &Path) -> Option<String> {
    let repository = Repository::open(path).ok()?;
    tip(&repository).ok().map(|tip| tip.to_string())
}

/// Returns what was changed by hand in a working copy, in words; empty if
/// nothing was.
pub fn changes_of(path: &Path) -> Result<String, CloneError> {
    changed(&open(path)?).map_err(|error| broken(path, &error))
}

/// Commits files of a working copy, by their paths in it, on a new branch that
/// is checked out. Returns the commit. Nothing is pushed.
pub fn commit_on_branch(
    path: &Path,
    branch: &str,
    files: &[PathBuf],
    message: &str,
) -> Result<String, CloneError> {
    let repository = open(path)?;
    let broken = |error: git2::Error| broken(path, &error);
    let head = repository.head().and_then(|head| head.peel_to_commit()).map_err(broken)?;
    let mut index = repository.index().map_err(broken)?;
    for file in files {
        index.add_path(file).map_err(broken)?;
    }
    let tree = index.write_tree().and_then(|tree| repository.find_tree(tree)).map_err(broken)?;
    let who = repository
        .signature()
        .or_else(|_| git2::Signature::now("ctx", "ctx@localhost"))
        .map_err(broken)?;
    let name = format!("refs/heads/{branch}");
    let commit = repository.commit(None, &who, &who, message, &tree, &[&head]).map_err(broken)?;
    repository.reference(&name, commit, true, "published").map_err(broken)?;
    repository.set_head(&name).map_err(broken)?;
    index.write().map_err(broken)?;
    Ok(commit.to_string())
}

/// Reads a file as it was at a commit, or at the tip of a branch or a remote
/// one; absent if it was not there.
pub fn file_at(path: &Path, revision: &str, file: &str) -> Result<Option<Vec<u8>>, CloneError> {
    let repository = open(path)?;
    let broken = |error: git2::Error| broken(path, &error);
    let commit = repository.revparse_single(revision).map_err(broken)?;
    let commit = commit.peel_to_commit().map_err(broken)?;
    let tree = commit.tree().map_err(broken)?;
    match tree.get_path(Path::new(file)) {
        Ok(entry) => {
            let blob = repository.find_blob(entry.id()).map_err(broken)?;
            Ok(Some(blob.content().to_vec()))
        }
        Err(_) => Ok(None),
    }
}

fn address(url: &str) -> Result<Address, CloneError> {
    let address = Address::of_registry(url).map_err(|error| match error {
        ctx_model::CheckoutError::Unsupported { url, why, instead } => {
            let instead = instead.map(|instead| format!("; write `{instead}`"));
            CloneError::Address { url, why: why + &instead.unwrap_or_default() }
        }
        other => CloneError::Address { url: url.to_owned(), why: format!("{other:?}") },
    })?;
    smart::register();
    Ok(address)
}

fn open(path: &Path) -> Result<Repository, CloneError> {
    // Not one above it: that would be somebody's project.
    Repository::open(path).map_err(|_| CloneError::NoRepository { path: path.to_owned() })
}

/// `is_heard` becomes true with the first word of the far end.
fn options(is_heard: &Cell<bool>) -> FetchOptions<'_> {
    let mut callbacks = RemoteCallbacks::new();
    callbacks.sideband_progress(|_| {
        is_heard.set(true);
        true
    });
    callbacks.transfer_progress(|_| {
        is_heard.set(true);
        true
    });
    let mut options = FetchOptions::new();
    options.download_tags(AutotagOption::None).remote_callbacks(callbacks);
    options
}

fn fetch(
    repository: &Repository,
    address: &Address,
    branch: &str,
    path: &Path,
) -> Result<Oid, CloneError> {
    let is_heard = Cell::new(false);
    let far = |error: git2::Error| far(address, branch, path, is_heard.get(), &error);
    let mut remote = repository.remote_anonymous(&address.url).map_err(far)?;
    if let Ok(mut before) = repository.find_reference(FETCHED) {
        before.delete().map_err(far)?;
    }
    let refspec = format!("+refs/heads/{branch}:{FETCHED}");
    remote.fetch(&[&refspec], Some(&mut options(&is_heard)), None).map_err(far)?;
    repository
        .refname_to_id(FETCHED)
        .map_err(|_| CloneError::NoBranch { url: address.shown.clone(), branch: branch.to_owned() })
}

/// Lays out the files first: what is in the way is found before anything moves.
fn forward(repository: &Repository, to: Oid, path: &Path) -> Result<(), CloneError> {
    let broken = |error: git2::Error| broken(path, &error);
    let commit = repository.find_object(to, None).map_err(broken)?;
    half::begin(repository, to)
        .map_err(|error| CloneError::Disk { path: path.to_owned(), why: error.to_string() })?;
    let mut checkout = CheckoutBuilder::new();
    let laid_out = repository.checkout_tree(&commit, Some(checkout.safe()));
    let moved = laid_out.and_then(|()| repository.head()?.set_target(to, "moved forward"));
    match moved {
        Ok(_) => half::end(repository),
        // Nothing was written yet.
        Err(error) if error.code() == ErrorCode::Conflict => {
            half::end(repository);
            let files = format!("files of yours are in the way ({})", error.message());
            return Err(CloneError::Dirty { path: path.to_owned(), files });
        }
        Err(error) => {
            half::mend(repository).map_err(broken)?;
            return Err(broken(error));
        }
    }
    repository.reference(TAKEN, to, true, "moved forward").map_err(broken)?;
    Ok(())
}

fn changed(repository: &Repository) -> Result<String, git2::Error> {
    let mut options = StatusOptions::new();
    options.include_untracked(false).include_ignored(false);
    let statuses = repository.statuses(Some(&mut options))?;
    let mut files: Vec<String> = statuses
        .iter()
        .take(NAMED)
        .map(|one| String::from_utf8_lossy(one.path_bytes()).into_owned())
        .collect();
    if statuses.len() > NAMED {
        files.push(format!("and {} more", statuses.len() - NAMED));
    }
    Ok(files.join(", "))
}

fn tip(repository: &Repository) -> Result<Oid, git2::Error> {
    Ok(repository.head()?.peel_to_commit()?.id())
}

fn short(id: Oid) -> String {
    id.to_string()[..12].to_owned()
}

fn broken(path: &Path, error: &git2::Error) -> CloneError {
    let (path, why) = (path.to_owned(), error.message().to_owned());
    match error.class() {
        ErrorClass::Os | ErrorClass::Filesystem => CloneError::Disk { path, why },
        _ => CloneError::Broken { path, why },
    }
}

/// Tells the far end from the disk here.
fn far(
    address: &Address,
    branch: &str,
    path: &Path,
    is_heard: bool,
    error: &git2::Error,
) -> CloneError {
    let (url, why) = (address.shown.clone(), error.message().to_owned());
    let is_branch = error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Reference;
    match error.class() {
        _ if is_branch => CloneError::NoBranch { url, branch: branch.to_owned() },
        // A port that nobody listens on and a disk that is full are both the
        // machine's; once the far end was heard it is the disk.
        ErrorClass::Os if !is_heard => CloneError::Unreachable { url, why },
        ErrorClass::Os | ErrorClass::Filesystem | ErrorClass::Zlib | ErrorClass::Indexer => {
            CloneError::Disk { path: path.to_owned(), why }
        }
        _ => CloneError::Unreachable { url, why },
    }
}
