//! One file for each verb.

mod agent;
mod begin;
mod call;
mod capabilities;
mod clients;
mod config;
mod conformance;
mod connector;
mod dev;
mod doctor;
mod embed;
mod entry;
mod export;
mod ext;
mod generated;
mod grant;
mod halt;
mod hooks;
mod import;
mod init;
mod install;
mod logs;
mod manifest;
mod mcp;
mod new;
mod overhead;
mod pack;
mod prompt;
mod read;
mod record;
mod registry;
mod search;
mod secret;
mod serve;
mod status;
mod sync;
mod templates;
mod test;
mod token;
mod tool;
mod transform;
mod trust;
mod vector_index;

use std::process::ExitCode;
use std::sync::Arc;

use ctx_core::{BundledExtension, Catalog, Host, HostOptions, Installed, Places};
use ctx_model::{CallError, Refusal};
use ctx_serve::problem::{Class, Problem};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::args::{
    Arguments, BenchCommand, Command, ConfigCommand, ExtCommand, Global, ManifestCommand,
};
use crate::diagnostic;
use crate::exit_code::DONE;
use crate::report::Report;
use crate::telemetry;
use crate::terminal::{self, on_one_line};

/// What a verb comes to.
pub(crate) type Done = Result<ExitCode, Problem>;

/// Returns the code of a verb that is done.
#[expect(clippy::unnecessary_wraps, reason = "it ends every verb")]
pub(crate) fn done() -> Done {
    Ok(ExitCode::from(DONE))
}

/// Runs what was typed.
pub(crate) async fn run(arguments: &Arguments, report: &Report) -> Done {
    let global = &arguments.global;
    match &arguments.command {
        Command::Init => init::run(global, report),
        Command::Manifest { command: ManifestCommand::Embed { component, manifest } } => {
            manifest::embed(component, manifest, report)
        }
        Command::Secret { command } => secret::run(&places()?, command, report),
        Command::Connector { command } => Box::pin(connector::run(command, global, report)).await,
        Command::Tool { command } => Box::pin(tool::run(command, global, report)).await,
        Command::Agent { command } => Box::pin(agent::run(command, global, report)).await,
        Command::Registry { command } => Box::pin(registry::run(command, global, report)).await,
        Command::Pack(pack) => Box::pin(pack::run(pack, report)).await,
        Command::New(new) => new::run(new, report),
        Command::Dev(dev) => Box::pin(dev::run(dev, global, report)).await,
        Command::Completions { shell } => generated::completions(*shell),
        Command::Man { dir } => generated::manual(dir, report),
        Command::Token { command: Some(command), .. } => token::named(command, global, report),
        Command::Token { new, command: None } => token::run(&places()?, *new, report),
        Command::Serve(serve) => Box::pin(serve::run(global, serve, report)).await,
        Command::Mcp { workspace, agent, .. } => {
            let (workspace, agent) = (workspace.as_deref(), agent.as_deref());
            Box::pin(mcp::run(global, workspace, agent, report)).await
        }
        Command::Install(install) => install::install(install, report),
        Command::Uninstall(uninstall) => install::uninstall(uninstall, report),
        Command::Doctor => Box::pin(doctor::run(global, report)).await,
        Command::Import { path } => import::run(global, path, report).await,
        Command::Capabilities { schema: true } => capabilities::schema(report),
        Command::Test(wanted) => Box::pin(test::run(wanted, report)).await,
        Command::Conformance(wanted) => Box::pin(conformance::run(global, wanted, report)).await,
        command => {
            let pooled = matches!(
                command,
                Command::Sync(_) | Command::Capabilities { .. } | Command::Bench { .. }
            );
            telemetry::note();
            let host = open(global, report, pooled)?;
            let done = attended(&host, on(&host, command, global, report)).await;
            host.close().map_err(|error| Problem::from(&error))?;
            done
        }
    }
}

/// Does something, and tells whoever listens of what happens meanwhile.
async fn attended(host: &Arc<Host>, work: impl Future<Output = Done>) -> Done {
    let (telling, over) = (host.clone(), CancellationToken::new());
    let closed = over.clone().cancelled_owned();
    let telling = tokio::spawn(async move { telling.attend_events(closed).await });
    let done = work.await;
    over.cancel();
    telling.await.map_err(|error| diagnostic::machine("events cannot be told", &error.into()))?;
    done
}

