//! `ctx bench overhead`: how much slower hooks make a turn. Blocks with and
//! without them alternate, so that a machine that gets slower harms both alike.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use ctx_core::{Echo, Host, PhaseCall, TurnCall};
use ctx_model::Phase;
use ctx_serve::problem::{Class, Problem};
use serde_json::{Value, json};

use super::{Done, done};
use crate::args::Overhead;
use crate::diagnostic;
use crate::exit_code::FAILED;
use crate::report::Report;

/// How often the samples are drawn anew for the interval.
const DRAWS: usize = 1000;

/// What was measured of one arm, in milliseconds, shortest first.
struct Arm(Vec<f64>);

pub(crate) async fn run(host: &Host, wanted: &Overhead, report: &Report) -> Done {
    if wanted.requests == 0 || wanted.rounds == 0 {
        return Err(diagnostic::misused("ctx::bench::empty", "there is nothing to measure")
            .with_help("let `--requests` and `--rounds` be 1 or more"));
    }
    let turns = workload(wanted)?;
    let mut hooks = Vec::new();
    for phase in Phase::ALL {
        let all = host.listeners(phase).await.map_err(|error| Problem::from(&error))?;
        hooks.extend(
            all.iter()
                .map(|one| format!("{}: {}/{}", phase.as_str(), one.extension.name, one.handler)),
        );
    }
    if hooks.is_empty() {
        report.warn("no extension listens to any phase, so there is nothing to be slower for");
    }
    let measured = measure(host, wanted, &turns, Duration::from_millis(wanted.delay_ms)).await;
    let (off, on) = measured?;
    let (bare_off, bare_on) = measure(host, wanted, &turns, Duration::ZERO).await?;
    let percent = percent(&off, &on);
    let [low, high] = interval(&off, &on);
    let gates = host.hook_policy().performance;
    let verdict = match percent {
        value if value < gates.warn_percent => "pass",
        value if value <= gates.fail_percent => "warn",
        _ => "fail",
    };
    let added = |at: f64| bare_on.at(at) - bare_off.at(at);
    let said = format!(
        "hooks add {percent:.2} % to the p95 of a turn of {} ms (95 %: {low:.2} to {high:.2}), and \
         {:.3} ms at p50, {:.3} ms at p95 to one without a model: {verdict}",
        wanted.delay_ms,
        added(0.5),
        added(0.95),
    );
    if report.json {
        report.data(&json!({
            "verdict": verdict,
            "overhead_percent": percent,
            "interval_95": [low, high],
            "gates": { "warn_percent": gates.warn_percent, "fail_percent": gates.fail_percent },
            "delay_ms": wanted.delay_ms,
            "requests": wanted.requests,
            "rounds": wanted.rounds,
            "warm_up": wanted.warm_up,
            "hooks": hooks,
            "off_ms": off.shown(),
            "on_ms": on.shown(),
            "added_ms": { "p50": added(0.5), "p95": added(0.95), "p99": added(0.99) },
        }));
    } else {
        report.line(format!("off: {}", off.shown()));
        report.line(format!("on:  {}", on.shown()));
        report.line(&said);
    }
    if verdict != "pass" {
        annotate(verdict, &said, report);
    }
    match verdict {
        "pass" => done(),
        "warn" if !wanted.deny_warn => done(),
        _ => Ok(ExitCode::from(FAILED)),
    }
}

/// Says it where a person who looks at a run on GitHub sees it.
fn annotate(verdict: &str, said: &str, report: &Report) {
    let kind = if verdict == "warn" { "warning" } else { "error" };
    match std::env::var_os("GITHUB_ACTIONS") {
        Some(_) => report.say(format!("::{kind} title=ctx bench overhead::{said}")),
        None => report.warn(said),
    }
}

/// Measures blocks off, on, on, off.
async fn measure(
    host: &Host,
    wanted: &Overhead,
    turns: &[Vec<Value>],
    delay: Duration,
) -> Result<(Arm, Arm), Problem> {
    let model = Echo { delay };
    let (mut off, mut on) = (Vec::new(), Vec::new());
    host.switch_hooks(true);
    let mut number = 0;
    for _ in 0..wanted.warm_up {
        one(host, &model, turns, &mut number).await?;
    }
    for _ in 0..wanted.rounds {
        for is_on in [false, true, true, false] {
            host.switch_hooks(is_on);
            for _ in 0..wanted.requests {
                let took = one(host, &model, turns, &mut number).await?;
                if is_on { &mut on } else { &mut off }.push(took);
            }
        }
    }
    host.switch_hooks(true);
    Ok((Arm::new(off), Arm::new(on)))
}

