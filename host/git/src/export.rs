//! The files of a commit, laid out in a folder. Only what differs is written;
//! links, modules and names that could lead out of the folder are not.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ctx_model::CheckoutError;
use git2::{ObjectType, Oid, Repository, Tree};

use crate::layout::Entry;

/// Trees nested deeper than this are not entered: no honest one is.
pub(crate) const DEPTH: usize = 128;

/// Larger files are not laid out, only named.
const LARGEST: usize = 64 << 20;

/// Files and folders of one commit, at most: some trees of ten names each, one
/// below the other, are more than any memory holds.
pub(crate) const ENTRIES: usize = 1_000_000;

/// Bytes of all its paths, at most.
const PATHS: usize = 256 << 20;

/// Bytes that are laid out at once, at most: one file of nothing but zeros may
/// be named a million times.
const LAID_OUT: u64 = 64 << 30;

/// What git calls a plain file, and one that may be run.
const PLAIN: [i32; 2] = [0o100_644, 0o100_755];

/// A link.
const LINK: i32 = 0o120_000;

/// Why the files of a commit were not listed.
pub(crate) enum Unlisted {
    TooLarge(String),
    Stopped,
    Broken(git2::Error),
}

impl Unlisted {
    pub(crate) fn of(self, url: &str) -> CheckoutError {
        match self {
            Self::TooLarge(why) => CheckoutError::TooLarge { url: url.to_owned(), why },
            Self::Stopped => CheckoutError::Stopped,
            Self::Broken(error) => CheckoutError::Broken(error.message().to_owned()),
        }
    }
}