async fn on(host: &Arc<Host>, command: &Command, global: &Global, report: &Report) -> Done {
    match command {
        Command::Ext { command } => match command {
            ExtCommand::List => ext::list(host, report).await,
            ExtCommand::Info { name } => ext::info(host, name, report).await,
            ExtCommand::Status { name } => status::run(host, name.as_deref(), report).await,
            ExtCommand::Disable { name } => halt::disable(host, name, report).await,
            ExtCommand::Enable { name } => halt::enable(host, name, report).await,
            ExtCommand::Logs(logs) => logs::run(host, logs, report).await,
        },
        Command::Grant(grant) => grant::grant(host, grant, global, report).await,
        Command::Revoke(revoke) => grant::revoke(host, revoke, report),
        Command::Config { command: ConfigCommand::Show } => config::show(host, report),
        Command::Trust { revoke } => trust::run(host, *revoke, report),
        Command::Call(call) => call::run(host, call, global, report).await,
        Command::Prompt(call) => prompt::run(host, call, global, report).await,
        Command::Sync(sync) => sync::run(host, sync, global, report).await,
        Command::Search(search) => search::run(host, search, report).await,
        Command::Embed { command } => embed::run(host, command, report).await,
        Command::VectorIndex { command } => vector_index::run(host, *command, report).await,
        Command::Get { id, shaping } => read::get(host, id, shaping, report).await,
        Command::Compress(wanted) => transform::compress(host, wanted, report).await,
        Command::Chunk(wanted) => transform::chunk(host, wanted, report).await,
        Command::View(wanted) => transform::view(host, wanted, report).await,
        Command::Sources => read::sources(host, report).await,
        Command::Stats => read::stats(host, report),
        Command::Export(export) => export::run(host, export, report),
        Command::Journal { extension, limit } => {
            read::journal(host, extension.clone(), *limit, report)
        }
        Command::Capabilities { .. } => capabilities::run(host, report).await,
        Command::Hooks { phase } => hooks::run(host, phase.as_deref(), report).await,
        Command::Bench { command: BenchCommand::Overhead(wanted) } => {
            overhead::run(host, wanted, report).await
        }
        Command::Init
        | Command::Manifest { .. }
        | Command::Secret { .. }
        | Command::Token { .. }
        | Command::Connector { .. }
        | Command::Tool { .. }
        | Command::Agent { .. }
        | Command::Registry { .. }
        | Command::Pack(_)
        | Command::New(_)
        | Command::Dev(_)
        | Command::Completions { .. }
        | Command::Man { .. }
        | Command::Serve(_)
        | Command::Mcp { .. }
        | Command::Install(_)
        | Command::Uninstall(_)
        | Command::Doctor
        | Command::Import { .. }
        | Command::Test(_)
        | Command::Conformance(_) => done(),
    }
}

/// Finds the user's folders.
pub(crate) fn places() -> Result<Places, Problem> {
    Places::from_environment().map_err(|error| {
        Problem::new(Class::Failed(None), "ctx::state::nowhere", error.to_string())
            .with_help("set HOME, or CTX_STATE_DIR and its kin")
    })
}

/// Returns the extensions that this binary carries.
pub(crate) fn bundled() -> Vec<BundledExtension> {
    let one = |extension: &ctx_bundle::Bundled| BundledExtension {
        name: extension.name,
        component: extension.bytes,
    };
    ctx_bundle::EXTENSIONS.iter().map(one).collect()
}

/// Opens the host in this folder.
pub(crate) fn open(global: &Global, report: &Report, pooled: bool) -> Result<Arc<Host>, Problem> {
    open_with(global, report, |options| HostOptions {
        log: terminal::log(global),
        on_demand: !pooled,
        ..options
    })
}

