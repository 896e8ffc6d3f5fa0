//! schemathesis, which reads our own `/openapi.json` and asks everything that
//! it allows and much that it does not, in the same order every time.

use anyhow::{Result, ensure};

use super::install::Installed;
use super::scene::Scene;
use crate::project::Project;

/// Where it begins; another number asks other things.
const SEED: &str = "20261121";

/// Requests of each kind to each route.
const EXAMPLES: &str = "25";

pub(super) fn run(project: &Project, scene: &Scene, installed: &Installed) -> Result<String> {
    let token = scene.token()?;
    let mut command = scene.command(&installed.fuzzer);
    command
        .arg("--config-file")
        .arg(project.path("host/xtask/clients/schemathesis.toml"))
        .arg("--no-color")
        .arg("run")
        .arg(format!("http://{}/openapi.json", scene.address))
        .args(["--checks", "all", "--seed", SEED, "--max-examples", EXAMPLES])
        .args(["--generation-database", "none", "--continue-on-failure"])
        .args(["-H", &format!("Authorization: Bearer {token}")]);
    let done = command.output()?;
    let text = String::from_utf8_lossy(&done.stdout);
    ensure!(
        done.status.success(),
        "schemathesis ended with {}\n{text}{}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
    let summary = text.lines().rev().find(|line| line.contains("test cases"));
    Ok(summary.unwrap_or("clean").trim().to_owned())
}
