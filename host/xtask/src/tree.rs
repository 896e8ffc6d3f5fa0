//! The files of the checkout, as a person would list them: nothing that was
//! built, nothing of git.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Folders that hold nothing of the project.
const NOT_OURS: [&str; 3] = [".git", "target", "node_modules"];

/// Files larger than this are not read.
const LARGEST_TEXT: u64 = 4 << 20;

/// A file of the checkout.
pub(crate) struct File {
    /// From the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) size: u64,
    /// Absent if it is no UTF-8.
    pub(crate) text: Option<String>,
}

impl File {
    /// Returns the file's name.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether the name ends so, as in `is("rs")`.
    pub(crate) fn is(&self, suffix: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == suffix)
    }

    /// Returns the text, empty for what is none.
    pub(crate) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// Whether it or a folder above it is hidden.
    pub(crate) fn is_hidden(&self) -> bool {
        self.path.split('/').any(|part| part.starts_with('.'))
    }

    /// Whether it holds tests and nothing else.
    pub(crate) fn is_test(&self) -> bool {
        self.name() == "tests.rs" || self.path.split('/').any(|part| part == "tests")
    }
}

/// Reads all files, in order of their paths. Links are passed over.
pub(crate) fn files(root: &Path) -> Result<Vec<File>> {
    let mut found = Vec::new();
    walk(root, "", &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<File>) -> Result<()> {
    let shown = || format!("`{}`", folder.display());
    for entry in fs::read_dir(folder).with_context(shown)? {
        let entry = entry.with_context(shown)?;
        let name = entry.file_name().into_string().unwrap_or_default();
        let kind = entry.file_type().with_context(shown)?;
        let path = format!("{prefix}{name}");
        if kind.is_dir() && !NOT_OURS.contains(&name.as_str()) {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else if kind.is_file() {
            let size = entry.metadata().with_context(shown)?.len();
            let text = if size <= LARGEST_TEXT {
                String::from_utf8(fs::read(entry.path()).with_context(shown)?).ok()
            } else {
                None
            };
            found.push(File { path, size, text });
        }
    }
    Ok(())
}
