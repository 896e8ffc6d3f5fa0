//! `ctx install` and `ctx uninstall`: one entry in the config of an AI tool,
//! and everything else in it as it was.

use std::path::Path;

use ctx_serve::problem::Problem;
use serde_json::json;

use super::clients::{Change, Homes, Place, Server, Settings, Written, arguments, read, write};
use super::{Done, done};
use crate::args::{Client, Install, Scope, Uninstall};
use crate::diagnostic;
use crate::report::Report;

pub(crate) fn install(install: &Install, report: &Report) -> Done {
    let Install { client, name, .. } = install;
    let homes = homes()?;
    let project = project()?;
    let place = place(&homes, *client, install.scope, &project)?;
    let server = server(install, &place, &homes, &project)?;
    let entry = server.entry(*client).map_err(|_| {
        let message = format!("{} takes no token out of its environment", client.title());
        diagnostic::refused("ctx::install::token", message).with_help(
            "leave `--token-env` out, and have it start the server instead of asking one",
        )
    })?;
    let alone = Settings::alone(*client, name, &entry);
    if install.print {
        report.say(format!("To be written into `{}`:", place.path.display()));
        return print(report, &place, &alone, &entry.keys);
    }
    let unread = |why: &str| unreadable(&place, why, &alone);
    let before = read(&place.path).map_err(|error| unread(&error.to_string()))?;
    // A mark of byte order is no part of the text, and stays.
    let (mark, text) = unmarked(before.as_deref().unwrap_or_default());
    let mut settings = Settings::parse(*client, text).map_err(|why| unread(&why))?;
    let change = settings.set(name, &entry).map_err(|why| unread(&why))?;
    let kept = match change {
        Change::Nothing => None,
        _ => put(&place, before.as_deref(), &format!("{mark}{}", settings.text()), change)?,
    };
    let kept = kept.map(|path| path.display().to_string());
    if report.json {
        report.data(&json!({
            "client": client.id(), "scope": word(place.scope), "path": place.path, "name": name,
            "change": told(change), "entry": entry.keys, "kept": kept,
        }));
        return done();
    }
    let path = place.path.display();
    match change {
        Change::Nothing => report.line(format!("`{path}` has it already; nothing was changed")),
        Change::Updated => report.line(format!("Changed `{name}` in `{path}`")),
        _ => report.line(format!("Added `{name}` to `{path}`")),
    }
    for line in alone.lines() {
        report.line(format!("  {line}"));
    }
    if let Some(kept) = kept {
        report.say(format!("The file as it was is kept as `{kept}`"));
    }
    if !project.join(".ctx").is_dir() && install.url.is_none() {
        report.warn("this folder is no workspace yet; `ctx init` makes it one");
    }
    report.say(format!("{}; `ctx doctor` checks that it would reach us", next(*client)));
    done()
}

pub(crate) fn uninstall(uninstall: &Uninstall, report: &Report) -> Done {
    let Uninstall { client, name, .. } = uninstall;
    let place = place(&homes()?, *client, uninstall.scope, &project()?)?;
    let unread = |why: &str| {
        let path = place.path.display();
        diagnostic::refused("ctx::install::unreadable", format!("`{path}` cannot be read: {why}"))
            .with_help(format!("nothing was changed; take `{name}` out of it by hand"))
    };
    let before = read(&place.path).map_err(|error| unread(&error.to_string()))?;
    let (mark, text) = unmarked(before.as_deref().unwrap_or_default());
    let mut settings = Settings::parse(*client, text).map_err(|why| unread(&why))?;
    let change = settings.remove(name).map_err(|why| unread(&why))?;
    if change == Change::Removed {
        put(&place, before.as_deref(), &format!("{mark}{}", settings.text()), change)?;
    }
    let path = place.path.display();
    if report.json {
        report.data(&json!({
            "client": client.id(), "scope": word(place.scope), "path": place.path, "name": name,
            "change": told(change),
        }));
    } else if change == Change::Removed {
        report.line(format!("Took `{name}` out of `{path}`"));
    } else {
        report.line(format!("`{path}` has no `{name}`; nothing was changed"));
    }
    done()
}

fn homes() -> Result<Homes, Problem> {
    Homes::from_environment().ok_or_else(|| {
        diagnostic::refused("ctx::install::home", "`HOME` is not set, so no config can be found")
    })
}

fn project() -> Result<std::path::PathBuf, Problem> {
    std::env::current_dir()
        .map_err(|error| diagnostic::machine("this folder cannot be used", &error))
}

