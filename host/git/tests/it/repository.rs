//! A repository made for a test, and a mirror of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use ctx_git::Mirrors;
use ctx_model::{CheckedOut, Checkout as _, CheckoutError, CheckoutRequest};
use git2::{IndexAddOption, Repository, Signature, Time};
use serde_json::Value;
use tempfile::TempDir;

/// A repository and a cache beside it.
pub(crate) struct Scratch {
    folder: TempDir,
    repository: Repository,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = init(&folder.path().join("origin"));
        Self { folder, repository }
    }

    /// Forgets the history, and keeps the files.
    pub(crate) fn start_over(&mut self) {
        fs::remove_dir_all(self.origin().join(".git")).unwrap();
        self.repository = init(&self.origin());
    }

    pub(crate) fn origin(&self) -> PathBuf {
        self.folder.path().join("origin")
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.origin().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn delete(&self, path: &str) -> &Self {
        fs::remove_file(self.origin().join(path)).unwrap();
        self
    }

    /// Commits all as it is. Returns the commit.
    pub(crate) fn commit(&self, author: &str, at: i64) -> String {
        let mut index = self.repository.index().unwrap();
        index.add_all(["*"], IndexAddOption::DEFAULT, None).unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
        let tree = self.repository.find_tree(index.write_tree().unwrap()).unwrap();
        let who = Signature::new(author, "a@example.com", &Time::new(at, 0)).unwrap();
        let parent = self.repository.head().ok().map(|head| head.peel_to_commit().unwrap());
        let parents: Vec<_> = parent.iter().collect();
        let commit =
            self.repository.commit(Some("HEAD"), &who, &who, "change", &tree, &parents).unwrap();
        commit.to_string()
    }

    pub(crate) fn mirror(&self, url: &str) -> Result<Mirror, CheckoutError> {
        self.mirror_branch(url, None, false)
    }

    pub(crate) fn mirror_branch(
        &self,
        url: &str,
        branch: Option<&str>,
        shallow: bool,
    ) -> Result<Mirror, CheckoutError> {
        let cache = self.folder.path().join("cache");
        let stop = AtomicBool::new(false);
        let request = CheckoutRequest { url, branch, shallow, cache: &cache, stop: &stop };
        Mirrors.checkout(&request).map(Mirror)
    }

    pub(crate) fn path(&self) -> String {
        self.origin().display().to_string()
    }
}

fn init(path: &Path) -> Repository {
    let mut options = git2::RepositoryInitOptions::new();
    options.initial_head("trunk");
    Repository::init_opts(path, &options).unwrap()
}

/// What was mirrored.
pub(crate) struct Mirror(pub(crate) CheckedOut);

impl Mirror {
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.tree().join(path)).ok()
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.0.folder.join("tree")
    }

    /// Path, author and date of each file, in order.
    pub(crate) fn told(&self) -> Vec<(String, String, i64)> {
        let lines = self.lines().into_iter().map(|line| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let last = &line["last"];
            (text(&line["path"]), text(&last["author"]), last["date"].as_i64().unwrap_or_default())
        });
        lines.collect()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let page = fs::read_to_string(self.0.folder.join("history/00000.jsonl")).unwrap();
        page.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn head(&self) -> Value {
        read_json(&self.0.folder.join("head.json"))
    }
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