/// Opens the host in this folder, as the verb would have it.
pub(crate) fn open_with(
    global: &Global,
    report: &Report,
    wanted: impl FnOnce(HostOptions) -> HostOptions,
) -> Result<Arc<Host>, Problem> {
    let folder = std::env::current_dir()
        .map_err(|error| diagnostic::machine("this folder cannot be used", &error))?;
    let options = wanted(HostOptions {
        config: global.config.clone(),
        bundled: bundled(),
        native: vec![ctx_core::builtin()],
        checkout: Some(Arc::new(ctx_git::Mirrors)),
        registries: Some(Arc::new(ctx_registry::InUse)),
        suite: Some(ctx_conformance::version().to_owned()),
        ..HostOptions::new(folder, places()?)
    });
    let host = Host::open(options).map_err(|error| Problem::from(&error))?;
    if std::env::var("CTX_EXTENSIONS_ENABLED").is_ok_and(|word| word == "false") {
        host.switch_extensions(false);
    }
    for warning in host.warnings() {
        report.warn(warning);
    }
    Ok(Arc::new(host))
}

/// Reads `--args` and `-p` into one JSON object.
///
/// A parameter is read as JSON, unless `is_text` says that the schema wants
/// text there: an identifier of digits is no number.
pub(crate) fn arguments(
    args: Option<&str>,
    params: &[String],
    is_text: impl Fn(&str) -> bool,
) -> Result<Value, Problem> {
    let text = match args {
        None => "{}".to_owned(),
        Some("-") => std::io::read_to_string(std::io::stdin())
            .map_err(|error| diagnostic::machine("standard input cannot be read", &error))?,
        Some(text) => match text.strip_prefix('@') {
            None => text.to_owned(),
            Some(file) => std::fs::read_to_string(file).map_err(|error| {
                diagnostic::machine(&format!("`{file}` cannot be read"), &error)
            })?,
        },
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut value: Value = serde_json::from_str(text).map_err(|error| {
        diagnostic::misused("ctx::schema::json", format!("the arguments are no JSON: {error}"))
            .with_help("write an object, for example --args '{\"city\":\"Oslo\"}'")
    })?;
    let Value::Object(object) = &mut value else {
        return Err(diagnostic::misused(
            "ctx::schema::json",
            "the arguments must be a JSON object",
        )
        .with_help("write an object, for example --args '{\"city\":\"Oslo\"}'"));
    };
    for param in params {
        let Some((key, text)) = param.split_once('=') else {
            return Err(diagnostic::misused(
                "ctx::schema::json",
                format!("`-p {param}` has no `=`"),
            )
            .with_help("write `-p key=value`"));
        };
        let plain = || Value::String(text.to_owned());
        let value = match serde_json::from_str(text) {
            Ok(Value::String(quoted)) => Value::String(quoted),
            Ok(value) if !is_text(key) => value,
            _ => plain(),
        };
        object.insert(key.to_owned(), value);
    }
    Ok(value)
}

/// Returns what an extension is made of, in a word.
pub(crate) fn form(extension: &Installed) -> &'static str {
    if extension.is_builtin() { "built-in" } else { extension.form.as_str() }
}

/// Warns of what could not be installed: it may be what somebody looks for.
pub(crate) fn warn_of_broken(catalog: &Catalog, report: &Report) {
    for problem in &catalog.problems {
        let state = match problem.still_running {
            Some(_) => "is broken, and the version before it goes on",
            None => "cannot be used",
        };
        report.warn(on_one_line(&format!(
            "`{}` ({}) {state}: {}; {}",
            problem.name, problem.place, problem.why, problem.help
        )));
    }
}

/// Cuts a text to at most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(3)).collect();
    kept + "..."
}

/// Offers a person what would let a refused run go on. Returns whether it
/// should be tried again.
pub(crate) async fn offer(
    host: &Host,
    error: &CallError,
    global: &Global,
    report: &Report,
) -> Result<bool, Problem> {
    if !terminal::can_ask(global) {
        return Ok(false);
    }
    match error {
        CallError::Refused(Refusal::Denied { extension, denials, .. }) => {
            grant::offer(host, extension, denials, report).await
        }
        CallError::Refused(Refusal::Untrusted { path }) => trust::offer(host, path, report),
        _ => Ok(false),
    }
}

/// Checks that there is such an extension, loaded or not.
pub(crate) async fn known(host: &Host, name: &str) -> Result<(), Problem> {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    if catalog.extension(name).is_some() || catalog.problems.iter().any(|one| one.name == name) {
        return Ok(());
    }
    let near = catalog.near_extensions(name);
    let refusal = Refusal::Unknown { what: "extension", name: name.to_owned(), near };
    Err(Problem::from(&refusal))
}
