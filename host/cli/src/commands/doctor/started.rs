//! A server that is started as a client would start it, asked for its name and
//! its tools, and stopped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use ctx_serve::reach::greeting;
use serde_json::{Value, json};

/// How long it may take to answer: the first start compiles.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much of what it says on standard error is kept.
const COMPLAINT: u64 = 4096;

/// Starts it, and returns what it says of itself and how many tools it has.
pub(super) fn ask(
    program: &Path,
    arguments: &[String],
    folder: &Path,
) -> Result<(Value, usize), String> {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let asked = converse(&mut child);
    drop(child.kill());
    drop(child.wait());
    let said = child.stderr.take().map(|stderr| {
        let mut text = Vec::new();
        drop(stderr.take(COMPLAINT).read_to_end(&mut text));
        String::from_utf8_lossy(&text).trim().to_owned()
    });
    asked.map_err(|why| match said.filter(|said| !said.is_empty()) {
        Some(said) => format!("{why}; it said: {said}"),
        None => why,
    })
}

fn converse(child: &mut Child) -> Result<(Value, usize), String> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("its pipes are gone".to_owned());
    };
    let (told, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if told.send(line).is_err() {
                break;
            }
        }
    });
    let mut say = |message: &Value| {
        writeln!(stdin, "{message}").map_err(|error| format!("it does not listen: {error}"))
    };
    say(&greeting())?;
    let greeted = answer(&lines, 1)?;
    say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
    say(&json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" }))?;
    let listed = answer(&lines, 2)?;
    Ok((greeted, listed["tools"].as_array().map_or(0, Vec::len)))
}

/// Waits for the answer to a request; other messages pass.
fn answer(lines: &Receiver<String>, id: u64) -> Result<Value, String> {
    loop {
        let line = lines.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("it is silent for {PATIENCE:?}"),
            RecvTimeoutError::Disconnected => "it ended without an answer".to_owned(),
        })?;
        let message: Value = serde_json::from_str(&line)
            .map_err(|_| format!("it says `{}`, which is no JSON-RPC", line.escape_debug()))?;
        if message["id"] == id {
            return message
                .get("result")
                .cloned()
                .ok_or_else(|| format!("it refuses: {}", message["error"]["message"]));
        }
    }
}
