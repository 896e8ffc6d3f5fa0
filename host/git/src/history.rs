//! Who last changed each file, told by one walk over the history from the
//! newest commit down. What an earlier walk told is not walked again.

use std::collections::HashMap;

use ctx_model::CheckoutError;
use git2::{Commit, ObjectType, Repository, Sort, TreeEntry};

use crate::export::{DEPTH, ENTRIES};
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
        let mut tell = |path: &str| {
            if let Some(at) = untold.remove(path) {
                files[at].last = Some(last(&commit));
            }
        };
        if !changed(repository, &commit, &mut tell, stopped).map_err(broken)? {
            if stopped() {
                return Err(CheckoutError::Stopped);
            }
            // Nobody can tell what a commit changed that is too large, and so
            // not what those before it did.
            break;
        }
    }
    for at in untold.into_values() {
        let earlier = known.get(&(files[at].path.as_str(), files[at].blob.as_str()));
        files[at].last = earlier.map(|last| (*last).clone());
    }
    Ok(())
}

/// Tells of each file that a commit changed: one that is as in none of its
/// parents. Only folders that differ are entered. Returns whether it went to
/// its end: it does not if that is too much, or it is stopped.
fn changed(
    repository: &Repository,
    commit: &Commit<'_>,
    tell: &mut dyn FnMut(&str),
    stopped: &dyn Fn() -> bool,
) -> Result<bool, git2::Error> {
    // The parents of the last commit of a cut history are not there.
    let parents: Vec<_> = commit.parents().filter_map(|parent| parent.tree().ok()).collect();
    let mut open = vec![(String::new(), commit.tree()?, parents, 0)];
    let mut passed = 0;
    while let Some((prefix, tree, parents, depth)) = open.pop() {
        if stopped() {
            return Ok(false);
        }
        for item in &tree {
            passed += 1;
            if passed > ENTRIES {
                return Ok(false);
            }
            let earlier =
                || parents.iter().filter_map(|tree| tree.get_name_bytes(item.name_bytes()));
            let is_same =
                |had: &TreeEntry<'_>| (had.id(), had.filemode()) == (item.id(), item.filemode());
            let Ok(name) = std::str::from_utf8(item.name_bytes()) else { continue };
            if earlier().any(|had| is_same(&had)) {
                continue;
            }
            match item.kind() {
                Some(ObjectType::Blob) => tell(&format!("{prefix}{name}")),
                Some(ObjectType::Tree) if depth < DEPTH => {
                    let below = repository.find_tree(item.id())?;
                    let had = earlier().filter(|had| had.kind() == Some(ObjectType::Tree));
                    let had = had.filter_map(|had| repository.find_tree(had.id()).ok()).collect();
                    open.push((format!("{prefix}{name}/"), below, had, depth + 1));
                }
                _ => {}
            }
        }
    }
    Ok(true)
}

fn last(commit: &Commit<'_>) -> Last {
    let author = commit.author();
    Last {
        commit: commit.id().to_string(),
        author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
        date: author.when().seconds(),
    }
}
