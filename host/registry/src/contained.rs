//! No path leads out of a registry: none that goes up, none that begins at the
//! root, and no link, wherever it leads.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::error::RegistryError;

/// Checks a path as it is written, without looking at any file.
pub fn is_contained(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("it is empty");
    }
    if path.contains('\\') || path.contains('\0') {
        return Err("it has a character that no path here has");
    }
    for part in Path::new(path).components() {
        match part {
            Component::Normal(_) | Component::CurDir => {}
            Component::ParentDir => return Err("it goes up by `..`"),
            Component::RootDir | Component::Prefix(_) => return Err("it is absolute"),
        }
    }
    Ok(())
}

/// Returns where a path of a registry leads, which is below its root or
/// nowhere.
pub fn inside(root: &Path, path: &str) -> Result<PathBuf, RegistryError> {
    let leads_out = |why: &str| RegistryError::LeadsOut {
        root: root.to_owned(),
        path: path.to_owned(),
        why: why.to_owned(),
    };
    is_contained(path).map_err(leads_out)?;
    let mut whole = root.to_owned();
    for part in Path::new(path).components() {
        whole.push(part);
        let is_link = fs::symlink_metadata(&whole).is_ok_and(|found| found.is_symlink());
        if is_link {
            return Err(leads_out(&format!("`{}` is a link", whole.display())));
        }
    }
    Ok(whole)
}

/// Names the first link below a folder, if there is one.
pub fn link_in(folder: &Path) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).ok()?.filter_map(Result::ok) {
        let (path, kind) = (entry.path(), entry.file_type().ok()?);
        if kind.is_symlink() {
            return Some(path);
        }
        if kind.is_dir()
            && let Some(link) = link_in(&path)
        {
            return Some(link);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn what_leads_out_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("registry");
        fs::create_dir_all(root.join("tools/real")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("tools/link")).unwrap();
        assert!(inside(&root, "tools/real/tool.lua").is_ok());
        for (path, why) in [
            ("../evil.lua", "it goes up by `..`"),
            ("tools/../../evil.lua", "it goes up by `..`"),
            ("/etc/passwd", "it is absolute"),
            ("", "it is empty"),
            ("tools/link/passwd", "is a link"),
        ] {
            let refused = inside(&root, path).unwrap_err().to_string();
            assert!(refused.contains(why), "{path}: {refused}");
        }
        assert_eq!(link_in(&root), Some(root.join("tools/link")));
    }
}
