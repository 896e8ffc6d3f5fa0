//! A scratch workspace with places of its own, and compiled code shared by all
//! tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ctx_core::{Catalog, Host, HostOptions, Places, ToolCall};
use ctx_model::{BlockContent, Caller, Log, Reply};
use serde_json::json;
use tempfile::TempDir;

/// A guard against waiting for ever: nothing that is waited for takes as long.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Workspace(TempDir);

impl Workspace {
    pub(crate) fn new() -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        ctx_core::init(&workspace.path("workspace")).unwrap();
        workspace
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    pub(crate) fn extensions(&self) -> PathBuf {
        self.path("workspace/.ctx/extensions")
    }

    /// Writes below the folder of extensions.
    pub(crate) fn drop_in(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        write(&self.extensions().join(path), text);
        self
    }

    pub(crate) fn config(&self, text: &str) -> &Self {
        write(&self.path("workspace/.ctx/config.toml"), text);
        self
    }

    pub(crate) fn open(&self) -> Arc<Host> {
        self.open_with(ctx_core::no_log())
    }

    /// Opens it as a server does, with slots for instances.
    pub(crate) fn open_pooled(&self) -> Arc<Host> {
        self.open_by(|options| HostOptions { on_demand: false, ..options })
    }

    pub(crate) fn open_with(&self, log: Arc<dyn Log>) -> Arc<Host> {
        self.open_by(|options| HostOptions { log, ..options })
    }

    pub(crate) fn open_by(&self, wanted: impl FnOnce(HostOptions) -> HostOptions) -> Arc<Host> {
        let code = Places::below(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("core"));
        let places = Places::below(self.0.path());
        let options = HostOptions {
            on_demand: true,
            code: Some(code),
            ..HostOptions::new(self.path("workspace"), places)
        };
        Arc::new(Host::open(wanted(options)).unwrap())
    }
}

pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A script with one tool that says one thing.
pub(crate) fn says(tool: &str, word: &str) -> String {
    script(tool, &format!("return \"{word}\""))
}

pub(crate) fn script(tool: &str, body: &str) -> String {
    format!(
        "tool = {{ name = \"{tool}\", description = \"Says something\" }}\n\
         function tool.execute() {body} end\n"
    )
}

/// Calls a tool and returns what it said.
pub(crate) async fn call(host: &Host, tool: &str) -> Result<String, String> {
    let receipt = host
        .call(ToolCall {
            tool: tool.to_owned(),
            arguments: json!({}),
            resumed: None,
            caller: Caller::default(),
        })
        .await;
    let Reply::Done(output) = receipt.outcome.map_err(|error| error.to_string())? else {
        return Err("it asks".to_owned());
    };
    let texts = output.blocks.into_iter().map(|block| match block.content {
        BlockContent::Text(text) => text,
        other => format!("{other:?}"),
    });
    Ok(texts.collect())
}

/// Waits until the catalog is as expected, looking each time it is replaced.
#[track_caller]
pub(crate) fn until(
    host: &Host,
    expected: impl Fn(&Catalog) -> bool,
) -> impl Future<Output = Arc<Catalog>> {
    let at = std::panic::Location::caller();
    let mut changes = host.changes();
    async move {
        loop {
            let catalog = host.catalog().await.unwrap();
            if expected(&catalog) {
                return catalog;
            }
            let in_time = tokio::time::timeout(PATIENCE, changes.changed()).await;
            assert!(in_time.is_ok(), "nothing came at {at}: {:?}", told(&catalog));
        }
    }
}

/// Says in words what is installed and what is wrong.
pub(crate) fn told(catalog: &Catalog) -> Vec<String> {
    let installed = catalog.installed.keys().map(ToString::to_string);
    let problems = catalog.problems.iter().map(|problem| {
        let still = problem.still_running.as_ref();
        let still = still.map_or_else(String::new, |name| format!(" (`{name}` still runs)"));
        format!("{}: {}{still}", problem.place, problem.why)
    });
    installed.chain(problems).chain(catalog.warnings.iter().cloned()).collect()
}
