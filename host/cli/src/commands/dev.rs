//! `ctx dev`: after each save it builds what has to be built, and tries it.

mod build;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use ctx_conformance::{Options, check_extension};
use ctx_core::{Edited, is_extension};
use ctx_model::Role;
use ctx_serve::problem::{Class, Problem, Refused};

use super::{Done, done, entry, places, tool};
use crate::args::{Dev, EntryOptions, Global};
use crate::diagnostic;
use crate::report::Report;
use crate::stopping::Stopping;
use build::Crate;

/// What stands behind `--`: one call of the tool.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct ToolCall {
    #[arg(long = "param", short = 'p')]
    params: Vec<String>,
    #[arg(long)]
    args: Option<String>,
    #[command(flatten)]
    entry: EntryOptions,
}

/// What is worked on.
struct Work {
    /// As it was typed.
    path: PathBuf,
    /// The crate to build, if it has to be built.
    built_by: Option<Crate>,
    call: Option<ToolCall>,
}

pub(crate) async fn run(dev: &Dev, global: &Global, report: &Report) -> Done {
    let work = Work::find(dev)?;
    let mut edited = Edited::open(work.watched());
    let stopping = Stopping::listen(|| {});
    loop {
        tokio::select! {
            () = work.again(global, report) => {}
            () = stopping.well.cancelled() => return done(),
        }
        report.say(format!("Watching {}; Ctrl-C ends it", work.path.display()));
        tokio::select! {
            () = edited.changed() => {}
            () = stopping.well.cancelled() => return done(),
        }
    }
}

impl Work {
    fn find(dev: &Dev) -> Result<Self, Problem> {
        let path = dev.path.clone();
        let call = match dev.call.as_slice() {
            [] => None,
            words => Some(ToolCall::try_parse_from(words).map_err(|error| {
                diagnostic::misused("ctx::dev::call", error.to_string().trim().to_owned())
                    .with_help("after `--` come the arguments of the tool: -p key=value")
            })?),
        };
        if !path.exists() {
            let class = Class::Refused(Refused::Unknown);
            let message = format!("there is no `{}`", path.display());
            return Err(Problem::new(class, "ctx::unknown::file", message)
                .with_help("name a file or folder that is there; `ctx new` makes one"));
        }
        let built_by = Crate::find(&path);
        if built_by.is_none() && !is_extension(&path) {
            let message = format!("`{}` is no extension", path.display());
            let class = Class::Refused(Refused::Unknown);
            return Err(Problem::new(class, "ctx::unknown::extension", message).with_help(
                "name a `.lua` or `.wasm` file, or a folder with `main.lua` or `Cargo.toml`; \
                 `ctx new` makes one",
            ));
        }
        Ok(Self { path, built_by, call })
    }

    fn watched(&self) -> Vec<PathBuf> {
        match &self.built_by {
            Some(built_by) => built_by.sources(),
            None => vec![self.path.clone()],
        }
    }

    /// Builds and tries it once; whatever is wrong is told, and the next save
    /// may mend it.
    async fn again(&self, global: &Global, report: &Report) {
        let began = Instant::now();
        if let Some(built_by) = &self.built_by
            && let Err(problem) = built_by.build().await
        {
            report.problem(&problem);
            return;
        }
        let tried = match &self.call {
            None => check(&self.path, report).await,
            Some(call) => self.call(call, global, report).await,
        };
        if let Err(problem) = tried {
            report.problem(&problem);
        }
        report.say(format!("took {:.1}s", began.elapsed().as_secs_f64()));
    }

    async fn call(&self, call: &ToolCall, global: &Global, report: &Report) -> Result<(), Problem> {
        let path = std::path::absolute(&self.path)
            .map_err(|error| diagnostic::machine("the path cannot be used", &error))?;
        let name = entry::stem(&path.display().to_string());
        let tried = entry::at(Role::Tool, path, &name, &call.entry, global, report)?;
        let shown = self.path.display().to_string();
        tool::try_one(&tried, &shown, call.args.as_deref(), &call.params, global, report).await?;
        Ok(())
    }
}

async fn check(path: &Path, report: &Report) -> Result<(), Problem> {
    let options = Options { code: Some(places()?), ..Options::default() };
    let scorecard = check_extension(path, &options).await;
    if report.json {
        report.data_line(&scorecard.json());
    } else if scorecard.passed() {
        report.line(scorecard.summary().trim_end());
    } else {
        report.line((scorecard.text() + &scorecard.summary()).trim_end());
    }
    Ok(())
}
