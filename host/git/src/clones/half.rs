//! A move forward that came half way: noted before it begins, and taken back
//! by whoever finds the note. Only files that it was about to write are touched.

use std::path::Path;
use std::{fs, io};

use git2::build::CheckoutBuilder;
use git2::{Commit, Delta, Error, Oid, Repository};

/// In the folder of git: the commit that is being moved to.
const NOTE: &str = "ctx-forward";

/// Notes where a working copy is about to be moved.
pub(super) fn begin(repository: &Repository, to: Oid) -> io::Result<()> {
    fs::write(repository.path().join(NOTE), to.to_string())
}

/// The move came to its end, or never began.
pub(super) fn end(repository: &Repository) {
    drop(fs::remove_file(repository.path().join(NOTE)));
}

/// Takes a move back that did not come to its end, if there was one.
pub(super) fn mend(repository: &Repository) -> Result<(), Error> {
    let Ok(note) = fs::read_to_string(repository.path().join(NOTE)) else { return Ok(()) };
    // Killed while it was noted: nothing had been written.
    if let Ok(to) = Oid::from_str(note.trim()).and_then(|to| repository.find_commit(to)) {
        take_back(repository, &to)?;
    }
    end(repository);
    Ok(())
}

fn take_back(repository: &Repository, to: &Commit<'_>) -> Result<(), Error> {
    let from = repository.head()?.peel_to_tree()?;
    let to = to.tree()?;
    let diff = repository.diff_tree_to_tree(Some(&from), Some(&to), None)?;
    let (Some(root), mut index) = (repository.workdir(), repository.index()?) else {
        return Ok(());
    };
    let mut checkout = CheckoutBuilder::new();
    checkout.force().disable_pathspec_match(true);
    let mut is_any = false;
    for delta in diff.deltas() {
        let Some(file) = delta.new_file().path().or_else(|| delta.old_file().path()) else {
            continue;
        };
        if delta.status() == Delta::Added {
            // The room that it took is needed for what was there before.
            if is_plain(root, file) {
                drop(fs::remove_file(root.join(file)));
            }
            if index.get_path(file, 0).is_some() {
                index.remove_path(file)?;
            }
        } else {
            checkout.path(file);
            is_any = true;
        }
    }
    index.write()?;
    if is_any {
        repository.checkout_head(Some(&mut checkout))?;
    }
    Ok(())
}

/// Whether no link stands on the way to a file.
fn is_plain(root: &Path, file: &Path) -> bool {
    let above = file.ancestors().skip(1).map(|one| root.join(one));
    above.into_iter().all(|folder| {
        fs::symlink_metadata(folder).is_ok_and(|found| !found.file_type().is_symlink())
    })
}
