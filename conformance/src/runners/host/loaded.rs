//! A hostile file that is put into the extensions folder of a host that runs:
//! it is loaded or it is not, soon, and the host goes on.

use std::sync::Arc;
use std::time::Instant;

use ctx_core::{Catalog, Host};
use ctx_model::ExtensionName;
use toml::Table;

use super::beside::meanwhile;
use super::{Ended, Tested, install};
use crate::case::{Case, Probe, Twin};
use crate::check::Verdict;
use crate::fixture::{Fixture, FixtureError};
use crate::made;
use crate::suite::Probes;

/// A host on which nothing is installed but good citizens.
pub(crate) struct Nursery {
    fixture: Fixture,
    pub(super) host: Arc<Host>,
}

impl Nursery {
    /// Sets up the host. `cases` say what the operator says of their probes.
    pub(crate) fn open(
        mut fixture: Fixture,
        probes: &Probes<'_>,
        cases: &[&Case],
    ) -> Result<Self, FixtureError> {
        for case in cases.iter().filter(|case| case.id == "host/echo") {
            let Some(probe) = &case.probe else { continue };
            for twin in &probe.twins {
                install::put(&fixture, probes, probe, *twin, &install::name(case, *twin))?;
            }
        }
        let mut config = Table::new();
        config.insert("extension".to_owned(), install::words(cases).into());
        let host = fixture.open_by(&config, |options| ctx_core::HostOptions {
            native: vec![ctx_core::builtin()],
            ..options
        })?;
        Ok(Self { fixture, host: Arc::new(host) })
    }
}

/// Tries to load one probe.
pub(super) async fn one(
    nursery: &Nursery,
    probes: &Probes<'_>,
    case: &Case,
    probe: &Probe,
    twin: Twin,
) -> Tested {
    let Nursery { fixture, host } = nursery;
    let name = match probe.installed_as.first() {
        None => install::name(case, twin),
        Some(file) => {
            let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
            ExtensionName::from_stem(stem).map_or_else(|_| stem.to_owned(), |name| name.to_string())
        }
    };
    let failed = |error: &FixtureError| Ended::new("failed:host", Verdict::fail(error.to_string()));
    if let Err(error) = put(fixture, probes, probe, twin, &name) {
        return Tested::of(failed(&error));
    }
    let started = Instant::now();
    let looking = async { (host.reload().await, started.elapsed()) };
    let ((looked, elapsed), beside) = meanwhile(host, looking).await;
    let ended = match looked {
        Err(error) => Ended::new("failed:host", Verdict::fail(error.to_string())),
        Ok(catalog) => {
            let ended = judged(probe, &name, &catalog);
            match host.reload().await {
                Ok(again) if Arc::ptr_eq(&again, &catalog) => ended,
                Ok(_) => Ended::new(&ended.words, Verdict::fail("nothing changed, and it is news")),
                Err(error) => Ended::new("failed:host", Verdict::fail(error.to_string())),
            }
        }
    };
    let ended = match fixture.empty_extensions(&["echo-rs", "echo-lua"]) {
        Ok(()) => ended,
        Err(error) => failed(&error),
    };
    Tested { ended, elapsed, beside }
}

fn put(
    fixture: &Fixture,
    probes: &Probes<'_>,
    probe: &Probe,
    twin: Twin,
    name: &str,
) -> Result<(), FixtureError> {
    let made = if twin == Twin::Made { made::bytes(&probe.name, probes.component) } else { None };
    if probe.installed_as.is_empty() {
        return match made {
            Some(bytes) => fixture.install(&format!("{name}.wasm"), &bytes),
            None => install::put(fixture, probes, probe, twin, name),
        };
    }
    for file in &probe.installed_as {
        let body = made.as_deref().or_else(|| install::body(probes, probe, twin));
        fixture.install(file, body.unwrap_or_default())?;
    }
    Ok(())
}

fn judged(probe: &Probe, name: &str, catalog: &Catalog) -> Ended {
    if let Some(extension) = catalog.extension(name) {
        let goes_by: Vec<&str> = extension.tools.iter().map(|tool| &*tool.wire_name).collect();
        let verdict = if !probe.must.iter().any(|must| must == "loaded") {
            Verdict::fail("it must not load, and it did")
        } else if !probe.goes_by.is_empty() && goes_by != [probe.goes_by.as_str()] {
            Verdict::fail(format!("its tool goes by `{}`", goes_by.join("`, `")))
        } else {
            Verdict::pass("")
        };
        return Ended::new("loaded", verdict);
    }
    let is_it = |place: &str| {
        place.contains(name) || probe.installed_as.iter().any(|file| place.ends_with(file))
    };
    let problem = catalog.problems.iter().find(|one| one.name == name || is_it(&one.place));
    let verdict = match problem {
        None => Verdict::fail("it is not there, and nobody says why"),
        Some(problem) if !probe.must.iter().any(|must| must == "not-loaded") => {
            Verdict::fail(format!("it did not load: {}", problem.why))
        }
        Some(problem) if !problem.why.contains(&probe.says) => {
            Verdict::fail(format!("it has to say `{}`, and says: {}", probe.says, problem.why))
        }
        Some(problem) => Verdict::pass(problem.why.clone()),
    };
    Ended::new("not-loaded", verdict)
}
