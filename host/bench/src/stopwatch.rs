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

/// Returns a duration in microseconds.
pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
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
    /// Bytes.
    pub(crate) peak_memory: u64,
    /// Bytes that were handed to the disk.
    pub(crate) written: u64,
}

/// The argument by which this program becomes the parent of one command.
pub(crate) const PARENT: &str = "--parent-of";

/// Runs a command to its end. It must succeed.
///
/// The system tells the peak of all children of a process together, so each
/// command gets a parent of its own: this program once more.
pub(crate) fn child(command: &Command) -> Result<Cost> {
    let mut parent = Command::new(std::env::current_exe()?);
    parent.arg(PARENT).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        parent.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => parent.env(name, value),
            None => parent.env_remove(name),
        };
    }
    let done = parent.stdin(Stdio::null()).output()?;
    if !done.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&done.stderr));
    }
    let said = String::from_utf8(done.stdout)?;
    let numbers: Vec<u64> = said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [cpu, wall, peak_memory, written] = numbers[..] else { bail!("`{said}` is no cost") };
    let micros = Duration::from_micros;
    Ok(Cost { cpu: micros(cpu), wall: micros(wall), peak_memory, written })
}

/// Runs a command as its only parent, and prints what it cost: microseconds of
/// CPU and of wall clock, bytes of memory, and bytes written.
#[expect(clippy::print_stdout, reason = "the other end of a pipe reads it")]
pub(crate) fn be_parent(arguments: &[String]) -> Result<()> {
    let Some((program, arguments)) = arguments.split_first() else { bail!("no command") };
    let started = Instant::now();
    let mut command = Command::new(program);
    let status = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    let wall = started.elapsed();
    if !status.success() {
        bail!("it ended with {status}");
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // The system counts blocks of 512 bytes.
    let written = usage.block_writes() * 512;
    println!("{cpu} {} {} {written}", wall.as_micros(), usage.max_rss() * 1024);
    Ok(())
}
