//! `cargo xtask clients`: other people's programs against `ctx serve` and
//! `ctx mcp`. The Python client of MCP, the Inspector's command line, and a
//! real browser on the page for people.
//!
//! All of it is installed below `target/clients`, at versions named here.

mod install;
mod scene;

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::project::Project;
use crate::report::{Steps, say};

use install::Installed;
use scene::Scene;

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
    let scene = Scene::begin(project, &folder.join("scene"))?;
    let url = format!("http://{}/mcp", scene.address);
    let script = project.path("host/xtask/clients/mcp_client.py");

    steps.take("Python client over HTTP", || {
        tally(scene.command(&installed.python).arg(&script).args(["http", &url]))
    })?;
    steps.take("Python client over standard input", || {
        let ctx = project.binary();
        tally(scene.command(&installed.python).arg(&script).arg("stdio").arg(&ctx).arg("mcp"))
    })?;
    steps.take("the Inspector over HTTP", || {
        inspect(&scene, &installed, &[&url, "--transport", "http"], &[])
    })?;
    steps.take("the Inspector over standard input", || {
        let ctx = project.binary().display().to_string();
        inspect(&scene, &installed, &[], &["--", &ctx, "mcp"])
    })?;
    steps.take("a browser on the page for people", || {
        let page = project.path("host/xtask/clients/page.mjs");
        tally(
            scene
                .command(&installed.node)
                .arg(page)
                .args([&format!("http://{}", scene.address), &scene.sign_in])
                .arg(&installed.chromium)
                .current_dir(installed.packages()),
        )
    })?;
    drop(scene);
    say("");
    say(&format!("All {} steps came out as they should, in {}.", steps.count(), steps.elapsed()));
    Ok(())
}

/// Lists, calls and prompts with the Inspector. What names the server stands
/// before or after what is asked.
fn inspect(
    scene: &Scene,
    installed: &Installed,
    before: &[&str],
    after: &[&str],
) -> Result<String> {
    let ask = |arguments: &[&str]| -> Result<Value> {
        let mut command = scene.command(&installed.node);
        command.arg(&installed.inspector).arg("--cli").args(before).args(arguments);
        command.args(["--format", "json"]).args(after);
        let done = command.output()?;
        let text = String::from_utf8_lossy(&done.stdout);
        ensure!(
            done.status.success(),
            "{arguments:?} ended with {}: {text}{}",
            done.status,
            String::from_utf8_lossy(&done.stderr)
        );
        let json = text.find(['{', '[']).map_or("", |at| &text[at..]);
        serde_json::from_str(json).with_context(|| format!("{arguments:?} said {text}"))
    };
    let tools = ask(&["--method", "tools/list"])?.to_string();
    ensure!(tools.contains("\"greet\""), "`greet` is not listed: {tools}");
    let called =
        ask(&["--method", "tools/call", "--tool-name", "greet", "--tool-arg", "name=Ada"])?;
    ensure!(called.to_string().contains("Hello, Ada!"), "it answered {called}");
    let prompts = ask(&["--method", "prompts/list"])?.to_string();
    ensure!(prompts.contains("host-reviewer"), "the agent is not listed: {prompts}");
    let prompt = ask(&[
        "--method",
        "prompts/get",
        "--prompt-name",
        "host-reviewer",
        "--prompt-args",
        "focus=tea",
    ])?;
    ensure!(prompt.to_string().contains("tea"), "the prompt is {prompt}");
    Ok("listed, called and prompted".to_owned())
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