/// Lists the files of a tree in the order of their paths.
pub(crate) fn list(
    repository: &Repository,
    tree: &Tree<'_>,
    stopped: &dyn Fn() -> bool,
) -> Result<Vec<Entry>, Unlisted> {
    let mut entries = Vec::new();
    let (mut passed, mut bytes) = (0, 0);
    let mut open = vec![(String::new(), tree.clone(), 0)];
    while let Some((prefix, tree, depth)) = open.pop() {
        if stopped() {
            return Err(Unlisted::Stopped);
        }
        for item in &tree {
            let name = String::from_utf8_lossy(item.name_bytes());
            let path = format!("{prefix}{name}");
            passed += 1;
            bytes += path.len();
            if passed > ENTRIES {
                let why = format!("it has more than {ENTRIES} files and folders");
                return Err(Unlisted::TooLarge(why));
            }
            if bytes > PATHS {
                let why = format!("its paths are more than {} MiB", PATHS >> 20);
                return Err(Unlisted::TooLarge(why));
            }
            let mut skip = |why: &str| {
                let skipped = Some(why.to_owned());
                entries.push(Entry { path: path.clone(), skipped, ..Entry::default() });
            };
            if std::str::from_utf8(item.name_bytes()).is_err() {
                skip("its name is not UTF-8");
            } else if !is_plain_name(&name) {
                skip("its name leads out of the repository");
            } else if item.kind() == Some(ObjectType::Tree) {
                if depth + 1 > DEPTH {
                    skip("it is nested too deep");
                } else {
                    let tree = repository.find_tree(item.id()).map_err(Unlisted::Broken)?;
                    open.push((format!("{path}/"), tree, depth + 1));
                }
            } else if PLAIN.contains(&(item.filemode() & !0o022)) {
                let blob = item.id().to_string();
                entries.push(Entry { path, blob, ..Entry::default() });
            } else if item.filemode() == LINK {
                skip("it is a link");
            }
            // What is left is a module: another repository.
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.dedup_by(|a, b| a.path == b.path);
    Ok(entries)
}

/// Whether a name stays where it is put, on any file system.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && name != ".."
        && !name.eq_ignore_ascii_case(".git")
        && !name.contains(['/', '\\', '\0'])
}

/// Makes a folder hold the files, given what it held before.
pub(crate) fn write(
    repository: &Repository,
    (folder, url): (&Path, &str),
    before: &[Entry],
    files: &[Entry],
    stopped: &dyn Fn() -> bool,
) -> Result<(), CheckoutError> {
    let at = |path: &str| -> PathBuf { folder.join(path) };
    let failed = |path: &str, error: &io::Error| CheckoutError::Cache {
        path: at(path),
        why: error.to_string(),
    };
    let wanted: HashMap<&str, &str> = files
        .iter()
        .filter(|file| file.skipped.is_none())
        .map(|file| (file.path.as_str(), file.blob.as_str()))
        .collect();
    let mut held: HashMap<&str, &str> = HashMap::new();
    for entry in before.iter().filter(|entry| entry.skipped.is_none()) {
        if wanted.get(entry.path.as_str()) == Some(&entry.blob.as_str()) {
            held.insert(&entry.path, &entry.blob);
        } else {
            take_away(folder, &entry.path).map_err(|error| failed(&entry.path, &error))?;
        }
    }
    let mut made: Option<PathBuf> = None;
    let mut laid_out = 0;
    for file in files.iter().filter(|file| file.skipped.is_none()) {
        if held.contains_key(file.path.as_str()) {
            continue;
        }
        if stopped() {
            return Err(CheckoutError::Stopped);
        }
        let target = at(&file.path);
        let parent = target.parent().map(Path::to_owned);
        if parent != made {
            if let Some(parent) = &parent {
                fs::create_dir_all(parent).map_err(|error| failed(&file.path, &error))?;
            }
            made = parent;
        }
        let broken = |error: git2::Error| CheckoutError::Broken(error.message().to_owned());
        let blob = Oid::from_str(&file.blob).map_err(broken)?;
        let (size, _) = repository.odb().and_then(|odb| odb.read_header(blob)).map_err(broken)?;
        if size <= LARGEST {
            laid_out += size as u64;
            if laid_out > LAID_OUT {
                let why = format!("its files are more than {} GiB", LAID_OUT >> 30);
                return Err(CheckoutError::TooLarge { url: url.to_owned(), why });
            }
            let blob = repository.find_blob(blob).map_err(broken)?;
            fs::write(&target, blob.content()).map_err(|error| failed(&file.path, &error))?;
        } else {
            // A hole of the same size: it is listed with it, and takes no room.
            let hole = fs::File::create(&target).and_then(|file| file.set_len(size as u64));
            hole.map_err(|error| failed(&file.path, &error))?;
        }
    }
    Ok(())
}

/// Removes a file, and the folders that it leaves empty.
fn take_away(folder: &Path, path: &str) -> io::Result<()> {
    let target = folder.join(path);
    match fs::remove_file(&target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut parent = target.parent();
    while let Some(above) = parent.filter(|above| *above != folder) {
        if fs::remove_dir(above).is_err() {
            break;
        }
        parent = above.parent();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::cell::Cell;

    use super::*;

    /// Ten levels of folders, each with ten names for the one below.
    fn bomb(repository: &Repository, innermost: Oid, mode: i32) -> Oid {
        (0..10)
            .fold((innermost, mode), |(below, mode), _| {
                let mut tree = repository.treebuilder(None).unwrap();
                for name in '0'..='9' {
                    tree.insert(name.to_string(), below, mode).unwrap();
                }
                (tree.write().unwrap(), 0o040_000)
            })
            .0
    }

    #[test]
    fn trees_that_multiply_are_refused_and_can_be_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(folder.path()).unwrap();
        let empty = repository.treebuilder(None).unwrap().write().unwrap();
        for tree in [
            bomb(&repository, repository.blob(b"x").unwrap(), 0o100_644),
            bomb(&repository, empty, 0o040_000),
        ] {
            let tree = repository.find_tree(tree).unwrap();
            let listed = list(&repository, &tree, &|| false);
            assert!(matches!(listed, Err(Unlisted::TooLarge(_))));
            let asked = Cell::new(0);
            let stopped = || asked.replace(asked.get() + 1) >= 20;
            assert!(matches!(list(&repository, &tree, &stopped), Err(Unlisted::Stopped)));
        }
    }
}