async fn one(
    host: &Host,
    model: &Echo,
    turns: &[Vec<Value>],
    number: &mut usize,
) -> Result<f64, Problem> {
    let messages = turns[*number % turns.len()].clone();
    *number += 1;
    let call =
        PhaseCall { document: Some("bench".to_owned()), dry_run: true, ..PhaseCall::default() };
    let turn = TurnCall { messages, call, ..TurnCall::default() };
    let begun = Instant::now();
    host.turn(turn, model).await.map_err(|error| {
        Problem::new(Class::Failed(None), "ctx::hook::failed", error.to_string())
            .with_help("run `ctx hooks` to see who runs in a turn")
    })?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// Reads the turns to measure with; a few of our own if none are named.
fn workload(wanted: &Overhead) -> Result<Vec<Vec<Value>>, Problem> {
    let said = |text: &str| vec![json!({ "role": "user", "content": text })];
    let Some(path) = &wanted.workload else {
        return Ok(["Who keeps the tavern?", "We leave by the forest path.", "The queen listens."]
            .map(said)
            .to_vec());
    };
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| diagnostic::machine(&format!("`{shown}` cannot be read"), &error))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let turn = |(at, line): (usize, &str)| {
        let turn: Option<Value> = serde_json::from_str(line).ok();
        let messages = turn.as_ref().and_then(|turn| turn["messages"].as_array());
        messages.filter(|all| !all.is_empty()).cloned().ok_or_else(|| {
            let message = format!("line {} of `{shown}` is no turn", at + 1);
            diagnostic::misused("ctx::bench::workload", message)
                .with_help("write {\"messages\":[{\"role\":\"user\",\"content\":\"…\"}]}")
        })
    };
    let turns: Vec<_> = lines.map(turn).collect::<Result<_, _>>()?;
    if turns.is_empty() {
        let message = format!("`{shown}` has no turn");
        return Err(diagnostic::misused("ctx::bench::workload", message));
    }
    Ok(turns)
}

impl Arm {
    fn new(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        Self(samples)
    }

    /// Returns a percentile: that of the nearest rank.
    fn at(&self, part: f64) -> f64 {
        self.0[rank(self.0.len(), part)]
    }

    fn shown(&self) -> Value {
        json!({ "p50": self.at(0.5), "p95": self.at(0.95), "p99": self.at(0.99) })
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are few"
)]
fn rank(count: usize, part: f64) -> usize {
    ((count as f64 * part).ceil() as usize).clamp(1, count) - 1
}

fn percent(off: &Arm, on: &Arm) -> f64 {
    100.0 * (on.at(0.95) - off.at(0.95)) / off.at(0.95)
}

/// Draws from the samples again and again; 95 of 100 such runs lie between.
fn interval(off: &Arm, on: &Arm) -> [f64; 2] {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut drawn = |arm: &Arm| {
        let count = arm.0.len();
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % count as u64).unwrap_or_default()
        };
        Arm::new((0..count).map(|_| arm.0[next()]).collect())
    };
    let draws: Vec<f64> = (0..DRAWS).map(|_| percent(&drawn(off), &drawn(on))).collect();
    let draws = Arm::new(draws);
    [draws.at(0.025), draws.at(0.975)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "each is a whole number")]

    use super::*;

    #[test]
    fn a_percentile_is_that_of_the_nearest_rank() {
        let arm = Arm::new((1..=20).rev().map(f64::from).collect());
        assert_eq!([arm.at(0.5), arm.at(0.95), arm.at(1.0)], [10.0, 19.0, 20.0]);
        assert_eq!(Arm::new(vec![3.0]).at(0.5), 3.0);
    }

    #[test]
    fn what_is_a_tenth_slower_is_ten_percent_slower() {
        let off = Arm::new(vec![10.0; 40]);
        let on = Arm::new(vec![11.0; 40]);
        assert!((percent(&off, &on) - 10.0).abs() < 1e-9);
        let [low, high] = interval(&off, &on);
        assert!((low - 10.0).abs() < 1e-9 && (high - 10.0).abs() < 1e-9);
    }
}
