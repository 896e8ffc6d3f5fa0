//! Claims about the host: whatever a probe does, it ends as it must, the bill
//! is right, its twin ends the same way, and the host answers others meanwhile
//! and after.

use std::time::{Duration, Instant};

use ctx_core::{Host, SyncOptions, ToolCall};
use ctx_model::{CallError, Caller, Output, Receipt, Reply, Usage};
use serde_json::Value;
use toml::Table;

use crate::case::{Case, Probe, ProbeForm, Twin};
use crate::check::{Check, Verdict};
use crate::fixture::{Fixture, FixtureError};
use crate::outcome;
use crate::suite::Probes;

/// The probe that behaves.
const GOOD: &str = "echo";

/// A probe that is not stopped by then never will be.
const PATIENCE: Duration = Duration::from_mins(2);

/// How one probe ended.
struct Ended {
    words: String,
    verdict: Verdict,
}

/// Puts every probe into a fixture and returns the config for them.
pub(crate) fn install(
    fixture: &Fixture,
    probes: &Probes<'_>,
    cases: &[&Case],
) -> Result<Table, FixtureError> {
    // What a probe is lent, and what it must not get at.
    fixture.write("fixtures/inside", b"this may be read")?;
    fixture.write("secret", b"this may not")?;
    fixture.link_out("fixtures")?;
    let (mut extension, mut sources) = (Table::new(), Table::new());
    for probe in cases.iter().filter_map(|case| case.probe.as_ref()) {
        for twin in &probe.twins {
            let name = name(&probe.name, *twin);
            match twin {
                Twin::Rs => {
                    fixture.install(&format!("{name}.wasm"), probes.component)?;
                    fixture.install(&format!("{name}.toml"), manifest(&name, probe)?.as_bytes())?;
                }
                Twin::Lua => {
                    let file = format!("{}.lua", probe.name);
                    let Some((_, text)) = probes.scripts.iter().find(|(name, _)| *name == file)
                    else {
                        continue;
                    };
                    if probe.folder {
                        fixture.install(&format!("{name}/main.lua"), text.as_bytes())?;
                        fixture.link_out(&format!(".ctx/extensions/{name}"))?;
                    } else {
                        fixture.install(&format!("{name}.lua"), text.as_bytes())?;
                    }
                }
            }
            let mut own = Table::new();
            own.insert("limits".to_owned(), probe.limits.clone().into());
            own.insert("allow".to_owned(), probe.allow.clone().into());
            extension.insert(name.clone(), own.into());
            if probe.form == ProbeForm::Scan {
                let mut source = Table::new();
                source.insert("extension".to_owned(), name.clone().into());
                source.insert("probe".to_owned(), probe.name.clone().into());
                sources.insert(name, source.into());
            }
        }
    }
    let mut config = Table::new();
    config.insert("extension".to_owned(), extension.into());
    config.insert("sources".to_owned(), sources.into());
    Ok(config)
}

/// The name under which a probe is installed.
fn name(probe: &str, twin: Twin) -> String {
    format!("{probe}-{}", twin.as_str())
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

/// Tries the host with one probe and its twin.
pub(crate) async fn run(host: &Host, case: &Case, probe: &Probe) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut ends = Vec::new();
    for twin in &probe.twins {
        let started = Instant::now();
        let (ended, meanwhile) = tokio::join!(one(host, probe, *twin), answers(host));
        let Ended { words, mut verdict } = ended;
        if let Err(why) = meanwhile.and(answers(host).await) {
            verdict = Verdict { detail: why, ..Verdict::fail("") };
        }
        ends.push(words);
        checks.push(check(case, twin.as_str(), verdict, started.elapsed()));
    }
    if let [first, second] = ends.as_slice() {
        let verdict = if first == second {
            Verdict::pass(format!("both `{first}`"))
        } else {
            let (one, other) = (probe.twins[0].as_str(), probe.twins[1].as_str());
            Verdict::fail(format!("{one} ended as `{first}`, and {other} as `{second}`"))
        };
        checks.push(check(case, "twins", verdict, Duration::ZERO));
    }
    checks
}

