//! What a person sees: steps, what came of them, and how long they took. The
//! only file that prints.

use std::io::{self, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Prints a line.
pub(crate) fn say(text: &str) {
    // A reader that has seen enough closes the pipe; that is no error.
    drop(writeln!(io::stdout(), "{text}"));
}

/// Prints a line about something that went wrong.
pub(crate) fn complain(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

/// One of several steps that do not disturb each other.
pub(crate) struct Step<'a> {
    name: &'a str,
    work: Box<dyn FnOnce() -> Result<String> + Send + 'a>,
}

impl<'a> Step<'a> {
    /// Names a piece of work.
    pub(crate) fn new(name: &'a str, work: impl FnOnce() -> Result<String> + Send + 'a) -> Self {
        Self { name, work: Box::new(work) }
    }
}

/// Steps of a longer piece of work.
pub(crate) struct Steps {
    begun: Instant,
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Starts the clock.
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), done: Vec::new() }
    }

    /// Takes a step and says what came of it. What fails names the step.
    pub(crate) fn take(&mut self, name: &str, work: impl FnOnce() -> Result<String>) -> Result<()> {
        let number = self.done.len() + 1;
        say(&format!("[{number:>2}] {name} …"));
        let begun = Instant::now();
        let outcome = work();
        let took = begun.elapsed();
        let shown = seconds(took);
        match outcome {
            Ok(detail) => {
                let detail = if detail.is_empty() { "done" } else { &detail };
                say(&format!("     {detail} ({shown})"));
                self.done.push((name.to_owned(), took));
                Ok(())
            }
            Err(error) => {
                say(&format!("     FAILED ({shown})"));
                Err(error).with_context(|| format!("step {number}, `{name}`, failed"))
            }
        }
    }

    /// Takes steps side by side, each after the one before it in its row, and
    /// says what came of them in order.
    pub(crate) fn take_rows(&mut self, rows: Vec<Vec<Step<'_>>>) -> Result<()> {
        let names: Vec<&str> = rows.iter().flatten().map(|step| step.name).collect();
        say(&format!("     side by side: {} …", names.join(", ")));
        let run = |row: Vec<Step<'_>>| -> Vec<_> {
            let taken = row.into_iter().map(|step| {
                let begun = Instant::now();
                let outcome = (step.work)();
                (step.name.to_owned(), outcome, begun.elapsed())
            });
            taken.collect()
        };
        let taken: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> =
                rows.into_iter().map(|row| scope.spawn(move || run(row))).collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        let mut failed = None;
        for row in taken {
            let Ok(row) = row else { bail!("a step panicked") };
            for (name, outcome, took) in row {
                let number = self.done.len() + 1;
                let told = match &outcome {
                    Ok(detail) => detail.clone(),
                    Err(error) => format!("FAILED: {error:#}"),
                };
                say(&format!("[{number:>2}] {name}: {told} ({})", seconds(took)));
                if outcome.is_err() {
                    failed = failed.or(Some(format!("`{name}` failed")));
                }
                self.done.push((name, took));
            }
        }
        failed.map_or(Ok(()), |failed| bail!("{failed}"))
    }

    /// Returns how many steps were taken.
    pub(crate) fn count(&self) -> usize {
        self.done.len()
    }

    /// Returns the time since the beginning.
    pub(crate) fn elapsed(&self) -> String {
        seconds(self.begun.elapsed())
    }

    /// Prints how long each step took.
    pub(crate) fn summarize(&self) {
        for (name, took) in &self.done {
            say(&format!("{:>8}  {name}", seconds(*took)));
        }
        say(&format!("{:>8}  altogether", self.elapsed()));
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2}s", time.as_secs_f64())
}
