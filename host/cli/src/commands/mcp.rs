//! `ctx mcp`: MCP over standard input and output, until the client closes it.

use std::process::ExitCode;
use std::sync::Arc;

use ctx_core::HostOptions;
use ctx_serve::problem::Problem;

use super::serve::{close, tell_problems};
use super::{Done, open_with};
use crate::args::Global;
use crate::report::Report;
use crate::stopping::Stopping;
use crate::{exit_code, logging};

pub(crate) async fn run(global: &Global, report: &Report) -> Done {
    logging::start(global, false);
    let host = open_with(global, report, |options| HostOptions {
        log: Arc::new(logging::Logged),
        ..options
    })?;
    let catalog = host.catalog().await.map_err(|error| Problem::from(&error))?;
    tell_problems(&catalog);
    if !host.has_workspace() {
        report.warn(
            "this folder is no workspace, so there is nothing to search; `ctx init` makes it one",
        );
    }
    let watch = host.watch().map_err(|error| Problem::from(&error))?;
    let stopping = Stopping::listen(|| {});
    tokio::select! {
        served = ctx_serve::mcp::stdio(host.clone(), stopping.well.clone()) => served?,
        () = stopping.now.cancelled() => return Ok(ExitCode::from(exit_code::INTERRUPTED)),
    }
    drop(watch);
    close(&host)
}
