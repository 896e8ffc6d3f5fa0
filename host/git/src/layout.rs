//! Where a mirror keeps what: the repository, and beside it the folder that is
//! lent, with the files in `tree` and what is known of them in `history`.

use std::fs;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use ctx_model::{CheckedOut, Digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::export::ENTRIES;

/// Files that one page of the history tells of, so that a guest never holds
/// more.
const PAGE: usize = 5_000;

/// The paths of one mirror.
pub(crate) struct Layout {
    pub(crate) top: PathBuf,
    pub(crate) lock: PathBuf,
    pub(crate) repository: PathBuf,
    pub(crate) lent: PathBuf,
    pub(crate) tree: PathBuf,
    history: PathBuf,
    head: PathBuf,
}

/// Where the mirror stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) commit: String,
    pub(crate) branch: String,
    pub(crate) shallow: bool,
}

/// A file of the commit, in the order of paths, and who last changed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) blob: String,
    /// Absent if it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<Last>,
    /// Why it is not in `tree`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) skipped: Option<String>,
}

/// The commit that last changed a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Last {
    pub(crate) commit: String,
    pub(crate) author: String,
    pub(crate) date: i64,
}

impl Layout {
    pub(crate) fn of(cache: &Path, url: &str, branch: Option<&str>, shallow: bool) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(url);
        hasher.update([0]);
        hasher.update(branch.unwrap_or_default());
        hasher.update([0, u8::from(shallow)]);
        let digest = Digest(hasher.finalize().into()).to_string();
        let top = cache.join(&digest[..24]);
        let lent = top.join("lent");
        Self {
            lock: top.join("lock"),
            repository: top.join("repository"),
            tree: lent.join("tree"),
            history: lent.join("history"),
            head: lent.join("head.json"),
            lent,
            top,
        }
    }

    pub(crate) fn checked_out(&self, head: &Head) -> CheckedOut {
        CheckedOut { folder: self.lent.clone(), commit: head.commit.clone() }
    }

    /// Returns where the mirror stands, if it stands anywhere.
    pub(crate) fn head(&self) -> Option<Head> {
        serde_json::from_slice(&fs::read(&self.head).ok()?).ok()
    }

    pub(crate) fn unset_head(&self) -> io::Result<()> {
        match fs::remove_file(&self.head) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Deletes all but the lock.
    pub(crate) fn forget(&self) -> io::Result<()> {
        self.unset_head()?;
        remove(&self.repository)?;
        remove(&self.lent)
    }

    pub(crate) fn clear_tree(&self) -> io::Result<()> {
        remove(&self.tree)
    }

    /// Reads what was written last; nothing if any of it is odd.
    pub(crate) fn read_history(&self, stopped: &dyn Fn() -> bool) -> Vec<Entry> {
        let read = || -> io::Result<Vec<Entry>> {
            let mut entries = Vec::new();
            for at in 0.. {
                let page = self.page(at);
                if stopped() || !page.exists() {
                    break;
                }
                if entries.len() > ENTRIES {
                    return Err(io::Error::other("nothing of ours is as long"));
                }
                for line in BufReader::new(fs::File::open(page)?).lines() {
                    entries.push(serde_json::from_str(&line?)?);
                }
            }
            Ok(entries)
        };
        read().unwrap_or_default()
    }

    /// Writes what is known of the files, and last of all where it stands.
    pub(crate) fn write(&self, head: &Head, entries: &[Entry]) -> io::Result<()> {
        remove(&self.history)?;
        fs::create_dir_all(&self.history)?;
        fs::create_dir_all(&self.tree)?;
        for (at, page) in entries.chunks(PAGE).enumerate() {
            let mut file = BufWriter::new(fs::File::create(self.page(at))?);
            for entry in page {
                serde_json::to_writer(&mut file, entry)?;
                file.write_all(b"\n")?;
            }
            file.into_inner()?.sync_all()?;
        }
        let new = self.head.with_extension("new");
        fs::write(&new, serde_json::to_vec(head)?)?;
        fs::rename(new, &self.head)
    }

    fn page(&self, at: usize) -> PathBuf {
        self.history.join(format!("{at:05}.jsonl"))
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
