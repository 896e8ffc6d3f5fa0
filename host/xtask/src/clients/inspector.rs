//! The Inspector's command line: a run for each question.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::install::Installed;
use super::scene::Scene;

/// Lists, calls and prompts with the Inspector. What names the server stands
/// before or after what is asked.
pub(super) fn inspect(
    scene: &Scene,
    installed: &Installed,
    before: &[&str],
    after: &[&str],
) -> Result<String> {
    let ask = |arguments: &[&str]| -> Result<Value> {
        let mut command = scene.command(&installed.node);
        command.arg(&installed.inspector).arg("--cli").args(before).args(arguments);
        command.args(["--format", "json", "--connect-timeout", "60000"]).args(after);
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
    let resources = ask(&["--method", "resources/list"])?;
    let uri = resources["result"]["resources"][0]["uri"].as_str();
    let uri = uri.with_context(|| format!("no document is listed: {resources}"))?;
    let read = ask(&["--method", "resources/read", "--uri", uri])?.to_string();
    ensure!(read.contains("\"text\""), "the document is {read}");
    Ok("listed, called, prompted and read".to_owned())
}
