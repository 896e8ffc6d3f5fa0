//! `ctx serve`: HTTP, MCP and the page for people, until it is told to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use ctx_core::{Host, HostOptions, Problem, Watch, token};
use ctx_serve::problem::Problem as Told;
use ctx_serve::{Metrics, Server, ServerOptions};
use serde_json::json;

use super::{Done, done, open_with, places};
use crate::args::{Global, Serve};
use crate::report::Report;
use crate::stopping::Stopping;
use crate::{diagnostic, exit_code, logging};

/// Where to listen, unless somebody says: this machine alone.
const BIND: &str = "127.0.0.1:7331";

pub(crate) async fn run(global: &Global, serve: &Serve, report: &Report) -> Done {
    logging::start(global, serve.log_format == "json");
    let metrics = Arc::new(Metrics::new());
    let host = open_with(global, report, |options| HostOptions {
        log: Arc::new(logging::Logged),
        observer: Some(metrics.clone()),
        ..options
    })?;
    let token = token::read_or_make(&places()?)
        .map_err(|error| diagnostic::machine("the token cannot be read", &error))?;
    let bind = serve.bind.clone().or_else(|| host.bind()).unwrap_or_else(|| BIND.to_owned());
    let options = ServerOptions { bind, names: names(&serve.allow_host)?, token };
    let server = Server::bind(host.clone(), metrics, options).await?;
    check(&host, server.address())?;
    let watch = attend(&host, report).await?;
    super::registry::follow(global);
    greet(&server, report);
    let stopping = Stopping::listen(|| {
        tracing::info!("stopping when the calls under way are over; Ctrl-C again stops now");
    });
    tokio::select! {
        () = server.run(stopping.well.clone()) => {}
        () = stopping.now.cancelled() => return Ok(ExitCode::from(exit_code::INTERRUPTED)),
    }
    drop(watch);
    close(&host)
}

/// Refuses to be reached from elsewhere while nobody has said by whom.
fn check(host: &Host, address: SocketAddr) -> Result<(), Told> {
    let is_here = address.ip().is_loopback();
    if is_here || host.access().issuer.is_some() || host.bearers().is_any() {
        return Ok(());
    }
    Err(diagnostic::refused(
        "ctx::serve::nobody",
        format!("`{address}` can be reached from elsewhere, and nobody there has a token"),
    )
    .with_help("make one for each client: `ctx token add NAME --scope 'EXTENSION/*'`")
    .with_help("or name whose tokens count: `issuer` and `audience` under [auth] in the config")
    .with_help("or serve this machine alone: `ctx serve --bind 127.0.0.1:7331`"))
}

/// Writes down what is still in memory.
pub(crate) fn close(host: &Host) -> Done {
    let closed = host.close();
    logging::flush();
    closed.map_err(|error| Told::from(&error))?;
    done()
}

/// Loads what is installed and watches it from then on. Files that could not be
/// loaded are told here; afterwards only changes are.
pub(crate) async fn attend(host: &Arc<Host>, report: &Report) -> Result<Watch, Told> {
    let catalog = host.catalog().await.map_err(|error| Told::from(&error))?;
    for Problem { name, place, why, help, .. } in &catalog.problems {
        tracing::warn!(extension = name, place, why, help, "not loaded");
    }
    if !host.has_workspace() {
        report.warn(
            "this folder is no workspace, so there is nothing to search; `ctx init` makes it one",
        );
    }
    host.watch().map_err(|error| Told::from(&error))
}

/// Checks the names that lead to the server.
fn names(given: &[String]) -> Result<Vec<String>, Told> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() <= 253
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    match given.iter().find(|name| !is_name(name)) {
        None => Ok(given.to_vec()),
        Some(name) => Err(diagnostic::misused(
            "ctx::serve::name",
            format!("`{}` is no name of a host", name.escape_debug()),
        )
        .with_help("write a name alone, without scheme and port: --allow-host ctx.example.org")),
    }
}

/// Says where it listens, and what to do there.
fn greet(server: &Server, report: &Report) {
    let address = server.address();
    let url = format!("http://{}", reachable(address));
    if report.json {
        let sign_in = server.sign_in().map(|path| format!("{url}{path}"));
        report.data_line(&json!({
            "address": address.to_string(),
            "url": url,
            "sign_in": sign_in,
        }));
        return;
    }
    report.say(format!("ctx listens on {url}"));
    report.say(format!("  MCP      {url}/mcp"));
    report.say(format!("  REST     {url}/docs"));
    match server.sign_in() {
        Some(path) => report.say(format!("  a page   {url}{path}  (signs you in, once)")),
        None => report.say(format!("  a page   {url}/")),
    }
    if !address.ip().is_loopback() {
        report.warn("it can be reached from elsewhere, so every request needs a token: `ctx token list` names those that you made, and `ctx token` prints your own, which opens everything");
    }
    report.say("Ctrl-C stops it");
}

/// An address that a browser on this machine can open.
fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}
