//! A probe that is called, or walked: it ends as it must, and the bill is
//! right.

use std::sync::Arc;
use std::time::Duration;

use ctx_core::{Host, SyncOptions, ToolCall};
use ctx_model::{CallError, Caller, Output, Receipt, Reply, Usage};
use serde_json::Value;
use tokio::task::JoinSet;
use toml::Table;

use super::{Ended, install};
use crate::case::{Case, Probe, ProbeForm, Twin};
use crate::check::{Status, Verdict};
use crate::heard::MARKER;
use crate::outcome;
use crate::runners::judged_alike;

/// A probe that is not stopped by then never will be.
const PATIENCE: Duration = Duration::from_mins(2);

/// Tries the host with one probe in one language.
pub(super) async fn one(host: &Arc<Host>, case: &Case, probe: &Probe, twin: Twin) -> Ended {
    let extension = install::name(case, twin);
    let why = match host.catalog().await {
        Err(error) => Some(error.to_string()),
        Ok(catalog) if catalog.extension(&extension).is_some() => None,
        Ok(catalog) => {
            let problem = catalog.problems.iter().find(|problem| problem.name == extension);
            Some(problem.map_or_else(|| "there is no such probe".to_owned(), |one| one.why.clone()))
        }
    };
    if let Some(why) = why {
        return Ended::new("refused:unknown", Verdict::fail(format!("it did not load: {why}")));
    }
    match probe.form {
        ProbeForm::Scan => scan(host, probe, &extension).await,
        _ => tool(host, probe, &extension).await,
    }
}

async fn tool(host: &Arc<Host>, probe: &Probe, extension: &str) -> Ended {
    // Each on a task of its own, so that they are on all workers.
    let mut others = JoinSet::new();
    for _ in 1..probe.at_once {
        let (host, probe, extension) = (host.clone(), probe.clone(), extension.to_owned());
        others.spawn(async move { call(&host, &probe, &extension).await });
    }
    let all = async { tokio::join!(call(host, probe, extension), others.join_all()) };
    let Some((receipt, others)) = patiently(all).await else { return endless() };
    let mut ended = judged(probe, &receipt);
    for receipt in &others {
        let other = judged(probe, receipt);
        if other.verdict.status != Status::Pass {
            ended = other;
        }
    }
    if let Some(why) = wrong_bill(host, extension, &receipt.usage).await {
        ended.verdict = Verdict::fail(why).billed(receipt.usage);
    }
    if probe.repeats && ended.verdict.status == Status::Pass {
        let again = call(host, probe, extension).await;
        let verdict = judged_alike(&receipt, &again);
        if verdict.status != Status::Pass {
            ended.verdict = verdict;
        }
    }
    if let Ok(Reply::Done(output)) = &receipt.outcome
        && let Some(why) = wrong_answer(probe, output)
    {
        ended.verdict = Verdict::fail(why).billed(receipt.usage);
    }
    ended
}

async fn call(host: &Host, probe: &Probe, extension: &str) -> Receipt<Reply> {
    host.call(ToolCall {
        tool: format!("{extension}/{}", probe.name.replace('-', "_")),
        arguments: json(&probe.arguments),
        resumed: None,
        caller: Caller::default(),
    })
    .await
}

async fn scan(host: &Host, probe: &Probe, source: &str) -> Ended {
    let options = SyncOptions { full: true, ..SyncOptions::default() };
    let mut ignored = |_| {};
    match patiently(host.sync(source, &options, &mut ignored)).await {
        None => endless(),
        Some(Ok(receipt)) => judged(probe, &receipt),
        Some(Err(error)) => {
            Ended::new("failed:host", Verdict::fail(format!("the host failed: {error}")))
        }
    }
}

fn judged<T>(probe: &Probe, receipt: &Receipt<T>) -> Ended {
    let (words, said) = match &receipt.outcome {
        Ok(_) => ("ok".to_owned(), String::new()),
        Err(error) => (outcome::words(error), error.to_string()),
    };
    let verdict = if !probe.must.contains(&words) {
        let must = probe.must.join("` or `");
        Verdict::fail(format!("it must end as `{must}`, and ended as `{words}`: {said}"))
    } else if let Some(missing) = undenied(probe, receipt.outcome.as_ref().err()) {
        Verdict::fail(format!("`{missing}` was not denied: {said}"))
    } else if told(receipt.outcome.as_ref().err()) {
        Verdict::fail("its failure holds what nobody may see")
    } else {
        Verdict::pass(said)
    };
    Ended::new(&words, verdict.billed(receipt.usage))
}

/// Whether a failure tells a secret.
fn told(error: Option<&CallError>) -> bool {
    let Some(CallError::Failed { failure, .. }) = error else { return false };
    let details = failure.details.as_deref().unwrap_or_default();
    failure.message.contains(MARKER) || details.contains(MARKER)
}

/// Names something that had to be denied and was not.
fn undenied<'a>(probe: &'a Probe, error: Option<&CallError>) -> Option<&'a String> {
    let denied: Vec<String> = error
        .map(outcome::denials)
        .unwrap_or_default()
        .iter()
        .map(|denial| outcome::denied(denial).1)
        .collect();
    probe.denies.iter().find(|wanted| !denied.contains(wanted))
}

/// Nothing may cost more than it was allowed to.
async fn wrong_bill(host: &Host, extension: &str, usage: &Usage) -> Option<String> {
    let catalog = host.catalog().await.ok()?;
    let limits = &catalog.extension(extension)?.limits;
    if usage.fuel > limits.fuel {
        return Some(format!("the bill says {} fuel, of {}", usage.fuel, limits.fuel));
    }
    (usage.peak_memory > limits.memory).then(|| {
        format!("the bill says {} bytes of memory, of {}", usage.peak_memory, limits.memory)
    })
}

fn wrong_answer(probe: &Probe, output: &Output) -> Option<String> {
    let answer: Value = output
        .structured
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let Value::Object(wanted) = json(&probe.answer) else { return None };
    let wrong = wanted.into_iter().find(|(name, value)| answer.get(name) != Some(value))?;
    Some(format!("its answer has to say `{}` = {}, and is {answer}", wrong.0, wrong.1))
}

async fn patiently<F: Future>(work: F) -> Option<F::Output> {
    tokio::time::timeout(PATIENCE, work).await.ok()
}

fn endless() -> Ended {
    let detail = format!("nothing stopped it within {} s", PATIENCE.as_secs());
    Ended::new("endless", Verdict::fail(detail))
}

fn json(table: &Table) -> Value {
    serde_json::to_value(table).unwrap_or_default()
}