fn place(
    homes: &Homes,
    client: Client,
    scope: Option<Scope>,
    project: &Path,
) -> Result<Place, Problem> {
    let scope = scope.unwrap_or_else(|| client.usual_scope());
    homes.place(client, scope, project).ok_or_else(|| {
        let message = format!("{} has no config in a project", client.title());
        diagnostic::refused("ctx::install::scope", message).with_help("leave `--scope` out")
    })
}

fn server(
    install: &Install,
    place: &Place,
    homes: &Homes,
    project: &Path,
) -> Result<Server, Problem> {
    if let Some(written) = &install.url {
        return Ok(Server::Asked { url: endpoint(written)?, token_env: install.token_env.clone() });
    }
    let workspace = project.to_str().ok_or_else(|| {
        let message = format!("`{}` is no UTF-8, and configs are", project.display());
        diagnostic::refused("ctx::install::path", message)
    })?;
    let args = arguments(place.client, place.scope, workspace);
    Ok(Server::Started { command: ourselves(homes)?, args })
}

/// Checks an address; one that names no path means where we serve MCP.
fn endpoint(written: &str) -> Result<String, Problem> {
    let wrong = |why: String| {
        diagnostic::misused("ctx::install::url", format!("`{written}` is no address: {why}"))
            .with_help("write it as `ctx serve` prints it: http://127.0.0.1:7331/mcp")
    };
    let mut url = url::Url::parse(written).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("it does not begin with http:// or https://".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("secrets do not belong into it; see `--token-env`".to_owned()));
    }
    if url.path() == "/" {
        url.set_path("/mcp");
    }
    Ok(url.to_string())
}

/// Returns what starts this program: its name if that is found on the path,
/// else where it is.
fn ourselves(homes: &Homes) -> Result<String, Problem> {
    let own = std::env::current_exe()
        .map_err(|error| diagnostic::machine("this program cannot be found", &error))?;
    let real = |path: &Path| path.canonicalize().ok();
    if homes.program("ctx").and_then(|path| real(&path)) == real(&own) {
        return Ok("ctx".to_owned());
    }
    own.into_os_string().into_string().map_err(|path| {
        let message = format!("`{}` is no UTF-8, and configs are", path.display());
        diagnostic::refused("ctx::install::path", message)
    })
}

fn unmarked(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 })
}

fn put(
    place: &Place,
    before: Option<&str>,
    text: &str,
    change: Change,
) -> Result<Option<std::path::PathBuf>, Problem> {
    let path = place.path.display();
    // What is only added to loses nothing.
    let keep = change == Change::Updated;
    match write(&place.path, before, text, keep, place.scope == Scope::User) {
        Ok(Written::Done(kept)) => Ok(kept),
        Ok(Written::Overtaken) => {
            let message = format!("`{path}` was changed by somebody else at the same time");
            Err(diagnostic::refused("ctx::install::overtaken", message)
                .with_help("nothing was changed; run it again"))
        }
        Err(error) => Err(diagnostic::machine(&format!("`{path}` cannot be written"), &error)),
    }
}

fn unreadable(place: &Place, why: &str, alone: &str) -> Problem {
    let message = format!("`{}` cannot be read: {why}", place.path.display());
    diagnostic::refused("ctx::install::unreadable", message).with_help(format!(
        "nothing was changed; mend it, or merge this into it:\n{}",
        alone.trim()
    ))
}

fn print(
    report: &Report,
    place: &Place,
    alone: &str,
    keys: &serde_json::Map<String, serde_json::Value>,
) -> Done {
    if report.json {
        report.data(&json!({
            "client": place.client.id(), "scope": word(place.scope), "path": place.path,
            "change": "none", "entry": keys, "text": alone,
        }));
    } else {
        report.line(alone.trim_end());
    }
    done()
}

fn told(change: Change) -> &'static str {
    match change {
        Change::Nothing => "none",
        Change::Added => "added",
        Change::Updated => "updated",
        Change::Removed => "removed",
    }
}

fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::Project => "project",
        Scope::User => "user",
    }
}

/// What a person does next.
fn next(client: Client) -> &'static str {
    match client {
        Client::ClaudeCode => "Start `claude` here and say yes to it",
        Client::ClaudeDesktop => "Quit Claude Desktop and start it again",
        Client::Cursor => "Turn it on in Cursor's settings, under MCP",
        Client::Vscode => "Start it in VS Code: `MCP: List Servers`",
        Client::Codex => "Start `codex` again, and look with `/mcp`",
        Client::Zed => "Zed starts it at once",
    }
}
