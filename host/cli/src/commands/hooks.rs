//! `ctx hooks`: who takes part in whose work, in which order and why.

use ctx_core::Host;
use ctx_model::{Phase, Refusal};
use ctx_serve::problem::Problem;
use ctx_serve::wire;
use serde_json::json;

use super::{Done, done};
use crate::report::Report;

pub(crate) async fn run(host: &Host, phase: Option<&str>, report: &Report) -> Done {
    let phases = match phase {
        None => Phase::ALL.to_vec(),
        Some(word) => vec![Phase::parse(word).ok_or_else(|| unknown(word))?],
    };
    let mut all = Vec::new();
    for phase in phases {
        let listeners = host.listeners(phase).await.map_err(|error| Problem::from(&error))?;
        all.extend(listeners);
    }
    let shown: Vec<wire::Hook<'_>> = all.iter().map(|one| wire::Hook::from(&**one)).collect();
    if report.json {
        report.data(&json!({ "hooks": shown }));
        return done();
    }
    if shown.is_empty() {
        report.line("Nobody listens.");
    }
    let mut last = "";
    for (place, hook) in shown.iter().enumerate() {
        if hook.phase != last {
            last = hook.phase;
            report.line(format!("{last}  (a failure means: {})", hook.failure_policy));
        }
        let number = shown[..=place].iter().filter(|one| one.phase == last).count();
        let off = if hook.enabled { "" } else { ", disabled" };
        report.line(format!(
            "  {number}. {}/{}  {}; at most {} ms and {} tokens{off}",
            hook.extension, hook.handler, hook.why, hook.max_ms, hook.max_tokens
        ));
        if !hook.withheld.is_empty() {
            report.line(format!(
                "     may not see: {}; to allow it, name it in `extensions.data_class_allowlist`",
                hook.withheld.join(", ")
            ));
        }
    }
    done()
}

fn unknown(word: &str) -> Problem {
    let near = Phase::ALL.iter().map(|phase| phase.as_str().to_owned()).collect();
    Problem::from(&Refusal::Unknown { what: "phase", name: word.to_owned(), near })
}
