//! `ctx config show`.

use ctx_core::{Host, ShownValue};
use ctx_serve::problem::Problem;
use serde_json::{Value, json};

use super::{Done, done};
use crate::report::Report;
use crate::terminal::plain;

pub(crate) fn show(host: &Host, report: &Report) -> Done {
    let all = host.config_shown().map_err(|error| Problem::from(&error))?;
    if report.json {
        let values: Vec<Value> = all.iter().map(value).collect();
        report.data(&json!({ "values": values }));
        return done();
    }
    let width = all.iter().map(|one| one.key.len() + one.value.len() + 3).max().unwrap_or(0);
    for ShownValue { key, value, origin, file } in &all {
        let file = file.as_ref().map(|file| format!(" {file}")).unwrap_or_default();
        let line = format!("{key} = {value}");
        report.line(plain(&format!("{line:<0$}  # {origin}{file}", width.min(60))));
    }
    done()
}

fn value(shown: &ShownValue) -> Value {
    let mut value = json!({ "key": shown.key, "value": shown.value, "origin": shown.origin });
    if let Some(file) = &shown.file {
        value["file"] = json!(file);
    }
    value
}
