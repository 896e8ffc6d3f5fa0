//! `ctx ext logs`: what an extension said while it ran, in whichever process.

use std::time::Duration;

use ctx_core::Host;
use ctx_model::LogLevel;
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use ctx_store::{LoggedFilter, LoggedLine};

use super::{Done, done, known};
use crate::args::Logs;
use crate::report::Report;
use crate::terminal::line;

/// How often to look for new lines: other processes write them every 100 ms.
const INTERVAL: Duration = Duration::from_millis(200);

/// Lines of one look.
const MOST: usize = 10_000;

pub(crate) async fn run(host: &Host, logs: &Logs, report: &Report) -> Done {
    known(host, &logs.name).await?;
    let mut filter = LoggedFilter {
        extension: Some(logs.name.clone()),
        request: logs.request.clone(),
        level: logs.level.as_deref().and_then(LogLevel::parse),
        after: None,
    };
    let mut lines = read(host, &filter, logs.limit)?;
    if lines.is_empty() && !logs.follow && !report.json {
        report.say(format!("`{}` has said nothing that was kept", logs.name));
    }
    loop {
        for line in &lines {
            show(report, line);
        }
        if !logs.follow {
            return done();
        }
        if let Some(last) = lines.last() {
            filter.after = Some(last.number);
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return done(),
            () = tokio::time::sleep(INTERVAL) => {}
        }
        lines = read(host, &filter, MOST)?;
    }
}

fn read(host: &Host, filter: &LoggedFilter, limit: usize) -> Result<Vec<LoggedLine>, Problem> {
    host.logs(filter, limit).map_err(|error| Problem::from(&error))
}

fn show(report: &Report, logged: &LoggedLine) {
    let shown = wire::LogLine::from(logged);
    if report.json {
        report.data_line(&shown);
        return;
    }
    let time = shown.time.map_or_else(String::new, |time| time.to_string());
    let request = shown.request.and_then(|id| id.get(..8)).unwrap_or("--------");
    let text = line(shown.message, shown.fields.iter().map(|(name, value)| (*name, *value)));
    report.line(format!("{time}  {request}  {:<5}  {text}", shown.level));
}
