//! The workspace: its config, the user's own folders, the interpreter, the
//! extensions and the index.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use ctx_core::{Host, HostOptions, Places, ToolCall, confinement};
use ctx_model::{Caller, Mode, Query};
use ctx_serve::problem::Problem;
use serde_json::json;

use super::{Finding, State};
use crate::args::Global;
use crate::commands::{bundled, open, places};
use crate::report::Report;

/// What shows that scripts run.
const PROBE: &str = "tool = { name = 'well', description = 'Says that scripts run' }\n\
                     function tool.execute() return 'well' end\n";

pub(super) async fn look(global: &Global, report: &Report, found: &mut Vec<Finding>) {
    match places() {
        Ok(places) => found.push(private(&places)),
        Err(problem) => return found.push(Finding::of_problem("state", problem)),
    }
    found.push(interpreter().await);
    let host = match open(global, report, false) {
        Ok(host) => host,
        Err(problem) => return found.push(Finding::of_problem("workspace", problem)),
    };
    found.push(workspace(&host));
    found.push(config(&host));
    found.push(extensions(&host).await);
    found.extend(native(&host).await);
    if host.has_workspace() {
        found.push(index(&host).await);
    }
    if let Err(error) = host.close() {
        found.push(Finding::of_problem("journal", Problem::from(&error)));
    }
}

/// Grants, trust and keys lie in the state folder: nobody else's business.
fn private(places: &Places) -> Finding {
    let open_to_others = |path: &Path| {
        fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    };
    let files = ["token", "seal"].map(|name| places.state.join(name));
    let wrong = [(&places.state, "700"), (&files[0], "600"), (&files[1], "600")]
        .into_iter()
        .filter(|(path, _)| open_to_others(path));
    let help: Vec<String> =
        wrong.map(|(path, mode)| format!("chmod {mode} {}", path.display())).collect();
    let path = places.state.display();
    if help.is_empty() {
        return Finding::new("state", State::Well, format!("`{path}` is yours alone"));
    }
    let message = format!("others on this machine can look into `{path}`");
    Finding { help, ..Finding::new("state", State::Broken, message) }
}

/// Runs a script, in a workspace of its own that is gone afterwards.
async fn interpreter() -> Finding {
    let run = async {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let extensions = folder.path().join(".ctx/extensions");
        fs::create_dir_all(&extensions).map_err(|error| error.to_string())?;
        fs::write(extensions.join("well.lua"), PROBE).map_err(|error| error.to_string())?;
        let own = places().map_err(|problem| problem.message)?;
        // The code that was compiled for this user serves here too; all that
        // is written is gone with the folder.
        let options = HostOptions {
            bundled: bundled(),
            code: Some(own),
            ..HostOptions::new(folder.path(), Places::below(&folder.path().join("places")))
        };
        let host = Host::open(options).map_err(|error| error.to_string())?;
        let call = ToolCall {
            tool: "well".to_owned(),
            arguments: json!({}),
            resumed: None,
            caller: Caller::default(),
        };
        let receipt = host.call(call).await;
        let answered = receipt.outcome.as_ref().map(drop).map_err(ToString::to_string);
        drop(host.close());
        answered
    };
    match run.await {
        Ok(()) => Finding::new("interpreter", State::Well, "a script runs"),
        Err(why) => Finding::new("interpreter", State::Broken, format!("no script runs: {why}"))
            .with_help("if the disk is full or memory is short, make room; `ctx conformance --host` says more"),
    }
}

fn workspace(host: &Host) -> Finding {
    if !host.has_workspace() {
        return Finding::new(
            "workspace",
            State::Doubtful,
            "this folder is none, so nothing can be searched",
        )
        .with_help("ctx init");
    }
    match host.stats() {
        Ok(_) => Finding::new("workspace", State::Well, "its store can be read"),
        Err(error) => Finding::of_problem("workspace", Problem::from(&error)),
    }
}

fn config(host: &Host) -> Finding {
    let warnings = host.warnings();
    let path = host.config_file();
    let shown = path.as_ref().map(|(path, _)| path.display().to_string()).unwrap_or_default();
    match path {
        None => Finding::new("config", State::Well, "there is none; the defaults hold"),
        Some((_, false)) => Finding::new(
            "config",
            State::Doubtful,
            format!("`{shown}` is not trusted: it grants nothing"),
        )
        .with_help("read it, and run `ctx trust` if you mean it"),
        Some(_) if !warnings.is_empty() => Finding {
            help: warnings,
            ..Finding::new("config", State::Doubtful, format!("`{shown}` can be read, but"))
        },
        Some(_) => Finding::new("config", State::Well, format!("`{shown}` is trusted")),
    }
}

async fn extensions(host: &Arc<Host>) -> Finding {
    let catalog = match host.catalog().await {
        Ok(catalog) => catalog,
        Err(error) => return Finding::of_problem("extensions", Problem::from(&error)),
    };
    let counts = format!(
        "{} are installed, with {} tools and {} agents",
        catalog.installed.len(),
        catalog.tools().count(),
        catalog.agents().count()
    );
    if catalog.problems.is_empty() {
        return Finding::new("extensions", State::Well, counts);
    }
    let help =
        catalog.problems.iter().map(|one| format!("{}: {}; {}", one.place, one.why, one.help));
    Finding {
        help: help.collect(),
        ..Finding::new("extensions", State::Doubtful, format!("{counts}; some are broken"))
    }
}

/// Says what holds native programs here, where an extension asks to start one.
async fn native(host: &Host) -> Option<Finding> {
    let catalog = host.catalog().await.ok()?;
    let asks = |requests: &ctx_model::Requests| !requests.unsafe_.is_empty();
    let wanting: Vec<&str> = catalog
        .installed
        .values()
        .filter(|one| one.requests.as_ref().is_some_and(asks))
        .map(|one| one.name.as_str())
        .collect();
    if wanting.is_empty() {
        return None;
    }
    let who = format!("wanted by {}", wanting.join(", "));
    let confinement = confinement();
    let missing: Vec<&str> = [
        (confinement.files, "Landlock, so such a program reads all that you can"),
        (confinement.calls, "seccomp, so such a program may open sockets"),
    ]
    .into_iter()
    .filter_map(|(is_there, what)| (!is_there).then_some(what))
    .collect();
    let finding = if missing.is_empty() {
        Finding::new(
            "native programs",
            State::Well,
            format!("{who}; Landlock and seccomp hold them"),
        )
    } else {
        let message = format!("{who}; this kernel has no {}", missing.join("; nor "));
        Finding::new("native programs", State::Doubtful, message)
            .with_help("prefer a program of WASI, which runs in the sandbox")
    };
    Some(finding)
}

async fn index(host: &Host) -> Finding {
    let query = Query { text: "ctx".to_owned(), mode: Mode::Keyword, limit: 1, ..Query::default() };
    match host.search(&query).await {
        Ok(_) => Finding::new("index", State::Well, "it answers searches"),
        Err(error) => Finding::of_problem("index", Problem::from(&error))
            .with_help("the index is a copy: remove `.ctx/data/index`, and it is made anew"),
    }
}
