//! `ctx grant` and `ctx revoke`.

use ctx_core::{Consent, Granted, Host, Installed};
use ctx_model::{Denial, ExtensionName, Refusal};
use ctx_serve::problem::Problem;
use serde_json::json;

use super::{Done, done};
use crate::args::{Global, Grant, Revoke};
use crate::diagnostic;
use crate::report::Report;
use crate::terminal;

pub(crate) async fn grant(host: &Host, grant: &Grant, global: &Global, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let Some(extension) = catalog.extension(&grant.extension) else {
        let near = catalog
            .problems
            .iter()
            .filter(|problem| problem.name == grant.extension)
            .map(|problem| problem.why.clone());
        let unknown =
            Refusal::Unknown { what: "extension", name: grant.extension.clone(), near: Vec::new() };
        return Err(near.fold(Problem::from(&unknown), Problem::with_help));
    };
    let consent = if let Some(capability) = &grant.capability {
        Consent::Values { capability: capability.clone(), values: grant.values.clone() }
    } else {
        everything(host, extension, global, report)?;
        Consent::Everything
    };
    let granted = host.grant(extension, &consent).map_err(|error| Problem::from(&error))?;
    tell(report, &grant.extension, &granted);
    done()
}

/// Shows what would be granted, and asks.
fn everything(
    host: &Host,
    extension: &Installed,
    global: &Global,
    report: &Report,
) -> Result<(), Problem> {
    let standing = host.standing(extension).map_err(|error| Problem::from(&error))?;
    let name = &extension.name;
    if standing.requested.iter().all(|one| one.granted) {
        report.say(format!("`{name}` has all that it asks for"));
        return Ok(());
    }
    for one in standing.requested.iter().filter(|one| !one.granted) {
        report.say(format!("`{name}` asks for {} {}", one.capability, terminal::plain(&one.value)));
    }
    if !terminal::can_ask(global) {
        return Err(diagnostic::refused(
            "ctx::grant::ask",
            format!("granting all that `{name}` asks for needs a person at a terminal"),
        )
        .with_help(format!("name what to grant: `ctx grant {name} CAPABILITY VALUE`")));
    }
    if terminal::agrees("Grant all of it?") {
        Ok(())
    } else {
        Err(diagnostic::refused("ctx::grant::declined", "nothing was granted"))
    }
}

fn tell(report: &Report, name: &str, granted: &[Granted]) {
    if report.json {
        let list: Vec<_> = granted
            .iter()
            .map(|one| json!({"capability": one.capability, "value": one.value}))
            .collect();
        report.data(&json!({"extension": name, "granted": list}));
        return;
    }
    for Granted { capability, value } in granted {
        report.line(format!("Granted `{name}` {capability} {value}"));
    }
}

pub(crate) fn revoke(host: &Host, revoke: &Revoke, report: &Report) -> Done {
    let Revoke { extension, capability, value } = revoke;
    let count = host
        .revoke(extension, capability.as_deref(), value.as_deref())
        .map_err(|error| Problem::from(&error))?;
    if count == 0 {
        return Err(diagnostic::refused(
            "ctx::grant::nothing",
            format!("`{extension}` has no such grant"),
        )
        .with_help("run `ctx ext list` to see what it was granted"));
    }
    if report.json {
        report.data(&json!({"extension": extension, "revoked": count}));
    } else {
        let grants = if count == 1 { "grant" } else { "grants" };
        report.line(format!("Revoked {count} {grants} of `{extension}`"));
    }
    done()
}

/// Offers to grant what a run was denied, and returns whether that was done.
pub(crate) async fn offer(
    host: &Host,
    name: &ExtensionName,
    denials: &[Denial],
    report: &Report,
) -> Result<bool, Problem> {
    let Some(wanted) = denials.iter().map(grantable).collect::<Option<Vec<_>>>() else {
        return Ok(false);
    };
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let Some(extension) = catalog.extension(name.as_str()) else { return Ok(false) };
    for (capability, value) in &wanted {
        report.say(format!("`{name}` wants {capability} {}", terminal::plain(value)));
    }
    if !terminal::agrees("Grant it?") {
        return Ok(false);
    }
    for (capability, value) in wanted {
        let consent = Consent::Values { capability: capability.to_owned(), values: vec![value] };
        host.grant(extension, &consent).map_err(|error| Problem::from(&error))?;
    }
    Ok(true)
}

/// Returns what a grant would have to say; nothing if none can help, or if it
/// takes more thought than a yes.
fn grantable(denial: &Denial) -> Option<(&'static str, String)> {
    match denial {
        Denial::Http { origin, requested: true } => Some(("http", origin.to_string())),
        Denial::Env(name) => Some(("env", name.clone())),
        Denial::Secret(name) => Some(("secrets", name.clone())),
        Denial::Kv => Some(("kv", "true".to_owned())),
        Denial::Context(source) => Some(("context", source.clone())),
        Denial::Http { .. }
        | Denial::PrivateAddress { .. }
        | Denial::Folder(_)
        | Denial::Path { .. }
        | Denial::Unsafe(_) => None,
    }
}
