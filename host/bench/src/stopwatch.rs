//! Medians of many runs, and what a child process cost.

use std::future::Future;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// Returns the median of many samples.
pub(crate) fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// Runs two pieces of work in turn, A B A B, and returns the median of each:
/// the machine's speed drifts, and both must drift alike.
pub(crate) async fn in_turn<A, B>(
    rounds: usize,
    mut a: impl FnMut() -> A,
    mut b: impl FnMut() -> B,
) -> Result<(Duration, Duration)>
where
    A: Future<Output = Result<()>>,
    B: Future<Output = Result<()>>,
{
    let (mut first, mut second) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    // Caches and branch predictors warm up on a tenth of it.
    for round in 0..rounds + rounds / 10 {
        let warm = round >= rounds / 10;
        let started = Instant::now();
        a().await?;
        let between = Instant::now();
        b().await?;
        if warm {
            first.push(between - started);
            second.push(between.elapsed());
        }
    }
    Ok((median(first), median(second)))
}

/// What a child process cost.
pub(crate) struct Cost {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    /// Bytes; the highest of all children so far.
    pub(crate) peak_memory: u64,
}

/// Runs a command to its end. It must succeed.
pub(crate) fn child(command: &mut Command) -> Result<Cost> {
    let before = cpu()?;
    let started = Instant::now();
    let done =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    let wall = started.elapsed();
    if !done.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&done.stderr));
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(Cost {
        cpu: cpu()?.saturating_sub(before),
        wall,
        peak_memory: u64::try_from(usage.max_rss()).unwrap_or(0) * 1024,
    })
}

fn cpu() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}
