//! The command line: arguments to a verb of `Host`, and a report of what came
//! of it. No policy is decided here.

mod args;
mod commands;
mod diagnostic;
mod exit_code;
mod logging;
mod progress;
mod report;
mod stopping;
mod telemetry;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Arguments;
use crate::report::Report;

fn main() -> ExitCode {
    // Answered before anything else is set up, so that it costs nothing.
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return report::usage(&error),
    };
    let report = Report::new(&arguments.global);
    let runtime =
        match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let problem = diagnostic::machine("no threads can be started", &error);
                return report.problem(&problem);
            }
        };
    let done = runtime.block_on(async {
        telemetry::start(&report);
        let done = commands::run(&arguments, &report).await;
        telemetry::flush().await;
        done
    });
    // Guests and walks that were cut short must not hold up the exit.
    runtime.shutdown_background();
    match done {
        Ok(code) => code,
        Err(problem) => report.problem(&problem),
    }
}
