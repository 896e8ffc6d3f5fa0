//! Puts probes into a fixture: each case and twin is an extension of its own,
//! with the manifest, the limits and the grants that the case says.

use toml::Table;

use crate::case::{Case, Probe, ProbeForm, Twin};
use crate::fixture::{Fixture, FixtureError};
use crate::lair;
use crate::suite::Probes;

/// Where extensions are.
pub(super) const EXTENSIONS: &str = ".ctx/extensions";

/// The name under which a probe of a case is installed.
pub(super) fn name(case: &Case, twin: Twin) -> String {
    let short = case.id.rsplit('/').next().unwrap_or(&case.id);
    format!("{short}-{}", twin.as_str())
}

/// Puts the probes that are called into a fixture and adds what the config
/// says of them.
pub(super) fn all(
    fixture: &Fixture,
    probes: &Probes<'_>,
    cases: &[&Case],
    config: &mut Table,
) -> Result<(), FixtureError> {
    let mut sources = Table::new();
    for case in cases {
        let Some(probe) = &case.probe else { continue };
        let is_put_now = matches!(probe.form, ProbeForm::Tool | ProbeForm::Scan);
        for twin in probe.twins.iter().filter(|_| is_put_now) {
            let name = name(case, *twin);
            put(fixture, probes, probe, *twin, &name)?;
            if probe.form == ProbeForm::Scan {
                let mut source = Table::new();
                source.insert("extension".to_owned(), name.clone().into());
                source.insert("probe".to_owned(), probe.name.clone().into());
                sources.insert(name, source.into());
            }
        }
    }
    config.insert("extension".to_owned(), words(cases).into());
    config.insert("sources".to_owned(), sources.into());
    Ok(())
}

/// Returns what the operator says of each probe.
pub(super) fn words(cases: &[&Case]) -> Table {
    let mut words = Table::new();
    for case in cases {
        let Some(probe) = &case.probe else { continue };
        for twin in &probe.twins {
            let mut own = Table::new();
            own.insert("limits".to_owned(), probe.limits.clone().into());
            own.insert("allow".to_owned(), probe.allow.clone().into());
            words.insert(name(case, *twin), own.into());
        }
    }
    words
}

/// Puts one probe into the extensions folder, as a file or as a folder.
pub(super) fn put(
    fixture: &Fixture,
    probes: &Probes<'_>,
    probe: &Probe,
    twin: Twin,
    name: &str,
) -> Result<(), FixtureError> {
    let Some(bytes) = body(probes, probe, twin) else { return Ok(()) };
    let suffix = if twin == Twin::Lua { "lua" } else { "wasm" };
    let manifest = manifest(name, probe)?;
    if !probe.folder {
        fixture.install(&format!("{name}.{suffix}"), bytes)?;
        return fixture.install(&format!("{name}.toml"), manifest.as_bytes());
    }
    let main = if twin == Twin::Lua { "main.lua" } else { "component.wasm" };
    fixture.install(&format!("{name}/{main}"), bytes)?;
    fixture.install(&format!("{name}/extension.toml"), manifest.as_bytes())?;
    for (file, text) in &probe.files {
        let text = text.as_str().unwrap_or_default();
        fixture.install(&format!("{name}/{file}"), text.as_bytes())?;
    }
    // A script has a folder of its own to leave.
    if probe.files.is_empty() {
        lair::link_out(&fixture.workspace().join(EXTENSIONS).join(name), 3)?;
    }
    Ok(())
}

/// Returns the bytes of a probe, if it is written in this language.
pub(super) fn body<'a>(probes: &Probes<'a>, probe: &Probe, twin: Twin) -> Option<&'a [u8]> {
    match twin {
        Twin::Rs => Some(probes.component),
        Twin::Lua => {
            let file = format!("{}.lua", probe.name);
            let (_, text) = probes.scripts.iter().find(|(name, _)| *name == file)?;
            Some(text.as_bytes())
        }
        Twin::Made => None,
    }
}

/// All probes in Rust are one component; a manifest beside it makes it one of
/// its own, with its own limits.
fn manifest(name: &str, probe: &Probe) -> Result<String, FixtureError> {
    let mut manifest = Table::new();
    manifest.insert("manifest".to_owned(), 1.into());
    manifest.insert("name".to_owned(), name.into());
    manifest.insert("requests".to_owned(), probe.requests.clone().into());
    Ok(toml::to_string(&manifest)?)
}
