//! `ctx install` for every tool, and `ctx doctor` over what it wrote: by pipes,
//! and by the address of a server that runs.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::install::must;
use super::scene::Scene;

/// What can be installed for, and how the doctor calls it.
const TOOLS: [(&str, &str); 6] = [
    ("claude-code", "Claude Code"),
    ("claude-desktop", "Claude Desktop"),
    ("cursor", "Cursor"),
    ("vscode", "VS Code"),
    ("codex", "Codex"),
    ("zed", "Zed"),
];

pub(super) fn run(scene: &Scene, ctx: &Path) -> Result<String> {
    let url = format!("http://{}", scene.address);
    for more in [&["--url", url.as_str()][..], &[]] {
        for (tool, _) in TOOLS {
            must(scene.command(ctx).args(["install", "--client", tool]).args(more))?;
        }
        let done = scene.command(ctx).args(["doctor", "--json"]).output()?;
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        ensure!(done.status.success(), "`ctx doctor` ended with {}: {text}", done.status);
        let found: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
        let checks = found["checks"].as_array().with_context(|| text.clone())?;
        for (tool, title) in TOOLS {
            let check = checks
                .iter()
                .find(|one| one["check"].as_str().is_some_and(|check| check.starts_with(title)))
                .with_context(|| format!("nothing is said of {title}: {text}"))?;
            // It starts a bridge, which the doctor leaves alone.
            let is_bridged = tool == "claude-desktop" && !more.is_empty();
            let wanted = if is_bridged { "doubtful" } else { "well" };
            ensure!(check["state"] == wanted, "{title}: {check}");
        }
    }
    for (tool, _) in TOOLS {
        must(scene.command(ctx).args(["uninstall", "--client", tool]))?;
    }
    Ok(format!("{} tools, each by an address and by pipes", TOOLS.len()))
}
