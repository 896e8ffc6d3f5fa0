//! All of an extension's folder, read once and hashed as it is read.

use std::collections::HashMap;
use std::io;

use cap_std::fs::Dir;
use ctx_sandbox::{Contents, Folder};
use sha2::Sha256;

use super::{COMPONENT, Candidate, LARGEST, MANIFEST, MOST_FILES, PLUGIN, add, read, too_large};

/// A folder while it is looked through. Every file is read once: what is
/// hashed is what runs, and what is lent.
#[derive(Default)]
pub(super) struct Whole {
    content: Sha256,
    contents: Contents,
    files: usize,
    /// Files at the top that the host itself reads.
    main: HashMap<String, Vec<u8>>,
}

impl Whole {
    /// Adds every file below a folder, in order of paths. Links are named and
    /// not followed.
    pub(super) fn add_folder(&mut self, dir: &Dir, prefix: &str) -> io::Result<()> {
        let mut names: Vec<(String, cap_std::fs::FileType)> = Vec::new();
        for entry in dir.entries()? {
            let entry = entry?;
            let name = entry.file_name().into_string();
            let name = name.map_err(|_| io::Error::other("a name is not text"))?;
            names.push((name, entry.file_type()?));
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, kind) in names {
            self.files += 1;
            if self.files > MOST_FILES {
                return Err(io::Error::other(format!("it holds more than {MOST_FILES} files")));
            }
            let path = format!("{prefix}{name}");
            let metadata = dir.symlink_metadata(&name)?;
            if kind.is_dir() {
                self.contents.other(&path, &metadata);
                self.add_folder(&dir.open_dir(&name)?, &format!("{path}/"))?;
            } else if kind.is_file() {
                let bytes = read(dir, &name, LARGEST)?;
                add(&mut self.content, &path, &bytes);
                self.contents.file(&path, &metadata, &bytes);
                let is_main =
                    [MANIFEST, COMPONENT, PLUGIN].contains(&name.as_str()) || super::is_main(&name);
                if prefix.is_empty() && is_main {
                    self.main.insert(path, bytes);
                }
            } else if kind.is_symlink() {
                let target = dir.read_link_contents(&name)?;
                let target = target.as_os_str().as_encoded_bytes();
                add(&mut self.content, &format!("{path} -> "), target);
                self.contents.other(&path, &metadata);
            } else {
                return Err(io::Error::other(format!("`{path}` is neither a file nor a folder")));
            }
        }
        Ok(())
    }

    /// Takes a file at the top, if there is one.
    pub(super) fn main(
        &mut self,
        dir: &Dir,
        name: &str,
        limit: u64,
    ) -> io::Result<Option<Vec<u8>>> {
        if let Some(bytes) = self.main.remove(name) {
            if bytes.len() as u64 > limit {
                return Err(too_large(limit));
            }
            return Ok(Some(bytes));
        }
        if !dir.exists(name) {
            return Ok(None);
        }
        // A link to another file of the folder, which may be turned around
        // after it was hashed.
        let bytes = read(dir, name, limit)?;
        add(&mut self.content, name, &bytes);
        Ok(Some(bytes))
    }

    pub(super) fn seal(self, dir: Dir, candidate: Candidate) -> Candidate {
        let folder = Some(Folder::sealed(dir, self.contents));
        Candidate { content: self.content, folder, ..candidate }
    }
}
