//! Runs the program as a user would, in a workspace and with a home of its
//! own, and never waits for it forever.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// What one command may take. The longest compiles the interpreter first.
const DEADLINE: Duration = Duration::from_mins(5);

/// Exit code: the host refused.
pub(super) const REFUSED: i32 = 3;

/// A workspace, and the program that is run in it.
pub(super) struct Shell {
    binary: PathBuf,
    folder: PathBuf,
}

/// What a command came to.
pub(super) struct Ran {
    code: Option<i32>,
    pub(super) stdout: String,
    stderr: String,
}

impl Shell {
    /// Makes the folders.
    pub(super) fn new(binary: &Path, folder: &Path) -> Result<Self> {
        let shell = Self { binary: binary.to_owned(), folder: folder.to_owned() };
        for place in ["home", "project"] {
            let path = folder.join(place);
            fs::create_dir_all(&path).with_context(|| format!("`{}`", path.display()))?;
        }
        Ok(shell)
    }

    /// Returns the folder that commands run in.
    pub(super) fn workspace(&self) -> PathBuf {
        self.folder.join("project")
    }

    /// Returns what to type to go on by hand.
    pub(super) fn invitation(&self) -> String {
        let places: Vec<String> =
            self.places().iter().map(|(name, path)| format!("{name}={}", path.display())).collect();
        format!(
            "cd {} && {} {} ext list",
            self.workspace().display(),
            places.join(" "),
            self.binary.display()
        )
    }

    /// Runs a command that must succeed.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Ran> {
        let ran = self.start(arguments)?;
        ensure!(ran.code == Some(0), "{}", ran.story(arguments));
        Ok(ran)
    }

    /// Runs a command that must succeed, and reads its JSON.
    pub(super) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let arguments = [arguments, &["--json"]].concat();
        let ran = self.run(&arguments)?;
        serde_json::from_str(&ran.stdout)
            .with_context(|| format!("this is no JSON: {}", ran.story(&arguments)))
    }

    /// Runs a command that the host must refuse; returns the problem.
    pub(super) fn refused(&self, arguments: &[&str]) -> Result<Value> {
        let arguments = [arguments, &["--json"]].concat();
        let ran = self.start(&arguments)?;
        ensure!(
            ran.code == Some(REFUSED),
            "the exit code should be {REFUSED}: {}",
            ran.story(&arguments)
        );
        let problem: Value = serde_json::from_str(&ran.stdout)
            .with_context(|| format!("this is no JSON: {}", ran.story(&arguments)))?;
        Ok(problem["error"].clone())
    }

    /// The user's folders, kept away from those of whoever runs the demo.
    fn places(&self) -> [(&'static str, PathBuf); 5] {
        let home = self.folder.join("home");
        [
            ("CTX_CONFIG_DIR", home.join("config")),
            ("CTX_DATA_DIR", home.join("data")),
            ("CTX_STATE_DIR", home.join("state")),
            ("CTX_CACHE_DIR", home.join("cache")),
            ("HOME", home),
        ]
    }

    /// Starts a command that stays, with its input and output piped. What it
    /// says of itself goes where the demo's own words go.
    pub(super) fn spawn(&self, arguments: &[&str]) -> Result<Child> {
        self.command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("`{}` cannot be started", self.binary.display()))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CTX_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .envs(self.places())
            .env("NO_COLOR", "1")
            .current_dir(self.workspace());
        command
    }

    fn start(&self, arguments: &[&str]) -> Result<Ran> {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` cannot be started", self.binary.display()))?;
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let begun = Instant::now();
        let code = loop {
            if let Some(status) = child.try_wait()? {
                break status.code();
            }
            if begun.elapsed() > DEADLINE {
                child.kill()?;
                child.wait()?;
                bail!("`ctx {}` took more than {DEADLINE:?}", arguments.join(" "));
            }
            thread::sleep(Duration::from_millis(2));
        };
        let text = |reader: thread::JoinHandle<String>| reader.join().unwrap_or_default();
        Ok(Ran { code, stdout: text(stdout), stderr: text(stderr) })
    }
}

impl Ran {
    /// Tells what happened, for somebody who has to mend it.
    fn story(&self, arguments: &[&str]) -> String {
        let code = self.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        format!(
            "`ctx {}` ended with {code}\n--- stdout\n{}--- stderr\n{}",
            arguments.join(" "),
            self.stdout,
            self.stderr
        )
    }
}

/// Reads a stream to its end beside the rest, or the other side would wait.
fn collect(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What came before a failure is what there is to show.
            drop(stream.read_to_end(&mut bytes));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
