//! `cargo xtask clients`: other people's programs against `ctx serve` and
//! `ctx mcp`. Clients of MCP in Python and TypeScript, the Inspector's command
//! line, a bridge, a bundle, a fuzzer of our own description, and a browser.
//!
//! All of it is installed below `target/clients`, at versions named here.

mod fuzzing;
mod inspector;
mod install;
mod installing;
mod scene;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::mcpb;
use crate::project::Project;
use crate::report::{Step, Steps, say};

pub(crate) use install::{Bundler, must};

use inspector::inspect;
use install::Installed;
use scene::Scene;

/// How often a client of ours hangs up on `slow`.
const HUNG_UP: usize = 17;

pub(crate) fn run(project: &Project) -> Result<()> {
    let mut steps = Steps::begin();
    steps.take("build ctx", || project.build().map(|()| String::new()))?;
    let folder = project.target.join("clients");
    let mut installed = None;
    steps.take("install the clients", || {
        let found = Installed::install(&folder)?;
        let told = found.describe();
        installed = Some(found);
        Ok(told)
    })?;
    let installed = installed.context("the clients are installed")?;
    let mut scenes = Vec::new();
    steps.take("serve three workspaces", || {
        for (name, has_slow) in [("scene", false), ("matrix", true), ("fuzzed", false)] {
            scenes.push(Scene::begin(project, &folder.join(name), has_slow)?);
        }
        Ok(String::new())
    })?;
    let [page, scene, fuzzed] = scenes.as_slice() else { unreachable!("there are three") };
    let matrix = Matrix { project, scene, installed: &installed };
    let url = format!("http://{}/mcp", scene.address);
    let ctx = project.binary().display().to_string();
    let (http, stdio): (&[&str], &[&str]) = (&["http", &url], &["stdio", &ctx, "mcp"]);
    let remote = |file: &str| installed.remote.join(file).display().to_string();
    let (probe, bridge) = (remote("client.js"), remote("proxy.js"));
    let only_http = ["--allow-http", "--transport", "http-only"];
    let node = installed.node.display().to_string();
    let bridged = [&["v1", "stdio", &node, &bridge, &url][..], &only_http].concat();

    steps.take_rows(vec![
        vec![
            Step::new("a browser on the page for people", || browse(project, page, &installed)),
            Step::new("a page of an extension, in a client that shows it", || {
                apps(project, scene, &installed)
            }),
            Step::new("the config of each tool, and the doctor", || {
                installing::run(scene, Path::new(&ctx))
            }),
        ],
        vec![
            Step::new("Python client over HTTP", || matrix.python("mcp_client.py", http)),
            Step::new("Python client over pipes", || matrix.python("mcp_client.py", stdio)),
            Step::new("fastmcp over HTTP", || matrix.python("fastmcp_client.py", http)),
            Step::new("fastmcp over pipes", || matrix.python("fastmcp_client.py", stdio)),
            Step::new("a bundle, packed, unpacked and started", || bundle(&matrix)),
        ],
        vec![
            Step::new("TypeScript SDK v1 over HTTP", || matrix.typescript("v1", http)),
            Step::new("TypeScript SDK v1 over pipes", || matrix.typescript("v1", stdio)),
            Step::new("TypeScript SDK v2 over HTTP", || matrix.typescript("v2", http)),
            Step::new("TypeScript SDK v2 over pipes", || matrix.typescript("v2", stdio)),
            Step::new("mcp-remote, which probes", || {
                let mut command = scene.command(&installed.node);
                must(command.args([&probe, &url]).args(only_http))?;
                Ok("connected".to_owned())
            }),
            Step::new("mcp-remote, which bridges", || matrix.script("bridge", &bridged)),
        ],
        vec![
            Step::new("the Inspector over HTTP", || {
                inspect(scene, &installed, &[&url, "--transport", "http"], &[])
            }),
            Step::new("the Inspector over pipes", || {
                inspect(scene, &installed, &[], &["--", &ctx, "mcp"])
            }),
            Step::new("schemathesis on /openapi.json", || {
                fuzzing::run(project, fuzzed, &installed)
            }),
        ],
    ])?;
    steps.take("every call that was hung up on was stopped", || hung_up(scene, Path::new(&ctx)))?;
    drop(scenes);
    say("");
    say(&format!("All {} steps came out as they should, in {}.", steps.count(), steps.elapsed()));
    Ok(())
}

/// Runs clients in one workspace.
struct Matrix<'a> {
    project: &'a Project,
    scene: &'a Scene,
    installed: &'a Installed,
}

impl Matrix<'_> {
    fn python(&self, script: &str, arguments: &[&str]) -> Result<String> {
        let script = self.project.path("host/xtask/clients").join(script);
        tally(self.scene.command(&self.installed.python).arg(script).args(arguments))
    }

    fn typescript(&self, version: &str, arguments: &[&str]) -> Result<String> {
        self.script(arguments[0], &[&[version], arguments].concat())
    }

    /// What it drops in is named so that nobody else's is.
    fn script(&self, late: &str, arguments: &[&str]) -> Result<String> {
        let script = self.project.path("host/xtask/clients/typescript_client.mjs");
        let mut command = self.scene.command(&self.installed.node);
        command.env("LATE", late).env("NODE_PACKAGES", self.installed.packages());
        tally(command.arg(script).args(arguments))
    }
}

fn browse(project: &Project, scene: &Scene, installed: &Installed) -> Result<String> {
    let page = project.path("host/xtask/clients/page.mjs");
    tally(
        scene
            .command(&installed.node)
            .arg(page)
            .args([&format!("http://{}", scene.address), &scene.sign_in])
            .arg(&installed.chromium)
            .current_dir(installed.packages()),
    )
}

fn apps(project: &Project, scene: &Scene, installed: &Installed) -> Result<String> {
    let script = project.path("host/xtask/clients/apps.mjs");
    let mut command = scene.command(&installed.node);
    command.env("NODE_PACKAGES", installed.packages()).arg(script);
    tally(command.arg(format!("http://{}/mcp", scene.address)).arg(&installed.chromium))
}

/// Starts what is in the bundle, as its manifest says.
fn bundle(matrix: &Matrix<'_>) -> Result<String> {
    let Matrix { project, scene, installed } = matrix;
    let packed = mcpb::pack(project, &installed.bundler)?;
    let (program, arguments) = mcpb::unpacked(&installed.bundler, &packed, &scene.workspace())?;
    let program = program.display().to_string();
    let mut after = vec!["--", &program];
    after.extend(arguments.iter().map(String::as_str));
    inspect(scene, installed, &[], &after)
}

/// Looks up in the journal how the calls of `slow` ended.
fn hung_up(scene: &Scene, ctx: &Path) -> Result<String> {
    let mut command = scene.command(ctx);
    let done =
        command.args(["journal", "--extension", "slow", "--limit", "100", "--json"]).output()?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let rows: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let cancelled = rows.iter().filter(|row| row["outcome"] == "cancelled").count();
    ensure!(cancelled == rows.len() && cancelled >= HUNG_UP, "{cancelled} of these: {text}");
    Ok(format!("{cancelled} calls"))
}

/// Runs a script that counts its own checks; returns its last line.
fn tally(command: &mut Command) -> Result<String> {
    let done = command.output().with_context(|| format!("{command:?} cannot be started"))?;
    let text = String::from_utf8_lossy(&done.stdout);
    ensure!(
        done.status.success(),
        "{command:?} ended with {}\n{text}{}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(text.lines().last().unwrap_or_default().to_owned())
}
