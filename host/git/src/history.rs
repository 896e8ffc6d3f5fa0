//! Who last changed each file, told by one walk over the history from the
//! newest commit down. What an earlier walk told is not walked again.

use std::collections::HashMap;

use ctx_model::CheckoutError;
use git2::{Commit, Delta, Repository, Sort};

use crate::layout::{Entry, Head, Last};

/// Fills in the last change of each file.
pub(crate) fn tell(
    repository: &Repository,
    tip: &Commit<'_>,
    shallow: bool,
    before: Option<(&Head, &[Entry])>,
    files: &mut [Entry],
    stopped: &dyn Fn() -> bool,
) -> Result<(), CheckoutError> {
    let broken = |error: git2::Error| CheckoutError::Broken(error.message().to_owned());
    let known: HashMap<(&str, &str), &Last> = before
        .iter()
        .flat_map(|(_, entries)| entries.iter())
        .filter_map(|entry| {
            Some(((entry.path.as_str(), entry.blob.as_str()), entry.last.as_ref()?))
        })
        .collect();
    if shallow {
        // One commit is all there is; what changed since was changed by it.
        for file in files.iter_mut().filter(|file| file.skipped.is_none()) {
            let earlier = known.get(&(file.path.as_str(), file.blob.as_str()));
            file.last = Some(earlier.map_or_else(|| last(tip), |last| (*last).clone()));
        }
        return Ok(());
    }
    let mut untold: HashMap<String, usize> = files
        .iter()
        .enumerate()
        .filter(|(_, file)| file.skipped.is_none())
        .map(|(at, file)| (file.path.clone(), at))
        .collect();
    let mut walk = repository.revwalk().map_err(broken)?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME).map_err(broken)?;
    walk.push(tip.id()).map_err(broken)?;
    let end = before.and_then(|(head, _)| git2::Oid::from_str(&head.commit).ok());
    let goes_on = end.filter(|end| repository.graph_descendant_of(tip.id(), *end).unwrap_or(false));
    if let Some(end) = goes_on {
        walk.hide(end).map_err(broken)?;
    }
    for id in walk {
        if untold.is_empty() {
            return Ok(());
        }
        if stopped() {
            return Err(CheckoutError::Stopped);
        }
        let commit = repository.find_commit(id.map_err(broken)?).map_err(broken)?;
        for path in changed(repository, &commit).map_err(broken)? {
            if let Some(at) = untold.remove(&path) {
                files[at].last = Some(last(&commit));
            }
        }
    }
    for at in untold.into_values() {
        let earlier = known.get(&(files[at].path.as_str(), files[at].blob.as_str()));
        files[at].last = earlier.map(|last| (*last).clone());
    }
    Ok(())
}

/// Names the files that a commit changed: for a merge, those that are as in
/// none of its parents.
fn changed(repository: &Repository, commit: &Commit<'_>) -> Result<Vec<String>, git2::Error> {
    let tree = commit.tree()?;
    // The parents of the last commit of a cut history are not there.
    let parents: Vec<_> = commit.parents().filter_map(|parent| parent.tree().ok()).collect();
    let diff = repository.diff_tree_to_tree(parents.first(), Some(&tree), None)?;
    let mut paths = Vec::new();
    for delta in diff.deltas().filter(|delta| delta.status() != Delta::Deleted) {
        let file = delta.new_file();
        let (Some(path), Some(bytes)) = (file.path(), file.path_bytes()) else { continue };
        let is_in_another = parents
            .iter()
            .skip(1)
            .any(|parent| parent.get_path(path).is_ok_and(|entry| entry.id() == file.id()));
        if !is_in_another && let Ok(path) = std::str::from_utf8(bytes) {
            paths.push(path.to_owned());
        }
    }
    Ok(paths)
}

fn last(commit: &Commit<'_>) -> Last {
    let author = commit.author();
    Last {
        commit: commit.id().to_string(),
        author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
        date: author.when().seconds(),
    }
}
