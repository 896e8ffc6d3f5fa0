//! What a fresh machine lacks: the target of the guests, and the components
//! that check code. Added through rustup, once.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::project::Project;

const TARGET: &str = "wasm32-wasip2";

/// Adds the wasm target if it is missing, and says which it was.
pub(crate) fn ensure_target(project: &Project) -> Result<String> {
    if has_target(project) {
        return Ok(format!("the target {TARGET} is there"));
    }
    rustup(project, &["target", "add", TARGET])?;
    ensure!(has_target(project), "rustup added {TARGET}, and rustc does not see it");
    Ok(format!("added the target {TARGET}"))
}

/// Adds rustfmt or clippy if it is missing.
pub(crate) fn ensure_component(project: &Project, command: &str, component: &str) -> Result<()> {
    let there = project.cargo(&[command, "--version"]).output();
    if there.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    rustup(project, &["component", "add", component])
}

fn has_target(project: &Project) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(&project.root)
        .output();
    output.is_ok_and(|output| {
        output.status.success()
            && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}

fn rustup(project: &Project, arguments: &[&str]) -> Result<()> {
    let command = format!("rustup {}", arguments.join(" "));
    let status = Command::new("rustup")
        .args(arguments)
        .current_dir(&project.root)
        .status()
        .with_context(|| format!("`{command}` cannot be started; get rustup from rustup.rs"))?;
    ensure!(status.success(), "`{command}` failed");
    Ok(())
}
