//! `cargo xtask check`: everything that has to hold before a commit. CI calls
//! the same.

use anyhow::{Result, ensure};

use crate::project::Project;
use crate::report::{Steps, say};
use crate::{docs, test, tidy, toolchain};

/// Workspaces whose code is formatted.
const FORMATTED: [&str; 3] = ["Cargo.toml", "guests/Cargo.toml", "lua-guest/Cargo.toml"];

pub(crate) fn run(project: &Project) -> Result<()> {
    let mut steps = Steps::begin();
    steps.take("toolchain", || {
        toolchain::ensure_component(project, "fmt", "rustfmt")?;
        toolchain::ensure_component(project, "clippy", "clippy")?;
        toolchain::ensure_target(project)
    })?;
    steps.take("fmt", || {
        for manifest in FORMATTED {
            let path = project.path(manifest);
            let mut cargo = project.cargo(&["fmt", "--all", "--check", "--manifest-path"]);
            let status = cargo.arg(path).status()?;
            ensure!(status.success(), "run `cargo fmt --all --manifest-path {manifest}`");
        }
        Ok(String::new())
    })?;
    steps.take("tidy", || tidy::run(project).map(|()| String::new()))?;
    steps.take("clippy", || {
        let call = ["clippy", "--release", "--workspace", "--all-targets", "--locked"];
        project.run_cargo(&[&call[..], &["--", "-D", "warnings"]].concat())?;
        Ok(String::new())
    })?;
    steps.take("clippy of the guests", || clippy_of_guests(project))?;
    steps.take("test", || test::run(project, &[]).map(|()| String::new()))?;
    steps.take("docs", || docs::run(project, true).map(|()| String::new()))?;
    let size = std::fs::metadata(project.binary())?.len();
    say("");
    steps.summarize();
    say(&format!("{:>7}k  {}", size / 1024, project.binary().display()));
    Ok(())
}

fn clippy_of_guests(project: &Project) -> Result<String> {
    let mut cargo = project.cargo(&["clippy", "--release", "--workspace", "--locked"]);
    cargo.args(["--target", "wasm32-wasip2", "--manifest-path"]);
    cargo.arg(project.path("guests/Cargo.toml"));
    cargo.arg("--target-dir").arg(project.target.join("guests").join("lint"));
    let status = cargo.args(["--", "-D", "warnings"]).status()?;
    ensure!(status.success(), "clippy found something in `guests/`");
    Ok(String::new())
}
