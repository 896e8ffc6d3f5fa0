//! Each AI tool: whether its config names us, and whether what it names
//! answers.
//!
//! A project's config may be a stranger's: of what it names, nothing is
//! started but this program, with no more than `mcp` and a folder, and nothing
//! is asked but this machine.

use std::path::{Path, PathBuf};

use ctx_serve::reach::{self, Unreached};
use serde_json::{Map, Value};
use url::{Host, Url};

use super::started;
use super::{Finding, State};
use crate::args::{Client, Scope};
use crate::commands::clients::{Homes, Place, Settings, read};

pub(super) async fn look(homes: &Homes, project: &Path, found: &mut Vec<Finding>) {
    for client in Client::ALL {
        let before = found.len();
        for scope in [Scope::Project, Scope::User] {
            let Some(place) = homes.place(client, scope, project) else { continue };
            look_at(&place, homes, project, found).await;
        }
        if found.len() == before && homes.has(client) {
            found.push(
                Finding::new(client.title(), State::Unused, "it is here, and does not know of ctx")
                    .with_help(format!("ctx install --client {}", client.id())),
            );
        }
    }
}

async fn look_at(place: &Place, homes: &Homes, project: &Path, found: &mut Vec<Finding>) {
    let client = place.client;
    let again = || format!("ctx install --client {}{}", client.id(), said(place));
    let path = place.path.display();
    let servers = match read(&place.path) {
        Ok(None) => return,
        Ok(Some(text)) => {
            let text = text.trim_start_matches('\u{feff}');
            Settings::parse(client, text).and_then(|settings| settings.servers())
        }
        Err(error) => Err(error.to_string()),
    };
    let servers = match servers {
        Ok(servers) => servers,
        Err(why) => {
            let message = format!("`{path}` cannot be read: {why}");
            return found.push(
                Finding::new(client.title(), State::Broken, message)
                    .with_help(format!("mend it, and run `{}`", again())),
            );
        }
    };
    for (name, entry) in servers.iter().filter(|(name, entry)| is_ours(name, entry)) {
        let check = format!("{}, `{name}` in `{path}`", client.title());
        let finding = match entry.as_object() {
            Some(entry) => match entry.get("url").and_then(Value::as_str) {
                Some(url) => asked(url, entry, place).await,
                None => started(entry, place, homes, project).await,
            },
            None => Finding::new("", State::Broken, "it is no object").with_help(again()),
        };
        found.push(Finding { check, ..finding });
    }
}

/// Whether an entry is about us: by its name, its program or its address.
fn is_ours(name: &str, entry: &Value) -> bool {
    let starts = entry["command"]
        .as_str()
        .is_some_and(|command| Path::new(command).file_stem().is_some_and(|stem| stem == "ctx"));
    name == "ctx" || starts
}

async fn started(
    entry: &Map<String, Value>,
    place: &Place,
    homes: &Homes,
    project: &Path,
) -> Finding {
    let again = format!("ctx install --client {}{}", place.client.id(), said(place));
    let Some(command) = entry.get("command").and_then(Value::as_str) else {
        return Finding::new("", State::Broken, "it names neither a command nor an address")
            .with_help(again);
    };
    let project_name = project.to_string_lossy();
    let arguments: Vec<String> = entry
        .get("args")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|one| one.replace("${workspaceFolder}", &project_name))
        .collect();
    let Some(program) = resolve(command, homes) else {
        let message = format!("`{command}` is not on this machine's path");
        return Finding::new("", State::Broken, message).with_help(again);
    };
    let line = format!("`{command} {}`", arguments.join(" "));
    if !is_harmless(&program, &arguments) {
        let message =
            format!("it starts {line}, which is not `ctx mcp` alone, so it was not tried");
        return Finding::new("", State::Doubtful, message);
    }
    if let Some(env) = entry.get("env").and_then(Value::as_object).filter(|env| !env.is_empty()) {
        let names: Vec<&str> = env.keys().map(String::as_str).collect();
        let message = format!("it sets {}, so it was not tried", names.join(", "));
        return Finding::new("", State::Doubtful, message)
            .with_help(format!("try it by hand: {line} must wait for input"));
    }
    let folder = project.to_owned();
    let asked =
        tokio::task::spawn_blocking(move || started::ask(&program, &arguments, &folder)).await;
    match asked {
        Ok(Ok((greeted, tools))) => {
            let message = format!("{line} answers as {}, with {tools} tools", named(&greeted));
            Finding::new("", State::Well, message)
        }
        Ok(Err(why)) => Finding::new("", State::Broken, format!("{line}: {why}")).with_help(again),
        Err(error) => Finding::new("", State::Broken, format!("{line}: {error}")),
    }
}

/// Finds the program that a client would start.
fn resolve(command: &str, homes: &Homes) -> Option<PathBuf> {
    if command.contains('/') {
        let path = PathBuf::from(command);
        return path.is_file().then_some(path);
    }
    homes.program(command)
}

/// Whether it is this very program, told to serve a folder and nothing else.
fn is_harmless(program: &Path, arguments: &[String]) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    let is_us = std::env::current_exe().ok().and_then(|own| real(&own)) == real(program);
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    is_us && matches!(words.as_slice(), ["mcp"] | ["mcp", "--stdio"] | ["mcp", "--workspace", _])
}

async fn asked(url: &str, entry: &Map<String, Value>, place: &Place) -> Finding {
    let Ok(url) = Url::parse(url) else {
        return Finding::new("", State::Broken, format!("`{url}` is no address"));
    };
    if place.scope == Scope::Project && !is_here(&url) {
        let message = format!(
            "`{url}` is not on this machine, and a project's config may be anybody's, so it was not asked"
        );
        return Finding::new("", State::Doubtful, message);
    }
    let authorization = authorization(entry);
    match reach::http(&url, authorization.as_deref()).await {
        Ok(greeted) => {
            Finding::new("", State::Well, format!("`{url}` answers as {}", named(&greeted)))
        }
        Err(Unreached::Silent(error)) => {
            Finding::new("", State::Broken, format!("`{url}` cannot be reached: {error}"))
                .with_help("start it: `ctx serve`")
        }
        Err(Unreached::Unauthorized) => {
            Finding::new("", State::Broken, format!("`{url}` lets nobody in without its token"))
                .with_help("run `ctx token` where it runs, put that into an environment variable, and name it: `--token-env`")
        }
        Err(Unreached::Stranger(status)) => {
            let message = format!("`{url}` answers with {status}, and not as MCP does");
            Finding::new("", State::Broken, message)
                .with_help("the address ends in /mcp, as `ctx serve` prints it")
        }
    }
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Returns what the client would show, with variables filled in.
fn authorization(entry: &Map<String, Value>) -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(name) = entry.get("bearer_token_env_var").and_then(Value::as_str) {
        return Some(format!("Bearer {}", variable(name)?));
    }
    let written = entry.get("headers")?.get("Authorization")?.as_str()?;
    let Some((before, rest)) = written.split_once("${") else { return Some(written.to_owned()) };
    let (name, after) = rest.split_once('}')?;
    let name = name.strip_prefix("env:").unwrap_or(name);
    Some(format!("{before}{}{after}", variable(name)?))
}

fn named(greeted: &Value) -> String {
    let info = &greeted["serverInfo"];
    let text = |field: &str| info[field].as_str().unwrap_or("?");
    format!("{} {}", text("name"), text("version"))
}

fn said(place: &Place) -> &'static str {
    match place.scope {
        scope if scope == place.client.usual_scope() => "",
        Scope::Project => " --scope project",
        Scope::User => " --scope user",
    }
}