fn check(case: &Case, which: &str, verdict: Verdict, elapsed: Duration) -> Check {
    let Verdict { status, detail, usage } = verdict;
    Check {
        id: format!("{}:{which}", case.id),
        extension: "host".to_owned(),
        claim: case.claim.clone(),
        reference: case.reference.clone(),
        status,
        detail,
        usage,
        elapsed,
    }
}

async fn one(host: &Host, probe: &Probe, twin: Twin) -> Ended {
    let extension = name(&probe.name, twin);
    let why = match host.catalog().await {
        Err(error) => Some(error.to_string()),
        Ok(catalog) if catalog.extension(&extension).is_some() => None,
        Ok(catalog) => {
            let problem = catalog.problems.iter().find(|problem| problem.name == extension);
            Some(problem.map_or_else(|| "there is no such probe".to_owned(), |one| one.why.clone()))
        }
    };
    if let Some(why) = why {
        let words = "refused:unknown".to_owned();
        return Ended { words, verdict: Verdict::fail(format!("it did not load: {why}")) };
    }
    match probe.form {
        ProbeForm::Tool => tool(host, probe, &extension).await,
        ProbeForm::Scan => scan(host, probe, &extension).await,
    }
}

async fn tool(host: &Host, probe: &Probe, extension: &str) -> Ended {
    let Some(receipt) = patiently(call(host, probe, extension)).await else { return endless() };
    let mut ended = judged(probe, &receipt);
    if let Some(why) = wrong_bill(host, extension, &receipt.usage).await {
        ended.verdict = Verdict::fail(why).billed(receipt.usage);
    }
    if probe.repeats && ended.verdict.status == crate::Status::Pass {
        let again = call(host, probe, extension).await;
        let verdict = super::judged_alike(&receipt, &again);
        if verdict.status != crate::Status::Pass {
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
        Some(Err(error)) => Ended {
            words: "failed:host".to_owned(),
            verdict: Verdict::fail(format!("the host failed: {error}")),
        },
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
    } else {
        Verdict::pass(said)
    };
    Ended { words, verdict: verdict.billed(receipt.usage) }
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

/// Whether the host answers a good call, of either kind.
async fn answers(host: &Host) -> Result<(), String> {
    let catalog = host.catalog().await.map_err(|error| error.to_string())?;
    for twin in [Twin::Rs, Twin::Lua] {
        let extension = name(GOOD, twin);
        if catalog.extension(&extension).is_none() {
            continue;
        }
        let arguments = serde_json::json!({"still": "there"});
        let receipt = host
            .call(ToolCall {
                tool: format!("{extension}/{GOOD}"),
                arguments: arguments.clone(),
                resumed: None,
                caller: Caller::default(),
            })
            .await;
        let answer = match &receipt.outcome {
            Ok(Reply::Done(output)) => {
                output.structured.as_deref().map(serde_json::from_str::<Value>)
            }
            Ok(Reply::Ask(_)) => None,
            Err(error) => return Err(format!("beside it, the host answers no more: {error}")),
        };
        if !matches!(answer, Some(Ok(answer)) if answer == arguments) {
            return Err(format!("beside it, `{extension}` gave another answer than it was given"));
        }
    }
    Ok(())
}

async fn patiently<F: Future>(work: F) -> Option<F::Output> {
    tokio::time::timeout(PATIENCE, work).await.ok()
}

fn endless() -> Ended {
    let detail = format!("nothing stopped it within {} s", PATIENCE.as_secs());
    Ended { words: "endless".to_owned(), verdict: Verdict::fail(detail) }
}

fn json(table: &Table) -> Value {
    serde_json::to_value(table).unwrap_or_default()
}
