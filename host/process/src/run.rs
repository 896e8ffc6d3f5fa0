//! One run of a native program: input in, output out, and nothing of it left
//! behind when it ends, whichever way.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::confine::bounds::PROCESSES;
use crate::confine::{Permissions, confine};
use crate::group::Group;
use crate::streams;

/// How long it may take until somebody who gave up is heard.
const LOOK: Duration = Duration::from_millis(20);

/// How often its processes are counted.
const COUNT: Duration = Duration::from_millis(100);

/// Where programs are looked for that are named without a path.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Variables that a program gets from this process: they say in which language
/// to answer, and nothing of whoever runs it.
const LANGUAGE: [&str; 3] = ["LANG", "LC_ALL", "LC_CTYPE"];

/// A program, and what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// A name to look for, or a path.
    pub path: PathBuf,
    pub arguments: Vec<String>,
    /// Where it runs, and all that it may read of what is not the system's.
    pub folder: PathBuf,
    /// Variables beside the language.
    pub environment: Vec<(String, String)>,
    pub input: Vec<u8>,
    pub permissions: Permissions,
    /// Until it is killed.
    pub time: Duration,
    /// Bytes that it may write to its standard output.
    pub output: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code; absent if a signal ended it.
    Exited {
        code: Option<i32>,
        output: Vec<u8>,
        said: String,
    },
    TimedOut,
    /// It wrote more than it may.
    TooMuch,
    /// It wrote a file that is larger than it may be.
    FileTooLarge,
    /// It started more processes than it may.
    TooMany,
    /// Nobody wants its answer any more.
    GivenUp,
}

/// What the threads around a program tell.
pub(crate) enum Event {
    Exited,
    TooMuch,
}

/// Runs a program. Blocks until it, and all that it started, has ended.
///
/// Fails if it cannot be started. `is_given_up` is asked every few
/// milliseconds.
pub fn run(program: &Program, is_given_up: &dyn Fn() -> bool) -> io::Result<Ended> {
    let scratch = tempfile::tempdir()?;
    let begun = Instant::now();
    let mut child = start(program, scratch.path())?;
    let group = Group::of(&child);
    let (events, told) = mpsc::channel();
    let stdin = child.stdin.take();
    if let Some(pipe) = stdin {
        streams::feed(pipe, program.input.clone());
    }
    let output =
        child.stdout.take().map(|pipe| streams::collect(pipe, program.output, events.clone()));
    let said = child.stderr.take().map(streams::tail);
    if let Some(group) = group {
        group.watch(events);
    }
    let mut counted = begun;
    let cut = loop {
        let Some(left) = program.time.checked_sub(begun.elapsed()) else {
            break Some(Ended::TimedOut);
        };
        match told.recv_timeout(left.min(LOOK)) {
            Ok(Event::Exited) | Err(RecvTimeoutError::Disconnected) => break None,
            Ok(Event::TooMuch) => break Some(Ended::TooMuch),
            Err(RecvTimeoutError::Timeout) if is_given_up() => break Some(Ended::GivenUp),
            Err(RecvTimeoutError::Timeout) if counted.elapsed() >= COUNT => {
                if group.is_some_and(|group| group.size() > PROCESSES) {
                    break Some(Ended::TooMany);
                }
                counted = Instant::now();
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    // Also after a good end: what it left running holds its pipes open.
    if let Some(group) = group {
        group.kill();
    }
    let status = child.wait()?;
    let output = output.and_then(|thread| thread.join().ok()).unwrap_or_default();
    let said = said.and_then(|thread| thread.join().ok()).unwrap_or_default();
    Ok(cut.unwrap_or_else(|| exited(status, output, &said, program.output)))
}

fn exited(status: ExitStatus, output: Vec<u8>, said: &[u8], most: u64) -> Ended {
    if output.len() as u64 > most {
        return Ended::TooMuch;
    }
    if status.signal() == Some(Signal::XFSZ.as_raw()) {
        return Ended::FileTooLarge;
    }
    let said = String::from_utf8_lossy(said).trim().to_owned();
    Ended::Exited { code: status.code(), output, said }
}

/// Starts it, from a thread that is confined and ends.
fn start(program: &Program, scratch: &Path) -> io::Result<Child> {
    let (folder, permissions) = (program.folder.clone(), program.permissions);
    let mut command = Command::new(&program.path);
    command
        .args(&program.arguments)
        .current_dir(&program.folder)
        .env_clear()
        .env("PATH", PATH)
        .env("HOME", scratch)
        .env("TMPDIR", scratch)
        .envs(LANGUAGE.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .envs(program.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let scratch = scratch.to_owned();
    let starting = thread::spawn(move || {
        confine(&mut command, &folder, &scratch, permissions);
        command.spawn()
    });
    starting.join().unwrap_or_else(|_| Err(io::Error::other("the thread that starts it panicked")))
}
