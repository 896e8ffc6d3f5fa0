//! `ctx conformance`.

use std::path::PathBuf;
use std::process::ExitCode;

use ctx_conformance::{
    Options, Probes, Report as Scorecard, Unfound, check_component, check_extension, check_host,
    check_problem, extensions,
};
use ctx_core::{ConformanceRow, Places, note_conformance};
use ctx_model::{Form, Layer};
use ctx_serve::problem::{Class, Problem, Refused};

use super::{Done, bundled, done, open, places};
use crate::args::{Conformance, Global};
use crate::diagnostic;
use crate::exit_code;
use crate::report::Report;

pub(crate) async fn run(global: &Global, wanted: &Conformance, report: &Report) -> Done {
    let places = places()?;
    let options = super::test::options()?;
    let scorecard = if wanted.host {
        let probes =
            Probes { component: ctx_bundle::PROBES_COMPONENT, scripts: ctx_bundle::PROBE_SCRIPTS };
        check_host(&probes, &options).await
    } else if wanted.paths.is_empty() {
        installed(global, &places, &options, report).await?
    } else {
        named(&wanted.paths, &options).await?
    };
    keep(&places, &scorecard, report);
    if let Some(path) = &wanted.junit {
        std::fs::write(path, scorecard.junit()).map_err(|error| {
            diagnostic::machine(&format!("`{}` cannot be written", path.display()), &error)
        })?;
    }
    if report.json {
        report.data(&scorecard.json());
    } else {
        report.line(scorecard.text() + &scorecard.summary());
    }
    if scorecard.passed() { done() } else { Ok(ExitCode::from(exit_code::FAILED)) }
}

/// Notes what was found, so that `ctx capabilities` can say it. A scorecard
/// that cannot be kept is one all the same.
fn keep(places: &Places, scorecard: &Scorecard, report: &Report) {
    let rows = scorecard.tested.iter().map(ConformanceRow::from).collect();
    if let Err(error) = note_conformance(places, rows) {
        report.warn(format!("the result cannot be kept: {error}"));
    }
}

/// Checks what somebody named, once all of it was found to be something.
async fn named(paths: &[PathBuf], options: &Options) -> Result<Scorecard, Problem> {
    for path in paths {
        let refused = |code: &str, message: String| {
            Problem::new(Class::Refused(Refused::Unknown), code, message)
        };
        if !path.exists() {
            let message = format!("there is no `{}`", path.display());
            return Err(refused("ctx::unknown::file", message)
                .with_help("name a file or a folder, or nothing to check all that is installed"));
        }
        if extensions(path).map_err(|error| cannot_read(&error))?.is_empty() {
            let message = format!("`{}` is no extension", path.display());
            return Err(refused("ctx::unknown::extension", message).with_help(
                "name a `.wasm` or `.lua` file, a folder with `component.wasm` or `main.lua`, or a \
                 folder of such",
            ));
        }
    }
    let mut scorecard = Scorecard::default();
    for path in paths {
        for extension in extensions(path).map_err(|error| cannot_read(&error))? {
            scorecard.extend(check_extension(&extension, options).await);
        }
    }
    Ok(scorecard)
}

fn cannot_read(error: &Unfound) -> Problem {
    Problem::new(Class::Failed(None), "ctx::machine", error.to_string())
}

/// Checks everything that is installed here, and what wants to be.
async fn installed(
    global: &Global,
    places: &Places,
    options: &Options,
    report: &Report,
) -> Result<Scorecard, Problem> {
    let host = open(global, report, false)?;
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    let folder = std::env::current_dir()
        .map_err(|error| diagnostic::machine("this folder cannot be used", &error))?;
    let bundled = bundled();
    let mut scorecard = Scorecard::default();
    // What is part of the program is held to nothing but its tests.
    let guests = catalog.installed.values().filter(|one| one.form != Form::Native);
    for extension in guests {
        let name = extension.name.as_str();
        scorecard.extend(match bundled.iter().find(|one| one.name == name) {
            Some(one) if extension.layer == Layer::Bundled => {
                check_component(one.name, one.component, options).await
            }
            _ => check_extension(&places.resolve(&folder, &extension.place), options).await,
        });
    }
    for problem in &catalog.problems {
        scorecard.extend(check_problem(problem, options));
    }
    Ok(scorecard)
}
