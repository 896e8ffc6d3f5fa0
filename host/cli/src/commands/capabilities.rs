//! `ctx capabilities`: what this program is and what is installed, for people,
//! and as the document that HTTP serves.

use ctx_core::Host;
use ctx_serve::problem::Problem;
use ctx_serve::{TRANSPORTS, wire};

use super::{Done, done};
use crate::report::Report;
use crate::terminal::plain;

pub(crate) async fn run(host: &Host, report: &Report) -> Done {
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let capabilities = wire::Capabilities::new(host, &catalog, &TRANSPORTS)
        .map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&capabilities);
        return done();
    }
    for line in head(&capabilities) {
        report.line(line);
    }
    report.line("\nParts, and how far they can be built on:");
    for line in parts(&capabilities) {
        report.line(line);
    }
    report.line("\nInstalled:");
    for extension in &capabilities.installed {
        report.line(one(extension));
    }
    done()
}

/// Prints the JSON Schema of the document.
pub(crate) fn schema(report: &Report) -> Done {
    report.data(&wire::capabilities_schema());
    done()
}

fn head(all: &wire::Capabilities<'_>) -> Vec<String> {
    let wire::Capabilities { server, engine, contracts, extensions: names, .. } = all;
    let mut lines = vec![
        format!("{} {}, contract {}", server.name, server.version, all.contract_version),
        format!("Engine: {}, {} instances", engine.name, engine.allocation),
        format!("Scripts: {}", engine.interpreters.join(", ")),
        format!("Tokens: counted by {}", engine.tokenizer),
        format!("Extensions: ctx:extension {}", contracts.extension),
        format!("Reached by: {}", all.transports.join(", ")),
        String::new(),
    ];
    let named = [
        ("Connectors", &names.connectors),
        ("Tools", &names.tools),
        ("Agents", &names.agents),
        ("Compressors", &names.compressors),
        ("Chunkers", &names.chunkers),
        ("Read-modes", &names.read_modes),
        ("Extractors", &names.extractors),
        ("Embedders", &names.embedders),
        ("Hooks", &names.hooks),
    ];
    let there = named.into_iter().filter(|(_, names)| !names.is_empty());
    lines.extend(there.map(|(what, names)| format!("{what}: {}", plain(&names.join(", ")))));
    lines
}

/// Returns a line for each class of stability, the firmest first.
fn parts(all: &wire::Capabilities<'_>) -> Vec<String> {
    let classes = [
        wire::Stability::Frozen,
        wire::Stability::Stable,
        wire::Stability::Experimental,
        wire::Stability::Deprecated,
    ];
    let of = |class: wire::Stability| {
        let own = all.parts.iter().filter(move |(_, part)| part.stability == class);
        let own: Vec<String> = own.map(|(name, part)| format!("{name} {}", part.version)).collect();
        (!own.is_empty()).then(|| format!("  {}: {}", class.as_str(), own.join(", ")))
    };
    classes.into_iter().filter_map(of).collect()
}

fn one(extension: &wire::Extension<'_>) -> String {
    match extension {
        wire::Extension::NotLoaded(broken) => format!(
            "  {}  {}  not loaded: {}; {}",
            plain(broken.name),
            plain(broken.origin.place),
            plain(broken.error.message),
            plain(broken.error.help)
        ),
        wire::Extension::Installed(one) => {
            let version = one.version.map_or_else(String::new, |text| format!(" {}", plain(text)));
            let state = match one.state {
                wire::State::Ready => "ready",
                wire::State::NeedsGrants => "needs grants",
                wire::State::Disabled => "disabled",
                wire::State::Paused => "paused",
            };
            let from = match one.origin.registry {
                Some(registry) => format!("registry {}", plain(registry)),
                None => one.origin.layer.to_owned(),
            };
            let broken = match &one.error {
                Some(fault) => format!("; its next version is broken: {}", plain(fault.message)),
                None => String::new(),
            };
            format!(
                "  {}{version}  {}  {}  {from}  {state}  conformance {}{broken}",
                one.name,
                one.roles.join(", "),
                one.kind,
                one.conformance.status.as_str()
            )
        }
    }
}
