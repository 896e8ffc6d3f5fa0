//! The git connector that comes with every `ctx`, over a mirror.

use std::path::Path;
use std::sync::Arc;

use ctx_core::{BundledExtension, Host, HostOptions, Places, SyncOptions, SyncReport};
use ctx_model::{Document, Outcome};
use ctx_store::Store;
use serde_json::Value;
use tempfile::TempDir;

use crate::repository::Scratch;

/// A workspace with one source.
struct Workspace {
    _folder: TempDir,
    host: Host,
}

impl Workspace {
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("workspace");
        ctx_core::init(&top).unwrap();
        let config = format!("[sources.docs]\nextension = \"git\"\n{settings}");
        std::fs::write(top.join(".ctx/config.toml"), config).unwrap();
        let bundled = ctx_bundle::EXTENSIONS
            .iter()
            .map(|extension| BundledExtension { name: extension.name, component: extension.bytes });
        let host = Host::open(HostOptions {
            bundled: bundled.collect(),
            on_demand: true,
            code: Some(Places::below(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("git"))),
            checkout: Some(Arc::new(ctx_git::Mirrors)),
            ..HostOptions::new(top, Places::below(folder.path()))
        });
        let host = host.unwrap();
        host.trust().unwrap();
        Self { _folder: folder, host }
    }

    async fn sync(&self) -> Outcome<SyncReport> {
        self.host.sync("docs", &SyncOptions::default(), &mut |_| {}).await.unwrap().outcome
    }

    fn document(&self, id: &str) -> Document {
        self.host.document(&Store::document_id("docs", id).to_string()).unwrap().document
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_read_with_its_history_and_only_what_changed() {
    let origin = Scratch::new();
    origin.write("docs/a.md", "# Alpha").write("docs/.hidden/b.md", "# Beta");
    let first = origin.write("src/main.rs", "fn main() {}").commit("Ann", 100);
    let workspace = Workspace::new(&format!(
        "url = \"{}\"\nroot = \"docs\"\ninclude = [\"*.md\"]\n",
        origin.path()
    ));
    let report = workspace.sync().await.unwrap();
    assert_eq!((report.added, report.skipped), (2, 0), "{:?}", report.skips);
    let alpha = workspace.document("a.md");
    assert_eq!((alpha.author.as_deref(), alpha.modified), (Some("Ann"), Some(100)));
    assert_eq!(alpha.title.as_deref(), Some("a.md"));
    let metadata: Value = serde_json::from_str(&alpha.metadata).unwrap();
    for (key, wanted) in [
        ("git_sha", first.as_str()),
        ("last_commit", &first),
        ("repo_url", &origin.path()),
        ("path", "docs/a.md"),
    ] {
        assert_eq!(metadata[key], wanted, "{key}");
    }

    origin.write("docs/a.md", "# Gamma").delete("docs/.hidden/b.md").write("docs/c.md", "# New");
    origin.commit("Bob", 200);
    let report = workspace.sync().await.unwrap();
    assert_eq!((report.added, report.changed, report.removed), (1, 1, 1));
    assert_eq!(workspace.document("a.md").author.as_deref(), Some("Bob"));
    assert_eq!(workspace.sync().await.unwrap().unchanged, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_that_is_not_there_is_named() {
    let origin = Scratch::new();
    origin.write("docs/a.md", "# Alpha").commit("Ann", 100);
    let workspace = Workspace::new(&format!("url = \"{}\"\nroot = \"doc\"\n", origin.path()));
    let error = workspace.sync().await.unwrap_err();
    assert!(error.to_string().contains("there is no folder `doc` on `trunk`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fetched_says_why_and_what_to_write() {
    let workspace = Workspace::new("url = \"git@github.com:o/n.git\"\n");
    let error = workspace.sync().await.unwrap_err();
    assert!(error.to_string().contains("ssh is not spoken here"), "{error}");
    // A workspace that nobody trusts fetches nothing.
    workspace.host.untrust().unwrap();
    assert!(format!("{:?}", workspace.sync().await).contains("Untrusted"));
}
